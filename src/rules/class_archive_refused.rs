//! `class-archive-refused`: with an agent, the JVM's class archive keeps it from starting.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Severity};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "class-archive-refused",
    severity: Severity::Error,
    summary: "an option about class archives stops a JVM that has an agent",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# class-archive-refused
An option about class archives stops a JVM that has an agent.

## What happens
`-XX:ArchiveClassesAtExit`, `-XX:+AutoCreateSharedArchive`, `-XX:+RecordDynamicDumpInfo` and `-Xshare:dump`
with an agent: `Must enable
AllowArchivingWithJavaAgent`, exit code 1 (Java 17 to 25). `-XX:AOTMode=on`, where the cache was made without the agent: the cache is rejected and the JVM
exits with 1 (Java 25 and later).

## What is reported
A launch with one of these options. It gets no edit.

## What to do
Make the AOT cache with the same agent, or use `-XX:AOTMode=auto`; write the class archive in a build step
of its own.

```dockerfile bad
FROM eclipse-temurin:25-jre
ENTRYPOINT ["java", "-XX:AOTMode=on", "-XX:AOTCache=/app.aot", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:25-jre
ENTRYPOINT ["java", "-XX:AOTMode=auto", "-XX:AOTCache=/app.aot", "-jar", "/app.jar"]
```

## Source
<https://openjdk.org/jeps/483>, <https://openjdk.org/jeps/350>; measured on Java 17 to 26
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    // A launch that has the agent already was seen to start by somebody.
    if !context.launch.is_read() || shared::datadog_agent(context).is_some() {
        return;
    }
    let options = context.jvm_options();
    let allowed = options.iter().any(|one| one.text == "-XX:+AllowArchivingWithJavaAgent");
    let writes_archive = |option: &str| {
        option.starts_with("-XX:ArchiveClassesAtExit")
            || option == "-XX:+AutoCreateSharedArchive"
            || option == "-XX:+RecordDynamicDumpInfo"
            || option == "-Xshare:dump"
    };
    let stops = |option: &str| {
        (writes_archive(option) && !allowed) || option == "-XX:AOTMode=on"
    };
    if let Some(option) = options.iter().find(|option| stops(&option.text)) {
        let message = format!("with an agent, {} stops the JVM", option.text);
        findings.push(
            RULE.finding(context.here(), message)
                .help("`entrypatch explain class-archive-refused` says what to write instead")
                .refusing(),
        );
    }
}
