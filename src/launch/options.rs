//! The JVM options that concern us, wherever a launch carries them: in argv, or in the variables
//! that a JVM reads by itself.

use crate::settings::{FLIGHT_RECORDER_OPTION, JavaSetting};

/// The variables that `java` reads, weakest first; for the same `-D` the last one wins and the
/// command line stands between JDK_JAVA_OPTIONS and _JAVA_OPTIONS (measured on Java 8 to 26).
pub const VARIABLES: &[&str] = &["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"];

/// The option that loads an agent; its value is `PATH[=ARGUMENTS]`.
pub const JAVA_AGENT: &str = "-javaagent:";

/// Options of Flight Recorder: a JVM without it exits with 1, `Unrecognized VM option`.
const OF_THE_RECORDER: &[&str] =
    &[FLIGHT_RECORDER_OPTION, "-XX:StartFlightRecording", "-XX:+FlightRecorder"];

/// Makes HotSpot start with `-XX:` options that it does not know.
pub const IGNORE_UNRECOGNIZED: &str = "-XX:+IgnoreUnrecognizedVMOptions";

/// Agents that trace or instrument as ours does: two of them in one JVM break it
/// (DataDog/dd-trace-java#4722: VerifyError) or are not supported.
///
/// To add one: a part of its jar's name (or, where that says nothing, of its folder's) in lower case,
/// and the name that people know.
const OTHER_TRACERS: &[(&str, &str)] = &[
    ("opentelemetry", "OpenTelemetry"),
    ("otel", "OpenTelemetry"),
    ("honeycomb", "Honeycomb"),
    ("applicationinsights", "Application Insights"),
    ("newrelic", "New Relic"),
    ("elastic-apm", "Elastic APM"),
    ("skywalking", "SkyWalking"),
    ("pinpoint", "Pinpoint"),
    ("scouter", "Scouter"),
    ("whatap", "WhaTap"),
    ("jennifer", "JENNIFER"),
    ("glowroot", "Glowroot"),
    ("appdynamics", "AppDynamics"),
    ("appserveragent", "AppDynamics"),
    ("signalfx", "SignalFx"),
    ("solarwinds", "SolarWinds"),
    ("instana", "Instana"),
    ("contrast", "Contrast"),
    ("lightrun", "Lightrun"),
    ("rookout", "Rookout"),
];

/// Where an option stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A word of argv, by its index.
    Word(usize),
    /// An environment variable that the file sets.
    Variable(String),
    /// A file of arguments, by the word that names it, and its path.
    File(usize, String),
}

impl Place {
    /// What people call it.
    pub fn name(&self) -> &str {
        match self {
            Self::Word(_) => "argv",
            Self::Variable(name) | Self::File(_, name) => name,
        }
    }

    /// The word that is the option itself.
    pub fn word(&self) -> Option<usize> {
        match self {
            Self::Word(word) => Some(*word),
            Self::Variable(_) | Self::File(..) => None,
        }
    }
}

/// An option and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedOption {
    /// The whole option.
    pub text: String,
    /// Where it stands.
    pub place: Place,
}

/// Splits the value of JAVA_TOOL_OPTIONS and its kin as the JVM does: at blanks, except inside
/// single or double quotes.
pub fn split_variable(value: &str) -> Vec<String> {
    let mut options = Vec::new();
    let mut option = String::new();
    let mut quote = None;
    for c in value.chars() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => option.push(c),
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c.is_whitespace() => {
                if !option.is_empty() {
                    options.push(std::mem::take(&mut option));
                }
            }
            None => option.push(c),
        }
    }
    if !option.is_empty() {
        options.push(option);
    }
    options
}

/// The path of the jar that a `-javaagent:` option loads.
pub fn agent_path(option: &str) -> Option<&str> {
    let value = option.strip_prefix(JAVA_AGENT)?;
    Some(value.split('=').next().unwrap_or(value))
}

/// Whether a jar is Datadog's tracer, under any version or folder.
pub fn is_datadog_agent(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    let name = crate::wrappers::base_name(&path);
    ["dd-java-agent", "dd-trace", "datadog"].iter().any(|part| name.contains(part))
}

/// The name of the other tracer that an option loads.
pub fn other_tracer(option: &str) -> Option<&'static str> {
    let path = agent_path(option).or_else(|| option.strip_prefix("-agentpath:"))?;
    let path = path.to_ascii_lowercase();
    if path.contains("oneagent") {
        return Some("Dynatrace OneAgent");
    }
    // The jar's own name decides, unless it says nothing: AppDynamics ships a javaagent.jar.
    let name = crate::wrappers::base_name(&path);
    let telling = if matches!(name, "javaagent.jar" | "agent.jar") { &path } else { name };
    let found = OTHER_TRACERS.iter().find(|(part, _)| telling.contains(part));
    found.map(|(_, name)| *name)
}

