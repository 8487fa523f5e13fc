//! What `fix` puts into a task definition: the Agent's container, and the tags of the service.

use super::container::Container;
use super::host::{Host, agent_host};
use super::task::{NetworkMode, Task};
use crate::settings::Settings;
use crate::structured::{Amendment, Node, Value};

/// What the container of the Agent is called.
pub const AGENT_NAME: &str = "datadog-agent";
/// The key of Datadog, as the Agent reads it.
pub const API_KEY: &str = "DD_API_KEY";
/// The ports of the Agent: DogStatsD, and traces.
const PORTS: &[(u32, &str)] = &[(8125, "udp"), (8126, "tcp")];

/// The containers of a task on Fargate whose tracers look for an Agent in the task, and there is none.
pub fn without_agent<'n>(task: &Task<'n>) -> Vec<Container<'n>> {
    if !task.requires("FARGATE") || !task.is_known() || task.agent().is_some() {
        return Vec::new();
    }
    let is_in_the_task = |host: &Host| matches!(host, Host::Loopback | Host::Socket);
    let is_told_of_another =
        |one: &Container<'_>| agent_host(*one).is_some_and(|told| !is_in_the_task(&told.host));
    task.applications().filter(|one| !is_told_of_another(one)).collect()
}

/// Why no Agent can be put into a task on Fargate, and what to do.
///
/// # Errors
/// The reason, in one sentence.
pub fn agent_fits(task: &Task<'_>, settings: &Settings) -> Result<(), &'static str> {
    let shares = |one: Container<'_>| {
        one.has_sockets() || matches!(agent_host(one), Some(told) if told.host == Host::Socket)
    };
    let reasons = [
        (
            task.is_windows(),
            "the containers are those of Windows: the Agent's needs another health check, which `fix` does not write",
        ),
        (
            task.network_mode() != Some(NetworkMode::AwsVpc),
            "Fargate knows the network mode awsvpc alone: put that in order first",
        ),
        (
            task.applications().any(shares),
            "a container looks for the Agent's socket: share /var/run/datadog with the container that you add",
        ),
        (
            !has_execution_role(task),
            "the task needs an \"executionRoleArn\" that may read the secret of the API key; with it, and --api-key-secret ARN, `fix` adds the Agent",
        ),
        (
            settings.api_key_secret.is_none(),
            "give the secret that holds the API key, --api-key-secret ARN, and `fix` adds the Agent; `entrypatch explain agent-container-missing` shows it",
        ),
    ];
    reasons.into_iter().find(|(holds, _)| *holds).map_or(Ok(()), |(_, reason)| Err(reason))
}

/// Whether ECS may read secrets for the task.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html>
pub fn has_execution_role(task: &Task<'_>) -> bool {
    task.node.get("executionRoleArn").is_some_and(|role| role.text() != Some(""))
}

/// The wishes that bring the Agent into a task: its container behind the others, and the tags that the
/// settings name.
///
/// The container is what Datadog's generators agree on; none of its values reserves memory or processor time, so
/// that the service keeps what it has.
/// <https://docs.datadoghq.com/integrations/ecs_fargate/>
pub fn agent(task: &Task<'_>, settings: &Settings) -> Vec<Amendment> {
    let Some(secret) = &settings.api_key_secret else { return Vec::new() };
    let list = task.list();
    let missing = missing_tags(task, settings);
    let container = agent_container(task, settings, secret, &missing);
    let end = list.items().len();
    let container = Amendment::Insert { list: list.span.clone(), at: end, items: vec![container] };
    let tags = task.applications().filter_map(|one| {
        let items = missing.iter().map(|(name, value)| variable(task, name, value)).collect();
        append(one.node, &task.key("environment"), items)
    });
    std::iter::once(container).chain(tags).collect()
}

/// The tags that the settings name, and that come in with the Agent: where a container of the service has
/// one, somebody has settled it for all.
pub fn missing_tags<'s>(task: &Task<'_>, settings: &'s Settings) -> Vec<(&'s str, &'s str)> {
    let applications: Vec<Container<'_>> = task.applications().collect();
    let is_set = |name: &str| applications.iter().any(|one| one.sets(name));
    tags(settings, applications.len()).filter(|(name, _)| !is_set(name)).collect()
}

/// The tags that the settings name; the service's name only where it can be but one container's.
pub fn tags(settings: &Settings, applications: usize) -> impl Iterator<Item = (&str, &str)> {
    let service = settings.service.as_deref().filter(|_| applications == 1);
    let tags = [
        ("DD_ENV", settings.env.as_deref()),
        ("DD_SERVICE", service),
        ("DD_VERSION", settings.app_version.as_deref()),
    ];
    tags.into_iter().filter_map(|(name, value)| Some((name, value?)))
}

/// The Agent's container. Like Datadog's CDK construct it bears the tags of the service, those that are put
/// in with it: `remove` tells by them which tags a person wrote.
pub fn agent_container(
    task: &Task<'_>,
    settings: &Settings,
    secret: &str,
    tags: &[(&str, &str)],
) -> Value {
    let key = |name: &str| task.key(name);
    let port = |(port, protocol): &(u32, &str)| {
        Value::map([
            (key("containerPort"), Value::number(*port)),
            (key("protocol"), Value::text(*protocol)),
        ])
    };
    let command = ["CMD-SHELL", "/probe.sh"].map(Value::text);
    let check = Value::map([
        (key("command"), Value::list(command)),
        (key("interval"), Value::number(15)),
        (key("timeout"), Value::number(5)),
        (key("retries"), Value::number(3)),
        (key("startPeriod"), Value::number(60)),
    ]);
    let environment = [("ECS_FARGATE", "true"), ("DD_SITE", settings.site())];
    let environment = environment.iter().chain(tags);
    let environment = environment.map(|(name, value)| variable(task, name, value));
    let keys = [
        ("name", Value::text(AGENT_NAME)),
        ("image", Value::text(settings.agent_container_image())),
        ("essential", Value::Bool(false)),
        ("portMappings", Value::list(PORTS.iter().map(port))),
        ("environment", Value::list(environment)),
        ("secrets", Value::list([secret_of(task, API_KEY, secret)])),
        ("healthCheck", check),
    ];
    // Its logs go where those of the service go. Only this driver is told no secrets.
    let logs = task.applications().find_map(|one| {
        let logs = one.node.get("logConfiguration")?;
        (one.log_driver() == Some("awslogs")).then(|| logs.value.clone())
    });
    let keys = keys.into_iter().chain(logs.map(|logs| ("logConfiguration", logs)));
    Value::map(keys.map(|(name, value)| (key(name), value)))
}

/// The item that sets a variable.
pub fn variable(task: &Task<'_>, name: &str, value: &str) -> Value {
    Value::map([(task.key("name"), Value::text(name)), (task.key("value"), Value::text(value))])
}

/// The item that takes a variable, or an option of a log driver, from a secret.
pub fn secret_of(task: &Task<'_>, name: &str, arn: &str) -> Value {
    Value::map([(task.key("name"), Value::text(name)), (task.key("valueFrom"), Value::text(arn))])
}

/// The wish to put items behind those of the list at a key of a map, which may lack it.
pub fn append(map: &Node, key: &str, items: Vec<Value>) -> Option<Amendment> {
    if items.is_empty() {
        return None;
    }
    Some(match map.get(key) {
        Some(list) => Amendment::Insert { list: list.span.clone(), at: list.items().len(), items },
        None => {
            let (map, key) = (map.span.clone(), key.to_owned());
            Amendment::Set { map, key, value: Value::list(items) }
        }
    })
}
