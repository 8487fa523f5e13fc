//! `tracer-import-missing`: a Node application starts without the tracer.

use super::{Check, Context, Rule, node};
use crate::finding::{Finding, Severity};
use crate::node::{Fault, Reading};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "tracer-import-missing",
    severity: Severity::Error,
    summary: "a Node application starts without the tracer",
    fixable: true,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# tracer-import-missing
Nothing loads dd-trace: no import on the way from the entry, and no flag; or a package script sets
`NODE_OPTIONS` anew, and the flag that the image sets there is lost; or a native module names the tracer
without its ending (`import "dd-trace/init"`, `--import ./tracer`), where Node finds nothing and exits.

## What happens
The application runs untraced. `"start": "NODE_OPTIONS=--enable-source-maps node server.js"` under
`ENV NODE_OPTIONS="--require dd-trace/init"` starts without the tracer: measured.

## The fix
`import "./tracer";` (or `require("./tracer");`) as the first statement of the entry, and a file `tracer`
that calls `init()`; for native ECMAScript modules the flag `--import dd-trace/initialize.mjs`.

## Source
<https://docs.datadoghq.com/tracing/trace_collection/automatic_instrumentation/dd_libraries/nodejs/>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for fault in node::faults(context) {
        let reading = node::reading(context);
        let (message, place, help) = match fault {
            Fault::Missing => {
                let message = match node::entry_name(context).as_str() {
                    "" => "the application starts without the tracer".to_owned(),
                    entry => format!("{entry} does not load the tracer"),
                };
                let place = reading.and_then(Reading::entry_place);
                let is_standalone = reading.is_some_and(|reading| reading.is_standalone);
                let help = match is_standalone {
                    true => node::STANDALONE_HELP,
                    false => "load dd-trace before everything else",
                };
                (message, place, help)
            }
            Fault::OptionsReset(script) => (
                format!("the script {script:?} sets NODE_OPTIONS anew, and the image's tracer is lost"),
                reading.and_then(|reading| reading.script_place(script)),
                "take NODE_OPTIONS out of the script, or add the tracer's flag there",
            ),
            Fault::NotFound(place, name) => {
                let message = format!(
                    "Node does not find {name}: native modules are named with their ending"
                );
                let finding = node::finding(context, &RULE, place.as_ref(), message)
                    .help("write its ending, `dd-trace/init.js` or `./tracer.js`; nothing is edited");
                findings.push(finding.refusing());
                continue;
            }
            _ => continue,
        };
        let finding = node::finding(context, &RULE, place.as_ref(), message).help(help);
        findings.push(node::mended(context, finding));
    }
}
