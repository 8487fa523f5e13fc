//! What a container starts: ENTRYPOINT × CMD × SHELL read as one argv, with the place of each
//! word, and in it the `java` command.
//!
//! Every start that this tool can see becomes a [`Launch`]; one that it cannot see through carries
//! an [`Obstacle`], never an edit.

mod argv;
pub mod images;
pub mod java;
pub mod options;
mod reading;
pub mod wrappers;

use crate::dockerfile::{Dockerfile, Kind};
use crate::facts::{Slot, StageFacts, Variables};
use crate::source::Span;
use argv::Argv;
use images::ImageFacts;
use java::JavaCommand;
use options::{Place, PlacedOption, VARIABLES};

/// One start of a container's first process.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The stage that holds the instruction; an inherited launch belongs to the stage below.
    pub stage: usize,
    /// The stage that the image is built from, whose environment the process gets.
    pub final_stage: usize,
    /// The instruction that holds the program (an index into [`Dockerfile::instructions`]).
    pub instruction: usize,
    /// How the start is written.
    pub form: Form,
    /// What runs.
    pub runtime: Runtime,
    /// What the first process gets, as far as the file says it.
    pub words: Vec<Word>,
    /// The index of the `java` word.
    pub program: Option<usize>,
    /// The words behind `java`, classified.
    pub java: Option<JavaCommand>,
    /// What keeps us from reading it.
    pub obstacle: Option<Obstacle>,
    /// What is known of the base image.
    pub image: ImageFacts,
    /// Whether the base image's own ENTRYPOINT stands in front of the words.
    pub behind_base_entrypoint: bool,
    /// The environment of the process, as far as the file sets it: ENV, and `env` in front of `java`.
    pub environment: Variables,
    /// The ENTRYPOINT script that gets the whole `java` command as its arguments.
    pub script: Option<String>,
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
    /// An array with a mistake, which Docker runs as shell text.
    Malformed,
    /// CMD holds arguments only; the program stands in the base image.
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
    /// Something that we cannot see, in an image that carries Java.
    Unknown,
}

impl Runtime {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Java => "java",
            Self::Unknown => "unknown",
        }
    }
}

/// A word of argv.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What the process gets.
    pub value: String,
    /// Where it stands: instruction and index in its exec-form array; `None` for shell text and
    /// what Docker puts in front of it.
    pub argument: Option<(usize, usize)>,
}

/// Why a launch cannot be read to its end: the rule that says it, and the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Obstacle {
    /// The rule.
    pub rule: &'static str,
    /// What stopped us, for people.
    pub reason: String,
}

/// Reads the launch of a stage; `None` where the file starts nothing that concerns Java.
pub fn of_stage(file: &Dockerfile, facts: &StageFacts) -> Option<Launch> {
    let image = facts.image.as_deref().map_or(images::UNKNOWN, images::look_up);
    let argv = Argv::of(file, facts)?;
    let mut reading = reading::read(&argv, image, facts.entrypoint == Slot::Base);
    if reading.runtime == Runtime::Unknown && !image.has_java {
        return None;
    }
    if reading.program.is_some() && reading.obstacle.is_none() {
        reading.obstacle = runtime_obstacle(file, facts);
    }
    let instruction = reading
        .program
        .and_then(|at| argv.words.get(at)?.argument)
        .map_or(argv.first_instruction, |(instruction, _)| instruction);
    let owner = file.stages.iter().position(|stage| stage.instructions.contains(&instruction))?;
    let values: Vec<&str> = argv.words.iter().map(|word| word.value.as_str()).collect();
    let before_program = values.get(..reading.program.unwrap_or(0)).unwrap_or_default();
    let environment = with_env_wrapper(facts.environment.clone(), before_program);
    let java = reading.program.map(|at| java::read(values.get(at + 1..).unwrap_or_default()));
    Some(Launch {
        stage: owner,
        final_stage: *facts.stages.last()?,
        instruction,
        form: reading.form,
        runtime: reading.runtime,
        program: reading.program,
        java,
        environment,
        obstacle: reading.obstacle,
        words: argv.words,
        image,
        behind_base_entrypoint: facts.entrypoint == Slot::Base,
        script: reading.script,
    })
}

