//! The proof: what is about to be written is read again, and must say what was intended.

use std::collections::BTreeSet;

use crate::cooked::Cooked;
use crate::dockerfile::{self, Command, Dockerfile, HereDocument, Instruction, Kind, Transfer};
use crate::effects;
use crate::facts::{StageFacts, Variables};
use crate::jar::JAR_MODE;
use crate::launch::{self, Launch, Launches};
use crate::plan::Plan;
use crate::shell;

/// What was read of a document, before or after the edit.
pub struct Read<'a> {
    /// Its instructions; none, where it is no Dockerfile.
    pub file: &'a Dockerfile,
    /// The facts of the stage that is started.
    pub facts: &'a StageFacts,
    /// Its launches.
    pub launches: &'a Launches,
}

/// Compares what the edited files say (`text` is the document's) with what was read before, and with
/// what was planned.
///
/// # Errors
/// What does not hold; nothing must be written then.
pub fn prove(before: &Read<'_>, after: &Read<'_>, text: &str, plan: &Plan) -> Result<(), String> {
    let Read { file, facts, launches } = after;
    if before.facts.stages != facts.stages {
        return Err("another stage is started".to_owned());
    }
    if launches.launches.len() != before.launches.launches.len() {
        return Err("the result starts something else".to_owned());
    }
    let pairs = before.launches.launches.iter().zip(&launches.launches).zip(&plan.words);
    for ((old, new), words) in pairs {
        same_launch(old, new, words, plan.rewrites)?;
    }
    same_environment(&before.facts.environment, &facts.environment, plan)?;
    same_instructions(before, plan, text, file)?;
    same_scripts(before.launches, launches, plan)?;
    same_written(before, launches, plan)
}

/// The launch is the same one, with the planned words.
fn same_launch(
    old: &Launch,
    new: &Launch,
    words: &[String],
    rewritten: bool,
) -> Result<(), String> {
    let new_words: Vec<String> = new.words.iter().map(|word| word.value().to_owned()).collect();
    // Of a repaired array the base image's words in front are not known to the plan.
    let as_planned =
        if rewritten { new_words.ends_with(words) } else { new_words.as_slice() == words };
    if !as_planned {
        return Err("the result's argv is not the intended one".to_owned());
    }
    if rewritten {
        return Ok(());
    }
    let kind = |launch: &Launch| {
        (launch.form, launch.program, launch.launcher, launch.runtime, launch.obstacle.is_some())
    };
    if kind(old) != kind(new) {
        return Err("the result is no longer the same form of launch".to_owned());
    }
    // What stands in argv in front of the command, and (in a shell text) around it.
    let in_array =
        old.program.and_then(|at| old.words.get(at)).is_some_and(|word| word.array().is_some());
    if in_array {
        let outside = |launch: &Launch| {
            let outside = launch.argv.len().saturating_sub(launch.words.len());
            launch.argv.iter().take(outside).map(|word| word.value().to_owned()).collect::<Vec<_>>()
        };
        if outside(old) != outside(new) {
            return Err("the words in front of the command changed".to_owned());
        }
    }
    Ok(())
}

/// Variables are as they were, apart from the planned ones: those that carry options hold ours, a
/// blank, and what they held before; those that are settings hold just the planned value.
fn same_environment(old: &Variables, new: &Variables, plan: &Plan) -> Result<(), String> {
    let mut expected = old.clone();
    for (name, options) in &plan.variables {
        let before = old.get(name).map(String::as_str).unwrap_or_default();
        let value = if before.is_empty() { options.clone() } else { format!("{options} {before}") };
        expected.insert(name.clone(), value);
    }
    expected.extend(plan.environment.iter().cloned());
    let trimmed = |(name, value): (&String, &String)| {
        let planned = plan.variables.iter().any(|(planned, _)| planned == name);
        (name.clone(), if planned { value.trim_end().to_owned() } else { value.clone() })
    };
    if expected.iter().map(trimmed).eq(new.iter().map(trimmed)) {
        return Ok(());
    }
    Err("the environment is not the intended one".to_owned())
}

