//! A Node application without a Dockerfile: what `package.json` starts, or a file that was named as an
//! entry.

use std::path::{Path, PathBuf};

use super::scripts::keep_locked;
use super::{Analysis, JudgedLaunch, ScriptChange, Verdict, mending, remove_node};
use crate::dockerfile::Dockerfile;
use crate::facts::StageFacts;
use crate::finding::{Effect, Finding, Op};
use crate::launch::Launch;
use crate::node::package_json::PackageJson;
use crate::node::{self, Desk, InPlace, Reading, packages, runner};
use crate::plan;
use crate::rules::{self, Context};
use crate::select;
use crate::settings::Settings;
use crate::source::Source;
use crate::surroundings::Surroundings;
use crate::tree::Overlay;

/// Analyses the application that a `package.json` starts; nothing where it starts no server.
pub fn analyse_package(
    source: &Source,
    path: &Path,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
    task: Task,
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
    let read =
        |surroundings: &Surroundings<'_>| node::read_package(&desk(surroundings), &package, &words);
    let reading = read(surroundings);
    let listens = || {
        let entry = reading.entry.as_ref();
        let entry = entry.and_then(|entry| surroundings.tree().read(&entry.path));
        let calls = ["listen(", "createServer(", "serve(", "NestFactory"];
        entry.is_some_and(|text| calls.iter().any(|call| text.contains(call)))
    };
    // A main file alone may be that of a library.
    let starts = || package.script("start").is_some() || reading.order.is_initialized();
    if !starts() && !listens() {
        return Analysis::default();
    }
    let (name, place) = match source.text.find("\"start\"") {
        Some(at) if words.first().is_some_and(|word| word == "npm") => ("start", at),
        _ => ("main", source.text.find("\"main\"").unwrap_or_default()),
    };
    let unit = Unit { source, path, words: &words, place: (name, place), settings };
    unit.run(surroundings, &read, task)
}

/// Analyses a file that was named as the entry of an application.
pub fn analyse_script(
    source: &Source,
    path: &Path,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
    task: Task,
) -> Analysis {
    let words = vec!["node".to_owned(), path.to_string_lossy().into_owned()];
    let read = |surroundings: &Surroundings<'_>| node::read_script(&desk(surroundings), path);
    let unit = Unit { source, path, words: &words, place: ("", 0), settings };
    unit.run(surroundings, &read, task)
}

fn desk<'a>(surroundings: &'a Surroundings<'_>) -> Desk<'a> {
    let (tree, root) = (surroundings.tree(), surroundings.root());
    Desk { tree, root, files: &InPlace, node: None }
}

/// Reads the application anew, in changed surroundings too.
type Read<'a> = &'a dyn Fn(&Surroundings<'_>) -> Reading;

/// A file that stands for an application.
struct Unit<'a> {
    source: &'a Source,
    path: &'a Path,
    /// The command.
    words: &'a [String],
    /// The name of what holds it, and where it stands.
    place: (&'static str, usize),
    settings: &'a Settings,
}

/// What is done with an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// Look what is wrong, and plan what mends it.
    Analyse,
    /// Take back what `fix` put in.
    Remove,
}

