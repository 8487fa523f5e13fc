//! What a container starts in place of its image's own start, read as the lines of a Dockerfile that would
//! say the same: the image's Dockerfile, and behind it the environment, the ENTRYPOINT and the CMD of the
//! task. So the same launches, rules, edits and proofs hold for both.

use std::sync::Arc;

use super::{Analysis, JudgedLaunch, Verdict, linked, replaced};
use crate::change::{Change, ChangeSet};
use crate::deploy::{Container, Task, added, is_stated};
use crate::dockerfile::{self, Command, Instruction, Kind};
use crate::edit::{Edit, EditSet};
use crate::finding::{Effect, Finding, Location, Severity};
use crate::input::DocumentKind;
use crate::launch::options::JAVA_AGENT;
use crate::plan;
use crate::rules;
use crate::select;
use crate::settings::Settings;
use crate::source::{Source, Span};
use crate::structured::{Amendment, Node, Value};
use crate::surroundings::Surroundings;
use crate::tree::Overlay;

/// What containers start in place of their images' own starts.
#[derive(Default)]
pub(super) struct Overrides {
    pub(super) launches: Vec<JudgedLaunch>,
    pub(super) findings: Vec<Finding>,
    /// What becomes of the Dockerfiles of the images: the jar that an override loads.
    pub(super) dockerfiles: ChangeSet,
}

/// The file of a task, and what surrounds it.
pub(super) struct Desk<'a> {
    /// The file, without its secrets: places of findings are in it.
    pub(super) shown: &'a Arc<Source>,
    pub(super) settings: &'a Settings,
    pub(super) surroundings: &'a Surroundings<'a>,
    /// What is to be done: put in, or taken out.
    pub(super) task: DocumentTask,
}

