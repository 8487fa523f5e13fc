//! Compose files: their services, in the words of a task definition.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md>

use super::translated::{Key, entries, entry, list, map, push_unknown_variables, text, unknown};
use crate::edit::shared_ends;
use crate::source::Span;
use crate::structured::{Entry, Node, Value};

/// The keys of a service.
const KEYS: &[Key] = &[
    Key { own: "image", ecs: "image", read: Node::clone },
    Key { own: "build", ecs: "build", read: Node::clone },
    Key { own: "entrypoint", ecs: "entryPoint", read: Node::clone },
    Key { own: "command", ecs: "command", read: Node::clone },
    Key { own: "environment", ecs: "environment", read: variables },
    Key { own: "network_mode", ecs: "networkMode", read: Node::clone },
    Key { own: "links", ecs: "links", read: Node::clone },
    Key { own: "volumes", ecs: "mountPoints", read: |node| list(node, mount) },
];
/// Of these a service has one.
const MARKS: &[&str] = &["image", "build", "environment", "command", "entrypoint", "extends"];
/// Where variables come from that do not stand in the file.
const ELSEWHERE: &[&str] = &["env_file", "extends"];

/// The services of a compose file as one task; `None` where it is none.
pub(super) fn task(root: &Node) -> Option<Node> {
    let services = root.entry("services").filter(|one| one.key == "services")?;
    let is_service = |one: &&Entry| MARKS.iter().any(|key| one.node.get(key).is_some());
    let containers: Vec<Node> =
        services.node.entries().iter().filter(is_service).map(container).collect();
    if containers.is_empty() {
        return None;
    }
    let span = root.span.clone();
    let containers = Node { span: span.clone(), value: Value::List(containers) };
    Some(map(span.clone(), vec![entry("containerDefinitions", span, containers)]))
}

fn container(service: &Entry) -> Node {
    let name = text(&service.key_span, &service.key);
    let mut all = vec![entry("name", service.key_span.clone(), name)];
    all.extend(entries(&service.node, KEYS));
    if let Some(elsewhere) = ELSEWHERE.iter().find_map(|key| service.node.get(key)) {
        push_unknown_variables(&mut all, elsewhere);
    }
    map(service.node.span.clone(), all)
}

/// The variables of a service: a map, or a list of `NAME=value`.
fn variables(node: &Node) -> Node {
    let of_entry = |one: &Entry| variable(&one.key, one.key_span.clone(), plain(&one.node));
    let of_item = |one: &Node| match one.text().map(|text| (text, text.split_once('='))) {
        Some((_, Some((name, value)))) => variable(name, one.span.clone(), text(&one.span, value)),
        // What the shell that starts compose has.
        Some((name, None)) => variable(name, one.span.clone(), unknown(&one.span, "")),
        None => unknown(&one.span, ""),
    };
    let value = match &node.value {
        Value::Map(entries) => Value::List(entries.iter().map(of_entry).collect()),
        Value::List(items) => Value::List(items.iter().map(of_item).collect()),
        other => other.clone(),
    };
    Node { span: node.span.clone(), value }
}

fn variable(name: &str, span: Span, value: Node) -> Node {
    let whole = span.start..value.span.end.max(span.end);
    let name = entry("name", span.clone(), text(&span, name));
    map(whole, vec![name, entry("value", span, value)])
}

/// A plain value as the text that compose makes of it; of none it is what the shell has.
fn plain(node: &Node) -> Node {
    match &node.value {
        Value::Null => unknown(&node.span, ""),
        Value::Bool(is_true) => text(&node.span, is_true.to_string()),
        Value::Number(number) => text(&node.span, number),
        _ => node.clone(),
    }
}

/// The path at which a volume is mounted: `source:target:mode`, or a map.
fn mount(node: &Node) -> Node {
    let target = match node.text() {
        Some(text) => text.split(':').nth(1).unwrap_or(text),
        None => node.text_of("target").unwrap_or_default(),
    };
    let path = entry("containerPath", node.span.clone(), text(&node.span, target));
    map(node.span.clone(), vec![path])
}

