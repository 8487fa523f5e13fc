//! `java-agent-after-main`: the agent stands behind the jar or main class, where the JVM ignores it.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Op, Severity};
use crate::launch::{Carrier, Word};
use crate::shell::Expansion;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "java-agent-after-main",
    severity: Severity::Error,
    summary: "the agent stands behind the jar or main class, where the JVM ignores it",
    fixable: true,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# java-agent-after-main
The agent stands behind the jar or main class, where the JVM ignores it.

## What happens
What stands behind `-jar app.jar` (or the main class) belongs to the program. The JVM exits with 0, the
application runs, and there is no agent and no message.

## The fix
`-javaagent:` of the Datadog agent and `-Ddd.` options move to right behind `java`, in their order; what else
the program gets stays. A word with a variable moves as it is written, where its value is known. Behind an `@file`, which may name the program, nothing is moved.

```dockerfile bad
FROM eclipse-temurin:17-jre
COPY dd-java-agent.jar /usr/agent/
ENTRYPOINT ["java", "-jar", "/app.jar", "-javaagent:/usr/agent/dd-java-agent.jar", "--port", "80"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
COPY dd-java-agent.jar /usr/agent/
ENTRYPOINT ["java", "-Ddd.agent.host=localhost", "-Ddd.profiling.enabled=true", "-XX:FlightRecorderOptions=stackdepth=256", "-Ddd.logs.injection=true", "-javaagent:/usr/agent/dd-java-agent.jar", "-jar", "/app.jar", "--port", "80"]
```

## Source
<https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html>,
<https://github.com/DataDog/documentation/pull/5623>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let launch = context.launch;
    let argument_file =
        launch.command().and_then(|(program, java)| Some(program + 1 + java.argument_file?));
    let behind_file = launch
        .words
        .iter()
        .enumerate()
        .filter(|(at, _)| argument_file.is_some_and(|file| *at > file));
    let words = launch.program_arguments().chain(behind_file);
    let ours: Vec<(usize, &str)> = words
        .map(|(at, word)| (at, word.value()))
        .filter(|(_, value)| shared::is_ours(context, value) || value.starts_with("-Ddd."))
        .collect();
    let Some((first, value)) = ours.first() else { return };
    let place = context.at_word(*first);
    if argument_file.is_some() {
        let message =
            format!("{value} stands behind an @file that may name the program: the JVM may ignore it");
        findings.push(RULE.finding(place, message).help(HELP).refusing());
        return;
    }
    let message = format!("{value} stands behind the program's name: the JVM ignores it");
    // In front of the jar a path that is not there stops the JVM, and a blank makes a main class.
    let is_known = |at: &usize| {
        let word = launch.words.get(*at);
        word.is_some_and(|word| launch.is_known(word) || is_property_in_quotes(word))
    };
    if !ours.iter().all(|(at, _)| is_known(at)) {
        let help = "move it right behind `java` by hand: the shell fills in what is not known here";
        findings.push(RULE.finding(place, message).help(help).refusing());
        return;
    }
    let words = ours.iter().map(|(at, _)| *at).collect();
    findings.push(
        RULE.finding(place, message).help(HELP).mended_by(vec![Op::MoveToFront { words }]),
    );
}

/// `"-Ddd.env=$STAGE"`: one argument, whatever the shell fills in.
fn is_property_in_quotes(word: &Word) -> bool {
    let carrier = word.place.as_ref().map(|place| place.carrier);
    matches!(carrier, Some(Carrier::ShellWord { in_quotes: true, .. }))
        && word.expansion == Expansion::Quoted
        && word.value().starts_with("-Ddd.")
}

const HELP: &str = "it belongs right behind `java`";
