//! The laws that hold for any texts that are taken for a Node application.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use entrypatch::analyse::{Analysis, analyse, remove};
use entrypatch::input::DocumentKind;
use entrypatch::node::{dependency, imports};
use entrypatch::settings::Settings;
use entrypatch::source::Source;
use entrypatch::surroundings::Surroundings;
use entrypatch::tree::Tree;

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    let settings = Settings::default();
    Settings { add_dependency: true, ..settings }
});

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

impl Files {
    /// The files after what is done with a package.
    fn after(&self, task: Task) -> Self {
        let path = Path::new("/app/package.json");
        let surroundings = Surroundings::new(self, Path::new("/app/Dockerfile"), Path::new("/app"));
        let source = Arc::new(Source::new(path, self.0[path].as_str()));
        let analysis = task(DocumentKind::Package, &source, &SETTINGS, &surroundings);
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

/// A package.json, its entry, and a file that it imports, between zero bytes: the edit is read
/// again, twice is once, and `remove` is the way back. Panics where that does not hold.
pub(crate) fn fix_and_remove(text: &str) {
    let mut parts = text.splitn(3, '\0');
    let mut part = || parts.next().unwrap_or_default().to_owned();
    let (package, entry, other) = (part(), part(), part());
    if let Ok(added) = dependency::added(&package, "^5.0.0") {
        let removed = dependency::removed(&added, "^5.0.0").expect("what was added can be removed");
        assert_eq!(dependency::added(&removed, "^5.0.0").as_deref(), Ok(added.as_str()));
    }
    for name in ["/app/server.js", "/app/server.ts"] {
        let files = [("/app/package.json", &package), (name, &entry), ("/app/a.js", &other)];
        let files = files.map(|(path, text)| (PathBuf::from(path), text.clone()));
        let before = Files(files.into());
        let fixed = before.after(analyse);
        assert_eq!(fixed.after(analyse), fixed, "a second fix changes something");
        let entry_path = Path::new(name);
        if fixed.0[entry_path] != before.0[entry_path] {
            assert!(imports::read(name, &fixed.0[entry_path]).is_ok(), "the result cannot be read");
            let is_asked_for = fixed.0[Path::new("/app/package.json")].contains("dd-trace");
            let is_loaded_before = before.0.values().any(|text| text.contains("dd-trace"));
            assert!(is_asked_for || is_loaded_before, "a package is loaded that is not there");
            let removed = fixed.after(remove);
            assert_eq!(removed.after(analyse), fixed, "remove is not the way back");
        }
    }
}
