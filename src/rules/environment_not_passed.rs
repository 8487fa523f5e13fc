//! `environment-not-passed`: what ENV says does not reach the command.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Severity};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "environment-not-passed",
    severity: Severity::Error,
    summary: "what ENV says does not reach the command: a wrapper drops it",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# environment-not-passed
What ENV says does not reach the command: a wrapper drops it.

## What happens
`su -`, `su -l`, `runuser -l`, `sudo` without `-E`, `doas` and `env -i` start the command with an environment
of its own; so do cron, systemd, and s6 for services without `with-contenv`. CATALINA_OPTS, JAVA_TOOL_OPTIONS, NODE_OPTIONS and all of `DD_*` that ENV sets are not in it, and
nobody says so.

## What is reported
A start behind such a wrapper that would get its options by ENV: one whose launcher reads them there, or with
`--preset env` or `--carrier env`. A `java` whose command line can be edited is not concerned.

## What to do
Change the user by `USER`, or by a program that passes the environment on: `gosu app`, `su-exec app`,
`su app -c "…"`, `sudo -E`.

```dockerfile bad
FROM tomcat:9-jdk17
CMD su - app -c "catalina.sh run"
```
```dockerfile good
FROM tomcat:9-jdk17
USER app
CMD ["catalina.sh", "run"]
```

## Source
<https://man7.org/linux/man-pages/man1/su.1.html>, <https://www.sudo.ws/docs/man/sudo.man/>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(wrapper) = &context.launch.environment_ends_at else { return };
    let by_launcher = context.launch.launcher.is_some();
    if context.launch.is_read() && (by_launcher || !shared::all_variables(context).is_empty()) {
        let message = format!("{wrapper} does not pass the environment on: what ENV sets does not arrive");
        findings.push(
            RULE.finding(context.here(), message)
                .help("change the user by USER, gosu or `su USER -c`, which pass it on")
                .refusing(),
        );
    }
}
