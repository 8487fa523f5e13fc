//! Text from files and names, written so that it cannot steer a terminal or mislead who reads it.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// Whether a terminal would act on a character, or show what follows in another order than it stands
/// in the file (<https://www.unicode.org/reports/tr9/#Directional_Formatting_Characters>).
fn steers(c: char) -> bool {
    let reorders = ['\u{61c}', '\u{200e}', '\u{200f}'];
    c.is_control()
        || reorders.contains(&c)
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// One line of text with such characters escaped.
pub fn printable(text: &str) -> String {
    escaped(text, &[])
}

/// The same for lines of a file, where tabs and line breaks stay.
pub(crate) fn printable_lines(text: &str) -> String {
    escaped(&text.replace("\r\n", "\n"), &['\t', '\n'])
}

fn escaped(text: &str, kept: &[char]) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if steers(c) && !kept.contains(&c) {
            escaped.extend(c.escape_default());
        } else {
            escaped.push(c);
        }
    }
    escaped
}

/// Writes a value as JSON in which such characters are escaped: the same value to every reader.
pub(crate) fn write_json(out: impl Write, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(out, Escaping);
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// JSON escapes U+0000 to U+001F by itself; this adds the others.
struct Escaping;

impl Formatter for Escaping {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|(_, c)| steers(*c)) {
            let (before, behind) = rest.split_at(at);
            out.write_all(before.as_bytes())?;
            write!(out, "\\u{:04x}", u32::from(c))?;
            rest = behind.get(c.len_utf8()..).unwrap_or_default();
        }
        out.write_all(rest.as_bytes())
    }
}
