//! What a RUN does to the files of an image: the commands of its text, with the working directory and the
//! variables applied, and what each of them writes, moves, removes, opens or closes.
//!
//! Nothing is executed: every command counts, whatever condition it stands behind. A text that the shell
//! room cannot read is split roughly ([`rough`]).

mod commands;
mod modes;
mod programs;
pub mod rough;
mod target;

use std::sync::Arc;

use crate::memo::Memo;
use crate::shell::Variables;

pub use commands::{Command, script_of_run};
pub use modes::Others;
pub use target::Target;

/// What a RUN does.
#[derive(Debug, Default)]
pub struct OfRun {
    /// Its commands, in order.
    pub commands: Vec<Command>,
    /// What they do to files.
    pub effects: Vec<Effect>,
}

/// What one command does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// A file is made: `curl -o FILE URL`, `echo … >FILE`, `tee FILE`.
    Writes {
        /// The file.
        target: Target,
        /// The URL that it comes from.
        url: Option<String>,
    },
    /// What stands at one place stands at another one afterwards: `cp`, `mv`, `ln`, `install`.
    Copies {
        /// From here.
        from: Target,
        /// To here, or into this folder.
        to: Target,
        /// Whether the other place is a folder, where that is known.
        into: Option<bool>,
        /// It does not stand where it stood: `mv`.
        moves: bool,
    },
    /// Files of any name come into a folder: `tar -C FOLDER`, `unzip -d FOLDER`, `git clone`.
    Fills {
        /// The folder.
        folder: Target,
    },
    /// A folder is made: `mkdir`, `install -d`.
    MakesFolder {
        /// The folder.
        target: Target,
    },
    /// What stands there is removed, with all below: `rm`, `find … -delete`.
    Removes {
        /// What.
        target: Target,
    },
    /// `chmod`
    SetsMode {
        /// Of what; `None` where nobody knows.
        target: Option<Target>,
        /// What others may do afterwards.
        mode: Others,
        /// As it is written.
        written: String,
        /// With all below.
        recursive: bool,
    },
    /// `chown`, `chgrp`
    SetsOwner {
        /// Of what; `None` where nobody knows.
        target: Option<Target>,
        /// `OWNER`, `OWNER:GROUP` or `:GROUP`.
        owner: String,
        /// With all below.
        recursive: bool,
    },
    /// A text is changed where it stands: `sed -i`.
    Edits {
        /// The file.
        target: Target,
        /// The edit speaks of `java`.
        java: bool,
    },
    /// A program of which nobody knows what it does with its arguments.
    Runs {
        /// Its name, without a folder.
        program: String,
        /// The folder that it works in.
        folder: Option<String>,
        /// The places that its arguments name.
        names: Vec<Target>,
    },
}

/// Where a RUN begins.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    /// The working directory, absolute.
    pub folder: &'a str,
    /// ENV and ARG.
    pub variables: &'a Arc<Variables>,
}

/// How many bytes of texts and variables are kept with what a RUN does.
const MOST_KEPT: usize = 128 << 10;

/// What a RUN does, of which the proof asks again.
pub fn kept_of_run(text: &str, folder: &str, variables: &Arc<Variables>) -> Arc<OfRun> {
    type Question = (String, String, Arc<Variables>);
    static KEPT: Memo<Question, Arc<OfRun>> = Memo::new(MOST_KEPT);
    let of_variables = variables.iter().map(|(name, value)| name.len() + value.len());
    let size = text.len() + folder.len() + of_variables.sum::<usize>();
    let question = (text.to_owned(), folder.to_owned(), Arc::clone(variables));
    KEPT.get(&question, size, || of_run(text, Scope { folder, variables }).into())
}

/// What a RUN does, command by command.
pub fn of_run(text: &str, scope: Scope<'_>) -> OfRun {
    let commands = commands::of_run(text, scope);
    let mut effects = Vec::new();
    for command in &commands {
        programs::effects(command, &mut effects);
    }
    OfRun { commands, effects }
}

/// What the tests of other rooms read.
#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// The commands of a RUN in the root folder.
    pub(crate) fn commands(text: &str) -> Vec<Command> {
        of_run(text, Scope { folder: "/", variables: &Arc::default() }).commands
    }
}
