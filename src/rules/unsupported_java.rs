//! `unsupported-java`: the base image has a Java that the tracer does not support.

use super::{Check, Context, Rule};
use crate::finding::{Finding, Severity};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "unsupported-java",
    severity: Severity::Error,
    summary: "the base image has a Java that the tracer does not support",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# unsupported-java
The base image has a Java that the tracer does not support.

## What happens
The tracer's major version 1 needs Java 8. On an older one it prints a warning and switches itself off.

## What to do
Move to Java 8 or later; for Java 7 there is version 0 of the tracer, which is put in by hand.

```dockerfile bad
FROM openjdk:7-jre
ENTRYPOINT ["java", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
ENTRYPOINT ["java", "-jar", "/app.jar"]
```

## Source
<https://docs.datadoghq.com/tracing/trace_collection/compatibility/java/>
"##;

/// The oldest Java that version 1 of the tracer runs on.
const OLDEST: u32 = 8;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(java) = context.launch.jvm.java.filter(|java| *java < OLDEST) else { return };
    let of_image = context.launch.image.jvm.java == Some(java);
    let holder = if of_image { "the base image has" } else { "the file puts in" };
    findings.push(
        RULE.finding(
            context.here(),
            format!("{holder} Java {java}; the tracer needs {OLDEST} or later"),
        )
        .help("move to a base image with Java 8 or later")
        .refusing(),
    );
}
