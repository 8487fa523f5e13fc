//! A `java` that starts no application of its own: there is nothing for an agent to trace.

use super::java::Target;
use super::{Form, Launch, Obstacle, ObstacleKind, Word};
use crate::shell::Expansion;

/// Options with which the JVM does something else than starting the program, and what. Each stands for
/// all words that begin with it.
///
/// To add one: a row, with its source.
const INSTEAD: &[(&str, &str)] = &[
    // The checkpointed process comes back, with what was loaded into it then.
    // <https://docs.azul.com/core/crac/crac-guidelines>
    (
        "-XX:CRaCRestoreFrom",
        "brings the checkpointed process back: the agent belongs into the run that makes the checkpoint",
    ),
    // <https://openjdk.org/jeps/483>: the cache is made, and the JVM ends.
    ("-XX:AOTMode=create", "makes a cache and exits"),
    // <https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html>
    ("-Xlog:help", "prints and exits"),
    ("--dry-run", "loads the main class and exits"),
    ("--validate-modules", "looks at the modules and exits"),
    ("--describe-module", "prints and exits"),
];

/// What is in the way where nothing starts.
pub(super) fn obstacle(launch: &Launch) -> Option<Obstacle> {
    instead(launch).or_else(|| prints(launch)).or_else(|| without_program(launch))
}

fn instead(launch: &Launch) -> Option<Obstacle> {
    launch.command()?;
    let options = launch.jvm_options();
    options.iter().find_map(|option| {
        let (_, what) = INSTEAD.iter().find(|(start, _)| option.text.starts_with(start))?;
        Some(Obstacle { kind: ObstacleKind::Idle, reason: format!("java {} {what}", option.text) })
    })
}

fn prints(launch: &Launch) -> Option<Obstacle> {
    let (program, java) = launch.command().filter(|(_, java)| java.target == Target::Nothing)?;
    let last = launch.words.get(program + 1 + java.options.last()?)?;
    let reason = format!("java {} prints and exits", last.value());
    Some(Obstacle { kind: ObstacleKind::Waiting, reason })
}

/// `["sh", "-c", "java", "-jar", "/a.jar"]`: the shell's text is the first word, and java gets nothing. An
/// image that others build on may have `ENTRYPOINT ["java"]`.
fn without_program(launch: &Launch) -> Option<Obstacle> {
    let (program, java) = launch.command().filter(|(_, java)| java.target == Target::Missing)?;
    let words = launch.words.get(program..)?;
    // Several arguments in one word are told of by a rule of their own.
    let is_known = |word: &Word| {
        word.expansion == Expansion::Literal
            && word.place.is_some()
            && !word.value().contains(char::is_whitespace)
    };
    if java.argument_file.is_some() || !words.iter().all(is_known) {
        return None;
    }
    let text = "java gets neither a jar nor a class: it prints its usage and exits";
    let behind_text = launch.argv.iter().skip_while(|word| !word.value().contains("java")).skip(1);
    let is_cut = launch.form == Form::ShellCommand && behind_text.count() > 0;
    Some(match is_cut {
        true => Obstacle {
            kind: ObstacleKind::Idle,
            reason: format!("{text}, for `-c` takes one word as the shell's text"),
        },
        false => Obstacle { kind: ObstacleKind::Waiting, reason: text.to_owned() },
    })
}
