//! Which findings count: `--select` and `--ignore`, severities from the configuration, and ignore
//! comments.

use std::path::Path;
use std::sync::Arc;

use crate::dockerfile::Dockerfile;
use crate::finding::{Finding, Location, Severity};
use crate::input::DocumentKind;
use crate::rules;
use crate::settings::{Level, Settings};
use crate::source::{Source, Span};

/// Findings, sorted into those that count and those that were silenced.
#[derive(Debug, Default)]
pub struct Selected {
    /// Reported, sorted by place.
    pub reported: Vec<Finding>,
    /// Silenced by a comment, a flag or the configuration.
    pub silenced: Vec<Finding>,
}

/// Sorts findings, and adds one for every ignore comment that silences nothing.
pub fn select(
    file: &Dockerfile,
    source: &Arc<Source>,
    settings: &Settings,
    findings: Vec<Finding>,
) -> Selected {
    let mut comments = ignore_comments(file);
    let mut selected = Selected::default();
    for finding in findings {
        let by_comment = comments.iter_mut().find(|comment| comment.silences(&finding, source));
        match (enabled(settings, &finding), by_comment) {
            (Some(_), Some(comment)) => {
                comment.used = true;
                selected.silenced.push(finding);
            }
            (Some(_), None) if is_ignored_where_it_stands(&finding, source) => {
                selected.silenced.push(finding);
            }
            (Some(severity), None) => selected.reported.push(Finding { severity, ..finding }),
            (None, _) => selected.silenced.push(finding),
        }
    }
    for comment in comments.iter().filter(|comment| !comment.used) {
        let finding = comment.unused(source);
        if let Some(severity) = enabled(settings, &finding)
            && rule_enabled(settings, &comment.rule)
        {
            selected.reported.push(Finding { severity, ..finding });
        }
    }
    sort(&mut selected.reported, source);
    selected
}

/// Brings findings into the order in which they are reported: those of the document first, then by file,
/// place and rule.
pub fn sort(findings: &mut [Finding], own: &Source) {
    fn key<'f>(finding: &'f Finding, own: &Source) -> (bool, &'f Path, usize, &'f str) {
        let Location { file, span } = &finding.primary;
        (!finding.primary.is_in(own), &file.path, span.start, finding.rule)
    }
    findings.sort_by(|one, other| key(one, own).cmp(&key(other, own)));
}

/// Whether every rule that the settings name is there.
///
/// # Errors
/// The first one that is not.
pub fn check_names(settings: &Settings) -> Result<(), String> {
    let mut named = settings.select.iter().chain(&settings.ignore).chain(settings.rules.keys());
    match named.find(|rule| rules::named(rule).is_none()) {
        Some(rule) => Err(rules::unknown(rule)),
        None => Ok(()),
    }
}

/// The severity of a finding, or `None` when its rule is not wanted.
pub fn enabled(settings: &Settings, finding: &Finding) -> Option<Severity> {
    match settings.rules.get(finding.rule) {
        _ if !rule_enabled(settings, finding.rule) => None,
        Some(Level::Off) => None,
        Some(Level::Note) => Some(Severity::Note),
        Some(Level::Warning) => Some(Severity::Warning),
        Some(Level::Error) => Some(Severity::Error),
        None => Some(finding.severity),
    }
}

/// Whether the findings of a rule are wanted.
pub fn is_wanted(settings: &Settings, rule: &str) -> bool {
    rule_enabled(settings, rule) && settings.rules.get(rule) != Some(&Level::Off)
}

fn rule_enabled(settings: &Settings, rule: &str) -> bool {
    let has = |list: &[String]| list.iter().any(|name| name == rule);
    (settings.select.is_empty() || has(&settings.select)) && !has(&settings.ignore)
}

/// One rule of `# entrypatch: ignore[rule, other-rule] reason`.
struct IgnoreComment {
    rule: String,
    /// ```text
    /// # entrypatch: ignore[launch-unresolved] starts by hand
    /// ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    /// ```
    span: Span,
    /// The instruction that it stands above or in.
    instruction: Option<Span>,
    used: bool,
}

fn ignore_comments(file: &Dockerfile) -> Vec<IgnoreComment> {
    let mut comments = Vec::new();
    for comment in &file.comments {
        let Some(rules) = ignored_rules(&comment.text) else { continue };
        let instruction = file.instruction_after(comment.span.end);
        comments.extend(rules.map(|rule| IgnoreComment {
            rule: rule.to_owned(),
            span: comment.span.start..comment.span.start + 1,
            instruction: instruction.map(|instruction| instruction.span.clone()),
            used: false,
        }));
    }
    comments
}

