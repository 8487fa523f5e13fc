//! What to insert and which findings count: flags over `entrypatch.toml` over defaults.

mod validate;

use std::collections::BTreeMap;

use crate::config::{Carrier, Config, Level, NodeMode, Preset, Provide, Switch};
use crate::images::Images;

pub use validate::validate_agent_path;

/// Where the agent's jar goes by default; the article's path.
pub const DEFAULT_AGENT_PATH: &str = "/usr/agent/dd-java-agent.jar";
/// Where the jar comes from by default: the latest release of the tracer's major version 1.
pub const DEFAULT_AGENT_URL: &str = "https://dtdg.co/java-tracer-v1";

/// The jar in the build context by default.
pub const DEFAULT_AGENT_FILE: &str = "dd-java-agent.jar";

/// One setting of the tracer that can be inserted, in the order in which they are.
///
/// To add one: a row in [`JAVA_SETTINGS`], a key in `config::JavaSwitches`, a line in the README.
#[derive(Debug)]
pub struct JavaSetting {
    /// The key under `[java]` in `entrypatch.toml`.
    pub name: &'static str,
    /// The system properties that settle it; the first one is inserted. Empty for
    /// FlightRecorderOptions, which is no property.
    pub properties: &'static [&'static str],
    /// The value that the `fargate` preset inserts; `None` where only an explicit one is inserted.
    pub default: Option<&'static str>,
    /// Whether the `minimal` preset inserts it too.
    pub minimal: bool,
}

/// The settings, in the order of the inserted arguments.
///
/// Names and aliases: dd-trace-java's `metadata/supported-configurations.json`.
pub const JAVA_SETTINGS: &[JavaSetting] = &[
    JavaSetting {
        name: "agent-host",
        properties: &["dd.agent.host", "dd.trace.agent.url", "dd.trace.agent.unix.domain.socket"],
        default: Some("localhost"),
        minimal: false,
    },
    JavaSetting {
        name: "profiling",
        properties: &["dd.profiling.enabled"],
        default: Some("true"),
        minimal: false,
    },
    JavaSetting {
        name: FLIGHT_RECORDER,
        properties: &[],
        default: Some("stackdepth=256"),
        minimal: false,
    },
    JavaSetting {
        name: "logs-injection",
        properties: &["dd.logs.injection", "dd.logs.injection.enabled"],
        default: Some("true"),
        minimal: false,
    },
    JavaSetting {
        name: SERVICE,
        properties: &["dd.service", "dd.service.name"],
        default: None,
        minimal: true,
    },
    JavaSetting { name: "env", properties: &["dd.env"], default: None, minimal: true },
    JavaSetting { name: "version", properties: &["dd.version"], default: None, minimal: true },
];

/// The setting whose value may be derived from the files around.
pub const SERVICE: &str = "service";
/// The setting that only some JVMs accept.
pub const FLIGHT_RECORDER: &str = "flight-recorder";

impl JavaSetting {
    /// The JVM option that sets it.
    pub fn option(&self, value: &str) -> String {
        match self.properties.first() {
            Some(property) => format!("-D{property}={value}"),
            None => format!("{}={value}", crate::launch::options::FLIGHT_RECORDER),
        }
    }

    /// The environment variables that set it.
    pub fn variables(&self) -> impl Iterator<Item = String> {
        self.properties.iter().map(|property| crate::datadog::variable(property))
    }
}

/// What to do with one setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// Never insert it.
    Off,
    /// Insert it with this value, which nobody asked for by name.
    Default(String),
    /// Insert this value, from a flag or the configuration.
    Explicit(String),
}

/// Everything that a run needs to know.
#[derive(Debug, Clone)]
pub struct Settings {
    /// One choice for each row of [`JAVA_SETTINGS`].
    pub java: Vec<Choice>,
    /// Settings that have a variable go into an ENV rather than into the command.
    pub as_variables: bool,
    /// Where the jar is expected.
    pub agent_path: String,
    /// Where it is downloaded from.
    pub agent_url: String,
    /// The checksum of what is downloaded, as ADD takes it.
    pub agent_checksum: Option<String>,
    /// The jar in the build context.
    pub agent_file: String,
    /// The image that the jar is copied from.
    pub agent_image: Option<String>,
    /// How it is provided.
    pub provide: Provide,
    /// What carries the options of a start that cannot be seen through.
    pub carrier: Carrier,
    /// How the tracer gets into a Node application.
    pub node_mode: NodeMode,
    /// The stage to read instead of the last one.
    pub target: Option<String>,
    /// Overwrite values that are there, and instrument beside another tracer.
    pub force: bool,
    /// Add dd-trace to package.json where it is missing.
    pub add_dependency: bool,
    /// What is known of images.
    pub images: Images,
    /// When not empty, only these rules.
    pub select: Vec<String>,
    /// Not these rules.
    pub ignore: Vec<String>,
    /// Severities changed by the configuration.
    pub levels: BTreeMap<String, Level>,
}

