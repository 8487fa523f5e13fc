//! Takes back what `fix` put in, and proves it: `fix` of the result gives the file as it was.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::document::{self, Document};
use super::{
    Analysis, JudgedLaunch, Reader, analyse, deployment, linked, read_back, remove_node, replaced,
};
use crate::change::{Change, ChangeSet};
use crate::dockerfile::{Instruction, Kind};
use crate::edit::{Edit, EditSet};
use crate::finding::{Finding, Location, Severity};
use crate::input::{DocumentKind, is_terraform};
use crate::jar::jar_line;
use crate::launch::options::{self, agent_path};
use crate::launch::{self, Launch, TextId};
use crate::plan;
use crate::rules;
use crate::settings::{JAVA_SETTINGS, Settings};
use crate::source::{Source, Span, line_break};
use crate::surroundings::Surroundings;

/// Takes out what `fix` put in; the analysis holds the files without it.
pub fn remove(
    kind: DocumentKind,
    source: &Arc<Source>,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
) -> Analysis {
    if kind == DocumentKind::Deployment {
        return deployment::remove(source, settings, surroundings);
    }
    let removed = remove_alone(kind, source, settings, surroundings);
    if !takes_tracer(&removed.changes, settings) {
        return removed;
    }
    let (linked, _) = linked::deployed(source, settings, surroundings);
    let deployed = linked.into_iter().chain(linked::composed(source, surroundings));
    match deployed.into_iter().find(|one| one.loads_agent) {
        // It would not start without the jar, and `remove` knows by the image what is its own in the task.
        Some(one) => {
            let task = surroundings.shown(one.file.path());
            let message =
                format!("{task} starts this image with the agent: both are taken out together");
            let finding = rules::finding("not-removable", Location::new(source, 0..0), message);
            let finding = finding.help(match is_terraform(one.file.path()) {
                true => format!("take the agent out of {task} first: Terraform is not edited"),
                false => format!("`entrypatch remove {task}` does it"),
            });
            let finding = Finding { severity: Severity::Note, ..finding };
            let findings = Analysis::of_finding(settings, finding).findings;
            Analysis { changes: ChangeSet::default(), findings, ..removed }
        }
        None => removed,
    }
}

/// Takes out what `fix` put into a document, whoever else uses it.
pub(super) fn remove_alone(
    kind: DocumentKind,
    source: &Arc<Source>,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
) -> Analysis {
    let found = analyse(kind, source, settings, surroundings);
    let Ok(document) = document::read(kind, source, settings, surroundings) else { return found };
    let reader = Reader { kind, source, settings, surroundings, document: &document };
    let proved = |settings: &Settings| {
        let document = document::read(kind, source, settings, surroundings).ok()?;
        proved(Reader { kind, source, settings, surroundings, document: &document })
    };
    let alternatives = read_back::candidates(&reader);
    let proved = alternatives
        .iter()
        .find_map(|settings| settings.iter().filter_map(proved).max_by_key(taken_out));
    let removed = match (proved, kind) {
        (Some(proved), _) => proved,
        (None, DocumentKind::Dockerfile) => Remover { reader }.unproved(),
        (None, _) => Analysis::default(),
    };
    Analysis { path: found.path, launches: found.launches, ..removed }
}

/// Whether the jar goes, or the variable that brings the tracer.
pub(super) fn takes_tracer(changes: &ChangeSet, settings: &Settings) -> bool {
    let is_of_jar = |line: &str| {
        let is_transfer = ["ADD ", "COPY "].iter().any(|keyword| line.starts_with(keyword));
        is_transfer && (line.contains("dd-java-agent") || line.contains(settings.agent_path()))
    };
    let is_variable = |line: &str| line.starts_with("ENV ") && replaced::brings_tracer(line);
    let has = |text: &Option<String>, is: &dyn Fn(&str) -> bool| {
        text.iter().flat_map(|text| text.lines()).any(|line| is(line.trim_start()))
    };
    let goes = |change: &Change, is: &dyn Fn(&str) -> bool| {
        has(&change.before, is) && !has(&change.after, is)
    };
    changes.iter().any(|one| goes(one, &is_of_jar) || goes(one, &is_variable))
}

