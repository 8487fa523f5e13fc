//! `launch-unresolved`: something starts Java here that entrypatch cannot see through.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Severity};
use crate::launch::ObstacleKind;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "launch-unresolved",
    severity: Severity::Error,
    summary: "something starts Java here that entrypatch cannot see through",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# launch-unresolved
Something starts Java here that entrypatch cannot see through.

## What happens
A start script is not in the build context (or is made by a RUN, downloaded, or part of another image), a
build tool starts the application, or a launcher takes options in a way that nobody has verified. entrypatch
does not edit what it cannot read: a wrong edit is worse than none. The application stays untraced.

## What to do
- Run entrypatch where the script is: it follows COPY and ADD from the Dockerfile's folder and the folders
  above it, up to the root of the repository.
- `entrypatch fix --carrier env` puts the options into `ENV JAVA_TOOL_OPTIONS` behind the last RUN. Every JVM
  in the container reads that variable: keytool, health checks, `docker exec` too.
- For a launcher, add the ENV line that the message shows, and see that the container starts.
- A launch that must stay as it is: `# entrypatch: ignore[launch-unresolved] reason` above the instruction.

```dockerfile bad
FROM eclipse-temurin:17-jre
ENTRYPOINT ["/opt/vendor/start.sh"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
ENTRYPOINT ["java", "-jar", "/opt/vendor/app.jar"]
```

## Source
<https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let help = match context.launch.launcher {
        Some(launcher) => {
            let name = launcher.variable;
            let options = shared::all_options(context).join(" ");
            let variables = shared::all_variables(context);
            let more = if variables.is_empty() {
                String::new()
            } else {
                format!(", {}", crate::plan::environment_line(&variables, context.file.escape))
            };
            format!("try this line behind the last RUN, and a jar at that path: ENV {name}=\"{options} ${name}\"{more}")
        }
        None => {
            "`--carrier env` puts the options into ENV JAVA_TOOL_OPTIONS; \
             `entrypatch explain launch-unresolved` says more"
                .to_owned()
        }
    };
    findings.extend(shared::obstacle(context, &RULE, ObstacleKind::Unresolved, &help));
}
