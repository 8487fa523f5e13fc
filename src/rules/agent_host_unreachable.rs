//! `agent-host-unreachable`: the tracer looks for the Agent where the network of the task has none.

use super::{Check, Context, Rule, TaskContext, shared};
use crate::deploy::container::Variable;
use crate::deploy::host::{Host, Told, agent_host, host};
use crate::deploy::reach;
use crate::deploy::{Container, NetworkMode, Platform};
use crate::deployed::{Deployed, Reach};
use crate::finding::{Finding, Location, Severity};
use crate::launch::options::Place;
use crate::settings::{AGENT_HOST, JAVA_SETTINGS};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "agent-host-unreachable",
    severity: Severity::Error,
    summary: "the tracer looks for the Agent where the network of the task has none",
    fixable: false,
    docs: DOCS,
    check: Check::Both(check_launch, check),
};

const DOCS: &str = r##"
# agent-host-unreachable
The tracer looks for the Agent where the network of the task has none.

## What happens
A tracer that is told nothing sends to `localhost:8126`. What that is, the network mode of the task decides:

| mode | the Agent is in the same task | the Agent is on the machine |
|---|---|---|
| awsvpc (always on Fargate) | `localhost` | the address of the machine |
| bridge | its name, with a link to it | the address of the machine |
| host | `localhost` | `localhost` |
| none | its socket only | its socket only |

In bridge mode `localhost` is the container itself. So it is in compose, where the names of the other services lead to them; in Kubernetes it is the pod, and
`status.podIP` is too. The socket `/var/run/datadog/apm.socket` works in every mode, where both
containers mount the folder.

## What is reported
A container that is set up for a tracer, or told of a host, whose host has no Agent by this table: `localhost` in bridge mode and under
`none`, in `awsvpc` mode on EC2 without an Agent in the task; the name of the Agent's container where names of
containers are not resolved; a socket in a folder that is not mounted. And an Agent that takes no traces: `DD_APM_ENABLED=false`, or
`DD_APM_NON_LOCAL_TRAFFIC=false` in bridge mode. The address counts that the tracer takes: `-Ddd.trace.agent.url`, `DD_TRACE_AGENT_URL`,
`-Ddd.agent.host`, `DD_AGENT_HOST`, in this order. In compose and Kubernetes a file that tells nothing is a warning, for somebody else may: the admission
controller, or the code. An option in the image is not seen from
the task alone: where `[deploy]` in `entrypatch.toml` links the two, the Dockerfile is told of at the option, or at its start where nothing
names a host and `localhost` does not fit; `fix` then inserts the host that fits, or none.

## What to do
In compose the name of the Agent's service, in Kubernetes `status.hostIP`. In bridge mode with the Agent on the machine: the address from the metadata service, in the command of the container, or the socket. With the Agent in the
task: `"links": ["datadog-agent"]` and `DD_AGENT_HOST=datadog-agent`.

```json bad
{ "family": "api", "networkMode": "bridge",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "memory": 512,
     "environment": [{"name": "DD_SERVICE", "value": "api"}]}
  ] }
```
```json good
{ "family": "api", "networkMode": "bridge",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "memory": 512, "links": ["datadog-agent"],
     "environment": [{"name": "DD_SERVICE", "value": "api"}, {"name": "DD_AGENT_HOST", "value": "datadog-agent"}]},
    {"name": "datadog-agent", "image": "public.ecr.aws/datadog/agent:7", "memory": 256, "essential": false,
     "portMappings": [{"containerPort": 8126}]}
  ] }
```

```yaml bad
services:
  api:
    image: api:1
    environment: {DD_AGENT_HOST: localhost}
  datadog:
    image: gcr.io/datadoghq/agent:7
```
```yaml good
services:
  api:
    image: api:1
    environment: {DD_AGENT_HOST: datadog}
  datadog:
    image: gcr.io/datadoghq/agent:7
```
```yaml bad
apiVersion: v1
kind: Pod
metadata: {name: api}
spec:
  containers:
    - name: api
      image: api:1
      env:
        - name: DD_AGENT_HOST
          valueFrom: {fieldRef: {fieldPath: status.podIP}}
```
```yaml good
apiVersion: v1
kind: Pod
metadata: {name: api}
spec:
  containers:
    - name: api
      image: api:1
      env:
        - name: DD_AGENT_HOST
          valueFrom: {fieldRef: {fieldPath: status.hostIP}}
```

