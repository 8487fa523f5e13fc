//! The laws on generated task definitions, which are written in many manners; the generator says what
//! must stand in them afterwards.

use std::sync::Arc;

use crate::common::{cases, only_inserts};
use crate::yaml_manner::{YamlStyle, yaml_style};
use entrypatch::analyse::{Analysis, analyse, remove};
use entrypatch::input::DocumentKind;
use entrypatch::settings::Settings;
use entrypatch::source::Source;
use entrypatch::surroundings::Surroundings;
use proptest::prelude::*;
use serde_json::{Value, json};

const ARN: &str = "arn:aws:ssm:eu-west-1:1:parameter/dd";
const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A task, what must become of it, and how it is written.
#[derive(Debug, Clone)]
struct Sample {
    name: &'static str,
    text: String,
    expected: Value,
    /// `fix` only inserts.
    is_plain: bool,
}

/// How a file is written.
#[derive(Debug, Clone)]
struct Style {
    unit: &'static str,
    newline: &'static str,
    colon: &'static str,
    comma: &'static str,
    /// Maps and lists of plain values stand on one line, with this inside their braces.
    inline: Option<&'static str>,
    /// `[{` in one line.
    hugs: bool,
    is_one_line: bool,
    mark: bool,
    end: bool,
}

fn style() -> impl Strategy<Value = Style> {
    (
        prop::sample::select(vec!["  ", "    ", "\t", " "]),
        prop::sample::select(vec!["\n", "\r\n"]),
        prop::sample::select(vec![": ", ":", " : "]),
        prop::sample::select(vec![", ", ","]),
        prop::sample::select(vec![None, Some(""), Some(" ")]),
        any::<(bool, bool)>(),
        (prop::bool::weighted(0.15), prop::bool::weighted(0.2)),
    )
        .prop_map(|(unit, newline, colon, comma, inline, (hugs, end), (is_one_line, mark))| {
            Style { unit, newline, colon, comma, inline, hugs, is_one_line, mark, end }
        })
}

/// JSON or YAML, and how it is written.
#[derive(Debug, Clone)]
enum Manner {
    Json(Style),
    Yaml(YamlStyle),
}

fn manner() -> impl Strategy<Value = Manner> {
    prop_oneof![style().prop_map(Manner::Json), yaml_style().prop_map(Manner::Yaml)]
}

impl Manner {
    /// The name of the file, and its text.
    fn text(&self, value: &Value) -> (&'static str, String) {
        match self {
            Self::Json(style) => ("task.json", style.text(value)),
            Self::Yaml(style) => ("task.yaml", style.text(value)),
        }
    }
}

fn is_plain(value: &Value) -> bool {
    let is_scalar = |one: &Value| !one.is_object() && !one.is_array();
    match value {
        Value::Object(map) => map.values().all(is_scalar),
        Value::Array(list) => list.iter().all(is_scalar),
        _ => true,
    }
}

impl Style {
    fn text(&self, value: &Value) -> String {
        let mark = if self.mark { "\u{feff}" } else { "" };
        let end = if self.end { self.newline } else { "" };
        format!("{mark}{}{end}", self.value(value, ""))
    }

    fn value(&self, value: &Value, base: &str) -> String {
        let inner = format!("{base}{}", self.unit);
        let (open, close, parts): (_, _, Vec<(String, &Value)>) = match value {
            Value::Object(map) => {
                let key = |key: &String| format!("{}{}", Value::from(key.as_str()), self.colon);
                ("{", "}", map.iter().map(|(name, one)| (key(name), one)).collect())
            }
            Value::Array(list) => ("[", "]", list.iter().map(|one| (String::new(), one)).collect()),
            scalar => return scalar.to_string(),
        };
        if parts.is_empty() {
            return format!("{open}{close}");
        }
        let inline = self.inline.filter(|_| is_plain(value)).or(self.is_one_line.then_some(""));
        let hugs = self.hugs && open == "[" && !is_plain(value) && inline.is_none();
        let below = if hugs || inline.is_some() { base } else { &inner };
        let texts: Vec<String> =
            parts.iter().map(|(key, one)| format!("{key}{}", self.value(one, below))).collect();
        match inline {
            Some(padding) => format!("{open}{padding}{}{padding}{close}", texts.join(self.comma)),
            None if hugs => format!("{open}{}{close}", texts.join(self.comma)),
            None => {
                let lines = texts.join(&format!(",{}{inner}", self.newline));
                format!("{open}{0}{inner}{lines}{0}{base}{close}", self.newline)
            }
        }
    }
}

