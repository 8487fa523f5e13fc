//! Which findings count: `--select` and `--ignore`, severities from the configuration, and ignore
//! comments.

use crate::config::Level;
use crate::dockerfile::Dockerfile;
use crate::finding::{Finding, Severity};
use crate::rules;
use crate::settings::Settings;
use crate::source::Span;

/// Findings, sorted into those that count and those that were silenced.
#[derive(Debug, Default)]
pub struct Selected {
    /// Reported, sorted by place.
    pub reported: Vec<Finding>,
    /// Silenced by a comment, a flag or the configuration.
    pub silenced: Vec<Finding>,
}

/// Sorts findings, and adds one for every ignore comment that silences nothing.
pub fn select(file: &Dockerfile, settings: &Settings, findings: Vec<Finding>) -> Selected {
    let mut comments = ignore_comments(file);
    let mut selected = Selected::default();
    for finding in findings {
        let by_comment = comments.iter_mut().find(|comment| comment.silences(&finding));
        match (enabled(settings, &finding), by_comment) {
            (Some(_), Some(comment)) => {
                comment.used = true;
                selected.silenced.push(finding);
            }
            (Some(_), None) if is_ignored_in_source(&finding) => selected.silenced.push(finding),
            (Some(severity), None) => selected.reported.push(Finding { severity, ..finding }),
            (None, _) => selected.silenced.push(finding),
        }
    }
    for comment in comments.iter().filter(|comment| !comment.used) {
        let finding = comment.unused();
        if let Some(severity) = enabled(settings, &finding)
            && rule_enabled(settings, &comment.rule)
        {
            selected.reported.push(Finding { severity, ..finding });
        }
    }
    sort(&mut selected.reported);
    selected
}

/// Brings findings into the order in which they are reported: by place, then by rule.
pub fn sort(findings: &mut [Finding]) {
    findings.sort_by_key(|finding| (finding.span.start, finding.rule));
}

/// The severity of a finding, or `None` when its rule is not wanted.
pub fn enabled(settings: &Settings, finding: &Finding) -> Option<Severity> {
    match settings.levels.get(finding.rule) {
        _ if !rule_enabled(settings, finding.rule) => None,
        Some(Level::Off) => None,
        Some(Level::Note) => Some(Severity::Note),
        Some(Level::Warning) => Some(Severity::Warning),
        Some(Level::Error) => Some(Severity::Error),
        None => Some(finding.severity),
    }
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

fn ignored_rules(comment: &str) -> Option<impl Iterator<Item = &str>> {
    let directive = comment.strip_prefix("entrypatch:")?.trim_start();
    let (rules, _reason) = directive.strip_prefix("ignore[")?.split_once(']')?;
    Some(rules.split(',').map(str::trim).filter(|rule| !rule.is_empty()))
}

/// Whether a comment of the application's file silences a finding in it: in the same line, or in the
/// comments above.
/// ```text
/// // entrypatch: ignore[tracer-import-late] patched by hand
/// const express = require("express");
///                 ^^^^^^^^^^^^^^^^^^ the finding
/// ```
fn is_ignored_in_source(finding: &Finding) -> bool {
    let Some(place) = &finding.elsewhere else { return false };
    let text = &place.source.text;
    let before = text.get(..place.span.start).unwrap_or_default();
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let own = text.get(line..).and_then(|rest| rest.lines().next());
    let above = text.get(..line).unwrap_or_default().lines().rev();
    let comments = above.take_while(|line| line.trim_start().starts_with(['/', '*']));
    own.into_iter().chain(comments).any(|line| {
        let Some(at) = line.find("entrypatch:") else { return false };
        let (before, comment) = line.split_at(at);
        let is_comment = before.trim_end().ends_with(['/', '*']);
        let mut rules = ignored_rules(comment).into_iter().flatten();
        is_comment && rules.any(|rule| rule == finding.rule)
    })
}

impl IgnoreComment {
    fn silences(&self, finding: &Finding) -> bool {
        let here = self.instruction.as_ref().is_some_and(|span| span.contains(&finding.span.start));
        here && finding.rule == self.rule
    }

    fn unused(&self) -> Finding {
        let message = match rules::named(&self.rule) {
            Some(_) => format!("nothing to ignore: no {} in the next instruction", self.rule),
            None => format!("there is no rule {:?}", self.rule),
        };
        rules::finding("ignore-unused", self.span.clone(), message)
            .help("take the comment out; `entrypatch rules` lists the rules")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Elsewhere;
    use crate::source::Source;

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
            let source = Source::new("a.js", text);
            let place = Elsewhere { source, span: at..at + 1 };
            let finding = rules::finding("tracer-import-late", 0..0, String::new());
            let finding = Finding { elsewhere: Some(Box::new(place)), ..finding };
            assert_eq!(is_ignored_in_source(&finding), expected, "{text}");
        }
    }
}
