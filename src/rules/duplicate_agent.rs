//! `duplicate-agent`: the Datadog agent is loaded twice into one JVM.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Severity};
use crate::launch::options::{Place, PlacedOption};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "duplicate-agent",
    severity: Severity::Warning,
    summary: "the Datadog agent is loaded twice into one JVM",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# duplicate-agent
The Datadog agent is loaded twice into one JVM.

## What happens
The JVM runs both options in the order JAVA_TOOL_OPTIONS, JDK_JAVA_OPTIONS, command line,
_JAVA_OPTIONS. Of two jars it takes the classes of the first. The tracer says `dd-java-agent is being
initialized more than once` and ignores the second: what was set with that one (`=dd.service=…`, a newer
version) has no effect.

## What is reported
A launch whose argv and variables load the agent more than once.

## What to do
Keep one of the two options.

```dockerfile bad
FROM eclipse-temurin:17-jre
ADD --chmod=755 https://dtdg.co/java-tracer-v1 /opt/dd-java-agent.jar
ENV JAVA_TOOL_OPTIONS="-javaagent:/opt/dd-java-agent.jar"
ENTRYPOINT ["java", "-javaagent:/opt/dd-java-agent.jar", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
ADD --chmod=755 https://dtdg.co/java-tracer-v1 /opt/dd-java-agent.jar
ENTRYPOINT ["java", "-javaagent:/opt/dd-java-agent.jar", "-jar", "/app.jar"]
```

## Source
<https://github.com/DataDog/dd-trace-java/blob/master/dd-java-agent/src/main/java/datadog/trace/bootstrap/AgentBootstrap.java>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let options = context.jvm_options();
    let agents: Vec<&PlacedOption> =
        options.iter().filter(|option| shared::is_ours(context, &option.text)).collect();
    let [first, second, ..] = agents.as_slice() else { return };
    let message =
        format!("the agent is loaded by {} and again by {}", place(&first.place), place(&second.place));
    findings.push(RULE.finding(context.at_option(&second.place), message).help("keep one: the second has no effect"));
}

fn place(place: &Place) -> &str {
    match place {
        Place::Word(_) => "the command",
        other => other.name(),
    }
}
