//! Nothing is written through a link that leads out of the tree, unless it was named; and when one file
//! of an application cannot be written, the others leave it able to start.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test may end in a panic")]
#![allow(clippy::disallowed_types, reason = "a test starts the command")]

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

const LAUNCH: &str = "FROM eclipse-temurin:17-jre\nCMD [\"java\", \"-jar\", \"/app.jar\"]\n";
const STARTS_SCRIPT: &str =
    "FROM eclipse-temurin:17-jre\nCOPY start.sh /start.sh\nENTRYPOINT [\"/start.sh\"]\n";
const SCRIPT: &str = "#!/bin/sh\nexec java -jar /app.jar\n";
const SERVER: &str = "const express = require(\"express\");\n";
const PACKAGE: &str =
    r#"{"dependencies":{"express":"4","dd-trace":"5"},"scripts":{"start":"node server.js"}}"#;
const UNTRACED: &str = r#"{"dependencies":{"express":"4"},"scripts":{"start":"node server.js"}}"#;

/// A repository `repository` with these files, and a folder `outside` beside it.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir_all(folder.path().join("repository/.git")).unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn link(folder: &TempDir, target: &str, name: &str) {
    let path = folder.path().join("repository").join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    symlink(target, path).unwrap();
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap()
}

/// Runs the command in the repository: its exit code, and what it says.
fn entrypatch(folder: &TempDir, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("entrypatch"));
    let output =
        command.current_dir(folder.path().join("repository")).args(arguments).output().unwrap();
    let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    (output.status.code(), said)
}

#[test]
fn nothing_is_written_through_a_link_out_of_the_tree() {
    let outside = [
        ("outside/Dockerfile", LAUNCH),
        ("outside/start.sh", SCRIPT),
        ("outside/server.js", SERVER),
        ("outside/package.json", UNTRACED),
        ("outside/folder/Dockerfile", LAUNCH),
    ];
    let inside = [
        ("repository/script/Dockerfile", STARTS_SCRIPT),
        ("repository/entry/package.json", PACKAGE),
        ("repository/package/server.js", SERVER),
        (
            "repository/package/Dockerfile",
            "FROM node:20\nWORKDIR /app\nCOPY . .\nCMD [\"node\", \"server.js\"]\n",
        ),
        (
            "repository/main/package.json",
            r#"{"dependencies":{"dd-trace":"5"},"scripts":{"start":"node ../../outside/server.js"}}"#,
        ),
    ];
    let folder = folder(&[&outside[..], &inside[..]].concat());
    link(&folder, "../outside/folder", "linked");
    link(&folder, "../../outside/Dockerfile", "own/Dockerfile");
    link(&folder, "../../outside/start.sh", "script/start.sh");
    link(&folder, "../../outside/server.js", "entry/server.js");
    link(&folder, "../../outside/package.json", "package/package.json");
    let (code, said) = entrypatch(&folder, &["fix", "--add-dependency"]);
    assert_eq!(code, Some(1), "{said}");
    for expected in [
        "own/Dockerfile: a link out of the tree, left out; name it to include it",
        "start.sh leads out of the repository",
        "nothing is edited: server.js is reached by a symbolic link",
        "main/../../outside/server.js leads out of the repository",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    for (name, text) in outside.iter().chain(&inside) {
        assert_eq!(read(&folder, name), *text, "{name}: {said}");
    }
    assert!(folder.path().join("repository/entry/server.js").is_symlink());
}

#[test]
fn a_link_that_leads_nowhere_takes_its_name() {
    let files = [("repository/package.json", PACKAGE), ("repository/server.js", SERVER)];
    let folder = folder(&files);
    link(&folder, "../outside/tracer.js", "tracer.js");
    let (code, said) = entrypatch(&folder, &["fix"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(read(&folder, "repository/server.js").starts_with("require(\"./datadog-tracer\");\n"));
    assert!(!folder.path().join("outside").exists());
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn what_is_loaded_is_written_before_what_loads_it_and_goes_after_it() {
    let files = [
        ("repository/java/Dockerfile", STARTS_SCRIPT),
        ("repository/java/start.sh", SCRIPT),
        ("repository/node/package.json", PACKAGE),
        ("repository/node/server.js", SERVER),
    ];
    let folder = folder(&files);
    let locked = ["repository/java/start.sh", "repository/node/server.js"];
    let lock = |mode: u32| locked.iter().for_each(|name| set_mode(&folder.path().join(name), mode));
    // An agent's jar and a tracer's file that nothing loads harm nobody.
    lock(0o444);
    let (code, said) = entrypatch(&folder, &["fix"]);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("java/Dockerfile: cannot write java/start.sh: the file is read-only"));
    assert!(read(&folder, "repository/java/Dockerfile").contains("ADD --chmod=755"));
    assert!(read(&folder, "repository/node/tracer.js").contains("dd-trace"));
    for name in locked {
        let before = files.iter().find(|(one, _)| *one == name).unwrap().1;
        assert_eq!(read(&folder, name), before);
    }
    lock(0o644);
    assert_eq!(entrypatch(&folder, &["fix"]).0, Some(0));
    assert!(read(&folder, "repository/java/start.sh").contains("-javaagent:"));
    // As long as something loads them, they stay.
    lock(0o444);
    assert_eq!(entrypatch(&folder, &["remove"]).0, Some(2));
    assert!(read(&folder, "repository/java/Dockerfile").contains("ADD --chmod=755"));
    assert!(read(&folder, "repository/node/tracer.js").contains("dd-trace"));
    lock(0o644);
    assert_eq!(entrypatch(&folder, &["remove"]).0, Some(0));
    for (name, text) in files {
        assert_eq!(read(&folder, name), text, "{name}");
    }
    assert!(!folder.path().join("repository/node/tracer.js").exists());
}
