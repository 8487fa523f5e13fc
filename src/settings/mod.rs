//! What to insert and which findings count: flags over `entrypatch.toml` over defaults.

mod deploy;
mod java;
mod validate;
mod values;

use std::collections::BTreeMap;

use clap::{ArgAction, ArgMatches, Args, FromArgMatches};
use serde::Deserialize;

use crate::datadog::sites::DEFAULT_SITE;
use crate::images::{ImageConfig, Images};

pub use deploy::{Deploy, Link};
pub use java::{
    AGENT_HOST, Choice, FLIGHT_RECORDER, FLIGHT_RECORDER_OPTION, JAVA_SETTINGS, JavaSetting,
    JavaSwitches, SERVICE, Switch,
};
pub use validate::validate_agent_path;
pub use values::{Carrier, Level, NodeMode, Preset, Provide};

/// Where the agent's jar goes by default; the article's path.
pub const DEFAULT_AGENT_PATH: &str = "/usr/agent/dd-java-agent.jar";
/// Where the jar comes from by default: the latest release of the tracer's major version 1.
pub const DEFAULT_AGENT_URL: &str = "https://dtdg.co/java-tracer-v1";
/// The image of the Agent beside a service by default: the Agent's major version 7.
pub const DEFAULT_AGENT_CONTAINER_IMAGE: &str = "public.ecr.aws/datadog/agent:7";
/// The jar in the build context by default.
pub const DEFAULT_AGENT_FILE: &str = "dd-java-agent.jar";

/// Every setting, declared once: its flag, its key in `entrypatch.toml`, its value and what the help
/// says of it.
///
/// To add one: a field, in the order of the help. Its name is the flag's and the key's; its comment, of
/// one sentence, is the help; `skip` is for one that has only a key, or only a flag. The type's default
/// is the setting's. What the JVM, Docker or Datadog would misread is refused in `validate.rs`. A test
/// says which row the table in the README lacks then. A setting of the Java tracer is a row of
/// [`JAVA_SETTINGS`] instead.
#[derive(Debug, Clone, Default, Args, Deserialize)]
#[command(next_help_heading = "Settings (also in entrypatch.toml)")]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// dd.service [default: derived from pom.xml, settings.gradle, package.json or the folder]
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// dd.env
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// dd.version
    #[arg(long, value_name = "VERSION")]
    pub app_version: Option<String>,
    /// dd.agent.host [default: localhost]
    #[arg(long, value_name = "HOST")]
    pub agent_host: Option<String>,
    /// Where the agent's jar lies in the image [default: /usr/agent/dd-java-agent.jar]
    #[arg(long, value_name = "PATH")]
    pub agent_path: Option<String>,
    /// Where the jar is downloaded from [default: https://dtdg.co/java-tracer-v1]
    #[arg(long, value_name = "URL")]
    pub agent_url: Option<String>,
    /// The SHA-256 of what the URL gives: `sha256:…`; the URL must name a version
    #[arg(skip)]
    pub agent_checksum: Option<String>,
    /// For `provide = "copy"`: the jar in the build context
    #[arg(skip)]
    pub agent_file: Option<String>,
    /// For `provide = "copy-from"`: one of Datadog's images with the tracer
    #[arg(skip)]
    pub agent_image: Option<String>,
    /// The ARN of the secret that holds Datadog's API key: with it, `fix` adds the Agent to tasks on Fargate
    #[arg(long, value_name = "ARN")]
    pub api_key_secret: Option<String>,
    /// The site of Datadog that the Agent sends to [default: datadoghq.com]
    #[arg(long, value_name = "SITE")]
    pub site: Option<String>,
    /// The image of the Agent that is put into a task [default: public.ecr.aws/datadog/agent:7]
    #[arg(skip)]
    pub agent_container_image: Option<String>,
    /// Which arguments are inserted [default: fargate]
    #[arg(long, value_enum, required = false)]
    pub preset: Preset,
    /// How the jar gets into the image [default: add]
    #[arg(long, value_enum, required = false)]
    pub provide: Provide,
    /// What carries the options where the start cannot be seen through [default: auto]
    #[arg(long, value_enum, required = false)]
    pub carrier: Carrier,
    /// How the tracer gets into a Node application [default: auto]
    #[arg(long, value_enum, required = false)]
    pub node_mode: NodeMode,
    /// Add dd-trace to package.json where it is missing; the lock file is yours to bring up to date
    #[arg(long)]
    #[serde(skip)]
    pub add_dependency: bool,
    /// The stage to read instead of the last one
    #[arg(long, value_name = "STAGE")]
    pub target: Option<String>,
    /// Overwrite values that are there, and instrument beside another tracer
    // Not clap's usual switch, which says `false` where the flag is not given: the key would not count.
    #[arg(long, action = ArgAction::Set, num_args = 0, default_missing_value = "true", required = false)]
    pub force: bool,
    /// Patterns of files and folders to leave out, as in `.gitignore`
    #[arg(skip)]
    pub exclude: Vec<String>,
    /// Report these rules only
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Do not report these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// Settings of the Java tracer: a value, or `false` to leave one out
    #[arg(skip)]
    pub java: JavaSwitches,
    /// What is known of images that only the user knows, by patterns on their references
    #[arg(skip)]
    pub images: BTreeMap<String, ImageConfig>,
    /// Which task definitions run the image of which Dockerfile
    #[arg(skip)]
    pub deploy: Deploy,
    /// The severity of a rule, or `"off"`
    #[arg(skip)]
    pub rules: BTreeMap<String, Level>,

    /// What follows from `images`, once [`Settings::checked`].
    #[arg(skip)]
    #[serde(skip)]
    pub known_images: Images,
    /// What follows from `deploy`, once the folder of the configuration is known.
    #[arg(skip)]
    #[serde(skip)]
    pub links: Vec<Link>,
}

