//! A deployment from text to findings and changes, and back again.

use std::sync::Arc;

use super::overrides::{self, Desk};
use super::{Analysis, JudgedLaunch, linked};
use crate::change::{Change, ChangeSet};
use crate::deploy::{self, Task, added, taken_out};
use crate::dockerfile::Dockerfile;
use crate::finding::{Effect, Finding, Location, Severity};
use crate::input::is_terraform;
use crate::rules::{self, TaskContext};
use crate::select;
use crate::settings::Settings;
use crate::source::Source;
use crate::structured::{self, Amendment, Node, Unread, json, layout};
use crate::surroundings::Surroundings;
use crate::tree::Overlay;

/// Reads the task definitions of a text, checks each, and plans what mends them.
pub(super) fn analyse(
    source: &Arc<Source>,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
) -> Analysis {
    let roots = match deploy::read(source.path(), &source.text) {
        Ok(roots) => roots,
        Err(unread) if deploy::may_deploy(source.path(), source.text.as_bytes()) => {
            return Analysis::of_finding(settings, unread_finding(source, &unread));
        }
        Err(_) => return Analysis { path: source.path.clone(), ..Analysis::default() },
    };
    let tasks: Vec<Task<'_>> = roots.iter().flat_map(deploy::tasks).collect();
    let checked = check(source, settings, surroundings, &tasks);
    let Checked { launches, mut findings, dockerfiles } =
        if deploy::is_editable(source.path()) { checked } else { checked.not_edited() };
    let amended = match roots.as_slice() {
        [root] => fix(source, settings, surroundings, root, (&findings, &dockerfiles)),
        _ => Ok(ChangeSet::default()),
    };
    let changes = amended.unwrap_or_else(|reason| {
        refuse(source, settings, &tasks, &mut findings, &reason);
        ChangeSet::default()
    });
    Analysis {
        path: source.path.clone(),
        launches,
        findings,
        changes,
        is_deployment: !tasks.is_empty(),
    }
}

/// What is there to say of the tasks of a file.
struct Checked {
    launches: Vec<JudgedLaunch>,
    findings: Vec<Finding>,
    /// What becomes of the Dockerfiles of their images.
    dockerfiles: ChangeSet,
}

impl Checked {
    /// Of a file that `fix` does not know how to write.
    fn not_edited(self) -> Self {
        const HELP: &str = "`fix` does not edit Terraform: put it in by hand";
        let finding = |finding: Finding| match finding.effect {
            Effect::Amends(_) => Finding { effect: Effect::Informs, ..finding }.help(HELP),
            Effect::Informs | Effect::Refuses | Effect::Mends(_) => finding,
        };
        let launches = self.launches.into_iter();
        Self {
            launches: launches.map(|one| one.not_patched_by(overrides::RULE)).collect(),
            findings: self.findings.into_iter().map(finding).collect(),
            dockerfiles: ChangeSet::default(),
        }
    }
}

