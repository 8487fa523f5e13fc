//! From words to a program: through wrappers to `java`, to a launcher, to a shell's text or a script
//! ([`super::text`]), or to what is in the way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::argv::Argv;
use super::launchers::{self, Launcher};
use super::rough::{is_no_java, looks_like_script, only_asks, starts_java, words_start_java};
use super::scripts::{Finder, Order};
use super::text::with_arguments;
use super::windows;
use super::{Obstacle, ObstacleKind, Runtime, Word, java};
use crate::dockerfile::Kind;
use crate::facts::Variables;
use crate::images::ImageFacts;
use crate::node;
use crate::shell;
use crate::source::Source;
use crate::wrappers::{self, ShellCommand, shell_command};

/// How deep shells and scripts may start each other.
const DEEPEST: usize = 8;
/// How many commands are looked at, of all shell texts of a stage.
const MOST_COMMANDS: usize = 20_000;

/// What a script calls itself.
const OWN_NAMES: &[&str] = &["$0", "${0}", "$BASH_SOURCE", "${BASH_SOURCE}", "${BASH_SOURCE[0]}"];

/// One start that the words lead to.
pub(super) struct Start {
    /// The command: from the wrapper in front of `java`, or from the launcher, on.
    pub(super) words: Vec<Word>,
    /// The index of the `java` word.
    pub(super) program: Option<usize>,
    /// What starts `java` and takes its options from a variable.
    pub(super) launcher: Option<&'static Launcher>,
    pub(super) runtime: Runtime,
    pub(super) environment: Arc<Variables>,
    /// The variables that may hold something else: a branch sets them that may not run.
    pub(super) uncertain: Arc<BTreeSet<String>>,
    pub(super) obstacle: Option<Obstacle>,
    /// The ENTRYPOINT script, not seen, that gets the `java` command as its arguments.
    pub(super) passed_on_by: Option<String>,
    /// A script stands in between that cannot be seen.
    pub(super) unseen_script: bool,
    /// `java -version` and the like: no application is started.
    pub(super) prints: bool,
    /// The working directory of a Node command; `None` where nobody knows it.
    pub(super) folder: Option<String>,
    /// The user that wrappers on the way change to.
    pub(super) user: Option<String>,
    /// The wrapper that does not pass the container's environment on.
    pub(super) environment_ends_at: Option<String>,
}

/// Reads one stage's command line.
pub(super) struct Reader<'a> {
    pub(super) finder: Finder<'a>,
    pub(super) image: &'a ImageFacts,
    /// The scripts that were read.
    pub(super) scripts: Vec<Arc<Source>>,
    /// Those that stand in the Dockerfile: path in the image, and text.
    pub(super) written: Vec<(String, String)>,
    /// What launchers read by themselves: name and text.
    pub(super) read_by_launchers: Vec<(String, String)>,
    /// The functions that shell texts define: their commands are read where they stand.
    pub(super) functions: BTreeSet<String>,
    /// The scripts that are being read: each may start itself again.
    pub(super) reading: Vec<PathBuf>,
    /// Scripts that start themselves again as another user.
    pub(super) restarted: Vec<(PathBuf, String)>,
    /// How many commands are still looked at.
    pub(super) commands_left: usize,
}

/// What a command stands in.
#[derive(Clone)]
pub(super) struct Scope {
    pub(super) depth: usize,
    /// A shell reads the words: `exec` is a word of its language, variables are expanded.
    pub(super) in_shell: bool,
    /// What `"$@"` means.
    pub(super) arguments: Arc<[Word]>,
    pub(super) environment: Arc<Variables>,
    /// The variables that may hold something else: a branch sets them that may not run.
    pub(super) uncertain: Arc<BTreeSet<String>>,
    /// The working directory; `None` where nobody knows it.
    pub(super) folder: Option<String>,
    /// The user that wrappers on the way change to; `None`: the container's.
    pub(super) user: Option<String>,
    /// The wrapper that does not pass the container's environment on.
    pub(super) environment_ends_at: Option<String>,
}

/// Why a command leads nowhere.
pub(super) struct Stop {
    pub(super) words: Vec<Word>,
    pub(super) runtime: Runtime,
    pub(super) obstacle: Obstacle,
    /// It starts something of its own, rather than being a step on the way.
    pub(super) is_start: bool,
    pub(super) unseen_script: bool,
    /// The program that does not pass the container's environment on.
    pub(super) environment_ends_at: Option<String>,
    /// The command's environment, where that is another one than its text's.
    pub(super) environment: Option<Arc<Variables>>,
}

