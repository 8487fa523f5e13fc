//! What other platforms say, in the words of ECS: each value stands where it does in the file.

use crate::source::Span;
use crate::structured::{Entry, Node, Value};

/// A key of a container that has another name there, or another form.
pub(super) struct Key {
    /// Its name there.
    pub(super) own: &'static str,
    /// Its name to ECS.
    pub(super) ecs: &'static str,
    /// What ECS would have in its place.
    pub(super) read: fn(&Node) -> Node,
}

/// The entries of a map that have these keys.
pub(super) fn entries(map: &Node, keys: &[Key]) -> Vec<Entry> {
    let found = |key: &Key| {
        // The case of a letter counts: AWS alone has two spellings of a key.
        let own = map.entry(key.own).filter(|one| one.key == key.own)?;
        Some(entry(key.ecs, own.key_span.clone(), (key.read)(&own.node)))
    };
    keys.iter().filter_map(found).collect()
}

/// A key that stands there, and its value.
pub(super) fn entry(key: &str, key_span: Span, node: Node) -> Entry {
    Entry { key: key.to_owned(), key_span, node }
}

/// A map of entries.
pub(super) fn map(span: Span, entries: Vec<Entry>) -> Node {
    Node { span, value: Value::Map(entries) }
}

/// A list, each item read in the same way.
pub(super) fn list(node: &Node, read: impl Fn(&Node) -> Node) -> Node {
    Node { span: node.span.clone(), value: Value::List(node.items().iter().map(read).collect()) }
}

/// A text that stands there.
pub(super) fn text(span: &Span, text: impl Into<String>) -> Node {
    Node { span: span.clone(), value: Value::text(text) }
}

/// What is known only later; `name` is what is known of it.
pub(super) fn unknown(span: &Span, name: &str) -> Node {
    Node { span: span.clone(), value: Value::Unknown(name.to_owned()) }
}

/// Variables that come from elsewhere: nobody knows which.
pub(super) fn push_unknown_variables(entries: &mut Vec<Entry>, from: &Node) {
    let unknown = unknown(&from.span, "");
    let own = entries.iter_mut().find(|one| one.key == "environment");
    match own.map(|own| &mut own.node.value) {
        Some(Value::List(items)) => items.push(unknown),
        _ => {
            let list = Node { span: from.span.clone(), value: Value::List(vec![unknown]) };
            entries.push(entry("environment", from.span.clone(), list));
        }
    }
}
