//! A start of a task as it was read: its verdicts and findings, and what its edits mean for the task and for the
//! image's Dockerfile.

use super::image::{Desk, Image};
use super::lines::Lines;
use super::{DOCKERFILE_FIRST, NOT_LINKED, Overrides, PUT_TOGETHER};
use crate::analyse::{Analysis, JudgedLaunch};
use crate::change::{Change, ChangeSet};
use crate::deploy::container::Word;
use crate::deploy::{Container, Platform, compose};
use crate::dockerfile::{self, Command, Instruction, Kind};
use crate::edit::shared_ends;
use crate::finding::{Finding, Location, Severity};
use crate::input::is_template;
use crate::launch::Launch;
use crate::structured::{Amendment, Node, Value};

/// A start of a task, as it was read.
pub(super) struct Start<'a> {
    pub(super) desk: &'a Desk<'a>,
    pub(super) container: Container<'a>,
    pub(super) image: &'a Image,
    pub(super) lines: &'a Lines<'a>,
    pub(super) read: Analysis,
}

impl Start<'_> {
    pub(super) fn judged(self) -> Option<Overrides> {
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
        if self.lines.are_put_together(is_template(self.desk.shown.path())) {
            return Some(overrides.of_template(self.desk, self.lines));
        }
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
        let [entry_point, command] = self.container.platform.starts();
        let (list, keyword) = match (self.lines.entry_point, self.lines.command) {
            (Some(list), _) => (Some(list), entry_point),
            (None, list) => (list, command),
        };
        let at = list.map_or(self.container.node.span.start, |list| list.span.start);
        let launch = Launch { keyword, stage: 0, ..judged.launch.clone() };
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
    pub(super) fn edits(&self) -> Result<(Vec<Amendment>, ChangeSet), String> {
        let source = self.image.source.as_ref();
        let source = source.ok_or(NOT_LINKED)?;
        if let Some(reason) = self.desk.surroundings.locked(&source.path) {
            return Err(reason.to_owned());
        }
        let others = || self.image.changes.iter().chain(self.read.changes.iter());
        if others().any(|one| one.path != source.path) {
            return Err(DOCKERFILE_FIRST.to_owned());
        }
        let change = self.read.changes.get(&source.path).ok_or("nothing changes")?;
        let after = change.after.as_deref().ok_or("the Dockerfile goes")?;
        let wishes = self.wishes(after)?;
        let lines = self.lines_after().ok_or("the lines of the task are gone")?;
        let image = after.strip_suffix(lines).ok_or("the lines of the task are gone")?;
        if self.lines.text.get(..self.lines.start) == Some(image) {
            return Ok((wishes, self.image.changes.clone()));
        }
        if !self.image.changes.is_empty() {
            return Err(DOCKERFILE_FIRST.to_owned());
        }
        // What the lines of the task stand behind ends its last line.
        let image = match self.lines.starts_behind(&self.image.text) {
            true => image,
            false => image.strip_suffix('\n').unwrap_or(image),
        };
        let change = Change::rewritten(source.path(), source.text.clone(), image.to_owned());
        Ok((wishes, ChangeSet::of([change])?))
    }

    /// What became of the lines of the task.
    fn wishes(&self, after: &str) -> Result<Vec<Amendment>, String> {
        let before = self.instructions(&self.lines.text)?;
        let after = self.instructions(after)?;
        let (entry_point, command) = self.lines.by_start();
        let mut wishes = Vec::new();
        for (old, new) in before.iter().zip(&after) {
            match (&old.kind, &new.kind) {
                (Kind::Entrypoint(_), Kind::Entrypoint(new)) => {
                    wishes.extend(self.between(self.lines.entry_point, &entry_point, new)?);
                }
                (Kind::Cmd(_), Kind::Cmd(new)) => {
                    wishes.extend(self.between(self.lines.command, &command, new)?);
                }
                (Kind::Env(old), Kind::Env(new)) if values(old) == values(new) => {}
                _ => return Err("what the task sets by a variable would have to change".to_owned()),
            }
        }
        Ok(wishes)
    }

    /// The wishes that make other words of these: what differs stands together.
    fn between(
        &self,
        start: Option<&Node>,
        old: &[&Word<'_>],
        new: &Command,
    ) -> Result<Vec<Amendment>, String> {
        let Command::Exec(array) = new else {
            return Err("the array became shell text".to_owned());
        };
        let new: Vec<&str> = array.arguments.iter().map(|one| one.value.text.as_str()).collect();
        let (same, end) =
            shared_ends(old.iter().map(|word| word.text.as_str()), new.iter().copied());
        let gone = old.get(same..old.len() - end).unwrap_or_default();
        let come = new.get(same..new.len() - end).unwrap_or_default();
        if gone.is_empty() && come.is_empty() {
            return Ok(Vec::new());
        }
        let is_compose = self.container.platform == Platform::Compose;
        if is_compose && gone.iter().any(|word| compose::is_put_together(&word.written)) {
            return Err(PUT_TOGETHER.to_owned());
        }
        let written = |word: &&str| match is_compose {
            true => compose::escaped(word),
            false => (*word).to_owned(),
        };
        let come = come.iter().map(written);
        let start = start.ok_or("the task has no such list")?;
        if let Some(line) = start.text() {
            let before = old.iter().take(same).map(|word| word.written.clone());
            let after = old.iter().skip(old.len() - end).map(|word| word.written.clone());
            let words: Vec<String> = before.chain(come).chain(after).collect();
            let value = Value::text(compose::respelt(line, &words)?);
            return Ok(vec![Amendment::Replace { scalar: start.span.clone(), value }]);
        }
        let list = start.span.clone();
        if gone.len() == come.len() {
            let replace = |(word, text): (&&Word<'_>, String)| {
                let value = Value::text(text);
                Amendment::Replace { scalar: word.node.span.clone(), value }
            };
            return Ok(gone.iter().zip(come).map(replace).collect());
        }
        let take = |at| Amendment::TakeItem { list: list.clone(), at };
        let mut wishes: Vec<Amendment> = (same..same + gone.len()).map(take).collect();
        let items: Vec<Value> = come.map(Value::text).collect();
        if !items.is_empty() {
            wishes.push(Amendment::Insert { list, at: same, items });
        }
        Ok(wishes)
    }

    /// What becomes of the lines of the task.
    pub(super) fn lines_after(&self) -> Option<&str> {
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
