//! `entrypoint-script`: a script stands between Docker and the java command.

use super::{Check, Context, Rule};
use crate::finding::{Finding, Severity};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "entrypoint-script",
    severity: Severity::Warning,
    summary: "the java command in CMD is run by an ENTRYPOINT script",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# entrypoint-script
The java command in CMD is run by an ENTRYPOINT script.

## What happens
Docker gives the whole CMD to the ENTRYPOINT script as its arguments. By Docker's own convention such a
script ends in `exec "$@"` and runs it; then the arguments that entrypatch puts into CMD take effect. A
script that starts something else ignores them, and the application stays untraced.

## What to do
Look whether the script ends in `exec "$@"`. If it does, silence this with
`# entrypatch: ignore[entrypoint-script] ends in exec "$@"` above the CMD.

```dockerfile bad
FROM eclipse-temurin:17-jre
ENTRYPOINT ["/docker-entrypoint.sh"]
CMD ["java", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
ENTRYPOINT ["java", "-jar", "/app.jar"]
```

## Source
<https://docs.docker.com/build/building/best-practices/#entrypoint>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(script) = &context.launch.passed_on_by else { return };
    let message = format!("{script:?} gets this command as its arguments and must run it");
    findings.push(
        RULE.finding(context.here(), message)
            .help("see that the script ends in `exec \"$@\"`"),
    );
}