/// Every instruction is as it was, apart from the planned lines and the words of the launches.
fn same_instructions(
    before: &Read<'_>,
    plan: &Plan,
    text: &str,
    after: &Dockerfile,
) -> Result<(), String> {
    let mut added: Vec<&str> = plan.added.iter().map(String::as_str).collect();
    let mut take_added = |new: &Instruction| {
        let line = text.get(new.content.clone())?;
        let at = added.iter().position(|added| *added == line)?;
        Some(added.swap_remove(at))
    };
    let mut new = after.instructions.iter().peekable();
    for (index, old) in before.file.instructions.iter().enumerate() {
        let changes = plan.changed.contains(&index);
        loop {
            match new.next() {
                Some(new) if same(before, old, new, changes.then_some(plan)) => break,
                Some(new) if take_added(new).is_some() => {}
                _ => return Err(format!("instruction {} changed that should not", index + 1)),
            }
        }
    }
    if !new.all(|new| take_added(new).is_some()) || !added.is_empty() {
        return Err("the added instruction is not where it was planned".to_owned());
    }
    if before.file.stages.len() != after.stages.len() {
        return Err("the stages changed".to_owned());
    }
    Ok(())
}

/// Whether two instructions say the same; one that changes (`plan` is given) must stay of its kind:
/// its words and values are compared elsewhere.
fn same(before: &Read<'_>, old: &Instruction, new: &Instruction, plan: Option<&Plan>) -> bool {
    match (old.command(), new.command(), &old.kind, &new.kind) {
        (Some(_), Some(_), Kind::Entrypoint(_), Kind::Cmd(_))
        | (Some(_), Some(_), Kind::Cmd(_), Kind::Entrypoint(_)) => false,
        (Some(Command::Shell(_)), Some(Command::Exec(_)), ..) => {
            plan.is_some_and(|plan| plan.rewrites)
        }
        (Some(Command::Exec(old)), Some(Command::Exec(new)), ..) => {
            let values = |array: &dockerfile::ExecArray| {
                array.arguments.iter().map(|a| a.value.text.clone()).collect::<Vec<_>>()
            };
            plan.is_some() || values(old) == values(new)
        }
        (Some(Command::Shell(old)), Some(Command::Shell(new)), ..) => {
            old.text == new.text || plan.is_some_and(|plan| same_commands(before, old, new, plan))
        }
        (_, _, Kind::Env(old), Kind::Env(new)) => {
            let pair = |one: &dockerfile::Variable| (one.name.clone(), one.value.clone());
            let touched = |name: &str| {
                plan.is_some_and(|plan| plan.variables.iter().any(|(one, _)| one == name))
            };
            old.len() == new.len()
                && old.iter().zip(new).all(|(old, new)| {
                    pair(old) == pair(new) || (old.name == new.name && touched(&old.name))
                })
        }
        (_, _, Kind::Transfer(old), Kind::Transfer(new)) => {
            let mode = |one: &Transfer| one.chmod.as_ref().map(|flag| flag.value.clone());
            let rest =
                |one: &Transfer| Transfer { chmod: None, heredocs: Vec::new(), ..one.clone() };
            let same_text = same_here_documents(&old.heredocs, &new.heredocs);
            let as_planned = match plan {
                Some(_) if same_text => mode(new).as_deref() == Some(JAR_MODE),
                // What the script says now is compared elsewhere.
                plan => mode(old) == mode(new) && (same_text || plan.is_some()),
            };
            rest(old) == rest(new) && as_planned
        }
        (_, _, Kind::Run(old), Kind::Run(new)) => {
            old.text == new.text || plan.is_some_and(|plan| same_run(before, old, new, plan))
        }
        (_, _, old, new) => old == new,
    }
}

