//! `ecs-fargate-on-ec2`: ECS_FARGATE says of the Agent's machine what is not so.

use super::{Check, Rule, TaskContext};
use crate::deploy::container::Variable;
use crate::finding::{Finding, Severity};
use crate::structured::Node;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "ecs-fargate-on-ec2",
    severity: Severity::Error,
    summary: "ECS_FARGATE says of the Agent's machine what is not so",
    fixable: false,
    docs: DOCS,
    check: Check::Task(check),
};

const DOCS: &str = r##"
# ecs-fargate-on-ec2
ECS_FARGATE says of the Agent's machine what is not so.

## What happens
With any value that is not empty, `false` too, the Agent takes itself for one on Fargate: on EC2 it asks the wrong service for the containers and finds none.
On Fargate it needs the variable, or `AWS_EXECUTION_ENV`, to find them.

## What is reported
`ECS_FARGATE` with a value in a container of the Agent whose task does not require FARGATE: an error. A task that requires FARGATE whose Agent is not told: a warning.

## What to do
Take the variable out on EC2; set it to `true` on Fargate.

```json bad
{ "family": "api", "networkMode": "host", "requiresCompatibilities": ["EC2"],
  "cpu": "512", "memory": "1024", "executionRoleArn": "arn:aws:iam::1:role/e",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "environment": [{"name": "DD_SERVICE", "value": "api"}]},
    {"name": "datadog-agent", "image": "public.ecr.aws/datadog/agent:7", "essential": false, "portMappings": [{"containerPort": 8126}],
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
<https://docs.datadoghq.com/integrations/ecs_fargate/>
"##;

fn check(context: &TaskContext<'_>, findings: &mut Vec<Finding>) {
    let Some(agent) = context.task.agent() else { return };
    let variable = agent.variable("ECS_FARGATE");
    if let Some(set) = variable.filter(|set| is_set(*set))
        && context.task.is_off_fargate()
    {
        let message = "ECS_FARGATE is set, and the task does not run on Fargate: the Agent finds no containers";
        let help = "take the variable out: any value, false too, counts as yes";
        findings.push(RULE.finding(context.at(set.node), message).help(help));
    }
    let is_told = ["ECS_FARGATE", "AWS_EXECUTION_ENV"].iter().any(|name| agent.sets(name));
    let runs_elsewhere = ["EC2", "EXTERNAL", "MANAGED_INSTANCES"].iter().any(|one| context.task.requires(one));
    if context.task.requires("FARGATE") && !is_told && !runs_elsewhere {
        let message = "the Agent is not told that it runs on Fargate";
        let help = "{\"name\": \"ECS_FARGATE\", \"value\": \"true\"} in its environment";
        let finding = RULE.finding(context.at_container(agent), message).help(help);
        findings.push(Finding { severity: Severity::Warning, ..finding });
    }
}

fn is_set(variable: Variable<'_>) -> bool {
    variable.value.and_then(Node::text).is_some_and(|value| !value.is_empty())
}
