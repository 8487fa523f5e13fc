//! From words to a program: through wrappers, shells and scripts, to every `java` command and to
//! what is in the way.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::argv::Argv;
use super::images::ImageFacts;
use super::launchers::{self, Launcher};
use super::malformed;
use super::scripts::{self, Finder};
use super::{Carrier, Obstacle, Place, Quoting, Runtime, Script, TextId, Word, java, wrappers};
use crate::cooked::Cooked;
use crate::dockerfile::{Dockerfile, Kind};
use crate::facts::Variables;
use crate::shell::{self, Expansion, SimpleCommand};

/// How deep shells and scripts may start each other.
const DEEPEST: usize = 8;

/// One start that the words lead to.
pub(super) struct Start {
    /// The command: from the wrapper in front of `java`, or from the launcher, on.
    pub(super) words: Vec<Word>,
    /// The index of the `java` word.
    pub(super) program: Option<usize>,
    /// What starts `java` and takes its options from a variable.
    pub(super) launcher: Option<&'static Launcher>,
    pub(super) runtime: Runtime,
    pub(super) environment: Variables,
    pub(super) obstacle: Option<Obstacle>,
    /// The ENTRYPOINT script, not seen, that gets the `java` command as its arguments.
    pub(super) passed_on_by: Option<String>,
    /// A script stands in between that cannot be seen.
    pub(super) unseen_script: bool,
    /// `java -version` and the like: no application is started.
    prints: bool,
}

/// Reads one stage's command line.
pub(super) struct Reader<'a> {
    pub(super) finder: Finder<'a>,
    pub(super) image: ImageFacts,
    /// The scripts that were read.
    pub(super) scripts: Vec<Script>,
}

/// What a command stands in.
#[derive(Clone)]
struct Scope {
    depth: usize,
    /// A shell reads the words: `exec` is a word of its language, variables are expanded.
    in_shell: bool,
    /// What `"$@"` means.
    arguments: Vec<Word>,
    environment: Variables,
}

/// Why a command leads nowhere.
struct Stop {
    words: Vec<Word>,
    runtime: Runtime,
    obstacle: Obstacle,
    /// It starts something of its own, rather than being a step on the way.
    is_start: bool,
    unseen_script: bool,
}

/// The result of looking for the program behind wrappers.
enum Program {
    /// `java`, at this word.
    Java(usize),
    /// Something else, at this word.
    Other(usize),
    /// Nothing is left behind the wrappers.
    Missing,
    /// A wrapper's options cannot be read.
    Obstructed(String),
}

