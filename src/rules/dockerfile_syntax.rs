//! `dockerfile-syntax`: Docker rejects the file.

use super::{Check, Rule};
use crate::finding::Severity;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "dockerfile-syntax",
    severity: Severity::Error,
    summary: "Docker rejects the file",
    fixable: true,
    docs: DOCS,
    check: Check::Elsewhere,
};

const DOCS: &str = r##"
# dockerfile-syntax
Docker rejects the file.

## What happens
`docker build` stops with `dockerfile parse error`: there is no image to trace.

## What is reported
The first place that BuildKit refuses: an unknown instruction, an array with something else than
strings, a here-document that is not closed, a line of more than 65,535 bytes. A frequent cause is an
array that goes on in the next line without a `\` at the end of the first.

## The fix
Only for such an ENTRYPOINT or CMD: its lines are joined by `\`, and what they start is treated as any
other launch. Everything else is left to you.

```dockerfile bad
FROM eclipse-temurin:17-jre
COPY app.jar /app.jar
ENTRYPOINT ["java",
    "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
ADD --chmod=755 https://dtdg.co/java-tracer-v1 /usr/agent/dd-java-agent.jar
COPY app.jar /app.jar
ENTRYPOINT ["java", \
    "-javaagent:/usr/agent/dd-java-agent.jar", \
    "-Ddd.agent.host=localhost", \
    "-Ddd.profiling.enabled=true", \
    "-XX:FlightRecorderOptions=stackdepth=256", \
    "-Ddd.logs.injection=true", \
    "-jar", "/app.jar"]
```

## Source
<https://docs.docker.com/reference/dockerfile/>
"##;
