//! A deployment from text to findings and changes, and back again.

use std::path::Path;
use std::sync::Arc;

use super::overrides::{self, Desk};
use super::{Analysis, JudgedLaunch, linked};
use crate::change::{Change, ChangeSet};
use crate::deploy::{self, Deployment, Platform, Task, added, taken_out};
use crate::dockerfile::Dockerfile;
use crate::finding::{Effect, Finding, Location, Severity};
use crate::input::Language;
use crate::rules::{self, TaskContext};
use crate::select;
use crate::settings::Settings;
use crate::source::Source;
use crate::structured::{self, Amendment, Unread};
use crate::surroundings::Surroundings;
use crate::tree::Overlay;

/// Reads the task definitions of a text, checks each, and plans what mends them.
pub(super) fn analyse(
    source: &Arc<Source>,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
) -> Analysis {
    let deployment = match deploy::read(source.path(), &source.text) {
        Ok(deployment) => deployment,
        Err(unread) if deploy::may_deploy(source.path(), source.text.as_bytes()) => {
            return Analysis::of_finding(settings, unread_finding(source, &unread));
        }
        Err(_) => return Analysis { path: source.path.clone(), ..Analysis::default() },
    };
    let tasks = deployment.tasks();
    if let Some(kind) = deployment.left_out() {
        let place = Location::new(&masked(source, &tasks), kind.span.clone());
        let message = "this is a manifest of AWS Copilot, and nothing in it is checked";
        let finding = rules::finding("deployment-unread", place, message.to_owned());
        let finding = Finding { severity: Severity::Note, ..finding };
        return Analysis::of_finding(
            settings,
            finding.help("check what it makes: `copilot svc package`"),
        );
    }
    let checked = check(source, settings, surroundings, &deployment);
    let Checked { launches, mut findings, dockerfiles } = checked;
    let amended = fix(source, settings, surroundings, &deployment, (&findings, &dockerfiles));
    let changes = amended.unwrap_or_else(|reason| {
        refuse(source, settings, &tasks, &mut findings, &reason);
        ChangeSet::default()
    });
    Analysis {
        path: source.path.clone(),
        launches,
        findings,
        changes,
        platform: tasks.first().map(|task| task.platform),
    }
}

/// What is there to say of the tasks of a file.
struct Checked {
    launches: Vec<JudgedLaunch>,
    findings: Vec<Finding>,
    /// What becomes of the Dockerfiles of their images.
    dockerfiles: ChangeSet,
}

