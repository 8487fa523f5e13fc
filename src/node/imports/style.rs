//! How a file is written, and where a first statement goes.

use oxc_ast::ast::{Comment, Program, Statement};
use oxc_span::GetSpan as _;

/// The way in which a file writes its statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// The quote of its specifiers.
    pub quote: char,
    /// Statements end with a semicolon.
    pub semicolons: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { quote: '"', semicolons: true }
    }
}

/// The style of most statements at the top of a file.
pub(super) fn of(program: &Program<'_>, text: &str) -> Style {
    let mut votes = (0_i32, 0_i32);
    for statement in &program.body {
        let span = statement.span();
        let written = text.get(span.start as usize..span.end as usize).unwrap_or_default();
        let is_loading = matches!(
            statement,
            Statement::ImportDeclaration(_)
                | Statement::VariableDeclaration(_)
                | Statement::ExpressionStatement(_)
        );
        if !is_loading {
            continue;
        }
        votes.1 += if written.ends_with(';') { 1 } else { -1 };
        if let Some(quote) = written.chars().rfind(|c| matches!(c, '"' | '\'')) {
            votes.0 += if quote == '\'' { 1 } else { -1 };
        }
    }
    Style { quote: if votes.0 > 0 { '\'' } else { '"' }, semicolons: votes.1 >= 0 }
}

/// The place of a new first statement: behind the byte order mark, the hashbang, directives and the
/// comments of the header, in front of comments that belong to the first statement.
///
/// ```text
/// // SPDX-License-Identifier: MIT
///
/// // the server
/// ^ here
/// import express from "express";
/// ```
pub(super) fn head(program: &Program<'_>, text: &str) -> usize {
    let first = program.body.first().map_or(text.len(), |first| first.span().start as usize);
    let behind = program
        .directives
        .last()
        .map(|directive| directive.span.end as usize)
        .or_else(|| program.hashbang.as_ref().map(|hashbang| hashbang.span.end as usize))
        .unwrap_or(0);
    let comments = program.comments.iter().filter(|comment| {
        comment.span.start as usize >= behind && comment.span.end as usize <= first
    });
    let comments: Vec<&Comment> = comments.collect();
    let mut start = first;
    let mut block = "";
    for comment in comments.iter().rev() {
        let (own_start, own_end) = (comment.span.start as usize, comment.span.end as usize);
        let gap = text.get(own_end..start).unwrap_or_default();
        let line = text.get(..own_start).unwrap_or_default();
        let line_start = line.rfind('\n').map_or(0, |at| at + 1);
        let own_line = line.get(line_start..).unwrap_or_default().trim_start_matches('\u{feff}');
        if gap.matches('\n').count() > 1 || !own_line.trim().is_empty() {
            break;
        }
        start = own_start;
        block = text.get(start..first).unwrap_or_default();
    }
    if is_header(block) { first } else { start }
}

/// A block of comments that speaks of the whole file.
fn is_header(block: &str) -> bool {
    let words =
        ["copyright", "license", "spdx-", "@ts-check", "@ts-nocheck", "@file", "<reference"];
    let lower = block.to_lowercase();
    let disables = lower
        .match_indices("eslint-disable")
        .any(|(at, name)| !lower.get(at + name.len()..).unwrap_or_default().starts_with(['-']));
    disables || words.iter().any(|word| lower.contains(word))
}
