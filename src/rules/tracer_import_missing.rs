//! `tracer-import-missing`: a Node application starts without the tracer.

use super::{Context, Rule, node};
use crate::finding::{Finding, Severity};
use crate::node::{Fault, Reading};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "tracer-import-missing",
    severity: Severity::Error,
    summary: "a Node application starts without the tracer",
    fixable: true,
    docs: DOCS,
    check: Some(check),
};

const DOCS: &str = r##"
# tracer-import-missing
Nothing loads dd-trace: no import on the way from the entry, and no flag.

## What happens
The application runs untraced.

## The fix
`import "./tracer";` (or `require("./tracer");`) as the first statement of the entry, and a file `tracer`
that calls `init()`; for native ECMAScript modules the flag `--import dd-trace/initialize.mjs`.

## Source
<https://docs.datadoghq.com/tracing/trace_collection/automatic_instrumentation/dd_libraries/nodejs/>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for fault in node::faults(context) {
        if *fault == Fault::Missing {
            let entry = node::entry_name(context);
            let message = match entry.as_str() {
                "" => "the application starts without the tracer".to_owned(),
                entry => format!("{entry} does not load the tracer"),
            };
            let place = node::reading(context).and_then(Reading::entry_place);
            let help = "load dd-trace before everything else";
            let finding = node::finding(context, &RULE, place.as_ref(), message).help(help);
            findings.push(node::mended(context, finding));
        }
    }
}