impl Settings {
    /// The settings, if every value is good.
    ///
    /// # Errors
    /// A value that the JVM, Docker or Datadog would misread, with the reason.
    pub fn checked(mut self) -> Result<Self, String> {
        self.known_images = Images::new(&self.images)?;
        validate::settings(&self)?;
        Ok(self)
    }

    /// Where the jar is expected.
    pub fn agent_path(&self) -> &str {
        self.agent_path.as_deref().unwrap_or(DEFAULT_AGENT_PATH)
    }

    /// Where the jar is downloaded from.
    pub fn agent_url(&self) -> &str {
        self.agent_url.as_deref().unwrap_or(DEFAULT_AGENT_URL)
    }

    /// The jar in the build context.
    pub fn agent_file(&self) -> &str {
        self.agent_file.as_deref().unwrap_or(DEFAULT_AGENT_FILE)
    }

    /// The site of Datadog.
    pub fn site(&self) -> &str {
        self.site.as_deref().unwrap_or(DEFAULT_SITE)
    }

    /// The image of the Agent's container.
    pub fn agent_container_image(&self) -> &str {
        self.agent_container_image.as_deref().unwrap_or(DEFAULT_AGENT_CONTAINER_IMAGE)
    }

    /// Whether settings that have a variable go into an ENV rather than into the command.
    pub fn as_variables(&self) -> bool {
        self.preset == Preset::Env
    }

    /// What is known of images.
    pub fn images(&self) -> &Images {
        &self.known_images
    }
}

/// The settings that were given as flags, to be laid over a configuration.
#[derive(Debug, Clone)]
pub struct Flags(ArgMatches);

impl Flags {
    /// Lays the flags over a configuration: each replaces the key of its name, but `--ignore` adds to it.
    ///
    /// # Errors
    /// None that a command line can cause: clap has read the flags already.
    pub fn over(&self, mut settings: Settings) -> Result<Settings, String> {
        let mut alone = Settings::default();
        let ignored = settings.ignore.clone();
        for into in [&mut alone, &mut settings] {
            into.update_from_arg_matches(&self.0).map_err(|error| error.to_string())?;
        }
        settings.ignore = ignored.into_iter().chain(alone.ignore.iter().cloned()).collect();
        // A flag also wins over the `[java]` key of the same setting.
        let is_a_flag = |setting: &JavaSetting| (setting.given)(&alone).is_some();
        settings.java.retain(|setting| !is_a_flag(setting));
        Ok(settings)
    }
}

/// Takes the flags from clap as they were given, without what stands for those that were not.
impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        Ok(Self(matches.clone()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.0 = matches.clone();
        Ok(())
    }
}

impl Args for Flags {
    fn augment_args(command: clap::Command) -> clap::Command {
        Settings::augment_args(command)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Settings::augment_args_for_update(command)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(value: &str) -> Result<Settings, String> {
        Settings { service: Some(value.to_owned()), ..Settings::default() }.checked()
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
            let settings = Settings { agent_path: Some(path.to_owned()), ..Settings::default() };
            let error = settings.checked().unwrap_err();
            assert!(error.contains(reason), "{path}: {error}");
        }
    }

    #[test]
    fn an_unknown_key_is_named_with_the_valid_ones() {
        let error = toml::from_str::<Settings>("servce = 'x'").unwrap_err().to_string();
        assert!(error.contains("unknown field `servce`"), "{error}");
        assert!(error.contains("`service`") && error.contains("`agent-path`"), "{error}");
    }

    #[test]
    fn a_flag_replaces_a_key_and_one_to_ignore_adds_to_it() {
        let file = "service = 'a'\nforce = true\nselect = ['x']\nignore = ['y']\npreset = 'env'\n\
                    [java]\nenv = 'q'\nversion = 'q'\n";
        let over = |arguments: &[&str]| {
            let command = Flags::augment_args(clap::Command::new("").no_binary_name(true));
            let flags = Flags::from_arg_matches(&command.get_matches_from(arguments)).unwrap();
            flags.over(toml::from_str(file).unwrap()).unwrap()
        };
        let none = over(&[]);
        assert_eq!(none.service.as_deref(), Some("a"));
        assert!(none.force && !none.add_dependency && none.as_variables());
        assert_eq!((none.select, none.ignore), (vec!["x".to_owned()], vec!["y".to_owned()]));

        let flags = ["--service=b", "--add-dependency", "--select=s", "--ignore=i", "--env=e"];
        let all = over(&flags);
        assert_eq!(all.service.as_deref(), Some("b"));
        assert!(all.force && all.add_dependency && all.as_variables());
        assert_eq!(all.select, ["s"]);
        assert_eq!(all.ignore, ["y", "i"]);
        assert_eq!(all.choice("env"), Some(Choice::Explicit("e")));
        assert_eq!(all.choice("version"), Some(Choice::Explicit("q")));
    }
}
