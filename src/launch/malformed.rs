//! Arrays that are no valid JSON: what is wrong, and the one reading that is evident.

use crate::edit::{Edit, EditSet};

/// An array with a mistake, as its author meant it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repair {
    /// Its strings.
    pub words: Vec<String>,
    /// A comment behind the closing bracket.
    pub comment: Option<String>,
}

/// The quotes that people write, and what closes each.
const QUOTES: &[(char, &[char])] = &[
    ('"', &['"']),
    ('\'', &['\'']),
    ('“', &['”', '“', '"']),
    ('”', &['”', '"']),
    ('„', &['“', '”']),
    ('‘', &['’', '‘']),
    ('’', &['’']),
];

/// What is wrong with shell text that begins like an array: `[` and a quote. A shell test
/// (`[ -f x ] && …`) is no array.
pub fn fault(text: &str) -> Option<&'static str> {
    let rest = text.strip_prefix('[')?.trim_start();
    let quote = rest.chars().next().filter(|c| QUOTES.iter().any(|(open, _)| open == c))?;
    if is_test(text) {
        return None;
    }
    if quote == '\'' {
        return Some("its strings are in single quotes");
    }
    if quote != '"' {
        return Some("its strings are in typographic quotes");
    }
    Some(read(text).1.first().copied().unwrap_or("it is not valid JSON"))
}

/// `[ "$1" = "run" ] && java …`: behind the blank and the first word stands an operator, or behind the
/// bracket another command.
fn is_test(text: &str) -> bool {
    let behind_word = || {
        let inner = text.strip_prefix('[')?.strip_prefix([' ', '\t'])?.trim_start();
        let quote = inner.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        Some(inner.get(1..)?.split_once(quote)?.1.trim_start())
    };
    behind_word().is_some_and(|rest| match rest.strip_prefix(']') {
        Some(tail) => tail.trim_start().starts_with(['&', '|', ';']),
        None => rest.starts_with(['=', '!', '-', '<', '>']),
    })
}

/// The words that the author meant, where only one reading is evident.
pub fn repair(text: &str) -> Option<Repair> {
    read(text).0.filter(|repair| !repair.words.is_empty())
}

/// Reads an array leniently, and lists what is wrong with it.
fn read(text: &str) -> (Option<Repair>, Vec<&'static str>) {
    let mut faults = Vec::new();
    (lenient(text, &mut faults), faults)
}

/// Any kind of quotes, any separator or none, an unclosed bracket.
fn lenient(text: &str, faults: &mut Vec<&'static str>) -> Option<Repair> {
    let mut rest = text.strip_prefix('[')?;
    let mut words = Vec::new();
    let mut separated = true;
    loop {
        rest = rest.trim_start();
        let Some(c) = rest.chars().next() else {
            faults.push("its bracket is not closed");
            return Some(Repair { words, comment: None });
        };
        let behind = rest.get(c.len_utf8()..)?;
        if let Some((_, closing)) = QUOTES.iter().find(|(open, _)| *open == c) {
            if !separated {
                faults.push("a comma is missing between two strings");
            }
            if c != '"' {
                faults.push("its strings are in quotes that JSON does not know");
            }
            let (word, length) = string(behind, c, closing, faults)?;
            words.push(word);
            rest = behind.get(length..)?;
            separated = false;
        } else if c == ',' || c == ';' {
            if c == ';' {
                faults.push("a semicolon stands where a comma belongs");
            }
            if separated {
                faults.push("a comma has no string in front of it");
            }
            separated = true;
            rest = behind;
        } else if c == ']' {
            if separated && !words.is_empty() {
                faults.push("a comma stands behind its last string");
            }
            let tail = behind.trim();
            if tail.is_empty() {
                return Some(Repair { words, comment: None });
            }
            faults.push("text stands behind its closing bracket (Docker up to 26 ignores it)");
            // Only a comment is known not to be meant for the program.
            let comment = tail.starts_with('#').then(|| tail.to_owned())?;
            return Some(Repair { words, comment: Some(comment) });
        } else {
            return None;
        }
    }
}

/// A string up to its closing quote: its value, and its length with that quote.
fn string(
    text: &str,
    open: char,
    closing: &[char],
    faults: &mut Vec<&'static str>,
) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if closing.contains(&c) {
            return Some((value, at + c.len_utf8()));
        }
        if c != '\\' || open != '"' {
            value.push(c);
            continue;
        }
        let escape = |length| {
            let raw = text.get(at..at + length)?;
            serde_json::from_str::<String>(&format!("\"{raw}\"")).ok()
        };
        match escape(2).or_else(|| escape(6)) {
            Some(decoded) => {
                chars.next();
                if escape(2).is_none() {
                    chars.nth(3);
                }
                value.push_str(&decoded);
            }
            // `\d`, as in a regular expression: the backslash was meant.
            None => {
                faults.push("a backslash stands before a character that JSON does not escape");
                value.push(c);
            }
        }
    }
    None
}