## Source
<https://docs.datadoghq.com/containers/amazon_ecs/apm/>, <https://docs.datadoghq.com/containers/docker/apm/>,
<https://docs.datadoghq.com/containers/kubernetes/apm/>,
<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking.html>
"##;

fn check(context: &TaskContext<'_>, findings: &mut Vec<Finding>) {
    let applications = context.task.applications();
    findings.extend(applications.filter_map(|one| of_container(context, one)));
    findings.extend(takes_no_traces(context));
}

/// The image tells its tracer of a host that has no Agent where it is deployed, or of none where it needs one.
fn check_launch(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let launch = context.launch;
    if !(launch.is_read() && launch.program.is_some() || launch.node.is_some()) {
        return;
    }
    findings.extend(context.deployed.iter().filter_map(|one| of_image(context, one)));
}

fn of_image(context: &Context<'_>, deployed: &Deployed) -> Option<Finding> {
    const WHO: &str = "nothing tells the tracer where the Agent is, so it looks at localhost";
    let setting = JAVA_SETTINGS.iter().find(|setting| setting.name == AGENT_HOST)?;
    let present = shared::present(context, setting);
    let told = deployed.reach == Reach::Told;
    // A property of the image beats what the task says; a variable does not.
    let present = present.filter(|one| !told || !matches!(one.place, Place::Variable(_)));
    let wanted = || shared::wanted(context, setting).filter(|_| launches_java(context));
    let (place, value) = match present {
        Some(present) => (context.at_option(&present.place), Some(present.value)),
        None => (context.here(), wanted()),
    };
    let finding = match (value.as_deref().map(host), &deployed.reach, deployed.localhost) {
        (Some(Host::Loopback), _, Some(reason)) => {
            let message = format!("the image tells its tracer that the Agent is at localhost: {}", reason.why);
            RULE.finding(place, message).help(reason.help)
        }
        (None, Reach::Nowhere(reason), _) => {
            RULE.finding(place, format!("{WHO}: {}", reason.why)).help(reason.help)
        }
        // Its link is broken, which is said already.
        (None, Reach::Unknown, _) if deployed.file.path == context.source.path => return None,
        (None, Reach::Unknown, None) => {
            let message = "the task does not tell how its containers are joined: no host of the Agent is inserted";
            let finding = RULE.finding(place, message).help("set DD_AGENT_HOST in the task, or --agent-host");
            Finding { severity: Severity::Note, ..finding }
        }
        _ => return None,
    };
    Some(finding.related(Location::new(&deployed.file, deployed.place.clone())))
}

fn launches_java(context: &Context<'_>) -> bool {
    context.launch.node.is_none()
}

