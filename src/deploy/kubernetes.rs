//! Manifests of Kubernetes: the pods that they make, in the words of a task definition.
//! <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/>

use super::translated::{Key, entries, entry, list, map, push_unknown_variables, text, unknown};
use crate::structured::{Entry, Node, Value};

/// Where workloads keep the template of their pods: `CronJob`; `Deployment`, `StatefulSet`, `DaemonSet`, `Job`,
/// `Rollout` and their like.
const TEMPLATES: &[&[&str]] =
    &[&["spec", "jobTemplate", "spec", "template"], &["spec", "template"]];
/// The keys of a container.
const KEYS: &[Key] = &[
    Key { own: "name", ecs: "name", read: Node::clone },
    Key { own: "image", ecs: "image", read: Node::clone },
    Key { own: "command", ecs: "entryPoint", read: Node::clone },
    Key { own: "args", ecs: "command", read: Node::clone },
    Key { own: "env", ecs: "environment", read: |node| list(node, variable) },
    Key { own: "volumeMounts", ecs: "mountPoints", read: |node| list(node, mount) },
];
/// The containers that run before the others, and beside them.
const LISTS: &[(&str, &str)] =
    &[("containers", "containerDefinitions"), ("initContainers", "initContainers")];
/// The label with which Datadog's admission controller sets up the tracers of a pod, and the beginning of the
/// annotations that say which.
/// <https://docs.datadoghq.com/tracing/trace_collection/library_injection_local/?tab=kubernetes>
const INJECTION: (&str, &str) = ("admission.datadoghq.com/enabled", "admission.datadoghq.com/");

/// The pods of a document, each as a task.
pub(super) fn tasks(root: &Node) -> Vec<Node> {
    if root.get("kind").is_none() || root.get("apiVersion").is_none() {
        return Vec::new();
    }
    if root.text_of("kind") == Some("List") {
        return root.list("items").iter().flat_map(tasks).collect();
    }
    let inside = |path: &[&str]| path.iter().try_fold(root, |node, key| node.get(key));
    let template = TEMPLATES.iter().find_map(|path| inside(path)).unwrap_or(root);
    pod(template).into_iter().collect()
}

fn pod(template: &Node) -> Option<Node> {
    let spec = template.get("spec")?;
    let containers = |(own, ecs): &(&str, &str)| {
        let found = spec.entry(own)?;
        Some(entry(ecs, found.key_span.clone(), list(&found.node, container)))
    };
    let mut all: Vec<Entry> = LISTS.iter().filter_map(containers).collect();
    all.iter().any(|one| one.key == "containerDefinitions").then_some(())?;
    let host = spec.entry("hostNetwork").filter(|_| spec.is_true("hostNetwork") == Some(true));
    let mode =
        |one: &Entry| entry("networkMode", one.key_span.clone(), text(&one.node.span, "host"));
    all.extend(host.map(mode));
    all.extend(injection(template));
    Some(map(spec.span.clone(), all))
}

/// What asks the admission controller for a tracer.
fn injection(template: &Node) -> Option<Entry> {
    let metadata = template.get("metadata")?;
    let found = ["labels", "annotations"].iter().find_map(|key| {
        let entries = metadata.get(key)?.entries();
        entries.iter().find(|one| {
            one.key.starts_with(INJECTION.1)
                && (one.key != INJECTION.0 || one.node.text() == Some("true"))
        })
    })?;
    Some(entry("injection", found.key_span.clone(), found.node.clone()))
}

fn container(node: &Node) -> Node {
    let Value::Map(_) = &node.value else { return node.clone() };
    let mut all = entries(node, KEYS);
    if let Some(elsewhere) = node.get("envFrom") {
        push_unknown_variables(&mut all, elsewhere);
    }
    map(node.span.clone(), all)
}

/// A variable. What comes from a secret or a map of settings is unknown; of what comes from a field of the pod
/// its name is known.
fn variable(node: &Node) -> Node {
    let Some(name) = node.entry("name") else { return node.clone() };
    let from = node.entry("valueFrom").map(|from| {
        let field = from.node.get("fieldRef").and_then(|field| field.text_of("fieldPath"));
        let value = unknown(&from.node.span, field.unwrap_or_default());
        entry("value", from.key_span.clone(), value)
    });
    let own = [Some(name.clone()), node.entry("value").cloned(), from];
    map(node.span.clone(), own.into_iter().flatten().collect())
}

fn mount(node: &Node) -> Node {
    let path = node.entry("mountPath");
    let path = path.map(|path| entry("containerPath", path.key_span.clone(), path.node.clone()));
    map(node.span.clone(), path.into_iter().collect())
}
