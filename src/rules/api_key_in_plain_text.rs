//! `api-key-in-plain-text`: a key of Datadog stands in the file, for everyone to read.

use super::{Check, Rule, TaskContext};
use crate::deploy::container::{Container, Variable};
use crate::deploy::{Platform, added, is_stated};
use crate::finding::{Finding, Location, Severity};
use crate::structured::{Amendment, Value};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "api-key-in-plain-text",
    severity: Severity::Error,
    summary: "a key of Datadog stands in the file, for everyone to read",
    fixable: true,
    docs: DOCS,
    check: Check::Deployment(check),
};

const DOCS: &str = r##"
# api-key-in-plain-text
A key of Datadog stands in the file, for everyone to read.

## What happens
Whoever can read the repository, or describe the task, has the key. It stays in the history when it is taken out: a key that
was committed has to be revoked.

## What is reported
`DD_API_KEY`, `DD_APP_KEY` and their older names with a value among the plain variables of a container, and `apikey` among the plain options of a
log driver; in task definitions, compose files and manifests of Kubernetes. Placeholders (`<key>`, `${KEY}`, an empty text) are no keys. The value itself is never shown.

## What to do
Put the key into Secrets Manager or the Parameter Store, name it under `secrets` (`secretOptions` for a log driver), and revoke the old one.
With `--api-key-secret ARN`, and where the task has an `executionRoleArn`, `fix` takes `DD_API_KEY` and `apikey` out and names the secret. The patch then
shows the line that it takes out. `remove` does not put it back. In compose and Kubernetes it is not edited: take the key from the environment
(`DD_API_KEY: ${DD_API_KEY}`), or from a Secret (`secretKeyRef`).

```json bad
{ "family": "api", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
  "cpu": "512", "memory": "1024", "executionRoleArn": "arn:aws:iam::1:role/e",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "environment": [{"name": "DD_SERVICE", "value": "api"}]},
    {"name": "datadog-agent", "image": "public.ecr.aws/datadog/agent:7", "essential": false, "portMappings": [{"containerPort": 8126}],
     "environment": [{"name": "ECS_FARGATE", "value": "true"},
       {"name": "DD_API_KEY", "value": "0123456789abcdef0123456789abcdef"}]}
  ] }
```
```json good
{ "family": "api", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
  "cpu": "512", "memory": "1024", "executionRoleArn": "arn:aws:iam::1:role/e",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "environment": [{"name": "DD_SERVICE", "value": "api"}]},
    {"name": "datadog-agent", "image": "public.ecr.aws/datadog/agent:7", "essential": false, "portMappings": [{"containerPort": 8126}],
     "environment": [{"name": "ECS_FARGATE", "value": "true"}],
     "secrets": [
       {"name": "DD_API_KEY", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/dd"}
     ]}
  ] }
```

## Source
<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html>
"##;

/// The variables that hold keys.
const KEYS: &[&str] = &[
    "DD_API_KEY",
    "DD_APP_KEY",
    "DD_APPLICATION_KEY",
    "DATADOG_API_KEY",
    "DATADOG_APP_KEY",
    "DD_ADDITIONAL_ENDPOINTS_API_KEY",
];

fn check(context: &TaskContext<'_>, findings: &mut Vec<Finding>) {
    for container in &context.task.containers {
        findings.extend(variables(context, *container));
        findings.extend(log_option(context, *container));
    }
}

