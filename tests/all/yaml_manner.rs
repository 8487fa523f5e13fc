//! Generated values as YAML, in the manners in which people write it.

use proptest::prelude::*;
use serde_json::Value;

/// How a file is written.
#[derive(Debug, Clone)]
pub(crate) struct YamlStyle {
    unit: usize,
    /// Dashes stand below their key, or are set in.
    dashes_set_in: bool,
    quotes: char,
    newline: &'static str,
    /// What stands behind some lines, and between some.
    comments: bool,
    /// Lists of plain values stand in brackets; all maps of plain values too.
    brackets: (bool, bool),
    null: &'static str,
    mark: &'static str,
    end: bool,
}

pub(crate) fn yaml_style() -> impl Strategy<Value = YamlStyle> {
    (
        prop::sample::select(vec![2, 4, 3]),
        any::<(bool, bool)>(),
        prop::sample::select(vec![' ', '\'', '"']),
        prop::sample::select(vec!["\n", "\r\n"]),
        any::<(bool, bool)>(),
        prop::sample::select(vec!["", "null", "~"]),
        prop::sample::select(vec!["", "---\n", "# é\n---\n", "\u{feff}"]),
        any::<bool>(),
    )
        .prop_map(
            |(unit, (dashes_set_in, end), quotes, newline, brackets, null, mark, comments)| {
                YamlStyle {
                    unit,
                    dashes_set_in,
                    quotes,
                    newline,
                    comments,
                    brackets,
                    null,
                    mark,
                    end,
                }
            },
        )
}

impl YamlStyle {
    pub(crate) fn text(&self, value: &Value) -> String {
        let mut lines = self.lines(value);
        if self.comments {
            for at in (0..lines.len()).rev().step_by(3) {
                if lines[at].ends_with(['"', '\'', ']', '}']) {
                    lines[at].push_str("  # why: \"so\"");
                }
                let indentation = lines[at].len() - lines[at].trim_start().len();
                lines.insert(at, format!("{}# - of old", " ".repeat(indentation)));
            }
        }
        let end = if self.end { self.newline } else { "" };
        let mark = self.mark.replace('\n', self.newline);
        format!("{mark}{}{end}", lines.join(self.newline))
    }

    /// A value as lines; one that stands behind its key or dash is one line.
    fn lines(&self, value: &Value) -> Vec<String> {
        let plain = |one: &Value| !one.is_object() && !one.is_array();
        match value {
            Value::Object(map) if map.values().all(plain) && self.brackets.1 => {
                vec![self.in_brackets(value)]
            }
            Value::Object(map) if !map.is_empty() => {
                map.iter().flat_map(|(key, one)| self.entry(key, one)).collect()
            }
            Value::Array(list) if list.iter().all(plain) && self.brackets.0 => {
                vec![self.in_brackets(value)]
            }
            Value::Array(list) if !list.is_empty() => {
                let item = |one: &Value| {
                    let lines = self.lines(one).into_iter().enumerate();
                    let mark = |at| if at == 0 { "- " } else { "  " };
                    lines.map(|(at, line)| format!("{}{line}", mark(at))).collect::<Vec<_>>()
                };
                list.iter().flat_map(item).collect()
            }
            _ => vec![self.in_brackets(value)],
        }
    }

    fn entry(&self, key: &str, value: &Value) -> Vec<String> {
        let lines = self.lines(value);
        let is_behind = lines.len() == 1
            && (!value.is_object() || lines[0].starts_with('{'))
            && (!value.is_array() || lines[0].starts_with('['));
        if is_behind {
            return vec![format!("{key}: {}", lines[0]).trim_end().to_owned()];
        }
        let deeper = if value.is_array() && !self.dashes_set_in { 0 } else { self.unit };
        let lines = lines.into_iter().map(|line| format!("{}{line}", " ".repeat(deeper)));
        std::iter::once(format!("{key}:")).chain(lines).collect()
    }

    fn in_brackets(&self, value: &Value) -> String {
        match value {
            Value::Object(map) => {
                let entry = |(key, one): (&String, &Value)| match one {
                    Value::Null => format!("{key}: null"),
                    one => format!("{key}: {}", self.in_brackets(one)),
                };
                format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
            Value::Array(list) => {
                let items: Vec<String> = list.iter().map(|one| self.in_brackets(one)).collect();
                format!("[{}]", items.join(", "))
            }
            Value::String(text) => self.quoted(text),
            Value::Null => self.null.to_owned(),
            other => other.to_string(),
        }
    }

    fn quoted(&self, text: &str) -> String {
        let is_word = text
            .starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '/')
            && text
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || "-_./:".contains(letter))
            && !["y", "n", "yes", "no", "on", "off", "true", "false", "null"].contains(&text);
        match self.quotes {
            ' ' if is_word => text.to_owned(),
            '\'' if !text.contains('\\') => format!("'{}'", text.replace('\'', "''")),
            _ => Value::from(text).to_string(),
        }
    }
}
