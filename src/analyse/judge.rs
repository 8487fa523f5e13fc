//! From findings to verdicts: what is refused, what is put in order, what is put in.

use super::fix::Fix;
use super::{Analysis, JudgedLaunch, Reader, Verdict, mending};
use crate::change::ChangeSet;
use crate::deployed::Deployed;
use crate::finding::{Effect, Finding, Location, Op, Severity};
use crate::launch::Launch;
use crate::plan::Wishes;
use crate::rules;
use crate::select::Selected;

impl Reader<'_> {
    /// Verdicts: what is out of order is put in order first, and the result judged like any file.
    pub(super) fn judge(&self, selected: Selected) -> Analysis {
        let all = self.wishes(&selected, |_| true);
        let Some(round) = all.values().flatten().filter_map(Op::round).min() else {
            return self.judge_in_order(selected, &all);
        };
        let rewrites = self.wishes(&selected, |op| op.round() == Some(round));
        match self.put_in_order(&rewrites) {
            Ok(ordered) => self.judge_by(&ordered, selected),
            Err(reason) => self.judge_unproved(selected, &rewrites, &reason),
        }
    }

    /// Carries out the rewrites alone, proves them, and analyses the result.
    fn put_in_order(&self, rewrites: &Wishes) -> Result<Analysis, String> {
        let fix = self.fix(rewrites)?;
        let mut analysis = self.analysed_after(&fix.changes);
        if analysis.launches.len() != self.launches().len() {
            return Err("the result starts something else".to_owned());
        }
        analysis.changes = fix.changes.then(&analysis.changes);
        // An edit for one launch may stand in the text of another.
        let edited = self.analysed_after(&analysis.changes);
        for (launch, edited) in analysis.launches.iter_mut().zip(edited.launches) {
            launch.patched_argv = Some(edited.launch.shown_argv());
        }
        Ok(analysis)
    }

    /// What is out of order gets the verdict that it has when it is in order; nothing is edited
    /// where that is a refusal.
    fn judge_by(&self, ordered: &Analysis, selected: Selected) -> Analysis {
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
            let place = match self.launches().first() {
                Some(launch) => self.context(launch).here(),
                None => Location::new(self.source, 0..0),
            };
            let moved = new.map(|new| Finding {
                primary: place.clone(),
                related: Vec::new(),
                ..new.clone()
            });
            let moved: Vec<Finding> = moved.collect();
            findings.extend(moved);
        }
        let pairs = self.launches().iter().zip(&ordered.launches);
        let judged = pairs.map(|(launch, ordered)| {
            let verdict = if refused.is_some() { Verdict::Refused } else { Verdict::Patchable };
            let argv = ordered.patched_argv.clone().or_else(|| Some(ordered.launch.shown_argv()));
            self.judged(launch, verdict, refused, argv.filter(|_| refused.is_none()))
        });
        let launches = judged.collect();
        let changes = refused.map_or_else(|| ordered.changes.clone(), |_| ChangeSet::default());
        Analysis {
            path: self.source.path.clone(),
            launches,
            findings,
            changes,
            ..Analysis::default()
        }
    }

    fn judge_in_order(&self, selected: Selected, wishes: &Wishes) -> Analysis {
        match self.fix(wishes) {
            Ok(fix) => self.verdicts(selected, wishes, fix),
            Err(reason) => self.judge_unproved(selected, wishes, &reason),
        }
    }

    /// A planned edit that could not be proved is a fault of ours: nothing is written.
    fn judge_unproved(&self, mut selected: Selected, wishes: &Wishes, reason: &str) -> Analysis {
        for (at, launch) in self.launches().iter().enumerate() {
            if !wishes.contains_key(&at) {
                continue;
            }
            let message = format!("the planned edit could not be proved: {reason}");
            let finding = rules::finding("edit-not-proved", self.context(launch).here(), message)
                .refusing()
                .help("nothing is written; a plainer value may help, else please report it");
            selected.reported.push(Finding { launch: Some(at), ..finding });
        }
        self.verdicts(selected, &Wishes::new(), Fix::default())
    }

    fn verdicts(&self, selected: Selected, wishes: &Wishes, fix: Fix) -> Analysis {
        let launches = self.launches();
        let refusals: Vec<Option<&'static str>> =
            (0..launches.len()).map(|at| refusal(at, &selected)).collect();
        let Fix { changes, argv } = fix;
        let judged = launches.iter().zip(&refusals).enumerate();
        let judged = judged.map(|(at, (launch, reason))| {
            let patchable = reason.is_none() && wishes.contains_key(&at);
            let verdict = match reason {
                Some(_) => Verdict::Refused,
                None if patchable => Verdict::Patchable,
                None => Verdict::Instrumented,
            };
            let patched_argv = argv.get(at).filter(|_| patchable).cloned();
            self.judged(launch, verdict, *reason, patched_argv)
        });
        let launches = judged.collect();
        // No edit at all: what an edit would have mended is not worth a finding of its own.
        let mut findings = selected.reported;
        findings.retain(|finding| {
            let refused = finding.launch.is_some_and(|at| refusals.get(at) != Some(&None));
            !refused || !matches!(finding.effect, Effect::Mends(_))
        });
        Analysis {
            path: self.source.path.clone(),
            launches,
            findings,
            changes,
            ..Analysis::default()
        }
    }

    /// A deployment brings the tracer in: a second one would start beside it.
    pub(super) fn left_to(&self, deployed: &Deployed) -> Analysis {
        let launches = self.launches().iter();
        let launches = launches.map(|one| self.judged(one, Verdict::Instrumented, None, None));
        let file = self.surroundings.shown(deployed.file.path());
        let message = format!("{file} brings the tracer in: nothing is put into this image");
        let place = Location::new(self.source, 0..0);
        let finding = rules::finding("java-agent-missing", place, message)
            .related(Location::new(&deployed.file, deployed.place.clone()));
        let finding = Finding { severity: Severity::Note, ..finding };
        Analysis { launches: launches.collect(), ..Analysis::of_finding(self.settings, finding) }
    }

    fn judged(
        &self,
        launch: &Launch,
        verdict: Verdict,
        reason: Option<&'static str>,
        patched_argv: Option<Vec<String>>,
    ) -> JudgedLaunch {
        JudgedLaunch {
            line: self.source.position(launch.anchor.start).line,
            script: self.in_script(launch),
            launch: launch.clone(),
            verdict,
            reason,
            patched_argv,
        }
    }

    /// The wishes about launches that nothing refuses.
    fn wishes(&self, selected: &Selected, which: impl Fn(&Op) -> bool) -> Wishes {
        let mut wishes = Wishes::new();
        for at in 0..self.launches().len() {
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
