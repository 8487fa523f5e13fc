//! `agent-container-missing`: a task on Fargate without the Agent, which every tracer in it asks for.

use super::{Check, Rule, TaskContext};
use crate::deploy::added;
use crate::finding::{Finding, Severity};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "agent-container-missing",
    severity: Severity::Error,
    summary: "a task on Fargate without the Agent, which every tracer in it asks for",
    fixable: true,
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
Add the container, with the API key from Secrets Manager or the Parameter Store. With `--api-key-secret ARN` (or `api-key-secret` in `entrypatch.toml`)
`fix` does it: the container stands behind the others, is not essential, has a health check, sends to `--site`, takes the key from the secret, and logs where a
container of the service does (awslogs alone). `--env`, `--app-version` and, where the task has one container of a service, `--service` become `DD_` variables,
unless a container of the task has that variable. `fix` adds none to a task without an `executionRoleArn`, with containers of Windows, in another network mode than awsvpc, or whose containers
look for the Agent's socket.

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
    {
      "name": "datadog-agent",
      "image": "public.ecr.aws/datadog/agent:7",
      "essential": false,
      "portMappings": [
        {"containerPort": 8125, "protocol": "udp"},
        {"containerPort": 8126, "protocol": "tcp"}
      ],
      "environment": [
        {"name": "ECS_FARGATE", "value": "true"},
        {"name": "DD_SITE", "value": "datadoghq.com"}
      ],
      "secrets": [
        {"name": "DD_API_KEY", "valueFrom": "arn:aws:ssm:eu-west-1:1:parameter/dd"}
      ],
      "healthCheck": {
        "command": ["CMD-SHELL", "/probe.sh"],
        "interval": 15,
        "timeout": 5,
        "retries": 3,
        "startPeriod": 60
      }
    }
  ] }
```

## Source
<https://docs.datadoghq.com/integrations/ecs_fargate/>
"##;

fn check(context: &TaskContext<'_>, findings: &mut Vec<Finding>) {
    let task = context.task;
    let alone = added::without_agent(task);
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
    if !context.is_editable {
        let help = "add its container by hand, `fix` does not edit Terraform; `entrypatch explain agent-container-missing` shows one";
        return findings.push(finding.help(help));
    }
    findings.push(match added::agent_fits(task, context.settings) {
        Ok(()) => finding.amended_by(added::agent(task, context.settings)),
        Err(reason) => finding.help(reason),
    });
}
