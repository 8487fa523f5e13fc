//! `agent-jar-missing`: the agent is loaded from a path where no jar is put.

use super::{Check, Context, Rule, shared};
use crate::settings::Provide;
use crate::finding::{Finding, Severity};
use crate::jar::{Provision, decided, is_there_before};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "agent-jar-missing",
    severity: Severity::Error,
    summary: "the agent is loaded from a path where no jar is put",
    fixable: true,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# agent-jar-missing
The agent is loaded from a path where no jar is put.

## What happens
The JVM opens the agent's jar before it does anything else. Where there is none, it prints
`Error opening zip file or JAR manifest missing : /usr/agent/dd-java-agent.jar` and exits with 1:
the container never starts.

## What is reported
A launch that loads the Datadog agent, where no ADD, COPY or RUN of its stage (or of a stage below)
names the jar's path. A base image may bring the jar along: where the base image is not a known one,
or a whole folder is copied to where the jar lies, nothing is reported.

## The fix
`ADD --chmod=755 <agent-url> <path>`. 755 because a jar that ADD downloads belongs to root with mode
0600, which another USER cannot read, and because BuildKit gives the mode also to the folders that
it creates: 644 would lock them.

```dockerfile bad
FROM eclipse-temurin:17-jre
COPY app.jar /app.jar
ENTRYPOINT ["java", "-javaagent:/opt/dd-java-agent.jar", "-Ddd.agent.host=localhost", "-Ddd.profiling.enabled=true", "-XX:FlightRecorderOptions=stackdepth=256", "-Ddd.logs.injection=true", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
ADD --chmod=755 https://dtdg.co/java-tracer-v1 /opt/dd-java-agent.jar
COPY app.jar /app.jar
ENTRYPOINT ["java", "-javaagent:/opt/dd-java-agent.jar", "-Ddd.agent.host=localhost", "-Ddd.profiling.enabled=true", "-XX:FlightRecorderOptions=stackdepth=256", "-Ddd.logs.injection=true", "-jar", "/app.jar"]
```

## Source
<https://docs.docker.com/reference/dockerfile/#add>, <https://github.com/moby/buildkit/issues/5943>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    // A joined argument is no path.
    let path = shared::jar_path(context).filter(|path| !path.contains(char::is_whitespace));
    let Some(path) = path.filter(|_| context.launch.is_read()) else { return };
    let path = path.as_str();
    let (found, by) = decided(context.file, context.facts, context.surroundings, path);
    if found == Provision::Removed {
        findings.extend(by.and_then(|at| removed(context, path, at)));
    }
    findings.extend(not_in_context(context, found));
    findings.extend(too_late(context, path, found));
    let loads_agent = shared::datadog_agent(context).is_some();
    if !loads_agent || context.launch.image.has_java.is_none() || found != Provision::Missing {
        return;
    }
    let message = format!("the agent is loaded from {path}, where no instruction puts it");
    let finding = RULE.finding(context.here(), message);
    findings.push(match shared::jar(context, path) {
        Some(op) => finding
            .help(format!("the container would not start; `entrypatch fix` adds {path}"))
            .mended_by(vec![op]),
        None if context.settings.provide == Provide::None => return,
        None => finding.help("the container would not start; put the jar at a plain path").refusing(),
    });
}

/// A RUN that runs the script, with the agent that it loads, before the jar is there.
fn too_late(context: &Context<'_>, path: &str, found: Provision) -> Option<Finding> {
    let Context { file, facts, surroundings, launch, .. } = context;
    // Base images may bring the jar.
    let ours = found == Provision::Missing && context.settings.provide != Provide::None;
    if found == Provision::Missing && !ours {
        return None;
    }
    let is_covered = |run: usize| {
        // Our line stands above it.
        ours && file.of_stage(launch.stage).any(|(at, _)| at == run)
            || is_there_before(file, facts, surroundings, (path, run))
    };
    let run = launch.run_by.iter().copied().find(|run| !is_covered(*run))?;
    let message = format!(
        "the RUN in line {} runs the script while the image is built, where {path} is not there yet",
        file.line(run)
    );
    let help = "put the jar into the image above that RUN: the build would fail";
    Some(RULE.finding(context.here(), message).help(help).refusing())
}

/// A RUN that takes the jar away again.
fn removed(context: &Context<'_>, path: &str, at: usize) -> Option<Finding> {
    let place = context.at(context.file.instructions.get(at)?.content.clone());
    let message = format!("this RUN removes {path}, or its folder, after it was put there");
    let help = "take the `rm` out, or choose another --agent-path";
    Some(RULE.finding(place, message).help(help).refusing())
}

/// `provide = "copy"` takes the jar from the build context: it must be there.
fn not_in_context(context: &Context<'_>, found: Provision) -> Option<Finding> {
    if context.settings.provide != Provide::Copy || found == Provision::Named {
        return None;
    }
    let file = context.settings.agent_file();
    let reason = match context.surroundings.left_out_by(file) {
        Some(ignore) => format!("which {ignore} leaves out"),
        None if context.surroundings.is_in_context(file) => return None,
        None => "which is not in the build context".to_owned(),
    };
    let message = format!("the jar is to be copied from {file}, {reason}");
    let help = "put the jar there, or name it by agent-file in entrypatch.toml";
    let place = context.here();
    Some(RULE.finding(place, message).help(help).refusing())
}
