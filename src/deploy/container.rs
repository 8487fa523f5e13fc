//! One container of a deployment.

use super::images::{self, Role};
use crate::structured::{Entry, Node, Value};

/// What containers of the Agent are called, in every generator and most files.
const AGENT_NAMES: &[&str] =
    &["datadog-agent", "datadog_agent", "datadogagent", "dd-agent", "dd_agent", "datadog"];
/// Where the Agent's sockets are shared: a path in both containers.
/// <https://docs.datadoghq.com/containers/amazon_ecs/apm/>
const SOCKETS: &str = "/var/run/datadog";
/// Variables that bring a tracer or speak to one.
const TRACER_VARIABLES: &[&str] = &["DD_SERVICE", "DD_ENV", "DD_VERSION", "DD_AGENT_HOST"];
const TRACER_PREFIXES: &[&str] = &["DD_TRACE_", "DD_PROFILING_", "DD_LOGS_INJECTION"];
/// What a command or an option variable holds that starts a tracer.
const TRACERS: &[&str] = &["dd-java-agent", "dd-trace", "ddtrace-run", "dd-trace-api"];

/// A container definition.
#[derive(Debug, Clone, Copy)]
pub struct Container<'n> {
    /// Its object.
    pub node: &'n Node,
}

/// A variable of a container.
#[derive(Debug, Clone, Copy)]
pub struct Variable<'n> {
    /// The item that sets it.
    pub node: &'n Node,
    /// Its name.
    pub name: &'n str,
    /// Its value; none where it comes from elsewhere.
    pub value: Option<&'n Node>,
}

/// A port mapping.
#[derive(Debug, Clone, Copy)]
pub struct Port<'n> {
    /// The item.
    pub node: &'n Node,
    /// Inside the container.
    pub container: Option<u32>,
    /// Outside; none where it is left out or 0.
    pub host: Option<u32>,
    /// `tcp`, which is what AWS takes where none is said, or `udp`.
    pub protocol: &'n str,
}

