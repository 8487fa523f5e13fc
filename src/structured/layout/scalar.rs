//! Texts of YAML as they are written: with the quotes of their neighbours, where those suffice.

use super::super::Value;
use super::super::yaml::{self, resolved};
use crate::edit::shared_ends;

/// How a text is quoted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Quotes {
    /// `text`
    Plain,
    /// `'text'`
    Single,
    /// `"text"`
    Double,
}

impl Quotes {
    /// Those of a value as it is written; none of a block scalar and of a value with a tag.
    pub(super) fn of(written: &str) -> Option<Self> {
        match written.chars().next()? {
            '"' => Some(Self::Double),
            '\'' => Some(Self::Single),
            '|' | '>' | '!' | '&' | '*' | '[' | '{' => None,
            _ => Some(Self::Plain),
        }
    }

    /// A text with these quotes, or with double ones, where it would not be the same text otherwise.
    pub(super) fn around(self, text: &str) -> String {
        match self {
            Self::Plain if is_plain(text) => text.to_owned(),
            Self::Single if !text.contains(char::is_control) => {
                format!("'{}'", text.replace('\'', "''"))
            }
            Self::Plain | Self::Single | Self::Double => serde_json::Value::from(text).to_string(),
        }
    }
}

/// Words that are truth values to readers of YAML 1.1, as CloudFormation's is.
/// <https://yaml.org/type/bool.html>
const TRUTHS: &[&str] = &["y", "n", "yes", "no", "on", "off"];

/// Whether a text is the same text without quotes to every reader, in block and in flow style: none is
/// needed for most words, and where in doubt they are put.
fn is_plain(text: &str) -> bool {
    let mut letters = text.chars();
    let starts_well = match (letters.next(), letters.next()) {
        (Some('-'), Some(second)) => second.is_ascii_alphabetic(),
        (Some(first), _) => first.is_ascii_alphabetic() || matches!(first, '/' | '_'),
        _ => false,
    };
    starts_well
        && text.chars().all(is_harmless)
        && !text.contains(": ")
        && !text.ends_with([':', ' '])
        && matches!(resolved(text), Value::Text(_))
        && !is_truth(text)
}

fn is_truth(text: &str) -> bool {
    TRUTHS.contains(&text.to_ascii_lowercase().as_str())
}

fn is_harmless(letter: char) -> bool {
    letter.is_alphanumeric() || " -_./:=+@$()~".contains(letter)
}

/// A text without quotes that takes the place of another, where it is the same text to every reader.
pub(super) fn still_plain(old: &str, new: &str) -> Option<String> {
    // What ends a scalar in brackets does not stand in one.
    let is_known = |letter: char| is_harmless(letter) || old.contains(letter);
    let reads = || yaml::read(&format!("key: {new}")).ok();
    let is_same = || reads()?.roots.first()?.text_of("key").map(|read| read == new);
    (new.chars().all(is_known) && !is_truth(new) && is_same() == Some(true)).then(|| new.to_owned())
}

/// A block scalar that says another text, with all the bytes that both texts share where they were; `None`
/// where it cannot be found out how the one lies in the other.
/// ```text
/// - |
///   exec java -jar app.jar
///            ^ here
/// ```
pub(super) fn respliced(written: &str, old: &str, new: &str) -> Option<String> {
    let header = written.find('\n')? + 1;
    let body = written.get(header..)?;
    let indentation = body.len() - body.trim_start_matches([' ', '\r', '\n']).len();
    let first = body.get(..indentation)?;
    let indentation = indentation - first.rfind('\n').map_or(0, |end| end + 1);
    let (same, end) = shared_ends(old.chars(), new.chars());
    let middle: String = {
        let count = new.chars().count() - end - same;
        new.chars().skip(same).take(count).collect()
    };
    // What ends the lines of a block scalar, and what sets them in, is not in its text.
    if middle.contains(['\n', '\r']) {
        return None;
    }
    let places = places(body, old, indentation)?;
    let start = places.get(same)?;
    let end = places.get(old.chars().count() - end)?;
    Some(format!("{}{middle}{}", written.get(..header + start)?, written.get(header + end..)?))
}

/// Where each letter of a text lies in the body of a block scalar, and where the last ends.
fn places(body: &str, text: &str, indentation: usize) -> Option<Vec<usize>> {
    let blanks = |at: usize, most: usize| {
        let rest = body.get(at..).unwrap_or_default();
        rest.bytes().take(most).take_while(|byte| *byte == b' ').count()
    };
    let line_break = |at: usize| match body.get(at..)? {
        rest if rest.starts_with("\r\n") => Some(2),
        rest if rest.starts_with('\n') => Some(1),
        _ => None,
    };
    let mut at = blanks(0, indentation);
    let mut places = Vec::new();
    for letter in text.trim_end_matches('\n').chars() {
        places.push(at);
        let rest = body.get(at..)?;
        if letter != '\n' && rest.starts_with(letter) {
            at += letter.len_utf8();
            continue;
        }
        // A line break, which a folded text has as a blank.
        at += line_break(at).filter(|_| matches!(letter, ' ' | '\n'))?;
        at += blanks(at, indentation);
    }
    // The line break at the end is in the text, and behind the scalar.
    places.extend(std::iter::repeat_n(at, 1 + text.len() - text.trim_end_matches('\n').len()));
    Some(places)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_keep_their_quotes_where_they_suffice() {
        for (quotes, text, expected) in [
            (Quotes::Plain, "-javaagent:/dd-java-agent.jar", "-javaagent:/dd-java-agent.jar"),
            (Quotes::Plain, "true", "\"true\""),
            (Quotes::Plain, "on", "\"on\""),
            (Quotes::Plain, "8126", "\"8126\""),
            (Quotes::Plain, "-1", "\"-1\""),
            (Quotes::Plain, "a: b", "\"a: b\""),
            (Quotes::Plain, "a #b", "\"a #b\""),
            (Quotes::Plain, "", "\"\""),
            (Quotes::Single, "it's", "'it''s'"),
            (Quotes::Single, "a\nb", "\"a\\nb\""),
            (Quotes::Double, "a\"b", "\"a\\\"b\""),
        ] {
            assert_eq!(quotes.around(text), expected, "{text}");
        }
    }

    #[test]
    fn block_scalars_keep_their_lines() {
        for (written, old, new, expected) in [
            (
                "|\n  sh\n  java -jar a",
                "sh\njava -jar a\n",
                "sh\njava -x -jar a\n",
                "|\n  sh\n  java -x -jar a",
            ),
            (
                ">-\r\n    java\r\n    -jar a",
                "java -jar a",
                "java -x -jar a",
                ">-\r\n    java\r\n    -x -jar a",
            ),
            ("|\n  a\n    b", "a\n  b\n", "c\n  b\n", "|\n  c\n    b"),
        ] {
            assert_eq!(respliced(written, old, new).as_deref(), Some(expected));
        }
        assert_eq!(respliced("|\n  a", "a\n", "a\nb\n"), None);
    }
}
