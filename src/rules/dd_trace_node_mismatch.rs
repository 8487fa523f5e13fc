//! `dd-trace-node-mismatch`: this dd-trace does not run on this Node.

use super::{Check, Context, Rule, node};
use crate::finding::{Finding, Severity};
use crate::node::verdict::ENGINES;
use crate::node::Fault;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "dd-trace-node-mismatch",
    severity: Severity::Error,
    summary: "this dd-trace does not run on this Node",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# dd-trace-node-mismatch
The major version of dd-trace needs a newer Node than the one that runs it.

## What happens
dd-trace 6 on Node 18 or 20 does nothing when a flag loads it (`-r dd-trace/init`, `--import
dd-trace/initialize.mjs`), and says so in its debug log only. `npm install dd-trace` installs 6 on Node 20
with nothing but a warning. Measured.

| dd-trace | Node |
|---|---|
| 3 | 14 or later |
| 4 | 16 or later |
| 5 | 18 or later |
| 6 | 22 or later |

## The fix
`npm install dd-trace@5` on Node 18 and 20, or a newer base image. When code calls `init()` rather than a
flag, or with `DD_INJECT_FORCE=true`, the tracer was seen to work all the same: that is a warning.

## Source
<https://github.com/DataDog/dd-trace-js#version-release-lines-and-maintenance>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for fault in node::faults(context) {
        if let Fault::Mismatch { tracer, node: version, stops } = fault {
            let needs = ENGINES.iter().find(|(own, _)| own == tracer).map_or(0, |row| row.1);
            let message =
                format!("dd-trace {tracer} needs Node {needs}, and Node {version} runs it");
            let fits = ENGINES.iter().rev().find(|(_, lowest)| lowest <= version);
            let help = fits.map_or_else(
                || "use a newer base image".to_owned(),
                |(own, _)| format!("npm install dd-trace@{own}, or a newer base image"),
            );
            let finding = node::finding(context, &RULE, None, message).help(help);
            findings.push(match stops {
                true => finding.refusing(),
                false => Finding { severity: Severity::Warning, ..finding },
            });
        }
    }
}
