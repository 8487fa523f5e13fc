//! Takes back what `fix` put into a Node application: the import, the file that it loads, the flag, the
//! ENV.

use std::path::PathBuf;

use super::remove::{Cuts, Remover, run};
use super::{Analysis, ScriptChange, analyse};
use crate::launch::{Launch, TextId};
use crate::node::edit::Change;
use crate::node::{Reading, dependency, edit};
use crate::rules;
use crate::settings::Settings;
use crate::source::Source;
use crate::surroundings::Surroundings;
use crate::tree::Overlay;

/// The flags that `fix` puts in.
const FLAGS: [[&str; 2]; 2] =
    [["--require", "dd-trace/init"], ["--import", "dd-trace/initialize.mjs"]];

impl Remover<'_> {
    /// What `fix` would put back, taken out; `None` where nothing of it is found.
    pub(super) fn node(&self) -> Option<Analysis> {
        let launches = || self.launches.launches.iter().filter(|launch| launch.node.is_some());
        let flags = launches().flat_map(|launch| {
            [false, true].into_iter().filter_map(move |in_front| self.flag(launch, in_front))
        });
        let variables = launches().filter_map(|launch| self.node_options(launch));
        let found = flags.chain(variables).find(|removed| self.is_restored(removed));
        let undone = found.or_else(|| {
            let launch = launches().next()?;
            let scripts = import(self.reader.surroundings, launch.node.as_deref()?, &|overlay| {
                let fixed = analyse(self.reader.source, self.reader.settings, overlay);
                fixed.after.is_none().then_some(fixed.scripts)
            })?;
            Some(Analysis { scripts, ..Analysis::default() })
        });
        let package = || {
            self.launches
                .launches
                .iter()
                .find_map(|launch| dependency(self.reader.settings, launch.node.as_deref()?))
        };
        let undone = undone.map(|mut undone| {
            undone.scripts.extend(package());
            undone
        });
        undone.or_else(|| {
            let launch = launches().find(|launch| {
                launch.node.as_ref().is_some_and(|reading| reading.loads_tracer())
            })?;
            Some(self.node_refused(launch))
        })
    }

    fn node_refused(&self, launch: &Launch) -> Analysis {
        let message = "what loads the tracer here is not what `fix` would put in: it stays";
        let span = launch.span(self.reader.file);
        let finding = rules::finding("not-removable", span, message.to_owned())
            .help("give the settings that were used; else a person wrote it, or changed it: take it out by hand");
        Analysis::of_finding(self.reader.settings, finding)
    }

    fn flag(&self, launch: &Launch, in_front: bool) -> Option<Analysis> {
        let node = launch.node.as_ref()?.run.as_ref()?.node_word?;
        FLAGS.iter().find_map(|flag| {
            let wanted = flag.map(str::to_owned);
            let run = run(launch, node, &wanted).filter(|run| run.count == wanted.len())?;
            let mut cuts = Cuts::default();
            cuts.extend(run.text, Some(run.span(in_front)?));
            self.apply(cuts)
        })
    }

    fn node_options(&self, launch: &Launch) -> Option<Analysis> {
        let of_stage = || self.reader.file.of_stage(launch.final_stage);
        FLAGS.iter().find_map(|flag| {
            let wanted = flag.map(str::to_owned);
            let found =
                of_stage().filter_map(|(_, one)| self.variable(one, "NODE_OPTIONS", &wanted));
            let mut cuts = Cuts::default();
            cuts.extend(TextId::Dockerfile, Some(found.last()?));
            self.apply(cuts)
        })
    }

    /// `fix` of the result gives the file as it is, with the same settings.
    fn is_restored(&self, removed: &Analysis) -> bool {
        let Some(text) = &removed.after else { return false };
        let source = Source::new(self.reader.source.path(), text.as_str());
        let fixed = analyse(&source, self.reader.settings, self.reader.surroundings);
        fixed.after.as_ref() == Some(&self.reader.source.text)
    }
}

/// The package.json without the dependency that `fix --add-dependency` added, where that is asked for.
pub(super) fn dependency(settings: &Settings, reading: &Reading) -> Option<ScriptChange> {
    let package = reading.package.as_ref().filter(|_| settings.add_dependency)?;
    let after = dependency::removed(&package.text, &dependency::range(reading.node))?;
    let (path, before) = (package.path.clone(), Some(package.text.clone()));
    Some(ScriptChange::from(Change { path, before, after: Some(after) }))
}

/// The entry without the import that `fix` put in, and without the file that it loads, where `fix` of
/// that gives the same again. `fix` gives the changes of a fix in other surroundings.
pub(super) fn import(
    surroundings: &Surroundings<'_>,
    reading: &Reading,
    fix: &dyn Fn(&Surroundings<'_>) -> Option<Vec<ScriptChange>>,
) -> Option<Vec<ScriptChange>> {
    let undone = edit::undone(surroundings.tree(), reading)?;
    let changed: Vec<(PathBuf, Option<String>)> =
        undone.iter().map(|one| (one.path.clone(), one.after.clone())).collect();
    let overlay = Overlay { below: surroundings.tree(), changed: &changed };
    let fixed = fix(&surroundings.after(&overlay))?;
    let back = |change: &ScriptChange| {
        fixed.iter().any(|one| {
            one.path == change.path && one.before == change.after && one.after == change.before
        })
    };
    let undone: Vec<ScriptChange> = undone.into_iter().map(ScriptChange::from).collect();
    (undone.len() == fixed.len() && undone.iter().all(back)).then_some(undone)
}
