//! The laws that hold for any texts that are taken for a Node application.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use entrypatch::analyse::{analyse, remove};
use entrypatch::input::DocumentKind;
use entrypatch::node::{dependency, imports};
use entrypatch::settings::Settings;

use super::files::Files;

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    let settings = Settings::default();
    Settings { add_dependency: true, ..settings }
});

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
        let document = (DocumentKind::Package, Path::new("/app/package.json"));
        let after = |files: &Files, task| files.after(task, document, &SETTINGS);
        let fixed = after(&before, analyse);
        assert_eq!(after(&fixed, analyse), fixed, "a second fix changes something");
        let entry_path = Path::new(name);
        if fixed.0[entry_path] != before.0[entry_path] {
            assert!(imports::read(name, &fixed.0[entry_path]).is_ok(), "the result cannot be read");
            let is_asked_for = fixed.0[Path::new("/app/package.json")].contains("dd-trace");
            let is_loaded_before = before.0.values().any(|text| text.contains("dd-trace"));
            assert!(is_asked_for || is_loaded_before, "a package is loaded that is not there");
            let removed = after(&fixed, remove);
            assert_eq!(after(&removed, analyse), fixed, "remove is not the way back");
        }
    }
}
