//! Shell text, of an instruction, of `sh -c` or of a script: its commands one by one, with what their
//! words mean in it.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use super::malformed;
use super::overridden::refers_to;
use super::reading::{Program, Reader, Scope, Start, Stop, program};
use super::rough::starts_java;
use super::scripts::{Order, Script};
use super::{Carrier, Obstacle, ObstacleKind, Place, Quoting, Runtime, TextId, Word, scripts};
use crate::cooked::Cooked;
use crate::facts::{self, Variables};
use crate::shell::{self, Expansion, ShellText, SimpleCommand};
use crate::source::Source;
use crate::surroundings::ContextFile;
use crate::wrappers;

impl Reader<'_> {
    /// A script, by its path in the image.
    pub(super) fn script(
        &mut self,
        words: &[Word],
        path: &str,
        order: Order,
        arguments: &[Word],
        scope: &Scope,
    ) -> Result<Vec<Start>, Stop> {
        let path = shell::expanded(path, &scope.environment);
        let found = self.finder.script(&path, scope.folder.as_deref(), order);
        let script = found.map_err(|unseen| {
            let reason = format!("what {path:?} starts cannot be seen: {}", unseen.reason);
            let stop = self.stop(words, &reason);
            Stop { is_start: true, unseen_script: true, ..stop }
        })?;
        self.found_script(words, script, arguments, scope)
    }

    /// A script that was found.
    pub(super) fn found_script(
        &mut self,
        words: &[Word],
        script: Script,
        arguments: &[Word],
        scope: &Scope,
    ) -> Result<Vec<Start>, Stop> {
        let (text, path) = match &script {
            Script::File(file) => (Cooked::plain(&file.text, 0), file.path.clone()),
            Script::Written(written) => (written.text.clone(), PathBuf::from(&written.path)),
        };
        let Some(text) = scripts::shell_text(&text) else {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let stop = self.stop(words, &format!("{name} is not a shell script"));
            return Err(Stop { is_start: true, unseen_script: true, ..stop });
        };
        if self.reading.contains(&path) {
            return Ok(self.restart(path, scope));
        }
        self.reading.push(path.clone());
        let source = match script {
            Script::File(file) => (TextId::Script(self.keep(file)), Quoting::Plain),
            Script::Written(written) => {
                self.written.push((written.path, text.text.clone()));
                (TextId::Dockerfile, written.quoting)
            }
        };
        let scope = Scope {
            depth: scope.depth + 1,
            in_shell: true,
            arguments: arguments.into(),
            ..scope.clone()
        };
        let mut starts = self.commands(words, &text, source, scope);
        self.reading.pop();
        let restarted = self.restarted.iter().find(|(script, _)| *script == path);
        if let (Ok(starts), Some((_, user))) = (&mut starts, restarted) {
            for start in starts.iter_mut().filter(|start| start.user.is_none()) {
                start.user = Some(user.clone());
            }
        }
        starts
    }

    /// Keeps a script of the build context, once.
    fn keep(&mut self, file: ContextFile) -> usize {
        let known = self.scripts.iter().position(|script| script.path == file.path);
        known.unwrap_or_else(|| {
            self.scripts.push(Arc::new(Source::new(file.path, file.text)));
            self.scripts.len() - 1
        })
    }

    /// The text of `sh -c`, or of a shell-form instruction.
    pub(super) fn text(
        &mut self,
        words: &[Word],
        argument: &Word,
        arguments: &[Word],
        scope: &Scope,
    ) -> Result<Vec<Start>, Stop> {
        let Some(place) = &argument.place else {
            return Err(self.stop(words, "the shell's text is not in the file"));
        };
        let quoting = match place.carrier {
            Carrier::ShellText { .. } => Quoting::Plain,
            Carrier::Array { .. } => Quoting::Json,
            Carrier::ShellWord { in_quotes: true, .. } => Quoting::Nested,
            Carrier::ShellWord { in_quotes: false, .. } => {
                let stop = self.stop(words, "the text for another shell stands in no quotes");
                return Err(Stop { is_start: true, ..stop });
            }
        };
        let scope = Scope {
            depth: scope.depth + 1,
            in_shell: true,
            arguments: arguments.into(),
            ..scope.clone()
        };
        self.commands(words, &argument.value, (place.text, quoting), scope)
    }

    /// All starts in a shell text.
    fn commands(
        &mut self,
        outer: &[Word],
        text: &Cooked,
        source: (TextId, Quoting),
        mut scope: Scope,
    ) -> Result<Vec<Start>, Stop> {
        let runtime = if starts_java(&text.text) { Runtime::Java } else { Runtime::Unknown };
        if let Some(fault) = malformed::fault(&text.text).filter(|_| scope.depth == 1) {
            let program = shell::first_word(&text.text);
            let what = match program.as_str() {
                "[" => "`[` is a test there, and starts nothing".to_owned(),
                program => format!("`/bin/sh: {program}: not found`"),
            };
            let reason = format!("{fault}, so Docker runs the array as shell text: {what}");
            let obstacle = Obstacle { kind: ObstacleKind::MalformedArray, reason };
            return Err(Stop { runtime, obstacle, is_start: true, ..self.stop(outer, "") });
        }
        let unread = |reason: &str| {
            let stop = self.stop(outer, &format!("the shell text cannot be read: {reason}"));
            Stop { runtime, is_start: true, ..stop }
        };
        let read = shell::read(text).map_err(|reason| unread(&reason))?;
        let commands = &read.commands;
        let Some(left) = self.commands_left.checked_sub(commands.len()) else {
            return Err(unread("there are too many commands on the way"));
        };
        self.commands_left = left;
        self.functions.extend(read.functions.iter().cloned());
        shift_arguments(commands, &mut scope);
        let mut found = Found::default();
        let mut assigned = Assigned::new(&read, &scope);
        for (at, command) in commands.iter().enumerate() {
            scope.uncertain = assigned.uncertain(command.branch);
            let (words, own) = in_scope(command, source, &mut scope);
            assigned.note(command, &scope.uncertain);
            let scope = own.as_ref().unwrap_or(&scope);
            let is_exec = words.first().is_some_and(|word| word.value() == "exec");
            let is_last = commands.iter().skip(at + 1).all(only_waits);
            let words = set_arguments(&words, scope).unwrap_or(&words);
            if !words.is_empty() {
                let result = self.command(words, scope).map_err(|stop| {
                    let own = stop.environment.or_else(|| Some(Arc::clone(&scope.environment)));
                    Stop { environment: own, ..stop }
                });
                // What goes on in the background is no step on the way.
                let stays = is_exec || is_last || command.in_background;
                found.add(without_steps(result, stays), is_exec || is_last);
            }
            if found.starts.len() > MOST_STARTS {
                let stop = self.stop(outer, "more programs are started than can be looked at");
                return Err(Stop { runtime, is_start: true, ..stop });
            }
        }
        found.drop_versions(!self.reading.is_empty());
        let Found { mut starts, unseen, passed } = found;
        match unseen {
            // Beside what was found, something starts that cannot be seen.
            Some(stop) if !starts.is_empty() => starts.push(stop.into_start(&scope)),
            Some(stop) => return Err(stop),
            None => {}
        }
        if !starts.is_empty() {
            return Ok(starts);
        }
        Err(passed.unwrap_or_else(|| {
            let reason = "no start of an application is seen in the commands that the shell runs";
            Stop { runtime: Runtime::Unknown, ..self.stop(outer, reason) }
        }))
    }
}

