//! Agents that a launch may get by a way that is not followed: a variable that is set in one branch
//! of a script, an array, a file that a launcher reads.
//!
//! A second agent breaks the JVM, so a launch is left alone where a text on its way loads one and the
//! launch as it was read does not.

use std::borrow::Cow;

use super::argv::Argv;
use super::options::{agent_path, is_datadog_agent, other_tracer};
use super::reading::Reader;
use super::scripts::Order;
use super::{Launch, Obstacle, ObstacleKind, text};
use crate::dockerfile::Kind;
use crate::wrappers::base_name;

/// A text on the way of a launch, and what it is for people.
struct Passage<'a> {
    name: String,
    text: Cow<'a, str>,
}

/// Refuses the launches that may load an agent which could not be followed.
pub(super) fn refuse(reader: &Reader<'_>, argv: &Argv, launches: &mut [Launch]) {
    let of_stage = of_stage(reader, argv);
    // What a command itself says is no way to another one.
    let words = launches.iter().flat_map(|launch| &launch.words);
    let said: Vec<String> =
        words.map(|word| word.value().to_owned()).filter(|word| word.starts_with('-')).collect();
    for launch in launches.iter_mut().filter(|launch| launch.is_read()) {
        let in_array = launch.program.and_then(|at| launch.words.get(at)?.array()).is_some();
        let own = argument_files(reader, launch);
        let shared: &[Passage] = if in_array { &[] } else { &of_stage };
        let misplaced = launch.program_arguments().map(|(_, word)| word.value().to_owned());
        let options = launch.jvm_options().into_iter().map(|one| one.text);
        let seen: Vec<String> = options.chain(misplaced).collect();
        let found = shared.iter().chain(&own).find_map(|passage| {
            let all: Vec<String> = agents(&passage.text).collect();
            let own = |agent: &String, list: &[String]| {
                list.iter().filter(|one| jar_name(one) == jar_name(agent)).count()
            };
            let is_other = |agent: &String| own(agent, &all) > own(agent, &said);
            let agent = all.iter().find(|agent| !is_seen(agent, &seen) && is_other(agent))?.clone();
            Some((agent, &passage.name))
        });
        if let Some((agent, name)) = found {
            let reason =
                format!("{name} loads {agent}, and whether this java gets it cannot be seen");
            launch.obstacle = Some(Obstacle { kind: ObstacleKind::HiddenAgent, reason });
        }
    }
}

/// What the scripts, the shell text, the arguments and the environment of a stage say.
fn of_stage<'a>(reader: &'a Reader<'_>, argv: &'a Argv) -> Vec<Passage<'a>> {
    let (file, environment) = (reader.finder.file, &reader.finder.facts.environment);
    let scripts = reader
        .script_texts()
        .map(|(name, text)| Passage { name: name.to_owned(), text: without_comments(text) });
    let used = |name: &str| {
        let of_words = argv.words.iter().any(|word| word.value().contains(name));
        of_words || reader.script_texts().any(|(_, text)| text.contains(name))
    };
    let variables = environment.iter().filter(|(name, _)| used(name)).map(|(name, value)| {
        Passage { name: format!("the variable {name}"), text: Cow::Borrowed(value) }
    });
    let stages = reader.finder.facts.stages.iter();
    let runs = stages.flat_map(|stage| file.of_stage(*stage)).filter_map(|(at, one)| {
        let Kind::Run(text) = &one.kind else { return None };
        let name = format!("the RUN in line {}", file.line(at));
        Some(Passage { name, text: text.text.as_str().into() })
    });
    let words = argv
        .words
        .iter()
        .map(|word| Passage { name: "the command line".to_owned(), text: word.value().into() });
    let read_by_launchers = reader
        .read_by_launchers
        .iter()
        .map(|(name, text)| Passage { name: name.clone(), text: without_comments(text) });
    scripts.chain(variables).chain(runs).chain(words).chain(read_by_launchers).collect()
}

/// `java @options -jar app.jar`, `java $(cat options) -jar app.jar`: the files of arguments that are in the
/// context.
fn argument_files(reader: &Reader<'_>, launch: &Launch) -> Vec<Passage<'static>> {
    let words = launch.program.and_then(|at| launch.words.get(at + 1..)).unwrap_or_default();
    let files = words.iter().flat_map(|word| match word.value().strip_prefix('@') {
        Some(file) => vec![file.to_owned()],
        None => files_read_by(&text::expanded_word(word, &launch.environment)),
    });
    let text = |path: String| {
        let file = reader
            .finder
            .script(&path, reader.finder.facts.workdir.as_deref(), Order::Folder)
            .ok()?;
        Some(Passage { name: path, text: Cow::Owned(file.text().to_owned()) })
    };
    files.filter_map(text).collect()
}

/// The files that a command in a word prints: `$(cat /app/jvm.options | grep -v '#')`, `$(< options)`.
fn files_read_by(word: &str) -> Vec<String> {
    if !word.contains(['`', '<']) && !word.contains("$(") {
        return Vec::new();
    }
    let ends = |c: char| c.is_whitespace() || "$()`<>|;&\"'".contains(c);
    let parts = word.split(ends).filter(|part| !part.is_empty() && !part.starts_with('-'));
    parts.map(str::to_owned).collect()
}

/// The tracers that a text loads, as options.
fn agents(text: &str) -> impl Iterator<Item = String> {
    ["-javaagent:", "-agentpath:"].into_iter().flat_map(move |start| {
        text.match_indices(start).filter_map(move |(at, _)| {
            let ends = |c: char| c.is_whitespace() || "\"',;)}\\=".contains(c);
            let option = text.get(at..)?.split(ends).next()?.to_owned();
            let datadog = agent_path(&option).is_some_and(is_datadog_agent);
            (datadog || other_tracer(&option).is_some()).then_some(option)
        })
    })
}

/// Whether an option is among those that were read; its folder may stand in a variable.
fn is_seen(agent: &str, seen: &[String]) -> bool {
    seen.iter().any(|one| jar_name(one) == jar_name(agent))
}

/// The name of the jar that an option loads.
fn jar_name(option: &str) -> &str {
    let path = option.split('=').next().unwrap_or(option);
    base_name(path.split_once(':').map_or(path, |(_, path)| path))
}

/// A shell script without the lines that are comments.
pub(super) fn without_comments(text: &str) -> Cow<'_, str> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}
