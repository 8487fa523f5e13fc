//! What rules report: a finding, and the wishes by which it would be mended.

use crate::jar::JarLine;
use crate::launch::malformed::Repair;
use crate::source::{Source, Span};

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// It works, not as intended.
    Warning,
    /// Tracing will not work, or the container will not start.
    Error,
}

impl Severity {
    /// The name in JSON and in messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One thing that a rule has to say.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule's name.
    pub rule: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// The bytes that it is about.
    pub span: Span,
    /// What to do next.
    pub help: Option<String>,
    /// What it means for the launch.
    pub effect: Effect,
    /// The launch that it is about, by its index among those of the file.
    pub launch: Option<usize>,
    /// The place that decides it, where that is in another file than the launch.
    pub elsewhere: Option<Box<Elsewhere>>,
}

/// A place in another file.
#[derive(Debug, Clone)]
pub struct Elsewhere {
    /// That file.
    pub source: Source,
    /// The bytes.
    pub span: Span,
}

/// What a finding means for the launch that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it only informs.
    Informs,
    /// These wishes would mend it.
    Mends(Vec<Op>),
    /// A human must look: the launch gets no edit at all.
    Refuses,
}

/// A wish about the launch, stated in its own terms; [`crate::plan`] turns all wishes of a file
/// into one set of edits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Op {
    /// Insert a JVM option right behind the `java` word.
    InsertJvmOption {
        /// Its place among the inserted options: the lowest comes first.
        rank: usize,
        /// The whole option.
        option: String,
    },
    /// Set a variable of the container, in the stage that owns the launch.
    SetVariable {
        /// Its place among those that are set: the lowest comes first.
        rank: usize,
        /// Its name.
        name: String,
        /// Its value, as the process gets it.
        value: String,
    },
    /// Write another value into a word of the command.
    ReplaceWord {
        /// Its index in the command.
        word: usize,
        /// The new value.
        value: String,
    },
    /// Write an array with a mistake as it was meant.
    RepairArray {
        /// The instruction.
        instruction: usize,
        /// What was meant.
        repair: Repair,
    },
    /// Write several words in place of one.
    SplitWord {
        /// Its index in the command.
        word: usize,
        /// The new words.
        values: Vec<String>,
    },
    /// Move words from behind the program's name to right behind `java`.
    MoveToFront {
        /// Their indexes in the command, in order.
        words: Vec<usize>,
    },
    /// Give the jar that an ADD or COPY puts into the image a mode with which every user can read
    /// it.
    OpenJar {
        /// The instruction.
        instruction: usize,
    },
    /// Take a word out of the command.
    DropWord {
        /// Its index in the command.
        word: usize,
    },
    /// Make the entry of a Node application load the tracer first.
    ImportTracer,
    /// Add dd-trace to the dependencies in package.json.
    AddDependency {
        /// The versions that are asked for.
        range: String,
    },
    /// Insert words right behind the `node` word.
    InsertNodeOption {
        /// The flag and its value.
        words: [&'static str; 2],
    },
    /// Put words in front of what NODE_OPTIONS holds.
    SetNodeOptions {
        /// The flag and its value.
        words: [&'static str; 2],
    },
    /// Put the agent's jar into the stage that owns the launch.
    ProvideJar {
        /// The line that brings it.
        line: JarLine,
    },
}

impl Op {
    /// In which round an operation that puts in order what is there is done, and proved; `None` for
    /// those that put something in, which come after all rounds.
    pub fn round(&self) -> Option<usize> {
        match self {
            Self::RepairArray { .. } => Some(0),
            Self::SplitWord { .. } => Some(1),
            Self::MoveToFront { .. } => Some(2),
            Self::DropWord { .. } => Some(3),
            Self::InsertJvmOption { .. }
            | Self::SetVariable { .. }
            | Self::ReplaceWord { .. }
            | Self::OpenJar { .. }
            | Self::ImportTracer
            | Self::AddDependency { .. }
            | Self::InsertNodeOption { .. }
            | Self::SetNodeOptions { .. }
            | Self::ProvideJar { .. } => None,
        }
    }
}

impl Finding {
    /// A finding that only informs; see [`Finding::mended_by`] and [`Finding::refusing`].
    pub fn new(rule: &'static str, severity: Severity, span: Span, message: String) -> Self {
        Self {
            rule,
            severity,
            message,
            span,
            help: None,
            effect: Effect::Informs,
            launch: None,
            elsewhere: None,
        }
    }

    /// Where it is shown: the file and the bytes. `own` is the file of the launch.
    pub fn place<'a>(&'a self, own: &'a Source) -> (&'a Source, &'a Span) {
        match &self.elsewhere {
            Some(elsewhere) => (&elsewhere.source, &elsewhere.span),
            None => (own, &self.span),
        }
    }

    /// With the wishes that would mend it.
    pub fn mended_by(self, ops: Vec<Op>) -> Self {
        Self { effect: Effect::Mends(ops), ..self }
    }

    /// With the launch left alone altogether.
    pub fn refusing(self) -> Self {
        Self { effect: Effect::Refuses, ..self }
    }

    /// With a line that says what to do next.
    pub fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}
