//! What a task says of a container, as lines of a Dockerfile.

use crate::deploy::Container;
use crate::deploy::container::Word;
use crate::dockerfile;
use crate::plan;
use crate::source::Span;
use crate::structured::Node;

/// The lines that say what the task says, behind those of the image's Dockerfile.
pub(super) struct Lines<'n> {
    /// All of the text.
    pub(super) text: String,
    /// Where they begin.
    pub(super) start: usize,
    /// How many instructions they are.
    pub(super) count: usize,
    /// Each word of the task, and where it stands in the text.
    words: Vec<(Span, Word<'n>)>,
    /// How many of them are in place of the ENTRYPOINT.
    entry_words: usize,
    /// What stands in place of the image's ENTRYPOINT and of its CMD.
    pub(super) entry_point: Option<&'n Node>,
    pub(super) command: Option<&'n Node>,
}

impl<'n> Lines<'n> {
    /// The lines of a container, with the variables that come in or become others.
    pub(super) fn of(
        image: &str,
        container: Container<'n>,
        come: &[(String, String)],
    ) -> Option<Self> {
        let starts = ["entryPoint", "command"].map(|key| {
            container.words(key).and_then(|words| Some((container.node.get(key)?, words)))
        });
        starts.iter().any(Option::is_some).then_some(())?;
        let [entry_point, command] = starts;
        let mut text = image.to_owned();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        let start = text.len();
        let mut lines = Self {
            text,
            start,
            count: 1,
            words: Vec::new(),
            entry_words: entry_point.as_ref().map_or(0, |(_, words)| words.len()),
            entry_point: entry_point.as_ref().map(|(node, _)| *node),
            command: command.as_ref().map(|(node, _)| *node),
        };
        let variables: Vec<(String, String)> = container
            .environment()
            .into_iter()
            .filter_map(|one| Some((one.name.to_owned(), one.value?.text()?.to_owned())))
            .filter(|(name, _)| come.iter().all(|(own, _)| own != name))
            .chain(come.iter().cloned())
            .filter(|(name, value)| is_variable(name) && !value.contains(['\n', '\r']))
            .collect();
        if !variables.is_empty() {
            let line = plan::environment_line(&variables, dockerfile::escape(image));
            // In small letters it is not what `fix` writes, and `remove` leaves it alone.
            lines.text.push_str(&line.replacen("ENV", "env", 1));
            lines.text.push('\n');
            lines.count += 1;
        }
        if let Some((_, words)) = entry_point {
            lines.push("ENTRYPOINT", words);
            lines.count += 1;
        }
        // An entry point of the task leaves nothing of the image's CMD.
        lines.push("CMD", command.map(|(_, words)| words).unwrap_or_default());
        Some(lines)
    }

    fn push(&mut self, keyword: &str, words: Vec<Word<'n>>) {
        self.text.push_str(keyword);
        self.text.push_str(" [");
        for (at, word) in words.into_iter().enumerate() {
            if at > 0 {
                self.text.push_str(", ");
            }
            let start = self.text.len();
            self.text.push_str(&serde_json::Value::from(word.text.as_str()).to_string());
            self.words.push((start..self.text.len(), word));
        }
        self.text.push_str("]\n");
    }

    /// Whether they begin right behind the text of the image's Dockerfile, rather than behind a line break more.
    pub(super) fn starts_behind(&self, image: &str) -> bool {
        self.start == image.len()
    }

    /// The value of the task that a place in the text comes from.
    pub(super) fn node_at(&self, at: usize) -> Option<&'n Node> {
        let word = self.words.iter().find(|(span, _)| span.start <= at && at < span.end);
        word.map(|(_, word)| word.node).or(self.entry_point).or(self.command)
    }
}

impl Lines<'_> {
    /// Whether something puts a part of a word in: how many words that makes, and which, nobody knows. In
    /// shell text, which has blanks, it is read as a variable.
    pub(super) fn are_put_together(&self, in_template: bool) -> bool {
        let is_open = |word: &Word<'_>| {
            let is_text = word.text.contains(char::is_whitespace);
            word.is_open || (in_template && word.text.contains("${") && !is_text)
        };
        self.words.iter().any(|(_, word)| is_open(word))
    }

    /// The words in place of the ENTRYPOINT, and those in place of the CMD.
    pub(super) fn by_start(&self) -> (Vec<&Word<'_>>, Vec<&Word<'_>>) {
        let mut entry_point: Vec<&Word<'_>> = self.words().collect();
        let command = entry_point.split_off(self.entry_words.min(entry_point.len()));
        (entry_point, command)
    }

    /// All words.
    pub(super) fn words(&self) -> impl Iterator<Item = &Word<'_>> {
        self.words.iter().map(|(_, word)| word)
    }
}

fn is_variable(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}
