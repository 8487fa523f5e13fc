//! `relative-agent-path`: the agent's path depends on the working directory.

use super::{Check, Context, Rule, shared};
use crate::facts::join;
use crate::finding::{Finding, Op, Severity};
use crate::launch::options::{JAVA_AGENT, agent_path};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "relative-agent-path",
    severity: Severity::Warning,
    summary: "the agent's path depends on the working directory",
    fixable: true,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# relative-agent-path
The agent's path depends on the working directory.

## What happens
The JVM looks for `-javaagent:agent.jar` in its working directory. A `cd` in a script, `docker run -w` or
another WORKDIR further down ends in `Error opening zip file or JAR manifest missing` and exit code 1.

## The fix
In exec form, where the WORKDIR is known, the path becomes the absolute one that it means today.

```dockerfile bad
FROM eclipse-temurin:17-jre
WORKDIR /opt
COPY dd-java-agent.jar app.jar ./
ENTRYPOINT ["java", "-javaagent:dd-java-agent.jar", "-Ddd.agent.host=localhost", "-Ddd.profiling.enabled=true", "-XX:FlightRecorderOptions=stackdepth=256", "-Ddd.logs.injection=true", "-jar", "app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
WORKDIR /opt
COPY dd-java-agent.jar app.jar ./
ENTRYPOINT ["java", "-javaagent:/opt/dd-java-agent.jar", "-Ddd.agent.host=localhost", "-Ddd.profiling.enabled=true", "-XX:FlightRecorderOptions=stackdepth=256", "-Ddd.logs.injection=true", "-jar", "app.jar"]
```

## Source
<https://docs.oracle.com/en/java/javase/21/docs/api/java.instrument/java/lang/instrument/package-summary.html>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let Some(agent) = shared::datadog_agent(context) else { return };
    let Some(path) = agent_path(&agent.text).filter(|path| is_relative(path)) else { return };
    let launch = context.launch;
    let word = agent.place.word();
    let message = format!("the agent's path {path} is looked for in the working directory");
    let finding = RULE
        .finding(context.at_option(&agent.place), message)
        .help("write the absolute path");
    let in_array = word.filter(|at| launch.words.get(*at).is_some_and(|word| word.array().is_some()));
    findings.push(match (in_array, &context.facts.workdir) {
        (Some(word), Some(workdir)) => {
            let arguments = agent.text.get(JAVA_AGENT.len() + path.len()..).unwrap_or_default();
            let value = format!("{JAVA_AGENT}{}{arguments}", join(Some(workdir), path));
            finding.mended_by(vec![Op::ReplaceWord { word, value }])
        }
        _ => finding,
    });
}

fn is_relative(path: &str) -> bool {
    !path.starts_with(['/', '$'])
}
