//! Plans, applies and proves what the rules wish.

use std::sync::Arc;

use super::document::{self, Document, Unread};
use super::{Analysis, Reader, analyse, mending};
use crate::change::{Change, ChangeSet};
use crate::finding::Finding;
use crate::launch::{Launch, TextId};
use crate::plan::{self, Plan, Wishes};
use crate::source::Source;
use crate::surroundings::Surroundings;
use crate::tree::Overlay;
use crate::verify::{self, Read};

/// What becomes of the files.
#[derive(Default)]
pub(super) struct Fix {
    /// The files that change.
    pub(super) changes: ChangeSet,
    /// What each launch gets.
    pub(super) argv: Vec<Vec<String>>,
}

impl Reader<'_> {
    /// Plans, applies and proves the wishes; also that the result leaves nothing more to do.
    pub(super) fn fix(&self, wishes: &Wishes) -> Result<Fix, String> {
        if wishes.is_empty() {
            return Ok(Fix::default());
        }
        let Document { file, facts, launches, .. } = self.document;
        let plan = plan::plan(&self.source.text, file, facts, launches, wishes)?;
        let changes = self.changes(&plan)?;
        let argv = self.in_changed(&changes, |source, surroundings| {
            let new = document::read(self.kind, source, self.settings, surroundings)
                .map_err(|unread| why(&unread))?;
            verify::prove(&read(self.document), &read(&new), &source.text, &plan)?;
            if !plan.rewrites {
                self.leaves_nothing(source, &new, surroundings, wishes)?;
            }
            Ok::<_, String>(new.launches.launches.iter().map(Launch::shown_argv).collect())
        })?;
        Ok(Fix { changes, argv })
    }

    /// What `fix` would do, were files changed.
    pub(super) fn analysed_after(&self, changes: &ChangeSet) -> Analysis {
        self.in_changed(changes, |source, surroundings| {
            analyse(self.kind, source, self.settings, surroundings)
        })
    }

    /// Looks at the document in files that are changed.
    pub(super) fn in_changed<T>(
        &self,
        changes: &ChangeSet,
        look: impl FnOnce(&Arc<Source>, &Surroundings<'_>) -> T,
    ) -> T {
        let overlay = Overlay { below: self.surroundings.tree(), changes };
        let surroundings = self.surroundings.after(&overlay);
        match changes.get(&self.source.path).and_then(|own| own.after.as_deref()) {
            Some(text) => look(&Arc::new(Source::new(self.source.path(), text)), &surroundings),
            None => look(self.source, &surroundings),
        }
    }

    /// All files that a plan changes.
    fn changes(&self, plan: &Plan) -> Result<ChangeSet, String> {
        let mut changes = plan.changes.clone();
        for (id, edits) in &plan.edits {
            let text: &Source = match id {
                TextId::Dockerfile => self.source,
                TextId::Script(at) => {
                    self.document.launches.scripts.get(*at).ok_or("there is no such script")?
                }
            };
            let change = Change::edited(&text.path, &text.text, edits)?;
            if change.before != change.after {
                changes.insert(change)?;
            }
        }
        Ok(changes)
    }

    /// The result of a fix needs no other fix.
    fn leaves_nothing(
        &self,
        source: &Arc<Source>,
        new: &Document,
        surroundings: &Surroundings<'_>,
        wishes: &Wishes,
    ) -> Result<(), String> {
        let again = Reader {
            source,
            document: new,
            surroundings,
            kind: self.kind,
            settings: self.settings,
        };
        let selected = again.check();
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

fn read(document: &Document) -> Read<'_> {
    let Document { file, facts, launches, .. } = document;
    Read { file, facts, launches }
}

fn why(unread: &Unread) -> String {
    match unread {
        Unread::Syntax(error) => format!("Docker would refuse the result: {}", error.message),
        Unread::Finding(finding) => finding.message.clone(),
    }
}
