//! `rules` and `explain`: the rules as a list, and one in detail.

use std::io::{self, Write};

use serde::Serialize;

use crate::report::Format;
use crate::rules::{RULES, named};

#[derive(Serialize)]
struct Row {
    id: &'static str,
    severity: &'static str,
    summary: &'static str,
    fixable: bool,
}

/// Lists every rule.
pub fn list(format: Format, out: &mut dyn Write) -> io::Result<()> {
    if format == Format::Json {
        let rows: Vec<Row> = RULES
            .iter()
            .map(|rule| Row {
                id: rule.id,
                severity: rule.severity.name(),
                summary: rule.summary,
                fixable: rule.fixable,
            })
            .collect();
        return writeln!(out, "{}", serde_json::to_string_pretty(&rows)?);
    }
    let width = RULES.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    for rule in RULES {
        let fix = if rule.fixable { "fix" } else { "" };
        writeln!(out, "{:width$}  {:7}  {fix:3}  {}", rule.id, rule.severity.name(), rule.summary)?;
    }
    Ok(())
}

/// Prints what a rule is about; `false` when there is none of that name.
pub fn explain(id: &str, out: &mut dyn Write) -> io::Result<bool> {
    match named(id) {
        Some(rule) => writeln!(out, "{}", rule.docs.trim()).map(|()| true),
        None => Ok(false),
    }
}
