//! `tracer-import-late`: a traced package is loaded before the tracer.

use super::{Check, Context, Rule, node};
use crate::finding::{Finding, Severity};
use crate::node::Fault;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "tracer-import-late",
    severity: Severity::Error,
    summary: "a traced package is loaded before the tracer",
    fixable: true,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# tracer-import-late
A package that the tracer patches is loaded before dd-trace.

## What happens
The tracer patches packages when they are loaded. What was loaded before stays as it is: no spans of that
framework or database. Only that dd-trace is *loaded* first counts; `init()` may come later. Measured with
dd-trace 2 to 6.

A logger in front (winston, pino) loses the trace ids in its lines, and no span: a note. A package of which
nobody knows what it loads is a warning.

## The fix
The import of the tracer goes to the top of the entry.

## Source
<https://docs.datadoghq.com/tracing/trace_collection/automatic_instrumentation/dd_libraries/nodejs/>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for fault in node::faults(context) {
        match fault {
            Fault::Late(place, name) => {
                let message = format!("{name} is loaded before the tracer");
                let finding = node::finding(context, &RULE, Some(place), message);
                findings.push(node::mended(context, finding.help("load the tracer first")));
            }
            Fault::MaybeLate(place, name) => {
                let message = format!("{name} is loaded before the tracer, and may load what is traced");
                let finding = node::finding(context, &RULE, Some(place), message);
                findings.push(Finding { severity: Severity::Warning, ..finding });
            }
            Fault::LoggerFirst(place, name) => {
                let message =
                    format!("{name} is loaded before the tracer: its lines get no trace ids");
                let finding = node::finding(context, &RULE, Some(place), message);
                findings.push(Finding { severity: Severity::Note, ..finding });
            }
            _ => {}
        }
    }
}
