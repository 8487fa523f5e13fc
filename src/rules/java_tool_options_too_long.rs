//! `java-tool-options-too-long`: Java 8 drops a JAVA_TOOL_OPTIONS of more than 1,023 characters.

use super::{Check, Context, Rule, shared};
use crate::finding::{Finding, Severity};

/// The row in [`super::RULES`].
pub(super) const RULE: Rule = Rule {
    id: "java-tool-options-too-long",
    severity: Severity::Error,
    summary: "Java 8 drops a JAVA_TOOL_OPTIONS of more than 1,023 characters",
    fixable: false,
    docs: DOCS,
    check: Check::Launch(check),
};

const DOCS: &str = r##"
# java-tool-options-too-long
Java 8 drops a JAVA_TOOL_OPTIONS of more than 1,023 characters.

## What happens
The whole variable has no effect, and nothing is said: the application runs with no agent and without its
other options, exit code 0. Java 11 and later have no limit.

## What is reported
A launch on Java 8 whose JAVA_TOOL_OPTIONS is too long, or would be with what `fix` puts in front of it. It
gets no edit.

## What to do
Move options to the command line, or to a variable that the start script reads.

## Source
Measured: 1,020 characters count, 1,030 do not.
<https://github.com/openjdk/jdk8u/blob/master/hotspot/src/share/vm/runtime/arguments.cpp>
"##;

/// The longest value that Java 8 takes, in characters.
const LONGEST: usize = 1_023;
const NAME: &str = "JAVA_TOOL_OPTIONS";

fn check(context: &Context<'_>, findings: &mut Vec<Finding>) {
    let launch = context.launch;
    if !launch.is_read() || launch.jvm.java != Some(8) {
        return;
    }
    let value = launch.environment.get(NAME).map(String::as_str).unwrap_or_default();
    let carries = launch.launcher.is_some_and(|launcher| launcher.variable == NAME);
    let is_missing = shared::datadog_agent(context).is_none();
    let added = match carries && is_missing {
        true => shared::all_options(context).iter().map(|option| option.chars().count() + 1).sum(),
        false => 0,
    };
    let length = value.chars().count() + added;
    if length > LONGEST {
        let message = format!(
            "JAVA_TOOL_OPTIONS would have {length} characters: Java 8 drops more than {LONGEST}"
        );
        findings.push(
            RULE.finding(context.here(), message)
                .help("move options to the command line")
                .refusing(),
        );
    }
}
