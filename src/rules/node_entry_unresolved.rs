//! `node-entry-unresolved`: the file that Node evaluates first cannot be found or read.

use super::{Check, Context, Rule, node};
use crate::finding::{Finding, Severity};
use crate::node::Fault;
use crate::settings::NodeMode;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "node-entry-unresolved",
    severity: Severity::Warning,
    summary: "the file that Node evaluates first cannot be found or read",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# node-entry-unresolved
Node is started, and which file of the repository it evaluates first cannot be seen; or Bun or Deno is
started, for which dd-trace is not made.

## What happens
Nothing is known about the tracer. Frequent reasons: the file is made by a build step that names no
`outDir`; the script comes from another image; a tool starts the server (`turbo`, `nx`, `serve`); the file
cannot be parsed.

## The fix
Name the entry in the Dockerfile's CMD (`["node", "dist/server.js"]`) and `outDir` in tsconfig.json, or run
`entrypatch check src/server.ts`, which takes a file's name for the entry.

## Source
<https://nodejs.org/api/cli.html>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for fault in node::faults(context) {
        match fault {
            Fault::Unresolved(reason) => findings.push(
                node::finding(context, &RULE, None, format!("what Node runs cannot be seen: {reason}"))
                    .help("`entrypatch explain node-entry-unresolved` says more")
                    .refusing(),
            ),
            Fault::Unseen(program) => {
                let message =
                    format!("what Node runs cannot be seen: what {program:?} starts cannot be seen");
                let finding = node::finding(context, &RULE, None, message);
                findings.push(match context.settings.node_mode {
                    NodeMode::Env => node::mended(context, finding),
                    _ => finding
                        .help("`--node-mode env` loads the tracer by NODE_OPTIONS, whatever is started")
                        .refusing(),
                });
            }
            Fault::OtherRuntime(name) => findings.push(
                node::finding(
                    context,
                    &RULE,
                    None,
                    format!("{name} runs it, and dd-trace is made for Node"),
                )
                .help(format!("nothing is edited: whether dd-trace works on {name} is not known"))
                .refusing(),
            ),
            Fault::OtherTracer(place, name) => {
                let finding = node::finding(
                    context,
                    &super::conflicting_agent::RULE,
                    Some(place),
                    format!("{name} traces this application already"),
                );
                let help = "two tracers patch the same packages: take one of them out";
                findings.push(finding.help(help).refusing());
            }
            _ => {}
        }
    }
}