/// Commands behind which nothing is started any more.
fn only_waits(command: &SimpleCommand) -> bool {
    let name = command.words.first().map(|word| word.value.text.as_str());
    matches!(name, Some("wait" | "fg" | "jobs"))
}

/// In which branch each variable was set last.
struct Assigned<'t> {
    text: &'t ShellText,
    /// Those that were uncertain before the text began.
    before: Arc<BTreeSet<String>>,
    /// `None`: its value holds one that is uncertain.
    branches: BTreeMap<String, Option<usize>>,
}

impl<'t> Assigned<'t> {
    fn new(text: &'t ShellText, scope: &Scope) -> Self {
        Self { text, before: Arc::clone(&scope.uncertain), branches: BTreeMap::new() }
    }

    /// The variables that may hold something else in a branch.
    fn uncertain(&self, branch: usize) -> Arc<BTreeSet<String>> {
        let is_certain =
            |set: &Option<usize>| set.is_some_and(|set| self.text.has_run(set, branch));
        let mut uncertain = Arc::clone(&self.before);
        for (name, set) in &self.branches {
            if !is_certain(set) && !uncertain.contains(name) {
                Arc::make_mut(&mut uncertain).insert(name.clone());
            } else if is_certain(set) && uncertain.contains(name) {
                Arc::make_mut(&mut uncertain).remove(name);
            }
        }
        uncertain
    }

