//! The language of Terraform: the resources of a kind as maps, with the keys of the interface of AWS. The only
//! file that names the `hcl-edit` crate. What is worked out when Terraform runs is [`Value::Unknown`].
//! <https://developer.hashicorp.com/terraform/language/syntax/configuration>

use std::collections::BTreeMap;

use hcl_edit::Span as _;
use hcl_edit::expr::{Expression, ObjectKey, TraversalOperator};
use hcl_edit::parser::parse_body;
use hcl_edit::structure::{Block, Body};

use super::{Entry, Node, Unread, Value, json};
use crate::source::{BYTE_ORDER_MARK, Span};

/// A local that leads to itself ends here.
const MOST_LOCALS: usize = 16;

/// The resources of that kind in a text, each a map.
///
/// # Errors
/// Where it is no configuration of Terraform.
pub fn resources(text: &str, kind: &str) -> Result<Vec<Node>, Unread> {
    let start = if text.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK.len() } else { 0 };
    let body = text.get(start..).unwrap_or_default();
    let parsed = parse_body(body).map_err(|error| Unread {
        offset: start + error.location().offset(),
        message: error.message().lines().collect::<Vec<_>>().join(", "),
    })?;
    let reader = Reader { text, start, locals: locals(&parsed) };
    let is_kind = |block: &&Block| {
        block.ident.as_str() == "resource"
            && block.labels.first().is_some_and(|label| label.as_str() == kind)
    };
    Ok(parsed.blocks().filter(is_kind).map(|block| reader.resource(block)).collect())
}

/// The values under `locals`, by their names.
fn locals(body: &Body) -> BTreeMap<String, &Expression> {
    let blocks = body.blocks().filter(|block| block.ident.as_str() == "locals");
    let values = blocks.flat_map(|block| block.body.attributes());
    values.map(|one| (one.key.as_str().to_owned(), &one.value)).collect()
}

struct Reader<'a> {
    text: &'a str,
    /// Where the parsed text begins in the file.
    start: usize,
    locals: BTreeMap<String, &'a Expression>,
}

impl Reader<'_> {
    fn resource(&self, block: &Block) -> Node {
        let mut entries = self.attributes(&block.body);
        let mut volumes = Vec::new();
        for inner in block.body.blocks() {
            match inner.ident.as_str() {
                "volume" => volumes.push(self.map(inner)),
                "dynamic" => volumes.push(self.unknown(inner.span())),
                name => {
                    let key_span = self.span(inner.ident.span());
                    entries.push(Entry { key: camel(name), key_span, node: self.map(inner) });
                }
            }
        }
        let span = self.span(block.span());
        if !volumes.is_empty() {
            let node = Node { span: span.clone(), value: Value::List(volumes) };
            entries.push(Entry { key: "volumes".to_owned(), key_span: span.clone(), node });
        }
        Node { span, value: Value::Map(entries) }
    }

    fn map(&self, block: &Block) -> Node {
        Node { span: self.span(block.span()), value: Value::Map(self.attributes(&block.body)) }
    }

    fn attributes(&self, body: &Body) -> Vec<Entry> {
        let entry = |one: &hcl_edit::structure::Attribute| {
            let key = camel(one.key.as_str());
            let node = match key.as_str() {
                "containerDefinitions" => self.containers(&one.value, MOST_LOCALS),
                _ => self.node(&one.value, MOST_LOCALS),
            };
            Entry { key, key_span: self.span(one.key.span()), node }
        };
        body.attributes().map(entry).collect()
    }

    /// The JSON of a list of containers: made by `jsonencode`, or written as text.
    fn containers(&self, expression: &Expression, locals: usize) -> Node {
        match expression {
            Expression::FuncCall(call) if call.name.name.as_str() == "jsonencode" => {
                match call.args.iter().next() {
                    Some(argument) => self.node(argument, locals),
                    None => self.unknown(expression.span()),
                }
            }
            Expression::Parenthesis(inner) => self.containers(inner.inner(), locals),
            Expression::HeredocTemplate(text) => {
                self.json(self.span(text.span())).unwrap_or_else(|| self.unknown(text.span()))
            }
            _ => match self.local(expression).filter(|_| locals > 0) {
                Some(value) => self.containers(value, locals - 1),
                None => self.unknown(expression.span()),
            },
        }
    }

    /// The JSON in a here-document: the lines between its marks.
    fn json(&self, span: Span) -> Option<Node> {
        let whole = self.text.get(span.clone())?;
        let first = whole.find('\n')? + 1;
        let marker = whole.get(..first)?.trim().trim_start_matches("<<").trim_start_matches('-');
        let last = whole.rfind(marker.trim())?;
        let mut node = json::read(whole.get(first..last)?).ok()?;
        node.shift(span.start + first);
        Some(node)
    }

    fn node(&self, expression: &Expression, locals: usize) -> Node {
        let span = self.span(expression.span());
        let written = || self.text.get(span.clone()).unwrap_or_default().to_owned();
        let value = match expression {
            Expression::Null(_) => Value::Null,
            Expression::Bool(one) => Value::Bool(*one.value()),
            Expression::Number(_) => Value::Number(written()),
            Expression::String(one) => Value::Text(one.value().clone()),
            // With `${…}` in it, as it is written.
            Expression::StringTemplate(_) => Value::Text(written().trim_matches('"').to_owned()),
            Expression::Array(list) => {
                Value::List(list.iter().map(|one| self.node(one, locals)).collect())
            }
            Expression::Object(map) => {
                let entries = map.iter().filter_map(|(key, one)| {
                    let (key, key_span) = self.key(key)?;
                    Some(Entry { key, key_span, node: self.node(one.expr(), locals) })
                });
                Value::Map(entries.collect())
            }
            Expression::Parenthesis(inner) => return self.node(inner.inner(), locals),
            _ => match self.local(expression).filter(|_| locals > 0) {
                Some(value) => return self.node(value, locals - 1),
                None => Value::Unknown(written()),
            },
        };
        Node { span, value }
    }

    fn key(&self, key: &ObjectKey) -> Option<(String, Span)> {
        Some(match key {
            ObjectKey::Ident(one) => (one.as_str().to_owned(), self.span(one.span())),
            ObjectKey::Expression(one) => (one.as_str()?.to_owned(), self.span(one.span())),
        })
    }

    /// What `local.name` stands for.
    fn local(&self, expression: &Expression) -> Option<&Expression> {
        let Expression::Traversal(traversal) = expression else { return None };
        let Expression::Variable(scope) = &traversal.expr else { return None };
        let [only] = traversal.operators.as_slice() else { return None };
        match only.value() {
            TraversalOperator::GetAttr(name) if scope.as_str() == "local" => {
                self.locals.get(name.as_str()).copied()
            }
            _ => None,
        }
    }

    fn unknown(&self, span: Option<Span>) -> Node {
        let span = self.span(span);
        let written = self.text.get(span.clone()).unwrap_or_default().to_owned();
        Node { span, value: Value::Unknown(written) }
    }

    fn span(&self, span: Option<Span>) -> Span {
        let span = span.unwrap_or_default();
        self.start + span.start..self.start + span.end
    }
}