impl Reader<'_> {
    /// Every start of the stage; never empty.
    pub(super) fn starts(&mut self, argv: &Argv) -> Vec<Start> {
        let scope = Scope {
            depth: 0,
            in_shell: false,
            arguments: Vec::new(),
            environment: self.finder.facts.environment.clone(),
        };
        match self.command(&argv.words, &scope) {
            Ok(starts) if !starts.is_empty() => starts,
            Ok(_) => {
                let stop = self.stop(&argv.words, "nothing that is started here could be seen");
                vec![stop.into_start(&scope)]
            }
            Err(stop) => vec![stop.into_start(&scope)],
        }
    }

    /// The starts of one command; none for a step on the way (`echo`, `java -version`).
    fn command(&mut self, words: &[Word], scope: &Scope) -> Result<Vec<Start>, Stop> {
        if scope.depth > DEEPEST {
            return Err(self.stop(words, "shells and scripts start each other too deeply"));
        }
        let words = with_arguments(words, scope);
        let values: Vec<&str> = words.iter().map(Word::value).collect();
        match program(&values, scope) {
            Program::Java(at) => Ok(self.java(&words, at, scope)),
            Program::Obstructed(reason) => {
                Err(Stop { is_start: true, ..self.stop(&words, &reason) })
            }
            Program::Missing if words.is_empty() => {
                let image = self.finder.facts.image.as_deref().unwrap_or("the base image");
                let reason = format!("the file does not say what starts: {image} decides");
                Err(self.stop(&words, &reason))
            }
            Program::Missing => Err(self.stop(&words, "it runs its arguments, and there are none")),
            Program::Other(at) => self.other(&words, at, scope),
        }
    }

    fn java(&self, words: &[Word], at: usize, scope: &Scope) -> Vec<Start> {
        let values: Vec<&str> = words.iter().map(Word::value).collect();
        let (before, behind) = (values.get(..at).unwrap_or_default(), values.get(at + 1..));
        let prints = java::read(behind.unwrap_or_default()).target == java::Target::Nothing;
        let environment = with_env_wrapper(scope.environment.clone(), before);
        let obstacle = self.java_obstacle(words, at, scope);
        vec![Start { program: Some(at), prints, obstacle, ..Start::new(words, environment) }]
    }

    fn java_obstacle(&self, words: &[Word], at: usize, scope: &Scope) -> Option<Obstacle> {
        let value = words.get(at).map(Word::value).unwrap_or_default();
        let in_array = words.get(at).and_then(|word| word.array()).is_some();
        if in_array && !scope.in_shell && value.contains('$') {
            let reason =
                format!("{value} is never expanded in exec form: there is no program of that name");
            return Some(Obstacle { rule: "variable-in-exec-form", reason });
        }
        // `["/usr/bin/java", "-jar"]` of the base image, and a CMD that is a whole command.
        let second = words.iter().skip(at + 1).find(|word| word.place.is_some());
        let base_java = words.get(at).is_some_and(|word| word.place.is_none()) && scope.depth == 0;
        (base_java && second.is_some_and(|word| wrappers::base_name(word.value()) == "java")).then(
            || {
                unresolved(format!(
                    "the base image's ENTRYPOINT is {:?}: it gets this CMD as its arguments and \
                 starts no second java",
                    self.image.entrypoint.unwrap_or_default()
                ))
            },
        )
    }

    /// A program that is not `java` itself.
    fn other(&mut self, words: &[Word], at: usize, scope: &Scope) -> Result<Vec<Start>, Stop> {
        let Some(program) = words.get(at) else { return Ok(Vec::new()) };
        let rest = words.get(at + 1..).unwrap_or_default();
        let value = expanded(program.value(), &scope.environment);
        let name = wrappers::base_name(&value);
        if scope.in_shell && matches!(name, "." | "source") {
            return match rest.split_first() {
                Some((script, rest)) => self.script(words, script.value(), rest, scope),
                None => Ok(Vec::new()),
            };
        }
        if let Some(found) = shell_command(name, rest) {
            return match found {
                ShellCommand::Text { text, arguments } => {
                    let argument = rest.get(text).ok_or_else(|| self.stop(words, "no text"))?;
                    let arguments = rest.get(arguments..).unwrap_or_default();
                    self.text(words, argument, arguments, scope)
                }
                ShellCommand::Script(at) => {
                    match rest.get(at..).and_then(|rest| rest.split_first()) {
                        Some((script, rest)) => self.script(words, script.value(), rest, scope),
                        None => {
                            Err(self
                                .stop(words, "a shell starts, and nothing tells it what to run"))
                        }
                    }
                }
            };
        }
        if value.contains(char::is_whitespace) && !scope.in_shell && starts_java(&value) {
            let reason = "the whole command is one word: Docker looks for a program of that name";
            let obstacle = Obstacle { rule: "joined-arguments", reason: reason.to_owned() };
            return Err(Stop { runtime: Runtime::Java, obstacle, ..self.stop(words, "") });
        }
        self.program_or_script(words, at, &value, rest, scope)
    }

    fn program_or_script(
        &mut self,
        words: &[Word],
        at: usize,
        program: &str,
        rest: &[Word],
        scope: &Scope,
    ) -> Result<Vec<Start>, Stop> {
        let name = wrappers::base_name(program);
        let from_context = self.finder.script(program);
        if from_context.is_ok() {
            return self.script(words, program, rest, scope);
        }
        if let Some(launcher) = self.launcher(program) {
            let start = Start::new(words, scope.environment.clone());
            let unverified = || {
                unresolved(format!(
                    "{name} starts java with the options of {}, which entrypatch has not verified",
                    launcher.variable
                ))
            };
            let obstacle = (!launcher.verified).then(unverified);
            return Ok(vec![Start { launcher: Some(launcher), obstacle, ..start }]);
        }
        if launchers::BUILD_TOOLS.contains(&name) {
            let reason = format!("{name} is a build tool: what it starts is in its build files");
            return Err(Stop { is_start: true, ..self.stop(words, &reason) });
        }
        if !scope.in_shell
            && let Some(starts) = self.command_behind_script(words, at, scope)
        {
            return Ok(starts);
        }
        let reason = match from_context {
            Err(unseen) if unseen.named || looks_like_script(program) => {
                format!("{program:?} starts, and what it starts cannot be seen: {}", unseen.reason)
            }
            _ => format!("{program:?} starts, and what it starts cannot be seen"),
        };
        let stop = self.stop(words, &reason);
        let is_start = looks_like_script(program) || !scope.in_shell;
        Err(Stop { is_start, unseen_script: is_start, ..stop })
    }

    /// What a program is known to do with variables: a row of the table, or the start script that
    /// a build plugin made.
    fn launcher(&self, program: &str) -> Option<&'static Launcher> {
        let image = self.finder.facts.image.as_deref().unwrap_or_default();
        launchers::named(program, image).or_else(|| {
            let in_bin = program.rsplit('/').nth(1) == Some("bin");
            let own_name = !wrappers::base_name(program).contains('.');
            let absolute_system = program.starts_with("/usr/") || program.starts_with("/bin/");
            (in_bin && own_name && !absolute_system && self.installs_application())
                .then_some(&launchers::APPLICATION_SCRIPT)
        })
    }

    /// Whether the image holds what `installDist`, `distTar` or sbt's `stage` made.
    fn installs_application(&self) -> bool {
        let made = |text: &str| {
            [
                "installDist",
                "distTar",
                "distZip",
                "assembleDist",
                "build/install",
                "build/distributions",
            ]
            .iter()
            .chain(&["universal:package", "universal/stage", "target/universal", "sbt stage"])
            .any(|part| text.contains(part))
        };
        self.finder.file.instructions.iter().any(|one| match &one.kind {
            Kind::Run(text) => made(text),
            Kind::Transfer(transfer) => transfer.sources.iter().any(|source| made(source)),
            _ => false,
        })
    }

    /// A CMD that is a whole `java` command, behind an ENTRYPOINT that is a script: such a script
    /// runs its arguments at its end, by Docker's own convention
    /// (<https://docs.docker.com/build/building/best-practices/#entrypoint>).
    fn command_behind_script(
        &mut self,
        words: &[Word],
        at: usize,
        scope: &Scope,
    ) -> Option<Vec<Start>> {
        let script = words.get(at).filter(|word| looks_like_script(word.value()))?;
        let entrypoint = script.array().map(|(instruction, _)| instruction);
        let of_entrypoint = |word: &Word| {
            word.array().is_some_and(|(instruction, _)| Some(instruction) == entrypoint)
        };
        let rest = words.get(at + 1..)?;
        let first = rest.iter().position(|word| !of_entrypoint(word))?;
        let scope = Scope { depth: scope.depth + 1, ..scope.clone() };
        let mut starts = self.command(rest.get(first..)?, &scope).ok()?;
        for start in &mut starts {
            start.passed_on_by = Some(script.value().to_owned());
        }
        (!starts.is_empty()).then_some(starts)
    }

    /// A script, by its path in the image.
    fn script(
        &mut self,
        words: &[Word],
        path: &str,
        arguments: &[Word],
        scope: &Scope,
    ) -> Result<Vec<Start>, Stop> {
        let path = expanded(path, &scope.environment);
        let file = self.finder.script(&path).map_err(|unseen| {
            let reason =
                format!("{path:?} starts, and what it starts cannot be seen: {}", unseen.reason);
            let stop = self.stop(words, &reason);
            Stop { is_start: true, unseen_script: true, ..stop }
        })?;
        let Some(text) = scripts::shell_text(&file.text) else {
            let stop = self.stop(words, &format!("{path:?} is not a shell script"));
            return Err(Stop { is_start: true, unseen_script: true, ..stop });
        };
        let known = self.scripts.iter().position(|script| script.path == file.path);
        let script = known.unwrap_or_else(|| {
            self.scripts.push(Script { path: file.path, text: file.text });
            self.scripts.len() - 1
        });
        let scope = Scope {
            depth: scope.depth + 1,
            in_shell: true,
            arguments: arguments.to_vec(),
            environment: scope.environment.clone(),
        };
        let source = (TextId::Script(script), Quoting::Plain);
        self.commands(words, &text, source, scope)
    }

    /// The text of `sh -c`, or of a shell-form instruction.
    fn text(
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
            Carrier::ShellWord(_) => Quoting::Nested,
        };
        let scope = Scope {
            depth: scope.depth + 1,
            in_shell: true,
            arguments: arguments.to_vec(),
            environment: scope.environment.clone(),
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
            let reason = format!(
                "{fault}, so Docker runs the array as shell text: `/bin/sh: {program}: not found`"
            );
            let obstacle = Obstacle { rule: "malformed-exec-form", reason };
            return Err(Stop { runtime, obstacle, is_start: true, ..self.stop(outer, "") });
        }
        let commands = shell::read(text).map_err(|reason| {
            let stop = self.stop(outer, &format!("the shell text cannot be read: {reason}"));
            Stop { runtime, is_start: true, ..stop }
        })?;
        shift_arguments(&commands, &mut scope);
        let mut starts = Vec::new();
        let mut last_stop = None;
        let count = commands.len();
        for (at, command) in commands.iter().enumerate() {
            let (words, scope) = in_scope(command, source, &mut scope);
            if words.is_empty() {
                continue;
            }
            let decisive =
                at + 1 == count || words.first().is_some_and(|word| word.value() == "exec");
            match self.command(&words, &scope) {
                Ok(found) => starts.extend(found),
                Err(stop) if stop.is_start && (decisive || stop.runtime == Runtime::Java) => {
                    last_stop = Some(stop);
                }
                Err(stop) => last_stop = last_stop.or((!stop.is_start).then_some(stop)),
            }
        }
        // A version that is printed on the way is no application; `CMD java -version` is one.
        let on_the_way = source.0 != TextId::Dockerfile
            || last_stop.as_ref().is_some_and(|stop| stop.is_start)
            || starts.iter().any(|start: &Start| !start.prints);
        starts.retain(|start| !start.prints || !on_the_way);
        match last_stop {
            Some(stop) if starts.is_empty() => {
                let mentioned = runtime == Runtime::Java && stop.runtime != Runtime::Java;
                let reason = "java is started in a way that cannot be read";
                Err(if mentioned && !stop.unseen_script {
                    Stop { runtime, is_start: true, ..self.stop(outer, reason) }
                } else {
                    Stop { is_start: true, ..stop }
                })
            }
            // Beside what was found, something starts that cannot be seen.
            Some(stop) if stop.is_start => {
                starts.push(stop.into_start(&scope));
                Ok(starts)
            }
            _ if starts.is_empty() && runtime == Runtime::Java && scope.depth == 1 => {
                let reason = "java is started in a way that cannot be read";
                Err(Stop { runtime, is_start: true, ..self.stop(outer, reason) })
            }
            _ => Ok(starts),
        }
    }

    fn stop(&self, words: &[Word], reason: &str) -> Stop {
        let java = words.iter().any(|word| starts_java(word.value()));
        Stop {
            words: words.to_vec(),
            runtime: if java { Runtime::Java } else { Runtime::Unknown },
            obstacle: unresolved(reason.to_owned()),
            is_start: false,
            unseen_script: false,
        }
    }
}

