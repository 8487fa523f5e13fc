//! Files in memory, and what becomes of them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use entrypatch::analyse::Analysis;
use entrypatch::input::DocumentKind;
use entrypatch::settings::Settings;
use entrypatch::source::Source;
use entrypatch::surroundings::Surroundings;
use entrypatch::tree::Tree;

/// What is done with a document: `analyse` or `remove`.
pub(crate) type Task = fn(DocumentKind, &Arc<Source>, &Settings, &Surroundings<'_>) -> Analysis;

/// Files in memory, all of them below `/app`.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Files(pub(crate) BTreeMap<PathBuf, String>);

impl Tree for Files {
    fn read(&self, path: &Path) -> Option<String> {
        self.0.get(path).cloned()
    }
}

impl Files {
    /// The files after what is done with one of them.
    pub(crate) fn after(
        &self,
        task: Task,
        (kind, path): (DocumentKind, &Path),
        settings: &Settings,
    ) -> Self {
        let surroundings = Surroundings::new(self, Path::new("/app/Dockerfile"), Path::new("/app"));
        let source = Arc::new(Source::new(path, self.0[path].as_str()));
        let analysis = task(kind, &source, settings, &surroundings);
        for finding in &analysis.findings {
            let text = &finding.primary.file.text;
            assert!(
                text.get(finding.primary.span.clone()).is_some(),
                "a place outside of the file"
            );
        }
        let mut files = self.clone();
        for change in analysis.changes.iter() {
            match &change.after {
                Some(after) => files.0.insert(change.path.clone(), after.clone()),
                None => files.0.remove(&change.path),
            };
        }
        files
    }
}
