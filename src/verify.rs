//! The proof: what is about to be written is read again, and must say what was intended.

use crate::dockerfile::{self, Command, Dockerfile, Instruction, Kind};
use crate::facts;
use crate::launch::{self, Launch};

/// Reads an edited Dockerfile and compares it with the one before and with the intended argv; gives
/// the edited file as read.
///
/// # Errors
/// What does not hold; nothing must be written then.
pub fn prove(
    before: &Dockerfile,
    launch: &Launch,
    after: &str,
    argv: &[String],
) -> Result<Dockerfile, String> {
    let file = dockerfile::read(after)
        .map_err(|error| format!("Docker would refuse the result: {}", error.message))?;
    let facts = facts::of(&file, launch.final_stage);
    let new =
        launch::of_stage(&file, &facts).ok_or("the result starts nothing that can be seen")?;
    if new.argv() != argv {
        return Err("the result's argv is not the intended one".to_owned());
    }
    if new.program.is_none() || new.form != launch.form {
        return Err("the result is no longer the same form of launch".to_owned());
    }
    same_instructions(before, launch, &file)?;
    Ok(file)
}

/// Every instruction is as it was, apart from inserted ADDs and the words of the launch.
fn same_instructions(
    before: &Dockerfile,
    launch: &Launch,
    after: &Dockerfile,
) -> Result<(), String> {
    let mut new = after.instructions.iter().peekable();
    for (index, old) in before.instructions.iter().enumerate() {
        let unequal = |new: &Instruction| !same(old, new, index == launch.instruction);
        let inserted = |new: &&Instruction| {
            unequal(new) && matches!(&new.kind, Kind::Transfer(transfer) if transfer.add)
        };
        while new.next_if(inserted).is_some() {}
        if new.next().is_none_or(unequal) {
            return Err("an instruction changed that should not".to_owned());
        }
    }
    if new.next().is_some() {
        return Err("an instruction was added at the end".to_owned());
    }
    if before.stages.len() != after.stages.len() {
        return Err("the stages changed".to_owned());
    }
    Ok(())
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
