//! One container of a deployment.

use std::path::{Path, PathBuf};

use super::images::{self, Role};
use super::{Platform, compose};
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
    /// What runs it.
    pub platform: Platform,
    /// It ends before the others start, or runs beside them from before.
    pub runs_before: bool,
    /// What it is there for.
    pub role: Role,
}

/// A word of what a container starts.
#[derive(Debug, Clone)]
pub struct Word<'n> {
    /// What it says; what a template puts in, as it is written.
    pub text: String,
    /// As it is written, where the platform puts something in: `$$` for `$`.
    pub written: String,
    /// The value that it stands in: its own, or that of all words.
    pub node: &'n Node,
    /// The platform makes another word of it, or other words, when it starts the container.
    pub is_open: bool,
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

    /// A container of that platform.
    pub(super) fn of(node: &'n Node, platform: Platform, runs_before: bool) -> Self {
        let role = if runs_before { Role::Helper } else { role(node) };
        Self { node, platform, runs_before, role }
    }

    /// Whether it is there to bring a tracer to the others.
    /// <https://docs.datadoghq.com/tracing/trace_collection/library_injection_local/>
    pub fn brings_tracer(&self) -> bool {
        let image = self.node.text_of("image").unwrap_or_default();
        self.name() == "datadog-tracer" || (image.contains("/dd-lib-") && image.contains("-init"))
    }

    /// Whether it is the Agent.
    pub fn is_agent(&self) -> bool {
        self.role == Role::Agent
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

    /// The words in place of the image's ENTRYPOINT (`entryPoint`) or CMD (`command`); `None` where it has
    /// those. To ECS and Kubernetes `[]` is nothing, to compose it is no words.
    ///
    /// A value that is no text has none.
    pub fn words(&self, key: &str) -> Option<Vec<Word<'n>>> {
        let node = self.node.get(key)?;
        let word = |written: &str, node| self.word(written.to_owned(), node);
        let words: Vec<Word<'n>> = match &node.value {
            Value::Text(line) if self.platform == Platform::Compose => {
                compose::split(line).iter().map(|(_, written)| word(written, node)).collect()
            }
            Value::List(items) => {
                let of_item = |node: &'n Node| match &node.value {
                    Value::Text(written) | Value::Number(written) => word(written, node),
                    Value::Bool(is_true) => word(&is_true.to_string(), node),
                    Value::Unknown(written) => Word { is_open: true, ..word(written, node) },
                    // What CloudFormation puts in.
                    _ => Word { is_open: true, ..word("${}", node) },
                };
                items.iter().map(of_item).collect()
            }
            _ => return None,
        };
        (!words.is_empty() || self.platform == Platform::Compose).then_some(words)
    }

    fn word(&self, written: String, node: &'n Node) -> Word<'n> {
        let is_alone = !written.contains(char::is_whitespace);
        let (text, is_open) = match self.platform {
            Platform::Ecs => (written.clone(), false),
            Platform::Compose => {
                let is_open = is_alone && compose::is_put_together(&written);
                (compose::interpolated(&written), is_open)
            }
            // <https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/>
            Platform::Kubernetes => (written.clone(), is_alone && written.starts_with("$(")),
        };
        Word { text, written, node, is_open }
    }

    /// The Dockerfile that compose builds its image from, from the folder of the file; `None` where that is
    /// another stage than the last, stands elsewhere, or hangs on a variable.
    /// <https://github.com/compose-spec/compose-spec/blob/main/build.md>
    pub fn built_from(&self) -> Option<PathBuf> {
        let build = self.node.get("build")?;
        let context = build.text().or_else(|| build.text_of("context")).unwrap_or(".");
        let dockerfile = build.text_of("dockerfile").unwrap_or("Dockerfile");
        let is_elsewhere = |text: &str| text.contains("://") || text.starts_with("git@");
        let is_told = [context, dockerfile]
            .iter()
            .all(|text| !compose::is_put_together(text) && !is_elsewhere(text));
        let is_last = build.get("target").is_none() && build.get("dockerfile_inline").is_none();
        (is_told && is_last).then(|| Path::new(context).join(dockerfile))
    }

    /// All words that it starts in place of what its image starts.
    pub fn started(&self) -> Vec<Word<'n>> {
        ["entryPoint", "command"].iter().filter_map(|key| self.words(key)).flatten().collect()
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
        let mut words = self.started().into_iter();
        let word = || Some(words.find(|word| starts(&word.text))?.node);
        variable.map(|one| one.node).or_else(word)
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

/// What a container is there for: by its image, and by its name where the image is one's own or a template's.
fn role(node: &Node) -> Role {
    let name = node.text_of("name").unwrap_or_default();
    match node.text_of("image").map(images::role) {
        Some(role @ (Role::Agent | Role::Helper)) => role,
        _ if AGENT_NAMES.contains(&name) => Role::Agent,
        // The container of Datadog's own injection, and a router of logs.
        _ if name == "datadog-tracer" => Role::Helper,
        _ if node.get("firelensConfiguration").is_some() => Role::Helper,
        _ => Role::Application,
    }
}

/// Whether a list, or a part of it, is known only when the file is used.
fn is_open(list: &Node) -> bool {
    !matches!(list.value, Value::List(_)) || list.items().iter().any(Node::is_unknown)
}

impl Variable<'_> {
    /// Another value as it is written in the file: with the name, where both stand in one text.
    pub fn rewritten(&self, platform: Platform, value: &str) -> Value {
        let name = self.node.get("name").map(|name| &name.span);
        let value = match platform {
            Platform::Compose => compose::escaped(value),
            Platform::Ecs | Platform::Kubernetes => value.to_owned(),
        };
        match name == self.value.map(|value| &value.span) {
            true => Value::text(format!("{}={value}", self.name)),
            false => Value::text(value),
        }
    }

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
