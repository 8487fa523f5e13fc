//! What a container starts: ENTRYPOINT × CMD × SHELL read as one argv, through wrappers, shells and
//! scripts to every `java` command, with the place of each word.
//!
//! Every start that this tool can see becomes a [`Launch`]; one that it cannot see through carries
//! an [`Obstacle`], never an edit.

pub mod argument_files;
mod argv;
mod arrivals;
mod hidden;
mod idle;
pub mod java;
pub mod launchers;
pub mod malformed;
pub mod options;
mod origins;
mod overridden;
mod reading;
mod rough;
mod scripts;
mod stage;
mod text;
mod windows;
mod written;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cooked::Cooked;
use crate::dockerfile::Dockerfile;
use crate::facts::{StageFacts, Variables};
use crate::images::{ImageFacts, Images, Jvm};
use crate::node;
use crate::shell::{self, Expansion};
use crate::source::{Source, Span};
use crate::wrappers;
use argument_files::ArgumentFile;
use java::JavaCommand;
use launchers::Launcher;
use options::{PlacedOption, VARIABLES};

pub use stage::of_stage;

/// With what a stage is read.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// What cannot be seen through may get its options by JAVA_TOOL_OPTIONS.
    pub by_environment: bool,
    /// What is known of images.
    pub images: &'a Images,
}

/// What the first process gets, as far as the file says it.
pub fn argv(file: &Dockerfile, facts: &StageFacts) -> Vec<String> {
    let words = argv::Argv::of(file, facts, &ImageFacts::UNKNOWN).words;
    words.iter().map(|word| word.value().to_owned()).collect()
}

/// All starts of a stage, and the scripts they were found in.
#[derive(Debug, Default)]
pub struct Launches {
    /// The starts; more than one where a shell text or a script starts `java` several times.
    pub launches: Vec<Launch>,
    /// The scripts of the build context that were read.
    pub scripts: Vec<Arc<Source>>,
    /// The scripts that stand in the Dockerfile itself: path in the image, and text.
    pub written: Vec<(String, String)>,
}

/// One start of a program.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The stage that holds the instruction; an inherited launch belongs to the stage below.
    pub stage: usize,
    /// The stage that the image is built from, whose environment the process gets.
    pub final_stage: usize,
    /// The instruction that holds the program, or the FROM where only the base image says what
    /// starts (an index into [`Dockerfile::instructions`]).
    pub instruction: usize,
    /// What holds the start in the document: that instruction, the start script of package.json.
    pub anchor: Span,
    /// Its name: `ENTRYPOINT`, `CMD`, `FROM`; `start` or `main` in package.json.
    pub keyword: &'static str,
    /// How the start is written.
    pub form: Form,
    /// What runs.
    pub runtime: Runtime,
    /// What the first process gets, as far as the file says it.
    pub argv: Vec<Word>,
    /// The words of the command that was found: a part of argv, or of a shell text.
    pub words: Vec<Word>,
    /// The index of the `java` word in `words`.
    pub program: Option<usize>,
    /// The words behind `java`, classified.
    pub java: Option<JavaCommand>,
    /// The files of arguments that `java` reads, as far as they are known.
    pub argument_files: Vec<ArgumentFile>,
    /// What starts `java` and takes its options from a variable.
    pub launcher: Option<&'static Launcher>,
    /// What keeps us from reading it.
    pub obstacle: Option<Obstacle>,
    /// What is known of the base image.
    pub image: Arc<ImageFacts>,
    /// The JVM that runs: the base image's, or one that the file puts there.
    pub jvm: Jvm,
    /// Whether the base image's own ENTRYPOINT stands in front of argv.
    pub behind_base_entrypoint: bool,
    /// The environment of the process, as far as the file sets it: ENV, `env` in front of `java`,
    /// assignments in a shell text.
    pub environment: Arc<Variables>,
    /// The variables among them that may hold something else: a branch sets them that may not run.
    pub uncertain: Arc<BTreeSet<String>>,
    /// The wrapper behind which nothing of the container's environment is left.
    pub environment_ends_at: Option<String>,
    /// The script (an index into [`Launches::scripts`]) that the `java` word stands in.
    pub script: Option<usize>,
    /// The instruction that holds the text of such a script, where it stands in the Dockerfile itself.
    pub written_in: Option<usize>,
    /// The RUNs that run the same script while the image is built: what it loads must be there by then.
    pub run_by: Vec<usize>,
    /// The ENTRYPOINT script, not seen, that gets the whole `java` command as its arguments.
    pub passed_on_by: Option<String>,
    /// The user that wrappers on the way change to (`gosu app java`); `None`: the container's.
    pub user: Option<String>,
    /// What Node evaluates, and whether the tracer comes first.
    pub node: Option<Box<node::Reading>>,
}

/// How a start is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `["java", …]`
    Exec,
    /// `java …`, run by SHELL.
    Shell,
    /// `["sh", "-c", "java …"]`
    ShellCommand,
    /// `["/entrypoint.sh"]`
    Script,
    /// A launcher that takes options from a variable.
    Environment,
    /// An array with a mistake, which Docker runs as shell text.
    Malformed,
    /// CMD holds arguments only, or nothing: the program stands in the base image.
    BaseImage,
}

