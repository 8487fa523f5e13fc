//! `java-agent-after-main`: the agent stands behind the jar or main class, where the JVM ignores it.

use super::{Context, Rule, shared};
use crate::finding::{Finding, Severity};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "java-agent-after-main",
    severity: Severity::Error,
    summary: "the agent stands behind the jar or main class, where the JVM ignores it",
    fixable: false,
    docs: DOCS,
    check: Some(check),
};

const DOCS: &str = r##"
# java-agent-after-main
The agent stands behind the jar or main class, where the JVM ignores it.

## What happens
What stands behind `-jar app.jar` (or the main class) belongs to the program. The JVM exits with 0, the
application runs, and there is no agent and no message.

## What to do
Move `-javaagent:` and the `-Ddd.` options to right behind `java`.

```dockerfile bad
FROM eclipse-temurin:17-jre
ENTRYPOINT ["java", "-jar", "/app.jar", "-javaagent:/usr/agent/dd-java-agent.jar"]
```

## Source
<https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html>,
<https://github.com/DataDog/documentation/pull/5623>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let argument_file = context.launch.command().and_then(|(program, java)| {
        Some(program + 1 + java.argument_file?)
    });
    let behind_file = context.launch.words.iter().enumerate().filter(|(at, _)| {
        argument_file.is_some_and(|file| *at > file)
    });
    let words = context.launch.program_arguments().chain(behind_file);
    let Some((at, word)) = words.into_iter().find(|(_, word)| {
        shared::is_ours(context, word.value()) || word.value().starts_with("-Ddd.")
    }) else {
        return;
    };
    let span = context.launch.word_span(at);
    let message = match argument_file {
        Some(_) => format!("{} stands behind an @file that may name the program: the JVM may ignore it", word.value()),
        None => format!("{} stands behind the program's name: the JVM ignores it", word.value()),
    };
    findings.push(
        RULE.finding(span.unwrap_or_else(|| context.launch.span(context.file)), message)
            .help("move it to right behind `java`")
            .refusing(),
    );
}
