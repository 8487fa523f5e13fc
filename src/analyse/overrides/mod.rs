//! What a container starts in place of its image's own start, read as the lines of a Dockerfile that would
//! say the same: the image's Dockerfile ([`image`]), and behind it the environment, the ENTRYPOINT and the CMD of the
//! task ([`lines`]). So the same launches, rules, edits and proofs hold for both; what they mean for the task is
//! for [`start`].

mod image;
mod lines;
mod start;

use super::remove::takes_tracer;
use super::{JudgedLaunch, Verdict, replaced};
use crate::change::ChangeSet;
use crate::deploy::{Container, Task, added};
use crate::dockerfile::Dockerfile;
use crate::finding::{Effect, Finding, Location, Severity};
use crate::launch::options::JAVA_AGENT;
use crate::rules;
use crate::select;
use crate::structured::Amendment;
use crate::wrappers::base_name;

pub(super) use image::{Desk, Image};
use lines::Lines;
use start::Start;

/// What containers start in place of their images' own starts.
#[derive(Default)]
pub(super) struct Overrides {
    pub(super) launches: Vec<JudgedLaunch>,
    pub(super) findings: Vec<Finding>,
    /// What becomes of the Dockerfiles of the images: the jar that an override loads.
    pub(super) dockerfiles: ChangeSet,
}

/// Reads what the containers of a task start.
pub(super) fn of_task(desk: &Desk<'_>, task: &Task<'_>) -> Overrides {
    let mut all = Overrides::default();
    let own = task.applications().filter(says_something).flat_map(|container| {
        let image = Image::of(desk, task, container);
        let start = of_container(desk, task, container, &image);
        let own = start.into_iter().chain(replaced::of_container(desk, container, &image));
        // What brings a tracer in brings it to all of them.
        own.map(|own| if task.injection().is_some() { own.left_to_injection() } else { own })
    });
    for own in own {
        let own = own.only_edited(desk).only_wanted(desk);
        // Two containers may want different things of one image.
        let own = match all.dockerfiles.extend(&own.dockerfiles) {
            Ok(()) => own,
            Err(_) => own.left(TWO_WANT_OTHERS, Severity::Error),
        };
        all.launches.extend(own.launches);
        all.findings.extend(own.findings);
    }
    all
}

/// What takes the options out of the starts of a task, and what becomes of the Dockerfiles of the images.
///
/// # Errors
/// Why they cannot be taken out.
pub(super) fn without_options(
    desk: &Desk<'_>,
    task: &Task<'_>,
) -> Result<(Vec<Amendment>, ChangeSet), String> {
    let (mut wishes, mut dockerfiles) = (Vec::new(), ChangeSet::default());
    for container in task.applications().filter(says_something) {
        let image = Image::of(desk, task, container);
        if let Some(own) = replaced::without(desk, container, &image) {
            wishes.extend(own);
            dockerfiles.extend(&image.changes)?;
        }
        let Some(lines) = lines(desk, task, container, &image) else { continue };
        let read = image.read(desk, &lines.text);
        if image.source.is_none() || read.changes.is_empty() {
            continue;
        }
        let own = Start { desk, container, image: &image, lines: &lines, read };
        let still_loads = own.lines_after().is_none_or(|lines| lines.contains(JAVA_AGENT));
        let (own, changes) = own.edits()?;
        if still_loads && takes_tracer(&changes, desk.settings) {
            return Err("a person put the agent there: its start would lack the jar".to_owned());
        }
        let takes_more =
            changes.iter().any(|one| one.after.as_deref() != Some(image.text.as_str()));
        if takes_more && image.text.contains(JAVA_AGENT) {
            return Err("the image's own start loads the jar too, and stays".to_owned());
        }
        wishes.extend(own);
        dockerfiles.extend(&changes)?;
    }
    Ok((wishes, dockerfiles))
}

