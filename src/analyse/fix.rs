//! Plans, applies and proves what the rules wish.

use std::path::PathBuf;

use super::{Reader, ScriptChange, mending};
use crate::facts::StageFacts;
use crate::finding::Finding;
use crate::launch::{Launch, Launches, TextId};
use crate::plan::{self, Wishes};
use crate::source::Source;
use crate::surroundings::Surroundings;
use crate::tree::Overlay;
use crate::verify::{self, After, Before};

/// What becomes of the files.
#[derive(Default)]
pub(super) struct Fix {
    /// The Dockerfile, where it changes.
    pub(super) after: Option<String>,
    /// The scripts that change.
    pub(super) scripts: Vec<ScriptChange>,
    /// What each launch gets.
    pub(super) argv: Vec<Vec<String>>,
}

impl Reader<'_> {
    /// Plans, applies and proves the wishes; also that the result leaves nothing more to do.
    pub(super) fn fix(
        &self,
        facts: &StageFacts,
        launches: &Launches,
        wishes: &Wishes,
    ) -> Result<Fix, String> {
        if wishes.is_empty() {
            return Ok(Fix::default());
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
                    let after = apply(&before)?;
                    scripts.push(ScriptChange { after: Some(after), path, before: Some(before) });
                }
            }
        }
        scripts.extend(plan.changes.iter().cloned().map(ScriptChange::from));
        let changed: Vec<(PathBuf, Option<String>)> =
            scripts.iter().map(|one| (one.path.clone(), one.after.clone())).collect();
        let overlay = Overlay { below: self.surroundings.tree(), changed: &changed };
        let surroundings = self.surroundings.after(&overlay);
        let before = Before { file: self.file, facts, launches };
        let new = verify::prove(&before, &after, &plan, &surroundings, self.reading())?;
        if !plan.rewrites {
            self.leaves_nothing(&after, &new, &surroundings, wishes)?;
        }
        let argv = new.launches.launches.iter().map(Launch::shown_argv).collect();
        Ok(Fix { after: (after != *text).then_some(after), scripts, argv })
    }

    /// The result of a fix needs no other fix.
    fn leaves_nothing(
        &self,
        after: &str,
        new: &After,
        surroundings: &Surroundings<'_>,
        wishes: &Wishes,
    ) -> Result<(), String> {
        let source = Source::new(self.source.path.clone(), after);
        let again = Reader { source: &source, file: &new.file, surroundings, ..*self };
        let selected = again.check(&new.facts, &new.launches);
        let left = |finding: &&Finding| {
            finding.launch.is_some_and(|at| wishes.contains_key(&at))
                && mending(finding).next().is_some()
        };
        match selected.reported.iter().find(left) {
            Some(left) => Err(format!("the result would need another fix ({})", left.rule)),
            None => Ok(()),
        }
    }
}
