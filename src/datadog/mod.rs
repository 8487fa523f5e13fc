//! The settings that Datadog's programs know by name, and the nearest one to a name that none knows.
//!
//! A container of a service may carry settings of the tracer, of the Agent beside it, of the injector
//! or of a serverless wrapper: a name that any of them knows is known. The lists are facts taken from
//! published packages; `regenerate` in this folder writes them anew. They are only searched where a
//! file holds such a name, so that they cost nothing at the start.

pub mod sites;

use std::collections::HashSet;
use std::sync::LazyLock;

use strsim::osa_distance;

/// What the Java tracer reads: the names that may be meant.
const JAVA_NAMES: &str = include_str!("java_names.txt");

/// What the other tracers and the Agent read.
const OTHER_NAMES: &[&str] = &[include_str!("tracer_names.txt"), include_str!("agent_names.txt")];

/// What every setting begins with.
pub const PREFIX: &str = "DD_";

/// Names with a free part in them, as what stands in front of and behind it: a switch for each
/// integration, in the spellings that the tracers read.
///
/// To add one: a row, with the place that documents it.
const PATTERNS: &[(&str, &str)] = &[
    // https://docs.datadoghq.com/tracing/trace_collection/compatibility/java/
    ("DD_TRACE_", "_ENABLED"),
    ("DD_INTEGRATION_", "_ENABLED"),
    ("DD_", "_ANALYTICS_ENABLED"),
    ("DD_", "_ANALYTICS_SAMPLE_RATE"),
    ("DD_JMXFETCH_", "_ENABLED"),
    // Of other languages: a service name or the propagation of an integration.
    ("DD_", "_SERVICE"),
    ("DD_", "_PROPAGATION_ENABLED"),
    // Sections of the Agent's configuration: each key is a variable.
    // https://docs.datadoghq.com/agent/configuration/agent-configuration-files/
    ("DD_ADMISSION_CONTROLLER_", ""),
    ("DD_AGENT_", ""),
    ("DD_APM_", ""),
    ("DD_AUTOCONF", ""),
    ("DD_CHECKS_", ""),
    ("DD_CLUSTER_", ""),
    ("DD_COLLECT_", ""),
    ("DD_COMPLIANCE_CONFIG_", ""),
    ("DD_CONTAINER_", ""),
    ("DD_CRI_", ""),
    ("DD_DISABLE_", ""),
    ("DD_DOCKER_", ""),
    ("DD_DOGSTATSD_", ""),
    ("DD_DOTNET_", ""),
    ("DD_ECS_", ""),
    ("DD_ENABLE_", ""),
    ("DD_EXCLUDE_", ""),
    ("DD_EXTERNAL_METRICS_PROVIDER_", ""),
    ("DD_FLEET_", ""),
    ("DD_FORWARDER_", ""),
    ("DD_INSTALLER_", ""),
    ("DD_INVENTORIES_", ""),
    ("DD_KUBE", ""),
    ("DD_LAMBDA_", ""),
    ("DD_LEADER_", ""),
    ("DD_LOGS_CONFIG_", ""),
    ("DD_LOG_FILE_", ""),
    ("DD_NETWORK_", ""),
    ("DD_ORCHESTRATOR_", ""),
    ("DD_OTLP_CONFIG_", ""),
    ("DD_PROCESS_", ""),
    ("DD_PROXY_", ""),
    ("DD_REMOTE_UPDATES", ""),
    ("DD_RUNTIME_SECURITY_", ""),
    ("DD_SBOM_", ""),
    ("DD_SECRET_", ""),
    ("DD_SECURITY_AGENT_", ""),
    ("DD_SERVERLESS_", ""),
    ("DD_SYSTEM_PROBE_", ""),
];

/// Names that people write for another one, which is further away than a slip of the pen.
const MISTAKES: &[(&str, &str)] = &[
    ("DD_ENVIRONMENT", "DD_ENV"),
    ("DD_PROFILER_ENABLED", "DD_PROFILING_ENABLED"),
    ("DD_SAMPLE_RATE", "DD_TRACE_SAMPLE_RATE"),
    ("DD_SERVICE_VERSION", "DD_VERSION"),
    ("DD_TAG", "DD_TAGS"),
    ("DD_TRACE_SAMPLING_RATE", "DD_TRACE_SAMPLE_RATE"),
];

/// The variable that sets a property: in upper case, with dots and dashes as underscores.
/// <https://docs.datadoghq.com/tracing/trace_collection/library_config/java/>
pub fn variable(property: &str) -> String {
    property.to_ascii_uppercase().replace(['.', '-'], "_")
}

