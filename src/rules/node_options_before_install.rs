//! `node-options-before-install`: the build stops, for NODE_OPTIONS loads what is not installed yet.

use super::{Check, Context, Rule};
use crate::dockerfile::Kind;
use crate::effects::Command;
use crate::finding::{Finding, Severity};
use crate::launch::Runtime;

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "node-options-before-install",
    severity: Severity::Error,
    summary: "NODE_OPTIONS loads dd-trace in a RUN before it is installed",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# node-options-before-install
NODE_OPTIONS loads dd-trace in a RUN before it is installed.

## What happens
Every Node reads NODE_OPTIONS, npm itself too: above `RUN npm install` the module that it names is not there yet,
and the build stops with `Cannot find module 'dd-trace/init'`.

## What to do
Set NODE_OPTIONS behind the last RUN, or empty it for this one: `RUN NODE_OPTIONS= npm ci`.

```dockerfile bad
FROM node:22
ENV NODE_OPTIONS="--require dd-trace/init"
WORKDIR /app
COPY . .
RUN npm install
CMD ["node", "server.js"]
```
```dockerfile good
FROM node:22
WORKDIR /app
COPY . .
RUN npm install
ENV NODE_OPTIONS="--require dd-trace/init"
CMD ["node", "server.js"]
```

## Source
<https://nodejs.org/api/cli.html#node_optionsoptions>
"##;

/// Programs that are Node, or are run by it.
const NODE_PROGRAMS: &[&str] =
    &["corepack", "lerna", "next", "node", "npm", "npx", "nx", "pnpm", "tsc", "turbo", "yarn"];
/// What puts packages into the folder; yarn does without a word too.
const INSTALLS: &[&str] = &["add", "ci", "clean-install", "i", "install"];

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let launch = context.launch;
    // Another image may have the tracer already.
    if launch.runtime != Runtime::Node || launch.image.has_java != Some(false) {
        return;
    }
    for action in &context.facts.actions {
        let Some(instruction) = context.file.instructions.get(action.instruction) else { continue };
        match &instruction.kind {
            // What comes from another stage may bring it.
            Kind::Transfer(transfer) => {
                let names_it = action.sources.iter().any(|source| source.contains("node_modules"));
                if transfer.from.is_some() || names_it {
                    return;
                }
            }
            Kind::Run(text) => {
                let commands = action.commands(context.file);
                let is_node = |one: &Command| NODE_PROGRAMS.contains(&one.program());
                let loads = action.variables.get("NODE_OPTIONS").is_some_and(|one| loads(one));
                if commands.iter().any(is_node) && loads && !text.text.contains("NODE_OPTIONS") {
                    let message =
                        "NODE_OPTIONS loads dd-trace, which is not installed yet: this RUN fails";
                    let place = context.at(instruction.content.clone());
                    let help = "set NODE_OPTIONS behind the last RUN";
                    return findings.push(RULE.finding(place, message).help(help).refusing());
                }
                if commands.iter().any(installs) {
                    return;
                }
            }
            _ => {}
        }
    }
}

/// Whether options load the tracer by its name, not by a path.
fn loads(options: &str) -> bool {
    let mut words = options.split([' ', '=', '"', '\'']);
    words.any(|word| word == "dd-trace" || word.starts_with("dd-trace/"))
}

/// Whether a command puts packages beside the application.
fn installs(command: &Command) -> bool {
    let arguments = command.arguments();
    let is_global = arguments.iter().any(|word| matches!(word.as_str(), "-g" | "--global" | "global"));
    match command.program() {
        "yarn" if arguments.iter().all(|word| word.starts_with('-')) => true,
        "npm" | "pnpm" | "yarn" => {
            !is_global && arguments.iter().any(|word| INSTALLS.contains(&word.as_str()))
        }
        _ => false,
    }
}
