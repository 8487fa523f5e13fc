//! One Dockerfile from text to verdict: read and check here, plan and prove in [`fix`], decide in
//! [`judge`].

mod fix;
mod judge;
mod package;
mod remove;
mod remove_node;
mod scripts;

pub use package::{Task, analyse_package, analyse_script};
pub use remove::remove;

use std::path::PathBuf;

use crate::config::Carrier;
use crate::dockerfile::{self, Dockerfile, SyntaxError};
use crate::facts::{self, StageFacts};
use crate::finding::{Effect, Finding, Op};
use crate::launch::{self, Form, Launch, Launches, Reading, Script, malformed};
use crate::node::edit::Change;
use crate::rules::{self, Context};
use crate::select::{self, Selected};
use crate::settings::Settings;
use crate::source::Source;
use crate::surroundings::Surroundings;

/// What was found in a file, and what it would become.
#[derive(Debug, Default)]
pub struct Analysis {
    /// The launches with their verdicts.
    pub launches: Vec<JudgedLaunch>,
    /// The findings that count, sorted by place.
    pub findings: Vec<Finding>,
    /// The text after all fixes, proved; `None` when it does not change.
    pub after: Option<String>,
    /// The scripts that change with it.
    pub scripts: Vec<ScriptChange>,
}

impl Analysis {
    /// Nothing but a finding, where its rule is wanted.
    fn of_finding(settings: &Settings, finding: Finding) -> Self {
        let severity = select::enabled(settings, &finding);
        let findings = severity.map(|severity| Finding { severity, ..finding });
        Self { findings: findings.into_iter().collect(), ..Self::default() }
    }
}

/// A file beside the Dockerfile, before and after: a start script, a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptChange {
    /// Its absolute path.
    pub path: PathBuf,
    /// Its text; `None` for a file that comes to be.
    pub before: Option<String>,
    /// Its text after all fixes; `None` for a file that goes.
    pub after: Option<String>,
}

impl From<Change> for ScriptChange {
    fn from(Change { path, before, after }: Change) -> Self {
        Self { path, before, after }
    }
}

/// A launch and its verdict.
#[derive(Debug)]
pub struct JudgedLaunch {
    /// The launch.
    pub launch: Launch,
    /// The line of its instruction, from 1.
    pub line: usize,
    /// ENTRYPOINT or CMD: the instruction that holds the program; FROM where only the base image
    /// says what starts.
    pub instruction: &'static str,
    /// The script that starts it, and the line in it.
    pub script: Option<(PathBuf, usize)>,
    /// What can be done.
    pub verdict: Verdict,
    /// The rule that refuses it.
    pub reason: Option<&'static str>,
    /// What the container gets after the fix; `None` unless patchable.
    pub patched_argv: Option<Vec<String>>,
}

/// What can be done about a launch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing is to be done.
    Instrumented,
    /// `fix` makes it so.
    Patchable,
    /// A human must look.
    Refused,
}

impl Verdict {
    /// The name in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Instrumented => "instrumented",
            Self::Patchable => "patchable",
            Self::Refused => "refused",
        }
    }
}

/// Analyses a Dockerfile in its surroundings.
pub fn analyse(source: &Source, settings: &Settings, surroundings: &Surroundings<'_>) -> Analysis {
    match dockerfile::read(&source.text) {
        Ok(file) => Reader { source, settings, surroundings, file: &file }.analyse(),
        Err(error) => array_over_lines(source, settings, surroundings, &error)
            .unwrap_or_else(|| rejected(source, settings, &error)),
    }
}

/// A file that Docker rejects because an array goes over lines without `\`: it is analysed as its
/// author meant it.
fn array_over_lines(
    source: &Source,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
    error: &SyntaxError,
) -> Option<Analysis> {
    let escape = dockerfile::escape(&source.text);
    let edits = malformed::joined_lines(&source.text, error.offset, escape)?;
    let joined = Source::new(source.path(), edits.apply(&source.text)?);
    let analysis = analyse(&joined, settings, surroundings);
    if analysis.launches.is_empty() || analysis.launches.iter().any(|one| one.reason.is_some()) {
        return None;
    }
    let help =
        format!("a line of an array that goes on ends in {escape}: `entrypatch fix` adds it");
    let finding = syntax_finding(source, error).help(help).mended_by(Vec::new());
    let severity = select::enabled(settings, &finding)?;
    let launches = analysis.launches.into_iter().map(JudgedLaunch::not_built).collect();
    let after = analysis.after.or(Some(joined.text));
    let findings = vec![Finding { severity, ..finding }];
    Some(Analysis { launches, findings, after, scripts: analysis.scripts })
}

impl JudgedLaunch {
    /// A launch of a file that Docker does not build as it is: nothing starts yet.
    fn not_built(self) -> Self {
        let patched_argv = self.patched_argv.or_else(|| Some(self.launch.shown_argv()));
        let launch = Launch { form: Form::Malformed, argv: Vec::new(), ..self.launch };
        Self { launch, verdict: Verdict::Patchable, patched_argv, ..self }
    }
}

