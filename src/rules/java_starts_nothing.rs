//! `java-starts-nothing`: this java starts no application that could be traced.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Severity};
use crate::launch::ObstacleKind;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "java-starts-nothing",
    severity: Severity::Error,
    summary: "this java starts no application that could be traced",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# java-starts-nothing
This java starts no application that could be traced.

## What happens
- `sh -c` takes one word as its text, and what stands behind it becomes `$0`, `$1` …: of
  `["sh", "-c", "java", "-jar", "/app.jar"]` the shell runs `java`, which prints its usage and exits.
- `java -version` and its like print and exit, and `ENTRYPOINT ["java"]` of an image that others build on
  waits for arguments: a warning only.
- `java -XX:CRaCRestoreFrom=…` brings a checkpointed process back. An agent that is named there is not
  loaded: it must have been there when the checkpoint was made.

## What to do
Write the whole command as one word, or as exec form. Where the arguments come from `docker run` or from a
task definition, the agent goes where the jar is named. Before a CRaC checkpoint, start the application with
the agent: the command with `-XX:CRaCCheckpointTo=…`.

```dockerfile bad
FROM eclipse-temurin:17-jre
COPY app.jar /app.jar
CMD ["sh", "-c", "java", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
COPY app.jar /app.jar
CMD ["sh", "-c", "exec java -jar /app.jar"]
```

## Source
<https://pubs.opengroup.org/onlinepubs/9799919799/utilities/sh.html>,
<https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html>,
<https://docs.azul.com/core/crac/crac-guidelines>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let help = "nothing is edited; `entrypatch explain java-starts-nothing` says what to write";
    findings.extend(shared::obstacle(context, &RULE, ObstacleKind::Idle, help));
    let waiting = shared::obstacle(context, &RULE, ObstacleKind::Waiting, help);
    findings.extend(waiting.map(|one| Finding { severity: Severity::Warning, ..one }));
}
