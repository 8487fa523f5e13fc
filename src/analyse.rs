//! One Dockerfile from text to verdict: read, check, plan, prove.

use crate::dockerfile::{self, Dockerfile, SyntaxError};
use crate::facts::{self, StageFacts};
use crate::finding::{Effect, Finding, Op};
use crate::launch::{self, Launch};
use crate::plan;
use crate::rules::{self, Context};
use crate::select::{self, Selected};
use crate::settings::Settings;
use crate::source::Source;
use crate::verify;

/// What was found in a file, and what it would become.
#[derive(Debug, Default)]
pub struct Analysis {
    /// The launches with their verdicts.
    pub launches: Vec<JudgedLaunch>,
    /// The findings that count, sorted by place.
    pub findings: Vec<Finding>,
    /// The text after all fixes, proved; `None` when nothing changes.
    pub after: Option<String>,
}

/// A launch and its verdict.
#[derive(Debug)]
pub struct JudgedLaunch {
    /// The launch.
    pub launch: Launch,
    /// The line of its instruction, from 1.
    pub line: usize,
    /// ENTRYPOINT or CMD: the instruction that holds the program.
    pub instruction: &'static str,
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

/// Analyses a Dockerfile. `derive_service` gives the name that the files around suggest; it is
/// asked only where `java` starts.
pub fn analyse(
    source: &Source,
    settings: &Settings,
    derive_service: &dyn Fn() -> Option<String>,
) -> Analysis {
    match dockerfile::read(&source.text) {
        Ok(file) => Reader { source, settings, derive_service, file: &file }.analyse(),
        Err(error) => rejected(source, settings, &error),
    }
}

/// A file that Docker rejects has one finding and no launch.
fn rejected(source: &Source, settings: &Settings, error: &SyntaxError) -> Analysis {
    let line = source.line_span(source.position(error.offset).line);
    let content = source.text.get(error.offset..line.end).unwrap_or_default().trim_end();
    let span = error.offset..error.offset + content.len();
    let finding = rules::finding("dockerfile-syntax", span, error.message.clone()).help(
        "docker build stops here; `entrypatch explain dockerfile-syntax` lists frequent causes",
    );
    let findings = select::enabled(settings, &finding)
        .map(|severity| Finding { severity, ..finding })
        .into_iter()
        .collect();
    Analysis { findings, ..Analysis::default() }
}

struct Reader<'a> {
    source: &'a Source,
    settings: &'a Settings,
    derive_service: &'a dyn Fn() -> Option<String>,
    file: &'a Dockerfile,
}

impl Reader<'_> {
    fn analyse(&self) -> Analysis {
        let only = |findings: Vec<Finding>| {
            let selected = select::select(self.file, self.settings, findings);
            Analysis { findings: selected.reported, ..Analysis::default() }
        };
        let facts = match self.stage() {
            Ok(stage) => facts::of(self.file, stage),
            Err(finding) => return only(vec![finding]),
        };
        match launch::of_stage(self.file, &facts) {
            Some(launch) => {
                let selected = self.check(&facts, &launch);
                self.judge(launch, selected)
            }
            None => only(Vec::new()),
        }
    }

    /// The stage to read: `--target`, else the last one.
    fn stage(&self) -> Result<usize, Finding> {
        let count = self.file.stages.len();
        let Some(target) = &self.settings.target else { return Ok(count - 1) };
        let by_number = || target.parse().ok().filter(|stage| *stage < count);
        self.file.target_stage(target).or_else(by_number).ok_or_else(|| {
            let message = format!("there is no stage {target:?} to read");
            rules::finding("launch-unresolved", 0..0, message)
                .help("change --target, or `target` in entrypatch.toml")
        })
    }

    fn check(&self, facts: &StageFacts, launch: &Launch) -> Selected {
        let derived = launch.command().and_then(|_| (self.derive_service)());
        let context = Context {
            file: self.file,
            facts,
            launch,
            settings: self.settings,
            derived_service: derived.as_deref(),
        };
        select::select(self.file, self.settings, rules::check(&context))
    }

    fn judge(&self, launch: Launch, selected: Selected) -> Analysis {
        let Selected { mut reported, silenced } = selected;
        let refusing = |finding: &&Finding| finding.effect == Effect::Refuses;
        let refused_by = reported.iter().chain(&silenced).find(refusing).map(|found| found.rule);
        let ops: Vec<Op> = reported.iter().flat_map(wishes).cloned().collect();
        let silenced_wish = silenced.iter().find(|finding| wishes(finding).next().is_some());

        let outcome = match (refused_by, silenced_wish) {
            (Some(rule), _) => Err(rule),
            (None, Some(finding)) if ops.is_empty() => Err(finding.rule),
            _ if launch.command().is_none() => Err("launch-unresolved"),
            _ if ops.is_empty() => Ok(None),
            _ => self.fix(&launch, &ops).map(Some).map_err(|reason| {
                let message = format!("the planned edit could not be proved: {reason}");
                let finding = rules::finding("edit-not-proved", launch.span(self.file), message);
                reported.push(finding.refusing().help("nothing is written; please report it"));
                "edit-not-proved"
            }),
        };
        let (verdict, reason, fix) = match outcome {
            Ok(Some(fix)) => (Verdict::Patchable, None, Some(fix)),
            Ok(None) => (Verdict::Instrumented, None, None),
            Err(rule) => (Verdict::Refused, Some(rule), None),
        };
        if verdict == Verdict::Refused {
            // No edit at all: what an edit would have mended is not worth a finding of its own.
            reported.retain(|finding| !matches!(finding.effect, Effect::Mends(_)));
        }
        let (after, patched_argv) = fix.map(|fix| (fix.after, fix.argv)).unzip();
        let instruction = self.file.instructions.get(launch.instruction);
        let keyword_start = instruction.map_or(0, |instruction| instruction.keyword.start);
        let judged = JudgedLaunch {
            line: self.source.position(keyword_start).line,
            instruction: instruction.map_or("", |instruction| instruction.kind.keyword()),
            launch,
            verdict,
            reason,
            patched_argv,
        };
        Analysis { launches: vec![judged], findings: reported, after }
    }

    /// Plans, applies and proves the wishes; also that the result leaves nothing more to do.
    fn fix(&self, launch: &Launch, ops: &[Op]) -> Result<Fix, String> {
        let text = &self.source.text;
        let plan = plan::plan(text, self.file, launch, ops)?;
        let after = plan.edits.apply(text).ok_or("an edit does not fit into the file")?;
        let file = verify::prove(self.file, launch, &after, &plan)?;
        let facts = facts::of(&file, launch.final_stage);
        let source = Source::new(self.source.path.clone(), after.as_str());
        let again = Reader { source: &source, file: &file, ..*self };
        let new =
            launch::of_stage(&file, &facts).ok_or("the result starts nothing that can be seen")?;
        let selected = again.check(&facts, &new);
        if let Some(left) =
            selected.reported.iter().find(|finding| wishes(finding).next().is_some())
        {
            return Err(format!("the result would need another fix ({})", left.rule));
        }
        Ok(Fix { after, argv: plan.argv })
    }
}

struct Fix {
    after: String,
    argv: Vec<String>,
}

fn wishes(finding: &Finding) -> impl Iterator<Item = &Op> {
    match &finding.effect {
        Effect::Mends(ops) => ops.iter(),
        Effect::Informs | Effect::Refuses => [].iter(),
    }
}