    /// The assignments of a command hold for what follows, where they stand alone or behind `export`.
    fn note(&mut self, command: &SimpleCommand, uncertain: &BTreeSet<String>) {
        let first = command.words.first().map(|word| word.value.text.as_str());
        let exported = command.words.iter().filter_map(|word| word.value.text.split_once('='));
        let pairs: Vec<(&str, &str)> = match first {
            None => command
                .assignments
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .collect(),
            Some(first) if EXPORTS.contains(&first) => exported.collect(),
            Some(_) => return,
        };
        for (name, value) in pairs {
            let is_tainted = uncertain
                .iter()
                .any(|one| refers_to(value, one) || value.contains(&format!("${{{one}")));
            self.branches.insert(name.to_owned(), (!is_tainted).then_some(command.branch));
        }
    }
}

/// The most starts of one text.
const MOST_STARTS: usize = 100;

/// What the commands of a text turned out to be.
#[derive(Default)]
struct Found {
    starts: Vec<Start>,
    /// What the text ends in, or what runs `java` in a way that cannot be read.
    unseen: Option<Stop>,
    /// What cannot be seen on the way.
    passed: Option<Stop>,
}

impl Found {
    fn add(&mut self, result: Result<Vec<Start>, Stop>, decisive: bool) {
        match result {
            Ok(starts) => {
                // `exec "$@"` in two branches is one CMD.
                let new =
                    starts.into_iter().filter(|new| !self.starts.iter().any(|old| old.is(new)));
                let new: Vec<Start> = new.collect();
                self.starts.extend(new);
            }
            Err(stop) if stop.runtime == Runtime::Java || (stop.is_start && decisive) => {
                self.unseen = Some(Stop { is_start: true, ..stop });
            }
            Err(stop) if stop.is_start => self.passed = self.passed.take().or(Some(stop)),
            Err(_) => {}
        }
    }

    /// A version that is printed on the way is no application; `CMD java -version` is one.
    fn drop_versions(&mut self, in_script: bool) {
        let others = self.starts.iter().any(|start| !start.prints) || self.unseen.is_some();
        if in_script || others {
            self.starts.retain(|start| !start.prints);
        }
    }
}

/// Puts what `"$@"` means in its place, where it is the program; `None` where that is an option: the
/// script puts a program in front of it.
pub(super) fn with_arguments<'w>(words: &'w [Word], scope: &Scope) -> Option<Cow<'w, [Word]>> {
    let all = |word: &Word| matches!(word.value(), "$@" | "${@}" | "$*" | "${*}");
    let at = words.iter().position(all).filter(|at| {
        let values: Vec<&str> = words.iter().take(*at).map(Word::value).collect();
        scope.in_shell && matches!(program(&values, scope).0, Program::Missing)
    });
    match at {
        Some(_) if scope.arguments.first().is_some_and(|word| word.value().starts_with('-')) => {
            None
        }
        Some(at) => {
            let (before, behind) = (words.iter().take(at), words.iter().skip(at + 1));
            Some(before.chain(scope.arguments.iter()).chain(behind).cloned().collect())
        }
        None => Some(Cow::Borrowed(words)),
    }
}

/// A Node command on the way (`npm run migrate && npm start`) is no application.
fn without_steps(result: Result<Vec<Start>, Stop>, decisive: bool) -> Result<Vec<Start>, Stop> {
    result.map(|mut starts| {
        starts.retain(|start| decisive || start.runtime != Runtime::Node);
        starts
    })
}