fn check(
    source: &Arc<Source>,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
    tasks: &[Task<'_>],
) -> Checked {
    // What findings show of the file is without its keys.
    let shown = &masked(source, tasks);
    let mut findings = linked::without_dockerfile(shown, settings, surroundings);
    let mut launches = Vec::new();
    let mut dockerfiles = ChangeSet::default();
    let is_editable = deploy::is_editable(source.path());
    for task in tasks {
        let context = TaskContext { source: shown, task, settings, is_editable };
        findings.extend(rules::check_task(&context));
        let own =
            overrides::of_task(&Desk { shown, settings, surroundings, work: super::analyse }, task);
        findings.extend(own.findings);
        launches.extend(own.launches);
        // Of several tasks of a file the first that wants something of a Dockerfile gets it.
        for change in own.dockerfiles.iter() {
            let _ = dockerfiles.insert(change.clone());
        }
    }
    // JSON has no comments that could silence one.
    let selected = select::select(&Dockerfile::default(), shown, settings, findings);
    Checked { launches, findings: selected.reported, dockerfiles }
}

fn masked(source: &Source, tasks: &[Task<'_>]) -> Arc<Source> {
    Arc::new(Source::new(source.path(), deploy::masked(&source.text, tasks)))
}

fn unread_finding(source: &Arc<Source>, unread: &Unread) -> Finding {
    let source = &masked(source, &[]);
    let (what, help) = match is_terraform(source.path()) {
        true => ("cannot be read as Terraform", "`terraform validate` says more"),
        false => (
            "is no JSON",
            "check the file that the template makes, or write it as JSON with `${…}` for what is put in",
        ),
    };
    let message = format!("this {what}, and nothing in it is checked: {}", unread.message);
    let place = Location::new(source, unread.offset..unread.offset);
    rules::finding("deployment-unread", place, message).help(help)
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
    surroundings: &Surroundings<'_>,
    root: &Node,
    (findings, dockerfiles): (&[Finding], &ChangeSet),
) -> Result<ChangeSet, String> {
    let wishes: Vec<Amendment> = findings.iter().flat_map(amending).cloned().collect();
    if wishes.is_empty() {
        return Ok(ChangeSet::default());
    }
    let change = carried_out(source, root, &wishes)?;
    let after = Arc::new(Source::new(source.path(), change.after.clone().unwrap_or_default()));
    let again = json::read(&after.text).map_err(|unread| unread.message)?;
    let overlay = Overlay { below: surroundings.tree(), changes: dockerfiles };
    let checked = check(&after, settings, &surroundings.after(&overlay), &deploy::tasks(&again));
    if let Some(left) = checked.findings.iter().find(|one| amending(one).next().is_some()) {
        return Err(format!("the result would need another fix ({})", left.rule));
    }
    let mut changes = dockerfiles.clone();
    changes.insert(change)?;
    Ok(changes)
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

/// Takes out what `fix` put in: the Agent with its settings as they stand in it, which `fix` must put in
/// again just so; and the options of starts, as from a Dockerfile.
pub(super) fn remove(
    source: &Arc<Source>,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
) -> Analysis {
    let found = analyse(source, settings, surroundings);
    let Ok(roots) = deploy::read(source.path(), &source.text) else { return found };
    let ([root], true) = (roots.as_slice(), deploy::is_editable(source.path())) else {
        return Analysis { findings: Vec::new(), ..found };
    };
    let tasks = deploy::tasks(root);
    let desk =
        Desk { shown: &masked(source, &tasks), settings, surroundings, work: super::remove_alone };
    let agents = without_agents(source, &tasks, settings, root);
    let stays = agents.is_none().then(|| {
        let message = "a person wrote the Agent's container, or changed it: it stays";
        let finding = not_removable(&desk, &tasks, message).help("take it out by hand");
        Finding { severity: Severity::Note, ..finding }
    });
    let removed = without_options(&desk, &tasks).and_then(|(options, mut changes)| {
        let wishes: Vec<Amendment> = agents.into_iter().flatten().chain(options).collect();
        if !wishes.is_empty() {
            changes.insert(carried_out(source, root, &wishes)?)?;
        }
        Ok(changes)
    });
    let (changes, refused) = match removed {
        Ok(changes) => (changes, None),
        Err(reason) => {
            let message = "`fix` would not put in what stands here: it stays";
            (ChangeSet::default(), Some(not_removable(&desk, &tasks, message).help(reason)))
        }
    };
    let findings = stays.into_iter().chain(refused);
    let findings =
        findings.flat_map(|finding| Analysis::of_finding(settings, finding).findings).collect();
    Analysis { changes, findings, ..found }
}

fn not_removable(desk: &Desk<'_>, tasks: &[Task<'_>], message: &str) -> Finding {
    let agent = tasks.iter().find_map(Task::agent);
    let node = agent.map(|agent| agent.node.get("name").unwrap_or(agent.node));
    let place = node.map_or(0..0, |node| node.span.clone());
    rules::finding("not-removable", Location::new(desk.shown, place), message.to_owned())
}

/// What takes the options out of the starts of all tasks.
fn without_options(
    desk: &Desk<'_>,
    tasks: &[Task<'_>],
) -> Result<(Vec<Amendment>, ChangeSet), String> {
    let (mut wishes, mut changes) = (Vec::new(), ChangeSet::default());
    for task in tasks {
        let (options, dockerfiles) = overrides::without_options(desk, task)?;
        wishes.extend(options);
        changes.extend(&dockerfiles)?;
    }
    Ok((wishes, changes))
}

/// The wishes that take out the Agents that `fix` put in, proved; `None` where one stays.
fn without_agents(
    source: &Arc<Source>,
    tasks: &[Task<'_>],
    settings: &Settings,
    root: &Node,
) -> Option<Vec<Amendment>> {
    let mut agents = tasks.iter().filter_map(Task::agent);
    let Some(agent) = agents.find(|agent| agent.name() == added::AGENT_NAME) else {
        return Some(Vec::new());
    };
    let settings = &taken_out::settings(agent, settings);
    // Byte for byte, else with the same values: a list that was emptied may be written otherwise.
    let ways = [(true, false), (true, true), (false, false), (false, true)];
    ways.into_iter().find_map(|(to_the_byte, keeps_lists)| {
        let wishes: Vec<Amendment> =
            tasks.iter().flat_map(|task| taken_out::wishes(task, settings, keeps_lists)).collect();
        let again = with_agents(carried_out(source, root, &wishes).ok()?.after?, settings)?;
        let is_undone = match to_the_byte {
            true => again == source.text,
            false => structured::says_the_same(&json::read(&again).ok()?, root),
        };
        (is_undone && !wishes.is_empty()).then_some(wishes)
    })
}

/// A text, with what `fix` puts beside the services of its tasks.
fn with_agents(text: String, settings: &Settings) -> Option<String> {
    let root = json::read(&text).ok()?;
    let tasks = deploy::tasks(&root);
    let missing = tasks.iter().filter(|task| task.agent().is_none());
    let wishes: Vec<Amendment> = missing.flat_map(|task| added::agent(task, settings)).collect();
    carried_out(&Source::new("", text), &root, &wishes).ok()?.after
}
