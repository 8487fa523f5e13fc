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
    let Launches { launches, scripts, .. } = launches;
    for launch in launches.iter_mut().filter(|launch| launch.obstacle.is_none()) {
        let script = launch.script.and_then(|script| scripts.get(script));
        let script = script.map(|script| script.path.as_path());
        if script.is_none() && launch.written_in.is_none() {
            continue;
        }
        let locked = script.and_then(|script| surroundings.locked(script)).map(str::to_owned);
        let reason =
            locked.or_else(|| started_elsewhere(file, launch, script, settings, surroundings));
        if let Some(reason) = reason {
            launch.obstacle = Some(Obstacle { kind: ObstacleKind::Unresolved, reason });
        }
    }
}

/// Whether another stage starts the script, that is not built on the one which owns the launch.
fn started_elsewhere(
    file: &Dockerfile,
    launch: &Launch,
    script: Option<&Path>,
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
        let starts = |one: &Launch| match script {
            Some(script) => {
                let own = one.script.and_then(|at| other.scripts.get(at));
                own.is_some_and(|own| own.path == *script)
            }
            None => one.written_in == launch.written_in,
        };
        let found = other.launches.iter().find(|one| starts(one))?;
        let name = match (script, launch.written_in) {
            (Some(script), _) => surroundings.shown(script),
            (None, holder) => {
                format!("the script in line {}", file.line(holder.unwrap_or_default()))
            }
        };
        Some(format!(
            "{name} is started in line {} too, in another stage, where the jar would be missing",
            file.line(found.instruction)
        ))
    })
}
