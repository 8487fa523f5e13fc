//! From findings to verdicts: what is refused, what is put in order, what is put in.

use super::fix::Fix;
use super::{Analysis, JudgedLaunch, Reader, Verdict, analyse, mending};
use crate::facts::StageFacts;
use crate::finding::{Effect, Finding, Op};
use crate::launch::{self, Launch, Launches};
use crate::plan::Wishes;
use crate::rules;
use crate::select::Selected;
use crate::source::Source;

impl Reader<'_> {
    /// Verdicts: what is out of order is put in order first, and the result judged like any file.
    pub(super) fn judge(
        &self,
        facts: &StageFacts,
        launches: Launches,
        selected: Selected,
    ) -> Analysis {
        let all = wishes(&launches, &selected, |_| true);
        let Some(round) = all.values().flatten().filter_map(Op::round).min() else {
            return self.judge_in_order(facts, launches, selected, &all);
        };
        let rewrites = wishes(&launches, &selected, |op| op.round() == Some(round));
        match self.put_in_order(facts, &launches, &rewrites) {
            Ok(ordered) => self.judge_by(&ordered, launches, selected),
            Err(reason) => self.judge_unproved(launches, selected, &rewrites, &reason),
        }
    }

    /// Carries out the rewrites alone, proves them, and analyses the result.
    fn put_in_order(
        &self,
        facts: &StageFacts,
        launches: &Launches,
        rewrites: &Wishes,
    ) -> Result<Analysis, String> {
        let fix = self.fix(facts, launches, rewrites)?;
        if !fix.scripts.is_empty() {
            return Err("a script would have to be put in order".to_owned());
        }
        let after = fix.after.ok_or("nothing changes")?;
        let again = |text: &str| {
            let source = Source::new(self.source.path.clone(), text);
            analyse(&source, self.settings, self.surroundings)
        };
        let mut analysis = again(&after);
        if analysis.launches.len() != launches.launches.len() {
            return Err("the result starts something else".to_owned());
        }
        // An edit for one launch may stand in the text of another.
        if let Some(edited) = &analysis.after {
            for (launch, edited) in analysis.launches.iter_mut().zip(again(edited).launches) {
                launch.patched_argv = Some(edited.launch.shown_argv());
            }
        }
        Ok(Analysis { after: analysis.after.or(Some(after)), ..analysis })
    }

    /// What is out of order gets the verdict that it has when it is in order; nothing is edited
    /// where that is a refusal.
    fn judge_by(&self, ordered: &Analysis, launches: Launches, selected: Selected) -> Analysis {
        let refused = ordered.launches.iter().find_map(|launch| launch.reason);
        let mut findings = selected.reported;
        if refused.is_some() {
            findings.retain(|finding| mending(finding).all(|op| op.round().is_some()));
            for finding in &mut findings {
                if mending(finding).next().is_some() {
                    finding.effect = Effect::Refuses;
                }
            }
            let known: Vec<&str> = findings.iter().map(|finding| finding.rule).collect();
            let new = ordered
                .findings
                .iter()
                .filter(|new| new.effect == Effect::Refuses && !known.contains(&new.rule));
            let place = launches.launches.first().map(|launch| launch.span(self.file));
            let place = place.unwrap_or_default();
            let moved: Vec<Finding> =
                new.map(|new| Finding { span: place.clone(), ..new.clone() }).collect();
            findings.extend(moved);
        }
        let pairs = launches.launches.into_iter().zip(&ordered.launches);
        let judged = pairs.map(|(launch, ordered)| {
            let verdict = if refused.is_some() { Verdict::Refused } else { Verdict::Patchable };
            let argv = ordered.patched_argv.clone().or_else(|| Some(ordered.launch.shown_argv()));
            let argv = argv.filter(|_| refused.is_none());
            self.judged(launch, &launches.scripts, verdict, refused, argv)
        });
        let launches = judged.collect();
        if refused.is_some() {
            return Analysis { launches, findings, ..Analysis::default() };
        }
        let (after, scripts) = (ordered.after.clone(), ordered.scripts.clone());
        Analysis { launches, findings, after, scripts }
    }

    fn judge_in_order(
        &self,
        facts: &StageFacts,
        launches: Launches,
        selected: Selected,
        wishes: &Wishes,
    ) -> Analysis {
        match self.fix(facts, &launches, wishes) {
            Ok(fix) => self.verdicts(launches, selected, wishes, fix),
            Err(reason) => self.judge_unproved(launches, selected, wishes, &reason),
        }
    }

    /// A planned edit that could not be proved is a fault of ours: nothing is written.
    fn judge_unproved(
        &self,
        launches: Launches,
        mut selected: Selected,
        wishes: &Wishes,
        reason: &str,
    ) -> Analysis {
        let failed: Vec<(usize, crate::source::Span)> = wishes
            .keys()
            .filter_map(|at| Some((*at, launches.launches.get(*at)?.span(self.file))))
            .collect();
        for (at, span) in failed {
            let message = format!("the planned edit could not be proved: {reason}");
            let finding = rules::finding("edit-not-proved", span, message)
                .refusing()
                .help("nothing is written; a plainer value may help, else please report it");
            selected.reported.push(Finding { launch: Some(at), ..finding });
        }
        self.verdicts(launches, selected, &Wishes::new(), Fix::default())
    }

    fn verdicts(
        &self,
        launches: Launches,
        selected: Selected,
        wishes: &Wishes,
        fix: Fix,
    ) -> Analysis {
        let refusals: Vec<Option<&'static str>> =
            (0..launches.launches.len()).map(|at| refusal(at, &selected)).collect();
        let Fix { after, scripts, argv } = fix;
        let judged = launches.launches.into_iter().zip(&refusals).enumerate();
        let judged = judged.map(|(at, (launch, reason))| {
            let patchable = reason.is_none() && wishes.contains_key(&at);
            let verdict = match reason {
                Some(_) => Verdict::Refused,
                None if patchable => Verdict::Patchable,
                None => Verdict::Instrumented,
            };
            let patched_argv = argv.get(at).filter(|_| patchable).cloned();
            self.judged(launch, &launches.scripts, verdict, *reason, patched_argv)
        });
        let launches = judged.collect();
        // No edit at all: what an edit would have mended is not worth a finding of its own.
        let mut findings = selected.reported;
        findings.retain(|finding| {
            let refused = finding.launch.is_some_and(|at| refusals.get(at) != Some(&None));
            !refused || !matches!(finding.effect, Effect::Mends(_))
        });
        Analysis { launches, findings, after, scripts }
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
        let script = self.in_script(&launch, scripts);
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
}

