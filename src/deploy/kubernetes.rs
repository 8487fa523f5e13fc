//! Manifests of Kubernetes: the pods that they make, in the words of a task definition.
//! <https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/>

use super::{entry, push_variable};
use crate::structured::{Entry, Node, Value};

/// Where workloads keep the template of their pods: `CronJob`; `Deployment`, `StatefulSet`, `DaemonSet`, `Job`,
/// `Rollout` and their like.
const TEMPLATES: &[&[&str]] =
    &[&["spec", "jobTemplate", "spec", "template"], &["spec", "template"]];
/// What a container has under another name, or in another form.
const KEYS: &[(&str, &str, fn(&Node) -> Node)] = &[
    ("name", "name", Node::clone),
    ("image", "image", Node::clone),
    ("command", "entryPoint", Node::clone),
    ("args", "command", Node::clone),
    ("env", "environment", variables),
    ("volumeMounts", "mountPoints", mounts),
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
    let mut entries: Vec<Entry> = LISTS
        .iter()
        .filter_map(|(own, key)| {
            let found = spec.entry(own)?;
            let containers = found.node.items().iter().map(container).collect();
            let list = Node { span: found.node.span.clone(), value: Value::List(containers) };
            Some(entry(key, found.key_span.clone(), list))
        })
        .collect();
    entries.iter().any(|one| one.key == "containerDefinitions").then_some(())?;
    let host = spec.entry("hostNetwork").filter(|_| spec.is_true("hostNetwork") == Some(true));
    entries.extend(host.map(|one| {
        let mode = Node { span: one.node.span.clone(), value: Value::text("host") };
        entry("networkMode", one.key_span.clone(), mode)
    }));
    entries.extend(injection(template));
    Some(Node { span: spec.span.clone(), value: Value::Map(entries) })
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
    let mut entries: Vec<Entry> = KEYS
        .iter()
        .filter_map(|(own, key, read)| {
            let found = node.entry(own)?;
            Some(entry(key, found.key_span.clone(), read(&found.node)))
        })
        .collect();
    if let Some(elsewhere) = node.get("envFrom") {
        let unknown = Node { span: elsewhere.span.clone(), value: Value::Unknown(String::new()) };
        push_variable(&mut entries, unknown);
    }
    Node { span: node.span.clone(), value: Value::Map(entries) }
}

/// The variables of a container. What comes from a secret or a map of settings is unknown; what comes from a
/// field of the pod is that field's name.
fn variables(node: &Node) -> Node {
    let variable = |one: &Node| {
        let Some(name) = one.entry("name") else { return one.clone() };
        let mut entries = vec![entry("name", name.key_span.clone(), name.node.clone())];
        if let Some(value) = one.entry("value") {
            entries.push(entry("value", value.key_span.clone(), value.node.clone()));
        }
        if let Some(from) = one.entry("valueFrom") {
            let field = from.node.get("fieldRef").and_then(|field| field.text_of("fieldPath"));
            let value = Value::Unknown(field.unwrap_or_default().to_owned());
            let node = Node { span: from.node.span.clone(), value };
            entries.push(entry("value", from.key_span.clone(), node));
        }
        Node { span: one.span.clone(), value: Value::Map(entries) }
    };
    let value = Value::List(node.items().iter().map(variable).collect());
    Node { span: node.span.clone(), value }
}

fn mounts(node: &Node) -> Node {
    let mount = |one: &Node| {
        let path = one.entry("mountPath");
        let path =
            path.map(|path| entry("containerPath", path.key_span.clone(), path.node.clone()));
        Node { span: one.span.clone(), value: Value::Map(path.into_iter().collect()) }
    };
    let value = Value::List(node.items().iter().map(mount).collect());
    Node { span: node.span.clone(), value }
}
