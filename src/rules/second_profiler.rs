//! `second-profiler`: another profiler samples the same JVM.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Severity};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "second-profiler",
    severity: Severity::Warning,
    summary: "another profiler samples the same JVM",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# second-profiler
Another profiler samples the same JVM.

## What happens
Datadog's profiler and another one share the signals and hooks of the JVM: the application pays twice, and the
figures of both are distorted.

## What is reported
A launch with `-agentpath:` or `-javaagent:` of another profiler, where `dd.profiling.enabled` is true or will
be inserted.

## What to do
Keep one: `profiling = false` under `[java]` in `entrypatch.toml`, or take the other one out.

```dockerfile bad
FROM eclipse-temurin:17-jre
ENTRYPOINT ["java", "-agentpath:/opt/libasyncProfiler.so=start,event=cpu", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
ENTRYPOINT ["java", "-jar", "/app.jar"]
```

## Source
<https://github.com/async-profiler/async-profiler>, <https://docs.datadoghq.com/profiler/enabling/java/>
"##;

/// Parts of the names of profilers' libraries, in lower case.
const PROFILERS: &[&str] = &["asyncprofiler", "async-profiler", "yjpagent", "jprofilerti", "pyroscope"];

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if !context.launch.is_read() || !shared::profiles(context) {
        return;
    }
    let is_profiler = |option: &str| {
        let loads = option.starts_with("-agentpath:") || option.starts_with("-javaagent:");
        let option = option.to_ascii_lowercase();
        loads && PROFILERS.iter().any(|name| option.contains(name))
    };
    let options = context.jvm_options();
    if let Some(option) = options.iter().find(|option| is_profiler(&option.text)) {
        let place = context.at_option(&option.place);
        let message = "another profiler is loaded beside Datadog's";
        let help = "keep one: `profiling = false` under [java] in entrypatch.toml leaves Datadog's out";
        findings.push(RULE.finding(place, message).help(help));
    }
}
