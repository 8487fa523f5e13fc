//! `--format json`: what a reader of it can rely on.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

fn entrypatch(folder: &Path, arguments: &[&str]) -> Value {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("entrypatch"));
    command.current_dir(folder).args(arguments).args(["--format", "json", "--env", "y"]);
    let output = command.output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn paths_begin_at_the_current_directory() {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("sub")).unwrap();
    let text = "FROM eclipse-temurin:17-jre\nCMD [\"java\", \"-jar\", \"/app.jar\"]\n";
    fs::write(folder.path().join("sub/Dockerfile"), text).unwrap();
    let report = entrypatch(folder.path(), &["check", "./sub/../sub"]);
    let file = &report["files"][0];
    assert_eq!(file["path"], "sub/Dockerfile");
    assert_eq!(file["edits"][0]["path"], "sub/Dockerfile");
    assert_eq!(file["launches"][0]["patched_argv"][1], "-javaagent:/usr/agent/dd-java-agent.jar");
    assert_eq!(file["launches"][0]["base_entrypoint"][0], "/__cacert_entrypoint.sh");
}

/// Whoever carries out the `edits` of `check` has the files that `fix` writes.
#[test]
fn the_edits_make_what_fix_writes() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases");
    let mut edited = 0;
    for case in fs::read_dir(cases).unwrap().map(|case| case.unwrap().path()) {
        if case.extension().is_none_or(|ending| ending != "in") {
            continue;
        }
        let folder = TempDir::new().unwrap();
        // Of the same name, from which a service's name may come.
        let [by_hand, by_fix] =
            ["by-hand/case", "by-fix/case"].map(|name| folder.path().join(name));
        for folder in [&by_hand, &by_fix] {
            fs::create_dir_all(folder).unwrap();
            copy(&case, folder);
        }
        let edits = edits(&entrypatch(&by_hand, &["check"]));
        edited += edits.len();
        carry_out(&by_hand, &edits);
        entrypatch(&by_fix, &["fix"]);
        assert_eq!(texts(&by_hand), texts(&by_fix), "{}", case.display());
    }
    assert!(edited > 100, "{edited}");
}

/// An edit: the bytes from one line and column to another become a text.
type Edit = ([usize; 4], String);

/// The edits of each file; those that two documents share stand there once.
fn edits(report: &Value) -> BTreeMap<String, BTreeSet<Edit>> {
    let mut edits: BTreeMap<String, BTreeSet<Edit>> = BTreeMap::new();
    let rows = report["files"].as_array().unwrap().iter();
    for edit in rows.filter_map(|row| row.get("edits")).flat_map(|rows| rows.as_array().unwrap()) {
        let place = ["line", "column", "end_line", "end_column"];
        let place = place.map(|name| usize::try_from(edit[name].as_u64().unwrap()).unwrap());
        let text = edit["text"].as_str().unwrap().to_owned();
        edits.entry(edit["path"].as_str().unwrap().to_owned()).or_default().insert((place, text));
    }
    edits
}

fn carry_out(folder: &Path, edits: &BTreeMap<String, BTreeSet<Edit>>) {
    for (path, edits) in edits {
        let path = folder.join(path);
        let mut text = fs::read(&path).unwrap_or_default();
        for ([line, column, end_line, end_column], new) in edits.iter().rev() {
            let span = offset(&text, *line, *column)..offset(&text, *end_line, *end_column);
            text.splice(span, new.bytes());
        }
        fs::write(path, text).unwrap();
    }
}

/// The byte at a line and column, which count from 1; a byte order mark has no column.
fn offset(text: &[u8], line: usize, column: usize) -> usize {
    let before: usize =
        text.split_inclusive(|byte| *byte == b'\n').take(line - 1).map(<[u8]>::len).sum();
    let mark = if line == 1 && text.starts_with("\u{feff}".as_bytes()) { 3 } else { 0 };
    before + mark + column - 1
}

fn copy(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&to).unwrap();
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), &to).unwrap();
        }
    }
}

/// All files of a folder.
fn texts(folder: &Path) -> BTreeMap<String, String> {
    let walk = ignore::WalkBuilder::new(folder).standard_filters(false).build();
    let files = walk.map(Result::unwrap).filter(|entry| entry.path().is_file());
    let text = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    let name = |path: &Path| path.strip_prefix(folder).unwrap().display().to_string();
    files.map(|entry| (name(entry.path()), text(entry.path()))).collect()
}