/// `set -- java …` makes the command that `exec "$@"` runs.
fn set_arguments<'w>(words: &'w [Word], scope: &Scope) -> Option<&'w [Word]> {
    let [set, dashes, command @ ..] = words else { return None };
    let values: Vec<&str> = command.iter().map(Word::value).collect();
    let java = matches!(program(&values, scope).0, Program::Java(_));
    (set.value() == "set" && dashes.value() == "--" && java).then_some(command)
}

/// After a `shift`, `"$@"` is some later part of the arguments: the `java` command among them.
fn shift_arguments(commands: &[SimpleCommand], scope: &mut Scope) {
    let named = |command: &SimpleCommand, name: &str| {
        command.words.first().is_some_and(|word| word.value.text == name)
    };
    if commands.iter().any(|command| named(command, "shift")) {
        let java = |word: &Word| wrappers::base_name(word.value()) == "java";
        let at = scope.arguments.iter().position(java).unwrap_or(scope.arguments.len());
        scope.arguments = scope.arguments.iter().skip(at).cloned().collect();
    }
}

/// Words in front of assignments.
const EXPORTS: &[&str] = &["export", "declare", "local", "readonly", "typeset"];

/// The words of a command with their places, and what the assignments in front of it make of its
/// scope. Assignments that stand alone, or behind `export`, and `cd` hold for what follows.
fn in_scope(
    command: &SimpleCommand,
    (text, quoting): (TextId, Quoting),
    scope: &mut Scope,
) -> (Vec<Word>, Option<Scope>) {
    let words: Vec<Word> = command
        .words
        .iter()
        .map(|word| Word {
            value: word.value.clone(),
            expansion: word.expansion,
            place: Some(Place {
                text,
                span: word.span.clone(),
                carrier: Carrier::ShellWord { quoting, in_quotes: word.in_quotes },
            }),
        })
        .collect();
    let assign = |scope: &mut Scope, name: &str, value: &str| {
        let value = shell::expanded(value, &scope.environment);
        Arc::make_mut(&mut scope.environment).insert(name.to_owned(), value);
    };
    if words.first().is_some_and(|word| EXPORTS.contains(&word.value())) {
        for (name, value) in words.iter().filter_map(|word| word.value().split_once('=')) {
            assign(scope, name, value);
        }
        return (Vec::new(), None);
    }
    change_folder(&words, scope);
    for word in words.iter().skip(1).filter(|_| named(&words, "unset")) {
        Arc::make_mut(&mut scope.environment).insert(word.value().to_owned(), String::new());
    }
    if words.is_empty() || command.assignments.is_empty() {
        command.assignments.iter().for_each(|(name, value)| assign(scope, name, value));
        return (words, None);
    }
    let mut own = scope.clone();
    command.assignments.iter().for_each(|(name, value)| assign(&mut own, name, value));
    (words, Some(own))
}

fn named(words: &[Word], name: &str) -> bool {
    words.first().is_some_and(|word| word.value() == name)
}

/// `cd FOLDER`; where that says is not known when a variable is in it that nobody knows.
fn change_folder(words: &[Word], scope: &mut Scope) {
    if named(words, "pushd") || named(words, "popd") {
        scope.folder = None;
    }
    if !named(words, "cd") {
        return;
    }
    let target = words.iter().skip(1).find(|word| word.value() != "--");
    let target = target.map(|word| expanded_word(word, &scope.environment));
    scope.folder = target
        .filter(|target| !target.contains(['$', '`', '~']) && !target.starts_with('-'))
        .and_then(|target| match target.starts_with('/') {
            true => Some(target),
            false => scope.folder.as_ref().map(|folder| facts::join(Some(folder), &target)),
        });
}

/// A word with the variables filled in that are known; in exec form nothing is.
pub(super) fn expanded_word(word: &Word, environment: &Variables) -> String {
    match word.expansion {
        Expansion::Literal => word.value().to_owned(),
        Expansion::Quoted | Expansion::Split => shell::expanded(word.value(), environment),
    }
}
