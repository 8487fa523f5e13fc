//! `java-option-missing`: the agent is loaded without a setting of the preset.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Op, Severity};
use crate::settings::JavaSetting;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "java-option-missing",
    severity: Severity::Warning,
    summary: "the agent is loaded without a setting of the preset",
    fixable: true,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# java-option-missing
The agent is loaded without a setting of the preset.

## What happens
The agent runs, but without a setting that the preset or the configuration asks for.

## The fix
The missing options are inserted right behind `java`. What is set already, in argv, in
JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS or _JAVA_OPTIONS, or as a `DD_` variable, stays as it is. A
FlightRecorderOptions without a stack depth is completed inside its own value, because two of them do
not merge: the JVM takes the last one whole.

```dockerfile bad
FROM eclipse-temurin:17-jre
ENV DD_AGENT_HOST=localhost DD_PROFILING_ENABLED=true
ADD --chmod=755 https://dtdg.co/java-tracer-v1 /dd-java-agent.jar
CMD ["java", "-javaagent:/dd-java-agent.jar", "-XX:FlightRecorderOptions=maxchunksize=10M", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
ENV DD_AGENT_HOST=localhost DD_PROFILING_ENABLED=true
ADD --chmod=755 https://dtdg.co/java-tracer-v1 /dd-java-agent.jar
CMD ["java", "-Ddd.logs.injection=true", "-javaagent:/dd-java-agent.jar", "-XX:FlightRecorderOptions=maxchunksize=10M,stackdepth=256", "-jar", "/app.jar"]
```

## Source
<https://docs.datadoghq.com/tracing/trace_collection/library_config/java/>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if !context.launch.is_read() || shared::datadog_agent(context).is_none() {
        return;
    }
    let (settings, ops): (Vec<&JavaSetting>, Vec<Op>) = shared::missing(context).into_iter().unzip();
    if ops.is_empty() {
        return;
    }
    let names: Vec<&str> = settings.iter().map(|setting| setting.name).collect();
    let message = format!("the agent runs without {}", names.join(", "));
    findings.push(
        RULE.finding(context.here(), message)
            .help("`entrypatch fix` inserts it; `false` under [java] in entrypatch.toml leaves one out")
            .mended_by(ops),
    );
}