/// What is to be done with a document.
pub(super) type DocumentTask =
    fn(DocumentKind, &Arc<Source>, &Settings, &Surroundings<'_>) -> Analysis;

/// Reads what the containers of a task start.
pub(super) fn of_task(desk: &Desk<'_>, task: &Task<'_>) -> Overrides {
    let mut all = Overrides::default();
    let own = task.applications().flat_map(|container| {
        let start = of_container(desk, task, container);
        start.into_iter().chain(replaced::of_container(desk, task, container))
    });
    for own in own {
        // Two containers may want different things of one image.
        let mut dockerfiles = all.dockerfiles.clone();
        let fits = own.dockerfiles.iter().all(|one| dockerfiles.insert(one.clone()).is_ok());
        let own = if fits { own } else { own.left(TWO_WANT_OTHERS, Severity::Error) };
        all.dockerfiles = if fits { dockerfiles } else { all.dockerfiles };
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
    for container in task.applications() {
        if let Some((own, changes)) = replaced::without(desk, task, container) {
            wishes.extend(own);
            changes.iter().try_for_each(|change| dockerfiles.insert(change.clone()))?;
        }
        let Some((image, lines)) = read(desk, task, container) else { continue };
        let read = image.read(desk, &lines.text);
        if image.source.is_none() || read.changes.is_empty() {
            continue;
        }
        let own = Override { desk, container, image: &image, lines: &lines, read };
        let still_loads = own.lines_after().is_none_or(|lines| lines.contains(JAVA_AGENT));
        let own = own.edits()?;
        if still_loads && !own.1.is_empty() {
            return Err("a person put the agent there: its start would lack the jar".to_owned());
        }
        let takes_more = own.1.iter().any(|one| one.after.as_deref() != Some(image.text.as_str()));
        if takes_more && image.text.contains(JAVA_AGENT) {
            return Err("the image's own start loads the jar too, and stays".to_owned());
        }
        wishes.extend(own.0);
        own.1.iter().try_for_each(|change| dockerfiles.insert(change.clone()))?;
    }
    Ok((wishes, dockerfiles))
}

fn of_container(desk: &Desk<'_>, task: &Task<'_>, container: Container<'_>) -> Option<Overrides> {
    let (image, lines) = read(desk, task, container)?;
    let read = image.read(desk, &lines.text);
    Override { desk, container, image: &image, lines: &lines, read }.judged()
}

/// The image of a container that starts something else than it, and what that is.
fn read<'n>(
    desk: &Desk<'_>,
    task: &Task<'n>,
    container: Container<'n>,
) -> Option<(Image, Lines<'n>)> {
    let lists = ["entryPoint", "command"]
        .map(|key| container.node.get(key).filter(|one| !one.items().is_empty()));
    if lists.iter().all(Option::is_none) {
        return None;
    }
    let image = Image::of(desk, task, container);
    let lines = Lines::of(&image.text, container, lists, &tags_to_come(desk, task))?;
    Some((image, lines))
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

/// The image of a container: its Dockerfile as it will be, or its name alone.
#[derive(Clone)]
pub(super) struct Image {
    /// The Dockerfile.
    pub(super) source: Option<Arc<Source>>,
    /// Its text after its own `fix`.
    pub(super) text: String,
    /// What that changes.
    pub(super) changes: ChangeSet,
}

impl Image {
    pub(super) fn of(desk: &Desk<'_>, task: &Task<'_>, container: Container<'_>) -> Self {
        let path = linked::dockerfile(desk.shown.path(), task, container, desk.settings);
        let path = path.filter(|path| path.starts_with(desk.surroundings.root()));
        let read = path.and_then(|path| Some((path, desk.surroundings.tree().read(path)?)));
        let Some((path, text)) = read else {
            let name = container.node.text_of("image").filter(|name| is_image(name));
            let text = format!("FROM {}\n", name.unwrap_or("unknown"));
            return Self { source: None, text, changes: ChangeSet::default() };
        };
        let source = Arc::new(Source::new(path, text));
        let surroundings = desk.around(&source);
        let own = (desk.task)(DocumentKind::Dockerfile, &source, desk.settings, &surroundings);
        let text = own.after().unwrap_or(&source.text).to_owned();
        Self { source: Some(source), text, changes: own.changes }
    }

    /// A text in the place of the image's Dockerfile.
    pub(super) fn at(&self, text: &str) -> Option<Arc<Source>> {
        Some(Arc::new(Source::new(self.source.as_ref()?.path(), text)))
    }

    /// Whether its Dockerfile is all that changes: files beside it may be those of others too.
    pub(super) fn is_alone_in_its_changes(&self) -> bool {
        let own = self.source.as_ref().map(|source| source.path());
        self.changes.iter().all(|change| Some(change.path.as_path()) == own)
    }

    /// What a Dockerfile of that text, in the place of the image's, starts.
    fn read(&self, desk: &Desk<'_>, text: &str) -> Analysis {
        let Some(source) = &self.source else {
            let source = Arc::new(Source::new("Dockerfile", text));
            let nowhere = Surroundings::none();
            return (desk.task)(DocumentKind::Dockerfile, &source, desk.settings, &nowhere);
        };
        let around = desk.around(source);
        let overlay = Overlay { below: around.tree(), changes: &self.changes };
        let source = Arc::new(Source::new(source.path(), text));
        (desk.task)(DocumentKind::Dockerfile, &source, desk.settings, &around.after(&overlay))
    }
}

impl Desk<'_> {
    pub(super) fn around(&self, file: &Source) -> Surroundings<'_> {
        Surroundings::new(self.surroundings.tree(), file.path(), self.surroundings.root())
    }
}

/// The lines that say what the task says, behind those of the image's Dockerfile.
struct Lines<'n> {
    /// All of the text.
    text: String,
    /// Where they begin.
    start: usize,
    /// How many instructions they are.
    count: usize,
    /// Each word in it, and the item of the task that it comes from.
    words: Vec<(Span, &'n Node)>,
    entry_point: Option<&'n Node>,
    command: Option<&'n Node>,
}

