//! Physical lines to logical lines, as BuildKit joins them.
//!
//! Follows `Parse` in BuildKit's
//! [parser.go](https://github.com/moby/buildkit/blob/v0.30.0/frontend/dockerfile/parser/parser.go):
//! comments and blank lines inside a continuation are dropped, the escape character ends a line
//! only when no second one stands before it, and the lines of a here-document belong to the
//! instruction that opens it, wherever in its text the `<<` stands.

use super::words::Lexer;
use super::{HereDocument, SyntaxError};
use crate::cooked::Cooked;
use crate::source::{BYTE_ORDER_MARK, Span};

/// The longest physical line, in bytes, that BuildKit's scanner reads (`bufio.MaxScanTokenSize`).
const LONGEST_LINE: usize = 64 * 1024 - 1;

/// Files with more instructions are not read: they would take memory and time, and an image has at most
/// 127 layers.
const MOST_INSTRUCTIONS: usize = 50_000;

/// A file cut into logical lines.
#[derive(Debug, Default)]
pub(crate) struct Layout {
    /// One entry for each instruction, in order.
    pub(crate) lines: Vec<LogicalLine>,
    /// Every comment line, directives included.
    pub(crate) comments: Vec<Comment>,
    /// The escape character: `\` or, by the `# escape=` directive, a backtick.
    pub(crate) escape: char,
    /// The value of the `# syntax=` directive.
    pub(crate) syntax: Option<String>,
}

/// An instruction with its continuations joined.
#[derive(Debug)]
pub(crate) struct LogicalLine {
    /// The joined text, without comments, continuations and here-documents.
    pub(crate) cooked: Cooked,
    /// ```text
    /// RUN a \⏎  && b⏎
    /// ^^^^^^^^^^^^^^^^  whole physical lines, with here-documents and the last line break
    /// ```
    pub(crate) span: Span,
    /// The lines of the here-documents that follow the text, closing lines included.
    pub(crate) bodies: Cooked,
    /// Those here-documents.
    pub(crate) heredocs: Vec<HereDocument>,
}

/// A comment line.
#[derive(Debug, Clone)]
pub struct Comment {
    /// ```text
    ///   # text⏎
    /// ^^^^^^^^^  the whole physical line
    /// ```
    pub span: Span,
    /// What follows the `#`, trimmed.
    pub text: String,
}

/// Cuts `text` into logical lines.
pub(crate) fn read(text: &str) -> Result<Layout, SyntaxError> {
    let start = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let mut reader = Reader { text, at: start, directives: Some(Vec::new()) };
    let mut layout = Layout { escape: '\\', ..Layout::default() };
    while let Some(line) = reader.next(&mut layout)? {
        let content = trim_newline(&text[line.clone()]);
        let trimmed = content.trim_start();
        if trimmed.starts_with('#') {
            continue;
        }
        let (first, mut continues) = split_continuation(trimmed, layout.escape);
        if first.is_empty() && !continues {
            continue;
        }
        let mut cooked = Cooked::default();
        cooked.push(first, line.start + content.len() - trimmed.len());
        while continues && let Some(next) = reader.next(&mut layout)? {
            let content = trim_newline(&text[next.clone()]);
            let trimmed = content.trim_start();
            if trimmed.is_empty() || trimmed.starts_with('#') {
                continue;
            }
            let (part, more) = split_continuation(content, layout.escape);
            cooked.push(part, next.start);
            continues = more;
        }
        let (bodies_start, mut documents) = (reader.at, Vec::new());
        for opening in openings(&cooked.text) {
            documents.push(reader.here_document(opening, line.start)?);
        }
        let bodies = Cooked::plain(&text[bodies_start..reader.at], bodies_start);
        let span = line.start..reader.at;
        let logical = LogicalLine { cooked, span, bodies, heredocs: documents };
        if layout.lines.len() == MOST_INSTRUCTIONS {
            let message = format!(
                "more than {MOST_INSTRUCTIONS} instructions, which entrypatch does not read"
            );
            return Err(SyntaxError { offset: line.start, message });
        }
        layout.lines.push(logical);
    }
    Ok(layout)
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// The directives seen so far; `None` once a line that is no directive has ended their block.
    directives: Option<Vec<String>>,
}

