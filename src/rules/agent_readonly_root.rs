//! `agent-readonly-root`: the Agent may not write where it must.

use super::{Check, Rule, TaskContext};
use crate::finding::{Finding, Severity};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "agent-readonly-root",
    severity: Severity::Error,
    summary: "the Agent may not write where it must",
    fixable: false,
    docs: DOCS,
    check: Check::Task(check),
};

const DOCS: &str = r##"
# agent-readonly-root
The Agent may not write where it must.

## What happens
The Agent writes its configuration, its state and its sockets as it starts. With a root file system that is read-only it ends at once.
Modules that set it for every container of a task set it for the Agent too.

## What is reported
`"readonlyRootFilesystem": true` in a container of the Agent, unless volumes are mounted where it writes: `/etc/datadog-agent`,
`/opt/datadog-agent/run`, `/var/run/datadog` and `/tmp`.

## What to do
Take it out, or mount the volumes (and fill the one for `/etc/datadog-agent` first).

```json bad
{ "family": "api", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
  "cpu": "512", "memory": "1024", "executionRoleArn": "arn:aws:iam::1:role/e",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "environment": [{"name": "DD_SERVICE", "value": "api"}]},
    {"name": "datadog-agent", "image": "public.ecr.aws/datadog/agent:7", "essential": false, "portMappings": [{"containerPort": 8126}],
     "environment": [{"name": "ECS_FARGATE", "value": "true"}],
     "readonlyRootFilesystem": true}
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
<https://github.com/DataDog/terraform-aws-ecs-datadog>, which mounts them.
"##;

/// Where the Agent writes.
const WRITTEN: &[&str] =
    &["/etc/datadog-agent", "/opt/datadog-agent/run", "/var/run/datadog", "/tmp"];

fn check(context: &TaskContext<'_>, findings: &mut Vec<Finding>) {
    let Some(agent) = context.task.agent() else { return };
    let Some(place) = agent.node.get("readonlyRootFilesystem") else { return };
    if agent.node.is_true("readonlyRootFilesystem") != Some(true) {
        return;
    }
    let is_mounted = |path: &str| agent.mounts().any(|mount| mount.trim_end_matches('/') == path);
    let missing: Vec<&str> = WRITTEN.iter().copied().filter(|path| !is_mounted(path)).collect();
    if missing.is_empty() {
        return;
    }
    let message = format!("the Agent may not write to {}: it ends as it starts", missing.join(", "));
    findings.push(
        RULE.finding(context.at(place), message)
            .help("take readonlyRootFilesystem out of the Agent's container, or mount volumes there"),
    );
}
