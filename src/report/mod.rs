//! Results to output: one file a format, one arm of [`Format`] each.

mod json;
mod printable;
mod text;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::analyse::{JudgedLaunch, Verdict};
use crate::change::ChangeSet;
use crate::deploy::Platform;
use crate::finding::{Effect, Finding, Severity};
use crate::input::DocumentKind;
use crate::source::Source;

pub use printable::printable;
pub(crate) use printable::{printable_lines, write_json};

/// What became of one file.
#[derive(Debug)]
pub struct Outcome {
    /// What the document is read as.
    pub kind: DocumentKind,
    /// What runs what it deploys.
    pub platform: Option<Platform>,
    /// The file as it was last read: after `fix`, the written text.
    pub source: Arc<Source>,
    /// Whether it was written.
    pub changed: bool,
    /// The launches with their verdicts.
    pub launches: Vec<JudgedLaunch>,
    /// The findings that remain.
    pub findings: Vec<Finding>,
    /// What `fix` would change, or changed; proved together.
    pub changes: ChangeSet,
    /// The patches of `diff` and `fix`: the document's own first.
    pub patches: Vec<Patch>,
}

/// What becomes of one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The unified diff.
    pub text: String,
    /// It puts `-Ddd.` options in.
    pub adds_properties: bool,
    /// It switches the profiler on.
    pub adds_profiling: bool,
}

impl Outcome {
    /// The other files that findings stand in, by path.
    pub(crate) fn other_files(&self) -> BTreeMap<&Path, Vec<&Finding>> {
        let mut files: BTreeMap<&Path, Vec<&Finding>> = BTreeMap::new();
        for finding in self.findings.iter().filter(|one| !one.primary.is_in(&self.source)) {
            files.entry(&finding.primary.file.path).or_default().push(finding);
        }
        files
    }
}

/// A file that could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Failure {
    /// The path as reports show it.
    pub path: String,
    /// What happened, and what to do.
    pub message: String,
}

/// The counts over all files.
#[derive(Debug, Default, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Summary {
    /// Files read.
    pub files: usize,
    /// Launches found.
    pub launches: usize,
    /// … of which nothing is to be done.
    pub instrumented: usize,
    /// … which `fix` would change.
    pub patchable: usize,
    /// … which a human must look at.
    pub refused: usize,
    /// Findings of severity error.
    pub error_findings: usize,
    /// Findings of severity warning.
    pub warnings: usize,
    /// Findings of severity note.
    pub notes: usize,
    /// Files written, or with a patch.
    #[serde(skip)]
    pub patched: usize,
    /// … that puts `-Ddd.` options in.
    #[serde(skip)]
    pub patched_properties: usize,
    /// … that switches the profiler on.
    #[serde(skip)]
    pub patched_profiling: usize,
}

impl Summary {
    /// Counts a file in.
    pub fn add(&mut self, outcome: &Outcome) {
        self.files += 1 + outcome.other_files().len();
        self.launches += outcome.launches.len();
        self.patched += usize::from(!outcome.patches.is_empty());
        let with = |adds: fn(&Patch) -> bool| usize::from(outcome.patches.iter().any(adds));
        self.patched_properties += with(|patch| patch.adds_properties);
        self.patched_profiling += with(|patch| patch.adds_profiling);
        for launch in &outcome.launches {
            match launch.verdict {
                Verdict::Instrumented => self.instrumented += 1,
                Verdict::Patchable => self.patchable += 1,
                Verdict::Refused => self.refused += 1,
            }
        }
        for finding in &outcome.findings {
            match finding.severity {
                Severity::Error => self.error_findings += 1,
                Severity::Warning => self.warnings += 1,
                Severity::Note => self.notes += 1,
            }
        }
    }
}

/// How results are printed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// One JSON document, version 1.
    Json,
}

/// The two streams: the result, and everything else.
pub struct Streams<'w> {
    /// Standard output.
    pub out: &'w mut dyn Write,
    /// Standard error.
    pub err: &'w mut dyn Write,
}

/// A format: what it makes of each file, in any order, and of all of them, in order.
pub trait Report: Sync {
    /// What is printed of one file.
    ///
    /// # Errors
    /// A value that the format cannot hold.
    fn of_file(&self, outcome: &Outcome) -> io::Result<Printed>;

    /// Prints one file.
    ///
    /// # Errors
    /// A stream that cannot be written to.
    fn file(&mut self, printed: &Printed, streams: &mut Streams<'_>) -> io::Result<()> {
        streams.out.write_all(&printed.out)?;
        if !printed.err.is_empty() {
            // What stands in standard output comes first, should both be one terminal.
            streams.out.flush()?;
            streams.err.write_all(&printed.err)?;
        }
        Ok(())
    }

    /// Prints what could not be read, and the summary.
    ///
    /// # Errors
    /// A stream that cannot be written to.
    fn finish(
        &mut self,
        failures: &[Failure],
        summary: &Summary,
        streams: &mut Streams<'_>,
    ) -> io::Result<()>;
}

/// What is printed of one file, for each stream.
#[derive(Debug, Default)]
pub struct Printed {
    /// For standard output.
    pub out: Vec<u8>,
    /// For standard error.
    pub err: Vec<u8>,
}

/// How a report is printed.
#[derive(Debug, Clone)]
pub struct Style {
    /// The current directory: paths are shown from there.
    pub current: PathBuf,
    /// Standard output carries the patches (unless the format replaces them), and findings go to
    /// standard error.
    pub patches: bool,
    /// The patches put something in.
    pub inserts: bool,
    /// No notes and no summary.
    pub quiet: bool,
    /// Findings are coloured.
    pub colors: bool,
    /// A person reads standard output: a patch must not steer the terminal.
    pub terminal: bool,
}

/// The report of a format.
pub fn report(format: Format, style: Style) -> Box<dyn Report> {
    match format {
        Format::Text => Box::new(text::Text::new(style)),
        Format::Json => Box::new(json::Json::new(style.current)),
    }
}

/// Whether `fix` would mend a finding.
fn is_fixable(finding: &Finding) -> bool {
    matches!(finding.effect, Effect::Mends(_) | Effect::Amends(_))
}
