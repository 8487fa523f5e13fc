//! `java-options-replaced`: a deployment sets a variable in place of the image's own, and the tracer goes.

use super::{Check, Rule};
use crate::finding::Severity;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "java-options-replaced",
    severity: Severity::Error,
    summary: "a deployment sets a variable in place of the image's own, and the tracer goes",
    fixable: true,
    docs: DOCS,
    // It is raised where a task is read with its image.
    check: Check::Elsewhere,
};

const DOCS: &str = r##"
# java-options-replaced
A deployment sets a variable in place of the image's own, and the tracer goes.

## What happens
A variable that a task sets replaces the one of the image, it is not added to it. Where the image carries the agent in `JAVA_TOOL_OPTIONS`,
`CATALINA_OPTS`, `JAVA_OPTS` or another one of this kind, or dd-trace in `NODE_OPTIONS`, a task that sets the heap there starts without it.

## What is reported
A container that `[deploy]` in `entrypatch.toml`, or `build:` in compose, links with its Dockerfile, and that sets such a variable without a tracer, where the Dockerfile, as it is or as `fix`
makes it, has one in it.

## The fix
What the image has is written in front of what the task has. A value from a secret is reported only. `remove` takes it out again.

```toml
[deploy]
"services/shop/Dockerfile" = "deploy/task.json#shop"
```

## Source
<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>
"##;