impl Settings {
    /// Combines a configuration (with the flags laid over it already) with the defaults.
    ///
    /// # Errors
    /// A value that the JVM, Docker or Datadog would misread, with the reason.
    pub fn new(config: &Config) -> Result<Self, String> {
        let settings = Self {
            java: JAVA_SETTINGS.iter().map(|setting| choice(setting, config)).collect(),
            as_variables: config.preset == Some(Preset::Env),
            agent_path: config.agent_path.clone().unwrap_or_else(|| DEFAULT_AGENT_PATH.to_owned()),
            agent_url: config.agent_url.clone().unwrap_or_else(|| DEFAULT_AGENT_URL.to_owned()),
            agent_checksum: config.agent_checksum.clone(),
            agent_file: config.agent_file.clone().unwrap_or_else(|| DEFAULT_AGENT_FILE.to_owned()),
            agent_image: config.agent_image.clone(),
            provide: config.provide.unwrap_or_default(),
            carrier: config.carrier.unwrap_or_default(),
            node_mode: config.node_mode.unwrap_or_default(),
            target: config.target.clone(),
            force: config.force,
            add_dependency: config.add_dependency,
            images: Images::new(&config.images)?,
            select: config.select.clone(),
            ignore: config.ignore.clone(),
            levels: config.rules.clone(),
        };
        Self::on_without_value(config)?;
        validate::settings(&settings)?;
        Ok(settings)
    }

    /// `env = true` under `[java]` says to insert a value that nobody gives.
    fn on_without_value(config: &Config) -> Result<(), String> {
        let given = [("env", config.env.is_some()), ("version", config.app_version.is_some())];
        for (name, given) in given {
            if config.java.get(name) == Some(&Switch::Flag(true)) && !given {
                return Err(format!("{name} = true under [java] needs a value: {name} = \"…\""));
            }
        }
        Ok(())
    }

    /// The setting and choice of that name.
    pub fn choice(&self, name: &str) -> Option<&Choice> {
        let at = JAVA_SETTINGS.iter().position(|setting| setting.name == name)?;
        self.java.get(at)
    }
}

fn choice(setting: &JavaSetting, config: &Config) -> Choice {
    let flag = match setting.name {
        "agent-host" => config.agent_host.as_ref(),
        "env" => config.env.as_ref(),
        "version" => config.app_version.as_ref(),
        SERVICE => config.service.as_ref(),
        _ => None,
    };
    let switch = config.java.get(setting.name);
    let in_preset = match config.preset.unwrap_or_default() {
        Preset::Fargate => true,
        Preset::Minimal => setting.minimal,
        Preset::Env => setting.name != FLIGHT_RECORDER,
    };
    match (flag, switch, setting.default) {
        (_, Some(Switch::Flag(false)), _) => Choice::Off,
        (Some(value), _, _) => Choice::Explicit(value.clone()),
        (None, Some(Switch::Value(value)), _) => Choice::Explicit(value.clone()),
        (None, Some(Switch::Flag(true)), Some(value)) => Choice::Explicit(value.to_owned()),
        (None, None, Some(value)) if in_preset => Choice::Default(value.to_owned()),
        // A service name is looked for in the files around.
        (None, _, None) if setting.name == SERVICE && in_preset => Choice::Default(String::new()),
        _ => Choice::Off,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(value: &str) -> Result<Settings, String> {
        Settings::new(&Config { service: Some(value.to_owned()), ..Config::default() })
    }

    #[test]
    fn a_service_that_would_be_misread_is_refused_with_the_reason() {
        for (value, reason) in [
            ("my service", "underscore"),
            ("a\"b", "underscore"),
            ("a=b", "underscore"),
            ("a\nb", "control character"),
            ("", "empty"),
        ] {
            let error = service(value).unwrap_err();
            assert!(error.starts_with("service ") && error.contains(reason), "{value:?}: {error}");
        }
        for value in ["discovery-api", "café", "team/api:v2.x_y"] {
            assert!(service(value).is_ok(), "{value:?}");
        }
    }

    #[test]
    fn agent_path_and_url_must_be_what_docker_and_the_jvm_can_read() {
        for (path, reason) in [
            ("agent.jar", "absolute"),
            ("/usr/agent/", "jar file"),
            ("/a=b.jar", "cuts"),
            ("/a b.jar", "ADD"),
            ("/$HOME/a.jar", "ADD"),
        ] {
            let config = Config { agent_path: Some(path.to_owned()), ..Config::default() };
            let error = Settings::new(&config).unwrap_err();
            assert!(error.contains(reason), "{path}: {error}");
        }
    }

    #[test]
    fn variables_follow_the_properties() {
        let host = &JAVA_SETTINGS[0];
        assert_eq!(host.variables().next().as_deref(), Some("DD_AGENT_HOST"));
        assert_eq!(host.option("localhost"), "-Ddd.agent.host=localhost");
    }
}
