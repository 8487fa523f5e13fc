//! `ignore-unused`: an ignore comment silences nothing.

use super::{Check, Rule};
use crate::finding::Severity;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "ignore-unused",
    severity: Severity::Warning,
    summary: "an ignore comment silences nothing",
    fixable: false,
    docs: DOCS,
    check: Check::Elsewhere,
};

const DOCS: &str = r##"
# ignore-unused
An ignore comment silences nothing.

## What happens
`# entrypatch: ignore[rule] reason` above an instruction silences a finding of that rule. When the
finding is gone, or the rule does not exist, the comment only hides future findings.

## What to do
Take the comment out, or correct the rule's name (`entrypatch rules` lists them).

```dockerfile bad
FROM eclipse-temurin:17-jre
# entrypatch: ignore[conflicting-agent] an agent that is long gone
ENTRYPOINT ["java", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
# entrypatch: ignore[java-agent-missing] a nightly job, not traced
ENTRYPOINT ["java", "-jar", "/app.jar"]
```
"##;
