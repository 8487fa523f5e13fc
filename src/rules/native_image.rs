//! `native-image`: the program is a native image, which loads no agent.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Severity};
use crate::launch::ObstacleKind;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "native-image",
    severity: Severity::Error,
    summary: "the program is a native image, which loads no agent",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# native-image
The program is a native image, which loads no agent.

## What happens
GraalVM's native-image compiles the application with what it needs of Java into one program. There is no
JVM: `-javaagent` and JAVA_TOOL_OPTIONS have no effect, and nothing says so.

## What is reported
A start of a program that COPY takes from a stage which builds a native image (`native-image`,
`-Pnative`, `nativeCompile`), or that has Quarkus' name for one (`*-runner`).

## What to do
Build the tracer into the program: `-J-javaagent:/path/dd-java-agent.jar` for native-image, and the
settings by `DD_*` variables.

```dockerfile bad
FROM ghcr.io/graalvm/native-image-community:21 AS build
RUN ./mvnw -Pnative native:compile
FROM debian:12-slim
COPY --from=build /target/app /app
ENTRYPOINT ["/app"]
```
```dockerfile good
FROM ghcr.io/graalvm/native-image-community:21 AS build
RUN ./mvnw package
FROM eclipse-temurin:21-jre
COPY --from=build /target/app.jar /app.jar
ENTRYPOINT ["java", "-jar", "/app.jar"]
```

## Source
<https://docs.datadoghq.com/tracing/trace_collection/compatibility/java/?tab=graalvm#setup>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let help = "build the tracer into the program; `entrypatch explain native-image` says how";
    findings.extend(shared::obstacle(context, &RULE, ObstacleKind::NativeImage, help));
}