/// The words of a start that is written as one text, and their bytes in it: split as a shell does, which
/// never runs.
/// ```text
/// java -jar "my app.jar"
/// ^^^^ ^^^^ ^^^^^^^^^^^^
/// ```
pub(super) fn split(text: &str) -> Vec<(Span, String)> {
    let (mut words, mut word) = (Vec::new(), String::new());
    let (mut start, mut quote, mut escaped) = (None, None, false);
    for (at, letter) in text.char_indices() {
        if escaped {
            word.push(letter);
            escaped = false;
            continue;
        }
        match (quote, letter) {
            (Some(open), _) if open == letter => quote = None,
            (Some('\''), _) => word.push(letter),
            (_, '\\') => {
                start.get_or_insert(at);
                escaped = true;
            }
            (Some(_), _) => word.push(letter),
            (None, '"' | '\'') => {
                start.get_or_insert(at);
                quote = Some(letter);
            }
            (None, _) if letter.is_whitespace() => {
                if let Some(start) = start.take() {
                    words.push((start..at, std::mem::take(&mut word)));
                }
            }
            (None, _) => {
                start.get_or_insert(at);
                word.push(letter);
            }
        }
    }
    if let Some(start) = start {
        words.push((start..text.len(), word));
    }
    words
}

/// The text that is split into other words, with the bytes of all that stay.
///
/// # Errors
/// A word that cannot be put in.
pub(crate) fn respelt(text: &str, words: &[String]) -> Result<String, String> {
    let old = split(text);
    let (same, end) = shared_ends(old.iter().map(|(_, word)| word), words.iter());
    let count = words.len() - end - same;
    let new: Vec<String> = words.iter().skip(same).take(count).map(|one| quoted(one)).collect();
    let new = new.join(" ");
    let end_of = |at: usize| old.get(at).map(|(span, _)| span.end);
    let (place, new) = match same.checked_sub(1).and_then(end_of) {
        // Blanks stay in front of what they were in front of.
        Some(start) => {
            let last = end_of(old.len().saturating_sub(end + 1)).unwrap_or(start);
            (start..last.max(start), if new.is_empty() { new } else { format!(" {new}") })
        }
        None => {
            let next = old.get(old.len() - end).map(|(span, _)| span.start);
            let start = old.first().map_or(0, |(span, _)| span.start);
            let is_last = next.is_none() || new.is_empty();
            (start..next.unwrap_or(text.len()), if is_last { new } else { format!("{new} ") })
        }
    };
    let mut result = text.to_owned();
    result.replace_range(place, &new);
    let is_right = split(&result).into_iter().map(|(_, word)| word).eq(words.iter().cloned());
    is_right.then_some(result).ok_or_else(|| "its words cannot be written so".to_owned())
}

fn quoted(word: &str) -> String {
    let is_harmless = |letter: char| letter.is_alphanumeric() || "-_./:=+,@%$".contains(letter);
    match !word.is_empty() && word.chars().all(is_harmless) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// A text as compose has it once it has put its variables in: `$$` is a dollar.
/// <https://github.com/compose-spec/compose-spec/blob/main/12-interpolation.md>
pub(crate) fn interpolated(text: &str) -> String {
    text.replace("$$", "$")
}

/// Whether compose puts a variable in.
pub(crate) fn is_put_together(text: &str) -> bool {
    text.replace("$$", "").contains('$')
}

/// The text that compose reads as this one.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('$', "$$")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_into_words_and_put_together_again() {
        let words =
            |text: &str| -> Vec<String> { split(text).into_iter().map(|(_, one)| one).collect() };
        assert_eq!(
            words(r#"java -jar "my app.jar" 'a\b' c\ d"#),
            ["java", "-jar", "my app.jar", r"a\b", "c d"]
        );
        for (text, new, expected) in [
            ("java  -jar 'a b'", vec!["java", "-x", "-jar", "a b"], "java -x  -jar 'a b'"),
            ("java -x  -jar 'a b'", vec!["java", "-jar", "a b"], "java  -jar 'a b'"),
            ("java a", vec!["java", "a", "b c"], "java a 'b c'"),
            ("x java", vec!["java"], "java"),
            ("java -x -jar a", vec!["java", "-jar", "a"], "java -jar a"),
            ("sh -c 'java a'", vec!["sh", "-c", "java -x a"], "sh -c 'java -x a'"),
            ("a", vec!["b", "a"], "b a"),
        ] {
            let new: Vec<String> = new.into_iter().map(str::to_owned).collect();
            assert_eq!(respelt(text, &new).as_deref(), Ok(expected));
        }
    }
}
