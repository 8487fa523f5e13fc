//! One Dockerfile from text to verdict: read, check, plan, prove.

use std::path::PathBuf;

use crate::config::Carrier;
use crate::dockerfile::{self, Dockerfile, SyntaxError};
use crate::facts::{self, StageFacts};
use crate::finding::{Effect, Finding, Op};
use crate::launch::{self, Launch, Launches, Obstacle, TextId};
use crate::plan::{self, Wishes};
use crate::rules::{self, Context};
use crate::select::{self, Selected};
use crate::settings::Settings;
use crate::source::Source;
use crate::surroundings::Surroundings;
use crate::tree::Overlay;
use crate::verify::{self, Before};

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

/// A script of the build context, before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptChange {
    /// Its absolute path.
    pub path: PathBuf,
    /// Its text.
    pub before: String,
    /// Its text after all fixes.
    pub after: String,
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
    surroundings: &'a Surroundings<'a>,
    file: &'a Dockerfile,
}

impl Reader<'_> {
    fn analyse(&self) -> Analysis {
        let facts = match self.stage() {
            Ok(stage) => facts::of(self.file, stage),
            Err(finding) => {
                let selected = select::select(self.file, self.settings, vec![finding]);
                return Analysis { findings: selected.reported, ..Analysis::default() };
            }
        };
        let mut launches =
            launch::of_stage(self.file, &facts, self.surroundings, self.by_environment());
        self.refuse_locked(&mut launches);
        let selected = self.check(&facts, &launches);
        self.judge(&facts, launches, selected)
    }

    fn by_environment(&self) -> bool {
        self.settings.carrier == Carrier::Env
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

    /// A script that must not be edited.
    fn refuse_locked(&self, launches: &mut Launches) {
        for launch in &mut launches.launches {
            let script = launch.script.and_then(|script| launches.scripts.get(script));
            if let Some(reason) = script.and_then(|script| self.surroundings.locked(&script.path)) {
                let reason = reason.to_owned();
                launch.obstacle = Some(Obstacle { rule: "launch-unresolved", reason });
            }
        }
    }

    fn check(&self, facts: &StageFacts, launches: &Launches) -> Selected {
        let mut findings = Vec::new();
        for (index, launch) in launches.launches.iter().enumerate() {
            let context = Context {
                file: self.file,
                facts,
                launch,
                settings: self.settings,
                surroundings: self.surroundings,
            };
            let of_launch = rules::check(&context).into_iter();
            findings.extend(of_launch.map(|one| Finding { launch: Some(index), ..one }));
        }
        select::select(self.file, self.settings, findings)
    }

    fn judge(&self, facts: &StageFacts, launches: Launches, selected: Selected) -> Analysis {
        let Selected { mut reported, silenced } = selected;
        let mut refusals: Vec<Option<&'static str>> =
            (0..launches.launches.len()).map(|at| refusal(at, &reported, &silenced)).collect();
        let mut wishes = Wishes::new();
        for finding in &reported {
            if let Some(at) = finding.launch.filter(|at| refusals.get(*at) == Some(&None)) {
                wishes.entry(at).or_default().extend(mending(finding));
            }
        }
        wishes.retain(|_, ops| !ops.is_empty());
        let wanted: Vec<usize> = wishes.keys().copied().collect();
        let fix = match self.fix(facts, &launches, &wishes) {
            Ok(fix) => fix,
            Err(reason) => {
                for at in &wanted {
                    let Some(launch) = launches.launches.get(*at) else { continue };
                    let message = format!("the planned edit could not be proved: {reason}");
                    let finding =
                        rules::finding("edit-not-proved", launch.span(self.file), message);
                    let finding = finding.refusing().help("nothing is written; please report it");
                    reported.push(Finding { launch: Some(*at), ..finding });
                    if let Some(refusal) = refusals.get_mut(*at) {
                        *refusal = Some("edit-not-proved");
                    }
                }
                None
            }
        };
        // No edit at all: what an edit would have mended is not worth a finding of its own.
        reported.retain(|finding| {
            let refused = finding.launch.is_some_and(|at| refusals.get(at) != Some(&None));
            !refused || !matches!(finding.effect, Effect::Mends(_))
        });
        let Fix { after, scripts, argv } = fix.unwrap_or_default();
        let judged = launches.launches.into_iter().zip(refusals).enumerate();
        let judged = judged.map(|(at, (launch, reason))| {
            let patchable = reason.is_none() && wanted.contains(&at);
            let verdict = match reason {
                Some(_) => Verdict::Refused,
                None if patchable => Verdict::Patchable,
                None => Verdict::Instrumented,
            };
            let patched_argv = argv.get(at).filter(|_| patchable).cloned();
            self.judged(launch, &launches.scripts, verdict, reason, patched_argv)
        });
        Analysis { launches: judged.collect(), findings: reported, after, scripts }
    }

    fn judged(
        &self,
        launch: Launch,
        scripts: &[launch::Script],
        verdict: Verdict,
        reason: Option<&'static str>,
        patched_argv: Option<Vec<String>>,
    ) -> JudgedLaunch {
        let instruction = self.file.instructions.get(launch.instruction);
        let script = launch.script.and_then(|at| {
            let script = scripts.get(at)?;
            let start = launch.words.get(launch.program?)?.place.as_ref()?.span.start;
            let before = script.text.get(..start)?;
            Some((script.path.clone(), before.matches('\n').count() + 1))
        });
        JudgedLaunch {
            line: self.file.line(launch.instruction),
            instruction: instruction.map_or("", |instruction| instruction.kind.keyword()),
            script,
            launch,
            verdict,
            reason,
            patched_argv,
        }
    }

    /// Plans, applies and proves the wishes; also that the result leaves nothing more to do.
    fn fix(
        &self,
        facts: &StageFacts,
        launches: &Launches,
        wishes: &Wishes<'_>,
    ) -> Result<Option<Fix>, String> {
        if wishes.is_empty() {
            return Ok(None);
        }
        let text = &self.source.text;
        let plan = plan::plan(text, self.file, facts, launches, wishes)?;
        let mut after = text.clone();
        let mut scripts = Vec::new();
        for (id, edits) in &plan.edits {
            let apply = |text: &str| edits.apply(text).ok_or("an edit does not fit into the file");
            match id {
                TextId::Dockerfile => after = apply(text)?,
                TextId::Script(at) => {
                    let script = launches.scripts.get(*at).ok_or("there is no such script")?;
                    let (path, before) = (script.path.clone(), script.text.clone());
                    scripts.push(ScriptChange { after: apply(&before)?, path, before });
                }
            }
        }
        let changed: Vec<(PathBuf, String)> =
            scripts.iter().map(|one| (one.path.clone(), one.after.clone())).collect();
        let overlay = Overlay { below: self.surroundings.tree(), changed: &changed };
        let surroundings = self.surroundings.after(&overlay);
        let before = Before { file: self.file, facts, launches };
        let new = verify::prove(&before, &after, &plan, &surroundings, self.by_environment())?;
        let source = Source::new(self.source.path.clone(), after.as_str());
        let again =
            Reader { source: &source, file: &new.file, surroundings: &surroundings, ..*self };
        let selected = again.check(&new.facts, &new.launches);
        let left = |finding: &&Finding| {
            finding.launch.is_some_and(|at| wishes.contains_key(&at))
                && mending(finding).next().is_some()
        };
        if let Some(left) = selected.reported.iter().find(left) {
            return Err(format!("the result would need another fix ({})", left.rule));
        }
        let argv = new.launches.launches.iter().map(Launch::shown_argv).collect();
        Ok(Some(Fix { after: (after != *text).then_some(after), scripts, argv }))
    }
}

/// The rule that refuses a launch: one that says so, or one whose wish is silenced.
fn refusal(launch: usize, reported: &[Finding], silenced: &[Finding]) -> Option<&'static str> {
    let own = |finding: &&Finding| finding.launch == Some(launch);
    let refusing = |finding: &&Finding| finding.effect == Effect::Refuses;
    let mends = |finding: &&Finding| mending(finding).next().is_some();
    let all = || reported.iter().chain(silenced).filter(own);
    let refused = all().find(refusing);
    let only_silenced = || match reported.iter().filter(own).find(mends) {
        Some(_) => None,
        None => silenced.iter().filter(own).find(mends),
    };
    refused.or_else(only_silenced).map(|finding| finding.rule)
}

#[derive(Default)]
struct Fix {
    after: Option<String>,
    scripts: Vec<ScriptChange>,
    /// What each launch gets.
    argv: Vec<Vec<String>>,
}

fn mending(finding: &Finding) -> impl Iterator<Item = &Op> {
    match &finding.effect {
        Effect::Mends(ops) => ops.iter(),
        Effect::Informs | Effect::Refuses => [].iter(),
    }
}