fn variables(context: &TaskContext<'_>, container: Container<'_>) -> Vec<Finding> {
    let Some(list) = container.node.get("environment") else { return Vec::new() };
    let variables = container.environment().into_iter();
    let keys = variables.filter(|one| KEYS.contains(&one.name) && one.stated().is_some());
    let keys: Vec<Variable<'_>> = keys.collect();
    // Of a key that stands twice the first brings the secret in.
    let first = keys.iter().find(|one| one.name == added::API_KEY).map(|one| &one.node.span);
    let finding = |one: Variable<'_>| {
        let message = format!("{} stands here in plain text", one.name);
        let place = context.at(one.node.get("name").unwrap_or(one.node));
        let finding = RULE.finding(place, message);
        // Where something else stands in place of the list, there is nothing to put it into.
        let secrets = container.node.get("secrets");
        let fits = secrets.is_none_or(|list| matches!(list.value, Value::List(_)));
        let item = secret(context, one.name).filter(|_| fits && one.name == added::API_KEY);
        let at = list.items().iter().position(|item| item.span == one.node.span);
        match item.zip(at) {
            Some((item, at)) => {
                let plain = Amendment::TakeItem { list: list.span.clone(), at };
                let is_there = container.secrets().iter().any(|secret| secret.name == one.name)
                    || first != Some(&one.node.span);
                let items = if is_there { Vec::new() } else { vec![item] };
                let key = context.task.key("secrets");
                let wishes = [Some(plain), added::append(container.node, &key, items)];
                finding.amended_by(wishes.into_iter().flatten().collect()).help(REVOKE)
            }
            None => finding.help(by_hand(context, one.name)),
        }
    };
    keys.iter().copied().map(finding).collect()
}

/// How a person takes a key out.
fn by_hand(context: &TaskContext<'_>, name: &str) -> String {
    match context.task.platform {
        Platform::Ecs => format!(
            "revoke it, put a new one into Secrets Manager or the Parameter Store, and name that under \"secrets\": {{\"name\": \"{name}\", \"valueFrom\": ARN}}{}",
            by_flag(context, name == added::API_KEY),
        ),
        Platform::Compose => format!(
            "revoke it, and take a new one from the environment, {name}: ${{{name}}}, or from an env_file that is not in git"
        ),
        Platform::Kubernetes => format!(
            "revoke it, put a new one into a Secret, and take it from there: {{name: {name}, valueFrom: {{secretKeyRef: {{name: datadog, key: api-key}}}}}}"
        ),
    }
}

/// The key among the plain options of the router of logs.
fn log_option(context: &TaskContext<'_>, container: Container<'_>) -> Option<Finding> {
    let option = container.log_option("apikey")?;
    if !option.node.text().is_some_and(is_stated) || container.log_driver() != Some("awsfirelens") {
        return None;
    }
    let logs = container.node.get("logConfiguration")?;
    let place = Location::new(context.source, option.key_span.clone());
    let finding = RULE.finding(place, "the key of the log driver stands here in plain text");
    Some(match secret(context, &option.key) {
        Some(item) => {
            let options = logs.get("options")?.span.clone();
            let plain = Amendment::TakeKey { map: options, key: option.key.clone() };
            let secrets = added::append(logs, &context.task.key("secretOptions"), vec![item]);
            finding.amended_by([Some(plain), secrets].into_iter().flatten().collect()).help(REVOKE)
        }
        None => finding.help(format!(
            "revoke it, and name a new one under \"secretOptions\": {{\"name\": \"apikey\", \"valueFrom\": ARN}}{}",
            by_flag(context, true),
        )),
    })
}

const REVOKE: &str = "revoke the key all the same: it stays in the history of the file";

/// The item that takes the key from a secret, where one is given and ECS may read it.
fn secret(context: &TaskContext<'_>, name: &str) -> Option<Value> {
    let secret = context.settings.api_key_secret.as_ref().filter(|_| context.is_editable)?;
    added::has_execution_role(context.task).then(|| added::secret_of(context.task, name, secret))
}

/// How `fix` would do it.
fn by_flag(context: &TaskContext<'_>, can: bool) -> &'static str {
    match can && context.is_editable {
        true if added::has_execution_role(context.task) => "; `fix` does it with --api-key-secret ARN",
        true => "; `fix` does it with --api-key-secret ARN, once the task has an \"executionRoleArn\"",
        false => "",
    }
}
