//! `unknown-datadog-setting`: a name that is almost a setting of the tracer, and is none.

use super::{Check, Context, Rule, TaskContext};
use crate::datadog;
use crate::dockerfile::Kind;
use crate::finding::{Finding, Location, Severity};
use crate::launch::options;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "unknown-datadog-setting",
    severity: Severity::Warning,
    summary: "a name that is almost a setting of the tracer, and is none",
    fixable: false,
    docs: DOCS,
    check: Check::Both(check, check_task),
};

const DOCS: &str = r##"
# unknown-datadog-setting
A name that is almost a setting of the tracer, and is none.

## What happens
Nothing: no program of Datadog reads the name, and none says so. `DD_LOG_INJECTION=true` (without the `S` of
LOGS) puts no trace ids into the logs, and looks as if it did.

## What is reported
A variable whose name begins with `DD_`, set by ENV in a stage of the image, in front of `java`, or in a container of a task definition, and a
`-Ddd.` option of the launch, when two things hold. None of the Java, Node and Python tracers reads it (their
whole lists are known, with old names), nor the Agent, its installers, or serverless wrappers, of which many
names are known by their beginning. And a setting of the Java tracer is near: one letter left out, added,
exchanged or swapped, in a long name two; `_ENABLED` left out or added; or a frequent mistake such as
DD_ENVIRONMENT.

Any other unknown name is left in peace: it may be your own. So is a variable that the launch itself mentions.
Switches of one integration (`DD_TRACE_KAFKA_ENABLED`) are taken as they are, because their names have a free
part.

## What to do
Write the name that the message shows. See what changes: the setting was off until now.

```dockerfile bad
FROM eclipse-temurin:17-jre
ENV DD_LOG_INJECTION=true
ENTRYPOINT ["java", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
ENV DD_LOGS_INJECTION=true
ENTRYPOINT ["java", "-jar", "/app.jar"]
```

## Source
The lists are those of the published tracers, see `src/datadog`;
<https://docs.datadoghq.com/tracing/trace_collection/library_config/java/>
"##;

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    findings.extend(in_environment(context));
    findings.extend(in_front_of_java(context));
    findings.extend(properties(context));
}

/// The variables of the containers of a task.
fn check_task(context: &TaskContext<'_>, findings: &mut Vec<Finding>) {
    for container in &context.task.containers {
        let variables = container.environment().into_iter().chain(container.secrets());
        findings.extend(variables.filter_map(|one| {
            let place = context.at(one.node.get("name").unwrap_or(one.node));
            Some(finding_of_variable(place, one.name, datadog::meant(one.name)?))
        }));
    }
}

/// ENV of the stages that make the image.
fn in_environment(context: &Context<'_>) -> Vec<Finding> {
    let stages = context.facts.stages.iter();
    let instructions = stages.flat_map(|stage| context.file.of_stage(*stage));
    let variables = instructions.filter_map(|(_, one)| match &one.kind {
        Kind::Env(variables) => Some(variables),
        _ => None,
    });
    let finding =
        |name: &str, span| Some(finding_of_variable(context.at(span), name, meant(context, name)?));
    let found = variables.flatten().map(|one| finding(&one.name, one.name_span.clone()));
    found.flatten().collect()
}

/// `DD_X=y java …`, `env DD_X=y java …`
fn in_front_of_java(context: &Context<'_>) -> Vec<Finding> {
    let place = context.here();
    let names = context.launch.environment.keys();
    let own = names.filter(|name| !context.facts.environment.contains_key(*name));
    let finding = |name: &String| Some(finding_of_variable(place.clone(), name, meant(context, name)?));
    own.filter_map(finding).collect()
}

/// The setting that was meant by a variable, unless the launch makes use of that variable itself.
fn meant(context: &Context<'_>, name: &str) -> Option<&'static str> {
    let meant = datadog::meant(name)?;
    let mentions = |text: &str| text.contains(&format!("${name}")) || text.contains(&format!("${{{name}"));
    let launch = context.launch;
    let used = launch.words.iter().chain(&launch.argv).any(|word| mentions(word.value()));
    (!used).then_some(meant)
}

fn finding_of_variable(place: Location, name: &str, meant: &str) -> Finding {
    RULE.finding(place, format!("{name} is no setting of Datadog: nothing reads it"))
        .help(format!("{meant} is one"))
}

fn properties(context: &Context<'_>) -> Vec<Finding> {
    let finding = |option: &options::PlacedOption| {
        let (name, _) = options::property(&option.text)?;
        let meant = name.starts_with("dd.").then(|| datadog::meant(&datadog::variable(name)))??;
        let place = context.at_option(&option.place);
        let message = format!("{name} is no setting of Datadog: nothing reads it");
        let property = meant.to_ascii_lowercase().replace('_', ".");
        let help = format!("{property} is one, as a variable {meant}");
        Some(RULE.finding(place, message).help(help))
    };
    context.jvm_options().iter().filter_map(finding).collect()
}
