//! `entrypatch.toml`: its keys, and where it is found.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::tree::read_regular;

/// The name of the file.
pub const FILE_NAME: &str = "entrypatch.toml";

/// The keys of `entrypatch.toml`; command-line flags of the same name are laid over them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// `dd.service`; without it the name is derived from pom.xml, settings.gradle, package.json or
    /// the folder.
    pub service: Option<String>,
    /// `dd.env`.
    pub env: Option<String>,
    /// `dd.version`.
    pub app_version: Option<String>,
    /// `dd.agent.host`.
    pub agent_host: Option<String>,
    /// Where the agent's jar lies in the image.
    pub agent_path: Option<String>,
    /// Where the jar is downloaded from.
    pub agent_url: Option<String>,
    /// The SHA-256 of what the URL gives: `sha256:…`; the URL must name a version.
    pub agent_checksum: Option<String>,
    /// For `provide = "copy"`: the jar in the build context.
    pub agent_file: Option<String>,
    /// For `provide = "copy-from"`: one of Datadog's images with the tracer.
    pub agent_image: Option<String>,
    /// Which arguments are inserted.
    pub preset: Option<Preset>,
    /// How the jar gets into the image.
    pub provide: Option<Provide>,
    /// What carries the options of a start that cannot be seen through.
    pub carrier: Option<Carrier>,
    /// How the tracer gets into a Node application.
    pub node_mode: Option<NodeMode>,
    /// The stage to read instead of the last one.
    pub target: Option<String>,
    /// Overwrite values that are there, and instrument beside another tracer.
    pub force: bool,
    /// Add dd-trace to package.json: a flag only, for the lock file is out of date then.
    #[serde(skip)]
    pub add_dependency: bool,
    /// Patterns of files and folders to leave out, as in `.gitignore`.
    pub exclude: Vec<String>,
    /// Report these rules only.
    pub select: Vec<String>,
    /// Do not report these rules.
    pub ignore: Vec<String>,
    /// Settings of the tracer: a value, or `false` to leave one out.
    pub java: JavaSwitches,
    /// What is known of images that only the user knows, by patterns on their references.
    pub images: BTreeMap<String, ImageConfig>,
    /// The severity of a rule, or `"off"`.
    pub rules: BTreeMap<String, Level>,
}

/// The keys under `[java]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct JavaSwitches {
    /// `-Ddd.agent.host`
    pub agent_host: Option<Switch>,
    /// `-Ddd.profiling.enabled`
    pub profiling: Option<Switch>,
    /// `-XX:FlightRecorderOptions`
    pub flight_recorder: Option<Switch>,
    /// `-Ddd.logs.injection`
    pub logs_injection: Option<Switch>,
    /// `-Ddd.service`
    pub service: Option<Switch>,
    /// `-Ddd.env`
    pub env: Option<Switch>,
    /// `-Ddd.version`
    pub version: Option<Switch>,
}

impl JavaSwitches {
    /// The switch of a row of [`crate::settings::JAVA_SETTINGS`].
    pub fn get(&self, name: &str) -> Option<&Switch> {
        match name {
            "agent-host" => self.agent_host.as_ref(),
            "profiling" => self.profiling.as_ref(),
            "flight-recorder" => self.flight_recorder.as_ref(),
            "logs-injection" => self.logs_injection.as_ref(),
            "service" => self.service.as_ref(),
            "env" => self.env.as_ref(),
            "version" => self.version.as_ref(),
            _ => None,
        }
    }
}

/// What a row under `[images]` says of an image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct ImageConfig {
    /// The major version of its Java.
    pub java: Option<u32>,
    /// Whether its JVM takes FlightRecorderOptions.
    pub flight_recorder: Option<bool>,
    /// Its USER.
    pub user: Option<String>,
    /// Whether it has a shell.
    pub shell: Option<bool>,
    /// Its ENTRYPOINT.
    pub entrypoint: Option<Vec<String>>,
    /// Its CMD.
    pub cmd: Option<Vec<String>>,
}

