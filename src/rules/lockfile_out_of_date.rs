//! `lockfile-out-of-date`: the lock file does not hold dd-trace.

use super::{Check, Context, Rule, node};
use crate::finding::{Finding, Severity};
use crate::node::Fault;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "lockfile-out-of-date",
    severity: Severity::Error,
    summary: "the lock file does not hold dd-trace",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# lockfile-out-of-date
package.json asks for dd-trace, and the lock file beside it does not hold it.

## What happens
`npm ci`, `yarn --frozen-lockfile`, `yarn --immutable` and `pnpm --frozen-lockfile` end with an error, and
the image is not built. Measured with npm 8 to 11, yarn 1 and 4, pnpm 9.

## The fix
Run the command that the message names, and commit the lock file.

## Source
<https://docs.npmjs.com/cli/v10/commands/npm-ci>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    for fault in node::faults(context) {
        if let (Fault::LockOutOfDate, Some(reading)) = (fault, node::reading(context)) {
            let Some(lock) = &reading.lock else { continue };
            let message = format!("{} does not hold dd-trace", lock.name);
            let place = reading.package_place();
            let finding = node::finding(context, &RULE, place.as_ref(), message);
            findings.push(finding.help(lock.command).refusing());
        }
    }
}
