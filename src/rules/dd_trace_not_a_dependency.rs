//! `dd-trace-not-a-dependency`: package.json does not ask for dd-trace at run time.

use super::{Check, Context, Rule, node};
use crate::finding::{Finding, Op, Severity};
use crate::node::dependency;
use crate::node::{Fault, Reading};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "dd-trace-not-a-dependency",
    severity: Severity::Error,
    summary: "package.json does not ask for dd-trace at run time",
    fixable: true,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# dd-trace-not-a-dependency
The application needs dd-trace, and package.json does not ask for it, or in `devDependencies` only.

## What happens
`npm ci --omit=dev` and `NODE_ENV=production npm ci` leave `devDependencies` out: the container ends with
`Cannot find module 'dd-trace'`. A package in both sections is left out too (npm, pnpm). Measured.

`output: standalone` of Next.js copies what its server needs, and dd-trace is not among it: with
`NODE_OPTIONS="--require dd-trace/init"` the container ends with `Cannot find module 'dd-trace/init'`. Measured.

## The fix
`npm install dd-trace@5` (or `yarn add`, `pnpm add`), which writes the lock file as well. entrypatch does
not do it by itself: without the lock file `npm ci` fails. `--add-dependency` adds the line to package.json,
and the message names the command that brings the lock file up to date.

## Source
<https://docs.npmjs.com/cli/v10/commands/npm-ci>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for fault in node::faults(context) {
        if *fault == Fault::LeftOut {
            let message = "Next's standalone output leaves dd-trace out, and NODE_OPTIONS asks for it: the container does not start";
            let finding = RULE.finding(context.here(), message).help(node::STANDALONE_HELP);
            findings.push(finding.refusing());
        }
        if let Fault::NotADependency(section) = fault {
            let (message, certain) = match section {
                None => (
                    // Where code loads it, something else may install it.
                    "package.json does not ask for dd-trace",
                    !node::reading(context).is_some_and(Reading::loads_tracer),
                ),
                Some(_) => (
                    "package.json asks for dd-trace in devDependencies",
                    node::reading(context).and_then(|one| one.leaves_out_development) == Some(true),
                ),
            };
            let lock = node::reading(context).and_then(|one| one.lock.as_ref());
            let command = lock.map_or("npm install", |lock| lock.command);
            let range = dependency::range(node::reading(context).and_then(|one| one.node));
            let help = match section {
                None => format!(
                    "npm install \"dd-trace@{range}\" (yarn add, pnpm add); or --add-dependency, and `{command}` behind it"
                ),
                Some(_) => "move it to dependencies, and take it out of devDependencies".to_owned(),
            };
            let place = node::reading(context).and_then(Reading::package_place);
            let finding = node::finding(context, &RULE, place.as_ref(), message).help(help);
            let tree = context.surroundings.tree();
            let package = node::reading(context).and_then(|one| one.package.as_ref());
            let is_its_own = || package.is_some_and(|package| tree.is_its_own(&package.path));
            let adds = context.settings.add_dependency && section.is_none() && is_its_own();
            findings.push(match certain {
                _ if adds => finding.mended_by(vec![Op::AddDependency { range }]),
                true => finding.refusing(),
                false => Finding { severity: Severity::Warning, ..finding },
            });
        }
    }
}
