//! `agent-port-missing`: the Agent's port for traces is not opened, or as another protocol.

use super::{Check, Rule, TaskContext};
use crate::deploy::{Container, NetworkMode};
use crate::finding::{Finding, Severity};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "agent-port-missing",
    severity: Severity::Warning,
    summary: "the Agent's port for traces is not opened, or as another protocol",
    fixable: false,
    docs: DOCS,
    check: Check::Task(check),
};

const DOCS: &str = r##"
# agent-port-missing
The Agent's port for traces is not opened, or as another protocol.

## What happens
Traces go to 8126/tcp, metrics of the application to 8125/udp. In bridge mode a port that is not mapped is reached from no other task. In
`awsvpc` mode the containers of one task reach each other all the same; the mapping then only says what is meant.

## What is reported
A container of the Agent without 8126/tcp: an error in bridge mode, where no socket is shared; else a warning. And 8126 as udp or 8125 as tcp.
In host mode nothing has to be opened.

## What to do
```json bad
{ "family": "api", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
  "cpu": "512", "memory": "1024", "executionRoleArn": "arn:aws:iam::1:role/e",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "environment": [{"name": "DD_SERVICE", "value": "api"}]},
    {"name": "datadog-agent", "image": "public.ecr.aws/datadog/agent:7", "essential": false, "portMappings": [{"containerPort": 8126, "protocol": "udp"}],
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
<https://docs.datadoghq.com/containers/amazon_ecs/apm/>
"##;

/// The ports of the Agent, and how each is spoken to.
const PORTS: &[(u32, &str, &str)] = &[(8126, "tcp", "traces"), (8125, "udp", "metrics")];

fn check(context: &TaskContext<'_>, findings: &mut Vec<Finding>) {
    let Some(agent) = context.task.agent() else { return };
    let ports = agent.ports();
    let maps = |port: u32, protocol: &str| {
        ports.iter().any(|one| one.container == Some(port) && one.protocol == protocol)
    };
    for (port, protocol, what) in PORTS.iter().filter(|(port, protocol, _)| !maps(*port, protocol)) {
        if let Some(other) = ports.iter().find(|one| one.container == Some(*port)) {
            let message = format!("{what} come to {port}/{protocol}, and {} is opened", other.protocol);
            let help = format!("\"protocol\": \"{protocol}\"");
            findings.push(RULE.finding(context.at(other.node), message).help(help));
        }
    }
    let knows_port = ports.iter().all(|one| one.container.is_some());
    let is_there = ports.iter().any(|one| one.container == Some(8126));
    let severity = match context.task.network_mode() {
        Some(NetworkMode::Bridge) => Severity::Error,
        Some(NetworkMode::AwsVpc) => Severity::Warning,
        _ => return,
    };
    if is_there || !knows_port || agent.has_sockets() || takes_no_traces(agent) {
        return;
    }
    let message = "the Agent's port for traces, 8126, is not opened";
    let help = "\"portMappings\": [{\"containerPort\": 8126, \"protocol\": \"tcp\"}] in the Agent's container";
    let finding = RULE.finding(context.at_container(agent), message).help(help);
    findings.push(Finding { severity, ..finding });
}

/// Whether it is there for something else.
fn takes_no_traces(agent: Container<'_>) -> bool {
    agent.variable("DD_APM_ENABLED").and_then(|one| one.stated().map(str::to_owned)).as_deref() == Some("false")
}
