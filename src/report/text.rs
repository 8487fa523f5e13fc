//! The report for people: each finding with its place in the file, and a line that sums up.

use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

use super::printable::{printable, printable_lines};
use super::{Failure, Outcome, Printed, Report, Streams, Style, Summary, is_fixable};
use crate::finding::{Finding, Location, Severity};
use crate::input::shown;
use crate::source::Source;

/// Lines longer than this, in bytes, are named but not shown.
const LONGEST_SHOWN_LINE: usize = 2000;

pub(super) struct Text {
    style: Style,
    renderer: Renderer,
}

impl Text {
    pub(super) fn new(style: Style) -> Self {
        let renderer = if style.colors { Renderer::styled() } else { Renderer::plain() };
        Self { style, renderer }
    }

    fn finding(&self, finding: &Finding) -> String {
        let Location { file: source, span: own_span } = &finding.primary;
        let level = match finding.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
            Severity::Note => Level::NOTE,
        };
        let message = printable(&finding.message);
        let title = level.primary_title(message.as_str()).id(finding.rule);
        let position = source.position(own_span.start);
        let path = self.shown(source);
        let line = source.line_span(position.line);
        let last = source.line_span(source.position(own_span.end).line);
        let lines = source.text.get(line.start..last.end).unwrap_or_default();
        let help = finding.help.as_deref().map(printable);
        let place = format!("{path}:{}:{}", position.line, position.column);
        // A carriage return at the end of a line is not shown, and does not count.
        let before = |at: usize| {
            let before = lines.get(..at - line.start).unwrap_or_default();
            before.len() - before.matches("\r\n").count()
        };
        let lines = lines.replace("\r\n", "\n");
        let shown = printable_lines(&lines);
        let span = if shown == lines { before(own_span.start)..before(own_span.end) } else { 0..0 };
        let group = if lines.len() > LONGEST_SHOWN_LINE || lines.trim().is_empty() {
            title.element(Level::NOTE.message(place.as_str()))
        } else {
            let snippet = Snippet::source(shown.as_str()).path(path.as_str());
            let mark = AnnotationKind::Primary.span(span);
            title.element(snippet.line_start(position.line).annotation(mark))
        };
        let help = help.as_deref().map(|help| Level::HELP.message(help));
        let elsewhere = finding.related.iter().filter(|one| !one.is_in(source));
        let starts: Vec<String> = elsewhere
            .map(|one| {
                let position = one.file.position(one.span.start);
                format!("{}:{}: starts it", self.shown(&one.file), position.line)
            })
            .collect();
        let starts = starts.iter().map(|start| Level::NOTE.message(start.as_str()));
        self.renderer.render(&[group.elements(starts).elements(help)])
    }

    fn shown(&self, source: &Source) -> String {
        printable(&shown(&self.style.current, source.path()).to_string_lossy())
    }
}

impl Report for Text {
    fn of_file(&self, outcome: &Outcome) -> io::Result<Printed> {
        let mut printed = Printed::default();
        for patch in &outcome.patches {
            if self.style.terminal {
                printed.out.write_all(printable_lines(&patch.text).as_bytes())?;
            } else {
                printed.out.write_all(patch.text.as_bytes())?;
            }
        }
        // Standard output carries the patches.
        let findings = if self.style.patches { &mut printed.err } else { &mut printed.out };
        for finding in &outcome.findings {
            let note = finding.severity == Severity::Note;
            // `diff` shows the remedy of what can be mended; the rest is said beside it.
            if (self.style.quiet && note) || (self.style.patches && is_fixable(finding)) {
                continue;
            }
            writeln!(findings, "{}\n", self.finding(finding))?;
        }
        Ok(printed)
    }

    fn finish(
        &mut self,
        failures: &[Failure],
        summary: &Summary,
        streams: &mut Streams<'_>,
    ) -> io::Result<()> {
        streams.out.flush()?;
        for failure in failures {
            let path = printable(&failure.path);
            let message: Vec<String> = failure.message.lines().map(printable).collect();
            writeln!(streams.err, "error: {path}: {}", message.join("\n"))?;
        }
        if self.style.quiet {
            return Ok(());
        }
        if let Some(note) = costs(summary).filter(|_| self.style.inserts) {
            writeln!(streams.err, "note: {note}")?;
        }
        let stream = if self.style.patches { &mut *streams.err } else { &mut *streams.out };
        writeln!(stream, "{}", summary_line(summary))
    }
}

/// What whoever takes a patch should know.
fn costs(summary: &Summary) -> Option<&'static str> {
    match (summary.patched_profiling > 0, summary.patched_properties > 0) {
        (true, true) => Some(
            "dd.profiling.enabled may be billed, and a -D in an image beats the environment of \
             every deployment; leave one out by `profiling = false` under [java] in \
             entrypatch.toml",
        ),
        (true, false) => Some(
            "DD_PROFILING_ENABLED may be billed; leave it out by `profiling = false` under \
             [java] in entrypatch.toml",
        ),
        (false, true) => Some(
            "a -D in an image beats the environment of every deployment; `--preset env` writes \
             ENV instead",
        ),
        (false, false) => None,
    }
}

fn summary_line(summary: &Summary) -> String {
    let Summary { files, launches, instrumented, patchable, refused, .. } = summary;
    let plural = |count: usize, one: &str, many: &str| {
        format!("{count} {}", if count == 1 { one } else { many })
    };
    let mut line = format!(
        "{}, {}: {instrumented} instrumented, {patchable} patchable, {refused} refused",
        plural(*files, "file", "files"),
        plural(*launches, "launch", "launches"),
    );
    let counts = [
        (summary.error_findings, "error", "errors"),
        (summary.warnings, "warning", "warnings"),
        (summary.notes, "note", "notes"),
    ];
    let counts: Vec<String> = counts
        .iter()
        .filter(|(count, ..)| *count > 0)
        .map(|(count, one, many)| plural(*count, one, many))
        .collect();
    if !counts.is_empty() {
        line.push_str(&format!("; {}", counts.join(", ")));
    }
    line
}
