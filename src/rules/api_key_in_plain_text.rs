//! `api-key-in-plain-text`: a key of Datadog stands in the file, for everyone to read.

use super::{Check, Rule, TaskContext};
use crate::deploy::is_stated;
use crate::finding::{Finding, Location, Severity};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "api-key-in-plain-text",
    severity: Severity::Error,
    summary: "a key of Datadog stands in the file, for everyone to read",
    fixable: false,
    docs: DOCS,
    check: Check::Task(check),
};

const DOCS: &str = r##"
# api-key-in-plain-text
A key of Datadog stands in the file, for everyone to read.

## What happens
Whoever can read the repository, or describe the task, has the key. It stays in the history when it is taken out: a key that
was committed has to be revoked.

## What is reported
`DD_API_KEY`, `DD_APP_KEY` and their older names with a value among the plain variables of a container, and `apikey` among the plain options of a
log driver. Placeholders (`<key>`, `${KEY}`, an empty text) are no keys. The value itself is never shown.

## What to do
Put the key into Secrets Manager or the Parameter Store, name it under `secrets` (`secretOptions` for a log driver), and revoke the old one.

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
     "secrets": [{"name": "DD_API_KEY", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/dd"}]}
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
        let variables = container.environment().into_iter();
        for one in variables.filter(|one| KEYS.contains(&one.name) && one.stated().is_some()) {
            let message = format!("{} stands here in plain text", one.name);
            let help = format!(
                "revoke it, put a new one into Secrets Manager or the Parameter Store, and name that under \"secrets\": {{\"name\": \"{}\", \"valueFrom\": ARN}}",
                one.name
            );
            let place = context.at(one.node.get("name").unwrap_or(one.node));
            findings.push(RULE.finding(place, message).help(help));
        }
        let option = container.log_option("apikey");
        let option = option.filter(|one| one.node.text().is_some_and(is_stated));
        if let Some(option) = option.filter(|_| container.log_driver() == Some("awsfirelens")) {
            let message = "the key of the log driver stands here in plain text";
            let help = "revoke it, and name a new one under \"secretOptions\": {\"name\": \"apikey\", \"valueFrom\": ARN}";
            let place = Location::new(context.source, option.key_span.clone());
            findings.push(RULE.finding(place, message).help(help));
        }
    }
}