/// Whether a container says anything of how it starts: what its image says is worked out only then.
fn says_something(container: &Container<'_>) -> bool {
    let starts = ["entryPoint", "command"].iter().any(|key| container.words(key).is_some());
    starts || replaced::sets_options(*container)
}

fn of_container(
    desk: &Desk<'_>,
    task: &Task<'_>,
    container: Container<'_>,
    image: &Image,
) -> Option<Overrides> {
    let lines = lines(desk, task, container, image)?;
    let read = image.read(desk, &lines.text);
    Start { desk, container, image, lines: &lines, read }.judged()
}

/// What a container says, as lines behind those of its image; none, where it starts what its image does.
fn lines<'n>(
    desk: &Desk<'_>,
    task: &Task<'n>,
    container: Container<'n>,
    image: &Image,
) -> Option<Lines<'n>> {
    let mut come = tags_to_come(desk, task);
    if select::is_wanted(desk.settings, "java-options-replaced") {
        come.extend(replaced::completed(desk, container, image));
    }
    Lines::of(&image.text, container, &come)
}

/// The variables that the containers of a task get with the Agent.
fn tags_to_come(desk: &Desk<'_>, task: &Task<'_>) -> Vec<(String, String)> {
    let settings = desk.settings;
    let comes = select::is_wanted(settings, "agent-container-missing")
        && !added::without_agent(task).is_empty()
        && added::agent_fits(task, settings).is_ok();
    let tags = if comes { added::missing_tags(task, settings) } else { Vec::new() };
    tags.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

impl Overrides {
    /// With the wishes that mend the findings: they are carried out once, for all of them.
    fn amended(mut self, wishes: Vec<Amendment>, dockerfiles: ChangeSet) -> Self {
        let mut wishes = Some(wishes);
        for finding in self.findings.iter_mut().filter(|one| matches!(one.effect, Effect::Mends(_)))
        {
            finding.effect = Effect::Amends(wishes.take().unwrap_or_default());
        }
        // Nothing in the task would make use of it.
        let dockerfiles = if wishes.is_some() { ChangeSet::default() } else { dockerfiles };
        Self { dockerfiles, ..self }
    }

    /// Left to what brings the tracer in.
    fn left_to_injection(self) -> Self {
        let launches = self.launches.into_iter().map(JudgedLaunch::instrumented).collect();
        Self { launches, ..Self::default() }
    }

    /// Edited only where the file of the task can be.
    fn only_edited(self, desk: &Desk<'_>) -> Self {
        let is_left = |one: &Finding| match &one.effect {
            Effect::Amends(wishes) => desk.deployment.why_not_edited(wishes).is_some(),
            Effect::Informs | Effect::Refuses | Effect::Mends(_) => false,
        };
        if !self.findings.iter().any(is_left) {
            return self;
        }
        let findings = self.findings.into_iter().map(|one| desk.as_far_as_edited(one));
        let launches = self.launches.into_iter().map(|one| one.not_patched_by(RULE));
        Self {
            launches: launches.collect(),
            findings: findings.collect(),
            dockerfiles: ChangeSet::default(),
        }
    }

    /// Not edited, where a finding that an edit would mend is silenced: the edits of a start belong together.
    fn only_wanted(self, desk: &Desk<'_>) -> Self {
        let select::Selected { reported, silenced } =
            select::select(&Dockerfile::default(), desk.shown, desk.settings, self.findings);
        let amends = |one: &&Finding| matches!(one.effect, Effect::Amends(_));
        let Some(rule) = silenced.iter().find(amends).map(|one| one.rule) else {
            return Self { findings: reported, ..self };
        };
        let left = |finding: Finding| match finding.effect {
            Effect::Amends(_) => {
                let finding = Finding { effect: Effect::Informs, ..finding };
                finding.help(format!("nothing is edited here: {rule} is silenced"))
            }
            Effect::Informs | Effect::Refuses | Effect::Mends(_) => finding,
        };
        let launches = self.launches.into_iter().map(|one| one.not_patched_by(rule));
        Self {
            launches: launches.collect(),
            findings: reported.into_iter().map(left).collect(),
            dockerfiles: ChangeSet::default(),
        }
    }

    /// With nothing edited, and why: one finding says it for all that an edit would have mended.
    fn left(self, reason: &str, severity: Severity) -> Self {
        let is_mended = |one: &Finding| matches!(one.effect, Effect::Mends(_) | Effect::Amends(_));
        let (mended, kept): (Vec<Finding>, Vec<Finding>) =
            self.findings.into_iter().partition(is_mended);
        let said = mended.into_iter().next().map(|first| {
            let message = format!("{}: this start takes the place of the image's", first.message);
            let finding = rules::finding(RULE, first.primary, message).help(reason).refusing();
            Finding { severity, ..finding }
        });
        let launches = self.launches.into_iter().map(|launch| launch.not_patched_by(RULE));
        Self {
            launches: launches.collect(),
            findings: said.into_iter().chain(kept).collect(),
            dockerfiles: ChangeSet::default(),
        }
    }

    /// What can be said of a start that a template puts together: whether it names an agent.
    fn of_template(self, desk: &Desk<'_>, lines: &Lines<'_>) -> Self {
        let java = lines.words().find(|word| base_name(&word.text) == "java");
        let names_agent = lines.words().any(|word| word.text.contains(JAVA_AGENT));
        let finding = java.filter(|_| !names_agent).map(|word| {
            let message = "java starts here, and no agent is named: this start takes the place of the image's";
            let place = Location::new(desk.shown, word.node.span.clone());
            let finding = rules::finding(RULE, place, message.to_owned());
            Finding { severity: Severity::Warning, ..finding }.help(PUT_TOGETHER)
        });
        let of_java = self.launches.into_iter().filter(|_| java.is_some());
        let launches = of_java.map(|launch| match names_agent {
            true => launch.instrumented(),
            false => launch.refused_by(RULE),
        });
        Self {
            launches: launches.collect(),
            findings: finding.into_iter().collect(),
            dockerfiles: ChangeSet::default(),
        }
    }

    /// What can be said of a start in an image that nobody knows: whether the agent is in its command.
    fn of_unknown_image(self) -> Self {
        const WITHOUT_AGENT: &[&str] =
            &["java-agent-missing", "java-agent-after-main", "variable-in-exec-form"];
        let launches: Vec<JudgedLaunch> =
            self.launches.into_iter().filter(|one| one.launch.program.is_some()).collect();
        let is_said = |one: &Finding| WITHOUT_AGENT.contains(&one.rule) && !launches.is_empty();
        let findings = self.findings.into_iter().filter(is_said);
        let findings: Vec<Finding> =
            findings.map(|one| Finding { severity: Severity::Warning, ..one }).collect();
        if findings.is_empty() {
            let instrumented = |one: JudgedLaunch| match one.verdict {
                Verdict::Patchable => one.instrumented(),
                Verdict::Instrumented | Verdict::Refused => one,
            };
            let launches = launches.into_iter().map(instrumented).collect();
            return Self { launches, ..Self::default() };
        }
        let known = Self { launches, findings, dockerfiles: ChangeSet::default() };
        known.left(NOT_LINKED, Severity::Warning)
    }
}

/// The rule that speaks where nothing can be edited.
pub(super) const RULE: &str = "entrypoint-overridden";
const PUT_TOGETHER: &str = "a part of it is put in when the file is used: name the agent right behind java by hand, and its jar in the image";
const DOCKERFILE_FIRST: &str =
    "files of the image have to change first: run `entrypatch fix` on its Dockerfile";
const TWO_WANT_OTHERS: &str =
    "two containers want different edits of the Dockerfile of their image";
const NOT_LINKED: &str = "say in entrypatch.toml which Dockerfile makes the image, [deploy] \"path/to/Dockerfile\" = \"path/to/task.json#container\", and `fix` edits both; or put the agent in by hand, and its jar into the image";
