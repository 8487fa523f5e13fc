//! `variable-in-exec-form`: a variable in exec form, which nothing expands.

use super::{Context, Rule, shared};
use crate::finding::{Finding, Severity};
use crate::launch::java::Target;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "variable-in-exec-form",
    severity: Severity::Error,
    summary: "a variable in exec form, which nothing expands",
    fixable: false,
    docs: DOCS,
    check: Some(check),
};

const DOCS: &str = r##"
# variable-in-exec-form
A variable in exec form, which nothing expands.

## What happens
Exec form has no shell: `$JAVA_HOME/bin/java` is looked for under just that name (exit code 127), and
`$JAVA_OPTS` in front of `-jar` is taken for the main class: `Could not find or load main class
$JAVA_OPTS`, exit code 1.

## What to do
Write the value out, set it by JAVA_TOOL_OPTIONS, or let a shell expand it:
`ENTRYPOINT ["sh", "-c", "exec java $JAVA_OPTS -jar /app.jar"]`.

```dockerfile bad
FROM eclipse-temurin:17-jre
ENTRYPOINT ["java", "$JAVA_OPTS", "-jar", "/app.jar"]
```

## Source
<https://docs.docker.com/reference/dockerfile/#variable-substitution>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let found = shared::obstacle(context, &RULE, HELP).or_else(|| main_class(context));
    findings.extend(found);
}

const HELP: &str =
    "write the value out, or let a shell expand it: [\"sh\", \"-c\", \"exec java …\"]";

/// A variable where the JVM expects an option or the main class.
fn main_class(context: &Context<'_>) -> Option<Finding> {
    let (program, java) = context.launch.command()?;
    let Target::Class(at) = java.target else { return None };
    let word = program + 1 + at;
    let value = &context.launch.words.get(word)?.value;
    let span = context.launch.word_span(context.file, word).filter(|_| value.starts_with('$'))?;
    let message =
        format!("{value} is never expanded in exec form: the JVM takes it for the main class");
    Some(RULE.finding(span, message).help(HELP).refusing())
}