/// Joins an ENTRYPOINT or CMD array that goes over lines without the escape character; `offset` is
/// where Docker finds an unknown instruction, the array's second line.
pub fn joined_lines(text: &str, offset: usize, escape: char) -> Option<EditSet> {
    let above = text.get(..text.get(..offset)?.rfind('\n')?)?;
    let mut start = above.rfind('\n').map_or(0, |at| at + 1);
    let first = text.get(start..)?.trim_start();
    let keyword = first.split_whitespace().next()?.to_ascii_uppercase();
    let array = first.get(keyword.len()..)?.trim_start();
    if !matches!(keyword.as_str(), "ENTRYPOINT" | "CMD") || !array.starts_with('[') {
        return None;
    }
    let mut edits = Vec::new();
    for (at, line) in text.get(start..)?.split_inclusive('\n').take(MOST_LINES).enumerate() {
        let content = line.trim_end_matches(['\n', '\r']);
        let begins = content.trim_start().starts_with(['"', ',', ']', '\'']);
        if content.trim().is_empty() || (at > 0 && !begins) {
            return None;
        }
        if content.trim_end().ends_with(']') {
            return EditSet::new(edits).ok().filter(|edits| !edits.is_empty());
        }
        if !content.trim_end().ends_with(escape) {
            let end = start + content.len();
            edits.push(Edit { span: end..end, text: format!(" {escape}") });
        }
        start += line.len();
    }
    None
}

/// The longest array, in lines, that is joined.
const MOST_LINES: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_evident_reading_is_found() {
        let java: &[&str] = &["java", "-jar", "/a.jar"];
        let table: &[(&str, &str, Option<&[&str]>)] = &[
            (r#"["java" "-jar", "/a.jar"]"#, "a comma is missing", Some(java)),
            (r#"["java", "-jar", "/a.jar",]"#, "behind its last string", Some(java)),
            (r#"["java";"-jar";"/a.jar"]"#, "a semicolon", Some(java)),
            ("['java', '-jar', '/a.jar']", "single quotes", Some(java)),
            ("[“java”, “-jar”, “/a.jar”]", "typographic quotes", Some(java)),
            (r#"["java", "-jar", "/a.jar""#, "not closed", Some(java)),
            (r#"["java", "-jar", "/a.jar"] # note"#, "behind its closing bracket", Some(java)),
            (r#"["java", "-jar", "/a.jar"] --port 80"#, "behind its closing bracket", None),
            (r#"["java", -jar, "/a.jar"]"#, "not valid JSON", None),
            (r#"["java", "-jar, "/a.jar"]"#, "not valid JSON", None),
            (r#"["a\d\u0041\"", "b"]"#, "a backslash", Some(&["a\\dA\"", "b"])),
        ];
        for (text, expected, words) in table {
            let words = words.map(|words| words.iter().map(|w| (*w).to_owned()).collect());
            assert_eq!(repair(text).map(|repair| repair.words), words, "{text}");
            assert!(fault(text).is_some_and(|fault| fault.contains(expected)), "{text}");
        }
        assert_eq!(repair("[\"a\"] # b").and_then(|r| r.comment).as_deref(), Some("# b"));
    }

    #[test]
    fn lines_of_an_array_are_joined() {
        let joined = |text: &str| {
            let offset = text.find("\"-jar").unwrap();
            joined_lines(text, offset, '\\')?.apply(text)
        };
        let expected = "FROM x\r\nCMD [\"java\", \\\r\n  \"-jar\", \\\r\n  \"a\"]\r\n";
        assert_eq!(joined(&expected.replace(" \\", "")).as_deref(), Some(expected));
        assert_eq!(joined("FROM x\nCMD [\"java\",\n\"-jar\"\nRUN x"), None);
        assert_eq!(joined("FROM x\nRUN [\"java\",\n\"-jar\"]"), None);
    }

    #[test]
    fn a_shell_test_is_no_array() {
        for text in [
            "[ -f x ] && java",
            "[[ a ]]",
            "[ `ls` ]",
            "[ $x = \"y\" ]",
            "java []",
            "[ \"$x\" = 'y' ] && java",
            "[ '$x' ] || java",
        ] {
            assert_eq!(fault(text), None, "{text}");
        }
    }
}
