//! Programs that run text or a script that they are given: shells, `su` and the like, `eval`.

use super::{base_name, named};

/// How a shell is told what to run.
pub enum ShellCommand {
    /// `-c TEXT NAME ARGUMENT…`
    Text {
        /// The index of the text among the words behind the shell's name.
        text: usize,
        /// Where in that word it begins, in bytes: behind `--command=`.
        from: usize,
        /// The index of the first argument.
        arguments: usize,
    },
    /// `SCRIPT ARGUMENT…`, by the index of the script.
    Script(usize),
}

/// Programs of their own that give a text to a shell: their names, their command, and the options whose value
/// is the text; without options it is the last word.
///
/// To add one: a row.
const GIVE_TEXT: &[(&[&str], &str, &[&str])] = &[
    // https://docs.doppler.com/docs/accessing-secrets, https://infisical.com/docs/cli/commands/run
    (&["doppler", "infisical"], "run", &["--command"]),
    // https://github.com/getsops/sops#passing-secrets-to-other-processes
    (&["sops"], "exec-env", &[]),
];

/// The text that such a program gives to a shell.
fn given_text(name: &str, rest: &[&str]) -> Option<ShellCommand> {
    let own = |row: &&(&[&str], &str, &[&str])| row.0.contains(&name) && rest.contains(&row.1);
    let (_, _, options) = GIVE_TEXT.iter().find(own)?;
    let found = |text, from| Some(ShellCommand::Text { text, from, arguments: rest.len() });
    if options.is_empty() {
        return found(rest.len().checked_sub(1)?, 0);
    }
    let mut words = rest.iter().take_while(|word| **word != "--").enumerate();
    words.find_map(|(at, word)| {
        let behind = options.iter().find_map(|option| word.strip_prefix(option))?;
        match behind.strip_prefix('=') {
            Some(text) => found(at, word.len() - text.len()),
            None if behind.is_empty() => found(at + 1, 0),
            None => None,
        }
    })
}

/// Reads the words behind `sh`, `bash`, `busybox`, `su`, `eval` and `doppler run`.
pub fn shell_command(name: &str, rest: &[&str]) -> Option<ShellCommand> {
    let value = |at: usize| rest.get(at).copied();
    match name {
        "sh" | "bash" | "ash" | "dash" | "ksh" | "zsh" => {}
        "busybox" => {
            let command = shell_command(base_name(value(0)?), rest.get(1..)?)?;
            return Some(match command {
                ShellCommand::Text { text, from, arguments } => {
                    ShellCommand::Text { text: text + 1, from, arguments: arguments + 1 }
                }
                ShellCommand::Script(at) => ShellCommand::Script(at + 1),
            });
        }
        "eval" if rest.len() == 1 => {
            return Some(ShellCommand::Text { text: 0, from: 0, arguments: 1 });
        }
        _ => {
            let of_wrapper = || {
                let text = named(name)?.call(rest)?.text?;
                Some(ShellCommand::Text { text, from: 0, arguments: rest.len() })
            };
            return given_text(name, rest).or_else(of_wrapper);
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
        ShellCommand::Text { text: at, from: 0, arguments: at + 2 }
    } else {
        ShellCommand::Script(at)
    })
}
