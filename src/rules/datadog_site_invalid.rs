//! `datadog-site-invalid`: DD_SITE is no site of Datadog, or logs go to another one.

use super::{Check, Rule, TaskContext};
use crate::datadog::sites::{DEFAULT_SITE, hint, is_site};
use crate::deploy::is_stated;
use crate::finding::{Finding, Severity};
use crate::structured::Node;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "datadog-site-invalid",
    severity: Severity::Error,
    summary: "DD_SITE is no site of Datadog, or logs go to another one",
    fixable: false,
    docs: DOCS,
    check: Check::Deployment(check),
};

const DOCS: &str = r##"
# datadog-site-invalid
DD_SITE is no site of Datadog, or logs go to another one.

## What happens
The Agent puts names in front of the site: `trace.agent.datadoghq.eu`. From an address or the name of the web page it makes hosts that do not
exist, and nothing arrives. Logs that a router sends to another site are refused, because keys belong to one site.

## What is reported
A value of `DD_SITE` that is no bare domain: with `https://`, a path, `app.` or `api.` in front, or without a dot. And, as a warning, a `Host` of FireLens'
`datadog` output that does not belong to the `DD_SITE` of the Agent in the same task.

## What to do
Write the domain alone, as the page of sites has it: `datadoghq.com`, `us3.datadoghq.com`, `us5.datadoghq.com`, `datadoghq.eu`, `ap1.datadoghq.com`, `ddog-gov.com`.

```json bad
{ "family": "api", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
  "cpu": "512", "memory": "1024", "executionRoleArn": "arn:aws:iam::1:role/e",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "environment": [{"name": "DD_SERVICE", "value": "api"}]},
    {"name": "datadog-agent", "image": "public.ecr.aws/datadog/agent:7", "essential": false, "portMappings": [{"containerPort": 8126}],
     "environment": [{"name": "ECS_FARGATE", "value": "true"},
       {"name": "DD_SITE", "value": "https://app.datadoghq.eu"}]}
  ] }
```
```json good
{ "family": "api", "networkMode": "awsvpc", "requiresCompatibilities": ["FARGATE"],
  "cpu": "512", "memory": "1024", "executionRoleArn": "arn:aws:iam::1:role/e",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "environment": [{"name": "DD_SERVICE", "value": "api"}]},
    {"name": "datadog-agent", "image": "public.ecr.aws/datadog/agent:7", "essential": false, "portMappings": [{"containerPort": 8126}],
     "environment": [{"name": "ECS_FARGATE", "value": "true"},
       {"name": "DD_SITE", "value": "datadoghq.eu"}]}
  ] }
```

## Source
<https://docs.datadoghq.com/getting_started/site/>
"##;

fn check(context: &TaskContext<'_>, findings: &mut Vec<Finding>) {
    for container in &context.task.containers {
        let Some(variable) = container.variable("DD_SITE") else { continue };
        let Some(site) = variable.stated().filter(|site| !is_site(site)) else { continue };
        let message = format!("DD_SITE is {site:?}, which is no site of Datadog");
        findings.push(RULE.finding(context.at(variable.node), message).help(hint(site)));
    }
    findings.extend(logs_elsewhere(context));
}

/// FireLens sends to a host of another site than the Agent.
fn logs_elsewhere(context: &TaskContext<'_>) -> Option<Finding> {
    let agent = context.task.agent()?;
    let site = match agent.variable("DD_SITE") {
        Some(variable) => variable.value.and_then(Node::text).filter(|site| is_site(site))?,
        None => DEFAULT_SITE,
    };
    let hosts = context.task.containers.iter().filter_map(|one| {
        let is_ours = one.log_option("Name")?.node.text()? == "datadog";
        one.log_option("Host").filter(|_| is_ours)
    });
    let host = hosts.into_iter().find(|host| {
        host.node.text().is_some_and(|text| is_stated(text) && !text.ends_with(&format!(".{site}")))
    })?;
    let message = format!("the logs go to another site than the rest, which goes to {site}");
    let help = format!("\"Host\": \"http-intake.logs.{site}\"");
    let finding = RULE.finding(context.at(&host.node), message).help(help);
    Some(Finding { severity: Severity::Warning, ..finding })
}