impl<'n> Lines<'n> {
    fn of(
        image: &str,
        container: Container<'n>,
        lists: [Option<&'n Node>; 2],
        tags: &[(String, String)],
    ) -> Option<Self> {
        let [entry_point, command] = lists;
        let mut text = image.to_owned();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        let start = text.len();
        let mut lines = Self { text, start, count: 1, words: Vec::new(), entry_point, command };
        let variables: Vec<(String, String)> = container
            .environment()
            .into_iter()
            .filter_map(|one| Some((one.name.to_owned(), one.value?.text()?.to_owned())))
            .chain(tags.iter().cloned())
            .filter(|(name, value)| is_variable(name) && !value.contains(['\n', '\r']))
            .collect();
        if !variables.is_empty() {
            let line = plan::environment_line(&variables, dockerfile::escape(image));
            // In small letters it is not what `fix` writes, and `remove` leaves it alone.
            lines.text.push_str(&line.replacen("ENV", "env", 1));
            lines.text.push('\n');
            lines.count += 1;
        }
        if let Some(list) = entry_point {
            lines.push("ENTRYPOINT", Some(list))?;
            lines.count += 1;
        }
        // An entry point of the task leaves nothing of the image's CMD.
        lines.push("CMD", command)?;
        Some(lines)
    }

    fn push(&mut self, keyword: &str, list: Option<&'n Node>) -> Option<()> {
        self.text.push_str(keyword);
        self.text.push_str(" [");
        for (at, item) in list.map(Node::items).unwrap_or_default().iter().enumerate() {
            if at > 0 {
                self.text.push_str(", ");
            }
            let word = word_of(item)?;
            let start = self.text.len();
            self.text.push_str(&serde_json::Value::from(word).to_string());
            self.words.push((start..self.text.len(), item));
        }
        self.text.push_str("]\n");
        Some(())
    }

    /// Whether they begin right behind the text of the image's Dockerfile, rather than behind a line break more.
    fn starts_behind(&self, image: &str) -> bool {
        self.start == image.len()
    }

    /// The value of the task that a place in the text comes from.
    fn node_at(&self, at: usize) -> Option<&'n Node> {
        let word = self.words.iter().find(|(span, _)| span.start <= at && at < span.end);
        word.map(|(_, node)| *node).or(self.entry_point).or(self.command)
    }
}

/// Whether a text is the name of an image, rather than what a template makes one of.
fn is_image(text: &str) -> bool {
    is_stated(text) && !text.contains(|letter: char| letter.is_whitespace() || letter == '$')
}

/// The word of an item; what a template puts in is read as it is written.
fn word_of(item: &Node) -> Option<&str> {
    match &item.value {
        Value::Text(text) | Value::Unknown(text) => Some(text),
        _ => None,
    }
}

fn is_variable(name: &str) -> bool {
    let mut letters = name.chars();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
}

/// A start of a task, as it was read.
struct Override<'a> {
    desk: &'a Desk<'a>,
    container: Container<'a>,
    image: &'a Image,
    lines: &'a Lines<'a>,
    read: Analysis,
}

