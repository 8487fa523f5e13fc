//! `java-agent-missing`: java starts without the Datadog agent.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Op, Severity};
use crate::launch::options::JAVA_AGENT;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "java-agent-missing",
    severity: Severity::Error,
    summary: "java starts without the Datadog agent",
    fixable: true,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# java-agent-missing
Java starts without the Datadog agent.

## What happens
The application runs untraced: no spans, no profiles, no trace ids in its logs.

## The fix
The agent and its settings are inserted right behind `java`, where the JVM takes options whatever
follows; options that are there stay behind them and win. What argv or ENV sets already is not inserted
again. The jar is added to the stage that holds the launch, unless an instruction names it already.

```dockerfile bad
FROM eclipse-temurin:17-jre
COPY app.jar /app.jar
ENTRYPOINT ["java", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
ADD --chmod=755 https://dtdg.co/java-tracer-v1 /usr/agent/dd-java-agent.jar
COPY app.jar /app.jar
ENTRYPOINT ["java", "-javaagent:/usr/agent/dd-java-agent.jar", "-Ddd.agent.host=localhost", "-Ddd.profiling.enabled=true", "-XX:FlightRecorderOptions=stackdepth=256", "-Ddd.logs.injection=true", "-jar", "/app.jar"]
```

A `-D` in the image beats the environment of every deployment, and profiling may be billed: leave a
setting out by `agent-host = false` or `profiling = false` under `[java]` in `entrypatch.toml`.
`--preset env` writes the settings as one `ENV`, which every deployment can override.

## Source
<https://docs.datadoghq.com/tracing/trace_collection/automatic_instrumentation/dd_libraries/java/>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if !context.launch.is_read() || shared::datadog_agent(context).is_some() {
        return;
    }
    let path = context.settings.agent_path();
    let agent = Op::InsertJvmOption { rank: 0, option: format!("{JAVA_AGENT}{path}") };
    let mut ops = vec![agent];
    ops.extend(shared::missing(context).into_iter().map(|(_, op)| op));
    ops.extend(shared::jar(context, path));
    findings.push(
        RULE.finding(context.here(), "java starts without the Datadog agent")
            .help("`entrypatch diff` shows the patch, `entrypatch fix` writes it")
            .mended_by(ops),
    );
}