/// What comments in scripts and sources begin with, or end in before the text.
const MARKS: [char; 3] = ['/', '*', '#'];

fn ignored_rules(comment: &str) -> Option<impl Iterator<Item = &str>> {
    let directive = comment.strip_prefix("entrypatch:")?.trim_start();
    let (rules, _reason) = directive.strip_prefix("ignore[")?.split_once(']')?;
    Some(rules.split(',').map(str::trim).filter(|rule| !rule.is_empty()))
}

/// Whether a comment of a script or a source silences a finding in it: in the same line, or in the
/// comments above.
/// ```text
/// // entrypatch: ignore[tracer-import-late] patched by hand
/// const express = require("express");
///                 ^^^^^^^^^^^^^^^^^^ the finding
/// ```
fn is_ignored_where_it_stands(finding: &Finding, own: &Source) -> bool {
    let place = &finding.primary;
    if place.is_in(own) && DocumentKind::of(&own.path) == DocumentKind::Dockerfile {
        return false;
    }
    let text = &place.file.text;
    let before = text.get(..place.span.start).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let own = text.get(line..).and_then(|rest| rest.lines().next());
    let above = text.get(..line).unwrap_or_default().lines().rev();
    let comments = above.take_while(|line| line.trim_start().starts_with(MARKS));
    own.into_iter().chain(comments).any(|line| {
        let Some(at) = line.find("entrypatch:") else { return false };
        let (before, comment) = line.split_at(at);
        let is_comment = before.trim_end().ends_with(MARKS);
        let mut rules = ignored_rules(comment).into_iter().flatten();
        is_comment && rules.any(|rule| rule == finding.rule)
    })
}

impl IgnoreComment {
    /// A finding about the instruction, or about something that belongs to it.
    fn silences(&self, finding: &Finding, own: &Source) -> bool {
        let Some(instruction) = &self.instruction else { return false };
        let mut places = std::iter::once(&finding.primary).chain(&finding.related);
        finding.rule == self.rule
            && places.any(|one| one.is_in(own) && instruction.contains(&one.span.start))
    }

    fn unused(&self, own: &Arc<Source>) -> Finding {
        let message = match rules::named(&self.rule) {
            Some(_) => format!("nothing to ignore: no {} in the next instruction", self.rule),
            None => format!("there is no rule {:?}", self.rule),
        };
        rules::finding("ignore-unused", Location::new(own, self.span.clone()), message)
            .help("take the comment out; `entrypatch rules` lists the rules")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_of_ignore_comments() {
        let table: &[(&str, Option<&[&str]>)] = &[
            ("entrypatch: ignore[a] reason", Some(&["a"])),
            ("entrypatch:ignore[a,b , c]", Some(&["a", "b", "c"])),
            ("entrypatch: ignore[]", Some(&[])),
            ("entrypatch: ignore a", None),
            ("entrypatch: ignore[a", None),
            ("entrypatch ignore[a]", None),
            ("see entrypatch: ignore[a]", None),
            ("zizmor: ignore[a]", None),
        ];
        for (comment, expected) in table {
            let rules = ignored_rules(comment).map(|rules| rules.collect::<Vec<_>>());
            assert_eq!(rules.as_deref(), *expected, "{comment}");
        }
    }

    #[test]
    fn comments_in_sources() {
        let table = [
            ("// entrypatch: ignore[tracer-import-late] by hand\n@x();", true),
            ("/* entrypatch: ignore[tracer-import-late] */\n// and more\n@x();", true),
            ("/**\n * entrypatch: ignore[a, tracer-import-late]\n */\n@x();", true),
            ("@x(); // entrypatch: ignore[tracer-import-late]", true),
            ("// entrypatch: ignore[tracer-import-late]\ny();\n@x();", false),
            ("// entrypatch: ignore[another]\n@x();", false),
            ("y(\"entrypatch: ignore[tracer-import-late]\"); @x();", false),
        ];
        for (text, expected) in table {
            let at = text.find('@').unwrap();
            let source = Arc::new(Source::new("a.js", text));
            let place = Location::new(&source, at..at + 1);
            let finding = rules::finding("tracer-import-late", place, String::new());
            let own = Source::new("Dockerfile", "");
            assert_eq!(is_ignored_where_it_stands(&finding, &own), expected, "{text}");
        }
    }
}
