//! `conflicting-agent`: another tracer is loaded into the same JVM.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Severity};
use crate::launch::ObstacleKind;
use crate::launch::options::other_tracer;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "conflicting-agent",
    severity: Severity::Error,
    summary: "another tracer is loaded into the same JVM",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# conflicting-agent
Another tracer is loaded into the same JVM.

## What happens
Two tracers rewrite the same classes. Known results are a VerifyError at start, spans that are lost,
and a JVM that crashes; Datadog does not support it.

## What is reported
A launch that loads another tracer (OpenTelemetry, New Relic, Elastic APM, AppDynamics, Dynatrace,
SkyWalking and others) by `-javaagent:` or `-agentpath:`, in argv or in a variable. Agents that only
measure (JaCoCo, the Prometheus JMX exporter, Jolokia, AspectJ) are no conflict.

Also a launch on whose way a tracer, Datadog's included, is loaded by what cannot be followed: in one
branch of a start script, in an array, in a file that the launcher reads. There `--force` does not
help: write the agent into the `java` command itself, or take it out.

## What to do
Take the other tracer out, or run `entrypatch fix --force` to have both.

```dockerfile bad
FROM eclipse-temurin:17-jre
ENTRYPOINT ["java", "-javaagent:/opt/newrelic/newrelic.jar", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
ENTRYPOINT ["java", "-jar", "/app.jar"]
```

## Source
<https://github.com/DataDog/dd-trace-java/issues/4722>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let help = "take it out, or write it into the java command itself";
    findings.extend(shared::obstacle(context, &RULE, ObstacleKind::HiddenAgent, help));
    if context.settings.force {
        return;
    }
    for option in context.jvm_options() {
        let Some(name) = other_tracer(&option.text) else { continue };
        let place = option.place.name();
        findings.push(
            RULE.finding(context.at_option(&option.place), format!("{name} is loaded already (in {place}): two tracers in one JVM break it"))
                .help("take the other tracer out, or use --force to have both")
                .refusing(),
        );
    }
}
