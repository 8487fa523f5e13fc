//! `deployment-unread`: what deploys containers cannot be read, so that nothing in it is checked.

use super::{Check, Rule};
use crate::finding::Severity;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "deployment-unread",
    severity: Severity::Warning,
    summary: "what deploys containers cannot be read, so that nothing in it is checked",
    fixable: false,
    docs: DOCS,
    check: Check::Elsewhere,
};

const DOCS: &str = r##"
# deployment-unread
What deploys containers cannot be read, so that nothing in it is checked.

## What happens
Nothing that stands in the file is looked at: not the Agent, not the network, not a command that takes the place of the image's.

## What is reported
A file that holds the list of containers of a task definition, and is no JSON: with comments, a comma behind the last item, or a template's own language in it. Placeholders
`${name}` are read, inside texts and where a value stands. YAML with services, or with containers, that is none: with tabs, or with a key twice in a map. As a note, templates of YAML with
`{{ … }}`, as Helm's are, and manifests of AWS Copilot. A file with a resource `aws_ecs_task_definition` that is no configuration of Terraform. And, as an error, a
`[deploy]` in `entrypatch.toml` that leads to no such file, or to no such container.

## What to do
Check what the template makes, or keep to `${name}`. AWS refuses comments and last commas too.

```json bad
{ "family": "api",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "essential": true},
  ] }
```
```json good
{ "family": "api", "memory": "${memory}",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "essential": true, "cpu": ${cpu}}
  ] }
```
"##;