/// `true`, `false` or a value.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected true, false or a string")]
pub enum Switch {
    /// On with its default value, or off.
    Flag(bool),
    /// On with this value.
    Value(String),
}

/// Which arguments are inserted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Agent, host, profiling, FlightRecorderOptions, logs injection and the service tags.
    #[default]
    Fargate,
    /// The agent and the service tags.
    Minimal,
    /// The agent in the command, the rest as ENV, which every deployment can override.
    Env,
}

/// How the jar gets into the image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Provide {
    /// `ADD --chmod=755 <agent-url> <agent-path>`, where nothing provides it yet.
    #[default]
    Add,
    /// `COPY --chmod=755 <agent-file> <agent-path>`, from the build context.
    Copy,
    /// `COPY --chmod=755 --from=<agent-image> … <agent-path>`.
    CopyFrom,
    /// Nothing is inserted: the base image has it.
    None,
}

/// How the tracer gets into a Node application.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum NodeMode {
    /// An import in the entry; for native modules a flag in the command.
    #[default]
    Auto,
    /// An import as the first statement of the entry.
    Import,
    /// A flag behind `node` in the command.
    Flag,
    /// ENV NODE_OPTIONS behind the last RUN: every Node in the container reads it.
    Env,
}

/// What carries the options of a start that cannot be seen through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Carrier {
    /// The command that starts java; what cannot be seen through is refused.
    #[default]
    Auto,
    /// Where that cannot be seen, ENV JAVA_TOOL_OPTIONS: every JVM in the container reads it.
    Env,
}

/// A severity, or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Not reported.
    Off,
    /// Worth knowing.
    Note,
    /// It works, not as intended.
    Warning,
    /// Tracing will not work, or the container will not start.
    Error,
}

/// A larger configuration, in bytes, is not read.
const LARGEST: u64 = 256 << 10;

/// Reads a configuration file; messages call it `shown`.
///
/// # Errors
/// The file cannot be read, is no TOML, or has a key that is not known; the message names it and
/// lists the valid ones.
pub fn read(path: &Path, shown: &Path) -> Result<Config, String> {
    let shown = shown.display();
    let failed = |reason: String| format!("{shown}: cannot read the configuration: {reason}");
    let bytes = read_regular(path, LARGEST).map_err(|error| failed(error.to_string()))?;
    let bytes = bytes.ok_or_else(|| failed(format!("it is larger than {} KiB", LARGEST >> 10)))?;
    let text = String::from_utf8(bytes).map_err(|error| failed(error.to_string()))?;
    let config: Config = toml::from_str(&text)
        .map_err(|error| format!("{shown}: {}", error.to_string().trim_end()))?;
    let named = config.select.iter().chain(&config.ignore).chain(config.rules.keys());
    match named.into_iter().find(|rule| crate::rules::named(rule).is_none()) {
        Some(rule) => {
            Err(format!("{shown}: there is no rule {rule:?}; `entrypatch rules` lists them"))
        }
        None => Ok(config),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_named_with_the_valid_ones() {
        let error = toml::from_str::<Config>("servce = 'x'").unwrap_err().to_string();
        assert!(error.contains("unknown field `servce`"), "{error}");
        assert!(error.contains("`service`") && error.contains("`agent-path`"), "{error}");
        let error = toml::from_str::<Config>("[java]\nprofilng = false").unwrap_err().to_string();
        assert!(error.contains("`profilng`") && error.contains("`profiling`"), "{error}");
    }

    #[test]
    fn every_java_setting_has_a_key() {
        for setting in crate::settings::JAVA_SETTINGS {
            let text = format!("[java]\n{} = false", setting.name);
            let config: Config = toml::from_str(&text).unwrap();
            assert_eq!(config.java.get(setting.name), Some(&Switch::Flag(false)));
        }
    }
}