/// How many bytes go.
fn taken_out(removed: &Analysis) -> usize {
    let length = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let gone = |change: &Change| length(&change.before).saturating_sub(length(&change.after));
    removed.changes.iter().map(gone).sum()
}

/// The files without what `fix` put in with these settings; `None` where it did not.
fn proved(reader: Reader<'_>) -> Option<Analysis> {
    match reader.kind {
        DocumentKind::Dockerfile => Remover { reader }.proved(),
        DocumentKind::Package | DocumentKind::Entry => remove_node::from_application(&reader),
        DocumentKind::Deployment => None,
    }
}

pub(super) struct Remover<'a> {
    pub(super) reader: Reader<'a>,
}

/// One way in which the options, the jar and the ENV may have come in.
#[derive(Debug, Clone, Copy)]
struct Guess {
    /// The options were put in front of the next word, rather than behind `java`.
    in_front: bool,
    /// The ADD of the jar is ours.
    jar: bool,
    /// The ENV of the settings is ours.
    environment: bool,
    /// How many of the options that stand there are ours: a person may have had the last ones.
    most: usize,
}

impl Remover<'_> {
    fn proved(&self) -> Option<Analysis> {
        if let Some(found) = self.node() {
            return Some(found);
        }
        let ours = self.ours();
        if is_of_a_person(&ours) {
            return None;
        }
        let path = ours.iter().find_map(|(_, option)| agent_path(&option.text));
        let found = self.guesses().into_iter().find_map(|guess| {
            let removed = self.without(guess, path)?;
            self.is_undone(guess, &removed).then_some(removed)
        });
        found.map(|found| self.with(found))
    }

    /// What is said, or done by `--force`, where nothing that stands there can be proved to be ours.
    fn unproved(&self) -> Analysis {
        let ours = self.ours();
        let by_argument = || self.by_argument(&ours).filter(|_| self.reader.settings.force);
        match by_argument() {
            _ if is_of_a_person(&ours) => self.node_unproved(),
            Some(found) => self.with(found),
            None => self.refused(&ours),
        }
    }

    fn with(&self, changes: ChangeSet) -> Analysis {
        Analysis { path: self.reader.source.path.clone(), changes, ..Analysis::default() }
    }

    /// The likeliest first.
    fn guesses(&self) -> Vec<Guess> {
        let mut guesses = Vec::new();
        let by_variables = self.reader.settings.as_variables();
        for environment in [true, false].into_iter().filter(|one| by_variables || !one) {
            for jar in [true, false] {
                for in_front in [false, true] {
                    guesses.push(Guess { in_front, jar, environment, most: usize::MAX });
                }
            }
        }
        for most in (0..=JAVA_SETTINGS.len()).rev() {
            for jar in [true, false] {
                for in_front in [false, true] {
                    guesses.push(Guess { in_front, jar, environment: by_variables, most });
                }
            }
        }
        guesses
    }

    /// The Datadog options in the launches, and where they stand.
    fn ours(&self) -> Vec<(usize, options::PlacedOption)> {
        let launches = self.reader.launches().iter().enumerate().filter(|(_, one)| one.is_read());
        let placed = launches.flat_map(|(at, launch)| {
            launch.jvm_options().into_iter().map(move |option| (at, option))
        });
        placed.filter(|(_, option)| self.is_datadog(&option.text)).collect()
    }

    /// What `remove` may take out: the tracer, its settings, and a recorder option that only sets
    /// the stack depth.
    fn is_datadog(&self, option: &str) -> bool {
        let recorder = options::flight_recorder_value(option)
            .is_some_and(|value| value.starts_with("stackdepth=") && !value.contains(','));
        self.is_agent(option) || option.starts_with("-Ddd.") || recorder
    }

    fn is_agent(&self, option: &str) -> bool {
        agent_path(option).is_some_and(|path| {
            path == self.reader.settings.agent_path() || options::is_datadog_agent(path)
        })
    }

    /// The files without what `fix` would have put in, if it came in this way.
    fn without(&self, guess: Guess, path: Option<&str>) -> Option<ChangeSet> {
        let mut cuts = Cuts::default();
        for launch in self.reader.launches().iter().filter(|launch| launch.is_read()) {
            let (wanted, variables) = self.reader.inserted(launch);
            if guess.environment {
                let line = self.environment(launch, &variables)?;
                cuts.extend(TextId::Dockerfile, Some(line));
            }
            if let Some(launcher) = launch.launcher {
                let of_stage = self.reader.document.file.of_stage(launch.final_stage);
                let carrying =
                    of_stage.filter_map(|(_, one)| self.variable(one, launcher.variable, &wanted));
                cuts.extend(TextId::Dockerfile, carrying.last());
            } else if let Some(run) =
                launch.program.and_then(|program| run(launch, program, &wanted, guess.most))
            {
                let span = run.span(guess.in_front)?;
                cuts.extend(run.text, Some(span));
            }
        }
        if guess.jar {
            cuts.extend(TextId::Dockerfile, Some(self.jar(path?)?));
        }
        self.apply(cuts)
    }

    /// The ENV that `fix` writes, with all settings or with some.
    fn environment(&self, launch: &Launch, wanted: &[(String, String)]) -> Option<Span> {
        let file = &self.reader.document.file;
        let is_ours = |instruction: &&Instruction| {
            let Kind::Env(variables) = &instruction.kind else { return false };
            let is_set = |name: &String| variables.iter().any(|variable| variable.name == *name);
            let set: Vec<(String, String)> =
                wanted.iter().filter(|(name, _)| is_set(name)).cloned().collect();
            let line = plan::environment_line(&set, file.escape);
            self.reader.source.text.get(instruction.content.clone()) == Some(line.as_str())
        };
        let mut of_stage = file.of_stage(launch.stage).map(|(_, instruction)| instruction);
        let instruction = of_stage.find(is_ours)?;
        Some(instruction.span.clone())
    }

    /// The line or the part of a value that carries our options.
    pub(super) fn variable(
        &self,
        instruction: &Instruction,
        name: &str,
        wanted: &[String],
    ) -> Option<Span> {
        let Kind::Env(variables) = &instruction.kind else { return None };
        let variable = variables.iter().rev().find(|one| one.name == name)?;
        let quote = variable.value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let value = variable.value.get(usize::from(quote.is_some())..)?;
        let inner = quote.and_then(|quote| value.split(quote).next()).unwrap_or(value);
        let is_ours = |option: &&str| wanted.iter().any(|wanted| wanted == option);
        let run: Vec<&str> = inner.split(' ').take_while(is_ours).collect();
        let ours = run.join(" ");
        if run.is_empty() {
            return None;
        }
        let start = variable.span.start;
        let cut = |from: usize, length: usize| from..from + length;
        let inner_start = start + usize::from(quote.is_some());
        Some(match inner.get(ours.len()..)? {
            rest if rest == format!(" ${name}") && variables.len() == 1 => instruction.span.clone(),
            // A value that was empty, or began without a quote.
            "" => cut(start, ours.len() + 2),
            " " if variable.value.len() > ours.len() + 3 => cut(start, ours.len() + 3),
            _ => cut(inner_start, ours.len() + 1),
        })
    }

    /// The line that `fix` writes for the jar, with its comment.
    fn jar(&self, path: &str) -> Option<Span> {
        let line = jar_line(self.reader.settings, path)?;
        let text = &self.reader.source.text;
        let is_ours = |instruction: &&Instruction| {
            text.get(instruction.content.clone()) == Some(line.instruction.as_str())
        };
        let span = self.reader.document.file.instructions.iter().find(is_ours)?.span.clone();
        let comment = self.reader.document.file.comments.iter().find(|comment| {
            let own = text.get(comment.span.clone()).map(str::trim);
            comment.span.end == span.start && own == line.comment.as_deref() && own.is_some()
        });
        Some(comment.map_or(span.start, |comment| comment.span.start)..span.end)
    }

    pub(super) fn apply(&self, cuts: Cuts) -> Option<ChangeSet> {
        let mut changes = ChangeSet::default();
        for (id, spans) in cuts.spans {
            let text: &Source = match id {
                TextId::Dockerfile => self.reader.source,
                TextId::Script(at) => self.reader.document.launches.scripts.get(at)?,
            };
            let edits = without_spans(&text.text, spans)?;
            if !edits.is_empty() {
                changes.insert(Change::edited(&text.path, &text.text, &edits).ok()?).ok()?;
            }
        }
        Some(changes)
    }

    /// Whether something was taken out, no agent is left without its jar, and `fix` of the result
    /// gives the files as they are.
    fn is_undone(&self, guess: Guess, removed: &ChangeSet) -> bool {
        let again = self.reader.analysed_after(removed);
        let loads_agent =
            |one: &JudgedLaunch| one.launch.jvm_options().iter().any(|o| self.is_agent(&o.text));
        if removed.is_empty() || (guess.jar && again.launches.iter().any(loads_agent)) {
            return false;
        }
        again.changes.is_undone_by(removed)
    }

    /// `--force`: every Datadog option that stands in a word of its own, and our ADD.
    fn by_argument(&self, ours: &[(usize, options::PlacedOption)]) -> Option<ChangeSet> {
        let mut cuts = Cuts::default();
        for (launch, option) in ours {
            let options::Place::Word(word) = option.place else { return None };
            let words = &self.reader.launches().get(*launch)?.words;
            let place = words.get(word)?.place.as_ref()?;
            let before = words.get(word.checked_sub(1)?)?.place.as_ref();
            let start = match before {
                Some(before) if before.text == place.text => before.span.end,
                _ => return None,
            };
            cuts.extend(place.text, Some(start..place.span.end));
            let jar = agent_path(&option.text).and_then(|path| self.jar(path));
            cuts.extend(TextId::Dockerfile, jar);
            let launch = self.reader.launches().get(*launch)?;
            let (_, variables) = self.reader.inserted(launch);
            cuts.extend(TextId::Dockerfile, self.environment(launch, &variables));
        }
        let removed = self.apply(cuts)?;
        // The proof: the same launches, without these words.
        (self.left(&removed)? == self.expected(ours)).then_some(removed)
    }

    fn left(&self, removed: &ChangeSet) -> Option<Vec<Vec<String>>> {
        let left = self.reader.read_after(removed)?;
        Some(left.launches.launches.iter().map(values).collect())
    }

    fn expected(&self, ours: &[(usize, options::PlacedOption)]) -> Vec<Vec<String>> {
        let launches = self.reader.launches().iter().enumerate();
        let kept = |(at, launch): (usize, &Launch)| {
            let dropped = |word: usize| {
                ours.iter()
                    .any(|(one, option)| *one == at && option.place == options::Place::Word(word))
            };
            let words = values(launch).into_iter().enumerate();
            words.filter(|(word, _)| !dropped(*word)).map(|(_, value)| value).collect()
        };
        launches.map(kept).collect()
    }

    fn refused(&self, ours: &[(usize, options::PlacedOption)]) -> Analysis {
        let names: Vec<&str> = ours.iter().map(|(_, option)| option.text.as_str()).collect();
        let launch = ours.first().and_then(|(at, _)| self.reader.launches().get(*at));
        let place = launch.map(|launch| self.reader.context(launch).here());
        let place = place.unwrap_or_else(|| Location::new(self.reader.source, 0..0));
        let message = "`fix` would not put in what stands here: it stays";
        let finding = rules::finding("not-removable", place, message.to_owned()).help(format!(
            "a person wrote it, or changed it: take it out by hand, or by argument with --force: {}",
            names.join(" ")
        ));
        Analysis::of_finding(self.reader.settings, finding)
    }
}

