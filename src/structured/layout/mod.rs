//! Wishes about a document as edits of its text, in the manner of the file: what stands in brackets, as all of
//! JSON does ([`flow`]), and what YAML sets in by blanks ([`block`]).

mod block;
mod flow;
mod scalar;

use std::collections::BTreeMap;

use super::amend::Amendment;
use super::{Node, Value};
use crate::edit::{Edit, EditSet};
use crate::input::Language;
use crate::source::{Span, line_break};

/// The edits that carry out the wishes.
///
/// # Errors
/// A wish is about nothing that is there, or something that is not known how to write.
pub(super) fn edits(
    text: &str,
    language: Language,
    roots: &[Node],
    wishes: &[Amendment],
) -> Result<EditSet, String> {
    let mut holders: BTreeMap<(usize, usize), Vec<&Amendment>> = BTreeMap::new();
    for wish in wishes {
        let span = wish.holder();
        holders.entry((span.start, span.end)).or_default().push(wish);
    }
    let mut edits: Vec<Edit> = Vec::new();
    let mut lines: Vec<block::Inserted> = Vec::new();
    for ((start, end), wishes) in holders {
        let span = start..end;
        let root = roots.iter().find(|root| root.span.start <= start && end <= root.span.end);
        let root = root.ok_or("it is in no document")?;
        let node = root.at(&span).ok_or("there is no such value")?;
        match language {
            Language::Json => edits.extend(flow::edits(text, language, root, node, &wishes)?),
            Language::Yaml if is_in_brackets(text, node) => {
                edits.extend(flow::edits(text, language, node, node, &wishes)?);
            }
            Language::Terraform => return Err("Terraform is not edited".to_owned()),
            Language::Yaml => {
                let (own, inserted) = block::edits(text, root, node, &wishes)?;
                edits.extend(own);
                lines.extend(inserted);
            }
        }
    }
    edits.extend(block::together(lines));
    EditSet::new(edits).map_err(|_| "two edits want the same place".to_owned())
}

fn is_in_brackets(text: &str, node: &Node) -> bool {
    let written = text.get(node.span.clone()).unwrap_or_default();
    !node.value.is_scalar() && written.starts_with(['[', '{'])
}

/// The bytes of the items of a list, or of the keys and values of a map.
fn elements(node: &Node) -> Vec<Span> {
    let items = node.items().iter().map(|one| one.span.clone());
    let entries = node.entries().iter().map(|one| one.key_span.start..one.node.span.end);
    items.chain(entries).collect()
}

/// All values in one, itself the first.
fn all(node: &Node) -> Vec<&Node> {
    let items = node.items().iter();
    let inner = items.chain(node.entries().iter().map(|one| &one.node));
    std::iter::once(node).chain(inner.flat_map(all)).collect()
}

/// Where the line that holds a byte begins.
fn line_start(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.rfind('\n').map_or(0, |end| end + 1)
}
