//! From words to a program: through wrappers, to `java` or to what is in the way.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::argv::Argv;
use super::images::ImageFacts;
use super::{Form, Obstacle, Runtime, Word, wrappers};

/// What the words turned out to be.
pub(super) struct Reading {
    pub(super) form: Form,
    pub(super) runtime: Runtime,
    /// The index of the `java` word.
    pub(super) program: Option<usize>,
    pub(super) obstacle: Option<Obstacle>,
    /// The ENTRYPOINT script that gets the `java` command as its arguments.
    pub(super) script: Option<String>,
}

/// Looks for `java` behind wrappers and scripts; says what is in the way.
pub(super) fn read(argv: &Argv, image: ImageFacts, behind_base: bool) -> Reading {
    let values: Vec<&str> = argv.words.iter().map(|word| word.value.as_str()).collect();
    let first_is_shell_text = argv.words.first().is_some_and(|word| word.argument.is_none());
    if let Some(text) = argv.shell_text.as_deref().filter(|_| first_is_shell_text) {
        return shell_text(text);
    }
    match program(&values) {
        Program::Found(at) if argv.words.get(at).is_some_and(|word| word.argument.is_some()) => {
            let obstacle = base_entrypoint_obstacle(image, behind_base)
                .or_else(|| variable_obstacle(values.get(at).copied().unwrap_or_default()));
            exec(at, obstacle)
        }
        Program::Found(_) => unresolved(Form::Shell, Runtime::Java, "java is part of shell text"),
        Program::Obstructed(reason) => {
            let runtime = runtime_of(&values);
            unresolved(Form::Exec, runtime, &reason)
        }
        Program::Other(at) => match command_behind_script(&argv.words, at) {
            Some((command, script)) => {
                let obstacle = variable_obstacle(values.get(command).copied().unwrap_or_default());
                Reading { script: Some(script), ..exec(command, obstacle) }
            }
            None => other(&values, at, image, behind_base),
        },
    }
}

/// A `java` word that was found in an array.
fn exec(at: usize, obstacle: Option<Obstacle>) -> Reading {
    Reading { form: Form::Exec, runtime: Runtime::Java, program: Some(at), obstacle, script: None }
}

/// A CMD that is a whole `java` command, behind an ENTRYPOINT that is a script: such a script
/// runs its arguments at its end, by Docker's own convention
/// (<https://docs.docker.com/build/building/best-practices/#entrypoint>).
fn command_behind_script(words: &[Word], script: usize) -> Option<(usize, String)> {
    let script_word = words.get(script)?;
    let (entrypoint, _) = script_word.argument?;
    let name = wrappers::base_name(&script_word.value);
    if !name.ends_with(".sh") && !name.contains("entrypoint") {
        return None;
    }
    let in_cmd = |word: &Word| word.argument.is_some_and(|(at, _)| at != entrypoint);
    let first = words.iter().position(in_cmd)?;
    let values: Vec<&str> = words.iter().map(|word| word.value.as_str()).collect();
    match program(values.get(first..)?) {
        Program::Found(at) => Some((first + at, script_word.value.clone())),
        Program::Other(_) | Program::Obstructed(_) => None,
    }
}

/// The result of looking for the program behind wrappers.
enum Program {
    /// `java`, at this word.
    Found(usize),
    /// Something else, at this word.
    Other(usize),
    /// A wrapper's options cannot be read.
    Obstructed(String),
}

fn program(words: &[&str]) -> Program {
    let mut at = 0;
    loop {
        let Some(word) = words.get(at) else { return Program::Other(0) };
        if wrappers::base_name(word) == "java" {
            return Program::Found(at);
        }
        if *word == "exec" {
            let reason =
                "`exec` is a word of the shell: exec form looks for a program of that name";
            return Program::Obstructed(reason.to_owned());
        }
        let Some(wrapper) = wrappers::named(word) else { return Program::Other(at) };
        let rest = words.get(at + 1..).unwrap_or_default();
        match wrapper.own_words(rest) {
            Some(own) => at += 1 + own,
            None => {
                let reason = format!("the options of {word} cannot be read");
                return Program::Obstructed(reason);
            }
        }
    }
}