/// The list at `environment`, if any, and whether a key of Datadog stands in it.
fn environment() -> impl Strategy<Value = (Option<Value>, bool)> {
    let item = ("[A-Z]{1,6}_X", "[a-zé\"\\\\ ]{0,9}")
        .prop_map(|(name, value)| json!({"name": name, "value": value}));
    let tag = Just(json!({"name": "DD_ENV", "value": "staging"}));
    let item = prop_oneof![20 => item, 1 => tag];
    let key = prop::sample::select(vec![None, Some(0), Some(1), Some(9)]);
    let items = (prop::collection::vec(item, 0..4), prop::bool::weighted(0.3), key);
    let items = items.prop_map(|(mut items, has_key, at)| {
        let at = at.filter(|_| has_key).map(|at: usize| at.min(items.len()));
        if let Some(at) = at {
            items.insert(at, json!({"name": "DD_API_KEY", "value": KEY}));
        }
        (Some(Value::from(items)), at.is_some())
    });
    prop_oneof![
        4 => items,
        1 => Just((None, false)),
        1 => Just((Some(Value::Null), false)),
    ]
}

fn container(at: usize) -> impl Strategy<Value = (Value, bool)> {
    let logs = prop::sample::select(vec![
        None,
        Some(
            json!({"logDriver": "awslogs", "options": {"awslogs-group": "g", "awslogs-region": "r"}}),
        ),
        Some(json!({"logDriver": "splunk", "options": {"splunk-token": "t"}})),
    ]);
    (environment(), logs, any::<(bool, bool)>()).prop_map(
        move |((list, has_key), logs, (ports, command))| {
            let mut container = serde_json::Map::new();
            container.insert("name".to_owned(), json!(format!("app-{at}")));
            container.insert("image".to_owned(), json!("api:1"));
            if ports {
                container.insert("portMappings".to_owned(), json!([{"containerPort": 8080}]));
            }
            if let Some(list) = list {
                container.insert("environment".to_owned(), list);
            }
            if command {
                container.insert("command".to_owned(), json!(["-jar", "/app.jar"]));
            }
            if let Some(logs) = logs {
                container.insert("logConfiguration".to_owned(), logs);
            }
            (Value::from(container), has_key)
        },
    )
}

/// What must become of the list at a key.
fn pushed(container: &mut Value, key: &str, items: Vec<Value>) {
    let list = &mut container[key];
    if list.is_null() {
        *list = json!([]);
    }
    list.as_array_mut().unwrap().extend(items);
}

fn expected(task: &Value) -> Value {
    let mut task = task.clone();
    let containers = task["containerDefinitions"].as_array_mut().unwrap();
    let is_alone = containers.len() == 1;
    let logs = containers.iter().map(|one| one["logConfiguration"].clone());
    let logs = logs.into_iter().find(|logs| logs["logDriver"] == "awslogs");
    let has_env = task.to_string().contains("DD_ENV");
    let containers = task["containerDefinitions"].as_array_mut().unwrap();
    for container in containers.iter_mut() {
        let mut tags = Vec::new();
        if !has_env {
            tags.push(json!({"name": "DD_ENV", "value": "prod"}));
        }
        if is_alone {
            tags.push(json!({"name": "DD_SERVICE", "value": "api"}));
        }
        let key = json!({"name": "DD_API_KEY", "value": KEY});
        if let Some(list) = container.get_mut("environment").and_then(Value::as_array_mut) {
            let count = list.len();
            list.retain(|one| *one != key);
            if list.len() < count {
                pushed(container, "secrets", vec![json!({"name": "DD_API_KEY", "valueFrom": ARN})]);
            }
        }
        if !tags.is_empty() {
            pushed(container, "environment", tags);
        }
    }
    let mut agent = json!({
        "name": "datadog-agent", "image": "public.ecr.aws/datadog/agent:7", "essential": false,
        "portMappings": [
            {"containerPort": 8125, "protocol": "udp"}, {"containerPort": 8126, "protocol": "tcp"}
        ],
        "environment": [
            {"name": "ECS_FARGATE", "value": "true"}, {"name": "DD_SITE", "value": "datadoghq.eu"}
        ],
        "secrets": [{"name": "DD_API_KEY", "valueFrom": ARN}],
        "healthCheck": {
            "command": ["CMD-SHELL", "/probe.sh"],
            "interval": 15, "timeout": 5, "retries": 3, "startPeriod": 60
        }
    });
    let tags = if has_env { vec![] } else { vec![("DD_ENV", "prod")] };
    let tags = tags.into_iter().chain(is_alone.then_some(("DD_SERVICE", "api")));
    let tags = tags.map(|(name, value)| json!({"name": name, "value": value}));
    pushed(&mut agent, "environment", tags.collect());
    if let Some(logs) = logs {
        agent["logConfiguration"] = logs;
    }
    containers.push(agent);
    task
}

