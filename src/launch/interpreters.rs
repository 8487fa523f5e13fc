//! Programs that run text or a script that they are given: shells, `su` and the like, `eval`.

use super::{Word, wrappers};

/// How a shell is told what to run.
pub(super) enum ShellCommand {
    /// `-c TEXT NAME ARGUMENT…`: indexes into the words behind the shell's name.
    Text { text: usize, arguments: usize },
    /// `SCRIPT ARGUMENT…`
    Script(usize),
}

/// Reads the words behind `sh`, `bash`, `busybox`, `su` and `eval`.
pub(super) fn shell_command(name: &str, rest: &[Word]) -> Option<ShellCommand> {
    let value = |at: usize| rest.get(at).map(Word::value);
    match name {
        "sh" | "bash" | "ash" | "dash" | "ksh" | "zsh" => {}
        "busybox" => {
            let command = shell_command(wrappers::base_name(value(0)?), rest.get(1..)?)?;
            return Some(match command {
                ShellCommand::Text { text, arguments } => {
                    ShellCommand::Text { text: text + 1, arguments: arguments + 1 }
                }
                ShellCommand::Script(at) => ShellCommand::Script(at + 1),
            });
        }
        "eval" if rest.len() == 1 => return Some(ShellCommand::Text { text: 0, arguments: 1 }),
        _ => {
            let words: Vec<&str> = rest.iter().map(Word::value).collect();
            let text = wrappers::named(name)?.call(&words)?.text?;
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
