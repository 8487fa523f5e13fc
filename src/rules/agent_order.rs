//! `agent-order`: a container waits for the Agent in a way that never ends.

use super::{Check, Rule, TaskContext};
use crate::finding::{Finding, Severity};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "agent-order",
    severity: Severity::Error,
    summary: "a container waits for the Agent in a way that never ends",
    fixable: false,
    docs: DOCS,
    check: Check::Task(check),
};

const DOCS: &str = r##"
# agent-order
A container waits for the Agent in a way that never ends.

## What happens
`HEALTHY` needs a health check in the container that is waited for: without one ECS refuses the task, whatever the image's own
HEALTHCHECK says. `COMPLETE` and `SUCCESS` wait until the Agent ends, which it does not: the service never starts.

## What is reported
A `dependsOn` on the Agent with one of these.

## What to do
Give the Agent its health check, or wait for `START`.

```json bad
{ "family": "api", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
  "cpu": "512", "memory": "1024", "executionRoleArn": "arn:aws:iam::1:role/e",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "environment": [{"name": "DD_SERVICE", "value": "api"}],
     "dependsOn": [{"containerName": "datadog-agent", "condition": "HEALTHY"}]},
    {"name": "datadog-agent", "image": "public.ecr.aws/datadog/agent:7", "essential": false, "portMappings": [{"containerPort": 8126}],
     "environment": [{"name": "ECS_FARGATE", "value": "true"}]}
  ] }
```
```json good
{ "family": "api", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
  "cpu": "512", "memory": "1024", "executionRoleArn": "arn:aws:iam::1:role/e",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "environment": [{"name": "DD_SERVICE", "value": "api"}],
     "dependsOn": [{"containerName": "datadog-agent", "condition": "HEALTHY"}]},
    {"name": "datadog-agent", "image": "public.ecr.aws/datadog/agent:7", "essential": false, "portMappings": [{"containerPort": 8126}],
     "environment": [{"name": "ECS_FARGATE", "value": "true"}],
     "healthCheck": {"command": ["CMD-SHELL", "/probe.sh"], "startPeriod": 60}}
  ] }
```

## Source
<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html>
"##;

fn check(context: &TaskContext<'_>, findings: &mut Vec<Finding>) {
    let Some(agent) = context.task.agent() else { return };
    let waits = context.task.containers.iter().flat_map(|one| one.waits_for());
    for (node, _, condition) in waits.filter(|(_, name, _)| *name == agent.name()) {
        let (message, help) = match condition {
            "HEALTHY" if !agent.has_health_check() => (
                "it waits until the Agent is healthy, and the Agent has no health check: ECS refuses the task",
                "\"healthCheck\": {\"command\": [\"CMD-SHELL\", \"/probe.sh\"], \"startPeriod\": 60} in the Agent's container",
            ),
            "COMPLETE" | "SUCCESS" => (
                "it waits until the Agent ends, which it does not: the container never starts",
                "wait for START, or for HEALTHY with a health check",
            ),
            _ => continue,
        };
        findings.push(RULE.finding(context.at(node), message).help(help));
    }
}
