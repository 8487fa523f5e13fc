//! Programs that run text or a script that they are given: shells, `su` and the like, `eval`.

use super::{base_name, named};

/// How a shell is told what to run.
pub enum ShellCommand {
    /// `-c TEXT NAME ARGUMENT…`
    Text {
        /// The index of the text among the words behind the shell's name.
        text: usize,
        /// The index of the first argument.
        arguments: usize,
    },
    /// `SCRIPT ARGUMENT…`, by the index of the script.
    Script(usize),
}

/// Reads the words behind `sh`, `bash`, `busybox`, `su` and `eval`.
pub fn shell_command(name: &str, rest: &[&str]) -> Option<ShellCommand> {
    let value = |at: usize| rest.get(at).copied();
    match name {
        "sh" | "bash" | "ash" | "dash" | "ksh" | "zsh" => {}
        "busybox" => {
            let command = shell_command(base_name(value(0)?), rest.get(1..)?)?;
            return Some(match command {
                ShellCommand::Text { text, arguments } => {
                    ShellCommand::Text { text: text + 1, arguments: arguments + 1 }
                }
                ShellCommand::Script(at) => ShellCommand::Script(at + 1),
            });
        }
        "eval" if rest.len() == 1 => return Some(ShellCommand::Text { text: 0, arguments: 1 }),
        _ => {
            let text = named(name)?.call(rest)?.text?;
            return Some(ShellCommand::Text { text, arguments: rest.len() });
        }
    }
    let mut at = 0;
    let mut text = false;
    while let Some(option) = value(at).filter(|word| word.starts_with(['-', '+']) && word.len() > 1)
    {
        text |= !option.starts_with("--") && option.contains('c');
        at += if option.ends_with('o') && !option.starts_with("--") { 2 } else { 1 };
    }
    Some(if text {
        // The word behind the text is `$0`.
        ShellCommand::Text { text: at, arguments: at + 2 }
    } else {
        ShellCommand::Script(at)
    })
}
