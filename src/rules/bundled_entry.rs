//! `bundled-entry`: a bundler puts the traced packages into one file.

use super::{Check, Context, Rule, node};
use crate::finding::{Finding, Severity};
use crate::node::{Fault, Reading};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "bundled-entry",
    severity: Severity::Warning,
    summary: "a bundler puts the traced packages into one file",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# bundled-entry
A bundler makes one file of the application and its packages.

## What happens
The tracer patches packages when Node loads them from `node_modules`. In a bundle nothing is loaded, and
only `http` is traced: no `express.request`, no database. Measured with esbuild and webpack.

## The fix
Leave the packages out of the bundle (`esbuild --packages=external`, webpack's `externals`), or use the
plugin `dd-trace/esbuild`. entrypatch cannot see what a configuration file of a bundler does, and edits
nothing.

## Source
<https://docs.datadoghq.com/tracing/trace_collection/automatic_instrumentation/dd_libraries/nodejs/#bundling>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for fault in node::faults(context) {
        if let Fault::Bundled(name) = fault {
            let place = node::reading(context).and_then(Reading::entry_place);
            let message = format!("{name} bundles the application: what is traced in it cannot be seen");
            let help = "leave the packages out of the bundle (esbuild: --packages=external), or use \
                        Datadog's plugin for it";
            findings.push(
                node::finding(context, &RULE, place.as_ref(), message).help(help).refusing(),
            );
        }
    }
}
