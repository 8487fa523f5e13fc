//! `tracer-import-elided`: TypeScript leaves the import of the tracer out.

use super::{Check, Context, Rule, node};
use crate::finding::{Finding, Severity};
use crate::node::Fault;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "tracer-import-elided",
    severity: Severity::Error,
    summary: "TypeScript leaves the import of the tracer out",
    fixable: true,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# tracer-import-elided
`import tracer from "./tracer"`, and nothing uses `tracer`.

## What happens
TypeScript leaves out imports that no value needs, and so do ts-node, tsx, swc and esbuild: no tracer is
loaded, and nothing says so. Measured. With `verbatimModuleSyntax` the import stays.

## The fix
`import "./tracer";` is always evaluated.

## Source
<https://www.typescriptlang.org/tsconfig/#verbatimModuleSyntax>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for fault in node::faults(context) {
        if let Fault::Elided(place) = fault {
            let message = "TypeScript leaves this import out: nothing uses what it binds";
            let finding = node::finding(context, &RULE, Some(place), message);
            let help = "`import \"./tracer\";` is always evaluated";
            findings.push(node::mended(context, finding.help(help)));
        }
    }
}