/// Whether one of Datadog's programs reads a variable of that name.
pub fn is_known(name: &str) -> bool {
    let fits = |(start, end): &(&str, &str)| {
        name.strip_prefix(start)
            .and_then(|rest| rest.strip_suffix(end))
            .is_some_and(|free| !free.is_empty())
    };
    NAMES.contains(name) || PATTERNS.iter().any(fits)
}

/// All of them, put together when the first name is looked for.
static NAMES: LazyLock<HashSet<&str>> =
    LazyLock::new(|| OTHER_NAMES.iter().chain([&JAVA_NAMES]).flat_map(|one| lines(one)).collect());

/// The setting of the Java tracer that was meant by a name that nobody knows; `None` where the name
/// is known, or like no other.
pub fn meant(name: &str) -> Option<&'static str> {
    if !name.starts_with(PREFIX) || is_known(name) {
        return None;
    }
    let mistake = MISTAKES.iter().find(|(wrong, _)| *wrong == name).map(|(_, right)| *right);
    mistake.or_else(|| with_or_without_switch(name)).or_else(|| nearest(name))
}

/// `DD_PROFILING` for `DD_PROFILING_ENABLED`, and the other way round.
fn with_or_without_switch(name: &str) -> Option<&'static str> {
    const SWITCH: &str = "_ENABLED";
    java_names().find(|known| match name.strip_suffix(SWITCH) {
        Some(without) => without == *known,
        None => known.strip_suffix(SWITCH) == Some(name),
    })
}

/// The nearest name, by letters that are left out, added, exchanged or swapped: one, or two in a
/// long name. (The shorter the name, the more likely is it another word.)
fn nearest(name: &str) -> Option<&'static str> {
    let most = match name.len() - PREFIX.len() {
        0..=3 => return None,
        4..=9 => 1,
        _ => 2,
    };
    let near =
        |known: &&str| known.len().abs_diff(name.len()) <= most && !differs_in_digits(known, name);
    let distances = java_names().filter(near).map(|known| (osa_distance(known, name), known));
    let (distance, known) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= most).then_some(known)
}

/// `…_V1_…` is no slip for `…_V2_…`.
fn differs_in_digits(one: &str, other: &str) -> bool {
    let letters = |text: &str| text.replace(|c: char| c.is_ascii_digit(), "");
    letters(one) == letters(other)
}

fn java_names() -> impl Iterator<Item = &'static str> {
    lines(JAVA_NAMES)
}

fn lines(names: &'static str) -> impl Iterator<Item = &'static str> {
    names.lines().filter(|line| !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_what_any_program_of_datadog_reads_is_known() {
        let table = [
            ("DD_LOG_INJECTION", Some("DD_LOGS_INJECTION")),
            ("DD_SERVCIE", Some("DD_SERVICE")),
            ("DD_SERVICES", Some("DD_SERVICE")),
            ("DD_PROFILING_ENABLE", Some("DD_PROFILING_ENABLED")),
            ("DD_PROFILING", Some("DD_PROFILING_ENABLED")),
            ("DD_TRACES_ENABLED", Some("DD_TRACE_ENABLED")),
            ("DD_ENVIRONMENT", Some("DD_ENV")),
            // Known: to the Java tracer, by an old name, by a pattern, to others.
            ("DD_SERVICE_NAME", None),
            ("DD_LOGS_INJECTION_ENABLED", None),
            ("DD_TRACE_KAFKA_ENABLED", None),
            ("DD_JMXFETCH_TOMCAT_ENABLED", None),
            ("DD_APM_NON_LOCAL_TRAFFIC", None),
            ("DD_HOSTNAME", None),
            ("DD_API_KEY", None),
            ("DD_LOGS_ENABLED", None),
            ("DD_TRACE_AGENT_HOSTNAME", None),
            // Like no other: somebody's own.
            ("DD_DATABASE_URL", None),
            ("DD_DEBUG", None),
            ("DD_PORT", None),
            ("DD_", None),
            ("DD_É", None),
            ("LOG_INJECTION", None),
        ];
        for (name, expected) in table {
            assert_eq!(meant(name), expected, "{name}");
        }
    }

    #[test]
    fn lists_are_sorted_and_mean_themselves() {
        for names in OTHER_NAMES.iter().chain([&JAVA_NAMES]) {
            assert!(lines(names).is_sorted());
            assert!(lines(names).all(|name| name.starts_with(PREFIX) && meant(name).is_none()));
        }
        for (wrong, right) in MISTAKES {
            assert!(!is_known(wrong), "{wrong}");
            assert!(java_names().any(|known| known == *right), "{right}");
        }
    }
}
