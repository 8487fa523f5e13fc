//! Wishes carried out, and proved: two readers must find in the result what the wishes make of what was
//! there. Ours is one; the other is `serde_json`, or for YAML `libyaml` by `serde_yaml_ng`.

use serde::Deserialize as _;
use serde_yaml_ng::Value as Yaml;

use super::{Amendment, Documents, Node, Value, amended, json, layout, says_the_same, yaml};
use crate::edit::EditSet;
use crate::input::Language;
use crate::source::BYTE_ORDER_MARK;

/// The edits that carry out the wishes.
///
/// # Errors
/// What could not be carried out or proved, in one sentence.
pub fn carried_out(
    text: &str,
    language: Language,
    documents: &Documents,
    wishes: &[Amendment],
) -> Result<EditSet, String> {
    if documents.shares(wishes) {
        return Err("more than one place uses what would change".to_owned());
    }
    let edits = layout::edits(text, language, &documents.roots, wishes)?;
    let after = edits.apply(text).ok_or("the edits do not fit the file")?;
    let expected = documents.roots.iter().map(|root| amended(root, wishes));
    let expected = expected.collect::<Result<Vec<_>, _>>()?;
    let read = read(&after, language)?;
    let is_same = read.len() == expected.len()
        && read.iter().zip(&expected).all(|(one, other)| says_the_same(one, other));
    if !is_same {
        return Err("the result does not say what was intended".to_owned());
    }
    match second_reader_agrees(&after, language, &expected)? {
        true => Ok(edits),
        false => {
            Err(format!("another reader of {} does not read what was intended", language.name()))
        }
    }
}

fn read(text: &str, language: Language) -> Result<Vec<Node>, String> {
    let read = match language {
        Language::Json => json::read(text).map(|root| vec![root]),
        Language::Yaml => yaml::read(text).map(|documents| documents.roots),
        Language::Terraform => return Err("Terraform is not edited".to_owned()),
    };
    read.map_err(|unread| unread.message)
}

fn second_reader_agrees(text: &str, language: Language, expected: &[Node]) -> Result<bool, String> {
    if language == Language::Json {
        let [root] = expected else { return Ok(false) };
        let read: serde_json::Value =
            serde_json::from_str(&json::filled(text)).map_err(|error| error.to_string())?;
        return Ok(read == json::second_reading(root)?);
    }
    let text = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let mut read = Vec::new();
    for document in serde_yaml_ng::Deserializer::from_str(text) {
        let mut value = Yaml::deserialize(document).map_err(|error| error.to_string())?;
        value.apply_merge().map_err(|error| error.to_string())?;
        read.push(value);
    }
    read.retain(|one| *one != Yaml::Null);
    Ok(read.len() == expected.len()
        && expected.iter().zip(&read).all(|(node, value)| is_read_as(node, value)))
}

/// Whether the other reader of YAML found the same value. What a tag makes of one is not looked into.
fn is_read_as(node: &Node, value: &Yaml) -> bool {
    match (&node.value, value) {
        (Value::Unknown(_), Yaml::Tagged(_)) | (Value::Null, Yaml::Null) => true,
        (Value::Bool(one), Yaml::Bool(other)) => one == other,
        (Value::Number(one), Yaml::Number(other)) => is_number(one, other),
        // To one of them it is too large for a number.
        (Value::Number(one) | Value::Text(one), Yaml::String(other)) => one == other,
        (Value::List(items), Yaml::Sequence(others)) => {
            items.len() == others.len()
                && items.iter().zip(others).all(|(one, other)| is_read_as(one, other))
        }
        (Value::Map(entries), Yaml::Mapping(others)) => {
            let is_there = |key: &str, node: &Node| {
                others.iter().any(|(own, value)| is_key(key, own) && is_read_as(node, value))
            };
            entries.len() == others.len() && entries.iter().all(|one| is_there(&one.key, &one.node))
        }
        _ => false,
    }
}

fn is_number(written: &str, number: &serde_yaml_ng::Number) -> bool {
    let read = yaml::number(written);
    read.is_some_and(|read| number.as_f64().is_some_and(|other| read == other || other.is_nan()))
}

fn is_key(key: &str, own: &Yaml) -> bool {
    match own {
        Yaml::String(own) => own == key,
        Yaml::Null => matches!(yaml::resolved(key), Value::Null),
        Yaml::Bool(own) => yaml::resolved(key) == Value::Bool(*own),
        Yaml::Number(own) => is_number(key, own),
        _ => false,
    }
}
