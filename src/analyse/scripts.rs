//! Scripts that more than one container starts: what is put into one is started by all, and must have
//! its jar in all.

use std::path::Path;

use super::Reader;
use crate::facts;
use crate::launch::{self, Launch, Launches, Obstacle};
use crate::node::Reading;
use crate::surroundings::Surroundings;

/// Leaves an entry alone that must not be edited.
pub(super) fn keep_locked(reading: &mut Reading, surroundings: &Surroundings<'_>) {
    let entry = reading.entry.as_ref();
    if let Some(reason) = entry.and_then(|entry| surroundings.locked(&entry.path)) {
        reading.edit = Some(Err(reason.to_owned()));
    }
}

impl Reader<'_> {
    /// Refuses the launches whose script must not be edited, or is started by a stage that would not
    /// get the jar.
    pub(super) fn refuse_shared_scripts(&self, launches: &mut Launches) {
        for reading in launches.launches.iter_mut().filter_map(|launch| launch.node.as_mut()) {
            keep_locked(reading, self.surroundings);
        }
        for launch in launches.launches.iter_mut().filter(|launch| launch.obstacle.is_none()) {
            let script = launch.script.and_then(|script| launches.scripts.get(script));
            let reason = script.and_then(|script| {
                let locked = self.surroundings.locked(&script.path).map(str::to_owned);
                locked.or_else(|| self.started_elsewhere(launch, &script.path))
            });
            if let Some(reason) = reason {
                launch.obstacle = Some(Obstacle { rule: "launch-unresolved", reason });
            }
        }
    }

    /// Whether another stage starts the script, that is not built on the one which owns the launch.
    fn started_elsewhere(&self, launch: &Launch, script: &Path) -> Option<String> {
        let others = (0..self.file.stages.len()).filter(|stage| *stage != launch.final_stage);
        let with_command = others
            .filter(|stage| self.file.of_stage(*stage).any(|(_, one)| one.command().is_some()));
        with_command.into_iter().find_map(|stage| {
            let facts = facts::of(self.file, stage);
            if facts.stages.contains(&launch.stage) {
                return None;
            }
            let surroundings = self.surroundings;
            let other = launch::of_stage(self.file, &facts, surroundings, self.reading());
            let starts = |one: &Launch| {
                one.script.and_then(|at| other.scripts.get(at)).is_some_and(|s| s.path == script)
            };
            let found = other.launches.iter().find(|one| starts(one))?;
            Some(format!(
                "{} is started in line {} too, in another stage, where the jar would be missing",
                self.surroundings.shown(script),
                self.file.line(found.instruction)
            ))
        })
    }
}