/// A reason why an address has no Agent, and what to do.
type Reason = (String, &'static str);

fn of_container(context: &TaskContext<'_>, container: Container<'_>) -> Option<Finding> {
    let mode = context.task.network_of(container)?;
    let told = agent_host(container);
    if told.is_none() {
        container.traced_by()?;
        if is_told_elsewhere(context, container) {
            return None;
        }
    }
    // Outside of ECS others may tell it: an admission controller that looks at every pod, or the code.
    let may_be_told = told.is_none() && context.task.platform != Platform::Ecs;
    let (message, help) = match told.as_ref().map(|told| &told.host) {
        Some(Host::Loopback) => at_localhost(context, container, mode, "the tracer looks at localhost")?,
        None => at_localhost(context, container, mode, "nothing here tells the tracer where the Agent is, so it looks at localhost")?,
        Some(Host::Socket) => by_socket(context, container)?,
        Some(Host::Named(name)) => by_name(context, container, mode, name)?,
        Some(Host::Pod) => (
            "status.podIP is the address of the pod itself, and no Agent is in it".to_owned(),
            "the Agent is on the node: take it from status.hostIP",
        ),
        Some(Host::Unknown) => return None,
    };
    let finding = RULE.finding(place(context, container, told.as_ref()), message).help(help);
    Some(match may_be_told {
        true => Finding { severity: Severity::Warning, ..finding },
        false => finding,
    })
}

/// Whether somebody else may tell the tracer where the Agent is: variables that do not stand in the file, the
/// admission controller, or another file of the same compose project.
fn is_told_elsewhere(context: &TaskContext<'_>, container: Container<'_>) -> bool {
    let is_partial = context.task.platform == Platform::Compose && context.task.agent().is_none();
    container.sets("DD_AGENT_HOST") || context.task.injection().is_some() || is_partial
}

fn place(context: &TaskContext<'_>, container: Container<'_>, told: Option<&Told<'_>>) -> Location {
    told.map_or_else(|| context.at_container(container), |told| context.at(told.node))
}

fn at_localhost(
    context: &TaskContext<'_>,
    container: Container<'_>,
    mode: NetworkMode,
    who: &str,
) -> Option<Reason> {
    // Without any host the tracer takes the socket that lies there.
    if agent_host(container).is_none() && context.task.shares_sockets(container) {
        return None;
    }
    let reason = reach::localhost(context.task, mode)?;
    Some((format!("{who}: {}", reason.why), reason.help))
}

fn by_socket(context: &TaskContext<'_>, container: Container<'_>) -> Option<Reason> {
    let help = "mount one volume at /var/run/datadog in both";
    if !container.has_sockets() {
        return Some(("no volume is mounted where the Agent's socket would be".to_owned(), help));
    }
    let agent = context.task.agent().filter(|agent| !agent.has_sockets())?;
    Some((format!("{:?} does not share the folder of the socket", agent.name()), help))
}

fn by_name(
    context: &TaskContext<'_>,
    container: Container<'_>,
    mode: NetworkMode,
    name: &str,
) -> Option<Reason> {
    if mode == NetworkMode::None {
        let reason = reach::localhost(context.task, mode)?;
        return Some((format!("the tracer looks at {name}: {}", reason.why), reason.help));
    }
    let agent = context.task.agent()?;
    let is_its_name = agent.name() == name;
    let is_linked = reach::linked_as(container, agent) == Some(name);
    match mode {
        NetworkMode::Bridge if is_its_name && !is_linked => Some((
            format!("{name} is the Agent's container, and no link leads to it"),
            "name it under \"links\" of this container",
        )),
        NetworkMode::AwsVpc | NetworkMode::Host if is_its_name => Some((
            format!("{name} is the Agent's container: its name is not resolved in this network mode"),
            "the Agent is at localhost here; take the host out",
        )),
        _ => None,
    }
}

/// The Agent does not listen, or not to other containers.
fn takes_no_traces(context: &TaskContext<'_>) -> Option<Finding> {
    let agent = context.task.agent()?;
    let off = |name: &str| {
        let is_off = |one: &Variable<'_>| {
            one.stated().is_some_and(|value| matches!(value, "false" | "0" | "no"))
        };
        agent.variable(name).filter(is_off)
    };
    let is_apart = matches!(
        context.task.network_of(agent),
        Some(NetworkMode::Bridge | NetworkMode::Services)
    );
    let is_asked = context.task.applications().any(|one| one.traced_by().is_some());
    let local_only = (is_apart && !agent.has_sockets())
        .then(|| off("DD_APM_NON_LOCAL_TRAFFIC"))
        .flatten();
    let switched_off = is_asked.then(|| off("DD_APM_ENABLED")).flatten();
    let (variable, message) = match (switched_off, local_only) {
        (Some(variable), _) => (variable, "the Agent takes no traces, and a tracer sends it some"),
        (None, Some(variable)) => (variable, "the Agent takes traces from its own container alone"),
        (None, None) => return None,
    };
    Some(RULE.finding(context.at(variable.node), message).help("take the variable out"))
}
