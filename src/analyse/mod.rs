//! One document from text to verdict: read in [`document`], checked here, planned and proved in [`fix`],
//! decided in [`judge`].

mod deployment;
mod document;
mod fix;
mod judge;
mod linked;
mod overrides;
mod read_back;
mod remove;
mod remove_node;
mod replaced;
mod scripts;

pub use remove::remove;

use remove::remove_alone;

use std::cell::OnceCell;
use std::path::PathBuf;
use std::sync::Arc;

use crate::change::{Change, ChangeSet};
use crate::deploy::Platform;
use crate::dockerfile::{self, SyntaxError};
use crate::finding::{Effect, Finding, Location, Op};
use crate::input::DocumentKind;
use crate::launch::{Form, Launch, TextId, malformed};
use crate::rules::{self, Context};
use crate::select::{self, Selected};
use crate::settings::Settings;
use crate::source::Source;
use crate::surroundings::Surroundings;
use document::{Document, Unread};

/// What was found in a document, and what would become of it.
#[derive(Debug, Default)]
pub struct Analysis {
    /// The document.
    pub path: PathBuf,
    /// The launches with their verdicts.
    pub launches: Vec<JudgedLaunch>,
    /// The findings that count, sorted by place.
    pub findings: Vec<Finding>,
    /// What all fixes change, proved: the document, and files beside it.
    pub changes: ChangeSet,
    /// What runs what it deploys, where it deploys something.
    pub platform: Option<Platform>,
}

impl Analysis {
    /// The document's text after all fixes; `None` when it does not change.
    pub fn after(&self) -> Option<&str> {
        self.changes.get(&self.path)?.after.as_deref()
    }

    /// The changes of other files.
    pub fn beside(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.path != self.path)
    }

    /// Nothing but a finding, where its rule is wanted.
    fn of_finding(settings: &Settings, finding: Finding) -> Self {
        let path = finding.primary.file.path.clone();
        let severity = select::enabled(settings, &finding);
        let findings = severity.map(|severity| Finding { severity, ..finding });
        Self { path, findings: findings.into_iter().collect(), ..Self::default() }
    }
}

/// A launch and its verdict.
#[derive(Debug)]
pub struct JudgedLaunch {
    /// The launch.
    pub launch: Launch,
    /// The line of what holds it in the document, from 1.
    pub line: usize,
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

/// Analyses a document in its surroundings.
pub fn analyse(
    kind: DocumentKind,
    source: &Arc<Source>,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
) -> Analysis {
    if kind == DocumentKind::Deployment {
        return deployment::analyse(source, settings, surroundings);
    }
    match document::read(kind, source, settings, surroundings) {
        Ok(document) => {
            Reader { kind, source, settings, surroundings, document: &document }.analyse()
        }
        Err(Unread::Syntax(error)) => array_over_lines(source, settings, surroundings, &error)
            .unwrap_or_else(|| rejected(source, settings, &error)),
        Err(Unread::Finding(finding)) => Analysis::of_finding(settings, *finding),
    }
}

/// A file that Docker rejects because an array goes over lines without `\`: it is analysed as its
/// author meant it.
fn array_over_lines(
    source: &Arc<Source>,
    settings: &Settings,
    surroundings: &Surroundings<'_>,
    error: &SyntaxError,
) -> Option<Analysis> {
    let escape = dockerfile::escape(&source.text);
    let edits = malformed::joined_lines(&source.text, error.offset, escape)?;
    let joining = Change::edited(&source.path, &source.text, &edits).ok()?;
    let joined = Arc::new(Source::new(source.path(), joining.after.as_deref()?));
    let analysis = analyse(DocumentKind::Dockerfile, &joined, settings, surroundings);
    if analysis.launches.is_empty() || analysis.launches.iter().any(|one| one.reason.is_some()) {
        return None;
    }
    let changes = ChangeSet::of([joining]).ok()?.then(&analysis.changes);
    let help =
        format!("a line of an array that goes on ends in {escape}: `entrypatch fix` adds it");
    let finding = syntax_finding(source, error).help(help).mended_by(Vec::new());
    let severity = select::enabled(settings, &finding)?;
    let launches = analysis.launches.into_iter().map(JudgedLaunch::not_built).collect();
    let findings = vec![Finding { severity, ..finding }];
    Some(Analysis { path: source.path.clone(), launches, findings, changes, ..Analysis::default() })
}

impl JudgedLaunch {
    /// A launch with which nothing is to be done.
    fn instrumented(self) -> Self {
        Self { verdict: Verdict::Instrumented, reason: None, patched_argv: None, ..self }
    }

