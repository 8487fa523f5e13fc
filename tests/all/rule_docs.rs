//! The examples in the rules' documentation do what the documentation says.

use std::sync::Arc;

use entrypatch::analyse::{Analysis, analyse};
use entrypatch::config::{Config, JavaSwitches, Switch};
use entrypatch::input::DocumentKind;
use entrypatch::rules::RULES;
use entrypatch::settings::Settings;
use entrypatch::source::Source;
use entrypatch::surroundings::Surroundings;

fn run(text: &str) -> Analysis {
    let java = JavaSwitches { service: Some(Switch::Flag(false)), ..JavaSwitches::default() };
    let settings = Settings::new(&Config { java, ..Config::default() }).unwrap();
    analyse(
        DocumentKind::Dockerfile,
        &Arc::new(Source::new("Dockerfile", text)),
        &settings,
        &Surroundings::none(),
    )
}

fn blocks(docs: &str, name: &str) -> Vec<String> {
    let fence = format!("```dockerfile {name}\n");
    let starts = docs.match_indices(&fence).map(|(at, _)| at + fence.len());
    starts.map(|start| docs[start..].split("```").next().unwrap().to_owned()).collect()
}

#[test]
fn a_bad_example_raises_its_rule_and_a_good_one_is_what_fix_makes_of_it() {
    for rule in RULES {
        let (bad, good) = (blocks(rule.docs, "bad"), blocks(rule.docs, "good"));
        for (index, text) in bad.iter().enumerate() {
            let analysis = run(text);
            let raised = analysis.findings.iter().any(|finding| finding.rule == rule.id);
            assert!(raised, "{}: {:?}", rule.id, analysis.findings);
            if let Some(good) = good.get(index) {
                assert_eq!(analysis.after(), Some(good.as_str()), "{}", rule.id);
                let after = run(good);
                assert!(!after.findings.iter().any(|f| f.rule == rule.id), "{}", rule.id);
            }
        }
    }
}

#[test]
fn a_service_that_nobody_names_is_said() {
    let settings = Settings::new(&Config::default()).unwrap();
    let text = "FROM eclipse-temurin:17-jre\nCMD [\"java\", \"-jar\", \"/app.jar\"]\n";
    let analysis = analyse(
        DocumentKind::Dockerfile,
        &Arc::new(Source::new("Dockerfile", text)),
        &settings,
        &Surroundings::none(),
    );
    assert!(analysis.findings.iter().any(|finding| finding.rule == "service-unknown"));
    assert!(!analysis.after().unwrap().contains("dd.service"));
}