impl Override<'_> {
    fn judged(self) -> Option<Overrides> {
        let is_own = |judged: &JudgedLaunch| judged.launch.anchor.start >= self.lines.start;
        let launches: Vec<&JudgedLaunch> =
            self.read.launches.iter().filter(|one| is_own(one)).collect();
        // What starts in the image, with arguments of the task, is the image's business.
        if launches.is_empty() {
            return None;
        }
        let launches = launches.into_iter().map(|one| self.launch(one)).collect();
        let is_of_own = |finding: &&Finding| {
            let launch = finding.launch.and_then(|at| self.read.launches.get(at));
            launch.is_some_and(is_own)
        };
        let findings = self.read.findings.iter().filter(is_of_own);
        let findings: Vec<Finding> = findings.map(|one| self.finding(one)).collect();
        let overrides = Overrides { launches, findings, dockerfiles: ChangeSet::default() };
        if self.image.source.is_none() {
            return Some(overrides.of_unknown_image());
        }
        if self.read.changes.is_empty() {
            return Some(overrides);
        }
        Some(match self.edits() {
            Ok((wishes, dockerfiles)) => overrides.amended(wishes, dockerfiles),
            Err(reason) => overrides.left(&reason, Severity::Error),
        })
    }

    fn launch(&self, judged: &JudgedLaunch) -> JudgedLaunch {
        let (list, keyword) = match (self.lines.entry_point, self.lines.command) {
            (Some(list), _) => (Some(list), "entryPoint"),
            (None, list) => (list, "command"),
        };
        let at = list.map_or(self.container.node.span.start, |list| list.span.start);
        let launch = crate::launch::Launch { keyword, stage: 0, ..judged.launch.clone() };
        JudgedLaunch {
            line: self.desk.shown.position(at).line,
            script: judged.script.clone(),
            verdict: judged.verdict,
            reason: judged.reason,
            patched_argv: judged.patched_argv.clone(),
            launch,
        }
    }

    /// A finding, where the task says what it is about.
    fn finding(&self, finding: &Finding) -> Finding {
        // What stands in a script is told of where it is started.
        let is_here = finding.primary.file.path == self.read.path;
        let at = if is_here { finding.primary.span.start } else { self.lines.text.len() };
        let node = self.lines.node_at(at).unwrap_or(self.container.node);
        let primary = Location::new(self.desk.shown, node.span.clone());
        let elsewhere =
            |one: &&Location| self.image.source.as_ref().is_none_or(|own| !one.is_in(own));
        let related = finding.related.iter().filter(elsewhere).cloned().collect();
        Finding { primary, related, launch: None, ..finding.clone() }
    }

    /// What `fix` of the text means for the task, and for the image's Dockerfile.
    fn edits(&self) -> Result<(Vec<Amendment>, ChangeSet), String> {
        let source = self.image.source.as_ref();
        let source = source.ok_or(NOT_LINKED)?;
        if let Some(reason) = self.desk.surroundings.locked(&source.path) {
            return Err(reason.to_owned());
        }
        let others = || self.image.changes.iter().chain(self.read.changes.iter());
        if others().any(|one| one.path != source.path) {
            return Err(
                "files of the image have to change first: run `entrypatch fix` on its Dockerfile"
                    .to_owned(),
            );
        }
        let change = self.read.changes.get(&source.path).ok_or("nothing changes")?;
        let after = change.after.as_deref().ok_or("the Dockerfile goes")?;
        let is_of_the_image = |edit: &&Edit| edit.span.end <= self.lines.start;
        let of_the_image: Vec<Edit> =
            change.edits.iter().filter(is_of_the_image).cloned().collect();
        let wishes = self.wishes(after)?;
        let edits = EditSet::new(of_the_image).map_err(|_| "two edits want the same place")?;
        let dockerfile = match (edits.is_empty(), self.image.changes.is_empty()) {
            (true, _) => return Ok((wishes, self.image.changes.clone())),
            (false, false) => return Err(DOCKERFILE_FIRST.to_owned()),
            (false, true) if self.lines.starts_behind(&self.image.text) => {
                Change::edited(source.path(), &source.text, &edits)?
            }
            (false, true) => {
                // What the lines of the task stand behind ends its last line.
                let base = self.lines.text.get(..self.lines.start).unwrap_or_default();
                let after = edits.apply(base).ok_or("an edit does not fit into the Dockerfile")?;
                let after = after.strip_suffix('\n').unwrap_or(&after).to_owned();
                Change::rewritten(source.path(), source.text.clone(), after)
            }
        };
        Ok((wishes, ChangeSet::of([dockerfile])?))
    }

    /// What became of the lines of the task.
    fn wishes(&self, after: &str) -> Result<Vec<Amendment>, String> {
        let before = self.instructions(&self.lines.text)?;
        let after = self.instructions(after)?;
        let mut wishes = Vec::new();
        for (old, new) in before.iter().zip(&after) {
            match (&old.kind, &new.kind) {
                (Kind::Entrypoint(old), Kind::Entrypoint(new)) => {
                    wishes.extend(between(self.lines.entry_point, old, new)?);
                }
                (Kind::Cmd(old), Kind::Cmd(new)) => {
                    wishes.extend(between(self.lines.command, old, new)?);
                }
                (Kind::Env(old), Kind::Env(new)) if values(old) == values(new) => {}
                _ => return Err("what the task sets by a variable would have to change".to_owned()),
            }
        }
        Ok(wishes)
    }

    /// What becomes of the lines of the task.
    fn lines_after(&self) -> Option<&str> {
        let text = self.read.after()?;
        let first = self.instructions(text).ok()?.first()?.span.start;
        text.get(first..)
    }

    /// The last instructions of a text: those of the task.
    fn instructions(&self, text: &str) -> Result<Vec<Instruction>, String> {
        let mut file = dockerfile::read(text).map_err(|error| error.message)?;
        let own = file.instructions.len().checked_sub(self.lines.count);
        Ok(file.instructions.split_off(own.ok_or("an instruction is gone")?))
    }
}

