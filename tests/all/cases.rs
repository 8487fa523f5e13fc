//! Runs the cases. A case is a document `NAME.md` that makes one claim and shows commands with their
//! output (standard output, then standard error; `? N` is an exit code), a folder `NAME.in` to run
//! them in, and a folder `NAME.out` with exactly what must be on disk afterwards.
//!
//! `CASES=NAME cargo test --test all cases` runs one case; `CASES=overwrite` writes what the
//! commands really print and leave, `CASES=overwrite:NAME` that of one case.
//! (`trycmd` was tried: it compares text in which `\` is `/` and CRLF is LF.)

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const CASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/cases");

#[test]
fn cases() {
    let wanted = std::env::var("CASES").unwrap_or_default();
    let (overwrite, name) = match wanted.strip_prefix("overwrite") {
        Some(rest) => (true, rest.strip_prefix(':').unwrap_or(rest)),
        None => (false, wanted.as_str()),
    };
    let mut failed = Vec::new();
    for document in documents(name) {
        let folder = sandbox(&document);
        let expected = fs::read_to_string(&document).unwrap();
        let found = run(&expected, &folder);
        if overwrite {
            fs::write(&document, &found).unwrap();
            write_files(&document.with_extension("out"), &files(&folder));
        } else if found != expected {
            let patch = diffy::create_patch(&expected, &found);
            failed.push(format!("{}:\n{patch}", document.display()));
        }
        if files(&folder) != files(&document.with_extension("out")) {
            failed.push(format!("{}: the folder is not `.out`", document.display()));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// The documents of all cases, or of the one of this name.
fn documents(name: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(CASES).unwrap().map(|entry| entry.unwrap().path());
    let mut documents: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|end| end == "md")).collect();
    assert!(documents.len() > 40);
    if !name.is_empty() {
        documents.retain(|document| document.file_stem().unwrap() == name);
        assert!(!documents.is_empty(), "no case is called {name:?}");
    }
    documents
}

/// A copy of the case's folder, as the root of a repository of its own.
fn sandbox(document: &Path) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(document.file_stem().unwrap());
    write_files(&folder, &files(&document.with_extension("in")));
    fs::create_dir_all(folder.join(".git")).unwrap();
    folder
}

/// Runs the commands of a document, and gives the document with what they printed.
fn run(document: &str, folder: &Path) -> String {
    let mut result = String::new();
    let mut lines = document.split_inclusive('\n');
    while let Some(line) = lines.next() {
        result.push_str(line);
        if line != "```console\n" {
            continue;
        }
        let command = lines.next().unwrap();
        result.push_str(command);
        result.push_str(&output(command.trim().strip_prefix("$ entrypatch ").unwrap(), folder));
        result.push_str("```\n");
        while lines.next().unwrap() != "```\n" {}
    }
    result
}

fn output(arguments: &str, folder: &Path) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_entrypatch"));
    command.args(words(arguments)).current_dir(folder).env_remove("CLICOLOR_FORCE");
    let output = command.output().unwrap();
    let mut text = match output.status.code().unwrap() {
        0 => String::new(),
        code => format!("? {code}\n"),
    };
    for stream in [output.stdout, output.stderr] {
        text.push_str(&String::from_utf8(stream).unwrap());
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
    }
    text
}

/// Every file below a folder, `.git` left out.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with(".git") {
                folders.push(path);
            } else if path.is_file() {
                let relative = path.strip_prefix(folder).unwrap().to_path_buf();
                files.insert(relative, fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn write_files(folder: &Path, files: &BTreeMap<PathBuf, Vec<u8>>) {
    fs::remove_dir_all(folder).ok();
    for (path, bytes) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

/// Splits a command line at blanks outside single quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words
}
