//! `service-unknown`: no service name was found, so dd.service stays out.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Severity};
use crate::settings::{Choice, JAVA_SETTINGS, SERVICE};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "service-unknown",
    severity: Severity::Warning,
    summary: "no service name was found, so dd.service stays out",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# service-unknown
No service name was found, so dd.service stays out.

## What happens
Without `dd.service` the tracer makes a name up from the jar or main class; several services may then
look like one.

## What is reported
A Java launch for which neither a flag, nor `entrypatch.toml`, nor the image names the service, and no
name could be derived: from the nearest `pom.xml`, `settings.gradle` or `package.json` from the Dockerfile
up to the root of the repository, nor from a folder whose name tells something (not `docker`, `src`,
`main`, `build`, `app`, `deploy` or the like).

## What to do
`--service NAME`, or `service = "NAME"` in an `entrypatch.toml` beside the Dockerfile.
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(setting) = JAVA_SETTINGS.iter().find(|setting| setting.name == SERVICE) else { return };
    let derived = matches!(context.settings.choice(SERVICE), Some(Choice::Default(_)));
    if !context.launch.is_read()
        || !derived
        || context.surroundings.service().is_some()
        || shared::present(context, setting).is_some()
    {
        return;
    }
    findings.push(
        RULE.finding(
            context.here(),
            "no service name was found in the files around: dd.service stays out",
        )
        .help("give it by --service NAME, or by `service = \"NAME\"` in entrypatch.toml"),
    );
}
