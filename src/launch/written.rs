//! Scripts whose text stands in the Dockerfile: a here-document of COPY, and what a RUN writes by
//! `cat <<END >FILE`, `echo` or `printf`.

use crate::cooked::Cooked;
use crate::dockerfile::words::Lexer;
use crate::dockerfile::{Dockerfile, HereDocument, Transfer};
use crate::effects::{self, Command};
use crate::facts::{Action, Variables};
use crate::image_path::{join, normal};
use crate::shell::{self, Expansion, ShellWord, SimpleCommand};
use crate::wrappers::base_name;

use super::Quoting;

/// A script that stands in the Dockerfile, or a part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    /// Its path in the image.
    pub(super) path: String,
    /// What the shell in the container reads, with its places in the Dockerfile.
    pub(super) text: Cooked,
    /// What the text is wrapped in.
    pub(super) quoting: Quoting,
    /// The file holds nothing else: this does not go on with what was there.
    pub(super) is_whole: bool,
}

impl Written {
    /// Parts as one text, the first in front; `None` where they are not written in one way.
    pub(super) fn joined(parts: impl Iterator<Item = Self>) -> Option<Self> {
        let mut whole: Option<Self> = None;
        for part in parts {
            let Some(before) = &mut whole else {
                whole = Some(part);
                continue;
            };
            if before.quoting != part.quoting {
                return None;
            }
            before.text.push_slice(&part.text, 0..part.text.text.len());
        }
        whole
    }
}

/// The here-document that a COPY or ADD puts at `path`; `Some(None)` where what it says is not known.
///
/// Docker names it after the word that ends it, where the destination is a folder
/// (<https://docs.docker.com/reference/dockerfile/#example-creating-inline-files>).
pub(super) fn by_transfer(
    transfer: &Transfer,
    action: &Action,
    path: &str,
) -> Option<Option<Written>> {
    let is_it = |one: &&HereDocument| {
        normal(&action.path) == path || normal(&join(Some(&action.path), &one.name)) == path
    };
    let document = transfer.heredocs.iter().rev().find(is_it)?;
    let text = match document.expands {
        true => filled_in_by_docker(&document.body, &action.variables),
        false => Some(document.body.clone()),
    };
    let quoting = if document.expands { Quoting::Expanded } else { Quoting::Plain };
    Some(text.map(|text| Written { path: path.to_owned(), text, quoting, is_whole: true }))
}

/// What a RUN writes into the file at `path`; `None` where that is not known.
pub(super) fn by_run(
    run: &Cooked,
    action: &Action,
    file: &Dockerfile,
    path: &str,
) -> Option<Written> {
    let script = effects::script_of_run(run)?;
    let read = shell::read(&script).ok()?;
    let mut parts = Vec::new();
    let mut is_whole = false;
    for writer in action.commands(file).iter().filter(|one| writes(one, path)) {
        let command = read.commands.get(writer.position?)?;
        if !command.appends && !writer.arguments().iter().any(|word| word == "-a") {
            // Two that begin anew stand in two branches: either may be what is there.
            if is_whole || !parts.is_empty() {
                return None;
            }
            is_whole = true;
        }
        let (text, quoting) = output(command, &action.variables)?;
        parts.push(Written { path: path.to_owned(), text, quoting, is_whole });
    }
    Written::joined(parts.into_iter())
}

/// Whether a command's output goes to a file: `echo >FILE`, `tee FILE`.
fn writes(command: &Command, path: &str) -> bool {
    let tee = if command.program() == "tee" { command.arguments() } else { &[] };
    let is_it = |name: &String| normal(&join(command.folder.as_deref(), name)) == path;
    command.writes.iter().chain(tee).any(is_it)
}

/// What a command prints, and how its text is wrapped.
fn output(command: &SimpleCommand, variables: &Variables) -> Option<(Cooked, Quoting)> {
    let (program, rest) = command.words.split_first()?;
    match base_name(&program.value.text) {
        "cat" if rest.iter().all(|word| word.value.text == "-") => {
            here_document(command, variables)
        }
        "tee" => here_document(command, variables),
        "echo" => Some((echoed(rest, variables)?, Quoting::Nested)),
        "printf" => Some((formatted(rest, variables)?, Quoting::Nested)),
        _ => None,
    }
}

