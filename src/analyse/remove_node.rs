//! Takes back what `fix` put into a Node application: the import, the file that it loads, the flag, the
//! ENV.

use super::remove::{Cuts, Remover, run};
use super::{Analysis, Reader};
use crate::change::{Change, ChangeSet};
use crate::launch::{Launch, TextId};
use crate::node::{Reading, dependency, edit};
use crate::rules;
use crate::settings::Settings;

impl Remover<'_> {
    /// What `fix` would put back, taken out; `None` where nothing of it is found.
    pub(super) fn node(&self) -> Option<Analysis> {
        let reader = &self.reader;
        let launches = || reader.launches().iter().filter(|launch| launch.node.is_some());
        let flags = launches().flat_map(|launch| {
            [false, true].into_iter().filter_map(move |in_front| self.flag(launch, in_front))
        });
        let variables = launches().filter_map(|launch| self.node_options(launch));
        let found = flags.chain(variables).find(|removed| self.is_restored(removed));
        let undone = found.or_else(|| {
            let undone = import(reader, launches().next()?.node.as_deref()?)?;
            undone.get(&reader.source.path).is_none().then_some(undone)
        });
        match undone {
            Some(changes) => {
                let readings = reader.launches().iter().filter_map(|one| one.node.as_deref());
                Some(with_dependency(reader, changes, readings))
            }
            None => {
                let loads = |reading: &Reading| reading.loads_tracer();
                let launch = launches().find(|one| one.node.as_deref().is_some_and(loads))?;
                Some(self.node_refused(launch))
            }
        }
    }

    fn node_refused(&self, launch: &Launch) -> Analysis {
        let message = "what loads the tracer here is not what `fix` would put in: it stays";
        let place = self.reader.context(launch).here();
        let finding = rules::finding("not-removable", place, message.to_owned())
            .help("give the settings that were used; else a person wrote it, or changed it: take it out by hand");
        Analysis::of_finding(self.reader.settings, finding)
    }

    fn flag(&self, launch: &Launch, in_front: bool) -> Option<ChangeSet> {
        let node = launch.node.as_ref()?.run.as_ref()?.node_word?;
        edit::FLAGS.iter().find_map(|flag| {
            let wanted: Vec<String> = flag.iter().map(|&word| word.to_owned()).collect();
            let run = run(launch, node, &wanted).filter(|run| run.count == wanted.len())?;
            let mut cuts = Cuts::default();
            cuts.extend(run.text, Some(run.span(in_front)?));
            self.apply(cuts)
        })
    }

    fn node_options(&self, launch: &Launch) -> Option<ChangeSet> {
        let of_stage = || self.reader.document.file.of_stage(launch.final_stage);
        edit::FLAGS.iter().find_map(|flag| {
            let wanted: Vec<String> = flag.iter().map(|&word| word.to_owned()).collect();
            let found =
                of_stage().filter_map(|(_, one)| self.variable(one, "NODE_OPTIONS", &wanted));
            let mut cuts = Cuts::default();
            cuts.extend(TextId::Dockerfile, Some(found.last()?));
            self.apply(cuts)
        })
    }

    /// `fix` of the result gives the file as it is, with the same settings.
    fn is_restored(&self, removed: &ChangeSet) -> bool {
        let own = |changes: &ChangeSet| changes.get(&self.reader.source.path).cloned();
        match (own(&self.reader.analysed_after(removed).changes), own(removed)) {
            (Some(fixed), Some(removed)) => fixed.is_undone_by(&removed),
            _ => false,
        }
    }
}

/// Takes back what `fix` put into an application that no Dockerfile starts.
pub(super) fn from_application(reader: &Reader<'_>) -> Analysis {
    let reading = reader.launches().iter().find_map(|launch| launch.node.as_deref());
    match reading.and_then(|reading| Some((reading, import(reader, reading)?))) {
        Some((reading, changes)) => with_dependency(reader, changes, [reading].into_iter()),
        None => Analysis::default(),
    }
}

/// With the package.json without the dependency that `fix --add-dependency` added, where that is asked for.
fn with_dependency<'r>(
    reader: &Reader<'_>,
    mut changes: ChangeSet,
    mut readings: impl Iterator<Item = &'r Reading>,
) -> Analysis {
    if let Some(change) = readings.find_map(|reading| dependency(reader.settings, reading)) {
        // A file that changes already keeps that change.
        let _ = changes.insert(change);
    }
    Analysis { path: reader.source.path.clone(), changes, ..Analysis::default() }
}

fn dependency(settings: &Settings, reading: &Reading) -> Option<Change> {
    let package = reading.package.as_ref().filter(|_| settings.add_dependency)?;
    let after = dependency::removed(&package.text, &dependency::range(reading.node))?;
    Some(Change::rewritten(&package.path, package.text.clone(), after))
}

/// The entry without the import that `fix` put in, and without the file that it loads, where `fix` of
/// that gives the same again.
fn import(reader: &Reader<'_>, reading: &Reading) -> Option<ChangeSet> {
    let undone = edit::undone(reader.surroundings.tree(), reading)?;
    let undone = ChangeSet::of(undone).ok()?;
    reader.analysed_after(&undone).changes.is_undone_by(&undone).then_some(undone)
}
