//! The laws that hold for any text that is taken for what deploys an image.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use entrypatch::analyse::{Analysis, analyse, remove};
use entrypatch::input::DocumentKind;
use entrypatch::settings::{Link, Settings};
use entrypatch::source::Source;
use entrypatch::surroundings::Surroundings;
use entrypatch::tree::Tree;

const DOCKERFILE: &str = "/app/Dockerfile";
const IMAGE: &str =
    "FROM eclipse-temurin:21\nENV JAVA_OPTS=-Xmx1g\nCMD [\"java\", \"-jar\", \"/app.jar\"]\n";

/// What is done with a document: [`analyse`] or [`remove`].
type Task = fn(DocumentKind, &Arc<Source>, &Settings, &Surroundings<'_>) -> Analysis;

/// Files in memory.
#[derive(Clone, PartialEq, Debug)]
struct Files(BTreeMap<PathBuf, String>);

impl Tree for Files {
    fn read(&self, path: &Path) -> Option<String> {
        self.0.get(path).cloned()
    }
}

fn settings(path: &Path) -> Settings {
    let link =
        Link { dockerfile: DOCKERFILE.into(), task: path.to_owned(), container: None };
    let settings = Settings {
        service: Some("orders".to_owned()),
        api_key_secret: Some("arn:aws:ssm:eu-west-1:1:parameter/dd".to_owned()),
        links: vec![link],
        ..Settings::default()
    };
    settings.checked().expect("the settings are good")
}

impl Files {
    /// The files after what is done with one of them.
    fn after(&self, task: Task, path: &Path) -> Self {
        let surroundings = Surroundings::new(self, path, Path::new("/app"));
        let source = Arc::new(Source::new(path, self.0[path].as_str()));
        let analysis = task(DocumentKind::Deployment, &source, &settings(path), &surroundings);
        for finding in &analysis.findings {
            let text = &finding.primary.file.text;
            assert!(text.get(finding.primary.span.clone()).is_some(), "a place outside of the file");
        }
        let mut files = self.clone();
        for change in analysis.changes.iter() {
            let after = change.after.clone().expect("no file goes");
            files.0.insert(change.path.clone(), after);
        }
        files
    }
}

/// A deployment beside the Dockerfile of its image, as YAML and as JSON: twice is once, and what `remove` takes
/// out `fix` puts in again. Panics where that does not hold.
pub(crate) fn fix_and_remove(text: &str) {
    for name in ["/app/compose.yaml", "/app/task.json"] {
        let path = Path::new(name);
        let files = [(PathBuf::from(DOCKERFILE), IMAGE.to_owned()), (path.to_owned(), text.to_owned())];
        let before = Files(files.into());
        let fixed = before.after(analyse, path);
        assert_eq!(fixed.after(analyse, path), fixed, "a second fix changes something");
        let removed = fixed.after(remove, path);
        if removed != fixed {
            assert_eq!(removed.after(analyse, path), fixed, "remove is not the way back");
        }
    }
}