impl Reader<'_> {
    /// What the document would be read as, were something taken out.
    fn read_after(&self, removed: &ChangeSet) -> Option<Document> {
        self.in_changed(removed, |source, surroundings| {
            document::read(self.kind, source, self.settings, surroundings).ok()
        })
    }
}

/// Whether nothing of the tracer is among options: a recorder option alone is a person's own.
fn is_of_a_person(ours: &[(usize, options::PlacedOption)]) -> bool {
    ours.iter().all(|(_, option)| options::flight_recorder_value(&option.text).is_some())
}

/// The options of `fix` that stand where `fix` puts them.
pub(super) struct Run {
    pub(super) text: TextId,
    /// How many of them stand there.
    pub(super) count: usize,
    /// The end of the `java` word, where that stands in the file.
    java_end: Option<usize>,
    first: Span,
    last: Span,
    /// The start of the word behind them.
    next: Option<usize>,
}

impl Run {
    pub(super) fn span(&self, in_front: bool) -> Option<Span> {
        match (in_front, self.java_end) {
            (false, Some(end)) => Some(end..self.last.end),
            _ => Some(self.first.start..self.next?),
        }
    }
}

/// Looks behind the word `program`.
pub(super) fn run(launch: &Launch, program: usize, wanted: &[String], most: usize) -> Option<Run> {
    let in_file = launch.words.get(program)?.place.as_ref();
    let start = match in_file {
        Some(_) => program + 1,
        None => launch.words.iter().position(|word| word.place.is_some())?,
    };
    let words = launch.words.get(start..)?;
    let is_wanted = |word: &&launch::Word| wanted.iter().any(|one| one == word.value());
    let count = words.iter().take_while(is_wanted).count().min(most);
    let ours = words.get(..count)?;
    let span = |word: &launch::Word| word.place.as_ref().map(|place| place.span.clone());
    let place = ours.first()?.place.as_ref()?;
    let same_text = |one: &&launch::Place| one.text == place.text;
    Some(Run {
        text: place.text,
        count,
        java_end: in_file.filter(same_text).map(|one| one.span.end),
        first: place.span.clone(),
        last: span(ours.last()?)?,
        next: words.get(count).and_then(span).map(|span| span.start),
    })
}

