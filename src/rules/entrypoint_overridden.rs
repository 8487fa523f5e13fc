//! `entrypoint-overridden`: a deployment starts Java in place of the image's own start, without the agent.

use super::{Check, Rule};
use crate::finding::Severity;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "entrypoint-overridden",
    severity: Severity::Error,
    summary: "a deployment starts Java in place of the image's own start, without the agent",
    fixable: false,
    docs: DOCS,
    // It is raised where the start of a container is read.
    check: Check::Elsewhere,
};

const DOCS: &str = r##"
# entrypoint-overridden
A deployment starts Java in place of the image's own start, without the agent.

## What happens
`entryPoint` in a task definition takes the place of the image's ENTRYPOINT and leaves nothing of its CMD; `command` takes the place of the CMD.
So do `entrypoint` and `command` of compose, `command` and `args` of Kubernetes. An agent that the Dockerfile puts behind `java` is not part of that start.
`null` and `[]` are no override; to compose `[]` is one.

## What is reported
A start of Java in a task without the agent, which cannot be edited: a warning where nobody says which Dockerfile makes the image (the
jar has to be in it, and its variables may bring the agent), or where words are put in later (`${…}`, `!Ref`, `$(…)`); an error where an edit of that Dockerfile stands in the way.

## What to do
Say which Dockerfile makes the image, in `entrypatch.toml`: the start in the task is then read, edited and proved as one in the Dockerfile
(`java-agent-missing` reports it), and the jar goes into the image.

```toml
[deploy]
"services/api/Dockerfile" = "deploy/task.json#api"
```

For a service of compose its `build:` says it.

```json bad
{ "family": "api", "networkMode": "awsvpc", "executionRoleArn": "arn:aws:iam::1:role/e",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "memory": 512, "entryPoint": ["java", "-jar", "/app.jar"]}
  ] }
```
```json good
{ "family": "api", "networkMode": "awsvpc", "executionRoleArn": "arn:aws:iam::1:role/e",
  "containerDefinitions": [
    {"name": "api", "image": "api:1", "memory": 512, "entryPoint": ["java", "-javaagent:/usr/agent/dd-java-agent.jar", "-jar", "/app.jar"]}
  ] }
```

## Source
<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>
"##;
