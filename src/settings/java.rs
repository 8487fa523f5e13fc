//! The settings of the Java tracer that can be inserted: one row each, and what to do with it.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use super::{Preset, Settings, validate};

/// One setting of the tracer that can be inserted, in the order in which they are.
///
/// To add one: a row in [`JAVA_SETTINGS`]. A test says what the table in the README lacks then.
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
    /// What its own flag and key outside `[java]` say, where it has them.
    pub given: fn(&Settings) -> Option<&str>,
    /// Whether a value is what the JVM and Datadog read as it stands; if not, why.
    pub validate: fn(&str) -> Result<(), String>,
}

/// The setting whose default the deployment may contradict.
pub const AGENT_HOST: &str = "agent-host";
/// The setting whose value may be derived from the files around.
pub const SERVICE: &str = "service";
/// The setting that only some JVMs accept.
pub const FLIGHT_RECORDER: &str = "flight-recorder";

/// What the option of [`FLIGHT_RECORDER`] begins with; `=` or `:` follows.
pub const FLIGHT_RECORDER_OPTION: &str = "-XX:FlightRecorderOptions";

/// The settings, in the order of the inserted arguments.
///
/// Names and aliases: dd-trace-java's `metadata/supported-configurations.json`.
pub const JAVA_SETTINGS: &[JavaSetting] = &[
    JavaSetting {
        name: AGENT_HOST,
        properties: &["dd.agent.host", "dd.trace.agent.url", "dd.trace.agent.unix.domain.socket"],
        default: Some("localhost"),
        minimal: false,
        given: |settings| settings.agent_host.as_deref(),
        validate: validate::one_word,
    },
    JavaSetting {
        name: "profiling",
        properties: &["dd.profiling.enabled"],
        default: Some("true"),
        minimal: false,
        given: |_| None,
        validate: validate::one_word,
    },
    JavaSetting {
        name: FLIGHT_RECORDER,
        properties: &[],
        default: Some("stackdepth=256"),
        minimal: false,
        given: |_| None,
        validate: validate::recorder,
    },
    JavaSetting {
        name: "logs-injection",
        properties: &["dd.logs.injection", "dd.logs.injection.enabled"],
        default: Some("true"),
        minimal: false,
        given: |_| None,
        validate: validate::one_word,
    },
    JavaSetting {
        name: SERVICE,
        properties: &["dd.service", "dd.service.name"],
        default: None,
        minimal: true,
        given: |settings| settings.service.as_deref(),
        validate: validate::tag,
    },
    JavaSetting {
        name: "env",
        properties: &["dd.env"],
        default: None,
        minimal: true,
        given: |settings| settings.env.as_deref(),
        validate: validate::tag,
    },
    JavaSetting {
        name: "version",
        properties: &["dd.version"],
        default: None,
        minimal: true,
        given: |settings| settings.app_version.as_deref(),
        validate: validate::tag,
    },
];

/// The keys under `[java]`: the names of [`JAVA_SETTINGS`].
const KEYS: &[&str] = &{
    let mut keys = [""; JAVA_SETTINGS.len()];
    let mut at = 0;
    while at < keys.len() {
        keys[at] = JAVA_SETTINGS[at].name;
        at += 1;
    }
    keys
};

impl JavaSetting {
    /// The JVM option that sets it.
    pub fn option(&self, value: &str) -> String {
        match self.properties.first() {
            Some(property) => format!("-D{property}={value}"),
            None => format!("{FLIGHT_RECORDER_OPTION}={value}"),
        }
    }

    /// The environment variables that set it.
    pub fn variables(&self) -> impl Iterator<Item = String> {
        self.properties.iter().map(|property| crate::datadog::variable(property))
    }
}