fn sample() -> impl Strategy<Value = Sample> {
    let containers =
        (1..4_usize).prop_flat_map(|count| (0..count).map(container).collect::<Vec<_>>());
    (containers, manner(), any::<bool>()).prop_map(|(containers, manner, comes_first)| {
        let (containers, keys): (Vec<Value>, Vec<bool>) = containers.into_iter().unzip();
        // A list that was there, and is emptied again, is told from one that was not by its place.
        let is_odd = |one: &Value| {
            one["environment"] == Value::Null && one.get("environment").is_some()
                || one["environment"] == json!([])
        };
        let is_plain = !keys.contains(&true) && !containers.iter().any(is_odd);
        let mut task = serde_json::Map::new();
        let list = Value::from(containers);
        if comes_first {
            task.insert("containerDefinitions".to_owned(), list.clone());
        }
        task.insert("family".to_owned(), json!("api"));
        task.insert("networkMode".to_owned(), json!("awsvpc"));
        task.insert("requiresCompatibilities".to_owned(), json!(["FARGATE"]));
        task.insert("executionRoleArn".to_owned(), json!("arn:aws:iam::1:role/e"));
        task.insert("cpu".to_owned(), json!("512"));
        task.insert("memory".to_owned(), json!("1024"));
        task.entry("containerDefinitions").or_insert(list);
        let task = Value::from(task);
        let (name, text) = manner.text(&task);
        Sample { name, text, expected: expected(&task), is_plain }
    })
}

fn fix(name: &str, text: &str) -> Analysis {
    let settings = Settings {
        api_key_secret: Some(ARN.to_owned()),
        site: Some("datadoghq.eu".to_owned()),
        service: Some("api".to_owned()),
        env: Some("prod".to_owned()),
        ..Settings::default()
    };
    let source = Arc::new(Source::new(name, text));
    analyse(DocumentKind::Deployment, &source, &settings, &Surroundings::none())
}

fn undo(name: &str, text: &str) -> Analysis {
    let source = Arc::new(Source::new(name, text));
    remove(DocumentKind::Deployment, &source, &Settings::default(), &Surroundings::none())
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn a_task_says_what_the_generator_expects_and_comes_back(sample in sample()) {
        let fixed = fix(sample.name, &sample.text);
        let after = fixed.after().unwrap_or_else(|| panic!("{:?}", fixed.findings)).to_owned();
        let read = match sample.name {
            "task.yaml" => serde_yaml_ng::from_str(after.trim_start_matches('\u{feff}')).unwrap(),
            _ => serde_json::from_str::<Value>(after.trim_start_matches('\u{feff}')).unwrap(),
        };
        prop_assert_eq!(&read, &sample.expected, "{}", &after);
        prop_assert_eq!(after.starts_with('\u{feff}'), sample.text.starts_with('\u{feff}'));
        let breaks = |text: &str| (text.contains("\r\n"), text.replace("\r\n", "").contains('\n'));
        prop_assert_eq!(breaks(&after), breaks(&sample.text));
        if sample.is_plain {
            prop_assert!(only_inserts(&sample.text, &after), "{}", &after);
        }
        // Twice is once.
        let again = fix(sample.name, &after);
        prop_assert_eq!(again.after(), None);
        prop_assert!(!again.findings.iter().any(|one| one.rule == "agent-container-missing"));
        // And back.
        let back = undo(sample.name, &after);
        let without = back.after().map(str::to_owned);
        prop_assert!(without.is_some(), "{}: {:?}", &after, back.findings);
        if sample.is_plain {
            prop_assert_eq!(without.as_deref(), Some(sample.text.as_str()));
        }
    }
}