/// A file that Docker rejects has one finding and no launch.
fn rejected(source: &Source, settings: &Settings, error: &SyntaxError) -> Analysis {
    let finding = syntax_finding(source, error).help(
        "docker build stops here; `entrypatch explain dockerfile-syntax` lists frequent causes",
    );
    Analysis::of_finding(settings, finding)
}

fn syntax_finding(source: &Source, error: &SyntaxError) -> Finding {
    let line = source.line_span(source.position(error.offset).line);
    let content = source.text.get(error.offset..line.end).unwrap_or_default().trim_end();
    let span = error.offset..error.offset + content.len();
    rules::finding("dockerfile-syntax", span, error.message.clone())
}

struct Reader<'a> {
    source: &'a Source,
    settings: &'a Settings,
    surroundings: &'a Surroundings<'a>,
    file: &'a Dockerfile,
}

impl Reader<'_> {
    fn analyse(&self) -> Analysis {
        let facts = match self.stage() {
            Ok(stage) => facts::of(self.file, stage),
            Err(finding) => {
                let selected = select::select(self.file, self.settings, vec![*finding]);
                return Analysis { findings: selected.reported, ..Analysis::default() };
            }
        };
        let mut launches = launch::of_stage(self.file, &facts, self.surroundings, self.reading());
        self.refuse_shared_scripts(&mut launches);
        let selected = self.check(&facts, &launches);
        let mut analysis = self.judge(&facts, launches, selected);
        select::sort(&mut analysis.findings);
        analysis
    }

    fn reading(&self) -> Reading<'_> {
        let by_environment = self.settings.carrier == Carrier::Env;
        Reading { by_environment, images: &self.settings.images }
    }

    /// The stage to read: `--target`, else the last one.
    fn stage(&self) -> Result<usize, Box<Finding>> {
        let count = self.file.stages.len();
        let Some(target) = &self.settings.target else { return Ok(count - 1) };
        let by_number = || target.parse().ok().filter(|stage| *stage < count);
        self.file.target_stage(target).or_else(by_number).ok_or_else(|| {
            let message = format!("there is no stage {target:?} to read");
            let finding = rules::finding("launch-unresolved", 0..0, message)
                .help("change --target, or `target` in entrypatch.toml");
            Box::new(finding)
        })
    }

    fn context<'c>(&'c self, facts: &'c StageFacts, launch: &'c Launch) -> Context<'c> {
        Context {
            file: self.file,
            facts,
            launch,
            settings: self.settings,
            surroundings: self.surroundings,
        }
    }

    /// What `fix` puts in for a launch that has nothing of it: options, and variables.
    fn inserted(
        &self,
        facts: &StageFacts,
        launch: &Launch,
    ) -> (Vec<String>, Vec<(String, String)>) {
        rules::inserted(&self.context(facts, launch))
    }

    /// The script that starts a launch, and the line in it.
    fn in_script(&self, launch: &Launch, scripts: &[Script]) -> Option<(PathBuf, usize)> {
        let script = scripts.get(launch.script?)?;
        let start = launch.words.get(launch.program?)?.place.as_ref()?.span.start;
        let before = script.text.get(..start)?;
        Some((script.path.clone(), before.matches('\n').count() + 1))
    }

    fn check(&self, facts: &StageFacts, launches: &Launches) -> Selected {
        let mut findings = Vec::new();
        for (index, launch) in launches.launches.iter().enumerate() {
            let script = self.in_script(launch, &launches.scripts);
            let of_launch = rules::check(&self.context(facts, launch)).into_iter();
            let of_launch = of_launch.map(|finding| match &script {
                Some((path, line)) => {
                    let path = self.surroundings.shown(path);
                    let message = format!("{} ({path}, line {line})", finding.message);
                    Finding { message, ..finding }
                }
                None => finding,
            });
            let of_launch = of_launch.map(|one| Finding { launch: Some(index), ..one });
            // What several launches share is said once.
            let new: Vec<Finding> = of_launch.filter(|one| !is_said(&findings, one)).collect();
            findings.extend(new);
        }
        select::select(self.file, self.settings, findings)
    }
}

/// Whether the same was said of another launch, at the same place, and is to inform only.
fn is_said(findings: &[Finding], new: &Finding) -> bool {
    new.effect == Effect::Informs
        && findings
            .iter()
            .any(|one| (one.rule, &one.span, &one.message) == (new.rule, &new.span, &new.message))
}

fn mending(finding: &Finding) -> impl Iterator<Item = &Op> {
    match &finding.effect {
        Effect::Mends(ops) => ops.iter(),
        Effect::Informs | Effect::Refuses => [].iter(),
    }
}