/// What to do with one setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice<'s> {
    /// Never insert it.
    Off,
    /// Insert it with this value, which nobody asked for by name.
    Default(&'s str),
    /// Insert this value, from a flag or the configuration.
    Explicit(&'s str),
}

impl Settings {
    /// What to do with each row of [`JAVA_SETTINGS`].
    pub fn choices(&self) -> impl Iterator<Item = (&'static JavaSetting, Choice<'_>)> {
        JAVA_SETTINGS.iter().map(|setting| (setting, self.choose(setting)))
    }

    /// What to do with the row of that name.
    pub fn choice(&self, name: &str) -> Option<Choice<'_>> {
        self.choices().find(|(setting, _)| setting.name == name).map(|(_, choice)| choice)
    }

    fn choose(&self, setting: &JavaSetting) -> Choice<'_> {
        let in_preset = match self.preset {
            Preset::Fargate => true,
            Preset::Minimal => setting.minimal,
            Preset::Env => setting.name != FLIGHT_RECORDER,
        };
        match ((setting.given)(self), self.java.get(setting.name), setting.default) {
            (_, Some(Switch::Flag(false)), _) => Choice::Off,
            (Some(value), _, _) => Choice::Explicit(value),
            (None, Some(Switch::Value(value)), _) => Choice::Explicit(value),
            (None, Some(Switch::Flag(true)), Some(value)) => Choice::Explicit(value),
            (None, None, Some(value)) if in_preset => Choice::Default(value),
            // A service name is looked for in the files around.
            (None, _, None) if setting.name == SERVICE && in_preset => Choice::Default(""),
            _ => Choice::Off,
        }
    }
}

/// `true`, `false` or a value.
#[derive(Debug, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(untagged, expecting = "expected true, false or a string")]
pub enum Switch {
    /// On with its default value, or off.
    Flag(bool),
    /// On with this value.
    Value(String),
}

/// What stands under `[java]`: switches by the names of [`JAVA_SETTINGS`].
#[derive(Debug, Clone, Default)]
pub struct JavaSwitches(BTreeMap<String, Switch>);

impl JavaSwitches {
    /// The switch of that name, where it is set.
    pub fn get(&self, name: &str) -> Option<&Switch> {
        self.0.get(name)
    }

    /// Drops the switches of the rows that `is_kept` says no to.
    pub(super) fn retain(&mut self, is_kept: impl Fn(&JavaSetting) -> bool) {
        for setting in JAVA_SETTINGS.iter().filter(|setting| !is_kept(setting)) {
            self.0.remove(setting.name);
        }
    }
}

impl FromIterator<(String, Switch)> for JavaSwitches {
    fn from_iter<T: IntoIterator<Item = (String, Switch)>>(switches: T) -> Self {
        Self(switches.into_iter().collect())
    }
}

impl<'de> Deserialize<'de> for JavaSwitches {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Rows)
    }
}

/// Reads a table whose keys are [`KEYS`].
struct Rows;

impl<'de> Visitor<'de> for Rows {
    type Value = JavaSwitches;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("struct JavaSwitches")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<JavaSwitches, A::Error> {
        let mut switches = BTreeMap::new();
        while let Some((Key(name), switch)) = map.next_entry()? {
            switches.insert(name, switch);
        }
        Ok(JavaSwitches(switches))
    }
}

/// One of [`KEYS`].
struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        match KEYS.contains(&name.as_str()) {
            true => Ok(Self(name)),
            false => Err(de::Error::unknown_field(&name, KEYS)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_key_is_named_with_the_valid_ones() {
        let error = toml::from_str::<Settings>("[java]\nprofilng = false").unwrap_err().to_string();
        assert!(error.contains("`profilng`") && error.contains("`profiling`"), "{error}");
        assert!(error.contains("line 2, column 1"), "{error}");
    }

    #[test]
    fn every_setting_can_be_turned_off() {
        for setting in JAVA_SETTINGS {
            let text = format!("service = 's'\nenv = 'e'\n[java]\n{} = false", setting.name);
            let settings: Settings = toml::from_str(&text).unwrap();
            assert_eq!(settings.choice(setting.name), Some(Choice::Off), "{text}");
        }
    }

    #[test]
    fn variables_follow_the_properties() {
        let host = &JAVA_SETTINGS[0];
        assert_eq!(host.variables().next().as_deref(), Some("DD_AGENT_HOST"));
        assert_eq!(host.option("localhost"), "-Ddd.agent.host=localhost");
    }
}