fn values(variables: &[dockerfile::Variable]) -> Vec<(&str, &str)> {
    variables.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect()
}

/// The wishes that make one array of another: what differs stands together.
fn between(list: Option<&Node>, old: &Command, new: &Command) -> Result<Vec<Amendment>, String> {
    let words = |command: &Command| match command {
        Command::Exec(array) => {
            Ok(array.arguments.iter().map(|one| one.value.text.clone()).collect::<Vec<String>>())
        }
        Command::Shell(_) => Err("the array became shell text".to_owned()),
    };
    let (old, new) = (words(old)?, words(new)?);
    if old == new {
        return Ok(Vec::new());
    }
    let list = list.ok_or("the task has no such list")?.span.clone();
    let same = old.iter().zip(&new).take_while(|(one, other)| one == other).count();
    let rest = old.len().min(new.len()) - same;
    let ends = old.iter().rev().zip(new.iter().rev()).take(rest);
    let end = ends.take_while(|(one, other)| one == other).count();
    let take = |at| Amendment::TakeItem { list: list.clone(), at };
    let mut wishes: Vec<Amendment> = (same..old.len() - end).map(take).collect();
    let items: Vec<Value> =
        new.get(same..new.len() - end).unwrap_or_default().iter().map(Value::text).collect();
    if !items.is_empty() {
        wishes.push(Amendment::Insert { list, at: same, items });
    }
    Ok(wishes)
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
        let launches = self.launches.into_iter().map(|launch| match launch.verdict {
            Verdict::Patchable => launch.refused_by(RULE),
            Verdict::Instrumented | Verdict::Refused => launch,
        });
        Self {
            launches: launches.collect(),
            findings: said.into_iter().chain(kept).collect(),
            dockerfiles: ChangeSet::default(),
        }
    }

    /// What can be said of a start in an image that nobody knows: whether the agent is in its command.
    fn of_unknown_image(self) -> Self {
        const WITHOUT_AGENT: &[&str] = &["java-agent-missing", "java-agent-after-main"];
        let launches: Vec<JudgedLaunch> =
            self.launches.into_iter().filter(|one| one.launch.program.is_some()).collect();
        let is_said = |one: &Finding| WITHOUT_AGENT.contains(&one.rule) && !launches.is_empty();
        let findings: Vec<Finding> = self.findings.into_iter().filter(is_said).collect();
        if findings.is_empty() {
            let instrumented = |one: JudgedLaunch| match one.verdict {
                Verdict::Patchable => {
                    JudgedLaunch { verdict: Verdict::Instrumented, patched_argv: None, ..one }
                }
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
const DOCKERFILE_FIRST: &str =
    "files of the image have to change first: run `entrypatch` on its Dockerfile alone, and again";
const TWO_WANT_OTHERS: &str =
    "two containers want different edits of the Dockerfile of their image";
const NOT_LINKED: &str = "say in entrypatch.toml which Dockerfile makes the image, [deploy] \"path/to/Dockerfile\" = \"path/to/task.json#container\", and `fix` edits both; or put the agent in by hand, and its jar into the image";