fn same_here_documents(old: &[HereDocument], new: &[HereDocument]) -> bool {
    let parts = |one: &HereDocument| (one.name.clone(), one.expands, one.body.text.clone());
    old.iter().map(parts).eq(new.iter().map(parts))
}

/// Whether two RUNs do the same, apart from the planned words in a script that they write.
fn same_run(before: &Read<'_>, old: &Cooked, new: &Cooked, plan: &Plan) -> bool {
    match (effects::script_of_run(old), effects::script_of_run(new)) {
        (Some(old), Some(new)) => same_commands(before, &old, &new, plan),
        _ => false,
    }
}

/// Whether two shell texts hold the same commands, apart from the planned ones.
fn same_commands(before: &Read<'_>, old: &Cooked, new: &Cooked, plan: &Plan) -> bool {
    let (Ok(old), Ok(new)) = (shell::read(old), shell::read(new)) else { return false };
    let words = |command: &shell::SimpleCommand| {
        let words: Vec<String> = command.words.iter().map(|word| word.value.text.clone()).collect();
        // `set -- java …` makes the command that `exec "$@"` runs.
        match words.as_slice() {
            [set, dashes, rest @ ..] if set == "set" && dashes == "--" => rest.to_vec(),
            _ => words,
        }
    };
    let launches = before.launches.launches.iter();
    let planned: BTreeSet<(Vec<String>, &Vec<String>)> = launches
        .map(|launch| launch.words.iter().map(|word| word.value().to_owned()).collect())
        .zip(&plan.words)
        .collect();
    old.commands.len() == new.commands.len()
        && old.commands.iter().zip(&new.commands).all(|(old, new)| {
            let (before, after) = (words(old), words(new));
            // A text inside the text (`sh -c "java …"`) is one word here.
            let nested = before.len() == after.len()
                && before.iter().zip(&after).filter(|(before, after)| before != after).count() == 1;
            // Words that expand to nothing stay in front (`$@ java …`).
            let is_planned = |(old, new): &(Vec<String>, &Vec<String>)| {
                before.strip_suffix(old.as_slice()) == after.strip_suffix(new.as_slice())
                    && before.ends_with(old)
            };
            let ours = || nested || planned.iter().any(is_planned);
            let files = |one: &shell::SimpleCommand| {
                one.writes.iter().map(|word| word.value.text.clone()).collect::<Vec<_>>()
            };
            let has_text = |one: &shell::SimpleCommand| one.here_document.is_some();
            old.assignments == new.assignments
                && files(old) == files(new)
                && has_text(old) == has_text(new)
                && (before == after || ours())
        })
}

/// The scripts hold the same commands, apart from the planned ones.
fn same_scripts(before: &Launches, after: &Launches, plan: &Plan) -> Result<(), String> {
    if before.scripts.len() != after.scripts.len() {
        return Err("the result runs other scripts".to_owned());
    }
    for (index, (old, new)) in before.scripts.iter().zip(&after.scripts).enumerate() {
        let edited = plan.edits.contains_key(&launch::TextId::Script(index));
        if old.path != new.path || (old.text != new.text) != edited {
            return Err(format!("{} is not the intended text", old.path.display()));
        }
    }
    Ok(())
}

/// The scripts that stand in the Dockerfile hold the same commands, apart from the planned ones.
fn same_written(before: &Read<'_>, after: &Launches, plan: &Plan) -> Result<(), String> {
    let (old, new) = (&before.launches.written, &after.written);
    let same = |((path, old), (other, new)): (&(String, String), &(String, String))| {
        let cooked = |text: &str| Cooked::plain(text, 0);
        let as_planned = || same_commands(before, &cooked(old), &cooked(new), plan);
        path == other && (old == new || as_planned())
    };
    match old.len() == new.len() && old.iter().zip(new).all(same) {
        true => Ok(()),
        false => Err("a script in the Dockerfile is not the intended one".to_owned()),
    }
}
