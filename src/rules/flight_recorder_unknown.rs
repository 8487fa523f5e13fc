//! `flight-recorder-unknown`: FlightRecorderOptions stays out: the base image is not known to accept it.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Severity};
use crate::images::FlightRecorder;
use crate::settings::{Choice, FLIGHT_RECORDER, JAVA_SETTINGS};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "flight-recorder-unknown",
    severity: Severity::Note,
    summary: "FlightRecorderOptions stays out: the base image is not known to accept it",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# flight-recorder-unknown
FlightRecorderOptions stays out: the base image is not known to accept it.

## What happens
A JVM without Flight Recorder (Java 8 before 8u262, Alpine's openjdk:8, a jlink image without
`jdk.jfr`) exits with 1 when it is given `-XX:FlightRecorderOptions`. So the option goes in only where
the name of the base image, or what the file installs, copies or makes by `jlink`, tells that the JVM
takes it; where two JVMs may run, it stays out. Everything else is still inserted; the tracer
sets a stack depth of 512 by itself.

## What to do
Nothing; or `"registry.example.com/base:*" = { java = 17 }` under `[images]` in `entrypatch.toml`, which says what
only you know of the image; or `flight-recorder = true` under `[java]` to insert it all the same, or
`flight-recorder = false` to end this note.

```dockerfile bad
FROM registry.example.com/base:1
ENTRYPOINT ["java", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
ENTRYPOINT ["java", "-jar", "/app.jar"]
```

## Source
<https://docs.datadoghq.com/profiler/profiler_troubleshooting/java/>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let by_default =
        matches!(context.settings.choice(FLIGHT_RECORDER), Some(Choice::Default(_)));
    let unknown = context.launch.jvm.flight_recorder == FlightRecorder::Unknown;
    if !context.launch.is_read() || !by_default || !unknown {
        return;
    }
    let setting = JAVA_SETTINGS.iter().find(|setting| setting.name == FLIGHT_RECORDER);
    if setting.is_some_and(|setting| shared::present(context, setting).is_some()) {
        return;
    }
    let message = format!(
        "{} is not known to accept FlightRecorderOptions: the option stays out",
        shared::whose_jvm(context)
    );
    findings.push(
        RULE.finding(context.here(), message)
            .help(
                "say what the image holds under [images] in entrypatch.toml, or set \
                 `flight-recorder = true` (or false) under [java]",
            ),
    );
}
