//! `agent-container-missing`: a task on Fargate without the Agent, which every tracer in it asks for.

use super::{Check, Rule, TaskContext};
use crate::deploy::Container;
use crate::deploy::host::{Host, agent_host};
use crate::finding::{Finding, Severity};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "agent-container-missing",
    severity: Severity::Error,
    summary: "a task on Fargate without the Agent, which every tracer in it asks for",
    fixable: false,
    docs: DOCS,
    check: Check::Task(check),
};

const DOCS: &str = r##"
# agent-container-missing
A task on Fargate without the Agent, which every tracer in it asks for.

## What happens
On Fargate there is no machine on which an Agent could run for all: each task brings its own. Without one the tracers send
to `localhost:8126`, where nobody listens; the service runs, and no trace ever arrives.

## What is reported
A task definition that requires FARGATE and has no container of the Agent. An error where a container is set up for a tracer of
Datadog (`DD_` variables, `-javaagent:…dd-java-agent.jar`), a warning where none is. A container that is told of another host
or address of the Agent is left in peace.

## What to do
Add the container, with the API key from Secrets Manager or the Parameter Store:

```json bad
{ "family": "api", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
  "cpu": "512", "memory": "1024", "executionRoleArn": "arn:aws:iam::1:role/e",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "environment": [{"name": "DD_SERVICE", "value": "api"}]}
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
<https://docs.datadoghq.com/integrations/ecs_fargate/>
"##;

fn check(context: &TaskContext<'_>, findings: &mut Vec<Finding>) {
    let task = context.task;
    if !task.requires("FARGATE") || !task.is_known() || task.agent().is_some() {
        return;
    }
    let alone: Vec<Container<'_>> =
        task.applications().filter(|one| !is_told_of_another(*one)).collect();
    let Some(first) = alone.first() else { return };
    let traced = alone.iter().find(|one| one.traced_by().is_some());
    let finding = match traced {
        Some(one) => {
            let message = format!("no Datadog Agent runs beside {:?}: its tracer reaches nobody", one.name());
            RULE.finding(context.at_container(*one), message)
        }
        None => Finding {
            severity: Severity::Warning,
            ..RULE.finding(context.at_container(*first), "no Datadog Agent runs in this Fargate task")
        },
    };
    findings.push(finding.help(
        "add a container of public.ecr.aws/datadog/agent; `entrypatch explain agent-container-missing` shows one",
    ));
}

/// Whether the Agent of a container is elsewhere.
fn is_told_of_another(container: Container<'_>) -> bool {
    !matches!(agent_host(container).map(|told| told.host), None | Some(Host::Loopback | Host::Socket))
}
