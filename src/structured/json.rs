//! JSON, strictly as AWS reads it, but for the placeholders of templates. The only file that names the
//! `jsonc-parser` crate for task definitions.

use jsonc_parser::ast;
use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

use super::{Entry, Node, Unread, Value};
use crate::source::{BYTE_ORDER_MARK, Span};

/// Reads a text. A placeholder that stands where a value belongs, as `terraform`'s `templatefile` and
/// `envsubst` put values in, is [`Value::Unknown`]:
/// ```text
/// "memory": ${memory},
///           ^^^^^^^^^
/// ```
///
/// # Errors
/// Where it is no JSON: comments and trailing commas are none either.
pub fn read(text: &str) -> Result<Node, Unread> {
    let start = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let body = text.get(start..).unwrap_or_default();
    let (body, placeholders) = without_placeholders(body);
    let unread = |offset: usize, message: String| Unread { offset: start + offset, message };
    if let Some(at) = control_character(&body) {
        return Err(unread(at, "a control character in a string is written as \\u00…".to_owned()));
    }
    let parsed = parse_to_ast(&body, &CollectOptions::default(), &strict());
    let parsed = parsed.map_err(|error| unread(error.range().start, message(&error)))?;
    let value = parsed.value.ok_or_else(|| unread(0, "the file is empty".to_owned()))?;
    let reader = Reader { start, placeholders, text };
    Ok(reader.node(value))
}

/// The text as it is once a template has put something in, for another reader of JSON: each placeholder
/// is a string of its length.
pub fn filled(text: &str) -> String {
    without_placeholders(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text)).0
}

/// A value as `serde_json` reads it, the second opinion of the proof.
///
/// # Errors
/// A number that it does not read.
pub fn second_reading(node: &Node) -> Result<serde_json::Value, String> {
    use serde_json::Value as Json;
    Ok(match &node.value {
        Value::Null => Json::Null,
        Value::Bool(is_true) => Json::Bool(*is_true),
        Value::Number(text) => serde_json::from_str(text).map_err(|error| error.to_string())?,
        Value::Text(text) => Json::String(text.clone()),
        Value::Unknown(text) => Json::String(stand_in(text.len())),
        Value::List(items) => {
            Json::Array(items.iter().map(second_reading).collect::<Result<_, _>>()?)
        }
        Value::Map(entries) => {
            let pair = |one: &Entry| Ok((one.key.clone(), second_reading(&one.node)?));
            Json::Object(entries.iter().map(pair).collect::<Result<_, String>>()?)
        }
    })
}

/// What stands for a placeholder of that length: with its quotes it is as long.
fn stand_in(length: usize) -> String {
    "x".repeat(length.saturating_sub(2))
}

/// Where a string holds a tab or a line break as it is, which no reader of JSON but this one takes.
fn control_character(text: &str) -> Option<usize> {
    let (mut in_string, mut escaped) = (false, false);
    text.bytes().position(|byte| {
        let is_found = in_string && byte < b' ';
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            _ => {}
        }
        is_found
    })
}

fn strict() -> ParseOptions {
    ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    }
}

/// What the parser says, in one sentence without its own count of lines.
fn message(error: &jsonc_parser::errors::ParseError) -> String {
    let message = error.kind().to_string();
    let mut letters = message.chars();
    let first = letters.next().map(|first| first.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// The text with a string of the same length for each placeholder outside of strings, and their bytes.
fn without_placeholders(text: &str) -> (String, Vec<Span>) {
    let (mut found, mut in_string, mut at) = (Vec::new(), false, 0);
    let bytes = text.as_bytes();
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\\' if in_string => at += 1,
            b'"' => in_string = !in_string,
            b'$' if !in_string => {
                if let Some(length) = placeholder(text.get(at..).unwrap_or_default()) {
                    found.push(at..at + length);
                    at += length - 1;
                }
            }
            _ => {}
        }
        at += 1;
    }
    let mut body = text.to_owned();
    for span in &found {
        body.replace_range(span.clone(), &format!("\"{}\"", stand_in(span.len())));
    }
    (body, found)
}