/// A program that is not `java` itself.
fn other(words: &[&str], at: usize, image: ImageFacts, behind_base: bool) -> Reading {
    let word = words.get(at).copied().unwrap_or_default();
    let name = wrappers::base_name(word);
    let later_words = words.get(at + 1..).unwrap_or_default();
    if matches!(name, "sh" | "bash" | "ash" | "dash" | "busybox") {
        let runtime = runtime_of(later_words);
        return unresolved(Form::ShellCommand, runtime, "the command is text for a shell");
    }
    if word.contains(char::is_whitespace) && starts_java(word) {
        let reason = "the whole command is one word: Docker looks for a program of that name";
        return unresolved(Form::Exec, Runtime::Java, reason);
    }
    let base_runs_java = behind_base
        && image.entrypoint.is_some_and(|words| {
            words.first().is_some_and(|word| wrappers::base_name(word) == "java")
        });
    if base_runs_java {
        let reason = "java stands in the ENTRYPOINT of the base image";
        return unresolved(Form::BaseImage, Runtime::Java, reason);
    }
    let runtime = runtime_of(later_words);
    let is_script = name.ends_with(".sh") || runtime == Runtime::Java;
    let form = if is_script { Form::Script } else { Form::Exec };
    unresolved(form, runtime, &format!("{word:?} starts, and what it starts cannot be seen"))
}

fn shell_text(text: &str) -> Reading {
    let runtime = runtime_of(&[text]);
    // A shell test (`[ -f x ] && …`) is no array.
    let quote_follows = |rest: &str| rest.trim_start().starts_with(['"', '\'', '“', '”', '‘', '’']);
    if text.strip_prefix('[').is_some_and(quote_follows) {
        let reason = "the array is not valid JSON, so Docker runs it as shell text, and the \
                      shell looks for a program called `[...`";
        return stopped(Form::Malformed, runtime, "malformed-exec-form", reason);
    }
    unresolved(Form::Shell, runtime, "the command is text for a shell")
}

fn unresolved(form: Form, runtime: Runtime, reason: &str) -> Reading {
    stopped(form, runtime, "launch-unresolved", reason)
}

fn stopped(form: Form, runtime: Runtime, rule: &'static str, reason: &str) -> Reading {
    let obstacle = Some(Obstacle { rule, reason: reason.to_owned() });
    Reading { form, runtime, program: None, obstacle, script: None }
}

/// A CMD stands behind the base image's ENTRYPOINT: fine when that passes its arguments on.
fn base_entrypoint_obstacle(image: ImageFacts, behind_base: bool) -> Option<Obstacle> {
    let words = image.entrypoint.filter(|words| behind_base && !words.is_empty())?;
    let (first, rest) = words.split_first()?;
    let passes_on = wrappers::named(first).is_some_and(|wrapper| wrapper.own_words(rest).is_some());
    (!passes_on).then(|| Obstacle {
        rule: "launch-unresolved",
        reason: format!(
            "the base image's ENTRYPOINT is {words:?}: it gets this CMD as its arguments and \
             starts no second java"
        ),
    })
}

/// `["$JAVA_HOME/bin/java", …]`: exec form expands nothing.
fn variable_obstacle(word: &str) -> Option<Obstacle> {
    word.contains('$').then(|| Obstacle {
        rule: "variable-in-exec-form",
        reason: format!("{word} is never expanded in exec form: there is no program of that name"),
    })
}

/// What words that cannot be read run, by a rough look.
fn runtime_of(words: &[&str]) -> Runtime {
    let java = words.iter().any(|word| starts_java(word));
    if java { Runtime::Java } else { Runtime::Unknown }
}

/// Whether text has a word that runs `java`, by a rough look: enough to name a refusal, not
/// to make an edit.
fn starts_java(text: &str) -> bool {
    static WORD: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(^|[\s;&|('"`{/\[“‘])java["'’”]?([\s,\]);]|$)"#).ok());
    WORD.as_ref().is_some_and(|word| word.is_match(text))
}
