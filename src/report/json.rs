//! `--format json`, a contract (`"version": 1`). Files are printed as they come, one a line, so
//! that memory does not grow with their number.

use std::collections::BTreeSet;
use std::io;

use serde::Serialize;

use super::printable::write_json;
use super::{Failure, Outcome, Report, Streams, Summary, is_fixable};
use crate::analyse::JudgedLaunch;
use crate::discover::Kind;
use crate::finding::Finding;
use crate::source::Source;

/// Prints the document piece by piece.
#[derive(Default)]
pub(super) struct Json {
    files: usize,
}

#[derive(Serialize)]
struct File<'a> {
    path: String,
    kind: &'static str,
    changed: bool,
    launches: Vec<LaunchRow<'a>>,
    findings: Vec<FindingRow<'a>>,
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
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
    fix: Option<&'static str>,
    help: Option<&'a str>,
}

impl Report for Json {
    fn file(&mut self, outcome: &Outcome, streams: &mut Streams<'_>) -> io::Result<()> {
        let (own, elsewhere): (Vec<&Finding>, Vec<&Finding>) =
            outcome.findings.iter().partition(|finding| finding.elsewhere.is_none());
        let file = File {
            path: outcome.source.path().to_string_lossy().into_owned(),
            kind: Kind::of(outcome.source.path()).name(),
            changed: outcome.changed,
            launches: outcome.launches.iter().map(launch_row).collect(),
            findings: rows(&own, &outcome.source),
        };
        self.begin(streams)?;
        write_json(&mut *streams.out, &file)?;
        let path = |finding: &Finding| {
            finding.place(&outcome.source).0.path().to_string_lossy().into_owned()
        };
        let paths: BTreeSet<String> = elsewhere.iter().map(|finding| path(finding)).collect();
        for path_of_file in paths {
            let own: Vec<&Finding> =
                elsewhere.iter().copied().filter(|one| path(one) == path_of_file).collect();
            let file = File {
                path: path_of_file,
                kind: "node",
                changed: false,
                launches: Vec::new(),
                findings: rows(&own, &outcome.source),
            };
            self.begin(streams)?;
            write_json(&mut *streams.out, &file)?;
        }
        Ok(())
    }

    fn finish(
        &mut self,
        failures: &[Failure],
        summary: &Summary,
        streams: &mut Streams<'_>,
    ) -> io::Result<()> {
        if self.files == 0 {
            write!(streams.out, "{{\"version\":1,\"files\":[")?;
        }
        write!(streams.out, "],\n\"errors\":")?;
        write_json(&mut *streams.out, &failures)?;
        write!(streams.out, ",\n\"summary\":")?;
        write_json(&mut *streams.out, summary)?;
        writeln!(streams.out, "}}")
    }
}

impl Json {
    fn begin(&mut self, streams: &mut Streams<'_>) -> io::Result<()> {
        let separator = if self.files == 0 { "{\"version\":1,\"files\":[\n" } else { ",\n" };
        self.files += 1;
        write!(streams.out, "{separator}")
    }
}

fn launch_row(judged: &JudgedLaunch) -> LaunchRow<'_> {
    let launch = &judged.launch;
    LaunchRow {
        runtime: launch.runtime.name(),
        stage: launch.stage,
        line: judged.line,
        instruction: judged.instruction,
        form: launch.form.name(),
        argv: launch.shown_argv(),
        patched_argv: judged.patched_argv.as_deref(),
        verdict: judged.verdict.name(),
        reason: judged.reason,
        script: judged.script.as_ref().map(|(path, line)| ScriptRow {
            path: path.to_string_lossy().into_owned(),
            line: *line,
        }),
        entry: launch
            .node
            .as_ref()
            .and_then(|reading| reading.entry.as_ref())
            .map(|entry| entry.path.to_string_lossy().into_owned()),
        base_entrypoint: launch
            .behind_base_entrypoint
            .then_some(launch.image.entrypoint.as_deref()),
    }
}

fn rows<'a>(findings: &[&'a Finding], own: &Source) -> Vec<FindingRow<'a>> {
    findings.iter().map(|finding| finding_row(finding, own)).collect()
}

fn finding_row<'a>(finding: &'a Finding, own: &Source) -> FindingRow<'a> {
    let (source, span) = finding.place(own);
    let start = source.position(span.start);
    let end = source.position(span.end);
    FindingRow {
        rule: finding.rule,
        severity: finding.severity.name(),
        message: &finding.message,
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
        fix: is_fixable(finding).then_some("available"),
        help: finding.help.as_deref(),
    }
}
