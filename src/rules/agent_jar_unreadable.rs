//! `agent-jar-unreadable`: the user that starts the JVM cannot read the agent's jar.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Op, Severity};
use crate::jar::{Provision, closed, provision, refused_by_frontend};
use crate::settings::{Provide, Settings};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "agent-jar-unreadable",
    severity: Severity::Error,
    summary: "the user that starts the JVM cannot read the agent's jar",
    fixable: true,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# agent-jar-unreadable
The user that starts the JVM cannot read the agent's jar.

## What happens
As where there is no jar: `Error opening zip file or JAR manifest missing :
/usr/agent/dd-java-agent.jar`, exit code 1. Root reads every file, so it works until somebody writes
`USER app`.

## What is reported
A jar that the stage (or one below, or one it is copied from) makes closed to the user of the launch:
USER, the base image's own user, or the one that a wrapper on the way changes to (`gosu`, `su-exec`, `sudo`,
`setpriv`, `chpst`, `su` and others), in a script that starts itself again, too.

- `ADD` of a URL without `--chmod`: mode 0600, root's.
- `--chmod=644`, where ADD or COPY creates the folder: BuildKit gives the folder the same mode, and
  nobody but root can enter it.
- COPY of a file that has mode 0600 in the build context.
- A RUN that gives the jar or a folder above it a mode, in digits, which keeps others out, and no owner;
  a path below `/root`.
- A `# syntax=` line below 1.3: that frontend ignores `--chmod` for a URL (below 1.2 it does not know
  the flag). `fix` adds no jar there.

Any other RUN that changes modes or owners of the folder is trusted.

## The fix
`--chmod=755` on the instruction: all can read the jar and enter the folder.

```dockerfile bad
FROM eclipse-temurin:17-jre
ADD https://dtdg.co/java-tracer-v1 /opt/dd-java-agent.jar
USER 1000
ENTRYPOINT ["java", "-javaagent:/opt/dd-java-agent.jar", "-Ddd.agent.host=localhost", "-Ddd.profiling.enabled=true", "-XX:FlightRecorderOptions=stackdepth=256", "-Ddd.logs.injection=true", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
ADD --chmod=755 https://dtdg.co/java-tracer-v1 /opt/dd-java-agent.jar
USER 1000
ENTRYPOINT ["java", "-javaagent:/opt/dd-java-agent.jar", "-Ddd.agent.host=localhost", "-Ddd.profiling.enabled=true", "-XX:FlightRecorderOptions=stackdepth=256", "-Ddd.logs.injection=true", "-jar", "/app.jar"]
```

## Source
<https://docs.docker.com/reference/dockerfile/#add---chown---chmod>,
<https://github.com/moby/buildkit/issues/5943>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if !context.launch.is_read() {
        return;
    }
    let Some(path) = shared::jar_path(context) else { return };
    findings.extend(unreadable(context, &path).or_else(|| not_to_be_brought(context, &path)));
}

fn unreadable(context: &Context<'_>, path: &str) -> Option<Finding> {
    let user = shared::user(context)?;
    let found = closed(context.file, context.facts, context.surroundings, user, path)?;
    let line = context.file.line(found.instruction);
    let place = context.at(context.file.instructions.get(found.instruction)?.content.clone());
    let message = format!("{user} cannot read the agent's jar: {} (line {line})", found.reason);
    let finding = RULE.finding(place, message);
    Some(if found.mended_by_mode {
        let instruction = found.instruction;
        finding
            .help("the container would not start; `entrypatch fix` gives it --chmod=755")
            .mended_by(vec![Op::OpenJar { instruction }])
    } else {
        finding.help("let every user read the jar and enter its folder (mode 755)").refusing()
    })
}

/// A frontend by which no jar can be brought that all can read.
fn not_to_be_brought(context: &Context<'_>, path: &str) -> Option<Finding> {
    let (file, facts) = (context.file, context.facts);
    if provision(file, facts, context.surroundings, path) == Provision::Named {
        return None;
    }
    let message = refused_by_frontend(context.settings, file)?;
    let copied = Settings { provide: Provide::Copy, ..context.settings.clone() };
    let help = match refused_by_frontend(&copied, file) {
        None => {
            "write `# syntax=docker/dockerfile:1`, or let COPY bring the jar: `--provide copy` from the build context, \
             `--provide copy-from` from one of Datadog's images"
        }
        Some(_) => "write `# syntax=docker/dockerfile:1`, or `--provide none` and bring the jar yourself",
    };
    Some(RULE.finding(context.here(), message).help(help).refusing())
}