fn here_document(command: &SimpleCommand, variables: &Variables) -> Option<(Cooked, Quoting)> {
    let document = command.here_document.as_ref()?;
    match document.expands {
        true => Some((filled_in_by_shell(&document.body, variables)?, Quoting::Expanded)),
        false => Some((document.body.clone(), Quoting::Plain)),
    }
}

/// What `echo` prints. Whether it reads `\n` as a line break depends on the shell (dash does, bash wants
/// `-e`); a script that starts was written for the one that is there.
fn echoed(words: &[ShellWord], variables: &Variables) -> Option<Cooked> {
    let is_flag = |word: &&ShellWord| {
        let flags = word.value.text.strip_prefix('-').unwrap_or_default();
        !flags.is_empty() && flags.chars().all(|c| "neE".contains(c))
    };
    let flags = words.iter().take_while(is_flag).count();
    let has = |flag: char| words.iter().take(flags).any(|word| word.value.text.contains(flag));
    let mut text = Cooked::default();
    for (at, word) in words.iter().skip(flags).enumerate() {
        if at > 0 {
            text.push_decoded(" ", &(word.span.start..word.span.start));
        }
        let value = filled_in(word, variables)?;
        let value = if has('E') { value } else { unescaped(&value)? };
        text.push_slice(&value, 0..value.text.len());
    }
    if !has('n') {
        let end = words.last()?.span.end;
        text.push_decoded("\n", &(end..end));
    }
    Some(text)
}

/// What `printf` prints: a format without arguments, or each of them behind `%s\n`.
fn formatted(words: &[ShellWord], variables: &Variables) -> Option<Cooked> {
    let (format, arguments) = words.split_first()?;
    let mut text = Cooked::default();
    if format.value.text == "%s\\n" {
        for argument in arguments {
            let value = filled_in(argument, variables)?;
            text.push_slice(&value, 0..value.text.len());
            text.push_decoded("\n", &(argument.span.end..argument.span.end));
        }
        return Some(text);
    }
    let value = filled_in(format, variables)?;
    (arguments.is_empty() && !value.text.contains('%')).then(|| unescaped(&value))?
}

/// A word of a RUN with the variables filled in; `None` where one of them is not known.
fn filled_in(word: &ShellWord, variables: &Variables) -> Option<Cooked> {
    match word.expansion {
        Expansion::Literal => Some(word.value.clone()),
        // `'a $b'"$c"`: which of them is filled in is not told.
        Expansion::Quoted if !word.in_quotes => None,
        Expansion::Quoted | Expansion::Split => {
            let is_escaped = |at: usize| word.value.file_span(at..at + 1).len() > 1;
            decoded(&word.value, |rest, at| match rest.chars().next()? {
                '$' if !is_escaped(at) => Some(known(rest, variables)?),
                '`' if !is_escaped(at) => None,
                c => Some((c.len_utf8(), None)),
            })
        }
    }
}

/// Reads the escapes of `echo` and of the format of `printf`
/// (<https://pubs.opengroup.org/onlinepubs/9799919799/utilities/echo.html>).
fn unescaped(text: &Cooked) -> Option<Cooked> {
    decoded(text, |rest, _| {
        let mut chars = rest.chars();
        match (chars.next()?, chars.next()) {
            ('\\', Some('n')) => Some((2, Some("\n".to_owned()))),
            ('\\', Some('t')) => Some((2, Some("\t".to_owned()))),
            ('\\', Some('\\')) => Some((2, Some("\\".to_owned()))),
            ('\\', Some(c)) if c.is_ascii_alphanumeric() => None,
            (c, _) => Some((c.len_utf8(), None)),
        }
    })
}

/// A here-document of COPY or ADD whose word has no quotes: an unknown variable is empty, and a backslash
/// stands for what follows it
/// ([`ExpandRaw`](https://github.com/moby/buildkit/blob/v0.34.2/frontend/dockerfile/dockerfile2llb/convert.go)).
fn filled_in_by_docker(text: &Cooked, variables: &Variables) -> Option<Cooked> {
    let environment = |name: &str| variables.get(name).cloned();
    let lexer = Lexer { environment: Some(&environment), ..Lexer::new('\\') };
    decoded(text, |rest, _| match rest.chars().next()? {
        '\\' => {
            let next = rest.chars().nth(1).map(String::from).unwrap_or_default();
            Some((1 + next.len(), Some(next)))
        }
        '$' if !rest.starts_with("$(") => {
            // To Docker all digits are the name.
            let digits = rest.bytes().skip(1).take_while(u8::is_ascii_digit).count();
            let length = shell::expansion_end(rest).max(1 + digits);
            let value = lexer.value(rest.get(..length)?).ok()?;
            (!names_java(&value)).then_some((length, Some(value)))
        }
        c => Some((c.len_utf8(), None)),
    })
}

