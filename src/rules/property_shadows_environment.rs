//! `property-shadows-environment`: a `-Ddd.` in the image that no deployment can override.

use std::collections::BTreeMap;

use super::{Check, Context, Rule, shared};
use crate::datadog;
use crate::finding::{Finding, Location, Severity};
use crate::launch::options::{self, PlacedOption};
use crate::settings::{Choice, JAVA_SETTINGS};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "property-shadows-environment",
    severity: Severity::Warning,
    summary: "a -Ddd. option in the image that no deployment can override",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# property-shadows-environment
A -Ddd. option in the image that no deployment can override.

## What happens
A system property beats the variable of the same setting. With `-Ddd.env=prod` in the image, the container
that runs with `DD_ENV=staging` reports as `prod`; with `-Ddd.agent.host=localhost`, the address that
Kubernetes or the ECS task gives in DD_AGENT_HOST is not looked at. Nothing is logged.

## What is reported
- A property and an ENV of one image with different values: the property wins, the ENV does nothing.
- What differs from one deployment to the next, written as a property: `dd.env`, `dd.service`, `dd.version`, the
  agent's host, port, URL or socket. One warning for each launch; a note where it is no more than
  `dd.service` and `dd.version`, which an image may well know.

A value that these settings would insert is not reported: `fix` says itself what it does. Neither is a value
that the shell takes from the environment (`java -Ddd.env=$DD_ENV`), nor maps such as `dd.tags`, which the
tracer merges.

## What to do
Take the property out and write an ENV, which is a default: every deployment can override it.
`--preset env` inserts the settings in that way.

```dockerfile bad
FROM eclipse-temurin:17-jre
ENV DD_ENV=staging
ENTRYPOINT ["java", "-Ddd.env=prod", "-jar", "/app.jar"]
```
```dockerfile good
FROM eclipse-temurin:17-jre
ENV DD_ENV=staging
ENTRYPOINT ["java", "-jar", "/app.jar"]
```

## Source
<https://docs.datadoghq.com/tracing/trace_collection/library_config/java/>
"##;

/// What differs from one deployment to the next.
const OF_THE_DEPLOYMENT: &[&str] = &[
    "dd.agent.host",
    "dd.agent.port",
    "dd.env",
    "dd.service",
    "dd.service.name",
    "dd.trace.agent.port",
    "dd.trace.agent.unix.domain.socket",
    "dd.trace.agent.url",
    "dd.version",
];

/// … of which these are as well facts of the image: less harm is done by fixing them.
const OF_THE_IMAGE: &[&str] = &["dd.service", "dd.service.name", "dd.version"];

/// A property of the launch: its value, and where it stands.
struct Property {
    name: String,
    value: String,
    place: Location,
}

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    if !context.launch.is_read() {
        return;
    }
    let (contradicted, others): (Vec<Property>, Vec<Property>) =
        properties(context).into_iter().partition(|one| contradiction(context, one).is_some());
    findings.extend(contradicted.iter().filter_map(|one| contradicts(context, one)));
    findings.extend(shadows(context, &others));
}

/// The properties that stand as they are, the last one of each name: that one counts.
fn properties(context: &Context<'_>) -> Vec<Property> {
    let mut last = BTreeMap::new();
    for option in context.jvm_options() {
        let Some((name, value)) = options::property(&option.text) else { continue };
        let (name, value) = (name.to_owned(), value.to_owned());
        let place = context.at_option(&option.place);
        let property = (!from_environment(context, option)).then(|| Property {
            name: name.clone(),
            value,
            place,
        });
        last.insert(name, property);
    }
    last.into_values().flatten().collect()
}

/// Whether a shell puts the value together when the container starts.
fn from_environment(context: &Context<'_>, option: &PlacedOption) -> bool {
    let expands = |text: &str| text.contains(['$', '`']);
    let written = option.place.word().and_then(|at| context.launch.words.get(at));
    expands(&option.text) || written.is_some_and(|word| expands(word.value()))
}

/// The other value that a variable of the image gives to the same setting.
fn contradiction<'c>(context: &'c Context<'_>, property: &Property) -> Option<(String, &'c str)> {
    let one_value = JAVA_SETTINGS.iter().flat_map(|setting| setting.properties);
    let mut one_value = one_value.chain(OF_THE_DEPLOYMENT);
    one_value.find(|name| **name == property.name)?;
    let variable = datadog::variable(&property.name);
    let value = context.launch.environment.get(&variable)?;
    (*value != property.value).then_some((variable, value))
}

fn contradicts(context: &Context<'_>, property: &Property) -> Option<Finding> {
    let (variable, value) = contradiction(context, property)?;
    let Property { name, value: wins, place } = property;
    let message = format!("{name} is {wins:?} as a property and {value:?} in {variable}: the property wins");
    Some(RULE.finding(place.clone(), message).help("take one out: the ENV is what a deployment can override"))
}

fn shadows(context: &Context<'_>, properties: &[Property]) -> Option<Finding> {
    let shadows = |one: &&Property| {
        OF_THE_DEPLOYMENT.contains(&one.name.as_str()) && !is_of_the_settings(context, one)
    };
    let all: Vec<&Property> = properties.iter().filter(shadows).collect();
    let place = all.first()?.place.clone();
    let names: Vec<&str> = all.iter().map(|one| one.name.as_str()).collect();
    let variables: Vec<String> = all.iter().map(|one| datadog::variable(&one.name)).collect();
    let (verb, them) = if all.len() == 1 { ("beats", "it") } else { ("beat", "them") };
    let message =
        format!("{} in the image {verb} the environment of every deployment", names.join(", "));
    let help = format!(
        "set {them} by the deployment, or as a default that it can override: ENV {}",
        variables.join(", ")
    );
    let finding = RULE.finding(place, message).help(help);
    let severity = match all.iter().all(|one| OF_THE_IMAGE.contains(&one.name.as_str())) {
        true => Severity::Note,
        false => finding.severity,
    };
    Some(Finding { severity, ..finding })
}

/// Whether a property is what `fix` inserts, or what `setting-differs` speaks of.
fn is_of_the_settings(context: &Context<'_>, property: &Property) -> bool {
    let name = property.name.as_str();
    let setting = JAVA_SETTINGS.iter().find(|setting| setting.properties.contains(&name));
    setting.is_some_and(|setting| {
        let differs = matches!(context.settings.choice(setting.name), Some(Choice::Explicit(_)));
        let (inserted, _) = shared::inserted(context);
        let same = inserted.contains(&format!("-D{name}={}", property.value));
        same || differs
    })
}