/// The result of looking for the program behind wrappers.
pub(super) enum Program {
    /// `java`, at this word.
    Java(usize),
    /// Something else, at this word.
    Other(usize),
    /// Nothing is left behind the wrappers.
    Missing,
    /// A wrapper's options cannot be read.
    Obstructed(String),
}

impl<'a> Reader<'a> {
    pub(super) fn new(finder: Finder<'a>, image: &'a ImageFacts) -> Self {
        Self {
            finder,
            image,
            scripts: Vec::new(),
            written: Vec::new(),
            read_by_launchers: Vec::new(),
            functions: BTreeSet::new(),
            reading: Vec::new(),
            restarted: Vec::new(),
            commands_left: MOST_COMMANDS,
        }
    }
}

impl Reader<'_> {
    /// The names and the texts of the scripts that were read.
    pub(super) fn script_texts(&self) -> impl Iterator<Item = (&str, &str)> {
        let of_context = self.scripts.iter().map(|one| (one.path.as_path(), one.text.as_str()));
        let written = self.written.iter().map(|(path, text)| (Path::new(path), text.as_str()));
        of_context.chain(written).map(|(path, text)| {
            let name = path.file_name().and_then(|name| name.to_str());
            (name.unwrap_or_default(), text)
        })
    }

    /// Every start of the stage; never empty.
    pub(super) fn starts(&mut self, argv: &Argv) -> Vec<Start> {
        let scope = Scope {
            depth: 0,
            in_shell: false,
            arguments: Arc::new([]),
            environment: Arc::new(self.finder.facts.environment.clone()),
            uncertain: Arc::default(),
            folder: Some(self.finder.facts.workdir.clone().unwrap_or_else(|| "/".to_owned())),
            user: None,
            environment_ends_at: None,
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
    pub(super) fn command(&mut self, words: &[Word], scope: &Scope) -> Result<Vec<Start>, Stop> {
        if scope.depth > DEEPEST {
            return Err(self.stop(words, "shells and scripts start each other too deeply"));
        }
        let Some(words) = with_arguments(words, scope) else { return Ok(Vec::new()) };
        let values: Vec<&str> = words.iter().map(Word::value).collect();
        if scope.in_shell && only_asks(&values) {
            return Ok(Vec::new());
        }
        let (program, changes) = program(&values, scope);
        match program {
            Program::Java(at) => Ok(self.java(&words, at, &behind(&values, at, changes, scope))),
            Program::Obstructed(reason) => {
                Err(Stop { is_start: true, ..self.stop(&words, &reason) })
            }
            Program::Missing if words.is_empty() => {
                let image = self.finder.facts.image.as_deref().unwrap_or("the base image");
                let reason = format!("the file does not say what starts: {image} decides");
                Err(self.stop(&words, &reason))
            }
            Program::Missing => Err(self.stop(&words, without_program(&words))),
            Program::Other(0) if changes == Changes::default() => self.other(&words, 0, scope),
            Program::Other(at) => {
                let scope = behind(&values, at, changes, scope);
                let found = self.other(&words, at, &scope);
                found.map_err(|stop| Stop {
                    environment_ends_at: stop.environment_ends_at.or(scope.environment_ends_at),
                    ..stop
                })
            }
        }
    }

    fn java(&self, words: &[Word], at: usize, scope: &Scope) -> Vec<Start> {
        let values: Vec<&str> = words.iter().map(Word::value).collect();
        let behind = values.get(at + 1..).unwrap_or_default();
        let prints = java::read(behind).target == java::Target::Nothing;
        let obstacle = self.java_obstacle(words, at, scope);
        vec![Start { program: Some(at), prints, obstacle, ..Start::new(words, scope) }]
    }

    fn java_obstacle(&self, words: &[Word], at: usize, scope: &Scope) -> Option<Obstacle> {
        let value = words.get(at).map(Word::value).unwrap_or_default();
        let in_array = words.get(at).and_then(|word| word.array()).is_some();
        if in_array && !scope.in_shell && value.contains('$') {
            return Some(never_expanded(value));
        }
        // `["/usr/bin/java", "-jar"]` of the base image, and a CMD that is a whole command.
        let second = words.iter().skip(at + 1).find(|word| word.place.is_some());
        let base_java = words.get(at).is_some_and(|word| word.place.is_none()) && scope.depth == 0;
        (base_java && second.is_some_and(|word| wrappers::base_name(word.value()) == "java")).then(
            || {
                unresolved(format!(
                    "the base image's ENTRYPOINT is {:?}: it gets this CMD as its arguments and \
                 starts no second java",
                    self.image.entrypoint.as_deref().unwrap_or_default()
                ))
            },
        )
    }

    /// A program that is not `java` itself.
    fn other(&mut self, words: &[Word], at: usize, scope: &Scope) -> Result<Vec<Start>, Stop> {
        let Some(program) = words.get(at) else { return Ok(Vec::new()) };
        let rest = words.get(at + 1..).unwrap_or_default();
        let value = if scope.in_shell {
            shell::expanded(program.value(), &scope.environment)
        } else {
            program.value().to_owned()
        };
        let name = wrappers::base_name(&value);
        if scope.in_shell
            && OWN_NAMES.contains(&value.as_str())
            && let Some(script) = self.reading.last().cloned()
        {
            return Ok(self.restart(script, scope));
        }
        if !scope.in_shell && value.contains('$') {
            let obstacle = never_expanded(&value);
            return Err(Stop { obstacle, is_start: true, ..self.stop(words, "") });
        }
        if scope.in_shell && matches!(name, "." | "source") {
            return match rest.split_first() {
                Some((script, rest)) => {
                    self.script(words, script.value(), Order::PathThenFolder, rest, scope)
                }
                None => Ok(Vec::new()),
            };
        }
        let values: Vec<&str> = rest.iter().map(Word::value).collect();
        if let Some(found) = shell_command(name, &values) {
            return match found {
                ShellCommand::Text { text, from, arguments } => {
                    let argument = rest.get(text).ok_or_else(|| self.stop(words, "no text"))?;
                    let value = argument.value.slice(from..argument.value.text.len());
                    let argument = Word { value, ..argument.clone() };
                    let arguments = rest.get(arguments..).unwrap_or_default();
                    self.text(words, &argument, arguments, scope)
                }
                ShellCommand::Script(at) => {
                    match rest.get(at..).and_then(|rest| rest.split_first()) {
                        Some((script, rest)) => {
                            self.script(words, script.value(), Order::FolderThenPath, rest, scope)
                        }
                        None => {
                            Err(self
                                .stop(words, "a shell starts, and nothing tells it what to run"))
                        }
                    }
                }
            };
        }
        let first = value.split_whitespace().next().unwrap_or_default();
        let runtime = match node::runner::runs_script(first) {
            true => Runtime::Node,
            false => Runtime::Java,
        };
        if first != value && !scope.in_shell && (runtime == Runtime::Node || starts_java(&value)) {
            let reason = "several words are one: Docker looks for a program of that name";
            let obstacle =
                Obstacle { kind: ObstacleKind::JoinedArguments, reason: reason.to_owned() };
            return Err(Stop { runtime, obstacle, ..self.stop(words, "") });
        }
        if let Some(java) = java_behind(&values).filter(|_| runtime == Runtime::Node) {
            return Ok(self.java(words, at + 1 + java, scope));
        }
        if runtime == Runtime::Node {
            let start = Start::new(words, scope);
            let folder = scope.folder.clone();
            let obstacle = node::runner::joined_option(&values).map(|option| Obstacle {
                kind: ObstacleKind::JoinedArguments,
                reason: format!("{option:?} is one argument: Node has no such option, and exits"),
            });
            return Ok(vec![Start { runtime, folder, obstacle, ..start }]);
        }
        self.program_or_script(words, at, &value, rest, scope)
    }

    /// A script that starts itself again starts nothing new, but may do it as another user.
    pub(super) fn restart(&mut self, script: PathBuf, scope: &Scope) -> Vec<Start> {
        self.restarted.extend(scope.user.clone().map(|user| (script, user)));
        Vec::new()
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
        let unseen = match self.finder.script(program, scope.folder.as_deref(), Order::Path) {
            Ok(script) => return self.found_script(words, script, rest, scope),
            Err(unseen) => unseen,
        };
        if let Some(launcher) = self.launcher(program) {
            let launcher = launcher.in_environment(&scope.environment);
            let start = Start::new(words, scope);
            let unverified = || {
                unresolved(format!(
                    "{name} starts java with the options of {}, which entrypatch has not verified",
                    launcher.variable
                ))
            };
            let obstacle = (!launcher.verified).then(unverified);
            if let Some(reason) = self.overridden(launcher, program, scope) {
                let stop = self.stop(words, &reason);
                return Err(Stop { runtime: Runtime::Java, is_start: true, ..stop });
            }
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
        let written = words.get(at).map(Word::value).unwrap_or_default();
        let reason = if scope.in_shell && program.contains(' ') && written.contains('$') {
            format!("{written} holds a whole command: write it where it is started, or `eval`")
        } else if scope.in_shell && written.starts_with("${") && written.contains("[@]") {
            format!("{written} holds a whole command: write it where it is started")
        } else if unseen.named || looks_like_script(program) {
            format!("what {program:?} starts cannot be seen: {}", unseen.reason)
        } else {
            format!("what {program:?} starts cannot be seen")
        };
        let stop = self.stop(words, &reason);
        let known = self.functions.contains(program) || is_no_java(program);
        let is_start = looks_like_script(program) || !scope.in_shell || !known;
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
            Kind::Run(text) => made(&text.text),
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
        // The script of Node's own images is known to run its arguments.
        let image = self.finder.facts.image.as_deref().unwrap_or_default();
        let is_known =
            script.value().ends_with("docker-entrypoint.sh") && node::image::is_node(image);
        for start in starts.iter_mut().filter(|_| !is_known) {
            start.passed_on_by = Some(script.value().to_owned());
            // `exec $@` in the script would take an argument apart.
            if start.runtime == Runtime::Node {
                start.obstacle = None;
            }
        }
        (!starts.is_empty()).then_some(starts)
    }

    pub(super) fn stop(&self, words: &[Word], reason: &str) -> Stop {
        let values: Vec<&str> = words.iter().map(Word::value).collect();
        let java = words_start_java(&values);
        Stop {
            words: words.to_vec(),
            runtime: if java { Runtime::Java } else { Runtime::Unknown },
            obstacle: unresolved(reason.to_owned()),
            is_start: false,
            unseen_script: false,
            environment_ends_at: values
                .iter()
                .find(|word| wrappers::starts_services_anew(word))
                .map(|word| (*word).to_owned()),
            environment: None,
        }
    }
}

impl Start {
    fn new(words: &[Word], scope: &Scope) -> Self {
        Self {
            words: words.to_vec(),
            program: None,
            launcher: None,
            runtime: Runtime::Java,
            environment: Arc::clone(&scope.environment),
            uncertain: Arc::clone(&scope.uncertain),
            obstacle: None,
            passed_on_by: None,
            unseen_script: false,
            prints: false,
            folder: None,
            user: scope.user.clone(),
            environment_ends_at: scope.environment_ends_at.clone(),
        }
    }
}

impl Start {
    /// Whether both are the same command.
    pub(super) fn is(&self, other: &Self) -> bool {
        let place = |start: &Self| start.words.get(start.program?)?.place.clone();
        match (place(self), place(other)) {
            (Some(own), Some(other)) => own == other,
            _ => self.words == other.words,
        }
    }
}

impl Stop {
    pub(super) fn into_start(self, scope: &Scope) -> Start {
        let environment = self.environment.unwrap_or_else(|| Arc::clone(&scope.environment));
        Start {
            environment,
            runtime: self.runtime,
            obstacle: Some(self.obstacle),
            unseen_script: self.unseen_script,
            environment_ends_at: self
                .environment_ends_at
                .or_else(|| scope.environment_ends_at.clone()),
            ..Start::new(&self.words, scope)
        }
    }
}

/// `dotenv -e .env -- java`, `cross-env A=1 java`, `npx env-cmd java`: which word is `java`, where a program of
/// Node's that takes options and assignments runs it.
fn java_behind(words: &[&str]) -> Option<usize> {
    let java = words.iter().position(|word| windows::program_name(word) == "java")?;
    let before = words.get(..java)?;
    let is_own = |word: &&str| {
        word.starts_with(['-', '.'])
            || word.contains('=')
            || *word == "run"
            || node::runner::runs_script(word)
    };
    let is_command = before.last() == Some(&"--") || before.iter().all(is_own);
    let is_file = before.iter().any(|word| word.ends_with(".js") || word.ends_with(".ts"));
    (is_command && !is_file).then_some(java)
}

fn never_expanded(program: &str) -> Obstacle {
    let reason =
        format!("{program} is never expanded in exec form: there is no program of that name");
    Obstacle { kind: ObstacleKind::VariableInExecForm, reason }
}

fn unresolved(reason: String) -> Obstacle {
    Obstacle { kind: ObstacleKind::Unresolved, reason }
}

/// What the wrappers in front of a program change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Changes<'w> {
    /// The user, as it is written.
    user: Option<&'w str>,
    /// The last one that does not pass the environment on.
    environment_ends_at: Option<&'w str>,
}

/// The program behind the wrappers of a command, and what they change.
pub(super) fn program<'w>(words: &[&'w str], scope: &Scope) -> (Program, Changes<'w>) {
    let (mut at, mut changes) = (0, Changes::default());
    let program = loop {
        let Some(word) = words.get(at) else { break Program::Missing };
        if windows::program_name(word) == "java" || (scope.in_shell && names_java(word, scope)) {
            break Program::Java(at);
        }
        if *word == "exec" && !scope.in_shell {
            let reason =
                "`exec` is a word of the shell: exec form looks for a program of that name";
            break Program::Obstructed(reason.to_owned());
        }
        let Some(wrapper) = wrappers::named(word) else { break Program::Other(at) };
        let Some(call) = wrapper.call(words.get(at + 1..).unwrap_or_default()) else {
            break Program::Obstructed(format!("the options of {word} cannot be read"));
        };
        changes.user = call.user.or(changes.user);
        changes.environment_ends_at =
            call.drops_environment.then_some(*word).or(changes.environment_ends_at);
        let next = at + 1 + call.own_words;
        // It starts a shell, with a text or without.
        if call.text.is_some() || (!wrapper.text.is_empty() && next >= words.len()) {
            break Program::Other(at);
        }
        at = next;
    };
    (program, changes)
}

