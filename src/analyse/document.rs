//! A file that starts something, read once: the launches in it, and what the rules ask about them.

use std::path::Path;
use std::sync::Arc;

use super::linked;
use super::scripts::keep_locked;
use crate::deployed::Deployed;
use crate::dockerfile::{self, Dockerfile, SyntaxError};
use crate::facts::{self, StageFacts};
use crate::finding::{Finding, Location};
use crate::input::DocumentKind;
use crate::launch::{self, Launch, Launches, Reading};
use crate::node::package_json::PackageJson;
use crate::node::{self, Desk, InPlace, packages, runner};
use crate::rules;
use crate::settings::Carrier;
use crate::settings::Settings;
use crate::source::{Source, Span};
use crate::surroundings::Surroundings;

/// A document and its launches.
#[derive(Debug, Default)]
pub(super) struct Document {
    /// Its instructions; none, where it is no Dockerfile.
    pub(super) file: Dockerfile,
    /// What is settled about the stage that is started.
    pub(super) facts: StageFacts,
    /// What it starts.
    pub(super) launches: Launches,
    /// The containers that are started from its image.
    pub(super) deployed: Vec<Deployed>,
    /// What is wrong with how it was read.
    pub(super) findings: Vec<Finding>,
}

/// Why a document has no launches to judge.
pub(super) enum Unread {
    /// Docker rejects it.
    Syntax(SyntaxError),
    /// There is something else to say of it.
    Finding(Box<Finding>),
}

/// Reads the launches of a document.
pub(super) fn read(
    kind: DocumentKind,
    source: &Arc<Source>,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
) -> Result<Document, Unread> {
    match kind {
        DocumentKind::Dockerfile => read_dockerfile(source, settings, surroundings),
        DocumentKind::Package => read_package(source, surroundings),
        DocumentKind::Entry => Ok(read_entry(source, surroundings)),
        // It starts nothing by itself.
        DocumentKind::Deployment => Ok(Document::default()),
    }
}

fn read_dockerfile(
    source: &Arc<Source>,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
) -> Result<Document, Unread> {
    let file = dockerfile::read(&source.text).map_err(Unread::Syntax)?;
    let Some(stage) = stage(&file, settings) else {
        let target = settings.target.as_deref().unwrap_or_default();
        let message = format!("there is no stage {target:?} to read");
        let place = Location::new(source, 0..0);
        let finding = rules::finding("launch-unresolved", place, message)
            .help("change --target, or `target` in entrypatch.toml");
        return Err(Unread::Finding(Box::new(finding)));
    };
    let facts = facts::of(&file, stage);
    let mut launches = launch::of_stage(&file, &facts, surroundings, reading(settings));
    super::scripts::refuse_shared(&file, &mut launches, settings, surroundings);
    let (deployed, findings) = linked::deployed(source, settings, surroundings);
    Ok(Document { file, facts, launches, deployed, findings })
}

/// With what a stage is read.
pub(super) fn reading(settings: &Settings) -> Reading<'_> {
    Reading { by_environment: settings.carrier == Carrier::Env, images: settings.images() }
}

/// The stage to read: `--target`, else the last one.
fn stage(file: &Dockerfile, settings: &Settings) -> Option<usize> {
    let count = file.stages.len();
    let Some(target) = &settings.target else { return count.checked_sub(1) };
    let by_number = || target.parse().ok().filter(|stage| *stage < count);
    file.target_stage(target).or_else(by_number)
}

/// The application that a `package.json` starts; no launch where it starts no server.
fn read_package(source: &Arc<Source>, surroundings: &Surroundings<'_>) -> Result<Document, Unread> {
    let folder = source.path.parent().unwrap_or(&source.path);
    let package = match PackageJson::in_folder(surroundings.tree(), folder) {
        None => return Ok(Document::default()),
        Some(Ok(package)) => package,
        Some(Err(reason)) => {
            let place = Location::new(source, 0..0);
            let finding = rules::finding("node-entry-unresolved", place, reason);
            let finding = finding.help("npm reads no comments and no trailing commas either");
            return Err(Unread::Finding(Box::new(finding)));
        }
    };
    let serves = package.depends_on(packages::SERVERS) || package.dependency("dd-trace").is_some();
    let Some(words) = runner::of_package(&package).filter(|_| serves) else {
        return Ok(Document::default());
    };
    let reading = node::read_package(&desk(surroundings), &package, &words);
    // A main file alone may be that of a library, which others load.
    let starts = package.script("start").is_some() || reading.order.is_initialized();
    if !starts && !listens(&reading, surroundings) {
        return Ok(Document::default());
    }
    let place = match source.text.find("\"start\"") {
        Some(at) if words.first().is_some_and(|word| word == "npm") => ("start", at..at),
        _ => {
            let at = source.text.find("\"main\"").unwrap_or_default();
            ("main", at..at)
        }
    };
    Ok(of_application(&words, place, reading, surroundings))
}

/// Whether an entry opens a port by itself.
fn listens(reading: &node::Reading, surroundings: &Surroundings<'_>) -> bool {
    let entry = reading.entry.as_ref();
    let entry = entry.and_then(|entry| surroundings.tree().read(&entry.path));
    let calls = ["listen(", "createServer(", "serve(", "NestFactory"];
    entry.is_some_and(|text| calls.iter().any(|call| text.contains(call)))
}

/// A file that was named as the entry of an application.
fn read_entry(source: &Source, surroundings: &Surroundings<'_>) -> Document {
    let path: &Path = &source.path;
    let words = vec!["node".to_owned(), path.to_string_lossy().into_owned()];
    let reading = node::read_script(&desk(surroundings), path);
    of_application(&words, ("", 0..0), reading, surroundings)
}

fn of_application(
    words: &[String],
    place: (&'static str, Span),
    mut reading: node::Reading,
    surroundings: &Surroundings<'_>,
) -> Document {
    keep_locked(&mut reading, surroundings);
    let launches = vec![Launch::of_package(words, place, reading)];
    let launches = Launches { launches, ..Launches::default() };
    Document { launches, ..Document::default() }
}

fn desk<'a>(surroundings: &'a Surroundings<'_>) -> Desk<'a> {
    let (tree, root) = (surroundings.tree(), surroundings.root());
    Desk { tree, root, files: &InPlace, node: None }
}