/// A JVM or a system into which our arguments do not fit, whatever the launch says.
fn runtime_obstacle(file: &Dockerfile, facts: &StageFacts) -> Option<Obstacle> {
    let image = facts.image.as_deref().unwrap_or_default();
    if ["windowsservercore", "nanoserver"].iter().any(|name| image.contains(name)) {
        let reason = format!("{image} is a Windows image: the agent's path and mode are for Linux");
        return Some(Obstacle { rule: "launch-unresolved", reason });
    }
    let modules = jlinked_modules(file, facts)?;
    let whole = ["java.instrument", "ALL-MODULE-PATH", "java.se"];
    (!whole.iter().any(|module| modules.contains(module))).then(|| Obstacle {
        rule: "jlink-without-instrument",
        reason: "the Java runtime is made by jlink without the module java.instrument: it starts \
                 with no agent"
            .to_owned(),
    })
}

/// The command that makes a runtime by jlink which the stage copies from another stage.
fn jlinked_modules<'f>(file: &'f Dockerfile, facts: &StageFacts) -> Option<&'f str> {
    let copies =
        facts.stages.iter().flat_map(|stage| file.of_stage(*stage)).any(
            |(_, one)| matches!(&one.kind, Kind::Transfer(transfer) if transfer.from.is_some()),
        );
    file.instructions.iter().filter(|_| copies).find_map(|instruction| match &instruction.kind {
        Kind::Run(text) if text.contains("jlink") && text.contains("--add-modules") => {
            Some(text.as_str())
        }
        _ => None,
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

impl Launch {
    /// The effective argv.
    pub fn argv(&self) -> Vec<String> {
        self.words.iter().map(|word| word.value.clone()).collect()
    }

    /// The `java` command, where it could be read.
    pub fn command(&self) -> Option<(usize, &JavaCommand)> {
        Some((self.program?, self.java.as_ref()?))
    }

    /// The span that a finding about the launch points at: the `java` word, else the instruction.
    pub fn span(&self, file: &Dockerfile) -> Span {
        let word = self.program.and_then(|at| self.word_span(file, at));
        word.unwrap_or_else(|| self.instruction_span(file))
    }

    /// The span of a word that stands in an exec-form array, its quotes included.
    pub fn word_span(&self, file: &Dockerfile, word: usize) -> Option<Span> {
        let (instruction, argument) = self.words.get(word)?.argument?;
        let array = file.instructions.get(instruction)?.exec_array()?;
        Some(array.arguments.get(argument)?.span.clone())
    }

    fn instruction_span(&self, file: &Dockerfile) -> Span {
        file.instructions.get(self.instruction).map_or(0..0, |found| found.content.clone())
    }

    /// The JVM options in force, in the order in which the JVM applies them.
    pub fn jvm_options(&self) -> Vec<PlacedOption> {
        let mut all = Vec::new();
        for name in VARIABLES {
            if *name == "_JAVA_OPTIONS" {
                all.extend(self.argv_options());
            }
            // The launcher of Java 8 does not know JDK_JAVA_OPTIONS.
            let read = *name != "JDK_JAVA_OPTIONS" || self.image.java != Some(8);
            let value = self.environment.get(*name).filter(|_| read);
            let split = value.map(|value| options::split_variable(value)).unwrap_or_default();
            all.extend(
                split
                    .into_iter()
                    .map(|text| PlacedOption { text, place: Place::Variable((*name).to_owned()) }),
            );
        }
        all
    }

    /// The JVM options that stand in argv.
    fn argv_options(&self) -> Vec<PlacedOption> {
        let Some((program, java)) = self.command() else { return Vec::new() };
        let placed = |at: &usize| {
            let word = program + 1 + at;
            let text = self.words.get(word)?.value.clone();
            Some(PlacedOption { text, place: Place::Word(word) })
        };
        java.options.iter().filter_map(placed).collect()
    }

    /// The words that the program gets, with their index in argv.
    pub fn program_arguments(&self) -> impl Iterator<Item = (usize, &Word)> {
        let range = self.command().map_or(0..0, |(program, java)| {
            let arguments = &java.program_arguments;
            program + 1 + arguments.start..program + 1 + arguments.end
        });
        self.words.iter().enumerate().filter(move |(at, _)| range.contains(at))
    }
}