/// `network_mode` is `networkMode` to AWS.
fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| {
        let mut letters = part.chars();
        let head = letters.next().map(|letter| letter.to_ascii_uppercase());
        name.chars().chain(head).chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TASK: &str = r#"
locals {
  port = 8126
  api  = { name = "api", image = "api:${var.tag}", memory = var.memory }
}
resource "aws_ecs_task_definition" "a" {
  family                   = "api"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  execution_role_arn       = aws_iam_role.e.arn
  container_definitions = jsonencode([
    local.api,
    { "name" = "agent", portMappings = [{ containerPort = local.port }], essential = false },
    module.other.json,
  ])
  volume {
    name = "sockets"
  }
}
resource "aws_ecs_task_definition" "b" {
  container_definitions = <<-JSON
    [{"name": "b", "memory": ${var.memory}}]
  JSON
}
resource "aws_ecs_service" "c" {}
"#;

    #[test]
    fn resources_are_maps_with_the_keys_of_aws() {
        let tasks = resources(TASK, "aws_ecs_task_definition").unwrap();
        assert_eq!(tasks.len(), 2);
        let (first, second) = (&tasks[0], &tasks[1]);
        assert_eq!(first.text_of("networkMode"), Some("awsvpc"));
        assert!(first.get("executionRoleArn").unwrap().is_unknown());
        let containers = first.list("containerDefinitions");
        assert_eq!(containers[0].text_of("image"), Some("api:${var.tag}"));
        assert!(containers[0].get("memory").unwrap().is_unknown());
        assert_eq!(containers[1].list("portMappings")[0].number("containerPort"), Some(8126));
        assert_eq!(containers[1].is_true("essential"), Some(false));
        assert!(containers[2].is_unknown());
        assert_eq!(first.list("volumes")[0].text_of("name"), Some("sockets"));
        let shown = |node: &Node| &TASK[node.span.clone()];
        assert_eq!(shown(containers[0].get("name").unwrap()), "\"api\"");
        let written = second.list("containerDefinitions")[0].get("name").unwrap();
        assert_eq!(shown(written), "\"b\"");
    }

    #[test]
    fn what_is_no_configuration_is_said_with_its_place() {
        for (text, offset) in [("a = [1", 5), ("resource {{", 10)] {
            let unread = resources(text, "x").unwrap_err();
            assert_eq!(unread.offset, offset, "{}", unread.message);
        }
        assert!(resources(&"[".repeat(100_000), "x").is_err());
        assert!(resources("locals { a = local.a }", "x").unwrap().is_empty());
    }
}
