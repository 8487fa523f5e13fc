//! A Node application without a Dockerfile: what `package.json` starts, or a file that was named as an
//! entry.

use std::path::Path;

use super::{Analysis, JudgedLaunch, Verdict, mending};
use crate::dockerfile::Dockerfile;
use crate::facts::{StageFacts, Variables};
use crate::finding::{Effect, Finding};
use crate::launch::Launch;
use crate::node::package_json::PackageJson;
use crate::node::{self, Desk, InPlace, packages, runner};
use crate::rules::{self, Context};
use crate::select;
use crate::settings::Settings;
use crate::source::Source;
use crate::surroundings::Surroundings;

/// Analyses the application that a `package.json` starts; nothing where it starts no server.
pub fn analyse_package(
    source: &Source,
    path: &Path,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
) -> Analysis {
    let folder = path.parent().unwrap_or(path);
    let package = match PackageJson::in_folder(surroundings.tree(), folder) {
        None => return Analysis::default(),
        Some(Ok(package)) => package,
        Some(Err(reason)) => {
            let finding = rules::finding("node-entry-unresolved", 0..0, reason);
            let finding = finding.help("npm reads no comments and no trailing commas either");
            return Analysis { findings: selected(settings, vec![finding]), ..Analysis::default() };
        }
    };
    let serves = package.depends_on(packages::SERVERS) || package.dependency("dd-trace").is_some();
    let Some(words) = runner::of_package(&package).filter(|_| serves) else {
        return Analysis::default();
    };
    let desk = desk(surroundings);
    let reading = node::read(&desk, &words, &folder.to_string_lossy(), &Variables::new());
    let listens = || {
        let entry = reading.entry.as_ref().and_then(|entry| desk.tree.read(&entry.path));
        let calls = ["listen(", "createServer(", "serve(", "NestFactory"];
        entry.is_some_and(|text| calls.iter().any(|call| text.contains(call)))
    };
    // A main file alone may be that of a library.
    if package.script("start").is_none() && !listens() {
        return Analysis::default();
    }
    let (name, place) = match source.text.find("\"start\"") {
        Some(at) if words.first().is_some_and(|word| word == "npm") => ("start", at),
        _ => ("main", source.text.find("\"main\"").unwrap_or_default()),
    };
    judged(source, Launch::of_package(&words, reading), (name, place), settings, surroundings)
}

/// Analyses a file that was named as the entry of an application.
pub fn analyse_script(
    source: &Source,
    path: &Path,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
) -> Analysis {
    let words = vec!["node".to_owned(), path.to_string_lossy().into_owned()];
    let reading = node::read_script(&desk(surroundings), path);
    judged(source, Launch::of_package(&words, reading), ("", 0), settings, surroundings)
}

fn desk<'a>(surroundings: &'a Surroundings<'_>) -> Desk<'a> {
    let (tree, root) = (surroundings.tree(), surroundings.root());
    Desk { tree, root, files: &InPlace, node: None }
}

fn judged(
    source: &Source,
    launch: Launch,
    (instruction, place): (&'static str, usize),
    settings: &Settings,
    surroundings: &Surroundings<'_>,
) -> Analysis {
    let (file, facts) = (Dockerfile::default(), StageFacts::default());
    let context = Context { file: &file, facts: &facts, launch: &launch, settings, surroundings };
    let own = |finding: Finding| Finding {
        span: place..place,
        launch: Some(0),
        elsewhere: finding.elsewhere.filter(|one| one.source.text != source.text),
        ..finding
    };
    let findings = rules::check(&context).into_iter().map(own).collect();
    let findings = selected(settings, findings);
    let refusal = findings.iter().find(|finding| finding.effect == Effect::Refuses);
    let mends = findings.iter().any(|finding| mending(finding).next().is_some());
    let verdict = match refusal {
        Some(_) => Verdict::Refused,
        None if mends => Verdict::Patchable,
        None => Verdict::Instrumented,
    };
    let reason = refusal.map(|finding| finding.rule);
    let launch = JudgedLaunch {
        line: source.position(place).line,
        instruction,
        script: None,
        launch,
        verdict,
        reason,
        patched_argv: None,
    };
    Analysis { launches: vec![launch], findings, ..Analysis::default() }
}

fn selected(settings: &Settings, findings: Vec<Finding>) -> Vec<Finding> {
    select::select(&Dockerfile::default(), settings, findings).reported
}