impl Reader<'_> {
    /// The span of the next physical line, line break included; notes comments and directives.
    fn next(&mut self, layout: &mut Layout) -> Result<Option<Span>, SyntaxError> {
        let Some(line) = self.next_raw()? else { return Ok(None) };
        let trimmed = trim_newline(&self.text[line.clone()]).trim_start();
        self.directive(trimmed, line.start, layout)?;
        if let Some(comment) = trimmed.strip_prefix('#') {
            let text = comment.trim().to_owned();
            layout.comments.push(Comment { span: line.clone(), text });
        }
        Ok(Some(line))
    }

    fn next_raw(&mut self) -> Result<Option<Span>, SyntaxError> {
        let rest = &self.text[self.at..];
        if rest.is_empty() {
            return Ok(None);
        }
        let length = rest.find('\n').map_or(rest.len(), |at| at + 1);
        let line = self.at..self.at + length;
        if length > LONGEST_LINE {
            let message =
                format!("the line has more than {LONGEST_LINE} bytes, which Docker does not read");
            return Err(SyntaxError { offset: line.start, message });
        }
        self.at = line.end;
        Ok(Some(line))
    }

    /// Takes a `# syntax=`, `# escape=` or `# check=` directive from the head of the file.
    ///
    /// <https://docs.docker.com/reference/dockerfile/#parser-directives>
    fn directive(
        &mut self,
        line: &str,
        offset: usize,
        layout: &mut Layout,
    ) -> Result<(), SyntaxError> {
        let Some(seen) = &mut self.directives else { return Ok(()) };
        let directive = line.strip_prefix('#').and_then(|comment| comment.split_once('='));
        let (name, value) = match directive {
            Some((name, value)) if !value.trim().is_empty() => {
                (name.trim().to_ascii_lowercase(), value.trim())
            }
            _ => {
                self.directives = None;
                return Ok(());
            }
        };
        if !["syntax", "escape", "check"].contains(&name.as_str()) {
            self.directives = None;
            return Ok(());
        }
        if seen.contains(&name) {
            let message = format!("only one {name} parser directive can be used");
            return Err(SyntaxError { offset, message });
        }
        if name == "escape" {
            layout.escape = match value {
                "\\" => '\\',
                "`" => '`',
                _ => {
                    let message =
                        format!("invalid escape character {value:?}: only ` and \\ are allowed");
                    return Err(SyntaxError { offset, message });
                }
            };
        }
        if name == "syntax" {
            layout.syntax = Some(value.to_owned());
        }
        seen.push(name);
        Ok(())
    }

    /// Reads on behind the line that ends a here-document.
    fn here_document(
        &mut self,
        opening: Opening,
        opened_at: usize,
    ) -> Result<HereDocument, SyntaxError> {
        let Opening { name, strip_tabs, expands } = opening;
        let mut body = Cooked::default();
        while let Some(line) = self.next_raw()? {
            let mut content = &self.text[line.clone()];
            if strip_tabs {
                content = content.trim_start_matches('\t');
            }
            if trim_newline(content) == name {
                return Ok(HereDocument { name, body, expands });
            }
            body.push(content, line.end - content.len());
        }
        let message = format!("unterminated here-document: no line {name:?} follows");
        Err(SyntaxError { offset: opened_at, message })
    }
}

fn trim_newline(line: &str) -> &str {
    line.trim_end_matches(['\r', '\n'])
}

/// Splits off a continuation: an escape character at the end, with blanks behind it, but no second
/// escape character before it.
fn split_continuation(line: &str, escape: char) -> (&str, bool) {
    match line.trim_end_matches([' ', '\t']).strip_suffix(escape) {
        Some(before) if !before.ends_with(escape) => (before, true),
        _ => (line, false),
    }
}

/// A here-document that an instruction opens.
struct Opening {
    name: String,
    strip_tabs: bool,
    expands: bool,
}

/// The here-documents of a joined line: only RUN, COPY and ADD (also under ONBUILD) have them, and
/// only outside JSON arrays and quotes.
fn openings(line: &str) -> Vec<Opening> {
    let mut arguments = line.trim();
    if !arguments.contains("<<") {
        return Vec::new();
    }
    let mut keyword;
    (keyword, arguments) = split_word(arguments);
    if keyword.eq_ignore_ascii_case("ONBUILD") {
        (keyword, arguments) = split_word(arguments);
    }
    if !["RUN", "COPY", "ADD"].iter().any(|name| keyword.eq_ignore_ascii_case(name)) {
        return Vec::new();
    }
    while arguments.starts_with("--") {
        (_, arguments) = split_word(arguments);
    }
    if serde_json::from_str::<Vec<String>>(arguments).is_ok() {
        return Vec::new();
    }
    let lexer = Lexer { keep_quotes: true, keep_escapes: true, ..Lexer::new('\\') };
    let words = lexer.words(line).unwrap_or_default();
    words.iter().filter_map(|word| opening(word)).collect()
}

