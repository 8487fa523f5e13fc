//! `malformed-exec-form`: an array that is no valid JSON, which Docker runs as shell text.

use super::{Context, Rule, shared};
use crate::finding::{Finding, Severity};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "malformed-exec-form",
    severity: Severity::Error,
    summary: "an array that is no valid JSON, which Docker runs as shell text",
    fixable: false,
    docs: DOCS,
    check: Some(check),
};

const DOCS: &str = r##"
# malformed-exec-form
An array that is no valid JSON, which Docker runs as shell text.

## What happens
Docker takes an array with a mistake for shell text, without a warning. The container dies at its start:
`/bin/sh: 1: [java,: not found`, exit code 127. Frequent mistakes are single or typographic quotes, a
missing or a trailing comma, and a `\` before a character that JSON does not escape.

## What to do
Write a JSON array: double quotes around every word, a comma between two of them, none behind the last.

```dockerfile bad
FROM eclipse-temurin:17-jre
ENTRYPOINT ["java" "-jar", "/app.jar"]
```

## Source
<https://docs.docker.com/reference/dockerfile/#exec-form>,
<https://github.com/DataDog/dd-trace-java/issues/6761>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    findings.extend(shared::obstacle(context, &RULE, HELP));
}

const HELP: &str =
    "double quotes around every word, a comma between two, none behind the last";
