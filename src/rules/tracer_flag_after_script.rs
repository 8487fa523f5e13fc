//! `tracer-flag-after-script`: the tracer's flag stands behind the script's name.

use super::{Context, Rule, node};
use crate::finding::{Finding, Severity};
use crate::node::Fault;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "tracer-flag-after-script",
    severity: Severity::Error,
    summary: "the tracer's flag stands behind the script's name",
    fixable: false,
    docs: DOCS,
    check: Some(check),
};

const DOCS: &str = r##"
# tracer-flag-after-script
`node server.js --require dd-trace/init`: the flag belongs to the application, not to Node.

## What happens
Node gives everything behind the script's name to the application. No tracer is loaded, and nothing says so.
Measured.

## The fix
The flag goes in front of the script: `node --require dd-trace/init server.js`.

## Source
<https://nodejs.org/api/cli.html#synopsis>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for fault in node::faults(context) {
        if let Fault::LateFlag(flag) = fault {
            let message = format!("`{flag}` stands behind the script's name: node does not read it");
            findings.push(
                node::finding(context, &RULE, None, message)
                    .help("options of node stand in front of the script")
                    .refusing(),
            );
        }
    }
}