fn values(launch: &Launch) -> Vec<String> {
    launch.words.iter().map(|word| word.value().to_owned()).collect()
}

/// What is taken out of each text.
#[derive(Default)]
pub(super) struct Cuts {
    spans: BTreeMap<TextId, Vec<Span>>,
}

impl Cuts {
    pub(super) fn extend(&mut self, text: TextId, span: Option<Span>) {
        self.spans.entry(text).or_default().extend(span);
    }
}

/// The edits that take spans out. Of whole lines at the end of a text that has no line break there, the
/// line break in front goes too.
fn without_spans(text: &str, mut spans: Vec<Span>) -> Option<EditSet> {
    spans.sort_by_key(|span| (span.start, span.end));
    let mut cuts: Vec<Span> = Vec::new();
    for span in spans {
        match cuts.last_mut() {
            Some(last) if span.start <= last.end => last.end = last.end.max(span.end),
            _ => cuts.push(span),
        }
    }
    if let Some(last) =
        cuts.last_mut().filter(|last| last.end == text.len() && !text.ends_with('\n'))
    {
        let before = text.get(..last.start)?;
        let line = before.strip_suffix('\n').unwrap_or(before);
        // A carriage return that was there before the line break came stays.
        let line = match line_break(line, line.len()) {
            "\r\n" => line.strip_suffix('\r').unwrap_or(line),
            _ => line,
        };
        last.start = line.len();
    }
    let edits = cuts.into_iter().map(|span| Edit { span, text: String::new() });
    EditSet::new(edits.collect()).ok()
}
