//! The examples in the rules' documentation do what the documentation says.

use std::sync::Arc;

use entrypatch::analyse::{Analysis, analyse};
use entrypatch::finding::Effect;
use entrypatch::input::DocumentKind;
use entrypatch::rules::RULES;
use entrypatch::settings::{Settings, Switch};
use entrypatch::source::Source;
use entrypatch::surroundings::Surroundings;

/// The kinds of documents that examples are written in, by the name of their fence.
const KINDS: &[(&str, DocumentKind)] = &[
    ("dockerfile", DocumentKind::Dockerfile),
    ("json", DocumentKind::Deployment),
    ("yaml", DocumentKind::Deployment),
];

fn run((kind, text): &(DocumentKind, String)) -> Analysis {
    let java = [("service".to_owned(), Switch::Flag(false))].into_iter().collect();
    let api_key_secret = Some("arn:aws:ssm:eu-west-1:1:parameter/dd".to_owned());
    let settings = Settings { java, api_key_secret, ..Settings::default() }.checked().unwrap();
    analyse(
        *kind,
        &Arc::new(Source::new("Dockerfile", text.clone())),
        &settings,
        &Surroundings::none(),
    )
}

fn blocks(docs: &str, name: &str) -> Vec<(DocumentKind, String)> {
    let of_kind = |(language, kind): &(&str, DocumentKind)| {
        let (fence, kind) = (format!("```{language} {name}\n"), *kind);
        let starts = docs.match_indices(&fence).map(|(at, _)| at + fence.len());
        let text = |start: usize| docs[start..].split("```").next().unwrap().to_owned();
        starts.map(|start| (kind, text(start))).collect::<Vec<_>>()
    };
    KINDS.iter().flat_map(of_kind).collect()
}

/// Rules that need files around the Dockerfile, a flag, or a fault of ours: the case that raises each.
const BY_CASE: &[(&str, &str)] = &[
    ("bundled-entry", "node-launches"),
    ("dd-trace-node-mismatch", "node-starts"),
    ("dd-trace-not-a-dependency", "node-dependency"),
    ("edit-not-proved", "shell-values-are-quoted"),
    ("java-options-replaced", "task-replaces-options"),
    ("java-tool-options-too-long", "agents-twice-and-class-archives"),
    ("lockfile-out-of-date", "node-dependency"),
    ("node-entry-unresolved", "node-starts"),
    ("not-removable", "remove-never-the-jar-alone"),
    ("setting-differs", "env-has-an-agent"),
    ("tracer-flag-after-script", "node-flags"),
    ("tracer-import-elided", "node-import-elided-or-late"),
    ("tracer-import-late", "node-starts"),
    ("tracer-import-missing", "node-minor-versions"),
    ("tracer-needs-loader", "node-flags"),
    ("tracer-not-initialized", "node-order-traps"),
];

#[test]
fn every_rule_has_a_bad_and_a_good_example_or_a_case() {
    for rule in RULES {
        let (bad, good) = (blocks(rule.docs, "bad"), blocks(rule.docs, "good"));
        match BY_CASE.iter().find(|(id, _)| *id == rule.id) {
            Some((_, case)) => {
                let path = format!("{}/testdata/cases/{case}.md", env!("CARGO_MANIFEST_DIR"));
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                let raised = format!("[{}]", rule.id);
                assert!(text.contains(&raised), "{case} does not raise {}", rule.id);
                assert!(bad.is_empty(), "{} has examples: it needs no case here", rule.id);
            }
            // It is tried below.
            None if rule.id == "service-unknown" => {}
            None => assert!(!bad.is_empty() && !good.is_empty(), "{} has no examples", rule.id),
        }
    }
}

#[test]
fn a_bad_example_raises_its_rule_and_a_good_one_does_not() {
    for rule in RULES {
        let (bad, good) = (blocks(rule.docs, "bad"), blocks(rule.docs, "good"));
        for text in &bad {
            let analysis = run(text);
            let raised: Vec<_> = analysis.findings.iter().filter(|f| f.rule == rule.id).collect();
            assert!(!raised.is_empty(), "{}: {:?}", rule.id, analysis.findings);
            let is_mended =
                raised.iter().any(|one| matches!(one.effect, Effect::Mends(_) | Effect::Amends(_)));
            assert_eq!(is_mended, rule.fixable, "{}", rule.id);
        }
        for text in &good {
            let after = run(text);
            assert!(!after.findings.iter().any(|f| f.rule == rule.id), "{}", rule.id);
        }
        // What fix makes of the bad one is the good one.
        for (bad, good) in bad.iter().zip(&good).filter(|_| rule.fixable) {
            assert_eq!(run(bad).after(), Some(good.1.as_str()), "{}", rule.id);
        }
    }
}

#[test]
fn a_service_that_nobody_names_is_said() {
    let settings = Settings::default();
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
