//! What is read of a Dockerfile, as JSON: the hidden command by which BuildKit's own parser judges this
//! one (`testdata/e2e/buildkit`). The fields are those that the referee prints.

use std::path::Path;

use serde::Serialize;

use crate::dockerfile::{self, Command, Dockerfile, HereDocument, Instruction, Kind};
use crate::facts::{self, Slot, StageFacts, Variables};
use crate::launch;

/// What is read of one file.
#[derive(Debug, Default, Serialize)]
pub struct Reading {
    path: String,
    /// Why Docker would refuse the file.
    error: Option<String>,
    /// The frontend that the `# syntax=` directive names.
    syntax: Option<String>,
    instructions: Vec<Shown>,
    /// What starts; `None` where the base image alone says it.
    launch: Option<Start>,
    user: String,
    workdir: String,
    env: Variables,
}

/// An instruction.
#[derive(Debug, Serialize)]
struct Shown {
    name: String,
    line: usize,
    end_line: usize,
    /// `exec` or `shell`, of the instructions of which that is asked.
    form: Option<&'static str>,
    /// Its words, of the instructions of which a verdict needs them.
    args: Option<Vec<String>>,
    /// The files whose text stands in the Dockerfile, of ADD and COPY.
    files: Option<Vec<InlineFile>>,
    onbuild: bool,
    /// From 0; -1 in front of the first FROM.
    stage: i64,
}

/// A here-document that becomes a file.
#[derive(Debug, Serialize)]
struct InlineFile {
    name: String,
    text: String,
    expands: bool,
}

/// What the image starts. An empty list was cleared, `None` is left to the base image.
#[derive(Debug, Serialize)]
struct Start {
    stage: usize,
    entrypoint: Option<Vec<String>>,
    cmd: Option<Vec<String>>,
    argv: Vec<String>,
}

/// A file that cannot be read.
pub fn unreadable(path: &Path, message: String) -> Reading {
    let path = path.to_string_lossy().into_owned();
    Reading { path, error: Some(message), ..Reading::default() }
}

/// Reads a file for the last stage, or the one that `target` names.
pub fn inspect(path: &Path, text: &str, target: Option<&str>) -> Reading {
    let file = match dockerfile::read(text) {
        Ok(file) => file,
        Err(error) => return unreadable(path, error.message),
    };
    let last = file.stages.len().saturating_sub(1);
    let Some(stage) = target.map_or(Some(last), |target| file.target_stage(target)) else {
        return unreadable(path, format!("there is no stage {:?}", target.unwrap_or_default()));
    };
    let facts = facts::of_file_alone(&file, stage);
    Reading {
        path: path.to_string_lossy().into_owned(),
        error: None,
        syntax: file.syntax.clone(),
        instructions: instructions(&file, text),
        launch: start(&file, stage, &facts),
        user: facts.user.unwrap_or_default(),
        workdir: facts.workdir.unwrap_or_default(),
        env: facts.environment,
    }
}

fn instructions(file: &Dockerfile, text: &str) -> Vec<Shown> {
    let mut stage = -1;
    let shown = |instruction: &Instruction| {
        stage += i64::from(matches!(instruction.kind, Kind::From { .. }));
        let (kind, onbuild) = match &instruction.kind {
            Kind::Onbuild { child, .. } => (child.as_ref(), true),
            kind => (kind, false),
        };
        let name = match &instruction.kind {
            Kind::Onbuild { name, .. } => name.clone(),
            _ => keyword(text.get(instruction.keyword.clone()).unwrap_or_default(), file.escape),
        };
        let (form, args) = words(kind);
        let files = match kind {
            Kind::Transfer(transfer) => Some(transfer.heredocs.iter().map(inline_file).collect()),
            _ => None,
        };
        let below = text.get(instruction.keyword.start..instruction.span.end).unwrap_or_default();
        let breaks = below.strip_suffix('\n').unwrap_or(below).matches('\n').count();
        let (line, end_line) = (instruction.line, instruction.line + breaks);
        let name = name.to_ascii_uppercase();
        Shown { name, line, end_line, form, args, files, onbuild, stage }
    };
    file.instructions.iter().map(shown).collect()
}

