//! Compose files: their services, in the words of a task definition.
//! <https://github.com/compose-spec/compose-spec/blob/main/05-services.md>

use crate::source::Span;
use crate::structured::{Entry, Node, Value};

/// What a service of compose has under another name, or in another form.
const KEYS: &[(&str, &str, fn(&Node) -> Node)] = &[
    ("image", "image", Node::clone),
    ("build", "build", Node::clone),
    ("entrypoint", "entryPoint", Node::clone),
    ("command", "command", Node::clone),
    ("environment", "environment", variables),
    ("network_mode", "networkMode", Node::clone),
    ("links", "links", Node::clone),
    ("volumes", "mountPoints", mounts),
];
/// Where variables come from that do not stand in the file.
const ELSEWHERE: &[&str] = &["env_file", "extends"];

/// The services of a compose file as one task; `None` where it is none.
pub(super) fn task(root: &Node) -> Option<Node> {
    let services = root.entry("services").filter(|one| one.key == "services")?;
    let is_service = |one: &Entry| {
        ["image", "build", "environment", "command", "entrypoint", "extends"]
            .iter()
            .any(|key| one.node.get(key).is_some())
    };
    let services = services.node.entries().iter().filter(|one| is_service(one));
    let containers: Vec<Node> = services.map(container).collect();
    if containers.is_empty() {
        return None;
    }
    Some(super::task_of(root.span.clone(), containers))
}

fn container(service: &Entry) -> Node {
    let name = Node { span: service.key_span.clone(), value: Value::text(&service.key) };
    let mut entries = vec![super::entry("name", service.key_span.clone(), name)];
    for (own, key, read) in KEYS {
        // Upper case is none of compose's.
        let Some(found) = service.node.entry(own).filter(|one| one.key == *own) else { continue };
        entries.push(super::entry(key, found.key_span.clone(), read(&found.node)));
    }
    let elsewhere = ELSEWHERE.iter().find_map(|key| service.node.get(key));
    if let Some(elsewhere) = elsewhere {
        let unknown = Node { span: elsewhere.span.clone(), value: Value::Unknown(String::new()) };
        super::push_variable(&mut entries, unknown);
    }
    Node { span: service.node.span.clone(), value: Value::Map(entries) }
}

/// The variables of a service: a map, or a list of `NAME=value`.
fn variables(node: &Node) -> Node {
    let of_entry = |one: &Entry| variable(&one.key, one.key_span.clone(), text(&one.node));
    let of_item = |one: &Node| match one.text().map(|text| text.split_once('=')) {
        Some(Some((name, value))) => variable(
            name,
            one.span.clone(),
            Node { span: one.span.clone(), value: Value::text(value) },
        ),
        // What the shell that starts compose has.
        Some(None) => {
            variable(one.text().unwrap_or_default(), one.span.clone(), unknown(&one.span))
        }
        None => unknown(&one.span),
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
    let name = Node { span: span.clone(), value: Value::text(name) };
    let entries =
        vec![super::entry("name", span.clone(), name), super::entry("value", span, value)];
    Node { span: whole, value: Value::Map(entries) }
}

/// A plain value as the text that compose makes of it; of none it is what the shell has.
fn text(node: &Node) -> Node {
    let value = match &node.value {
        Value::Null => Value::Unknown(String::new()),
        Value::Bool(is_true) => Value::text(is_true.to_string()),
        Value::Number(number) => Value::text(number),
        other => other.clone(),
    };
    Node { span: node.span.clone(), value }
}

fn unknown(span: &Span) -> Node {
    Node { span: span.clone(), value: Value::Unknown(String::new()) }
}

/// The paths at which volumes are mounted: `source:target:mode`, or a map.
fn mounts(node: &Node) -> Node {
    let mount = |one: &Node| {
        let target = match one.text() {
            Some(text) => text.split(':').nth(1).unwrap_or(text).to_owned(),
            None => one.text_of("target").unwrap_or_default().to_owned(),
        };
        let target = Node { span: one.span.clone(), value: Value::text(target) };
        let entries = vec![super::entry("containerPath", one.span.clone(), target)];
        Node { span: one.span.clone(), value: Value::Map(entries) }
    };
    let value = Value::List(node.items().iter().map(mount).collect());
    Node { span: node.span.clone(), value }
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
    let same = old.iter().zip(words).take_while(|((_, one), other)| one == *other).count();
    let rest = old.len().min(words.len()) - same;
    let ends = old.iter().rev().zip(words.iter().rev()).take(rest);
    let end = ends.take_while(|((_, one), other)| one == *other).count();
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
