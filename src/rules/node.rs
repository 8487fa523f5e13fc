//! What the rules about Node share.

use std::sync::Arc;

use super::{Context, Rule};
use crate::finding::{Finding, Location, Op};
use crate::node::{Fault, Place, Reading, edit};
use crate::settings::NodeMode;
use crate::source::Source;

/// What is wrong with the launch, where it is one of Node.
pub(super) fn faults<'c>(context: &Context<'c>) -> impl Iterator<Item = &'c Fault> {
    context.launch.node.iter().flat_map(|reading| &reading.faults)
}

/// What was read of the launch.
pub(super) fn reading<'c>(context: &Context<'c>) -> Option<&'c Reading> {
    context.launch.node.as_deref()
}

/// A finding at the place that decides it: in a file of the application, else at the launch.
pub(super) fn finding(
    context: &Context<'_>,
    rule: &Rule,
    place: Option<&Place>,
    message: impl Into<String>,
) -> Finding {
    let here = context.here();
    let decides = place.and_then(|place| {
        let text = context.surroundings.tree().read(&place.path)?;
        let source = Arc::new(Source::new(place.path.clone(), text));
        Some(Location { file: source, span: place.span.clone() })
    });
    match decides {
        Some(decides) => rule.finding(decides, message).related(here),
        None => rule.finding(here, message),
    }
}

/// With the edit that loads the tracer first, as `--node-mode` wants it; a finding that nothing can be
/// done about refuses the launch.
pub(super) fn mended(context: &Context<'_>, finding: Finding) -> Finding {
    let Some(reading) = reading(context) else { return finding };
    let op = match mode(context, reading) {
        NodeMode::Auto => import(reading).or_else(|reason| match flag(context, reading) {
            // The entry is known, and only the import does not fit.
            Ok(words) if reading.edit.is_some() && !is_guess(reading) => {
                Ok(Op::InsertNodeOption { words })
            }
            _ => Err(reason),
        }),
        NodeMode::Import => import(reading),
        NodeMode::Flag => flag(context, reading).map(|words| Op::InsertNodeOption { words }),
        NodeMode::Env if context.file.stages.is_empty() => {
            Err("there is no Dockerfile to set NODE_OPTIONS in".to_owned())
        }
        NodeMode::Env => match &context.launch.environment_ends_at {
            Some(wrapper) => Err(format!("{wrapper} does not pass NODE_OPTIONS on")),
            None => edit::flag(reading).map(|words| Op::SetNodeOptions { words }),
        },
    };
    match op {
        Ok(op) => {
            let help = "`entrypatch diff` shows the patch, `entrypatch fix` writes it";
            finding.help(help).mended_by(vec![op])
        }
        Err(reason) => {
            let help = match &finding.help {
                Some(help) => format!("{help}; nothing is edited: {reason}"),
                None => format!("nothing is edited: {reason}"),
            };
            finding.help(help).refusing()
        }
    }
}

fn import(reading: &Reading) -> Result<Op, String> {
    match &reading.edit {
        Some(Ok(_)) => Ok(Op::ImportTracer),
        Some(Err(reason)) => Err(reason.clone()),
        // NODE_OPTIONS is the only way, where it is one.
        None => {
            edit::flag(reading)?;
            Err("`--node-mode env` sets NODE_OPTIONS".to_owned())
        }
    }
}

fn is_guess(reading: &Reading) -> bool {
    reading.entry.as_ref().is_none_or(|entry| entry.is_guess)
}

fn mode(context: &Context<'_>, reading: &Reading) -> NodeMode {
    match context.settings.node_mode {
        NodeMode::Auto if reading.modules => NodeMode::Flag,
        mode => mode,
    }
}

/// The flag, where `node` itself stands in the file.
fn flag(context: &Context<'_>, reading: &Reading) -> Result<&'static [&'static str], String> {
    let node = reading.run.as_ref().and_then(|run| context.launch.words.get(run.node_word?));
    match node.and_then(|word| word.place.as_ref()) {
        Some(_) => edit::flag(reading),
        None => Err("`node` does not stand in the Dockerfile; `--node-mode env` sets NODE_OPTIONS"
            .to_owned()),
    }
}

/// What helps where Next's `output: standalone` leaves dd-trace out of the image.
pub(super) const STANDALONE_HELP: &str = "copy node_modules into the image too, for `output: standalone` leaves dd-trace out; then ENV NODE_OPTIONS=\"--require dd-trace/init\"";

/// The name of the entry, for messages.
pub(super) fn entry_name(context: &Context<'_>) -> String {
    let entry = reading(context).and_then(|reading| reading.entry.as_ref());
    let name = entry.and_then(|entry| entry.path.file_name());
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