    /// A launch that cannot be patched where it stands: refused by a rule, if it could be elsewhere.
    fn not_patched_by(self, rule: &'static str) -> Self {
        match self.verdict {
            Verdict::Patchable => self.refused_by(rule),
            Verdict::Instrumented | Verdict::Refused => self,
        }
    }

    /// A launch that a rule refuses.
    fn refused_by(self, rule: &'static str) -> Self {
        Self { verdict: Verdict::Refused, reason: Some(rule), patched_argv: None, ..self }
    }

    /// A launch of a file that Docker does not build as it is: nothing starts yet.
    fn not_built(self) -> Self {
        let patched_argv = self.patched_argv.or_else(|| Some(self.launch.shown_argv()));
        let launch = Launch { form: Form::Malformed, argv: Vec::new(), ..self.launch };
        Self { launch, verdict: Verdict::Patchable, patched_argv, ..self }
    }
}

/// A file that Docker rejects has one finding and no launch.
fn rejected(source: &Arc<Source>, settings: &Settings, error: &SyntaxError) -> Analysis {
    let finding = syntax_finding(source, error).help(
        "docker build stops here; `entrypatch explain dockerfile-syntax` lists frequent causes",
    );
    Analysis::of_finding(settings, finding)
}

fn syntax_finding(source: &Arc<Source>, error: &SyntaxError) -> Finding {
    let line = source.line_span(source.position(error.offset).line);
    let content = source.text.get(error.offset..line.end).unwrap_or_default().trim_end();
    let span = error.offset..error.offset + content.len();
    rules::finding("dockerfile-syntax", Location::new(source, span), error.message.clone())
}

/// A document, and what it is judged by.
#[derive(Clone, Copy)]
struct Reader<'a> {
    kind: DocumentKind,
    source: &'a Arc<Source>,
    settings: &'a Settings,
    surroundings: &'a Surroundings<'a>,
    document: &'a Document,
}

impl<'a> Reader<'a> {
    fn analyse(&self) -> Analysis {
        let selected = self.check();
        let mut analysis = match self.document.deployed.iter().find(|one| one.is_injected) {
            Some(deployed) => self.left_to(deployed),
            None => self.judge(selected),
        };
        select::sort(&mut analysis.findings, self.source);
        analysis
    }

    fn launches(&self) -> &'a [Launch] {
        &self.document.launches.launches
    }

    fn context(&self, launch: &'a Launch) -> Context<'a> {
        Context {
            source: self.source,
            scripts: &self.document.launches.scripts,
            file: &self.document.file,
            facts: &self.document.facts,
            launch,
            settings: self.settings,
            surroundings: self.surroundings,
            deployed: &self.document.deployed,
            jvm_options: OnceCell::new(),
        }
    }

    /// What `fix` puts in for a launch that has nothing of it: options, and variables.
    fn inserted(&self, launch: &'a Launch) -> (Vec<String>, Vec<(String, String)>) {
        rules::inserted(&self.context(launch))
    }

    /// The script that starts a launch, and the line in it.
    fn in_script(&self, launch: &Launch) -> Option<(PathBuf, usize)> {
        let script = self.document.launches.scripts.get(launch.script?)?;
        let place = launch.words.get(launch.program?)?.place.as_ref()?;
        let is_there = matches!(place.text, TextId::Script(_));
        is_there.then(|| (script.path.clone(), script.position(place.span.start).line))
    }

    fn check(&self) -> Selected {
        let mut findings = self.document.findings.clone();
        for (index, launch) in self.launches().iter().enumerate() {
            let of_launch = rules::check(&self.context(launch)).into_iter();
            let of_launch = of_launch.map(|one| Finding { launch: Some(index), ..one });
            // What several launches share is said once.
            let new: Vec<Finding> = of_launch.filter(|one| !is_said(&findings, one)).collect();
            findings.extend(new);
        }
        select::select(&self.document.file, self.source, self.settings, findings)
    }
}

/// Whether the same was said of another launch, at the same place, and is to inform only.
fn is_said(findings: &[Finding], new: &Finding) -> bool {
    new.effect == Effect::Informs
        && findings.iter().any(|one| {
            (one.rule, &one.primary, &one.message) == (new.rule, &new.primary, &new.message)
        })
}

fn mending(finding: &Finding) -> impl Iterator<Item = &Op> {
    match &finding.effect {
        Effect::Mends(ops) => ops.iter(),
        Effect::Informs | Effect::Refuses | Effect::Amends(_) => [].iter(),
    }
}