/// What the wrappers in front of a program make of its scope.
fn behind(words: &[&str], program: usize, changes: Changes<'_>, scope: &Scope) -> Scope {
    let before = words.get(..program).unwrap_or_default();
    let mut environment = Arc::clone(&scope.environment);
    if changes.environment_ends_at.is_some() {
        environment = Arc::new(assignments(before));
    }
    if before.iter().any(|word| wrappers::base_name(word) == "env") {
        with_env_wrapper(Arc::make_mut(&mut environment), before);
    }
    let user = match changes.user {
        Some(user) if scope.in_shell => Some(shell::expanded(user, &scope.environment)),
        Some(user) => Some(user.to_owned()),
        None => scope.user.clone(),
    };
    let ends_at = changes.environment_ends_at.map(str::to_owned);
    let environment_ends_at = ends_at.or_else(|| scope.environment_ends_at.clone());
    Scope { environment, user, environment_ends_at, ..scope.clone() }
}

/// `sudo NAME=value java`
fn assignments(words: &[&str]) -> Variables {
    let own = words.iter().filter(|word| !word.starts_with('-'));
    let pairs = own.filter_map(|word| word.split_once('='));
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Whether a variable holds the `java` command: `$JAVACMD`, `${JAVA:-java}`.
fn names_java(word: &str, scope: &Scope) -> bool {
    if asks_for_java(word.trim_matches('"')) {
        return true;
    }
    let Some(name) = shell::variable(word) else { return false };
    let default = || {
        let (_, default) = word.strip_suffix('}')?.split_once('-')?;
        Some(default.to_owned())
    };
    let value = scope.environment.get(name).cloned().or_else(default);
    value.is_some_and(|value| {
        let value = value.trim_matches('"');
        wrappers::base_name(value) == "java" || asks_for_java(value)
    })
}

/// `$(which java)`, `` `command -v java` ``
fn asks_for_java(word: &str) -> bool {
    let inside = word.strip_prefix("$(").and_then(|rest| rest.strip_suffix(')'));
    let inside = inside.or_else(|| word.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')));
    let words: Vec<&str> = inside.unwrap_or_default().split_whitespace().collect();
    matches!(
        words.as_slice(),
        ["which", "java"] | ["command", "-v", "java"] | ["type", "-p" | "-P", "java"]
    )
}

/// What `env -u NAME NAME=value …` in front of the program makes of an environment.
fn with_env_wrapper(environment: &mut Variables, words: &[&str]) {
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
}

/// Why nothing is started where only wrappers stand.
fn without_program(words: &[Word]) -> &'static str {
    match words.last().map(|word| wrappers::base_name(word.value())) {
        // https://github.com/just-containers/s6-overlay#writing-services
        Some("init") => {
            "nothing stands behind init: that of s6 starts the services of /etc/s6-overlay/s6-rc.d and /etc/services.d, \
             whose `run` files are not read"
        }
        _ => "it runs its arguments, and there are none",
    }
}
