//! Where a container's tracer looks for the Agent, as far as the deployment says.

use super::container::Container;
use super::is_stated;
use crate::structured::{Node, Value};

/// Where a tracer looks for the Agent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Host {
    /// `localhost`, `127.0.0.1`
    Loopback,
    /// A socket in the file system: `unix:///var/run/datadog/apm.socket`
    Socket,
    /// A name or an address.
    Named(String),
    /// The address of its own pod.
    Pod,
    /// What a template puts in, or a secret.
    Unknown,
}

/// A host, and the value that tells it.
#[derive(Debug, Clone)]
pub struct Told<'n> {
    /// Where the tracer looks.
    pub host: Host,
    /// The value.
    pub node: &'n Node,
}

/// The variables that carry options of a JVM.
pub const OPTION_VARIABLES: &[&str] = &[
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "_JAVA_OPTIONS",
    "JAVA_OPTS",
    "CATALINA_OPTS",
    "JAVA_OPTIONS",
];

/// What says where the Agent is, from the one that counts first: the whole address as an option and as a
/// variable, then the host as an option and as a variable.
/// <https://docs.datadoghq.com/tracing/trace_collection/library_config/java/>
const SAYS: &[(Says, &str)] = &[
    (Says::Option, "-Ddd.trace.agent.url="),
    (Says::Variable, "DD_TRACE_AGENT_URL"),
    (Says::Option, "-Ddd.agent.host="),
    (Says::Variable, "DD_AGENT_HOST"),
    (Says::Variable, "DD_TRACE_AGENT_HOSTNAME"),
];

#[derive(Clone, Copy, PartialEq)]
enum Says {
    Option,
    Variable,
}

/// Where the deployment says that the Agent of a container is; `None` where it says nothing.
pub fn agent_host(container: Container<'_>) -> Option<Told<'_>> {
    SAYS.iter().find_map(|(says, name)| match says {
        Says::Option => option(container, name),
        Says::Variable => variable(container, name),
    })
}

/// What its variables say: options are read with the launch that they are for, and may be those of `fix`.
pub fn agent_host_by_variables(container: Container<'_>) -> Option<Told<'_>> {
    let variables = SAYS.iter().filter(|(says, _)| *says == Says::Variable);
    variables.into_iter().find_map(|(_, name)| variable(container, name))
}

fn variable<'n>(container: Container<'n>, name: &str) -> Option<Told<'n>> {
    if let Some(secret) = container.secrets().into_iter().find(|one| one.name == name) {
        return Some(Told { host: Host::Unknown, node: secret.node });
    }
    let variable = container.variable(name)?;
    let value = variable.value?;
    let host = match &value.value {
        Value::Text(text) => host(text),
        Value::Unknown(field) if field == "status.podIP" => Host::Pod,
        _ => Host::Unknown,
    };
    // An empty variable says nothing.
    (value.text() != Some("")).then_some(Told { host, node: variable.node })
}

/// The value of an option in the command, or in a variable that carries options.
fn option<'n>(container: Container<'n>, name: &str) -> Option<Told<'n>> {
    let words = container.started().into_iter().map(|word| (word.node, word.text));
    let variables = container.environment().into_iter();
    let variables = variables.filter(|one| OPTION_VARIABLES.contains(&one.name));
    let variables = variables.filter_map(|one| Some((one.value?, one.value?.text()?.to_owned())));
    words.chain(variables).find_map(|(node, text)| {
        let (_, behind) = text.split_once(name)?;
        let value = behind.split([' ', '"', '\'', ';']).next().unwrap_or_default();
        Some(Told { host: host(value), node })
    })
}

/// A host, or the address of one.
pub fn host(text: &str) -> Host {
    if text.starts_with("unix://") {
        return Host::Socket;
    }
    let (_, behind) = text.split_once("://").unwrap_or(("", text));
    let name = behind.trim_start_matches('[').split(['/', ']']).next().unwrap_or_default();
    let name =
        if name.starts_with("::") { name } else { name.split(':').next().unwrap_or_default() };
    match name {
        "localhost" | "::1" => Host::Loopback,
        _ if name.starts_with("127.") => Host::Loopback,
        _ if is_stated(name) => Host::Named(name.to_owned()),
        _ => Host::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (text, expected) in [
            ("localhost", Host::Loopback),
            ("http://127.0.0.1:8126", Host::Loopback),
            ("http://[::1]:8126", Host::Loopback),
            ("unix:///var/run/datadog/apm.socket", Host::Socket),
            ("http://datadog-agent:8126/", Host::Named("datadog-agent".to_owned())),
            ("10.0.0.1", Host::Named("10.0.0.1".to_owned())),
            ("${agent_host}", Host::Unknown),
            ("http://$HOST:8126", Host::Unknown),
        ] {
            assert_eq!(host(text), expected, "{text}");
        }
    }
}
