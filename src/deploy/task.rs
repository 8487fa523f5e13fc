//! A task definition of ECS: which containers run together, on what, in which network.

use super::Platform;
use super::container::Container;
use super::images::Role;
use crate::structured::{Node, Value};

/// A task definition.
#[derive(Debug, Clone)]
pub struct Task<'n> {
    /// The object that holds the list of containers, or the list itself.
    pub node: &'n Node,
    /// Its containers, in order.
    pub containers: Vec<Container<'n>>,
    /// What runs it.
    pub platform: Platform,
    /// The Agent among them.
    agent: Option<Container<'n>>,
    /// What brings a tracer in when they start.
    injection: Option<&'n Node>,
}

/// How the containers of a task are joined.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-networking.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetworkMode {
    /// One network interface for all containers of a task: each reaches the others by `localhost`.
    AwsVpc,
    /// A network of its own for each container: `localhost` is the container itself.
    Bridge,
    /// That of the machine.
    Host,
    /// None.
    None,
    /// Compose: a network of its own for each service, in which the names of the others lead to them.
    Services,
    /// Kubernetes: one address for all containers of a pod.
    Pod,
}

/// The names of the modes.
const MODES: &[(&str, NetworkMode)] = &[
    ("awsvpc", NetworkMode::AwsVpc),
    ("bridge", NetworkMode::Bridge),
    ("default", NetworkMode::Bridge),
    ("host", NetworkMode::Host),
    ("none", NetworkMode::None),
];

impl<'n> Task<'n> {
    /// A task definition, or a list of containers alone; `None` where it is neither.
    pub(super) fn of(node: &'n Node, platform: Platform) -> Option<Self> {
        let list = match &node.value {
            Value::List(items) => items,
            _ => node.get("containerDefinitions")?.items(),
        };
        let is_container = |one: &&Node| matches!(one.value, Value::Map(_)) && !one.is_unknown();
        let container = |runs_before| move |node| Container::of(node, platform, runs_before);
        let containers = list.iter().filter(is_container).map(container(false));
        let before = node.list("initContainers").iter().filter(is_container).map(container(true));
        let containers: Vec<Container<'n>> = containers.chain(before).collect();
        let agent = containers.iter().copied().find(Container::is_agent);
        let brings = || containers.iter().find(|one| one.brings_tracer()).map(|one| one.node);
        let injection = node.get("injection").or_else(brings);
        Some(Self { node, containers, platform, agent, injection })
    }

    /// Whether the whole task is there, rather than its containers alone.
    pub fn is_whole(&self) -> bool {
        matches!(self.node.value, Value::Map(_))
    }

    /// Whether all its containers stand in the file, rather than that a template puts some in.
    pub fn is_known(&self) -> bool {
        self.list().items().len() == self.containers.iter().filter(|one| !one.runs_before).count()
    }

    /// The list of its containers.
    pub fn list(&self) -> &'n Node {
        self.node.get("containerDefinitions").unwrap_or(self.node)
    }

    /// The Agent beside the service.
    pub fn agent(&self) -> Option<Container<'n>> {
        self.agent
    }

    /// The containers of the service.
    pub fn applications(&self) -> impl Iterator<Item = Container<'n>> {
        self.containers.iter().copied().filter(|one| one.role == Role::Application)
    }

    /// The container of that name.
    pub fn named(&self, name: &str) -> Option<Container<'n>> {
        self.containers.iter().copied().find(|one| one.name() == name)
    }

    /// Whether it is meant for this launch type: FARGATE, EC2, EXTERNAL, MANAGED_INSTANCES.
    ///
    /// `requiresCompatibilities` says it; `compatibilities`, which AWS works out, does not.
    pub fn requires(&self, launch_type: &str) -> bool {
        self.node.list("requiresCompatibilities").iter().any(|one| one.text() == Some(launch_type))
    }

    /// Whether a launch type is stated, and Fargate is not among them.
    pub fn is_off_fargate(&self) -> bool {
        let stated = self.node.list("requiresCompatibilities");
        !stated.is_empty()
            && stated.iter().all(|one| one.text().is_some_and(|one| one != "FARGATE"))
    }

    /// How its containers are joined; `None` where the file does not tell.
    ///
    /// Fargate knows one mode. Where a whole task names none, AWS takes `bridge`; a list of containers
    /// alone says nothing of it.
    pub fn network_mode(&self) -> Option<NetworkMode> {
        match self.node.get("networkMode") {
            Some(mode) => {
                let mode = mode.text()?;
                MODES.iter().find(|(name, _)| *name == mode).map(|(_, mode)| *mode)
            }
            None if self.requires("FARGATE") => Some(NetworkMode::AwsVpc),
            None if self.is_whole() && !self.is_windows() => Some(NetworkMode::Bridge),
            None => None,
        }
    }

    /// How a container is joined to the others.
    pub fn network_of(&self, container: Container<'_>) -> Option<NetworkMode> {
        let own = container.node.get("networkMode").or_else(|| self.node.get("networkMode"));
        match (self.platform, own.map(|mode| mode.text().unwrap_or_default())) {
            (Platform::Ecs, _) => self.network_mode(),
            (_, Some("host")) => Some(NetworkMode::Host),
            (Platform::Kubernetes, _) => Some(NetworkMode::Pod),
            (Platform::Compose, None | Some("bridge" | "default")) => Some(NetworkMode::Services),
            (Platform::Compose, Some("none")) => Some(NetworkMode::None),
            // That of another service, or what a variable says.
            (Platform::Compose, Some(_)) => None,
        }
    }

    /// What brings a tracer in when the containers start: a label that asks the platform for it, or a container
    /// that puts one into a volume.
    pub fn injection(&self) -> Option<&'n Node> {
        self.injection
    }

    /// Whether its containers are those of Windows.
    pub fn is_windows(&self) -> bool {
        let platform = self.node.get("runtimePlatform");
        let system = platform.and_then(|platform| platform.text_of("operatingSystemFamily"));
        system.is_some_and(|system| system.starts_with("WINDOWS"))
    }

    /// Whether the Agent's sockets lie in a volume that both mount, so that no network is needed. Where
    /// the Agent is not of the task, it shares a folder of the machine.
    pub fn shares_sockets(&self, container: Container<'_>) -> bool {
        container.has_sockets() && self.agent().is_none_or(|agent| agent.has_sockets())
    }

    /// A key as this file spells it: `name` for the API of ECS, `Name` for CloudFormation.
    pub fn key(&self, name: &str) -> String {
        let list = self.node.entry("containerDefinitions");
        match list.is_some_and(|one| one.key.starts_with('C')) {
            true => {
                let mut letters = name.chars();
                let first = letters.next().map(|first| first.to_ascii_uppercase());
                first.into_iter().chain(letters).collect()
            }
            false => name.to_owned(),
        }
    }

    /// The name, for messages.
    pub fn family(&self) -> &'n str {
        self.node.text_of("family").unwrap_or("this task")
    }
}