/// A here-document of a shell whose word has no quotes; `None` where a part is not known
/// (<https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_07_04>).
fn filled_in_by_shell(text: &Cooked, variables: &Variables) -> Option<Cooked> {
    decoded(text, |rest, _| {
        let next = rest.chars().nth(1);
        match (rest.chars().next()?, next) {
            ('\\', Some('\n')) => Some((2, Some(String::new()))),
            ('\\', Some(c @ ('$' | '`' | '\\'))) => Some((2, Some(c.to_string()))),
            ('$', _) => known(rest, variables),
            ('`', _) => None,
            (c, _) => Some((c.len_utf8(), None)),
        }
    })
}

/// How long the expansion in front of a text is, and its value where that is known and starts nothing.
fn known(rest: &str, variables: &Variables) -> Option<(usize, Option<String>)> {
    let length = shell::expansion_end(rest);
    if length == 1 {
        return Some((1, None));
    }
    let value = variables.get(shell::variable(rest.get(..length)?)?)?;
    (!names_java(value)).then(|| (length, Some(value.clone())))
}

/// Behind a word that a variable brings nothing can be put.
fn names_java(value: &str) -> bool {
    value.split_whitespace().any(|word| base_name(word) == "java")
}

/// A text of which `step` says, at each place, how many bytes are read and what they stand for (`None`:
/// for themselves).
fn decoded(
    text: &Cooked,
    step: impl Fn(&str, usize) -> Option<(usize, Option<String>)>,
) -> Option<Cooked> {
    let mut result = Cooked::default();
    let (mut at, mut kept) = (0, 0);
    while let Some(rest) = text.text.get(at..).filter(|rest| !rest.is_empty()) {
        let (length, value) = step(rest, at)?;
        if let Some(value) = value {
            result.push_slice(text, kept..at);
            result.push_decoded(&value, &text.file_span(at..at + length));
            kept = at + length;
        }
        at += length;
    }
    result.push_slice(text, kept..at);
    Some(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn here_documents_are_filled_in_as_docker_and_as_a_shell_does() {
        let variables = Variables::from([
            ("JAR".to_owned(), "/a b.jar".to_owned()),
            ("RUN".to_owned(), "exec java -jar x".to_owned()),
        ]);
        // What stands there, what Docker makes of it, and what a shell does.
        let table = [
            ("java -jar $JAR\n", Some("java -jar /a b.jar\n"), Some("java -jar /a b.jar\n")),
            ("'$JAR' \"${JAR}\"", Some("'/a b.jar' \"/a b.jar\""), Some("'/a b.jar' \"/a b.jar\"")),
            ("\\$JAR \\\\ \\x \\`", Some("$JAR \\ x `"), Some("$JAR \\ \\x `")),
            ("java \\\n -jar x", Some("java \n -jar x"), Some("java  -jar x")),
            ("[$NONE] [$@] ${NONE:-d}", Some("[] [] d"), None),
            ("$(date) `date`", Some("$(date) `date`"), None),
            ("a $ b", Some("a $ b"), Some("a $ b")),
            ("[$12 $1x]", Some("[ x]"), None),
            ("it's $JAR \"open", Some("it's /a b.jar \"open"), Some("it's /a b.jar \"open")),
            ("a\\", Some("a"), Some("a\\")),
            ("${bad", None, None),
            ("$RUN", None, None),
        ];
        for (text, docker, shell) in table {
            let text = Cooked::plain(text, 0);
            let found = filled_in_by_docker(&text, &variables).map(|one| one.text);
            assert_eq!(found.as_deref(), docker, "Docker: {}", text.text);
            let found = filled_in_by_shell(&text, &variables).map(|one| one.text);
            assert_eq!(found.as_deref(), shell, "shell: {}", text.text);
        }
    }
}
