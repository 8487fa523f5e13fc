//! `class-archive-ignored`: a class archive that was made without the agent is not used with it.

use super::{Check, Context, Rule};
use crate::finding::{Finding, Severity};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "class-archive-ignored",
    severity: Severity::Warning,
    summary: "a class archive that was made without the agent is not used with it",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# class-archive-ignored
A class archive that was made without the agent is not used with it.

## What happens
Java 25 and later compare how an archive was made with how the JVM starts. With an agent that was not
there before, an AOT cache is rejected (four lines `[error][aot]`), and a shared archive is used in part
(`[error][cds] Mismatched values for property jdk.module.addmods`). The lines go to standard output, where
a program's own output is expected. The application starts, more slowly.

## What is reported
A launch on Java 25 or later with `-XX:AOTCache` or `-XX:SharedArchiveFile`.

## What to do
Make the archive with the same agent: the tracer supports that from Java 25 on
(`-javaagent:/usr/agent/dd-java-agent.jar=aot_training`).

```dockerfile bad
FROM eclipse-temurin:25-jre
ENTRYPOINT ["java", "-XX:AOTCache=/app.aot", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:25-jre
ENTRYPOINT ["java", "-jar", "/app.jar"]
```

## Source
<https://openjdk.org/jeps/483>; measured on Java 17 to 26
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if !context.launch.is_read() || context.launch.jvm.java.is_none_or(|java| java < 25) {
        return;
    }
    let options = context.jvm_options();
    let is_archive = |option: &str| {
        option.starts_with("-XX:AOTCache=") || option.starts_with("-XX:SharedArchiveFile=")
    };
    // With AOTMode=on it is worse: `class-archive-refused`.
    let refused = options.iter().any(|option| option.text == "-XX:AOTMode=on");
    if let Some(option) = options.iter().find(|option| is_archive(&option.text) && !refused) {
        let message = format!("{}: an archive made without the agent is not used", option.text);
        findings.push(
            RULE.finding(context.here(), message)
                .help("make it with the agent: -javaagent:…=aot_training"),
        );
    }
}
