//! Takes back what `fix` put into a Node application: the import, the file that it loads, the flag, the
//! ENV.

use std::path::Path;
use std::sync::Arc;

use super::remove::{Cuts, Remover, run as run_of};
use super::{Analysis, Reader};

use crate::change::{Change, ChangeSet};
use crate::finding::{Finding, Location, Severity};
use crate::launch::{Launch, TextId, Word};
use crate::node::{Reading, dependency, edit};
use crate::rules;
use crate::settings::Settings;
use crate::source::Source;

impl Remover<'_> {
    /// What `fix` would put back, taken out; `None` where nothing of it is found.
    pub(super) fn node(&self) -> Option<Analysis> {
        let reader = &self.reader;
        let launches = || reader.launches().iter().filter(|launch| launch.node.is_some());
        let flags = launches().flat_map(|launch| {
            [false, true].into_iter().flat_map(move |in_front| self.flags(launch, in_front))
        });
        let variables = launches().flat_map(|launch| self.node_options(launch));
        let mut kept = None;
        let found = flags.chain(variables).find(|removed| self.is_restored(removed));
        let undone = found.or_else(|| {
            let readings: Vec<&Reading> =
                launches().filter_map(|one| one.node.as_deref()).collect();
            let (undone, told) = import(reader, &readings)?;
            kept = told;
            undone.get(&reader.source.path).is_none().then_some(undone)
        });
        let readings = reader.launches().iter().filter_map(|one| one.node.as_deref());
        undone.map(|changes| with_dependency(reader, changes, kept, readings))
    }

    /// Where a flag loads the tracer that `fix` would not put in. What loads it by code, and is not ours, is a
    /// person's own, and not worth a word.
    pub(super) fn node_unproved(&self) -> Analysis {
        let by_flag = |launch: &&Launch| {
            let own: Vec<&str> = launch.words.iter().map(Word::value).collect();
            let is_ours = |flags: &&[&str]| own.windows(flags.len()).any(|one| *one == **flags);
            launch.node.is_some() && edit::FLAGS.iter().any(is_ours)
        };
        match self.reader.launches().iter().find(by_flag) {
            Some(launch) => self.node_refused(launch),
            None => Analysis::default(),
        }
    }

    fn node_refused(&self, launch: &Launch) -> Analysis {
        let message = "what loads the tracer here is not what `fix` would put in: it stays";
        let place = self.reader.context(launch).here();
        let finding = rules::finding("not-removable", place, message.to_owned())
            .help("a person wrote it, or changed it: take it out by hand");
        Analysis::of_finding(self.reader.settings, finding)
    }

    /// The files without the flags behind `node`, for each of those that `fix` may have put there.
    fn flags(&self, launch: &Launch, in_front: bool) -> Vec<ChangeSet> {
        let run = launch.node.as_ref().and_then(|node| node.run.as_ref());
        let Some(node) = run.and_then(|run| run.node_word) else { return Vec::new() };
        let without = |flags: &&[&str]| {
            let wanted = words(flags);
            let run = run_of(launch, node, &wanted, wanted.len())?;
            let mut cuts = Cuts::default();
            cuts.extend(run.text, Some(run.span(in_front)?));
            self.apply(cuts).filter(|_| run.count == wanted.len())
        };
        edit::FLAGS.iter().filter_map(without).collect()
    }

    /// The files without the flags in NODE_OPTIONS.
    fn node_options(&self, launch: &Launch) -> Vec<ChangeSet> {
        let of_stage = || self.reader.document.file.of_stage(launch.final_stage);
        let without = |flags: &&[&str]| {
            let wanted = words(flags);
            let found =
                of_stage().filter_map(|(_, one)| self.variable(one, "NODE_OPTIONS", &wanted));
            let mut cuts = Cuts::default();
            cuts.extend(TextId::Dockerfile, Some(found.last()?));
            self.apply(cuts)
        };
        edit::FLAGS.iter().filter_map(without).collect()
    }

    /// `fix` of the result gives the file as it is, with the same settings.
    fn is_restored(&self, removed: &ChangeSet) -> bool {
        let fixed = self.reader.analysed_after(removed).changes;
        !removed.is_empty() && fixed.is_undone_by(removed)
    }
}

fn words(flags: &[&str]) -> Vec<String> {
    flags.iter().map(|&word| word.to_owned()).collect()
}

/// Takes back what `fix` put into an application that no Dockerfile starts.
pub(super) fn from_application(reader: &Reader<'_>) -> Option<Analysis> {
    let reading = reader.launches().iter().find_map(|launch| launch.node.as_deref())?;
    let (changes, kept) = import(reader, &[reading])?;
    Some(with_dependency(reader, changes, kept, [reading].into_iter()))
}

/// With the package.json without the dependency that `fix --add-dependency` added, where that is asked for.
fn with_dependency<'r>(
    reader: &Reader<'_>,
    mut changes: ChangeSet,
    kept: Option<Finding>,
    mut readings: impl Iterator<Item = &'r Reading>,
) -> Analysis {
    if let Some(change) = readings.find_map(|reading| dependency(reader.settings, reading)) {
        // A file that changes already keeps that change.
        let _ = changes.insert(change);
    }
    let findings = kept.into_iter().collect();
    Analysis { path: reader.source.path.clone(), changes, findings, ..Analysis::default() }
}

fn dependency(settings: &Settings, reading: &Reading) -> Option<Change> {
    let package = reading.package.as_ref().filter(|_| settings.add_dependency)?;
    let after = dependency::removed(&package.text, &dependency::range(reading.node))?;
    Some(Change::rewritten(&package.path, package.text.clone(), after))
}

/// The entries without the imports that `fix` put in, and without the files that they load, where `fix` of
/// that gives the same again; and what is to be told of a file that stays.
fn import(reader: &Reader<'_>, readings: &[&Reading]) -> Option<(ChangeSet, Option<Finding>)> {
    let tree = reader.surroundings.tree();
    let entries = readings.iter().filter_map(|one| one.entry.as_ref());
    let entries: Vec<&Path> = entries.map(|entry| entry.path.as_path()).collect();
    let (mut undone, mut kept) = (ChangeSet::default(), None);
    for found in readings.iter().filter_map(|reading| edit::undone(tree, reading, &entries)) {
        found.changes.into_iter().try_for_each(|change| undone.insert(change)).ok()?;
        kept = kept.or(found.kept);
    }
    let told = kept.map(|path| {
        let text = tree.read(&path).unwrap_or_default();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let place = Location::new(&Arc::new(Source::new(path, text)), 0..0);
        let message = format!("{name} stays: another file loads it");
        Finding { severity: Severity::Note, ..rules::finding("not-removable", place, message) }
    });
    let is_undone = || reader.analysed_after(&undone).changes.is_undone_by(&undone);
    (!undone.is_empty() && is_undone()).then_some((undone, told))
}
