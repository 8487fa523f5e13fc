//! Where the Agent can be reached from a container: the network of its task against the places of both.
//! <https://docs.datadoghq.com/containers/amazon_ecs/apm/>

use super::container::Container;
use super::host::agent_host_by_variables;
use super::task::{NetworkMode, Task};
use crate::deployed::{Reach, Reason};
use crate::structured::Node;

const ON_THE_MACHINE: &str = "share the folder of the Agent's socket, /var/run/datadog, or set DD_AGENT_HOST to the address of the machine from the metadata service";

/// Where a tracer finds the Agent that is told of nothing by its image.
pub fn reach(task: &Task<'_>, container: Container<'_>) -> Reach {
    if agent_host_by_variables(container).is_some() || task.shares_sockets(container) {
        return Reach::Told;
    }
    let Some(mode) = task.network_of(container) else { return Reach::Unknown };
    let agent = task.agent();
    let named = agent.and_then(|agent| match mode {
        NetworkMode::Bridge => linked_as(container, agent),
        NetworkMode::Services => Some(agent.name()),
        _ => None,
    });
    match (localhost(task, mode), named) {
        (None, _) => Reach::At("localhost".to_owned()),
        (Some(_), Some(name)) => Reach::At(name.to_owned()),
        // Another file of the project may have it, or the machine; the platform may tell each pod.
        (Some(_), None) if matches!(mode, NetworkMode::Services | NetworkMode::Pod) => {
            Reach::Unknown
        }
        (Some(reason), None) => Reach::Nowhere(reason),
    }
}

/// Why the Agent is not at `localhost`; none where it is, or will be.
pub fn localhost(task: &Task<'_>, mode: NetworkMode) -> Option<Reason> {
    let has_agent = task.agent().is_some();
    let (why, help) = match mode {
        NetworkMode::Host => return None,
        NetworkMode::Pod if has_agent => return None,
        // Without an Agent in it another rule speaks.
        NetworkMode::AwsVpc if has_agent || task.requires("FARGATE") => return None,
        NetworkMode::AwsVpc => {
            ("in awsvpc mode that is this task, and no Agent is in it", ON_THE_MACHINE)
        }
        NetworkMode::Bridge if has_agent => (
            "in bridge mode that is its own container",
            "link the Agent's container (\"links\") and set DD_AGENT_HOST to its name",
        ),
        NetworkMode::Bridge => ("in bridge mode that is its own container", ON_THE_MACHINE),
        NetworkMode::Services => (
            "in compose that is its own container",
            "set DD_AGENT_HOST to the name of the Agent's service, or to host.docker.internal where the Agent runs on the machine",
        ),
        NetworkMode::Pod => (
            "in Kubernetes that is its own pod, and no Agent is in it",
            "take DD_AGENT_HOST from the field status.hostIP, where an Agent runs on each node, or mount the folder of its socket, /var/run/datadog",
        ),
        NetworkMode::None => (
            "in mode none there is no network",
            "share the folder of the Agent's socket, /var/run/datadog",
        ),
    };
    Some(Reason { why, help })
}

/// The name by which a link of a container leads to another.
pub fn linked_as<'n>(container: Container<'n>, to: Container<'_>) -> Option<&'n str> {
    let links = container.node.list("links").iter().filter_map(Node::text);
    let mut names = links.map(|link| link.split_once(':').unwrap_or((link, link)));
    names.find(|(target, _)| *target == to.name()).map(|(_, name)| name)
}
