//! What the rules about Node share.

use super::{Context, Rule};
use crate::finding::{Elsewhere, Finding};
use crate::node::{Fault, Place, Reading};
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
    let finding = rule.finding(context.launch.span(context.file), message);
    let elsewhere = place.and_then(|place| {
        let text = context.surroundings.tree().read(&place.path)?;
        let source = Source::new(place.path.clone(), text);
        Some(Box::new(Elsewhere { source, span: place.span.clone() }))
    });
    Finding { elsewhere, ..finding }
}

/// The name of the entry, for messages.
pub(super) fn entry_name(context: &Context<'_>) -> String {
    let entry = reading(context).and_then(|reading| reading.entry.as_ref());
    entry.map(|entry| context.surroundings.shown(&entry.path)).unwrap_or_default()
}
