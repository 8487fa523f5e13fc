//! `tracer-needs-loader`: native ECMAScript modules are traced in part only.

use super::{Check, Context, Rule, node};
use crate::finding::{Effect, Finding, Severity};
use crate::node::Fault;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "tracer-needs-loader",
    severity: Severity::Warning,
    summary: "native ECMAScript modules are traced in part only",
    fixable: true,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# tracer-needs-loader
The tracer is loaded by an import or by `-r`, and the application is evaluated as native modules.

## What happens
`require` is patched, and `import` is not: of koa and fastify only `web.request` is seen, of hono, `node:http`
and ioredis nothing. Express is traced in full with dd-trace 5 and 6, by luck. Measured.

## The fix
`node --import dd-trace/initialize.mjs server.js` (Node 18.19, 20.6 or later; dd-trace 4.55 or later).
Next.js: `NODE_OPTIONS="--require dd-trace/init"`; an instrumentation file sees `next.request` only. With
`output: standalone` the image must get node_modules as well, or that stops the start.

## Source
<https://docs.datadoghq.com/tracing/trace_collection/automatic_instrumentation/dd_libraries/nodejs/#esm-applications-only-import-the-loader>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for fault in node::faults(context) {
        if let Fault::NeedsLoader(place) = fault {
            let next = node::reading(context).filter(|reading| reading.entry.is_none());
            let (message, help) = match next {
                Some(reading) => (
                    "Next.js loads its server before an instrumentation file: only its own spans are seen",
                    match reading.is_standalone {
                        true => node::STANDALONE_HELP,
                        false => "ENV NODE_OPTIONS=\"--require dd-trace/init\", behind the last RUN",
                    },
                ),
                None => (
                    "native modules are traced in part only, without a loader",
                    "node --import dd-trace/initialize.mjs loads the tracer and its loader",
                ),
            };
            let finding = node::finding(context, &RULE, place.as_ref(), message).help(help);
            let mended = node::mended(context, finding.clone());
            findings.push(match mended.effect {
                Effect::Mends(_) => mended,
                // It is traced in part: nothing is worse than before.
                Effect::Informs | Effect::Refuses | Effect::Amends(_) => finding,
            });
        }
    }
}
