//! `task-not-registrable`: ECS refuses the task definition.

use std::collections::BTreeSet;

use super::{Check, Rule, TaskContext};
use crate::deploy::container::Variable;
use crate::deploy::{Container, NetworkMode};
use crate::finding::{Finding, Location, Severity};
use crate::structured::{Node, Value};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "task-not-registrable",
    severity: Severity::Error,
    summary: "ECS refuses the task definition, or reads it as nobody meant it",
    fixable: false,
    docs: DOCS,
    check: Check::Task(check),
};

const DOCS: &str = r##"
# task-not-registrable
ECS refuses the task definition, or reads it as nobody meant it.

## What happens
`register-task-definition` answers with a ClientException, and the deployment ends there; or it takes the file, and a value is not where it seems to be.

## What is reported
- A variable under `environment` with `valueFrom`, or under `secrets` with `value`; a value that is no text.
- A name under `environment` and `secrets` both; as a warning, a name twice in one of them, or a key twice in one object.
- Secrets without an `executionRoleArn` (in a whole task definition).
- `hostPort` other than `containerPort` in `awsvpc` or `host` mode.
- FARGATE with another network mode than `awsvpc`, or without `cpu` and `memory` of the task.
- `links` outside of bridge mode.
- `dependsOn` or `links` of a container that is not there; `HEALTHY` of one without a health check.
- A health check whose command does not begin with `CMD`, `CMD-SHELL` or `NONE`.
- A mount of a volume that is not there (in a whole task definition).
- No container that is essential; no container at all.

## What to do
What the message says.

```json bad
{ "family": "api", "networkMode": "awsvpc",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "memory": 512,
     "environment": [{"name": "DB_PASSWORD", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/db"}],
     "portMappings": [{"containerPort": 8080, "hostPort": 80}]}
  ] }
```
```json good
{ "family": "api", "networkMode": "awsvpc", "executionRoleArn": "arn:aws:iam::1:role/e",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "memory": 512,
     "secrets": [{"name": "DB_PASSWORD", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/db"}],
     "portMappings": [{"containerPort": 8080, "hostPort": 8080}]}
  ] }
```

## Source
<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html>
"##;

fn check(context: &TaskContext<'_>, findings: &mut Vec<Finding>) {
    findings.extend(keys_twice(context, context.task.node));
    findings.extend(of_task(context));
    for container in &context.task.containers {
        findings.extend(variables(context, *container));
        findings.extend(ports(context, *container));
        findings.extend(others(context, *container));
        findings.extend(volumes(context, *container));
        findings.extend(health_check(context, *container));
    }
}

fn fault(place: Location, message: impl Into<String>, help: &str) -> Finding {
    RULE.finding(place, message).help(help)
}

fn doubt(place: Location, message: impl Into<String>, help: &str) -> Finding {
    Finding { severity: Severity::Warning, ..fault(place, message, help) }
}

/// A key that stands twice in one object, wherever it is.
fn keys_twice(context: &TaskContext<'_>, node: &Node) -> Vec<Finding> {
    let mut seen = BTreeSet::new();
    let twice = node.entries().iter().filter(|entry| !seen.insert(entry.key.as_str()));
    let mut found: Vec<Finding> = twice
        .map(|entry| {
            let place = Location::new(context.source, entry.key_span.clone());
            let message = format!("the key {:?} stands twice in one object", entry.key);
            doubt(place, message, "take one of them out: most readers take the last")
        })
        .collect();
    let values = node.entries().iter().map(|entry| &entry.node).chain(node.items());
    found.extend(values.flat_map(|value| keys_twice(context, value)));
    found
}

fn of_task(context: &TaskContext<'_>) -> Vec<Finding> {
    let task = context.task;
    let mut found = Vec::new();
    if task.list().items().is_empty() {
        found.push(fault(context.at(task.list()), "there is no container in it", "ECS asks for one at least"));
    } else if task.is_known() && !task.containers.iter().any(Container::is_essential) {
        found.push(fault(context.at_task(), "no container of it is essential", "one has to be: that of the service"));
    }
    if !task.requires("FARGATE") {
        return found;
    }
    if let Some(mode) = task.node.get("networkMode")
        && task.network_mode().is_some_and(|mode| mode != NetworkMode::AwsVpc)
    {
        found.push(fault(context.at(mode), "Fargate knows no network mode but awsvpc", "\"networkMode\": \"awsvpc\""));
    }
    let missing: Vec<&str> = ["cpu", "memory"].into_iter().filter(|key| task.node.get(key).is_none()).collect();
    if !missing.is_empty() {
        let message = format!("Fargate asks for {} of the task", missing.join(" and "));
        found.push(fault(context.at_task(), message, "say it beside \"containerDefinitions\": \"cpu\": \"512\", \"memory\": \"1024\""));
    }
    found
}