/// Reads one word as a here-document opening: `<<NAME`, `<<-NAME`, `3<<'NAME'`.
fn opening(word: &str) -> Option<Opening> {
    let (_, rest) = word
        .split_once("<<")
        .filter(|(descriptor, _)| descriptor.bytes().all(|byte| byte.is_ascii_digit()))?;
    let (strip_tabs, rest) = match rest.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let rest = rest.trim_start();
    if rest.is_empty() || rest.contains('<') {
        return None;
    }
    match Lexer::new('\\').words(rest).ok()?.as_slice() {
        [name] => {
            // BuildKit takes a word that lost quotes for a quoted one.
            let quotes = |text: &str| text.matches(['\'', '"']).count();
            let expands = quotes(name) == quotes(rest);
            Some(Opening { name: name.clone(), strip_tabs, expands })
        }
        _ => None,
    }
}

/// The first word, and what follows it without leading blanks.
pub(crate) fn split_word(text: &str) -> (&str, &str) {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\x0b' | '\x0c');
    match text.split_once(blank) {
        Some((word, rest)) => (word, rest.trim_start()),
        None => (text, ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(text: &str) -> Vec<String> {
        read(text).unwrap().lines.into_iter().map(|line| line.cooked.text).collect()
    }

    #[test]
    fn lines_are_joined_as_buildkit_joins_them() {
        let table: &[(&str, &[&str])] = &[
            ("FROM a\nCMD b\n", &["FROM a", "CMD b"]),
            ("  FROM a\r\nCMD b \\\r\n  c\r\n", &["FROM a", "CMD b   c"]),
            ("FROM a\nRUN x \\\n# comment\n\n  && y", &["FROM a", "RUN x   && y"]),
            ("FROM a\nRUN x \\  \n y\n", &["FROM a", "RUN x  y"]),
            ("FROM a\nRUN x \\\\\nCMD y", &["FROM a", "RUN x \\\\", "CMD y"]),
            ("# escape=`\nFROM a\nRUN c:\\ `\n d\n", &["FROM a", "RUN c:\\  d"]),
            ("# a comment\n# escape=`\nFROM a\nRUN b `\nCMD c", &["FROM a", "RUN b `", "CMD c"]),
            ("\\\nFROM a", &["FROM a"]),
            ("FROM a\nENTRY\\\nPOINT b", &["FROM a", "ENTRYPOINT b"]),
            ("FROM a\nCMD b \\", &["FROM a", "CMD b "]),
        ];
        for (text, expected) in table {
            assert_eq!(joined(text), *expected, "{text:?}");
        }
    }

    #[test]
    fn heredocs_are_no_instructions() {
        let table: &[(&str, &[&str])] = &[
            ("RUN <<EOF\nENTRYPOINT x\nEOF\nCMD y", &["RUN <<EOF", "CMD y"]),
            ("RUN cat <<EOF > /x\nCMD z \\\nEOF\nCMD y", &["RUN cat <<EOF > /x", "CMD y"]),
            ("COPY <<-'A' <<B /d/\n\tCMD 1\n\tA\n2\nB\nCMD y", &["COPY <<-'A' <<B /d/", "CMD y"]),
            ("ONBUILD RUN <<E\n1\nE\nCMD y", &["ONBUILD RUN <<E", "CMD y"]),
            ("RUN [\"a\", \"<<EOF\"]\nCMD y", &["RUN [\"a\", \"<<EOF\"]", "CMD y"]),
            ("RUN echo '<<EOF'\nCMD y", &["RUN echo '<<EOF'", "CMD y"]),
            ("RUN x=$((1<<2))\nCMD y", &["RUN x=$((1<<2))", "CMD y"]),
            ("ENTRYPOINT a <<EOF\nCMD y", &["ENTRYPOINT a <<EOF", "CMD y"]),
        ];
        for (text, expected) in table {
            assert_eq!(joined(text), *expected, "{text:?}");
        }
    }

    #[test]
    fn what_buildkit_refuses_is_refused() {
        let table = [
            ("# escape=x\nFROM a", "invalid escape character"),
            ("# escape=`\n# escape=`\nFROM a", "only one escape"),
            ("FROM a\nRUN <<EOF\n", "unterminated here-document"),
        ];
        for (text, expected) in table {
            let message = read(text).unwrap_err().message;
            assert!(message.contains(expected), "{text:?}: {message}");
        }
        let long = format!("FROM a\nRUN {}", "x".repeat(LONGEST_LINE));
        assert!(read(&long).unwrap_err().message.contains("bytes"));
    }
}
