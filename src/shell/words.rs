//! The words of shell text: their quotes and expansions, and how a value is written as one.

use std::collections::BTreeMap;

use super::Expansion;
use crate::cooked::Cooked;

/// Removes the quotes of a word, as
/// [POSIX](https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#tag_19_02)
/// says, and keeps expansions (with the quotes inside them) as they are.
pub(super) fn unquoted(text: &Cooked, start: usize, raw: &str) -> (Cooked, Expansion) {
    let mut value = Cooked::default();
    let mut quote = None;
    let (mut expands, mut quoted, mut literal) = (false, false, false);
    let mut at = 0;
    while let Some(rest) = raw.get(at..) {
        let Some(c) = rest.chars().next() else { break };
        let mut length = c.len_utf8();
        let keeps = match (quote, c) {
            (None, '\'' | '"') => {
                quote = Some(c);
                quoted = true;
                false
            }
            (Some(open), c) if open == c => {
                quote = None;
                false
            }
            (Some('\''), _) => true,
            (_, '\\') => {
                let next = rest.get(1..).and_then(|rest| rest.chars().next());
                let escapes = quote.is_none() || next.is_some_and(|next| "$`\"\\\n".contains(next));
                match next {
                    // A joined line.
                    Some('\n') => length = 2,
                    Some(next) if escapes => {
                        let span = start + at + 1..start + at + 1 + next.len_utf8();
                        let file = text.file_span(start + at..span.end);
                        value.push_decoded(text.text.get(span).unwrap_or_default(), &file);
                        literal = true;
                        length = 1 + next.len_utf8();
                    }
                    _ => {}
                }
                !escapes
            }
            (_, '$' | '`') => {
                let end = expansion_end(rest);
                expands |= end > 1;
                literal |= end <= 1;
                length = end;
                true
            }
            _ => true,
        };
        if keeps {
            value.push_slice(text, start + at..start + at + length);
            literal |= !matches!(c, '$' | '`') || quote == Some('\'');
        }
        at += length;
    }
    let arguments = quoted && !literal && is_list(&value.text);
    let expansion = match (expands, (quoted || literal) && !arguments) {
        (false, _) => Expansion::Literal,
        (true, true) => Expansion::Quoted,
        (true, false) => Expansion::Split,
    };
    (value, expansion)
}

/// `"$@"` and `"${OPTIONS[@]}"` are any number of words in spite of their quotes.
fn is_list(value: &str) -> bool {
    matches!(value, "$@" | "${@}") || (value.starts_with("${") && value.ends_with("[@]}"))
}

/// Whether one pair of quotes holds a whole word.
pub(super) fn in_quotes(raw: &str) -> bool {
    let inner = |quote: char| raw.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let no_end = |inner: &str| !inner.replace("\\\"", "").contains('"');
    inner('\'').is_some_and(|inner| !inner.contains('\'')) || inner('"').is_some_and(no_end)
}

/// How long the expansion at the start of a text is, in bytes; 1 for a lone `$`.
pub fn expansion_end(text: &str) -> usize {
    let behind = |open: char, close: char| {
        let mut depth = 0_usize;
        let end = text.char_indices().skip(1).find(|(_, c)| {
            if *c == open {
                depth += 1;
            } else if *c == close {
                depth = depth.saturating_sub(1);
                return depth == 0;
            }
            false
        });
        end.map_or(text.len(), |(at, c)| at + c.len_utf8())
    };
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some('`'), _) => {
            text.get(1..).and_then(|rest| rest.find('`')).map_or(text.len(), |at| at + 2)
        }
        (_, Some('{')) => behind('{', '}'),
        (_, Some('(')) => behind('(', ')'),
        (_, Some(c)) if c == '_' || c.is_ascii_alphabetic() => {
            let name = |c: char| c == '_' || c.is_ascii_alphanumeric();
            let rest = text.get(1..).unwrap_or_default();
            1 + rest.find(|c| !name(c)).unwrap_or(rest.len())
        }
        (_, Some(c)) if "@*#?$!-0123456789".contains(c) => 2,
        _ => 1,
    }
}

/// The name of the variable that a whole word is: `$NAME`, `${NAME}`, `${NAME:-default}`.
pub fn variable(word: &str) -> Option<&str> {
    let rest = word.strip_prefix('$')?;
    let name = match rest.strip_prefix('{') {
        Some(inner) => {
            let inner = inner.strip_suffix('}')?;
            inner.split([':', '-', '=', '+', '?', '%', '#']).next()?
        }
        None => rest,
    };
    let valid = |name: &str| {
        name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic())
            && name.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
    };
    valid(name).then_some(name)
}

/// Longer values, in bytes, are not put together.
const LONGEST_VALUE: usize = 8 * 1024;

/// Fills in the variables that are known; the others stay.
pub fn expanded(text: &str, environment: &BTreeMap<String, String>) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, behind) = rest.split_at(at);
        result.push_str(before);
        let braced = behind.starts_with("${");
        let length = if braced {
            behind.find('}').map_or(behind.len(), |at| at + 1)
        } else {
            let name = |c: char| c == '_' || c.is_ascii_alphanumeric();
            behind
                .get(1..)
                .and_then(|rest| rest.find(|c| !name(c)))
                .map_or(behind.len(), |at| at + 1)
        };
        let (word, behind) = behind.split_at(length);
        match variable(word).and_then(|name| environment.get(name)) {
            Some(value) if result.len() + value.len() < LONGEST_VALUE => result.push_str(value),
            _ => result.push_str(word),
        }
        rest = behind;
    }
    result.push_str(rest);
    result
}

/// Writes a value as one word of shell text: as it stands where that is safe, else in quotes.
pub fn quote(value: &str) -> String {
    if is_plain(value) { value.to_owned() } else { format!("'{}'", value.replace('\'', "'\\''")) }
}

/// Whether a value means the same in shell text with and without any kind of quotes.
pub fn is_plain(value: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    !value.is_empty() && value.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expansions_are_told_apart() {
        let table = [
            ("a", Expansion::Literal),
            ("'$a'", Expansion::Literal),
            ("\\$a", Expansion::Literal),
            ("$a", Expansion::Split),
            ("${a}${b:-c d}", Expansion::Split),
            ("\"$a\"", Expansion::Quoted),
            ("x$a", Expansion::Quoted),
            ("$(a b)", Expansion::Split),
        ];
        for (word, expected) in table {
            let found = unquoted(&Cooked::plain(word, 0), 0, word).1;
            assert_eq!(found, expected, "{word}");
        }
        assert_eq!(variable("${JAVA_OPTS:-x}"), Some("JAVA_OPTS"));
        assert_eq!(variable("$A$B"), None);
    }
}
