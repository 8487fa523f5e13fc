//! What of a deployment is never shown: the lines of a report would carry keys into logs.

use super::container::Container;
use super::task::Task;
use crate::source::Span;
use crate::structured::Node;

/// Parts of names of variables whose values are nobody's business.
const SECRET_NAMES: &[&str] = &["KEY", "PASSWORD", "PASSWD", "SECRET", "TOKEN", "CREDENTIAL"];
/// The shortest run of hexadecimal digits that may be a key of Datadog.
const KEY_LENGTH: usize = 32;

/// A text with the values of secrets as asterisks, each byte one, so that every place stays where it is.
pub fn masked(text: &str, tasks: &[Task<'_>]) -> String {
    let containers = tasks.iter().flat_map(|task| &task.containers);
    let spans = containers.flat_map(|one| secrets(text, *one)).chain(digits(text));
    let mut masked = text.to_owned();
    for span in spans {
        if let Some(value) = text.get(span.clone()) {
            let hidden = |letter: char| match letter {
                // Lines stay lines.
                '\n' | '\r' => letter.to_string(),
                _ => "*".repeat(letter.len_utf8()),
            };
            masked.replace_range(span, &value.chars().map(hidden).collect::<String>());
        }
    }
    masked
}

/// The values of secrets in plain text, without their quotes.
fn secrets(text: &str, container: Container<'_>) -> Vec<Span> {
    let is_secret = |name: &str| {
        let name = name.to_ascii_uppercase();
        SECRET_NAMES.iter().any(|part| name.contains(part))
    };
    let variables = container.environment().into_iter();
    let variables = variables.filter(|one| is_secret(one.name)).filter_map(|one| one.value);
    let options = container.node.get("logConfiguration").and_then(|logs| logs.get("options"));
    let options = options.map(Node::entries).unwrap_or_default().iter();
    let options = options.filter(|one| is_secret(&one.key)).map(|one| &one.node);
    let values = variables.chain(options);
    // What is put in later stands nowhere.
    let values = values.filter(|node| node.text().is_some_and(|one| !one.starts_with('$')));
    values.filter_map(|node| Some(bytes(text.get(node.span.clone())?, node))).collect()
}

/// The bytes of a text without its quotes and what stands with it; all of them, where it is written otherwise
/// than it reads.
fn bytes(written: &str, node: &Node) -> Span {
    let value = node.text().filter(|value| !value.is_empty());
    let inside = value.and_then(|value| Some((written.rfind(value)?, value.len())));
    let (start, length) = inside.unwrap_or((0, written.len()));
    node.span.start + start..node.span.start + start + length
}

/// What looks like a key, wherever it stands.
fn digits(text: &str) -> Vec<Span> {
    let (mut found, mut start) = (Vec::new(), 0);
    for (at, byte) in text.bytes().chain([b' ']).enumerate() {
        if !byte.is_ascii_hexdigit() {
            if at - start >= KEY_LENGTH {
                found.push(start..at);
            }
            start = at + 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::tasks;
    use crate::structured::json;

    #[test]
    fn values_of_secrets_become_asterisks_of_the_same_length() {
        let text = r#"[{"name": "a", "image": "b", "environment": [
            {"name": "DD_API_KEY", "value": "sécret"}, {"name": "A", "value": "seen"},
            {"name": "B", "value": "x0123456789abcdef0123456789abcdef"}],
            "logConfiguration": {"options": {"apikey": "one"}}}]"#;
        let root = json::read(text).unwrap();
        let masked = masked(text, &tasks(&root));
        assert_eq!(masked.len(), text.len());
        for hidden in ["sécret", "one", "abcdef"] {
            assert!(!masked.contains(hidden), "{hidden}");
        }
        assert!(masked.contains("seen") && masked.contains("\"*******\""));
    }
}
