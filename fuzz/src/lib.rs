//! What must hold for any text at all. Each function panics where it does not.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use entrypatch::analyse::{self, Analysis, Task};
use entrypatch::config::Config;
use entrypatch::cooked::Cooked;
use entrypatch::dockerfile::{self, Dockerfile};
use entrypatch::launch::Form;
use entrypatch::node::{dependency, imports};
use entrypatch::settings::Settings;
use entrypatch::source::Source;
use entrypatch::surroundings::Surroundings;
use entrypatch::tree::Tree;
use entrypatch::{facts, shell};

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| {
    let config = Config { service: Some("orders".to_owned()), ..Config::default() };
    let settings = Settings::new(&config).expect("the settings are good");
    Settings { add_dependency: true, ..settings }
});

/// The shell's parser panics on some texts, and `shell::read` makes a refusal of it: that is no find.
static HOOK: LazyLock<()> = LazyLock::new(|| {
    std::panic::set_hook(Box::new(|panic| {
        if panic.location().is_none_or(|place| !place.file().contains("brush-parser")) {
            eprintln!("{panic}");
            std::process::abort();
        }
    }));
});

/// Reading ends, and every place that it speaks of is one of the file, in order.
pub fn read(text: &str) {
    LazyLock::force(&HOOK);
    let _ = shell::read(&Cooked::plain(text, 0));
    let file = match dockerfile::read(text) {
        Ok(file) => file,
        Err(error) => return assert!(error.offset <= text.len(), "an error behind the end"),
    };
    check_places(text, &file);
    for stage in 0..file.stages.len() {
        let _ = facts::of(&file, stage);
    }
}

fn check_places(text: &str, file: &Dockerfile) {
    let mut end = 0;
    for instruction in &file.instructions {
        let (span, content) = (&instruction.span, &instruction.content);
        assert!(end <= span.start && span.start <= content.start, "instructions overlap");
        assert!(content.end <= span.end, "an instruction ends behind its lines");
        let keyword = text.get(instruction.keyword.clone()).expect("a keyword in the file");
        assert!(keyword.starts_with(|c: char| c.is_ascii_alphabetic()), "{keyword:?}");
        assert!(text.get(content.clone()).is_some() && text.get(span.clone()).is_some());
        for argument in instruction.exec_array().iter().flat_map(|array| &array.arguments) {
            let raw = text.get(argument.span.clone()).expect("an argument in the file");
            assert!(raw.starts_with('"') && raw.ends_with('"'), "{raw:?}");
        }
        end = span.end;
    }
}

fn fixed(text: &str) -> Analysis {
    LazyLock::force(&HOOK);
    analyse::analyse(&Source::new("Dockerfile", text), &SETTINGS, &Surroundings::none())
}

/// The result of a fix is read again, needs no other one, and nothing of it could not be proved.
pub fn fix(text: &str) {
    let analysis = fixed(text);
    for finding in &analysis.findings {
        assert!(text.get(finding.span.clone()).is_some(), "a finding outside of the file");
    }
    let Some(after) = analysis.after else { return };
    assert!(dockerfile::read(&after).is_ok(), "the result cannot be read");
    let again = fixed(&after);
    assert_eq!(again.after, None, "a second fix changes something");
    assert_eq!(again.launches.len(), analysis.launches.len(), "a launch came or went");
}

/// `remove` gives the text back that `fix` only inserted into, where it had nothing of Datadog.
pub fn remove(text: &str) {
    let analysis = fixed(text);
    let Some(after) = analysis.after else { return };
    let repaired = analysis.launches.iter().any(|one| one.launch.form == Form::Malformed);
    let rewrites = ["joined-arguments", "flight-recorder-unsupported"];
    if repaired || analysis.findings.iter().any(|finding| rewrites.contains(&finding.rule)) {
        return;
    }
    let source = Source::new("Dockerfile", after.as_str());
    let removed = analyse::remove(&source, &SETTINGS, &Surroundings::none());
    let ours = ["dd.", "DD_", "javaagent", "FlightRecorder", "dd-java-agent", "_OPT", "ADD "];
    if ours.iter().any(|word| text.contains(word)) || !only_inserts(text, &after) {
        return;
    }
    assert_eq!(removed.after.as_deref(), Some(text), "remove does not give the bytes back");
}

fn only_inserts(before: &str, after: &str) -> bool {
    let mut bytes = after.bytes();
    before.bytes().all(|byte| bytes.any(|other| other == byte))
}

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
        let surroundings = Surroundings::new(self, Path::new("/app"), Path::new("/app"));
        let source = Source::new(path, self.0[path].as_str());
        let analysis = analyse::analyse_package(&source, path, &SETTINGS, &surroundings, task);
        let mut files = self.clone();
        files.0.extend(analysis.after.map(|after| (path.to_owned(), after)));
        for change in analysis.scripts {
            match change.after {
                Some(after) => files.0.insert(change.path, after),
                None => files.0.remove(&change.path),
            };
        }
        files
    }
}

/// A package.json, its entry, and a file that it imports, between zero bytes: the edit is read again,
/// twice is once, and `remove` gives the files back.
pub fn node(text: &str) {
    LazyLock::force(&HOOK);
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
        let fixed = before.after(Task::Analyse);
        assert_eq!(fixed.after(Task::Analyse), fixed, "a second fix changes something");
        let entry_path = Path::new(name);
        if fixed.0[entry_path] != before.0[entry_path] {
            assert!(imports::read(name, &fixed.0[entry_path]).is_ok(), "the result cannot be read");
            let removed = fixed.after(Task::Remove);
            assert_eq!(removed.after(Task::Analyse), fixed, "remove is not the way back");
        }
    }
}
