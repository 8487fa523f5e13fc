//! The proof: what is about to be written is read again, and must say what was intended.

use crate::dockerfile::{self, Command, Dockerfile, Instruction, Kind};
use crate::facts;
use crate::launch::{self, Launch, Word};
use crate::plan::Plan;

/// Reads an edited Dockerfile and compares it with the one before and with the intended argv; gives
/// the edited file as read.
///
/// # Errors
/// What does not hold; nothing must be written then.
pub fn prove(
    before: &Dockerfile,
    launch: &Launch,
    after: &str,
    plan: &Plan,
) -> Result<Dockerfile, String> {
    let file = dockerfile::read(after)
        .map_err(|error| format!("Docker would refuse the result: {}", error.message))?;
    let facts = facts::of(&file, launch.final_stage);
    let new =
        launch::of_stage(&file, &facts).ok_or("the result starts nothing that can be seen")?;
    if new.argv() != plan.argv {
        return Err("the result's argv is not the intended one".to_owned());
    }
    if new.program.is_none() || new.form != launch.form {
        return Err("the result is no longer the same form of launch".to_owned());
    }
    same_instructions(before, launch, plan, &file)?;
    Ok(file)
}

/// Every instruction is as it was, apart from the planned ADD in its stage and the words of the
/// launch.
fn same_instructions(
    before: &Dockerfile,
    launch: &Launch,
    plan: &Plan,
    after: &Dockerfile,
) -> Result<(), String> {
    let stage = after.stages.get(launch.stage).map(|stage| stage.instructions.clone());
    let is_jar = |(at, instruction): &(usize, &Instruction)| {
        let planned = plan.jar.as_ref().is_some_and(|jar| adds(instruction, jar));
        planned && stage.as_ref().is_some_and(|stage| stage.contains(at))
    };
    let mut jars = 0;
    let mut new = after.instructions.iter().enumerate().peekable();
    for (index, old) in before.instructions.iter().enumerate() {
        let at = |word: &Word| word.argument.is_some_and(|(instruction, _)| instruction == index);
        let in_launch = launch.words.iter().any(at);
        if jars == 0 && new.next_if(is_jar).is_some() {
            jars = 1;
        }
        if !new.next().is_some_and(|(_, new)| same(old, new, in_launch)) {
            return Err(format!("instruction {} changed that should not", index + 1));
        }
    }
    if new.next().is_some() || jars != usize::from(plan.jar.is_some()) {
        return Err("the added instruction is not where it was planned".to_owned());
    }
    if before.stages.len() != after.stages.len() {
        return Err("the stages changed".to_owned());
    }
    Ok(())
}

/// Whether an instruction is the planned `ADD url path`.
fn adds(instruction: &Instruction, (url, path): &(String, String)) -> bool {
    matches!(&instruction.kind, Kind::Transfer(transfer)
        if transfer.add && transfer.sources == [url.as_str()] && transfer.destination == *path)
}

/// Whether two instructions say the same; of the launch itself only the kind is compared here, its
/// words are compared as argv.
fn same(old: &Instruction, new: &Instruction, is_launch: bool) -> bool {
    let words = |command: &Command| match command {
        Command::Exec(array) => {
            Ok(array.arguments.iter().map(|a| a.value.clone()).collect::<Vec<_>>())
        }
        Command::Shell(text) => Err(text.clone()),
    };
    match (&old.kind, &new.kind) {
        (Kind::Entrypoint(old), Kind::Entrypoint(new)) | (Kind::Cmd(old), Kind::Cmd(new)) => {
            let (old, new) = (words(old), words(new));
            old == new || (is_launch && old.is_ok() && new.is_ok())
        }
        (old, new) => old == new,
    }
}
