//! A deployment from text to findings and changes, and back again.

use std::sync::Arc;

use super::Analysis;
use crate::change::{Change, ChangeSet};
use crate::deploy::{self, Task, added, taken_out};
use crate::dockerfile::Dockerfile;
use crate::finding::{Effect, Finding, Location};
use crate::rules::{self, TaskContext};
use crate::select;
use crate::settings::Settings;
use crate::source::Source;
use crate::structured::{self, Amendment, Node, Unread, json, layout};

/// Reads the task definitions of a text, checks each, and plans what mends them.
pub(super) fn analyse(source: &Arc<Source>, settings: &Settings) -> Analysis {
    let root = match json::read(&source.text) {
        Ok(root) => root,
        Err(unread) if deploy::may_deploy(source.text.as_bytes()) => {
            return Analysis::of_finding(settings, unread_finding(source, &unread));
        }
        Err(_) => return Analysis { path: source.path.clone(), ..Analysis::default() },
    };
    let tasks = deploy::tasks(&root);
    let mut findings = check(source, settings, &tasks);
    let changes = fix(source, settings, &root, &findings).unwrap_or_else(|reason| {
        refuse(source, settings, &tasks, &mut findings, &reason);
        ChangeSet::default()
    });
    Analysis {
        path: source.path.clone(),
        findings,
        changes,
        is_deployment: !tasks.is_empty(),
        ..Analysis::default()
    }
}

fn check(source: &Arc<Source>, settings: &Settings, tasks: &[Task<'_>]) -> Vec<Finding> {
    // What findings show of the file is without its keys.
    let source = &masked(source, tasks);
    let findings =
        tasks.iter().flat_map(|task| rules::check_task(&TaskContext { source, task, settings }));
    // JSON has no comments that could silence one.
    select::select(&Dockerfile::default(), source, settings, findings.collect()).reported
}

fn masked(source: &Source, tasks: &[Task<'_>]) -> Arc<Source> {
    Arc::new(Source::new(source.path(), deploy::masked(&source.text, tasks)))
}

fn unread_finding(source: &Arc<Source>, unread: &Unread) -> Finding {
    let source = &masked(source, &[]);
    let message = format!("this is no JSON, and nothing in it is checked: {}", unread.message);
    rules::finding("deployment-unread", Location::new(source, unread.offset..unread.offset), message)
        .help("check the file that the template makes, or write it as JSON with `${…}` for what is put in")
}

/// A planned edit that could not be proved is a fault of ours: nothing is written.
fn refuse(
    source: &Arc<Source>,
    settings: &Settings,
    tasks: &[Task<'_>],
    findings: &mut Vec<Finding>,
    reason: &str,
) {
    let amends = |one: &&mut Finding| matches!(one.effect, Effect::Amends(_));
    let mut place = Location::new(&masked(source, tasks), 0..0);
    for finding in findings.iter_mut().filter(amends) {
        finding.effect = Effect::Informs;
        place = finding.primary.clone();
    }
    let message = format!("the planned edit could not be proved: {reason}");
    let finding = rules::finding("edit-not-proved", place, message)
        .help("nothing is written; a plainer file may help, else please report it");
    let severity = select::enabled(settings, &finding);
    findings.extend(severity.map(|severity| Finding { severity, ..finding }));
}

/// Carries out all that would mend the findings, and proves it.
fn fix(
    source: &Arc<Source>,
    settings: &Settings,
    root: &Node,
    findings: &[Finding],
) -> Result<ChangeSet, String> {
    let wishes: Vec<Amendment> = findings.iter().flat_map(amending).cloned().collect();
    if wishes.is_empty() {
        return Ok(ChangeSet::default());
    }
    let change = carried_out(source, root, &wishes)?;
    let after = Arc::new(Source::new(source.path(), change.after.clone().unwrap_or_default()));
    let again = json::read(&after.text).map_err(|unread| unread.message)?;
    match check(&after, settings, &deploy::tasks(&again))
        .iter()
        .find(|one| amending(one).next().is_some())
    {
        Some(left) => Err(format!("the result would need another fix ({})", left.rule)),
        None => ChangeSet::of([change]),
    }
}

fn amending(finding: &Finding) -> impl Iterator<Item = &Amendment> {
    match &finding.effect {
        Effect::Amends(wishes) => wishes.iter(),
        Effect::Informs | Effect::Refuses | Effect::Mends(_) => [].iter(),
    }
}

/// The change that carries out the wishes. Two readers must read in the result what the wishes make of
/// what was there: ours, and `serde_json`.
fn carried_out(source: &Source, root: &Node, wishes: &[Amendment]) -> Result<Change, String> {
    let edits = layout::edits(&source.text, root, wishes)?;
    let change = Change::edited(source.path(), &source.text, &edits)?;
    let after = change.after.as_deref().unwrap_or_default();
    let expected = structured::amended(root, wishes)?;
    let read = json::read(after).map_err(|unread| unread.message)?;
    if !structured::says_the_same(&read, &expected) {
        return Err("the result does not say what was intended".to_owned());
    }
    let second: serde_json::Value =
        serde_json::from_str(&json::filled(after)).map_err(|error| error.to_string())?;
    match second == json::second_reading(&expected)? {
        true => Ok(change),
        false => Err("another reader of JSON does not read what was intended".to_owned()),
    }
}

/// Takes out what `fix` put in: the settings are read back from what stands there, and `fix` with them
/// must make of the result what stands there.
pub(super) fn remove(source: &Arc<Source>, settings: &Settings) -> Analysis {
    let found = analyse(source, settings);
    let Ok(root) = json::read(&source.text) else { return found };
    let tasks = deploy::tasks(&root);
    let agents = tasks.iter().filter_map(Task::agent);
    let Some(agent) = agents.into_iter().find(|agent| agent.name() == added::AGENT_NAME) else {
        return Analysis { changes: ChangeSet::default(), findings: Vec::new(), ..found };
    };
    let settings = &taken_out::settings(agent, settings);
    // Byte for byte, else with the same values: a list that was emptied may be written otherwise.
    let ways = [(true, false), (true, true), (false, false), (false, true)];
    let undone = ways.into_iter().find_map(|(to_the_byte, keeps_lists)| {
        let wishes: Vec<Amendment> =
            tasks.iter().flat_map(|task| taken_out::wishes(task, settings, keeps_lists)).collect();
        let change = carried_out(source, &root, &wishes).ok().filter(|_| !wishes.is_empty())?;
        let without = Arc::new(Source::new(source.path(), change.after.clone()?));
        let changes = ChangeSet::of([change]).ok()?;
        let again = analyse(&without, settings);
        let is_undone = match to_the_byte {
            true => again.changes.is_undone_by(&changes),
            false => structured::says_the_same(&json::read(again.after()?).ok()?, &root),
        };
        is_undone.then_some(changes)
    });
    let findings = match undone {
        Some(_) => Vec::new(),
        None => {
            let place = agent.node.get("name").unwrap_or(agent.node).span.clone();
            let place = Location::new(&masked(source, &tasks), place);
            let message = "`fix` would not put in what stands here: it stays".to_owned();
            let finding = rules::finding("not-removable", place, message)
                .help("a person wrote the container, or changed it: take it out by hand");
            Analysis::of_finding(settings, finding).findings
        }
    };
    Analysis { changes: undone.unwrap_or_default(), findings, ..found }
}