impl Start {
    fn new(words: &[Word], environment: Variables) -> Self {
        Self {
            words: words.to_vec(),
            program: None,
            launcher: None,
            runtime: Runtime::Java,
            environment,
            obstacle: None,
            passed_on_by: None,
            unseen_script: false,
            prints: false,
        }
    }
}

impl Stop {
    fn into_start(self, scope: &Scope) -> Start {
        Start {
            runtime: self.runtime,
            obstacle: Some(self.obstacle),
            unseen_script: self.unseen_script,
            ..Start::new(&self.words, scope.environment.clone())
        }
    }
}

fn unresolved(reason: String) -> Obstacle {
    Obstacle { rule: "launch-unresolved", reason }
}

/// The words of a command in the order in which it is looked through.
fn program(words: &[&str], scope: &Scope) -> Program {
    let mut at = 0;
    loop {
        let Some(word) = words.get(at) else { return Program::Missing };
        if wrappers::base_name(word) == "java" || (scope.in_shell && names_java(word, scope)) {
            return Program::Java(at);
        }
        if *word == "exec" && !scope.in_shell {
            let reason =
                "`exec` is a word of the shell: exec form looks for a program of that name";
            return Program::Obstructed(reason.to_owned());
        }
        let Some(wrapper) = wrappers::named(word) else { return Program::Other(at) };
        let rest = words.get(at + 1..).unwrap_or_default();
        match wrapper.own_words(rest) {
            Some(own) => at += 1 + own,
            None => {
                let reason = format!("the options of {word} cannot be read");
                return Program::Obstructed(reason);
            }
        }
    }
}