/// The wishes about launches that nothing refuses.
fn wishes(launches: &Launches, selected: &Selected, which: impl Fn(&Op) -> bool) -> Wishes {
    let mut wishes = Wishes::new();
    for (at, _) in launches.launches.iter().enumerate() {
        if refusal(at, selected).is_some() {
            continue;
        }
        let own = selected.reported.iter().filter(|finding| finding.launch == Some(at));
        let ops: Vec<Op> = own.flat_map(mending).filter(|op| which(op)).cloned().collect();
        if !ops.is_empty() {
            wishes.insert(at, ops);
        }
    }
    wishes
}

/// The rule that refuses a launch: one that says so, or one whose wish is silenced.
fn refusal(launch: usize, selected: &Selected) -> Option<&'static str> {
    let Selected { reported, silenced } = selected;
    let own = |finding: &&Finding| finding.launch == Some(launch);
    let refusing = |finding: &&Finding| finding.effect == Effect::Refuses;
    let mends = |finding: &&Finding| mending(finding).next().is_some();
    let refused = reported.iter().chain(silenced).filter(own).find(refusing);
    let only_silenced = || match reported.iter().filter(own).find(mends) {
        Some(_) => None,
        None => silenced.iter().filter(own).find(mends),
    };
    refused.or_else(only_silenced).map(|finding| finding.rule)
}
