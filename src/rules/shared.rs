//! What several rules ask about a launch.

use super::{Context, Rule};
use crate::deployed::Reach;
use crate::facts::join;
use crate::finding::{Finding, Op};
use crate::images::FlightRecorder;
use crate::jar::{Provision, comes_from_datadog, jar_line, provision};
use crate::launch::ObstacleKind;
use crate::launch::options::{self, JAVA_AGENT, Place, PlacedOption};
use crate::settings::{
    AGENT_HOST, Choice, FLIGHT_RECORDER, JAVA_SETTINGS, JavaSetting, SERVICE, validate_agent_path,
};

/// The Datadog agent of a launch: the option that loads it, wherever it stands.
pub(super) fn datadog_agent<'c>(context: &'c Context<'_>) -> Option<&'c PlacedOption> {
    context.jvm_options().iter().find(|option| is_ours(context, &option.text))
}

/// Whether an option loads the Datadog agent: by its jar's usual name, by the
/// configured path, or because the file takes it from where Datadog publishes it.
pub(super) fn is_ours(context: &Context<'_>, option: &str) -> bool {
    options::agent_path(option).is_some_and(|path| {
        path == context.settings.agent_path()
            || options::is_datadog_agent(path)
            || comes_from_datadog(context.file, context.facts, path)
    })
}

/// The finding of a rule that says what keeps a launch from being read.
pub(super) fn obstacle(
    context: &Context<'_>,
    rule: &Rule,
    kind: ObstacleKind,
    help: &str,
) -> Option<Finding> {
    let obstacle = context.launch.obstacle.as_ref().filter(|obstacle| obstacle.kind == kind)?;
    let place = context.here();
    Some(rule.finding(place, obstacle.reason.clone()).help(help).refusing())
}

/// The JVM that a launch runs: the base image's, or the one that the file puts there.
pub(super) fn whose_jvm(context: &Context<'_>) -> String {
    let (image, jvm) = (&context.launch.image, context.launch.jvm);
    if image.has_java.is_none() || jvm == image.jvm {
        return context.facts.image.clone().unwrap_or_else(|| "the base image".to_owned());
    }
    match jvm.java {
        Some(java) => format!("the Java {java} that the file puts there"),
        None if image.carries_java() => "one of the JVMs that may run here".to_owned(),
        None => "the Java that the file puts there".to_owned(),
    }
}

/// Something that settles a setting already, and its value.
pub(super) struct Present {
    pub(super) value: String,
    pub(super) place: Place,
}

/// What settles a setting already: a JVM option in argv or a variable, or its own variable.
///
/// The last one wins, as in the JVM; a property beats the tracer's variable.
pub(super) fn present(context: &Context<'_>, setting: &JavaSetting) -> Option<Present> {
    let by_option = context.jvm_options().iter().rev().find_map(|option| {
        let value = options::value_of(&option.text, setting)?.to_owned();
        Some(Present { value, place: option.place.clone() })
    });
    by_option.or_else(|| {
        let environment = &context.launch.environment;
        setting.variables().find_map(|name| {
            let value = environment.get(&name)?.clone();
            Some(Present { value, place: Place::Variable(name) })
        })
    })
}

/// The value to insert for a setting, where it is to be inserted at all.
pub(super) fn wanted(context: &Context<'_>, setting: &JavaSetting) -> Option<String> {
    let choice = context.settings.choice(setting.name)?;
    if setting.name == FLIGHT_RECORDER && !recorder_allowed(context, choice) {
        return None;
    }
    match choice {
        Choice::Off => None,
        Choice::Default(_) if setting.name == SERVICE => {
            context.surroundings.service().map(str::to_owned)
        }
        Choice::Default(value) if setting.name == AGENT_HOST => deployed_host(context, value),
        Choice::Default(value) | Choice::Explicit(value) => Some(value.to_owned()),
    }
}

/// The host of the Agent by the tasks that run the image, where they are known: none, where one of them has
/// it elsewhere than the others, says it by itself, or has none.
fn deployed_host(context: &Context<'_>, default: &str) -> Option<String> {
    let Some((first, others)) = context.deployed.split_first() else {
        return Some(default.to_owned());
    };
    let Reach::At(host) = &first.reach else { return None };
    others.iter().all(|one| one.reach == first.reach).then(|| host.clone())
}

/// FlightRecorderOptions stop a JVM that does not know them: they go in where the image's JVM is
/// known to take them, or where the configuration asks for them and nothing is known.
fn recorder_allowed(context: &Context<'_>, choice: Choice<'_>) -> bool {
    match context.launch.jvm.flight_recorder {
        FlightRecorder::Accepted => true,
        FlightRecorder::Unknown => matches!(choice, Choice::Explicit(_)),
        FlightRecorder::Refused => false,
    }
}

