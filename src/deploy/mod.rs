//! Deployments: what runs beside the container of a service, and what it is told. Read from the tree of
//! [`crate::structured`]; a file a thing: a task of ECS ([`task`]), a container ([`container`]), where its
//! tracer looks for the Agent ([`host`]) and where that is ([`reach`]), what an image is there for (`images`), what of it is never shown (`masked`),
//! what is put in ([`added`]) and taken out again ([`taken_out`]).

pub mod added;
pub mod container;
pub mod host;
mod images;
mod masked;
pub mod reach;
pub mod taken_out;
pub mod task;

pub use container::Container;
pub use masked::masked;
pub use reach::Deployed;
pub use task::{NetworkMode, Task};

use std::path::Path;

use memchr::memmem;

use crate::input::is_terraform;
use crate::structured::{Node, Unread, Value, hcl, json};

/// What a text holds that has a task definition, or a list of containers, in it: the first, and one of
/// the others.
const IMAGE: &[&str] = &["\"image\"", "\"Image\""];
const MARKS: &[&str] =
    &["ontainerDefinitions\"", "\"portMappings\"", "\"essential\"", "\"environment\""];

/// The resource of Terraform that is a task definition.
const RESOURCE: &str = "aws_ecs_task_definition";

/// Reads what may hold task definitions in a text, by the name of its file: Terraform, else JSON.
///
/// # Errors
/// Where it is neither.
pub fn read(path: &Path, text: &str) -> Result<Vec<Node>, Unread> {
    match is_terraform(path) {
        true => hcl::resources(text, RESOURCE),
        false => Ok(vec![json::read(text)?]),
    }
}

/// Whether `fix` knows how to write a file.
pub fn is_editable(path: &Path) -> bool {
    !is_terraform(path)
}

/// Whether a text is worth reading: a search in its bytes tells most of them apart.
pub fn may_deploy(path: &Path, text: &[u8]) -> bool {
    if is_terraform(path) {
        return memmem::find(text, RESOURCE.as_bytes()).is_some();
    }
    let holds =
        |marks: &[&str]| marks.iter().any(|mark| memmem::find(text, mark.as_bytes()).is_some());
    holds(IMAGE) && holds(MARKS)
}

/// The task definitions of a document: one by itself, in the wrapper of `describe-task-definition`, a list
/// of containers, or the resources of CloudFormation.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html>
pub fn tasks(root: &Node) -> Vec<Task<'_>> {
    if let Some(wrapped) = root.get("taskDefinition").filter(|one| is_task(one)) {
        return Task::of(wrapped).into_iter().collect();
    }
    if is_task(root) {
        return Task::of(root).into_iter().collect();
    }
    let resources = root.get("Resources").map(Node::entries).unwrap_or_default();
    let tasks =
        resources.iter().filter(|one| one.node.text_of("Type") == Some("AWS::ECS::TaskDefinition"));
    tasks.filter_map(|one| Task::of(one.node.get("Properties")?)).collect()
}

fn is_task(node: &Node) -> bool {
    match &node.value {
        Value::Map(_) => {
            node.get("containerDefinitions").is_some_and(|one| matches!(one.value, Value::List(_)))
        }
        Value::List(items) => {
            // A list of containers, and no list of anything else that has a name and an image.
            let is_container = |one: &Node| {
                one.text_of("image").is_some()
                    && one.text_of("name").is_some()
                    && ["essential", "portMappings", "environment", "logConfiguration"]
                        .iter()
                        .any(|key| one.get(key).is_some())
            };
            !items.is_empty() && items.iter().all(is_container)
        }
        _ => false,
    }
}

/// What a text holds that stands for a value rather than being one.
const PLACEHOLDERS: &[&str] = &[
    "<",
    "${",
    "{{",
    "$(",
    "#{",
    "%",
    "your",
    "example",
    "placeholder",
    "changeme",
    "change_me",
    "change-me",
    "replace",
    "dummy",
    "redacted",
    "xxx",
    "***",
    "todo",
    "api_key",
    "api-key",
    "apikey",
    "insert",
    "secret",
];

/// Whether a text is a value, rather than a placeholder for one.
pub fn is_stated(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    let mut letters = text.chars();
    let first = letters.next();
    let is_empty = first.is_none() || text.starts_with('$');
    let is_one_letter = text.len() > 3 && letters.all(|letter| Some(letter) == first);
    !is_empty && !is_one_letter && !PLACEHOLDERS.iter().any(|mark| text.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::structured::json;

    fn found(text: &str) -> Vec<Vec<String>> {
        let root = json::read(text).unwrap();
        let names =
            |task: &Task<'_>| task.containers.iter().map(|one| one.name().to_owned()).collect();
        tasks(&root).iter().map(names).collect()
    }

    #[test]
    fn task_definitions_in_each_of_their_wrappers() {
        let list = r#"[{"name": "a", "image": "b", "essential": true}]"#;
        for text in [
            list.to_owned(),
            format!(r#"{{"family": "f", "containerDefinitions": {list}}}"#),
            format!(r#"{{"taskDefinition": {{"containerDefinitions": {list}}}, "tags": []}}"#),
            format!(
                r#"{{"Resources": {{"T": {{"Type": "AWS::ECS::TaskDefinition",
                    "Properties": {{"ContainerDefinitions": {list}}}}}}}}}"#
            ),
        ] {
            assert_eq!(found(&text), [["a"]], "{text}");
        }
        for text in [
            "[]",
            "{}",
            r#"[{"name": "a", "image": "b.png"}]"#,
            r#"{"containerDefinitions": null}"#,
            r#"{"services": [{"name": "a", "image": "b", "essential": true}]}"#,
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn placeholders_are_no_values() {
        for text in
            ["", "<key>", "${KEY}", "YOUR_API_KEY", "xxxxxxxx", "00000000", "$KEY", "{{ k }}"]
        {
            assert!(!is_stated(text), "{text}");
        }
        for text in ["0123456789abcdef0123456789abcdef", "prod", "1"] {
            assert!(is_stated(text), "{text}");
        }
    }
}
