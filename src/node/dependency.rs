//! Adds dd-trace to a package.json, as one line in the file's own layout.

use jsonc_parser::ast::{Object, ObjectProp};
use jsonc_parser::common::Ranged as _;
use serde_json::Value;

use super::verdict::ENGINES;
use super::version::Version;
use crate::source::BYTE_ORDER_MARK;

/// The range of versions that runs on a Node: of the newest major version that takes it.
pub fn range(node: Option<Version>) -> String {
    let node = node.map_or(20, |node| node.major);
    let major = ENGINES.iter().rev().find(|(_, lowest)| *lowest <= node).map_or(5, |row| row.0);
    format!("^{major}.0.0")
}

/// The text with dd-trace among its `dependencies`.
///
/// # Errors
/// The text is no object, or has dd-trace already.
pub fn added(text: &str, range: &str) -> Result<String, String> {
    let json = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let ast = jsonc_parser::parse_to_ast(json, &Default::default(), &Default::default())
        .map_err(|error| format!("package.json cannot be read ({error})"))?;
    let value = ast.value.as_ref().and_then(|value| value.as_object());
    let root = value.ok_or("package.json is no object")?;
    let entry = member(range);
    let section = root.properties.iter().rev().find(|one| one.name.as_str() == "dependencies");
    let (at, inserted) = match section {
        Some(section) => {
            let object = section.value.as_object().ok_or("dependencies is no object")?;
            into_section(json, section, object, &entry)
        }
        None => {
            let last = root.properties.last().ok_or("package.json is empty")?;
            let space = space_before(json, last);
            let section = format!("\"dependencies\": {}", object_of(&entry, space));
            (last.end(), format!(",{space}{section}"))
        }
    };
    let at = at + text.len() - json.len();
    let result = match (text.get(..at), text.get(at..)) {
        (Some(before), Some(behind)) => format!("{before}{inserted}{behind}"),
        _ => return Err("package.json cannot be edited".to_owned()),
    };
    prove(text, &result, range)?;
    Ok(result)
}

/// The text without the dd-trace that [`added`] put in; `None` where it would have put it elsewhere, or
/// asked for other versions.
pub fn removed(text: &str, range: &str) -> Option<String> {
    let json = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text);
    let ast = jsonc_parser::parse_to_ast(json, &Default::default(), &Default::default()).ok()?;
    let root = ast.value.as_ref()?.as_object()?;
    let section = root.properties.iter().rev().find(|one| one.name.as_str() == "dependencies")?;
    let object = section.value.as_object()?;
    let own = object.properties.iter().position(|one| one.name.as_str() == "dd-trace")?;
    let end_before = |properties: &[ObjectProp<'_>], at: usize| {
        at.checked_sub(1).and_then(|before| properties.get(before)).map(|before| before.end())
    };
    let entry = object.properties.get(own)?;
    let next = object.properties.get(own + 1).map(|next| entry.start()..next.start());
    let behind = end_before(&object.properties, own).map(|end| end..entry.end());
    let inside = object.start() + 1..object.end() - 1;
    let only = between_braces(&member(range), space_before(json, section));
    let added_inside = inside.start..inside.start + only.len();
    let section_at = root.properties.iter().position(|one| one.start() == section.start())?;
    let whole = end_before(&root.properties, section_at).map(|end| end..section.end());
    let mark = text.len() - json.len();
    // An empty section and none look the same behind: nobody writes an empty one.
    let cuts = [next, behind, whole, Some(inside), Some(added_inside)].into_iter().flatten();
    let texts = cuts.filter_map(|cut| {
        let (before, behind) = (text.get(..cut.start + mark)?, text.get(cut.end + mark..)?);
        Some(format!("{before}{behind}"))
    });
    texts.into_iter().find(|without| added(without, range).as_deref() == Ok(text))
}

/// What `dependencies` gets.
fn member(range: &str) -> String {
    format!("\"dd-trace\": \"{range}\"")
}

fn into_section(
    json: &str,
    section: &ObjectProp<'_>,
    object: &Object<'_>,
    entry: &str,
) -> (usize, String) {
    let next = object.properties.iter().find(|one| one.name.as_str() > "dd-trace");
    match (next, object.properties.last()) {
        (Some(next), _) => {
            let space = space_before(json, next);
            (next.start(), format!("{entry},{space}"))
        }
        (None, Some(last)) => (last.end(), format!(",{}{entry}", space_before(json, last))),
        (None, None) => (object.start() + 1, between_braces(entry, space_before(json, section))),
    }
}

