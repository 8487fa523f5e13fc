//! What a task says of a container, as lines of a Dockerfile.

use crate::deploy::Container;
use crate::dockerfile;
use crate::plan;
use crate::source::Span;
use crate::structured::{Node, Value};

/// The lines that say what the task says, behind those of the image's Dockerfile.
pub(super) struct Lines<'n> {
    /// All of the text.
    pub(super) text: String,
    /// Where they begin.
    pub(super) start: usize,
    /// How many instructions they are.
    pub(super) count: usize,
    /// Each word in it, and the item of the task that it comes from.
    words: Vec<(Span, &'n Node)>,
    pub(super) entry_point: Option<&'n Node>,
    pub(super) command: Option<&'n Node>,
}

impl<'n> Lines<'n> {
    pub(super) fn of(
        image: &str,
        container: Container<'n>,
        lists: [Option<&'n Node>; 2],
        tags: &[(String, String)],
    ) -> Option<Self> {
        let [entry_point, command] = lists;
        let mut text = image.to_owned();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        let start = text.len();
        let mut lines = Self { text, start, count: 1, words: Vec::new(), entry_point, command };
        let variables: Vec<(String, String)> = container
            .environment()
            .into_iter()
            .filter_map(|one| Some((one.name.to_owned(), one.value?.text()?.to_owned())))
            .chain(tags.iter().cloned())
            .filter(|(name, value)| is_variable(name) && !value.contains(['\n', '\r']))
            .collect();
        if !variables.is_empty() {
            let line = plan::environment_line(&variables, dockerfile::escape(image));
            // In small letters it is not what `fix` writes, and `remove` leaves it alone.
            lines.text.push_str(&line.replacen("ENV", "env", 1));
            lines.text.push('\n');
            lines.count += 1;
        }
        if let Some(list) = entry_point {
            lines.push("ENTRYPOINT", Some(list))?;
            lines.count += 1;
        }
        // An entry point of the task leaves nothing of the image's CMD.
        lines.push("CMD", command)?;
        Some(lines)
    }

    fn push(&mut self, keyword: &str, list: Option<&'n Node>) -> Option<()> {
        self.text.push_str(keyword);
        self.text.push_str(" [");
        for (at, item) in list.map(Node::items).unwrap_or_default().iter().enumerate() {
            if at > 0 {
                self.text.push_str(", ");
            }
            let word = word_of(item)?;
            let start = self.text.len();
            self.text.push_str(&serde_json::Value::from(word).to_string());
            self.words.push((start..self.text.len(), item));
        }
        self.text.push_str("]\n");
        Some(())
    }

    /// Whether they begin right behind the text of the image's Dockerfile, rather than behind a line break more.
    pub(super) fn starts_behind(&self, image: &str) -> bool {
        self.start == image.len()
    }

    /// The value of the task that a place in the text comes from.
    pub(super) fn node_at(&self, at: usize) -> Option<&'n Node> {
        let word = self.words.iter().find(|(span, _)| span.start <= at && at < span.end);
        word.map(|(_, node)| *node).or(self.entry_point).or(self.command)
    }
}

impl Lines<'_> {
    /// Whether a template puts a part of a word in: how many words that makes, and which, nobody knows. In
    /// shell text, which has blanks, it is read as a variable.
    pub(super) fn are_put_together(&self) -> bool {
        let is_open = |item: &Node| {
            let word = word_of(item).unwrap_or_default();
            let is_text = word.contains(char::is_whitespace);
            item.is_unknown() || (word.contains("${") && !is_text)
        };
        self.words.iter().any(|(_, item)| is_open(item))
    }

    /// The words as they are written.
    pub(super) fn written(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.words.iter().filter_map(|(_, item)| Some((word_of(item)?, *item)))
    }
}

/// The word of an item; what a template puts in is read as it is written.
fn word_of(item: &Node) -> Option<&str> {
    match &item.value {
        Value::Text(text) | Value::Unknown(text) => Some(text),
        _ => None,
    }
}

fn is_variable(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}
