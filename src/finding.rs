//! What rules report: a finding, and the wishes by which it would be mended.

use std::fmt;
use std::sync::Arc;

use crate::jar::JarLine;
use crate::launch::malformed::Repair;
use crate::source::{Source, Span};
use crate::structured::Amendment;

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
    /// The place that it is about.
    pub primary: Location,
    /// Other places that belong to it: the instruction that starts a script, say.
    pub related: Vec<Location>,
    /// What to do next.
    pub help: Option<String>,
    /// What it means for the launch.
    pub effect: Effect,
    /// The launch that it is about, by its index among those of the document.
    pub launch: Option<usize>,
}

/// A place in a file.
#[derive(Clone)]
pub struct Location {
    /// The file.
    pub file: Arc<Source>,
    /// The bytes.
    /// ```text
    /// ENTRYPOINT ["java", "-jar", "/app.jar"]
    ///             ^^^^^^
    /// ```
    pub span: Span,
}

impl Location {
    /// The bytes of a file.
    pub fn new(file: &Arc<Source>, span: Span) -> Self {
        Self { file: Arc::clone(file), span }
    }

    /// Whether another place lies within it.
    fn holds(&self, other: &Self) -> bool {
        self.is_in(&other.file)
            && self.span.start <= other.span.start
            && other.span.end <= self.span.end
    }

    /// Whether it stands in a file.
    pub fn is_in(&self, file: &Source) -> bool {
        self.file.path == file.path
    }
}

impl PartialEq for Location {
    fn eq(&self, other: &Self) -> bool {
        self.file.path == other.file.path && self.span == other.span
    }
}

impl Eq for Location {}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{:?}", self.file.path.display(), self.span)
    }
}

/// What a finding means for the launch that it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it only informs.
    Informs,
    /// These wishes would mend it.
    Mends(Vec<Op>),
    /// These changes of a deployment would mend it.
    Amends(Vec<Amendment>),
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
        /// The flags and their values.
        words: &'static [&'static str],
    },
    /// Put words in front of what NODE_OPTIONS holds.
    SetNodeOptions {
        /// The flags and their values.
        words: &'static [&'static str],
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
    pub fn new(rule: &'static str, severity: Severity, primary: Location, message: String) -> Self {
        Self {
            rule,
            severity,
            message,
            primary,
            related: Vec::new(),
            help: None,
            effect: Effect::Informs,
            launch: None,
        }
    }

    /// With another place that belongs to it, unless it holds the first place, or is known.
    pub fn related(mut self, place: Location) -> Self {
        if !place.holds(&self.primary) && !self.related.contains(&place) {
            self.related.push(place);
        }
        self
    }

    /// With the wishes that would mend it.
    pub fn mended_by(self, ops: Vec<Op>) -> Self {
        Self { effect: Effect::Mends(ops), ..self }
    }

    /// With the changes of a deployment that would mend it.
    pub fn amended_by(self, wishes: Vec<Amendment>) -> Self {
        Self { effect: Effect::Amends(wishes), ..self }
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
