//! Documents of keys and values, as one tree whatever they are written in: each value with its bytes in
//! the file. One file a format reads it ([`json`], [`yaml`], [`hcl`]); what the tree means is for [`crate::deploy`]. Wishes
//! about it are [`Amendment`]s; `layout` makes edits of them, in the manner of the file, and `proof` proves them.

mod amend;
pub mod hcl;
pub mod json;
mod layout;
mod proof;
pub mod yaml;

pub use amend::{Amendment, amended, says_the_same};
pub use proof::carried_out;

use crate::source::Span;

/// What was read of a file.
#[derive(Debug, Clone, Default)]
pub struct Documents {
    /// The value of each document in it, in order.
    pub roots: Vec<Node>,
    /// The values that more than one place uses, by an anchor: what changes one changes all.
    pub shared: Vec<Span>,
}

impl Documents {
    /// One document in which each value has one place.
    pub fn of(root: Node) -> Self {
        Self { roots: vec![root], shared: Vec::new() }
    }

    /// Whether a wish is about a value that more than one place uses.
    pub fn shares(&self, wishes: &[Amendment]) -> bool {
        let is_shared = |wish: &Amendment| {
            let holder = wish.holder();
            self.shared.iter().any(|one| one.start <= holder.start && holder.end <= one.end)
        };
        wishes.iter().any(is_shared)
    }
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// ```text
    /// "essential": false,
    ///              ^^^^^
    /// ```
    pub span: Span,
    /// What it says.
    pub value: Value,
}

/// What a value says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// `null`, which deployments read as a key that is not there.
    Null,
    /// `true`, `false`
    Bool(bool),
    /// As it is spelt: `8.0e1` stays so.
    Number(String),
    /// The decoded text.
    Text(String),
    /// `[…]`
    List(Vec<Node>),
    /// `{…}`, in the order of the file, a key that stands twice twice.
    Map(Vec<Entry>),
    /// What a template puts in later, as it is written: `${memory}`.
    Unknown(String),
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A whole number.
    pub fn number(number: u32) -> Self {
        Self::Number(number.to_string())
    }

    /// A list.
    pub fn list(items: impl IntoIterator<Item = Self>) -> Self {
        Self::List(items.into_iter().map(Node::made).collect())
    }

    /// A map.
    pub fn map(entries: impl IntoIterator<Item = (String, Self)>) -> Self {
        let entry = |(key, value)| Entry { key, key_span: 0..0, node: Node::made(value) };
        Self::Map(entries.into_iter().map(entry).collect())
    }

    /// Whether it holds no other value.
    pub fn is_scalar(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Map(_))
    }
}

/// A key and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The decoded key.
    pub key: String,
    /// ```text
    /// "essential": false,
    /// ^^^^^^^^^^^
    /// ```
    pub key_span: Span,
    /// Its value.
    pub node: Node,
}

/// Why a text could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The byte where reading stopped.
    pub offset: usize,
    /// What is wrong there.
    pub message: String,
}

impl Node {
    /// A value that stands in no file yet.
    pub fn made(value: Value) -> Self {
        Self { span: 0..0, value }
    }

    /// Moves it, and all in it, back in the file by that many bytes.
    pub fn shift(&mut self, by: usize) {
        self.span = self.span.start + by..self.span.end + by;
        match &mut self.value {
            Value::List(items) => items.iter_mut().for_each(|one| one.shift(by)),
            Value::Map(entries) => {
                for entry in entries {
                    entry.key_span = entry.key_span.start + by..entry.key_span.end + by;
                    entry.node.shift(by);
                }
            }
            _ => {}
        }
    }

    /// The value with these bytes, in it or itself.
    pub fn at(&self, span: &Span) -> Option<&Self> {
        if self.span == *span {
            return Some(self);
        }
        let items = self.items().iter().find_map(|one| one.at(span));
        items.or_else(|| self.entries().iter().find_map(|one| one.node.at(span)))
    }

    /// The entry of a key; none where its value is null, which AWS takes for a key that is not there.
    ///
    /// The case of the first letter does not count: what is `containerDefinitions` to the API of ECS is
    /// `ContainerDefinitions` in CloudFormation.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|one| is_key(&one.key, key) && one.node.value != Value::Null)
    }

    /// The value of a key, see [`Node::entry`].
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entry(key).map(|entry| &entry.node)
    }

    /// The keys and values of a map; none of anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The values of a list; none of anything else.
    pub fn items(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The values of the list at a key.
    pub fn list(&self, key: &str) -> &[Self] {
        self.get(key).map(Self::items).unwrap_or_default()
    }

    /// The text of a text.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The text at a key.
    pub fn text_of(&self, key: &str) -> Option<&str> {
        self.get(key).and_then(Self::text)
    }

    /// The truth value at a key, in either of the spellings that AWS takes.
    pub fn is_true(&self, key: &str) -> Option<bool> {
        match &self.get(key)?.value {
            Value::Bool(is_true) => Some(*is_true),
            Value::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Value::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// A number at a key, or a text that holds one.
    pub fn number(&self, key: &str) -> Option<u32> {
        match &self.get(key)?.value {
            Value::Number(text) | Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// Whether the text of the file is not all that it will be: a template puts a value in, or
    /// CloudFormation does (`{"Ref": …}`, `{"Fn::If": […]}`).
    /// <https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html>
    pub fn is_unknown(&self) -> bool {
        let is_made_of = |key: &str| key == "Ref" || key.starts_with("Fn::");
        match (&self.value, self.entries()) {
            (Value::Unknown(_), _) => true,
            (_, [only]) => is_made_of(&only.key),
            _ => false,
        }
    }
}

fn is_key(own: &str, key: &str) -> bool {
    let (Some(own_first), Some(first)) = (own.chars().next(), key.chars().next()) else {
        return own == key;
    };
    own_first.eq_ignore_ascii_case(&first)
        && own.get(own_first.len_utf8()..) == key.get(first.len_utf8()..)
}