/// What stands between a property and what is in front of it: a blank, or a line break with its indent.
fn space_before<'j>(json: &'j str, property: &ObjectProp<'_>) -> &'j str {
    let before = json.get(..property.start()).unwrap_or_default();
    let space = before.get(before.trim_end().len()..).unwrap_or_default();
    let line = space
        .rfind('\n')
        .map(|at| if space.get(..at).is_some_and(|s| s.ends_with('\r')) { at - 1 } else { at });
    line.and_then(|at| space.get(at..)).unwrap_or(space)
}

/// An object with one entry, in the layout of the object around it.
fn object_of(entry: &str, space: &str) -> String {
    format!("{{{}}}", between_braces(entry, space))
}

fn between_braces(entry: &str, space: &str) -> String {
    if !space.contains('\n') {
        return format!(" {entry} ");
    }
    let indent = space.trim_start_matches(['\r', '\n']);
    format!("{space}{indent}{entry}{space}")
}

/// The result is the old value and dd-trace.
fn prove(before: &str, after: &str, range: &str) -> Result<(), String> {
    let value = |text: &str| {
        serde_json::from_str::<Value>(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text))
            .map_err(|error| format!("package.json is no JSON ({error})"))
    };
    let (old, mut new) = (value(before)?, value(after)?);
    let section = new.get_mut("dependencies").and_then(Value::as_object_mut);
    let section = section.ok_or("dependencies are lost")?;
    let is_there = section.shift_remove("dd-trace") == Some(Value::from(range));
    if section.is_empty() && old.get("dependencies").is_none() {
        new.as_object_mut().map(|root| root.shift_remove("dependencies"));
    }
    match is_there && old == new {
        true => Ok(()),
        false => Err("package.json would say something else".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dd_trace_is_added_in_the_layout_of_the_file() {
        let table = [
            (
                "{\n  \"dependencies\": {\n    \"cors\": \"2\",\n    \"express\": \"4\"\n  }\n}\n",
                "{\n  \"dependencies\": {\n    \"cors\": \"2\",\n    \"dd-trace\": \"^5.0.0\",\n    \"express\": \"4\"\n  }\n}\n",
            ),
            (
                "{\r\n\t\"dependencies\": {\r\n\t\t\"a\": \"2\"\r\n\t}\r\n}",
                "{\r\n\t\"dependencies\": {\r\n\t\t\"a\": \"2\",\r\n\t\t\"dd-trace\": \"^5.0.0\"\r\n\t}\r\n}",
            ),
            (
                "{\"dependencies\":{\"e\":\"4\"}}",
                "{\"dependencies\":{\"dd-trace\": \"^5.0.0\",\"e\":\"4\"}}",
            ),
            (
                "{\n  \"name\": \"a\",\n  \"dependencies\": {}\n}\n",
                "{\n  \"name\": \"a\",\n  \"dependencies\": {\n    \"dd-trace\": \"^5.0.0\"\n  }\n}\n",
            ),
            (
                "\u{feff}{\n  \"name\": \"a\"\n}\n",
                "\u{feff}{\n  \"name\": \"a\",\n  \"dependencies\": {\n    \"dd-trace\": \"^5.0.0\"\n  }\n}\n",
            ),
            (
                "{\n  \"dependencies\": {\n   \n  }\n}\n",
                "{\n  \"dependencies\": {\n    \"dd-trace\": \"^5.0.0\"\n  \n   \n  }\n}\n",
            ),
            (
                "{\"dependencies\":   { }\n}\n",
                "{\"dependencies\":   { \"dd-trace\": \"^5.0.0\"  }\n}\n",
            ),
            (
                "{ \"name\": \"a\" }",
                "{ \"name\": \"a\", \"dependencies\": { \"dd-trace\": \"^5.0.0\" } }",
            ),
        ];
        for (before, after) in table {
            assert_eq!(added(before, "^5.0.0").as_deref(), Ok(after), "{before}");
            let removed_again = removed(after, "^5.0.0").unwrap();
            match before.contains("{}") {
                true => assert_eq!(added(&removed_again, "^5.0.0").as_deref(), Ok(after)),
                false => assert_eq!(removed_again, before),
            }
            assert_eq!(removed(after, "^4.0.0"), None);
            assert_eq!(removed(before, "^5.0.0"), None);
        }
        assert!(added("[]", "^5.0.0").is_err());
        assert!(added("{}", "^5.0.0").is_err());
    }

    #[test]
    fn the_range_fits_the_node() {
        for (node, expected) in
            [(Some(16), "^4.0.0"), (Some(20), "^5.0.0"), (Some(22), "^6.0.0"), (None, "^5.0.0")]
        {
            let node = node.map(|major| Version { major, minor: None });
            assert_eq!(range(node), expected);
        }
    }
}