/// Whether a variable holds the `java` command: `$JAVACMD`, `${JAVA:-java}`.
fn names_java(word: &str, scope: &Scope) -> bool {
    let Some(name) = shell::variable(word) else { return false };
    let default = || {
        let (_, default) = word.strip_suffix('}')?.split_once('-')?;
        Some(default.to_owned())
    };
    let value = scope.environment.get(name).cloned().or_else(default);
    value.is_some_and(|value| wrappers::base_name(value.trim_matches('"')) == "java")
}

/// Puts what `"$@"` means in its place, where it is the program.
fn with_arguments(words: &[Word], scope: &Scope) -> Vec<Word> {
    let all = |word: &Word| matches!(word.value(), "$@" | "${@}" | "$*" | "${*}");
    let at = words.iter().position(all).filter(|at| {
        let values: Vec<&str> = words.iter().take(*at).map(Word::value).collect();
        scope.in_shell && matches!(program(&values, scope), Program::Missing)
    });
    match at {
        Some(at) => {
            let (before, behind) = (words.iter().take(at), words.iter().skip(at + 1));
            before.chain(&scope.arguments).chain(behind).cloned().collect()
        }
        None => words.to_vec(),
    }
}

/// After a `shift`, `"$@"` is some later part of the arguments: the `java` command among them.
fn shift_arguments(commands: &[SimpleCommand], scope: &mut Scope) {
    let named = |command: &SimpleCommand, name: &str| {
        command.words.first().is_some_and(|word| word.value.text == name)
    };
    if commands.iter().any(|command| named(command, "shift")) {
        let java = |word: &Word| wrappers::base_name(word.value()) == "java";
        let at = scope.arguments.iter().position(java).unwrap_or(scope.arguments.len());
        scope.arguments.drain(..at);
    }
}

