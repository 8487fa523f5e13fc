//! Nothing is written through a link that leads out of the tree, unless it was named; and when one file
//! of an application cannot be written, the others leave it able to start.

#![cfg(unix)]

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

#[test]
fn the_file_that_the_system_finds_is_the_one_that_is_written() {
    let files = [("repository/Dockerfile", LAUNCH), ("repository/other/Dockerfile", LAUNCH)];
    let folder = folder(&files);
    fs::create_dir(folder.path().join("repository/other/below")).unwrap();
    link(&folder, "other/below", "link");
    assert_eq!(entrypatch(&folder, &["fix", "link/../Dockerfile"]).0, Some(0));
    assert_eq!(read(&folder, "repository/Dockerfile"), LAUNCH);
    assert!(read(&folder, "repository/other/Dockerfile").contains("-javaagent:"));
}

#[test]
fn a_flag_comes_behind_the_dependency_and_goes_before_it() {
    let package =
        r#"{"type":"module","dependencies":{"express":"4"},"scripts":{"start":"node server.mjs"}}"#;
    let dockerfile =
        "FROM node:20\nWORKDIR /app\nCOPY . .\nRUN npm install\nCMD [\"node\", \"server.mjs\"]\n";
    let files = [
        ("repository/package.json", package),
        ("repository/server.mjs", "import express from \"express\";\nexpress();\n"),
        ("repository/Dockerfile", dockerfile),
    ];
    let folder = folder(&files);
    let path = folder.path().join("repository/package.json");
    set_mode(&path, 0o444);
    assert_eq!(entrypatch(&folder, &["fix", "--add-dependency"]).0, Some(2));
    assert_eq!(read(&folder, "repository/Dockerfile"), dockerfile);
    set_mode(&path, 0o644);
    assert_eq!(entrypatch(&folder, &["fix", "--add-dependency"]).0, Some(0));
    assert!(read(&folder, "repository/Dockerfile").contains("--import"));
    assert!(read(&folder, "repository/package.json").contains("dd-trace"));
    // A flag that is there already is no reason to leave the dependency out.
    fs::write(&path, package).unwrap();
    assert_eq!(entrypatch(&folder, &["fix", "--add-dependency"]).0, Some(0));
    assert!(read(&folder, "repository/package.json").contains("dd-trace"));
}

#[test]
fn a_script_is_left_where_a_dockerfile_that_starts_it_cannot_follow() {
    for (name, text) in [("locked", STARTS_SCRIPT), ("not-utf-8", "")] {
        let files = [
            (
                "repository/a/Dockerfile",
                "FROM eclipse-temurin:17-jre\nCOPY bin/start.sh /start.sh\nCMD [\"/start.sh\"]\n",
            ),
            ("repository/bin/start.sh", SCRIPT),
        ];
        let folder = folder(&files);
        let other = folder.path().join("repository/b/Dockerfile");
        fs::create_dir(other.parent().unwrap()).unwrap();
        if text.is_empty() {
            fs::write(&other, b"FROM a\nCOPY bin/start.sh /\nCMD [\"/start.sh\"]\n# \xff\n")
                .unwrap();
        } else {
            fs::write(&other, files[0].1).unwrap();
            set_mode(&other, 0o444);
        }
        let (code, said) = entrypatch(&folder, &["fix"]);
        assert!(said.contains("not all of which can get the same edit"), "{name}: {said}");
        assert_ne!(code, Some(0));
        assert_eq!(read(&folder, "repository/bin/start.sh"), SCRIPT);
        assert_eq!(read(&folder, "repository/a/Dockerfile"), files[0].1);
    }
}

#[test]
fn a_source_by_standard_input_is_what_was_piped() {
    use std::io::Write as _;
    let files = [("repository/package.json", PACKAGE), ("repository/server.js", SERVER)];
    let folder = folder(&files);
    let run = |task: &str, text: &str| {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("entrypatch"));
        command.args([task, "-", "--stdin-filename", "server.js"]);
        command.current_dir(folder.path().join("repository"));
        let pipe = std::process::Stdio::piped;
        let mut child = command.stdin(pipe()).stdout(pipe()).stderr(pipe()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code(), said)
    };
    let (code, said) = run("fix", "// new\nconst express = require(\"express\");\n");
    assert!(code == Some(2) && said.contains("tracer.js would have to change too"), "{said}");
    let (code, said) = run("check", "require(\"dd-trace\").init();\nrequire(\"express\");\n");
    assert!(code == Some(0) && said.contains("1 instrumented"), "{said}");
    fs::write(folder.path().join("repository/tracer.js"), "require(\"dd-trace\").init();\n")
        .unwrap();
    let (code, said) = run("fix", "// new\nconst express = require(\"express\");\n");
    assert!(code == Some(0) && said.contains("// new\n"), "{said}");
    assert!(
        said.starts_with("// new\nrequire(\"./tracer\");\n")
            || said.starts_with("require(\"./tracer\");\n// new\n"),
        "{said}"
    );
}
