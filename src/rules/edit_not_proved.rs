//! `edit-not-proved`: a planned edit could not be proved, so nothing is written.

use super::{Check, Rule};
use crate::finding::Severity;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "edit-not-proved",
    severity: Severity::Error,
    summary: "a planned edit could not be proved, so nothing is written",
    fixable: false,
    docs: DOCS,
    check: Check::Elsewhere,
};

const DOCS: &str = r##"
# edit-not-proved
A planned edit could not be proved, so nothing is written.

## What happens
Before anything is written, the edited file is read again: Docker must find the old argv plus exactly
the intended arguments, and every other instruction as it was. Where that does not hold, the launch is
left alone. It is a fault of entrypatch; please report the file's shape.
"##;