/// The words of a command with their places, and what its assignments make of the environment.
/// Assignments that stand alone, or behind `export`, also hold for what follows.
fn in_scope(
    command: &SimpleCommand,
    (text, quoting): (TextId, Quoting),
    scope: &mut Scope,
) -> (Vec<Word>, Scope) {
    let words: Vec<Word> = command
        .words
        .iter()
        .map(|word| Word {
            value: word.value.clone(),
            expansion: word.expansion,
            place: Some(Place {
                text,
                span: word.span.clone(),
                carrier: Carrier::ShellWord(quoting),
            }),
        })
        .collect();
    let assign = |scope: &mut Scope, name: &str, value: &str| {
        let value = expanded(value, &scope.environment);
        scope.environment.insert(name.to_owned(), value);
    };
    let exports = words.first().is_some_and(|word| {
        matches!(word.value(), "export" | "declare" | "local" | "readonly" | "typeset")
    });
    if exports {
        for (name, value) in words.iter().filter_map(|word| word.value().split_once('=')) {
            assign(scope, name, value);
        }
        return (Vec::new(), scope.clone());
    }
    let mut own = scope.clone();
    for (name, value) in &command.assignments {
        assign(if words.is_empty() { &mut *scope } else { &mut own }, name, value);
    }
    (words, own)
}

