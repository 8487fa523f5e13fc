//! `agent-jar-missing`: the agent is loaded from a path where no jar is put.

use super::{Context, Rule, shared};
use crate::facts::join;
use crate::finding::{Finding, Severity};
use crate::jar::{Provision, provision};
use crate::launch::options::agent_path;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "agent-jar-missing",
    severity: Severity::Error,
    summary: "the agent is loaded from a path where no jar is put",
    fixable: true,
    docs: DOCS,
    check: Some(check),
};

const DOCS: &str = r##"
# agent-jar-missing
The agent is loaded from a path where no jar is put.

## What happens
The JVM opens the agent's jar before it does anything else. Where there is none, it prints
`Error opening zip file or JAR manifest missing : /usr/agent/dd-java-agent.jar` and exits with 1:
the container never starts.

## What is reported
A launch that loads the Datadog agent, where no ADD, COPY or RUN of its stage (or of a stage below)
names the jar's path. A base image may bring the jar along: where the base image is not a known one,
or a whole folder is copied to where the jar lies, nothing is reported.

## The fix
`ADD --chmod=755 <agent-url> <path>`. 755 because a jar that ADD downloads belongs to root with mode
0600, which another USER cannot read, and because BuildKit gives the mode also to the folders that
it creates: 644 would lock them.

```dockerfile bad
FROM eclipse-temurin:17-jre
COPY app.jar /app.jar
ENTRYPOINT ["java", "-javaagent:/opt/dd-java-agent.jar", "-Ddd.agent.host=localhost", "-Ddd.profiling.enabled=true", "-XX:FlightRecorderOptions=stackdepth=256", "-Ddd.logs.injection=true", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
ADD --chmod=755 https://dtdg.co/java-tracer-v1 /opt/dd-java-agent.jar
COPY app.jar /app.jar
ENTRYPOINT ["java", "-javaagent:/opt/dd-java-agent.jar", "-Ddd.agent.host=localhost", "-Ddd.profiling.enabled=true", "-XX:FlightRecorderOptions=stackdepth=256", "-Ddd.logs.injection=true", "-jar", "/app.jar"]
```

## Source
<https://docs.docker.com/reference/dockerfile/#add>, <https://github.com/moby/buildkit/issues/5943>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(agent) = shared::datadog_agent(context) else { return };
    let Some(path) = agent_path(&agent.text) else { return };
    // The JVM resolves a relative path in the working directory; only the image may know that.
    let path = match &context.facts.workdir {
        _ if path.starts_with('/') => path.to_owned(),
        Some(workdir) => join(Some(workdir), path),
        None => return,
    };
    let path = path.as_str();
    if !context.launch.image.carries_java() || provision(context.file, context.facts, path) != Provision::Missing {
        return;
    }
    let Some(op) = shared::jar(context, path) else { return };
    let message = format!("the agent is loaded from {path}, where no instruction puts it");
    findings.push(
        RULE.finding(context.launch.span(context.file), message)
            .help(format!("the container would not start; `entrypatch fix` adds {path}"))
            .mended_by(vec![op]),
    );
}
