//! `windows-image`: the container runs Windows, for which nothing is inserted.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Severity};
use crate::launch::ObstacleKind;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "windows-image",
    severity: Severity::Error,
    summary: "the container runs Windows, for which nothing is inserted",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# windows-image
The container runs Windows, for which nothing is inserted.

## What happens
The agent runs on Windows too, but the path under which entrypatch puts it, the mode of the file (`--chmod`),
the separators and the quotes of `cmd` and PowerShell are not those of Linux. A line for Linux stops the build
or the start, so the launch is left alone.

## What is reported
A start of Java in an image of Windows: by the image's name (`mcr.microsoft.com/windows/…`, `nanoserver`,
`servercore`, a tag with `windows`), by a SHELL or a WORKDIR of Windows, or by a program that ends in `.exe`.

## What to do
Add the jar by hand (`ADD https://dtdg.co/java-tracer-v1 C:/datadog/dd-java-agent.jar`), and write
`-javaagent:C:/datadog/dd-java-agent.jar` right behind `java`.

```dockerfile bad
FROM mcr.microsoft.com/windows/servercore:ltsc2022
ENTRYPOINT ["java", "-jar", "app.jar"]
```
```dockerfile good
FROM eclipse-temurin:21-jre
ENTRYPOINT ["java", "-jar", "app.jar"]
```

## Source
<https://docs.datadoghq.com/tracing/trace_collection/compatibility/java/>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let help = "nothing is edited; `entrypatch explain windows-image` says what to write";
    findings.extend(shared::obstacle(context, &RULE, ObstacleKind::Windows, help));
}
