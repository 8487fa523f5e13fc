//! `--format json`, a contract (`"version": 1`). Files are printed as they come, one a line, so
//! that memory does not grow with their number.

use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::printable::write_json;
use super::{Failure, Outcome, Printed, Report, Streams, Summary, is_fixable};
use crate::analyse::JudgedLaunch;
use crate::change::Change;
use crate::deploy::Platform;
use crate::edit::Edit;
use crate::finding::{Finding, Location};
use crate::input::{DocumentKind, shown};
use crate::source::{Source, Span};

/// Prints the document piece by piece.
pub(super) struct Json {
    /// A file was printed.
    is_begun: bool,
    current: PathBuf,
}

const BEFORE_FILES: &[u8] = b"{\"version\":1,\"files\":[\n";
const BETWEEN_FILES: &[u8] = b",\n";

#[derive(Serialize)]
struct File<'a> {
    path: String,
    kind: &'static str,
    changed: bool,
    launches: Vec<LaunchRow<'a>>,
    findings: Vec<FindingRow<'a>>,
    /// Only where there are some: what `fix` changes so that all fixable findings of the document are
    /// mended, in the bytes as they were before. All of them belong together, as they are proved
    /// together.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    edits: Vec<EditRow<'a>>,
}

#[derive(Serialize)]
struct EditRow<'a> {
    path: String,
    #[serde(flatten)]
    place: Position,
    text: &'a str,
}

#[derive(Serialize)]
struct LaunchRow<'a> {
    runtime: &'static str,
    stage: usize,
    line: usize,
    instruction: &'a str,
    form: &'static str,
    argv: Vec<String>,
    patched_argv: Option<&'a [String]>,
    verdict: &'static str,
    reason: Option<&'static str>,
    /// Only of a launch in a script: `argv` is the script's command.
    #[serde(skip_serializing_if = "Option::is_none")]
    script: Option<ScriptRow>,
    /// Only of Node: the source that is evaluated first.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
    /// Only where the file sets no ENTRYPOINT: that of the base image, null when it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    base_entrypoint: Option<Option<&'a [String]>>,
}

#[derive(Serialize)]
struct ScriptRow {
    path: String,
    line: usize,
}

#[derive(Serialize)]
struct FindingRow<'a> {
    rule: &'static str,
    severity: &'static str,
    message: &'a str,
    #[serde(flatten)]
    place: Position,
    fix: Option<&'static str>,
    help: Option<&'a str>,
    /// Only where there are some: the instruction that starts a script, say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<PlaceRow>,
}

#[derive(Serialize)]
struct PlaceRow {
    path: String,
    #[serde(flatten)]
    place: Position,
}

#[derive(Serialize)]
struct Position {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

impl Report for Json {
    fn of_file(&self, outcome: &Outcome) -> io::Result<Printed> {
        let own = outcome.findings.iter().filter(|finding| finding.primary.is_in(&outcome.source));
        let document = File {
            path: self.shown(outcome.source.path()),
            kind: outcome.platform.map_or(outcome.kind.name(), Platform::name),
            changed: outcome.changed,
            launches: outcome.launches.iter().map(|one| self.launch_row(one)).collect(),
            findings: own.map(|finding| self.finding_row(finding)).collect(),
            edits: outcome.changes.iter().flat_map(|change| self.edit_rows(change)).collect(),
        };
        let mut printed = Printed::default();
        write_json(&mut printed.out, &document)?;
        for (path, findings) in outcome.other_files() {
            let file = File {
                path: self.shown(path),
                kind: match DocumentKind::of(path) {
                    // No other file is a Dockerfile: it is a script that one starts.
                    DocumentKind::Dockerfile => "script",
                    kind => kind.name(),
                },
                changed: false,
                launches: Vec::new(),
                findings: findings.into_iter().map(|one| self.finding_row(one)).collect(),
                edits: Vec::new(),
            };
            printed.out.extend_from_slice(BETWEEN_FILES);
            write_json(&mut printed.out, &file)?;
        }
        Ok(printed)
    }

    fn file(&mut self, printed: &Printed, streams: &mut Streams<'_>) -> io::Result<()> {
        let before = if self.is_begun { BETWEEN_FILES } else { BEFORE_FILES };
        self.is_begun = true;
        streams.out.write_all(before)?;
        streams.out.write_all(&printed.out)
    }

    fn finish(
        &mut self,
        failures: &[Failure],
        summary: &Summary,
        streams: &mut Streams<'_>,
    ) -> io::Result<()> {
        if !self.is_begun {
            streams.out.write_all(BEFORE_FILES.trim_ascii_end())?;
        }
        write!(streams.out, "],\n\"errors\":")?;
        write_json(&mut *streams.out, &failures)?;
        write!(streams.out, ",\n\"summary\":")?;
        write_json(&mut *streams.out, summary)?;
        writeln!(streams.out, "}}")
    }
}

impl Json {
    pub(super) fn new(current: PathBuf) -> Self {
        Self { is_begun: false, current }
    }

    fn shown(&self, path: &Path) -> String {
        shown(&self.current, path).to_string_lossy().into_owned()
    }

    fn launch_row<'a>(&self, judged: &'a JudgedLaunch) -> LaunchRow<'a> {
        let launch = &judged.launch;
        let script = judged.script.as_ref();
        let entry = launch.node.as_ref().and_then(|reading| reading.entry.as_ref());
        LaunchRow {
            runtime: launch.runtime.name(),
            stage: launch.stage,
            line: judged.line,
            instruction: launch.keyword,
            form: launch.form.name(),
            argv: launch.shown_argv(),
            patched_argv: judged.patched_argv.as_deref(),
            verdict: judged.verdict.name(),
            reason: judged.reason,
            script: script.map(|(path, line)| ScriptRow { path: self.shown(path), line: *line }),
            entry: entry.map(|entry| self.shown(&entry.path)),
            base_entrypoint: launch
                .behind_base_entrypoint
                .then_some(launch.image.entrypoint.as_deref()),
        }
    }

    fn finding_row<'a>(&self, finding: &'a Finding) -> FindingRow<'a> {
        let related = finding.related.iter().map(|one| self.place(one));
        FindingRow {
            rule: finding.rule,
            severity: finding.severity.name(),
            message: &finding.message,
            place: Position::at(&finding.primary.file, &finding.primary.span),
            fix: is_fixable(finding).then_some("available"),
            help: finding.help.as_deref(),
            related: related.collect(),
        }
    }

    fn place(&self, place: &Location) -> PlaceRow {
        let Location { file, span } = place;
        PlaceRow { path: self.shown(file.path()), place: Position::at(file, span) }
    }

    fn edit_rows<'a>(&self, change: &'a Change) -> Vec<EditRow<'a>> {
        let before = Source::new(&change.path, change.before.as_deref().unwrap_or_default());
        let row = |edit: &'a Edit| EditRow {
            path: self.shown(&change.path),
            place: Position::at(&before, &edit.span),
            text: &edit.text,
        };
        change.edits.iter().map(row).collect()
    }
}

impl Position {
    fn at(file: &Source, span: &Span) -> Self {
        let (start, end) = (file.position(span.start), file.position(span.end));
        Self { line: start.line, column: start.column, end_line: end.line, end_column: end.column }
    }
}