impl<'n> Container<'n> {
    /// Its name, for messages.
    pub fn name(&self) -> &'n str {
        self.node.text_of("name").unwrap_or("(without a name)")
    }

    /// What it is there for: by its image, and by its name where the image is one's own or a template's.
    pub fn role(&self) -> Role {
        match self.node.text_of("image").map(images::role) {
            Some(role @ (Role::Agent | Role::Helper)) => role,
            _ if AGENT_NAMES.contains(&self.name()) => Role::Agent,
            // The container of Datadog's own injection, and a router of logs.
            _ if self.name() == "datadog-tracer" => Role::Helper,
            _ if self.node.get("firelensConfiguration").is_some() => Role::Helper,
            _ => Role::Application,
        }
    }

    /// Whether it is the Agent.
    pub fn is_agent(&self) -> bool {
        self.role() == Role::Agent
    }

    /// Whether the task ends with it; so it is where nothing is said.
    /// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>
    pub fn is_essential(&self) -> bool {
        self.node.is_true("essential").unwrap_or(true)
    }

    /// The variables set in plain text.
    pub fn environment(&self) -> Vec<Variable<'n>> {
        self.variables("environment", "value")
    }

    /// The variables that come from a store of secrets.
    pub fn secrets(&self) -> Vec<Variable<'n>> {
        self.variables("secrets", "valueFrom")
    }

    fn variables(&self, list: &str, value: &str) -> Vec<Variable<'n>> {
        let variable = |node: &'n Node| {
            Some(Variable { node, name: node.text_of("name")?, value: node.get(value) })
        };
        self.node.list(list).iter().filter_map(variable).collect()
    }

    /// The variable of that name that is set in plain text.
    pub fn variable(&self, name: &str) -> Option<Variable<'n>> {
        self.environment().into_iter().rev().find(|one| one.name == name)
    }

    /// Whether a variable of that name is set, in plain text or as a secret, or may be: where the file does
    /// not tell all variables.
    pub fn sets(&self, name: &str) -> bool {
        let is_open = |list: &str| self.node.get(list).is_some_and(is_open);
        is_open("environment")
            || is_open("secrets")
            || self.environment().iter().chain(&self.secrets()).any(|one| one.name == name)
    }

    /// Its port mappings.
    pub fn ports(&self) -> Vec<Port<'n>> {
        let port = |node: &'n Node| Port {
            node,
            container: node.number("containerPort"),
            host: node.number("hostPort").filter(|port| *port != 0),
            protocol: node.text_of("protocol").unwrap_or("tcp"),
        };
        self.node.list("portMappings").iter().map(port).collect()
    }

    /// The containers that it waits for, and for what.
    pub fn waits_for(&self) -> impl Iterator<Item = (&'n Node, &'n str, &'n str)> {
        let waits = |node: &'n Node| {
            let condition = node.text_of("condition").unwrap_or_default();
            Some((node, node.text_of("containerName")?, condition))
        };
        self.node.list("dependsOn").iter().filter_map(waits)
    }

    /// Whether it has a health check that ECS runs.
    pub fn has_health_check(&self) -> bool {
        let check = self.node.get("healthCheck");
        let command = check.map(|check| check.list("command"));
        check.is_some_and(Node::is_unknown)
            || command.is_some_and(|command| {
                !command.is_empty() && command.first().and_then(Node::text) != Some("NONE")
            })
    }

    /// The paths in it where volumes are mounted.
    pub fn mounts(&self) -> impl Iterator<Item = &'n str> {
        self.node.list("mountPoints").iter().filter_map(|mount| mount.text_of("containerPath"))
    }

    /// Whether the Agent's sockets may lie in it: a volume is mounted there, or above.
    pub fn has_sockets(&self) -> bool {
        let holds = |path: &str| {
            let path = path.trim_end_matches('/');
            SOCKETS.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let sockets = |path: &str| {
            let run = path.strip_prefix("/var").unwrap_or(path);
            !path.trim_matches('/').is_empty() && (holds(path) || holds(&format!("/var{run}")))
        };
        self.node.get("mountPoints").is_some_and(is_open) || self.mounts().any(sockets)
    }

    /// The words of the override of ENTRYPOINT or CMD; `null` and `[]` are none.
    pub fn words(&self, key: &str) -> Vec<&'n str> {
        self.node.list(key).iter().filter_map(Node::text).collect()
    }

    /// What shows in the deployment that a tracer of Datadog runs in it: its settings, or its start.
    pub fn traced_by(&self) -> Option<&'n Node> {
        let speaks = |one: &Variable<'_>| {
            TRACER_VARIABLES.contains(&one.name)
                || TRACER_PREFIXES.iter().any(|prefix| one.name.starts_with(prefix))
        };
        let starts = |text: &str| TRACERS.iter().any(|tracer| text.contains(tracer));
        let brings = |one: &Variable<'_>| one.value.and_then(Node::text).is_some_and(starts);
        let environment = self.environment();
        let variable = environment.iter().find(|one| speaks(one) || brings(one));
        let commands = ["entryPoint", "command"].map(|key| self.node.list(key).iter());
        let mut words = commands.into_iter().flatten();
        variable.map(|one| one.node).or_else(|| words.find(|word| word.text().is_some_and(starts)))
    }

    /// The log driver's option of that name, in plain text.
    pub fn log_option(&self, name: &str) -> Option<&'n Entry> {
        let options = self.node.get("logConfiguration")?.get("options")?;
        options.entries().iter().find(|one| one.key.eq_ignore_ascii_case(name))
    }

    /// The driver of its logs.
    pub fn log_driver(&self) -> Option<&'n str> {
        self.node.get("logConfiguration")?.text_of("logDriver")
    }
}

/// Whether a list, or a part of it, is known only when the file is used.
fn is_open(list: &Node) -> bool {
    list.is_unknown() || list.items().iter().any(Node::is_unknown)
}

impl Variable<'_> {
    /// Its value, where the file states it: neither a placeholder nor empty.
    pub fn stated(&self) -> Option<&str> {
        self.value.and_then(Node::text).filter(|value| super::is_stated(value))
    }

    /// Whether its value is one that AWS refuses: everything but a text.
    pub fn is_no_text(&self) -> bool {
        let value = self.value.map(|one| &one.value);
        value.is_some_and(|one| !matches!(one, Value::Text(_) | Value::Unknown(_) | Value::Map(_)))
    }
}