/// `environment` and `secrets`.
fn variables(context: &TaskContext<'_>, container: Container<'_>) -> Vec<Finding> {
    let (plain, secrets) = (container.environment(), container.secrets());
    let mut found = Vec::new();
    for one in plain.iter().filter(|one| one.node.get("valueFrom").is_some()) {
        let message = format!("{} has a valueFrom under environment", one.name);
        found.push(fault(context.at(one.node), message, "what comes from a store belongs under \"secrets\""));
    }
    for one in secrets.iter().filter(|one| one.node.get("value").is_some()) {
        let message = format!("{} has a value under secrets", one.name);
        found.push(fault(context.at(one.node), message, "\"valueFrom\" and the ARN of the secret, or under \"environment\""));
    }
    for one in plain.iter().chain(&secrets).filter(|one| one.is_no_text()) {
        let place = one.value.map_or_else(|| context.at(one.node), |value| context.at(value));
        found.push(fault(place, format!("the value of {} is no text", one.name), "put it between quotes"));
    }
    found.extend(names(context, &plain, &secrets));
    if let Some(first) = secrets.first()
        && context.task.is_whole()
        && context.task.node.get("executionRoleArn").is_none()
    {
        let message = "secrets need an executionRoleArn in the task definition, and there is none";
        found.push(fault(context.at(first.node), message, "name the role that may read them"));
    }
    found
}

fn names(context: &TaskContext<'_>, plain: &[Variable<'_>], secrets: &[Variable<'_>]) -> Vec<Finding> {
    let mut found = Vec::new();
    for one in secrets.iter().filter(|one| plain.iter().any(|other| other.name == one.name)) {
        let message = format!("{} stands under environment and under secrets", one.name);
        found.push(fault(context.at(one.node), message, "take one of them out: ECS refuses both"));
    }
    for list in [plain, secrets] {
        let mut seen = BTreeSet::new();
        for one in list.iter().filter(|one| !seen.insert(one.name)) {
            let message = format!("{} is set twice", one.name);
            found.push(doubt(context.at(one.node), message, "take one of them out"));
        }
    }
    found
}

fn ports(context: &TaskContext<'_>, container: Container<'_>) -> Vec<Finding> {
    let is_one = matches!(context.task.network_mode(), Some(NetworkMode::AwsVpc | NetworkMode::Host));
    let differ = |host: Option<u32>, inside: Option<u32>| {
        host.zip(inside).is_some_and(|(host, inside)| host != inside)
    };
    let ports = container.ports().into_iter();
    let wrong = ports.filter(|port| is_one && differ(port.host, port.container));
    wrong
        .map(|port| {
            let message = "hostPort is another than containerPort, and the network mode knows one";
            fault(context.at(port.node), message, "leave hostPort out")
        })
        .collect()
}

/// What it says of other containers.
fn others(context: &TaskContext<'_>, container: Container<'_>) -> Vec<Finding> {
    let task = context.task;
    let mut found = Vec::new();
    for (node, name, condition) in container.waits_for() {
        match task.named(name) {
            None if task.is_known() => {
                let message = format!("it waits for {name:?}, and no container is called so");
                found.push(fault(context.at(node), message, "name a container of this task"));
            }
            // Of the Agent `agent-order` speaks.
            Some(other) if condition == "HEALTHY" && !other.has_health_check() && !other.is_agent() => {
                let message = format!("it waits until {name:?} is healthy, which has no health check here");
                found.push(fault(context.at(node), message, "ECS does not know the HEALTHCHECK of an image: give it a \"healthCheck\""));
            }
            _ => {}
        }
    }
    let links = container.node.get("links").filter(|links| !links.items().is_empty());
    if let Some(links) = links
        && task.network_mode().is_some_and(|mode| mode != NetworkMode::Bridge)
    {
        found.push(fault(context.at(links), "links are for bridge mode alone", "take them out: see agent-host-unreachable"));
    }
    found
}

fn volumes(context: &TaskContext<'_>, container: Container<'_>) -> Vec<Finding> {
    let task = context.task;
    let volumes = task.node.list("volumes");
    let is_there = |name: &str| volumes.iter().any(|one| one.text_of("name") == Some(name));
    let is_known = volumes.iter().all(|one| one.text_of("name").is_some());
    let is_listed = task.node.get("volumes").is_none_or(|list| matches!(list.value, Value::List(_)));
    if !task.is_whole() || !is_known || !is_listed {
        return Vec::new();
    }
    let mounts = container.node.list("mountPoints").iter();
    let named = mounts.filter_map(|mount| Some((mount, mount.text_of("sourceVolume")?)));
    named
        .filter(|(_, name)| !is_there(name))
        .map(|(mount, name)| {
            let message = format!("no volume of the task is called {name:?}");
            fault(context.at(mount), message, "name it under \"volumes\"")
        })
        .collect()
}

fn health_check(context: &TaskContext<'_>, container: Container<'_>) -> Option<Finding> {
    let command = container.node.get("healthCheck")?.get("command")?;
    let first = command.items().first()?.text()?;
    if ["CMD", "CMD-SHELL", "NONE"].contains(&first) || first.contains("${") {
        return None;
    }
    let message = "the command of the health check does not say how it is run";
    Some(fault(context.at(command), message, "put \"CMD-SHELL\" (a text for the shell) or \"CMD\" (words) in front"))
}
