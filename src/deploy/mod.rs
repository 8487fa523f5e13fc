//! Deployments: what runs beside the container of a service, and what it is told. Read from the tree of
//! [`crate::structured`], whose compose files ([`compose`]) and manifests of Kubernetes (`kubernetes`) are put into the
//! words of ECS (`translated`); a file a thing: a task ([`task`]), a container ([`container`]), where its
//! tracer looks for the Agent ([`host`]) and where that is ([`reach`]), what an image is there for (`images`), what of it is never shown (`masked`),
//! what is put in ([`added`]) and taken out again ([`taken_out`]).

pub mod added;
pub mod compose;
pub mod container;
pub mod host;
mod images;
mod kubernetes;
mod masked;
pub mod reach;
pub mod taken_out;
pub mod task;
mod translated;

pub use container::Container;
pub use masked::masked;
pub use task::{NetworkMode, Task};

use std::path::Path;

use memchr::memmem;

use crate::input::Language;
use crate::structured::{
    Amendment, Documents, Node, Unread, Value, hcl, json, says_the_same, yaml,
};

/// What runs containers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Platform {
    /// Amazon ECS.
    Ecs,
    /// Compose.
    Compose,
    /// Kubernetes.
    Kubernetes,
}

impl Platform {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ecs => "ecs",
            Self::Compose => "compose",
            Self::Kubernetes => "kubernetes",
        }
    }

    /// What it calls that which stands in place of the image's ENTRYPOINT, and of its CMD.
    pub fn starts(self) -> [&'static str; 2] {
        match self {
            Self::Ecs => ["entryPoint", "command"],
            Self::Compose => ["entrypoint", "command"],
            Self::Kubernetes => ["command", "args"],
        }
    }
}

/// A file that deploys something, as it was read.
pub struct Deployment {
    /// What it is written in.
    pub language: Language,
    /// What it says: edits are wishes about this.
    pub documents: Documents,
    /// What it says in the words of other platforms, in the words of ECS: each value stands where it does in
    /// the documents.
    translated: Vec<(Platform, Node)>,
}

impl Deployment {
    /// What runs together, in order.
    pub fn tasks(&self) -> Vec<Task<'_>> {
        let own = self.documents.roots.iter().flat_map(tasks);
        let others = self.translated.iter();
        own.chain(others.filter_map(|(platform, node)| Task::of(node, *platform))).collect()
    }

    /// What is there to deploy something that is not looked into.
    pub fn left_out(&self) -> Option<&Node> {
        let kinds = self.documents.roots.iter().filter(|root| root.get("image").is_some());
        let mut kinds = kinds.filter_map(|root| root.get("type"));
        kinds.find(|kind| kind.text().is_some_and(|kind| COPILOT.contains(&kind)))
    }

    /// Whether `fix` knows how to write it.
    pub fn is_editable(&self) -> bool {
        self.language != Language::Terraform
    }

    /// Why wishes about it are not carried out; none, where they may be.
    pub fn why_not_edited(&self, wishes: &[Amendment]) -> Option<&'static str> {
        if !self.is_editable() {
            return Some("`fix` does not edit Terraform: put it in by hand");
        }
        self.documents
            .shares(wishes)
            .then_some("an anchor names it, and other places use it too: change it by hand")
    }

    /// Whether another file says the same, wherever it stands.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let (own, others) = (&self.documents.roots, &other.documents.roots);
        own.len() == others.len()
            && own.iter().zip(others).all(|(one, other)| says_the_same(one, other))
    }
}

/// The resource of Terraform that is a task definition.
const RESOURCE: &str = "aws_ecs_task_definition";

/// Reads what may deploy containers.
///
/// # Errors
/// Where it is not in the language that it should be in.
pub fn read(path: &Path, text: &str) -> Result<Deployment, Unread> {
    let language = Language::of(path, text.as_bytes());
    let documents = match language {
        Language::Terraform => {
            Documents { roots: hcl::resources(text, RESOURCE)?, shared: Vec::new() }
        }
        Language::Json => Documents::of(json::read(text)?),
        Language::Yaml => yaml::read(text)?,
    };
    let translated = documents.roots.iter().flat_map(|root| {
        let compose = compose::task(root).map(|node| (Platform::Compose, node));
        let pods = kubernetes::tasks(root).into_iter().map(|node| (Platform::Kubernetes, node));
        compose.into_iter().chain(pods)
    });
    let translated = translated.collect();
    Ok(Deployment { language, documents, translated })
}

/// What a service or job of AWS Copilot is, in its manifest.
/// <https://aws.github.io/copilot-cli/docs/manifest/overview/>
const COPILOT: &[&str] = &[
    "Load Balanced Web Service",
    "Request-Driven Web Service",
    "Backend Service",
    "Worker Service",
    "Scheduled Job",
];

/// What a text holds that deploys something: one of each list, for one of the rows.
const MARKS: &[(Language, &[&[&str]])] = &[
    (Language::Terraform, &[&[RESOURCE]]),
    (
        Language::Json,
        &[
            &["\"image\"", "\"Image\""],
            &["ontainerDefinitions\"", "\"portMappings\"", "\"essential\"", "\"environment\""],
        ],
    ),
    (Language::Json, &[&["\"kind\""], &["\"containers\""], &["\"image\""]]),
    (Language::Yaml, &[&["AWS::ECS::TaskDefinition", "containerDefinitions"]]),
    // JSON is YAML too.
    (
        Language::Yaml,
        &[
            &["services:", "\"services\""],
            &["image:", "build:", "environment:", "\"image\"", "\"build\""],
        ],
    ),
    (
        Language::Yaml,
        &[&["kind:", "\"kind\""], &["containers:", "\"containers\""], &["image:", "\"image\""]],
    ),
    (Language::Yaml, &[COPILOT, &["image:"]]),
];

/// Whether a text is worth reading: a search in its bytes tells most of them apart.
pub fn may_deploy(path: &Path, text: &[u8]) -> bool {
    let language = Language::of(path, text);
    let holds =
        |marks: &[&str]| marks.iter().any(|mark| memmem::find(text, mark.as_bytes()).is_some());
    let mut rows = MARKS.iter().filter(|(own, _)| *own == language);
    rows.any(|(_, lists)| lists.iter().all(|marks| holds(marks)))
}

/// The task definitions of a document: one by itself, in the wrapper of `describe-task-definition`, a list
/// of containers, or the resources of CloudFormation.
/// <https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html>
fn tasks(root: &Node) -> Vec<Task<'_>> {
    if let Some(wrapped) = root.get("taskDefinition").filter(|one| is_task(one)) {
        return Task::of(wrapped, Platform::Ecs).into_iter().collect();
    }
    if is_task(root) {
        return Task::of(root, Platform::Ecs).into_iter().collect();
    }
    let resources = root.get("Resources").map(Node::entries).unwrap_or_default();
    let tasks =
        resources.iter().filter(|one| one.node.text_of("Type") == Some("AWS::ECS::TaskDefinition"));
    tasks.filter_map(|one| Task::of(one.node.get("Properties")?, Platform::Ecs)).collect()
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