/// Fills in the variables that are known; the others stay.
pub(super) fn expanded(text: &str, environment: &Variables) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, behind) = rest.split_at(at);
        result.push_str(before);
        let braced = behind.starts_with("${");
        let length = if braced {
            behind.find('}').map_or(behind.len(), |at| at + 1)
        } else {
            let name = |c: char| c == '_' || c.is_ascii_alphanumeric();
            behind
                .get(1..)
                .and_then(|rest| rest.find(|c| !name(c)))
                .map_or(behind.len(), |at| at + 1)
        };
        let (word, behind) = behind.split_at(length);
        match shell::variable(word).and_then(|name| environment.get(name)) {
            Some(value) if result.len() + value.len() < 64 * 1024 => result.push_str(value),
            _ => result.push_str(word),
        }
        rest = behind;
    }
    result.push_str(rest);
    result
}

/// A word with the variables filled in that are known; in exec form nothing is.
pub(super) fn expanded_word(word: &Word, environment: &Variables) -> String {
    match word.expansion {
        Expansion::Literal => word.value().to_owned(),
        Expansion::Quoted | Expansion::Split => expanded(word.value(), environment),
    }
}

/// How a shell is told what to run.
enum ShellCommand {
    /// `-c TEXT NAME ARGUMENT…`: indexes into the words behind the shell's name.
    Text { text: usize, arguments: usize },
    /// `SCRIPT ARGUMENT…`
    Script(usize),
}

/// Reads the words behind `sh`, `bash`, `busybox` and `su`.
fn shell_command(name: &str, rest: &[Word]) -> Option<ShellCommand> {
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
        "su" | "runuser" => {
            let text = rest.iter().position(|word| matches!(word.value(), "-c" | "--command"))? + 1;
            return Some(ShellCommand::Text { text, arguments: rest.len() });
        }
        _ => return None,
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

/// What `env -u NAME NAME=value …` in front of the program makes of an environment.
fn with_env_wrapper(mut environment: Variables, words: &[&str]) -> Variables {
    let mut words = words.iter().skip_while(|word| wrappers::base_name(word) != "env").skip(1);
    while let Some(word) = words.next() {
        match (*word, word.split_once('=')) {
            ("-i" | "-" | "--ignore-environment", _) => environment.clear(),
            ("-u" | "--unset", _) => {
                words.next().map(|name| environment.remove(*name));
            }
            (_, Some(("--unset", name))) => {
                environment.remove(name);
            }
            (word, Some((name, value))) if !word.starts_with('-') => {
                environment.insert(name.to_owned(), value.to_owned());
            }
            _ => {}
        }
    }
    environment
}

fn looks_like_script(program: &str) -> bool {
    let name = wrappers::base_name(program);
    name.ends_with(".sh") || name.contains("entrypoint")
}

/// Whether text has a word that runs `java`, by a rough look: enough to name a refusal, not
/// to make an edit.
pub(super) fn starts_java(text: &str) -> bool {
    static WORD: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(^|[\s;&|('"`{/\[“‘])java["'’”]?([\s,\]);]|$)"#).ok());
    WORD.as_ref().is_some_and(|word| word.is_match(text))
}

/// Whether a file says that Java runs in its image although the image's name does not.
pub(super) fn points_to_java(file: &Dockerfile, environment: &Variables) -> bool {
    static JAVA: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(openjdk|default-jre|default-jdk|oracle-java|java-1\.[0-9]|jdk-?[0-9]|jre-?[0-9]|temurin|corretto)").ok()
    });
    let says = |text: &str| JAVA.as_ref().is_some_and(|java| java.is_match(text));
    let options = |(name, value): (&String, &String)| {
        name.starts_with("JAVA_") || value.contains("-javaagent:") || value.contains("-Xmx")
    };
    environment.iter().any(options)
        || file.instructions.iter().any(|one| match &one.kind {
            Kind::Run(text) => says(text),
            _ => false,
        })
}