impl Form {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exec => "exec",
            Self::Shell => "shell",
            Self::ShellCommand => "sh-c",
            Self::Script => "script",
            Self::Environment => "env",
            Self::Malformed => "malformed",
            Self::BaseImage => "base-image",
        }
    }
}

/// What a launch runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runtime {
    /// A JVM, started by the `java` launcher.
    Java,
    /// Node.
    Node,
    /// Something that we cannot see, in an image that carries Java.
    Unknown,
}

impl Runtime {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Java => "java",
            Self::Node => "node",
            Self::Unknown => "unknown",
        }
    }
}

/// A word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What the process gets; expansions of a shell stay as they are written.
    pub value: Cooked,
    /// What a shell makes of it.
    pub expansion: Expansion,
    /// Where it stands; `None` for what only Docker or the base image says.
    pub place: Option<Place>,
}

/// Where a word stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The text that holds it.
    pub text: TextId,
    /// As written there, quotes included.
    pub span: Span,
    /// What carries it.
    pub carrier: Carrier,
}

/// A text that edits may go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum TextId {
    /// The Dockerfile.
    Dockerfile,
    /// A script, by its index in [`Launches::scripts`].
    Script(usize),
}

/// What carries a word, which decides how another one is written beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// A string of an exec-form array.
    Array {
        /// The instruction.
        instruction: usize,
        /// Its index in the array.
        argument: usize,
    },
    /// The whole text of a shell-form instruction.
    ShellText {
        /// The instruction.
        instruction: usize,
    },
    /// A word of a shell text.
    ShellWord {
        /// What that text is wrapped in.
        quoting: Quoting,
        /// One pair of quotes holds the whole word, so that blanks may be put into it.
        in_quotes: bool,
    },
}

/// What a shell text is wrapped in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quoting {
    /// Nothing: it stands in the file as it is.
    Plain,
    /// A JSON string.
    Json,
    /// A word of another shell text: what needs quotes finds no place there.
    Nested,
    /// A here-document in which `$NAME` is filled in: `$` and backslashes have a backslash in front.
    Expanded,
}

impl Word {
    /// What the process gets.
    pub fn value(&self) -> &str {
        &self.value.text
    }

    fn without_place(value: &str) -> Self {
        Self { value: Cooked::plain(value, 0), expansion: Expansion::Literal, place: None }
    }

    /// The instruction and the index in its exec-form array.
    pub fn array(&self) -> Option<(usize, usize)> {
        match self.place.as_ref()?.carrier {
            Carrier::Array { instruction, argument } => Some((instruction, argument)),
            Carrier::ShellText { .. } | Carrier::ShellWord { .. } => None,
        }
    }
}

/// What keeps a launch from being read to its end, each kind with a rule that says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObstacleKind {
    /// What starts cannot be seen.
    Unresolved,
    /// An array with a mistake, which Docker runs as shell text.
    MalformedArray,
    /// The whole command is one word.
    JoinedArguments,
    /// A variable in exec form, which nobody expands.
    VariableInExecForm,
    /// A program that was compiled from Java.
    NativeImage,
    /// A JVM that loads no agent.
    NoInstrument,
    /// Another agent may come by a way that is not followed.
    HiddenAgent,
    /// Windows runs it.
    Windows,
    /// It starts no application.
    Idle,
    /// It starts none by itself: it prints something, or the arguments come from outside.
    Waiting,
}

/// Why a launch cannot be read to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// What is in the way.
    pub kind: ObstacleKind,
    /// What stopped us, for people.
    pub reason: String,
}