/// The length of a placeholder in bytes: `${name}`, calls and quotes in it too, on one line.
fn placeholder(text: &str) -> Option<usize> {
    let inside = text.strip_prefix("${")?;
    let mut depth = 1;
    for (at, letter) in inside.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            '\n' => return None,
            _ => {}
        }
        if depth == 0 {
            return Some("${".len() + at + 1);
        }
    }
    None
}

/// From the parser's tree to ours.
struct Reader<'a> {
    /// Where the parsed text begins in the file.
    start: usize,
    placeholders: Vec<Span>,
    text: &'a str,
}

impl Reader<'_> {
    fn written(&self, range: jsonc_parser::common::Range) -> String {
        self.text.get(self.span(range)).unwrap_or_default().to_owned()
    }

    fn span(&self, range: jsonc_parser::common::Range) -> Span {
        self.start + range.start..self.start + range.end
    }

    fn node(&self, value: ast::Value<'_>) -> Node {
        let range = value.range();
        let is_placeholder = self.placeholders.contains(&(range.start..range.end));
        let value = match value {
            _ if is_placeholder => Value::Unknown(self.written(range)),
            ast::Value::NullKeyword(_) => Value::Null,
            ast::Value::BooleanLit(one) => Value::Bool(one.value),
            ast::Value::NumberLit(one) => Value::Number(one.value.to_owned()),
            ast::Value::StringLit(one) => Value::Text(one.value.into_owned()),
            ast::Value::Array(list) => {
                Value::List(list.elements.into_iter().map(|one| self.node(one)).collect())
            }
            ast::Value::Object(map) => {
                Value::Map(map.properties.into_iter().map(|one| self.entry(one)).collect())
            }
        };
        Node { span: self.span(range), value }
    }

    fn entry(&self, property: ast::ObjectProp<'_>) -> Entry {
        let key_span = self.span(property.name.range());
        let key = property.name.into_string();
        Entry { key, key_span, node: self.node(property.value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stand_where_they_are_written() {
        let text = "\u{feff}{\"a\": [1, \"é\\n\", true, null], \"B\": {\"c\": 8.0e1}}";
        let root = read(text).unwrap();
        let shown = |node: &Node| text[node.span.clone()].to_owned();
        let items: Vec<_> = root.list("a").iter().map(shown).collect();
        assert_eq!(items, ["1", "\"é\\n\"", "true", "null"]);
        assert_eq!(root.list("a")[1].text(), Some("é\n"));
        assert_eq!(root.get("b").unwrap().get("c").unwrap().value, Value::Number("8.0e1".into()));
        assert_eq!(&text[root.entry("b").unwrap().key_span.clone()], "\"B\"");
    }

    #[test]
    fn a_placeholder_is_a_value_that_nobody_knows() {
        let text = "{\"a\": ${memory}, \"b\": [${join(\",\", {x = 1})}], \"c\": \"${é}\"}";
        let root = read(text).unwrap();
        assert!(root.get("a").unwrap().is_unknown());
        assert_eq!(&text[root.get("a").unwrap().span.clone()], "${memory}");
        assert!(root.list("b")[0].is_unknown());
        assert_eq!(root.text_of("c"), Some("${é}"));
    }

    #[test]
    fn what_is_no_json_is_said_with_its_place() {
        for (text, offset) in [
            ("", 0),
            ("{\"a\": 1,}", 7),
            ("// a\n{}", 0),
            ("{'a': 1}", 1),
            ("{\"a\": <%= b %>}", 6),
            ("{\"a\" 1}", 5),
            ("{\"a\": \"b\tc\"}", 8),
        ] {
            let unread = read(text).unwrap_err();
            assert_eq!(unread.offset, offset, "{text}: {}", unread.message);
        }
        assert!(read(&"[".repeat(100_000)).is_err());
    }
}
