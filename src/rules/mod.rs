//! The rules: one file each, one row each in [`RULES`].
//!
//! A rule looks at one launch with all facts at hand ([`Context`]), or at one task definition
//! ([`TaskContext`]), and states findings. It makes no
//! edits: it states wishes ([`crate::finding::Op`]), which the planner carries out together.
//!
//! To add one: a file with a `RULE`, its line in `rules!`, a case in `testdata/cases`. The file's
//! `DOCS` are what `explain` prints; the `dockerfile` blocks in them are run by a test: a `bad` one
//! must raise the rule, and a `good` one behind it must be what `fix` makes of it, or be clean.

use std::cell::OnceCell;
use std::sync::Arc;

use crate::deploy::{Container, Platform, Task};
use crate::deployed::Deployed;
use crate::dockerfile::Dockerfile;
use crate::facts::StageFacts;
use crate::finding::{Finding, Location, Severity};
use crate::launch::options::{self, PlacedOption};
use crate::launch::{Launch, TextId};
use crate::settings::Settings;
use crate::source::{Source, Span};
use crate::structured::Node;
use crate::surroundings::Surroundings;

/// A row of [`RULES`].
#[derive(Debug)]
pub struct Rule {
    /// Its name, which says the fault.
    pub id: &'static str,
    /// How much its findings matter, unless the configuration says otherwise.
    pub severity: Severity,
    /// One line for lists.
    pub summary: &'static str,
    /// Whether `fix` can mend what it finds.
    pub fixable: bool,
    /// What `explain` prints.
    pub docs: &'static str,
    /// What it looks at.
    pub check: Check,
}

