//! Wishes about a document, and the tree that they make of it: what the file must say afterwards,
//! whatever it is written in.

use super::{Entry, Node, Value, is_key};
use crate::source::Span;

/// A wish about a list or a map, which its bytes name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amendment {
    /// Put items in front of the one with this index; behind the last, where there is none.
    Insert {
        /// The list.
        list: Span,
        /// The index.
        at: usize,
        /// The items, in order.
        items: Vec<Value>,
    },
    /// Take an item out of a list.
    TakeItem {
        /// The list.
        list: Span,
        /// Its index.
        at: usize,
    },
    /// Give a map a key that it does not have, or in place of its `null`.
    Set {
        /// The map.
        map: Span,
        /// The key.
        key: String,
        /// Its value.
        value: Value,
    },
    /// Write another value in place of one that is neither a list nor a map.
    Replace {
        /// The value.
        scalar: Span,
        /// The new one.
        value: Value,
    },
    /// Take a key and its value out of a map.
    TakeKey {
        /// The map.
        map: Span,
        /// The key.
        key: String,
    },
}

impl Amendment {
    /// The list, map or value that it is about.
    pub fn holder(&self) -> &Span {
        match self {
            Self::Insert { list, .. } | Self::TakeItem { list, .. } => list,
            Self::Set { map, .. } | Self::TakeKey { map, .. } => map,
            Self::Replace { scalar, .. } => scalar,
        }
    }
}

/// The tree after all wishes: those about one list count the items that it had before.
///
/// # Errors
/// A wish that does not fit: what it is about is not there, or is there already.
pub fn amended(root: &Node, wishes: &[Amendment]) -> Result<Node, String> {
    let own: Vec<&Amendment> = wishes.iter().filter(|one| *one.holder() == root.span).collect();
    let inside = |node: &Node| amended(node, wishes);
    let value = match &root.value {
        Value::List(items) => {
            let items = items.iter().map(inside).collect::<Result<Vec<_>, _>>()?;
            Value::List(list(items, &own)?)
        }
        Value::Map(entries) => {
            let entry = |one: &Entry| Ok(Entry { node: inside(&one.node)?, ..one.clone() });
            let entries = entries.iter().map(entry).collect::<Result<Vec<_>, String>>()?;
            Value::Map(map(entries, &own)?)
        }
        _ => match own.as_slice() {
            [] => root.value.clone(),
            [Amendment::Replace { value, .. }] => value.clone(),
            _ => return Err("there is no list or map to change".to_owned()),
        },
    };
    Ok(Node { span: root.span.clone(), value })
}

fn list(items: Vec<Node>, wishes: &[&Amendment]) -> Result<Vec<Node>, String> {
    let count = items.len();
    let mut slots: Vec<(Vec<Node>, Option<Node>)> =
        items.into_iter().map(|one| (Vec::new(), Some(one))).collect();
    slots.push((Vec::new(), None));
    for wish in wishes {
        match wish {
            Amendment::Insert { at, items, .. } => {
                let slot = slots.get_mut((*at).min(count)).ok_or("there is no such item")?;
                slot.0.extend(items.iter().cloned().map(Node::made));
            }
            Amendment::TakeItem { at, .. } => {
                let slot = slots.get_mut(*at).ok_or("there is no such item")?;
                slot.1.take().ok_or("an item is taken out twice")?;
            }
            _ => return Err("a list has no keys".to_owned()),
        }
    }
    Ok(slots.into_iter().flat_map(|(new, old)| new.into_iter().chain(old)).collect())
}

fn map(mut entries: Vec<Entry>, wishes: &[&Amendment]) -> Result<Vec<Entry>, String> {
    for wish in wishes {
        match wish {
            Amendment::Set { key, value, .. } => {
                let node = Node::made(value.clone());
                match entries.iter_mut().find(|one| is_key(&one.key, key)) {
                    Some(null) if null.node.value == Value::Null => null.node = node,
                    Some(_) => return Err(format!("{key} is there already")),
                    None => entries.push(Entry { key: key.clone(), key_span: 0..0, node }),
                }
            }
            Amendment::TakeKey { key, .. } => {
                let at = entries.iter().position(|one| one.key == *key);
                entries.remove(at.ok_or_else(|| format!("there is no {key}"))?);
            }
            _ => return Err("a map has no items".to_owned()),
        }
    }
    Ok(entries)
}

/// Whether two trees say the same, wherever it stands.
pub fn says_the_same(one: &Node, other: &Node) -> bool {
    match (&one.value, &other.value) {
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(a, b)| says_the_same(a, b))
        }
        (Value::Map(one), Value::Map(other)) => {
            let same = |(a, b): (&Entry, &Entry)| a.key == b.key && says_the_same(&a.node, &b.node);
            one.len() == other.len() && one.iter().zip(other).all(same)
        }
        (one, other) => one == other,
    }
}
