//! `variable-in-exec-form`: a variable in exec form, which nothing expands.

use super::{Check, Context, Rule, shared};
use crate::datadog;
use crate::finding::{Finding, Severity};
use crate::launch::ObstacleKind;
use crate::launch::java::Target;
use crate::launch::options;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "variable-in-exec-form",
    severity: Severity::Error,
    summary: "a variable in exec form, which nothing expands",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# variable-in-exec-form
A variable in exec form, which nothing expands.

## What happens
Exec form has no shell: `$JAVA_HOME/bin/java` is looked for under just that name (exit code 127),
`$JAVA_OPTS` in front of `-jar` is taken for the main class (`Could not find or load main class
$JAVA_OPTS`, exit code 1), `-jar ${JAR}` for a file of that name, and `-Xmx${MEMORY}` is no size. A `-D` may
hold a variable: some frameworks expand it by themselves. The tracer does not: `-Ddd.env=$DD_ENV` makes an
environment of that name (a warning).

## What to do
Write the value out, set it by JAVA_TOOL_OPTIONS, or let a shell expand it:
`ENTRYPOINT ["sh", "-c", "exec java $JAVA_OPTS -jar /app.jar"]`.

```dockerfile bad
FROM eclipse-temurin:17-jre
ENTRYPOINT ["java", "$JAVA_OPTS", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
ENTRYPOINT exec java $JAVA_OPTS -jar /app.jar
```

## Source
<https://docs.docker.com/reference/dockerfile/#variable-substitution>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let found = shared::obstacle(context, &RULE, ObstacleKind::VariableInExecForm, HELP).or_else(|| in_command(context));
    findings.extend(found);
    findings.extend(own_settings(context));
}

/// A setting of the tracer that holds a variable: the tracer takes `$DD_ENV` as it stands.
fn own_settings(context: &Context<'_>) -> Vec<Finding> {
    let Some((program, java)) = context.launch.command() else { return Vec::new() };
    let in_option = |at: &usize| {
        let word = context.launch.words.get(program + 1 + at)?;
        let (name, value) = options::property(word.value())?;
        if word.array().is_none() || !name.starts_with("dd.") || !is_variable(value) {
            return None;
        }
        let variable = datadog::variable(name);
        let place = context.at_word(program + 1 + at);
        let message = format!("{name} is {value} as it stands: nothing expands it in exec form");
        let help = format!(
            "take it out: the tracer reads {variable} from the environment of the container; \
             `ENV {variable}={value}` sets it when the image is built"
        );
        let finding = RULE.finding(place, message).help(help);
        Some(Finding { severity: Severity::Warning, ..finding })
    };
    java.options.iter().filter_map(in_option).collect()
}

const HELP: &str =
    "write the value out, or let a shell expand it: [\"sh\", \"-c\", \"exec java …\"]";

/// A variable in a word that the JVM needs to start: what it starts, its agents, its memory. A
/// `-D` may well hold one, which a framework expands by itself.
fn in_command(context: &Context<'_>) -> Option<Finding> {
    let (program, java) = context.launch.command()?;
    // In shell text the shell expands it.
    let value = |at: usize| {
        let word = context.launch.words.get(program + 1 + at)?;
        word.array().map(|_| word.value())
    };
    let target = match java.target {
        Target::Jar(at) | Target::Class(at) | Target::Module(at) => Some(at),
        Target::Nothing | Target::Missing => None,
    };
    let needed = |at: &usize| {
        let starts = ["-X", "-javaagent:", "-agent"];
        value(*at).is_some_and(|word| starts.iter().any(|start| word.starts_with(start)))
    };
    let options = java.options.iter().copied().filter(needed);
    let at = target.into_iter().chain(options).find(|at| value(*at).is_some_and(is_variable))?;
    let place = context.at_word(program + 1 + at);
    let message =
        format!("{} is never expanded in exec form: the JVM takes it as it stands", value(at)?);
    Some(RULE.finding(place, message).help(HELP).refusing())
}

/// `${NAME}` anywhere, and `$NAME` unless it is part of a class name, as in `Outer$Inner`.
fn is_variable(word: &str) -> bool {
    word.match_indices('$').any(|(at, _)| {
        let next = word.get(at + 1..).and_then(|rest| rest.chars().next());
        let in_class_name = at > 0 && !word.starts_with('-') && !word.contains('/');
        match next {
            Some('{') => true,
            Some(c) => (c.is_alphabetic() || c == '_') && !in_class_name,
            None => false,
        }
    })
}