fn inline_file(document: &HereDocument) -> InlineFile {
    let HereDocument { name, body, expands } = document;
    InlineFile { name: name.clone(), text: body.text.clone(), expands: *expands }
}

/// A keyword may go over lines: `ENTRY\⏎POINT`.
fn keyword(text: &str, escape: char) -> String {
    text.chars().filter(|c| *c != escape && !c.is_whitespace()).collect()
}

/// The form of an instruction, and its words as they are written.
fn words(kind: &Kind) -> (Option<&'static str>, Option<Vec<String>>) {
    match kind {
        Kind::From { image, name } => {
            let name = name.iter().flat_map(|name| ["AS".to_owned(), name.clone()]);
            (None, Some([image.clone()].into_iter().chain(name).collect()))
        }
        Kind::Entrypoint(Command::Exec(array)) | Kind::Cmd(Command::Exec(array)) => {
            let words = array.arguments.iter().map(|argument| argument.value.text.clone());
            (Some("exec"), Some(words.collect()))
        }
        Kind::Entrypoint(Command::Shell(text)) | Kind::Cmd(Command::Shell(text)) => {
            (Some("shell"), Some(vec![text.text.clone()]))
        }
        Kind::Run(text) => run(&text.text),
        Kind::Shell(words) => (Some("exec"), Some(words.clone())),
        Kind::Env(variables) => {
            let words = variables.iter().flat_map(|one| [one.name.clone(), one.value.clone()]);
            (None, Some(words.collect()))
        }
        Kind::Arg(pairs) => {
            let word = |(name, value): &(String, Option<String>)| match value {
                Some(value) => format!("{name}={value}"),
                None => name.clone(),
            };
            (None, Some(pairs.iter().map(word).collect()))
        }
        Kind::User(word) | Kind::Workdir(word) => (None, Some(vec![word.clone()])),
        Kind::Transfer(transfer) => {
            let sources = transfer.sources.iter().chain([&transfer.destination]);
            (None, Some(sources.cloned().collect()))
        }
        Kind::Onbuild { .. } | Kind::Other => (None, None),
    }
}

/// The command of a RUN, its flags and here-documents left out.
fn run(text: &str) -> (Option<&'static str>, Option<Vec<String>>) {
    let mut command = text.lines().next().unwrap_or_default();
    while command.starts_with("--") {
        command = command.split_once(char::is_whitespace).map_or("", |(_, rest)| rest.trim_start());
    }
    match serde_json::from_str::<Vec<String>>(command) {
        Ok(words) => (Some("exec"), Some(words)),
        Err(_) => (Some("shell"), Some(vec![command.to_owned()])),
    }
}

fn start(file: &Dockerfile, stage: usize, facts: &StageFacts) -> Option<Start> {
    let words = |slot: Slot, shell: &Option<Vec<String>>| match slot {
        Slot::Base => None,
        Slot::Cleared => Some(Vec::new()),
        Slot::Set(at) => match file.instructions.get(at)?.command()? {
            Command::Exec(array) => {
                Some(array.arguments.iter().map(|one| one.value.text.clone()).collect())
            }
            Command::Shell(text) => {
                let shell = shell.clone().unwrap_or_else(facts::default_shell);
                Some(shell.into_iter().chain([text.text.clone()]).collect())
            }
        },
    };
    let entrypoint = words(facts.entrypoint, &facts.entrypoint_shell);
    let cmd = words(facts.cmd, &facts.cmd_shell);
    let says_nothing = entrypoint.is_none() && cmd.is_none();
    (!says_nothing).then(|| Start { stage, entrypoint, cmd, argv: launch::argv(file, facts) })
}