/// The settings that nothing settles yet, as wishes, each with its row.
pub(super) fn missing(context: &Context<'_>) -> Vec<(&'static JavaSetting, Op)> {
    let mut missing = Vec::new();
    for (rank, setting) in JAVA_SETTINGS.iter().enumerate() {
        let Some(value) = wanted(context, setting) else { continue };
        if let Some(op) = wish(context, setting, rank + 1, &value) {
            missing.push((setting, op));
        }
    }
    missing
}

/// The agent and everything that is not settled yet, as options in their order.
pub(super) fn all_options(context: &Context<'_>) -> Vec<String> {
    let agent = format!("{JAVA_AGENT}{}", context.settings.agent_path());
    let others = missing(context).into_iter().filter_map(|(_, op)| match op {
        Op::InsertJvmOption { option, .. } => Some(option),
        _ => None,
    });
    [agent].into_iter().chain(others).collect()
}

/// The variables among the settings that are not settled yet.
pub(super) fn all_variables(context: &Context<'_>) -> Vec<(String, String)> {
    let variable = |(_, op)| match op {
        Op::SetVariable { name, value, .. } => Some((name, value)),
        _ => None,
    };
    missing(context).into_iter().filter_map(variable).collect()
}

/// The agent and every setting that is wanted, whether something settles it or not: options, and
/// variables.
pub(super) fn inserted(context: &Context<'_>) -> (Vec<String>, Vec<(String, String)>) {
    let mut options = vec![format!("{JAVA_AGENT}{}", context.settings.agent_path())];
    let mut variables = Vec::new();
    for (rank, setting) in JAVA_SETTINGS.iter().enumerate() {
        match wanted(context, setting).map(|value| carried(context, setting, rank, &value)) {
            Some(Op::InsertJvmOption { option, .. }) => options.push(option),
            Some(Op::SetVariable { name, value, .. }) => variables.push((name, value)),
            _ => {}
        }
    }
    (options, variables)
}

/// The wish for a setting that nothing settles: an option, or a variable where the preset says so
/// and there is one.
fn carried(context: &Context<'_>, setting: &JavaSetting, rank: usize, value: &str) -> Op {
    let value = value.to_owned();
    match setting.variables().next().filter(|_| context.settings.as_variables()) {
        Some(name) => Op::SetVariable { rank, name, value },
        None => Op::InsertJvmOption { rank, option: setting.option(&value) },
    }
}

fn wish(context: &Context<'_>, setting: &JavaSetting, rank: usize, value: &str) -> Option<Op> {
    let Some(present) = present(context, setting) else {
        return Some(carried(context, setting, rank, value));
    };
    match present.place {
        Place::Word(word) if setting.name == FLIGHT_RECORDER => {
            let option = context.launch.words.get(word)?.value();
            let value = options::with_stack_depth(option, value)?;
            Some(Op::ReplaceWord { word, value })
        }
        _ => None,
    }
}

/// Whether Datadog's profiler runs, now or after the fix.
pub(super) fn profiles(context: &Context<'_>) -> bool {
    let setting = JAVA_SETTINGS.iter().find(|setting| setting.name == "profiling");
    let value = setting.and_then(|setting| match present(context, setting) {
        Some(present) => Some(present.value),
        None => wanted(context, setting),
    });
    value.is_some_and(|value| value != "false")
}

/// The user that starts the JVM: what a wrapper changes to, else what USER says, else the base image's.
pub(super) fn user<'c>(context: &'c Context<'_>) -> Option<&'c str> {
    let launch = context.launch;
    launch.user.as_deref().or(context.facts.user.as_deref()).or(launch.image.user.as_deref())
}

/// Where the launch loads the Datadog agent from, or will: absolute.
///
/// The JVM resolves a relative path in the working directory; only the image may know that.
pub(super) fn jar_path(context: &Context<'_>) -> Option<String> {
    let Some(agent) = datadog_agent(context) else {
        return Some(context.settings.agent_path().to_owned());
    };
    let path = options::agent_path(&agent.text)?;
    match &context.facts.workdir {
        _ if path.starts_with('/') => Some(path.to_owned()),
        Some(workdir) => Some(join(Some(workdir), path)),
        None => None,
    }
}

/// The wish for the agent's jar, where nothing in the file provides it.
pub(super) fn jar(context: &Context<'_>, path: &str) -> Option<Op> {
    if provision(context.file, context.facts, context.surroundings, path) == Provision::Named {
        return None;
    }
    // A path that an ADD would read otherwise is left to a human.
    validate_agent_path(path).ok()?;
    Some(Op::ProvideJar { line: jar_line(context.settings, path)? })
}