/// The value that an option gives to a setting.
pub fn value_of<'o>(option: &'o str, setting: &JavaSetting) -> Option<&'o str> {
    if setting.properties.is_empty() {
        return flight_recorder_value(option);
    }
    let settles = |(name, _): &(&str, &str)| setting.properties.contains(name);
    agent_arguments(option).chain(property(option)).find(settles).map(|(_, value)| value)
}

/// What `-javaagent:dd-java-agent.jar=dd.service=a,dd.env=b` hands to our agent.
fn agent_arguments(option: &str) -> impl Iterator<Item = (&str, &str)> {
    let arguments = agent_path(option)
        .filter(|path| is_datadog_agent(path))
        .and_then(|path| option.strip_prefix(JAVA_AGENT)?.get(path.len() + 1..))
        .unwrap_or_default();
    arguments.split(',').filter_map(|argument| argument.split_once('='))
}

/// `-Dname=value` as name and value; `-Dname` has an empty value.
pub fn property(option: &str) -> Option<(&str, &str)> {
    let definition = option.strip_prefix("-D")?;
    Some(definition.split_once('=').unwrap_or((definition, "")))
}

/// The value of a FlightRecorderOptions option; the JVM takes `=` and `:` in front of it.
pub fn flight_recorder_value(option: &str) -> Option<&str> {
    option.strip_prefix(FLIGHT_RECORDER_OPTION)?.strip_prefix(['=', ':'])
}

/// Whether an option concerns Flight Recorder.
pub fn is_of_the_recorder(option: &str) -> bool {
    OF_THE_RECORDER.iter().any(|name| {
        let rest = option.strip_prefix(name);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['=', ':']))
    })
}

/// Adds the stack depth of `wanted` to a FlightRecorderOptions that has none; `None` when it has
/// one, or when its value is cut off by a `;` (the JVM silently ignores what follows that).
///
/// Two FlightRecorderOptions do not merge, the last whole string wins: hence inside the value.
pub fn with_stack_depth(option: &str, wanted: &str) -> Option<String> {
    let value = flight_recorder_value(option)?;
    let depth = wanted.split(',').find(|pair| pair.starts_with("stackdepth="))?;
    let has_depth = value.split(',').any(|pair| pair.trim_start().starts_with("stackdepth="));
    if has_depth || value.contains(';') {
        return None;
    }
    let comma = if value.is_empty() || value.ends_with(',') { "" } else { "," };
    Some(format!("{option}{comma}{depth}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_split_as_the_jvm_splits_them() {
        assert_eq!(split_variable(" -Da=b  -Dc='d e' \"-Xmx1g\""), ["-Da=b", "-Dc=d e", "-Xmx1g"]);
    }

    #[test]
    fn agents_are_told_apart() {
        assert!(is_datadog_agent("/opt/dd-java-agent-1.65.1.jar"));
        assert!(is_datadog_agent("C:/x/DD-JAVA-AGENT.JAR"));
        assert!(!is_datadog_agent("/opt/datadog/jacocoagent.jar"));
        let table = [
            ("-javaagent:/opt/newrelic/newrelic.jar", Some("New Relic")),
            ("-javaagent:/opt/appdynamics/javaagent.jar", Some("AppDynamics")),
            (
                "-agentpath:/opt/dynatrace/oneagent/lib64/liboneagentloader.so",
                Some("Dynatrace OneAgent"),
            ),
            ("-javaagent:/opt/grafana-opentelemetry-java.jar", Some("OpenTelemetry")),
            ("-javaagent:/otel/agent.jar", Some("OpenTelemetry")),
            ("-javaagent:/srv/contrast/jmx_prometheus_javaagent.jar", None),
            ("-javaagent:/jacocoagent.jar=destfile=/pinpoint/x.exec", None),
            ("-javaagent:/opt/jmx_prometheus_javaagent.jar=9404:/c.yml", None),
            ("-Dnewrelic.x=y", None),
        ];
        for (option, expected) in table {
            assert_eq!(other_tracer(option), expected, "{option}");
        }
        assert_eq!(agent_path("-javaagent:/a.jar=dd.service=x"), Some("/a.jar"));
    }

    #[test]
    fn a_recorder_option_is_completed_inside_its_value() {
        let table = [
            ("-XX:FlightRecorderOptions=maxchunksize=10M", Some(",stackdepth=256")),
            ("-XX:FlightRecorderOptions:maxsize=1M,", Some("stackdepth=256")),
            ("-XX:FlightRecorderOptions=", Some("stackdepth=256")),
            ("-XX:FlightRecorderOptions=stackdepth=64", None),
            ("-XX:FlightRecorderOptions=maxsize=1M;stackdepth=9", None),
            ("-XX:+FlightRecorder", None),
        ];
        for (option, added) in table {
            let expected = added.map(|added| format!("{option}{added}"));
            assert_eq!(with_stack_depth(option, "stackdepth=256"), expected, "{option}");
        }
    }
}
