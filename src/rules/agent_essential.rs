//! `agent-essential`: the Agent is essential: where it ends, the service ends with it.

use super::{Check, Rule, TaskContext};
use crate::finding::{Finding, Severity};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "agent-essential",
    severity: Severity::Warning,
    summary: "the Agent is essential: where it ends, the service ends with it",
    fixable: false,
    docs: DOCS,
    check: Check::Task(check),
};

const DOCS: &str = r##"
# agent-essential
The Agent is essential: where it ends, the service ends with it.

## What happens
ECS stops a task as soon as one of its essential containers ends, and a container is essential unless it says that it is not. An Agent
that fails, for want of memory or of a valid key, then takes the service down.

## What is reported
A container of the Agent beside others, with `"essential": true` or without the key. A task of the Agent alone needs it.

## What to do
```json bad
{ "family": "api", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
  "cpu": "512", "memory": "1024", "executionRoleArn": "arn:aws:iam::1:role/e",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "environment": [{"name": "DD_SERVICE", "value": "api"}]},
    {"name": "datadog-agent", "image": "public.ecr.aws/datadog/agent:7", "portMappings": [{"containerPort": 8126}],
     "environment": [{"name": "ECS_FARGATE", "value": "true"}]}
  ] }
```
```json good
{ "family": "api", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
  "cpu": "512", "memory": "1024", "executionRoleArn": "arn:aws:iam::1:role/e",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "environment": [{"name": "DD_SERVICE", "value": "api"}]},
    {"name": "datadog-agent", "image": "public.ecr.aws/datadog/agent:7", "essential": false, "portMappings": [{"containerPort": 8126}],
     "environment": [{"name": "ECS_FARGATE", "value": "true"}]}
  ] }
```

## Source
<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>
"##;

fn check(context: &TaskContext<'_>, findings: &mut Vec<Finding>) {
    let Some(agent) = context.task.agent().filter(|agent| agent.is_essential()) else { return };
    if context.task.applications().next().is_none() {
        return;
    }
    let stated = agent.node.get("essential");
    let place = stated.map_or_else(|| context.at_container(agent), |stated| context.at(stated));
    let message = "the Agent is essential: where it ends, ECS stops the whole task";
    findings.push(RULE.finding(place, message).help("say \"essential\": false in its container"));
}