impl Launch {
    /// A start that no Dockerfile says.
    pub fn of_package(
        words: &[String],
        (keyword, anchor): (&'static str, Span),
        reading: node::Reading,
    ) -> Self {
        let words: Vec<Word> = words.iter().map(|word| Word::without_place(word)).collect();
        Self {
            stage: 0,
            final_stage: 0,
            instruction: 0,
            anchor,
            keyword,
            form: Form::Exec,
            runtime: Runtime::Node,
            argv: words.clone(),
            words,
            program: None,
            java: None,
            argument_files: Vec::new(),
            launcher: None,
            obstacle: None,
            image: Arc::default(),
            jvm: Jvm::UNKNOWN,
            behind_base_entrypoint: false,
            environment: Arc::default(),
            uncertain: Arc::default(),
            environment_ends_at: None,
            script: None,
            written_in: None,
            run_by: Vec::new(),
            passed_on_by: None,
            user: None,
            node: Some(Box::new(reading)),
        }
    }

    fn is_in_script(&self) -> bool {
        self.script.is_some() || self.written_in.is_some()
    }

    /// The programs that the first process is, or becomes, by the names in argv.
    pub fn started_by(&self) -> impl Iterator<Item = &str> {
        let scripts = self.argv.iter().filter(|_| self.is_in_script()).map(Word::value);
        scripts
            .filter(|word| !word.starts_with('-') && !word.contains([' ', '$', '=']))
            .map(wrappers::base_name)
    }

    /// What the first process gets; of a launch in a script, the script's command.
    pub fn shown_argv(&self) -> Vec<String> {
        let words = if self.is_in_script() { &self.words } else { &self.argv };
        words.iter().map(|word| word.value().to_owned()).collect()
    }

    /// The `java` command, where it could be read.
    pub fn command(&self) -> Option<(usize, &JavaCommand)> {
        Some((self.program?, self.java.as_ref()?))
    }

    /// Whether options can be put in: there is a `java` command, or a variable that carries them.
    pub fn is_read(&self) -> bool {
        self.obstacle.is_none() && (self.command().is_some() || self.launcher.is_some())
    }

    /// The span of a word that stands in the Dockerfile, its quotes included.
    pub fn word_span(&self, word: usize) -> Option<Span> {
        let place = self.words.get(word)?.place.as_ref()?;
        (place.text == TextId::Dockerfile).then(|| place.span.clone())
    }

    /// The words of argv behind the shell text of an instruction: CMD's, behind an ENTRYPOINT.
    pub fn behind(&self, instruction: usize) -> impl Iterator<Item = &Word> {
        let is_text = move |word: &&Word| {
            let carrier = word.place.as_ref().map(|place| place.carrier);
            carrier == Some(Carrier::ShellText { instruction })
        };
        self.argv.iter().skip_while(move |word| !is_text(word)).skip(1)
    }

    /// The JVM options in force, in the order in which the JVM applies them.
    pub fn jvm_options(&self) -> Vec<PlacedOption> {
        let mut all = Vec::new();
        for name in VARIABLES {
            if *name == "_JAVA_OPTIONS" {
                all.extend(self.launcher_options());
                all.extend(self.argv_options());
            }
            // The launcher of Java 8 does not know JDK_JAVA_OPTIONS.
            if *name != "JDK_JAVA_OPTIONS" || self.jvm.java != Some(8) {
                all.extend(self.variable_options(name));
            }
        }
        all
    }

    fn variable_options(&self, name: &str) -> Vec<PlacedOption> {
        let value = self.environment.get(name).filter(|_| !self.uncertain.contains(name));
        let value = value.map(String::as_str).unwrap_or_default();
        let placed = |text| PlacedOption { text, place: options::Place::Variable(name.to_owned()) };
        options::split_variable(value).into_iter().map(placed).collect()
    }

    /// What the variables of a launcher hold, apart from those that every JVM reads.
    fn launcher_options(&self) -> Vec<PlacedOption> {
        let Some(launcher) = self.launcher else { return Vec::new() };
        let names = launcher.also.iter().chain([&launcher.variable]);
        let own = names.filter(|name| !VARIABLES.contains(name));
        own.flat_map(|name| self.variable_options(name)).collect()
    }

    /// The JVM options that stand in the command, those in its variables included.
    fn argv_options(&self) -> Vec<PlacedOption> {
        let Some((program, java)) = self.command() else { return Vec::new() };
        let environment = self.certain_environment();
        let in_files = self.argument_files.iter().map(|file| file.word);
        let words: BTreeSet<usize> =
            java.options.iter().map(|at| program + 1 + at).chain(in_files).collect();
        let mut all = Vec::new();
        for at in words {
            let Some(word) = self.words.get(at) else { continue };
            let file = self.argument_files.iter().find(|file| file.word == at);
            let variable = shell::variable(word.value());
            match (file, variable.filter(|_| word.expansion != Expansion::Literal)) {
                (Some(file), _) => all.extend(file.placed()),
                (None, Some(name)) => all.extend(self.variable_options(name)),
                (None, None) => {
                    let text = text::expanded_word(word, &environment);
                    all.push(PlacedOption { text, place: options::Place::Word(at) });
                }
            }
        }
        all
    }

    /// The variables whose value is known for sure.
    fn certain_environment(&self) -> Cow<'_, Variables> {
        if self.uncertain.is_empty() {
            return Cow::Borrowed(&self.environment);
        }
        let certain = self.environment.iter().filter(|(name, _)| !self.uncertain.contains(*name));
        Cow::Owned(certain.map(|(name, value)| (name.clone(), value.clone())).collect())
    }

    /// Whether the shell makes one argument of a word, and all of it is known.
    pub fn is_known(&self, word: &Word) -> bool {
        let value = text::expanded_word(word, &self.certain_environment());
        match word.expansion {
            Expansion::Literal => true,
            Expansion::Quoted => {
                !value.contains(|c: char| c.is_whitespace() || "$`*?[".contains(c))
            }
            Expansion::Split => false,
        }
    }

    /// The words that the program gets, with their index.
    pub fn program_arguments(&self) -> impl Iterator<Item = (usize, &Word)> {
        let range = self.command().map_or(0..0, |(program, java)| {
            let arguments = &java.program_arguments;
            program + 1 + arguments.start..program + 1 + arguments.end
        });
        self.words.iter().enumerate().filter(move |(at, _)| range.contains(at))
    }
}
