//! ENTRYPOINT × CMD × SHELL as one list of words.

use super::Word;
use crate::dockerfile::{Command, Dockerfile, ExecArray, Kind};
use crate::facts::{Slot, StageFacts};

/// The effective command line with the place of each word.
pub(super) struct Argv {
    /// What the first process gets.
    pub(super) words: Vec<Word>,
    /// The instruction that holds the first word.
    pub(super) first_instruction: usize,
    /// The text that a shell runs, where the launch is shell form.
    pub(super) shell_text: Option<String>,
}

impl Argv {
    pub(super) fn of(file: &Dockerfile, facts: &StageFacts) -> Option<Self> {
        let mut argv = Self { words: Vec::new(), first_instruction: 0, shell_text: None };
        let mut set: Vec<usize> = Vec::new();
        let entrypoint = (facts.entrypoint, &facts.entrypoint_shell);
        for (slot, shell) in [entrypoint, (facts.cmd, &facts.cmd_shell)] {
            let Slot::Set(index) = slot else { continue };
            let (Kind::Entrypoint(command) | Kind::Cmd(command)) =
                &file.instructions.get(index)?.kind
            else {
                continue;
            };
            match command {
                Command::Exec(array) if names_nothing(array, facts.entrypoint == slot) => continue,
                Command::Exec(array) => {
                    argv.words.extend(array.arguments.iter().enumerate().map(|(at, argument)| {
                        Word { value: argument.value.clone(), argument: Some((index, at)) }
                    }));
                }
                Command::Shell(text) => {
                    let default = || vec!["/bin/sh".to_owned(), "-c".to_owned()];
                    let shell = shell.clone().unwrap_or_else(default);
                    let words = shell.into_iter().chain([text.clone()]);
                    argv.words.extend(words.map(|value| Word { value, argument: None }));
                    argv.shell_text.get_or_insert_with(|| text.clone());
                }
            }
            set.push(index);
        }
        argv.first_instruction = *set.first()?;
        Some(argv)
    }
}

/// `[]`; and `ENTRYPOINT [""]`, which the daemon takes for no ENTRYPOINT at all
/// (`mergeAndVerifyConfig` in <https://github.com/moby/moby/blob/v28.0.0/daemon/daemon.go>).
fn names_nothing(array: &ExecArray, entrypoint: bool) -> bool {
    match array.arguments.as_slice() {
        [] => true,
        [only] => entrypoint && only.value.is_empty(),
        _ => false,
    }
}