impl Unit<'_> {
    fn run(&self, surroundings: &Surroundings<'_>, read: Read<'_>, task: Task) -> Analysis {
        let analysis = self.analyse(surroundings, read);
        if task == Task::Analyse {
            return analysis;
        }
        let reading = read(surroundings);
        let changes = remove_node::import(surroundings, &reading, &|overlay| {
            let fixed = self.analyse(overlay, read);
            let own = fixed.after.map(|after| ScriptChange {
                path: self.path.to_owned(),
                before: overlay.tree().read(self.path),
                after: Some(after),
            });
            Some(fixed.scripts.into_iter().chain(own).collect())
        });
        let package = changes.is_some().then(|| remove_node::dependency(self.settings, &reading));
        let changes = changes.into_iter().flatten().chain(package.flatten());
        let (after, scripts) = self.split(changes.collect());
        Analysis { findings: Vec::new(), after, scripts, ..analysis }
    }

    /// The text of the file itself, and the other files.
    fn split(&self, changes: Vec<ScriptChange>) -> (Option<String>, Vec<ScriptChange>) {
        let (own, others): (Vec<ScriptChange>, Vec<ScriptChange>) =
            changes.into_iter().partition(|change| change.path == self.path);
        (own.into_iter().next().and_then(|change| change.after), others)
    }

    fn analyse(&self, surroundings: &Surroundings<'_>, read: Read<'_>) -> Analysis {
        let mut reading = read(surroundings);
        keep_locked(&mut reading, surroundings);
        let launch = Launch::of_package(self.words, reading);
        let mut findings = self.findings(&launch, surroundings);
        let mends = findings.iter().any(|finding| mending(finding).next().is_some());
        let refusal = findings.iter().find(|finding| finding.effect == Effect::Refuses);
        let mut reason = refusal.map(|finding| finding.rule);
        let mut changes = Vec::new();
        if mends && reason.is_none() {
            match self.fix(&launch, &findings, surroundings, read) {
                Ok(planned) => changes = planned,
                Err(why) => {
                    let message = format!("the planned edit could not be proved: {why}");
                    let finding = rules::finding("edit-not-proved", 0..0, message).refusing();
                    reason = Some(finding.rule);
                    findings.push(finding);
                }
            }
        }
        if reason.is_some() {
            findings.retain(|finding| mending(finding).next().is_none());
        }
        let verdict = match (reason, mends) {
            (Some(_), _) => Verdict::Refused,
            (None, true) => Verdict::Patchable,
            (None, false) => Verdict::Instrumented,
        };
        let (instruction, place) = self.place;
        let line = self.source.position(place).line;
        let patched_argv = (verdict == Verdict::Patchable).then(|| launch.shown_argv());
        let launch =
            JudgedLaunch { line, instruction, script: None, launch, verdict, reason, patched_argv };
        let (after, scripts) = self.split(changes);
        Analysis { launches: vec![launch], findings, after, scripts }
    }

    fn findings(&self, launch: &Launch, surroundings: &Surroundings<'_>) -> Vec<Finding> {
        let (file, facts) = (Dockerfile::default(), StageFacts::default());
        let settings = self.settings;
        let context = Context { file: &file, facts: &facts, launch, settings, surroundings };
        let (_, place) = self.place;
        let own = |finding: Finding| Finding { span: place..place, launch: Some(0), ..finding };
        let shown_here = |finding: Finding| match &finding.elsewhere {
            Some(one) if one.source.path == self.path => {
                Finding { span: one.span.clone(), elsewhere: None, ..finding }
            }
            _ => finding,
        };
        let findings = rules::check(&context).into_iter().map(own).collect();
        let mut findings: Vec<Finding> =
            selected(settings, findings).into_iter().map(shown_here).collect();
        select::sort(&mut findings);
        findings
    }

    /// Plans the edits, and proves that the result needs no other one.
    fn fix(
        &self,
        launch: &Launch,
        findings: &[Finding],
        surroundings: &Surroundings<'_>,
        read: Read<'_>,
    ) -> Result<Vec<ScriptChange>, String> {
        let ops: Vec<Op> = findings.iter().flat_map(mending).cloned().collect();
        let changes = plan::application::changes(launch, &ops)?;
        let changed: Vec<(PathBuf, Option<String>)> =
            changes.iter().map(|one| (one.path.clone(), one.after.clone())).collect();
        let overlay = Overlay { below: surroundings.tree(), changed: &changed };
        let surroundings = surroundings.after(&overlay);
        let after = Launch::of_package(self.words, read(&surroundings));
        let left = self.findings(&after, &surroundings);
        if let Some(left) = left.iter().find(|finding| mending(finding).next().is_some()) {
            return Err(format!("the result would need another fix ({})", left.rule));
        }
        Ok(changes.into_iter().map(ScriptChange::from).collect())
    }
}

fn selected(settings: &Settings, findings: Vec<Finding>) -> Vec<Finding> {
    select::select(&Dockerfile::default(), settings, findings).reported
}