/// What a rule looks at, and how.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// One launch.
    Launch(fn(&Context<'_>, &mut Vec<Finding>)),
    /// One task definition of ECS.
    Task(fn(&TaskContext<'_>, &mut Vec<Finding>)),
    /// One task definition, or what compose and Kubernetes have in its place.
    Deployment(fn(&TaskContext<'_>, &mut Vec<Finding>)),
    /// A launch, and a deployment.
    Both(fn(&Context<'_>, &mut Vec<Finding>), fn(&TaskContext<'_>, &mut Vec<Finding>)),
    /// A whole file: it is raised where the file is read.
    Elsewhere,
}

/// What a rule may look at: one launch and everything known around it.
pub struct Context<'a> {
    /// The text of the document.
    pub source: &'a Arc<Source>,
    /// The scripts that start launches of it.
    pub scripts: &'a [Arc<Source>],
    /// The file.
    pub file: &'a Dockerfile,
    /// The facts of the stage that is started.
    pub facts: &'a StageFacts,
    /// The launch.
    pub launch: &'a Launch,
    /// What to insert.
    pub settings: &'a Settings,
    /// The files around.
    pub surroundings: &'a Surroundings<'a>,
    /// The containers that are started from the image.
    pub deployed: &'a [Deployed],
    /// The JVM options in force, once a rule has asked for them.
    pub jvm_options: OnceCell<Vec<PlacedOption>>,
}

/// What a rule may look at: one task definition.
pub struct TaskContext<'a> {
    /// The text that holds it.
    pub source: &'a Arc<Source>,
    /// The task.
    pub task: &'a Task<'a>,
    /// What to insert.
    pub settings: &'a Settings,
    /// `fix` knows how to write the file.
    pub is_editable: bool,
}

impl TaskContext<'_> {
    /// The place of a value; of an item over several lines, that of its name.
    pub fn at(&self, node: &Node) -> Location {
        let written = self.source.text.get(node.span.clone()).unwrap_or_default();
        let name = node.get("name").filter(|_| written.contains('\n'));
        let node = name.unwrap_or(node);
        Location::new(self.source, node.span.clone())
    }

    /// The place of a container: its name, else all of it.
    pub fn at_container(&self, container: Container<'_>) -> Location {
        self.at(container.node.get("name").unwrap_or(container.node))
    }

    /// The place of a task: the name of its family, else that of its first container.
    pub fn at_task(&self) -> Location {
        match (self.task.node.get("family"), self.task.containers.first()) {
            (Some(family), _) => self.at(family),
            (None, Some(first)) => self.at_container(*first),
            (None, None) => self.at(self.task.list()),
        }
    }
}

impl Context<'_> {
    /// The JVM options in force, in the order in which the JVM applies them.
    pub fn jvm_options(&self) -> &[PlacedOption] {
        self.jvm_options.get_or_init(|| self.launch.jvm_options())
    }

    /// The place of the launch: the `java` word, else what holds the start.
    pub fn here(&self) -> Location {
        let word = self.launch.program.and_then(|at| self.launch.words.get(at)?.place.as_ref());
        let place = word.and_then(|place| self.in_text(place.text, place.span.clone()));
        place.unwrap_or_else(|| self.anchor())
    }

    /// What holds the start in the document: the instruction, the script of package.json.
    pub fn anchor(&self) -> Location {
        self.at(self.launch.anchor.clone())
    }

    /// A place in the document.
    pub fn at(&self, span: Span) -> Location {
        Location::new(self.source, span)
    }

    /// The place of a word of the command; the launch's own, where the word stands in no file.
    pub fn at_word(&self, word: usize) -> Location {
        let place = self.launch.words.get(word).and_then(|word| word.place.as_ref());
        let place = place.and_then(|place| self.in_text(place.text, place.span.clone()));
        place.unwrap_or_else(|| self.here())
    }

    /// The place of an option; the launch's own, where a variable carries it.
    pub fn at_option(&self, place: &options::Place) -> Location {
        match place {
            options::Place::Word(word) | options::Place::File(word, _) => self.at_word(*word),
            options::Place::Variable(_) => self.here(),
        }
    }

    fn in_text(&self, text: TextId, span: Span) -> Option<Location> {
        match text {
            TextId::Dockerfile => Some(self.at(span)),
            TextId::Script(script) => Some(Location::new(self.scripts.get(script)?, span)),
        }
    }
}

macro_rules! rules {
    ($($module:ident)*) => {
        $(mod $module;)*
        /// Every rule, sorted by name.
        pub const RULES: &[Rule] = &[$($module::RULE),*];
    };
}

rules! {
    agent_container_missing
    agent_essential
    agent_host_unreachable
    agent_jar_missing
    agent_jar_unreadable
    agent_order
    agent_port_missing
    agent_readonly_root
    api_key_in_plain_text
    bundled_entry
    class_archive_ignored
    class_archive_refused
    conflicting_agent
    datadog_site_invalid
    dd_trace_node_mismatch
    dd_trace_not_a_dependency
    deployment_unread
    dockerfile_syntax
    duplicate_agent
    ecs_fargate_on_ec2
    edit_not_proved
    entrypoint_overridden
    entrypoint_script
    environment_not_passed
    flight_recorder_overridden
    flight_recorder_unknown
    flight_recorder_unsupported
    ignore_unused
    java_agent_after_main
    java_agent_missing
    java_option_missing
    java_options_replaced
    java_starts_nothing
    java_tool_options_too_long
    jlink_without_instrument
    joined_arguments
    launch_unresolved
    lockfile_out_of_date
    malformed_exec_form
    native_image
    node_entry_unresolved
    node_options_before_install
    not_removable
    property_shadows_environment
    relative_agent_path
    second_profiler
    service_unknown
    setting_differs
    task_not_registrable
    tracer_flag_after_script
    tracer_import_elided
    tracer_import_late
    tracer_import_missing
    tracer_needs_loader
    tracer_not_initialized
    unknown_datadog_setting
    unsupported_java
    variable_in_exec_form
    windows_image
}

mod node;
mod shared;

/// The rule of that name.
pub fn named(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

/// What to say of a name that no rule has.
pub fn unknown(id: &str) -> String {
    format!("there is no rule {id:?}; `entrypatch rules` lists them")
}

/// A finding of a rule that is raised where a file is read, with the severity of its row.
pub fn finding(id: &'static str, place: Location, message: String) -> Finding {
    let severity = named(id).map_or(Severity::Error, |rule| rule.severity);
    Finding::new(id, severity, place, message)
}

/// What `fix` puts in for a launch that has nothing of it, in order: options, and variables.
pub fn inserted(context: &Context<'_>) -> (Vec<String>, Vec<(String, String)>) {
    shared::inserted(context)
}

/// Runs every rule over a launch.
pub fn check(context: &Context<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES {
        if let Check::Launch(check) | Check::Both(check, _) = rule.check {
            check(context, &mut findings);
        }
    }
    // A script is told of with the instruction that starts it.
    findings.into_iter().map(|finding| finding.related(context.anchor())).collect()
}

/// Runs every rule over a task of its platform.
pub fn check_task(context: &TaskContext<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES {
        match rule.check {
            Check::Deployment(check) | Check::Both(_, check) => check(context, &mut findings),
            Check::Task(check) if context.task.platform == Platform::Ecs => {
                check(context, &mut findings);
            }
            Check::Task(_) | Check::Launch(_) | Check::Elsewhere => {}
        }
    }
    findings
}

impl Rule {
    /// A finding of this rule.
    pub fn finding(&self, place: Location, message: impl Into<String>) -> Finding {
        Finding::new(self.id, self.severity, place, message.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_sorted_and_documented() {
        assert!(RULES.is_sorted_by_key(|rule| rule.id));
        for rule in RULES {
            assert!(rule.docs.contains("## What happens"), "{}", rule.id);
            assert!(!rule.summary.ends_with('.') && rule.summary.len() < 90, "{}", rule.id);
        }
    }
}
