//! `launch-unresolved`: something starts Java here that entrypatch cannot see through.

use super::{Context, Rule, shared};
use crate::finding::{Finding, Severity};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "launch-unresolved",
    severity: Severity::Error,
    summary: "something starts Java here that entrypatch cannot see through",
    fixable: false,
    docs: DOCS,
    check: Some(check),
};

const DOCS: &str = r##"
# launch-unresolved
Something starts Java here that entrypatch cannot see through.

## What happens
The container starts a shell, a script or a launcher, and entrypatch does not edit what it cannot read:
a wrong edit is worse than none. The application stays untraced.

## What to do
Put the agent's options in by hand, or start `java` in exec form. A launch that must stay as it is can be
silenced: `# entrypatch: ignore[launch-unresolved] reason` above the instruction.

```dockerfile bad
FROM eclipse-temurin:17-jre
ENTRYPOINT java $JAVA_OPTS -jar /app.jar
```
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    findings.extend(shared::obstacle(context, &RULE, HELP));
}

const HELP: &str =
    "`entrypatch explain launch-unresolved` says what can be done";
