//! ENTRYPOINT × CMD × SHELL as one list of words.

use super::{Carrier, Place, TextId, Word};
use crate::cooked::Cooked;
use crate::dockerfile::{Command, Dockerfile, ExecArray};
use crate::facts::{self, Slot, StageFacts};
use crate::images::ImageFacts;
use crate::shell::Expansion;

/// The effective command line with the place of each word.
pub(super) struct Argv {
    /// What the first process gets.
    pub(super) words: Vec<Word>,
    /// How many of them, in front, only the base image says.
    pub(super) base: usize,
    /// The instruction that holds the first word; `None` where the file says nothing.
    pub(super) first_instruction: Option<usize>,
    /// The first instruction is shell form.
    pub(super) shell_form: bool,
}

impl Argv {
    pub(super) fn of(file: &Dockerfile, facts: &StageFacts, image: &ImageFacts) -> Self {
        let mut argv =
            Self { words: Vec::new(), base: 0, first_instruction: None, shell_form: false };
        let entrypoint_in_base = facts.entrypoint == Slot::Base;
        if entrypoint_in_base {
            argv.push_base(image.entrypoint.as_deref());
        }
        let entrypoint = (facts.entrypoint, &facts.entrypoint_shell);
        for (slot, shell) in [entrypoint, (facts.cmd, &facts.cmd_shell)] {
            let Slot::Set(index) = slot else { continue };
            match file.instructions.get(index).and_then(|instruction| instruction.command()) {
                Some(Command::Exec(array)) if names_nothing(array, facts.entrypoint == slot) => {}
                Some(command) => argv.push(index, command, shell.as_ref()),
                None => {}
            }
        }
        if entrypoint_in_base && facts.cmd == Slot::Base && image.cmd.is_some() {
            argv.push_base(image.cmd.as_deref());
        }
        argv
    }

    fn push_base(&mut self, words: Option<&[String]>) {
        let words = words.unwrap_or_default();
        self.base += words.len();
        self.words.extend(words.iter().map(|word| Word::without_place(word)));
    }

    fn push(&mut self, index: usize, command: &Command, shell: Option<&Vec<String>>) {
        self.shell_form |= self.first_instruction.is_none() && matches!(command, Command::Shell(_));
        self.first_instruction.get_or_insert(index);
        match command {
            Command::Exec(array) => {
                let words = array.arguments.iter().enumerate().map(|(at, argument)| {
                    let carrier = Carrier::Array { instruction: index, argument: at };
                    word(&argument.value, argument.span.clone(), carrier)
                });
                self.words.extend(words);
            }
            Command::Shell(text) => {
                let shell = shell.cloned().unwrap_or_else(facts::default_shell);
                self.words.extend(shell.iter().map(|word| Word::without_place(word)));
                let span = text.file_span(0..text.text.len());
                self.words.push(word(text, span, Carrier::ShellText { instruction: index }));
            }
        }
    }
}

fn word(value: &Cooked, span: crate::source::Span, carrier: Carrier) -> Word {
    let place = Some(Place { text: TextId::Dockerfile, span, carrier });
    Word { value: value.clone(), expansion: Expansion::Literal, place }
}

/// `[]`; and `ENTRYPOINT [""]`, which the daemon takes for no ENTRYPOINT at all
/// (`mergeAndVerifyConfig` in <https://github.com/moby/moby/blob/v28.0.0/daemon/daemon.go>).
fn names_nothing(array: &ExecArray, entrypoint: bool) -> bool {
    match array.arguments.as_slice() {
        [] => true,
        [only] => entrypoint && only.value.text.is_empty(),
        _ => false,
    }
}
