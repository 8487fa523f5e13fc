//! `not-removable`: `remove` cannot prove that what stands here came from `fix`.

use super::{Check, Rule};
use crate::finding::Severity;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "not-removable",
    severity: Severity::Error,
    summary: "remove cannot prove that what stands here came from fix",
    fixable: false,
    docs: DOCS,
    check: Check::Elsewhere,
};

const DOCS: &str = r##"
# not-removable
`remove` cannot prove that what stands here came from `fix`.

## What happens
`entrypatch remove` takes out the agent, its settings and the jar, and then asks what `fix` would make of the
result, with the settings that stand in the file. Only where that is the file as it was, byte for byte, it writes.
Here it is not: somebody wrote or changed an argument. A note says which file of ours stays, and why.

## What to do
Take it out by hand, or run `remove --force`: it takes out every `-javaagent:` of the
Datadog agent, every `-Ddd.` option and a FlightRecorderOptions that only sets the stack depth, where each
stands in a word of its own, and the ADD that `fix` writes.
"##;
