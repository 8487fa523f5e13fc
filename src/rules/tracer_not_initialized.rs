//! `tracer-not-initialized`: dd-trace is loaded, and never initialized.

use super::{Check, Context, Rule, node};
use crate::finding::{Finding, Severity};
use crate::node::Fault;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "tracer-not-initialized",
    severity: Severity::Error,
    summary: "dd-trace is loaded, and never initialized",
    fixable: true,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# tracer-not-initialized
dd-trace is loaded, and nothing calls `init()`, or only under a condition.

## What happens
Without `init()` no span is sent. Under a condition (`if (process.env.NODE_ENV === "production")`) that
depends on what the image and its deployments set: a warning. So is `DD_TRACE_ENABLED=false`.

## The fix
`tracer.init()` in the file that loads dd-trace, or `dd-trace/init` instead of `dd-trace`. To turn the tracer
off somewhere, `DD_TRACE_ENABLED=false` is the setting for it.

## Source
<https://docs.datadoghq.com/tracing/trace_collection/automatic_instrumentation/dd_libraries/nodejs/>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for fault in node::faults(context) {
        match fault {
            Fault::NotInitialized(place) => {
                let message = "dd-trace is loaded, and nothing initializes it";
                let finding = node::finding(context, &RULE, place.as_ref(), message)
                    .help("call init(), or load dd-trace/init");
                findings.push(node::mended(context, finding));
            }
            Fault::Conditional(place) => {
                let message = "the tracer starts under a condition only";
                let finding = node::finding(context, &RULE, Some(place), message)
                    .help("DD_TRACE_ENABLED=false turns it off where it is not wanted");
                findings.push(Finding { severity: Severity::Warning, ..finding });
            }
            Fault::TurnedOff(name) => {
                let message = format!("{name} turns the tracer off");
                let finding = node::finding(context, &RULE, None, message)
                    .help("an image is better silent on it: every deployment can set it");
                findings.push(Finding { severity: Severity::Warning, ..finding });
            }
            _ => {}
        }
    }
}
