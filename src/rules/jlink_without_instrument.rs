//! `jlink-without-instrument`: a runtime made by jlink cannot load an agent.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Severity};
use crate::launch::ObstacleKind;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "jlink-without-instrument",
    severity: Severity::Error,
    summary: "the Java runtime is made by jlink without java.instrument",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# jlink-without-instrument
The Java runtime is made by jlink without java.instrument.

## What happens
A runtime that `jlink` makes holds only the modules that it is told. Without `java.instrument`, any
`-javaagent` ends the JVM: `Could not find agent library instrument … Module java.instrument may be missing`,
exit code 1. jdeps does not list the module where the application does not use it; what another command lists is
not known.

## What to do
Add `java.instrument` to `--add-modules` (and `jdk.jfr` for profiling, `java.logging`, `java.management`,
`jdk.management`, `java.naming` and `jdk.unsupported`, which the tracer wants), or use `ALL-MODULE-PATH`.

```dockerfile bad
FROM eclipse-temurin:21 AS build
RUN jlink --add-modules java.base,java.sql --output /runtime
FROM debian:12-slim
COPY --from=build /runtime /opt/java
CMD ["/opt/java/bin/java", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:21 AS build
RUN jlink --add-modules java.base,java.sql,java.instrument --output /runtime
FROM debian:12-slim
COPY --from=build /runtime /opt/java
CMD ["/opt/java/bin/java", "-jar", "/app.jar"]
```

## Source
<https://docs.oracle.com/en/java/javase/21/docs/specs/man/jlink.html>,
<https://github.com/microsoft/openjdk/issues/116>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let help = "add java.instrument to --add-modules";
    findings.extend(shared::obstacle(context, &RULE, ObstacleKind::NoInstrument, help));
}