fn check(
    source: &Arc<Source>,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
    deployment: &Deployment,
) -> Checked {
    let tasks = deployment.tasks();
    // What findings show of the file is without its keys.
    let shown = &masked(source, &tasks);
    let mut findings = linked::without_dockerfile(shown, settings, surroundings);
    let mut launches = Vec::new();
    let mut dockerfiles = ChangeSet::default();
    let is_editable = deployment.is_editable();
    for task in &tasks {
        let context = TaskContext { source: shown, task, settings, is_editable };
        let desk = Desk { shown, deployment, settings, surroundings, work: super::analyse };
        let left = |finding| desk.as_far_as_edited(finding);
        findings.extend(rules::check_task(&context).into_iter().map(left));
        let own = overrides::of_task(&desk, task);
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

/// The openings of what template engines put in: Helm's, Jinja's, ERB's.
const TEMPLATE_MARKS: &[&str] = &["{{", "{%", "<%"];

fn unread_finding(source: &Arc<Source>, unread: &Unread) -> Finding {
    let source = &masked(source, &[]);
    let language = Language::of(source.path(), source.text.as_bytes());
    let place = Location::new(source, unread.offset..unread.offset);
    if language == Language::Yaml && TEMPLATE_MARKS.iter().any(|mark| source.text.contains(mark)) {
        let message = "this is a template of YAML, as Helm's are, and nothing in it is checked";
        let finding = rules::finding("deployment-unread", place, message.to_owned());
        return Finding { severity: Severity::Note, ..finding }
            .help("check what it makes: for Helm `helm template` writes that");
    }
    let (what, help) = match language {
        Language::Terraform => ("cannot be read as Terraform", "`terraform validate` says more"),
        Language::Yaml => ("is no YAML", "put it in order, or check the file that is made of it"),
        Language::Json => (
            "is no JSON",
            "check the file that the template makes, or write it as JSON with `${…}` for what is put in",
        ),
    };
    let message = format!("this {what}, and nothing in it is checked: {}", unread.message);
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
    deployment: &Deployment,
    (findings, dockerfiles): (&[Finding], &ChangeSet),
) -> Result<ChangeSet, String> {
    let wishes: Vec<Amendment> = findings.iter().flat_map(amending).cloned().collect();
    if wishes.is_empty() {
        return Ok(ChangeSet::default());
    }
    let change = carried_out(source, deployment, &wishes)?;
    let after = Arc::new(Source::new(source.path(), change.after.clone().unwrap_or_default()));
    let again = deploy::read(&after.path, &after.text).map_err(|unread| unread.message)?;
    let overlay = Overlay { below: surroundings.tree(), changes: dockerfiles };
    let checked = check(&after, settings, &surroundings.after(&overlay), &again);
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

/// The change that carries out the wishes, proved.
fn carried_out(
    source: &Source,
    deployment: &Deployment,
    wishes: &[Amendment],
) -> Result<Change, String> {
    let Deployment { language, documents, .. } = deployment;
    let edits = structured::carried_out(&source.text, *language, documents, wishes)?;
    Change::edited(source.path(), &source.text, &edits)
}

/// Takes out what `fix` put in: the Agent with its settings as they stand in it, which `fix` must put in
/// again just so; and the options of starts, as from a Dockerfile.
pub(super) fn remove(
    source: &Arc<Source>,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
) -> Analysis {
    let found = analyse(source, settings, surroundings);
    let Ok(deployment) = &deploy::read(source.path(), &source.text) else { return found };
    if !deployment.is_editable() {
        return Analysis { findings: Vec::new(), ..found };
    }
    let tasks = deployment.tasks();
    let shown = &masked(source, &tasks);
    let desk = Desk { shown, deployment, settings, surroundings, work: super::remove_alone };
    let agents = without_agents(source, settings, deployment);
    let stays = agents.is_none().then(|| {
        let message = "a person wrote the Agent's container, or changed it: it stays";
        let finding = not_removable(&desk, &tasks, message).help("take it out by hand");
        Finding { severity: Severity::Note, ..finding }
    });
    let removed = without_options(&desk, &tasks).and_then(|(options, mut changes)| {
        let wishes: Vec<Amendment> = agents.into_iter().flatten().chain(options).collect();
        if !wishes.is_empty() {
            changes.insert(carried_out(source, deployment, &wishes)?)?;
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
    settings: &Settings,
    deployment: &Deployment,
) -> Option<Vec<Amendment>> {
    let tasks: Vec<Task<'_>> =
        deployment.tasks().into_iter().filter(|task| task.platform == Platform::Ecs).collect();
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
        let without = carried_out(source, deployment, &wishes).ok()?.after?;
        let again = with_agents(source.path(), without, settings)?;
        let is_undone = match to_the_byte {
            true => again == source.text,
            false => deploy::read(source.path(), &again).ok()?.says_the_same(deployment),
        };
        (is_undone && !wishes.is_empty()).then_some(wishes)
    })
}

/// A text, with what `fix` puts beside the services of its tasks.
fn with_agents(path: &Path, text: String, settings: &Settings) -> Option<String> {
    let deployment = deploy::read(path, &text).ok()?;
    let tasks = deployment.tasks();
    let missing = tasks.iter().filter(|task| task.agent().is_none());
    let wishes: Vec<Amendment> = missing.flat_map(|task| added::agent(task, settings)).collect();
    carried_out(&Source::new(path, text), &deployment, &wishes).ok()?.after
}
