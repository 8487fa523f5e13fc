//! Scripts that more than one container starts: what is put into one is started by all, and must have
//! its jar in all.

use std::path::Path;

use super::document::reading;
use crate::dockerfile::Dockerfile;
use crate::facts;
use crate::launch::{self, Launch, Launches, Obstacle, ObstacleKind};
use crate::node::Reading;
use crate::settings::Settings;
use crate::surroundings::Surroundings;

/// Leaves an entry alone that must not be edited.
pub(super) fn keep_locked(reading: &mut Reading, surroundings: &Surroundings<'_>) {
    let entry = reading.entry.as_ref();
    if let Some(reason) = entry.and_then(|entry| surroundings.locked(&entry.path)) {
        reading.edit = Some(Err(reason.to_owned()));
    }
}

/// Refuses the launches whose script must not be edited, or is started by a stage that would not get the
/// jar.
pub(super) fn refuse_shared(
    file: &Dockerfile,
    launches: &mut Launches,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
) {
    for reading in launches.launches.iter_mut().filter_map(|launch| launch.node.as_mut()) {
        keep_locked(reading, surroundings);
    }
    let Launches { launches, scripts } = launches;
    for launch in launches.iter_mut().filter(|launch| launch.obstacle.is_none()) {
        let script = launch.script.and_then(|script| scripts.get(script));
        let reason = script.and_then(|script| {
            let locked = surroundings.locked(&script.path).map(str::to_owned);
            locked.or_else(|| started_elsewhere(file, launch, &script.path, settings, surroundings))
        });
        if let Some(reason) = reason {
            launch.obstacle = Some(Obstacle { kind: ObstacleKind::Unresolved, reason });
        }
    }
}

/// Whether another stage starts the script, that is not built on the one which owns the launch.
fn started_elsewhere(
    file: &Dockerfile,
    launch: &Launch,
    script: &Path,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
) -> Option<String> {
    let others = (0..file.stages.len()).filter(|stage| *stage != launch.final_stage);
    let with_command =
        others.filter(|stage| file.of_stage(*stage).any(|(_, one)| one.command().is_some()));
    with_command.into_iter().find_map(|stage| {
        let facts = facts::of(file, stage);
        if facts.stages.contains(&launch.stage) {
            return None;
        }
        let other = launch::of_stage(file, &facts, surroundings, reading(settings));
        let starts = |one: &Launch| {
            one.script.and_then(|at| other.scripts.get(at)).is_some_and(|s| s.path == script)
        };
        let found = other.launches.iter().find(|one| starts(one))?;
        Some(format!(
            "{} is started in line {} too, in another stage, where the jar would be missing",
            surroundings.shown(script),
            file.line(found.instruction)
        ))
    })
}
