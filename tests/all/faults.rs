//! What goes wrong on disks: every fault has its message, stops no other file, and loses no byte.

#![cfg(unix)]

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const LAUNCH: &str = "FROM eclipse-temurin:17-jre\nCMD [\"java\", \"-jar\", \"/app.jar\"]\n";

fn entrypatch(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("entrypatch"));
    command.current_dir(folder).args(arguments).output().unwrap()
}

/// A folder with a good Dockerfile in `good/`: whatever is wrong beside it, that one is patched.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("good")).unwrap();
    fs::write(folder.path().join("good/Dockerfile"), LAUNCH).unwrap();
    folder
}

/// Runs `fix`, and gives what it says; the good file must have been patched.
fn fix(folder: &TempDir) -> String {
    let output = entrypatch(folder.path(), &["fix"]);
    let good = fs::read_to_string(folder.path().join("good/Dockerfile")).unwrap();
    assert!(good.contains("-javaagent:"), "{good}");
    let left = fs::read_dir(folder.path().join("good")).unwrap().count();
    assert_eq!(left, 1, "no temporary file is left");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[test]
fn a_folder_of_that_name_is_walked() {
    let folder = folder();
    fs::create_dir(folder.path().join("Dockerfile")).unwrap();
    fs::write(folder.path().join("Dockerfile/Dockerfile"), LAUNCH).unwrap();
    assert!(fix(&folder).contains("2 files, 2 launches"));
}

#[test]
fn links_in_a_circle_end() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    symlink("b.Dockerfile", at("a.Dockerfile")).unwrap();
    symlink("a.Dockerfile", at("b.Dockerfile")).unwrap();
    symlink(".", at("again")).unwrap();
    assert!(fix(&folder).contains("1 file, 1 launch"));
    let named = entrypatch(folder.path(), &["check", "a.Dockerfile"]);
    let said = String::from_utf8_lossy(&named.stderr).into_owned();
    assert_eq!(named.status.code(), Some(2));
    assert!(
        said.contains("a.Dockerfile: cannot look at it: Too many levels of symbolic links"),
        "{said}"
    );
}

#[test]
fn a_file_with_hard_links_is_left_and_named() {
    let folder = folder();
    let (one, other) = (folder.path().join("Dockerfile"), folder.path().join("copy"));
    fs::write(&one, LAUNCH).unwrap();
    fs::hard_link(&one, &other).unwrap();
    assert!(fix(&folder).contains("Dockerfile: cannot write it: it has 2 hard links"));
    assert_eq!(fs::read_to_string(&one).unwrap(), LAUNCH);
    assert_eq!(fs::metadata(&one).unwrap().nlink(), 2);
}

#[test]
fn names_are_shown_without_control_characters_and_patched_byte_for_byte() {
    let folder = folder();
    let names: [&[u8]; 4] =
        [b"a\nb.Dockerfile", b"q\"uo'te.Dockerfile", b"\x1b[31m.Dockerfile", b"x\xff.Dockerfile"];
    for name in names {
        fs::write(folder.path().join(OsStr::from_bytes(name)), LAUNCH).unwrap();
    }
    let check = entrypatch(folder.path(), &["check"]);
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(
        said.contains("a\\nb.Dockerfile:2:6") && said.contains("\\u{1b}[31m.Dockerfile"),
        "{said}"
    );
    let patch = fix(&folder);
    for name in ["\"b/a\\nb.Dockerfile\"", "\"b/\\033[31m.Dockerfile\"", "\"b/x\\377.Dockerfile\""]
    {
        assert!(patch.contains(name), "{name}: {patch}");
    }
    for name in names {
        let text = fs::read_to_string(folder.path().join(OsStr::from_bytes(name))).unwrap();
        assert!(text.contains("-javaagent:"), "{name:?}");
    }
}

#[test]
fn what_is_no_file_is_named() {
    let folder = folder();
    let pipe = folder.path().join("Dockerfile");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    assert!(fix(&folder).contains("Dockerfile: not a regular file, left out"));
    for path in ["Dockerfile", "/dev/zero", "/dev/null"] {
        let named = entrypatch(folder.path(), &["check", path]);
        let said = String::from_utf8_lossy(&named.stderr).into_owned();
        assert_eq!(named.status.code(), Some(2));
        assert!(said.contains(&format!("{path}: cannot read it: not a regular file")), "{said}");
    }
}

#[test]
fn files_that_are_too_large_are_named() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::File::create(at("huge.Dockerfile")).unwrap().set_len(200 << 20).unwrap();
    let words = "\"x\", ".repeat(700_000);
    fs::write(at("line.Dockerfile"), format!("FROM a\nCMD [{words}\"x\"]\n")).unwrap();
    fs::write(at("lines.Dockerfile"), format!("FROM a\n{}", "ENV A=b\n".repeat(400_000))).unwrap();
    let strings = ", \\\n\"x\"".repeat(300_000);
    fs::write(at("strings.Dockerfile"), format!("FROM a\nCMD [\"java\"{strings}]\n")).unwrap();
    fs::write(at("comments.Dockerfile"), format!("{}{LAUNCH}", "# c\n".repeat(400_000))).unwrap();
    let said = fix(&folder);
    for expected in [
        "huge.Dockerfile: larger than 4 MiB: not parsed",
        "the line has more than 65535 bytes, which Docker does not read",
        "more than 50000 instructions, which entrypatch does not read",
        "an array of more than 10000 strings, which entrypatch does not read",
        "+++ b/comments.Dockerfile",
    ] {
        assert!(said.contains(expected), "{expected}");
    }
}

/// Each of these took minutes, gigabytes, or the whole process once.
#[test]
fn what_is_nested_or_chained_without_end_is_read_or_named() {
    let folder = folder();
    let write = |name: &str, text: String| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let package = r#"{"dependencies":{"express":"4"},"scripts":{"start":"node server.js"}}"#;
    write("nested/package.json", package.to_owned());
    write("nested/server.js", "(".repeat(100_000));
    write("calls/package.json", package.to_owned());
    write("calls/server.js", format!("require('express'){}", "()".repeat(20_000)));
    let copies = ["/ /", "/app /app", "/app/x /app/x", "/app /app/app"];
    let stage = |number: usize| {
        let copies = copies.map(|copy| format!("COPY --from=s{number} {copy}\n"));
        format!("FROM node:20 AS s{}\n{}", number + 1, copies.concat())
    };
    let stages: String = (0..40).map(stage).collect();
    let starts = ["\"node\", \"/app/x/dist/server.js\"", "\"/app/x/start.sh\""];
    for (name, start) in ["copies", "scripts"].iter().zip(starts) {
        let text = format!("FROM node:20 AS s0\nCOPY . /app\n{stages}CMD [{start}]\n");
        write(&format!("{name}/Dockerfile"), text);
    }
    let moves: String = (0..5_000).rev().map(|n| format!("RUN mv /x{} /x{n}\n", n + 1)).collect();
    let moved = "FROM eclipse-temurin:17-jre\nCOPY start.sh /x5000\n";
    write("moves/Dockerfile", format!("{moved}{moves}CMD [\"/x0\"]\n"));
    write("moves/start.sh", "#!/bin/sh\nexec java -jar /a.jar\n".to_owned());
    let folders = "WORKDIR a/b/c\n".repeat(20_000);
    write(
        "folders/Dockerfile",
        format!("FROM eclipse-temurin:17-jre\n{folders}CMD java -jar a.jar\n"),
    );
    let said = fix(&folder);
    for expected in
        ["its brackets are nested too deeply", "+++ b/moves/start.sh", "+++ b/folders/Dockerfile"]
    {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    assert!(!said.contains("a fault of entrypatch"), "{said}");
}

#[test]
fn zero_bytes_and_bytes_that_are_no_text_are_named_or_passed_over() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("a.Dockerfile"), b"FROM a\nRUN \xff\n").unwrap();
    fs::write(at("b.Dockerfile"), format!("{LAUNCH}RUN a\0b\n")).unwrap();
    let said = fix(&folder);
    assert!(said.contains("a.Dockerfile: not UTF-8 in line 2 (byte 11)"), "{said}");
    let text = fs::read_to_string(at("b.Dockerfile")).unwrap();
    assert!(text.contains("-javaagent:") && text.ends_with("RUN a\0b\n"), "{text:?}");
}

#[test]
fn ten_thousand_folders_deep_is_an_error_of_that_folder() {
    let folder = folder();
    let part = Path::new(&"d/".repeat(1700)).to_owned();
    // A path of 10,000 folders is longer than any call takes: each part is put below the next.
    for number in 0..6_i32 {
        let (new, before) = (folder.path().join(format!("{number}")), format!("{}", number - 1));
        fs::create_dir_all(new.join(&part)).unwrap();
        if number > 0 {
            fs::rename(folder.path().join(before), new.join(&part).join("d")).unwrap();
        }
    }
    let said = fix(&folder);
    assert!(said.contains("1 file, 1 launch"), "{}", &said[..said.len().min(500)]);
    assert!(said.contains("File name too long"));
    assert!(Command::new("rm").arg("-rf").arg(folder.path().join("5")).status().unwrap().success());
}

/// As root nothing is forbidden: the command runs as nobody then.
#[test]
fn what_may_not_be_read_or_written_is_named() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let program = at("entrypatch");
    // By a process of its own: a program that this one writes cannot be started while another test forks.
    let built = assert_cmd::cargo::cargo_bin("entrypatch");
    assert!(Command::new("cp").arg(built).arg(&program).status().unwrap().success());
    for name in ["closed", "fixed"] {
        fs::create_dir(at(name)).unwrap();
        fs::write(at(name).join("Dockerfile"), LAUNCH).unwrap();
    }
    fs::set_permissions(at("closed/Dockerfile"), fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(at("fixed"), fs::Permissions::from_mode(0o555)).unwrap();
    let mut command = Command::new(&program);
    command.current_dir(folder.path()).arg("fix");
    if fs::metadata("/proc/self").unwrap().uid() == 0 {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for name in
            ["closed", "fixed", "good", "closed/Dockerfile", "fixed/Dockerfile", "good/Dockerfile"]
        {
            std::os::unix::fs::chown(at(name), Some(65534), Some(65534)).unwrap();
        }
        command.uid(65534).gid(65534);
    }
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("closed/Dockerfile: cannot read it: Permission denied"), "{said}");
    assert!(said.contains("fixed/Dockerfile: cannot write it: Permission denied"), "{said}");
    assert_eq!(fs::read_to_string(at("fixed/Dockerfile")).unwrap(), LAUNCH);
    assert!(fs::read_to_string(at("good/Dockerfile")).unwrap().contains("-javaagent:"));
    fs::set_permissions(at("fixed"), fs::Permissions::from_mode(0o755)).unwrap();
}

/// What is read beside a Dockerfile: pipes are not waited for, and what has no end is not read to it.
#[test]
fn files_around_that_never_end_are_not_waited_for() {
    let folder = folder();
    let at = |name: &str| folder.path().join(name);
    let launch = "FROM node:20\nWORKDIR /app\nCOPY . .\nCMD [\"node\", \"server.js\"]\n";
    for name in ["pipes", "endless", "ignored", "patterns"] {
        fs::create_dir(at(name)).unwrap();
        fs::write(at(name).join("Dockerfile"), launch).unwrap();
    }
    for name in ["package.json", "server.js", ".dockerignore", "tsconfig.json", "pom.xml"] {
        let pipe = at("pipes").join(name);
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        #[cfg(target_os = "linux")]
        symlink("/proc/self/pagemap", at("endless").join(name)).unwrap();
    }
    let pipe = at("ignored").join(".gitignore");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pattern = format!("{}b\n", "*a".repeat(100_000));
    fs::write(at("patterns").join(".dockerignore"), pattern).unwrap();
    let said = fix(&folder);
    assert!(
        said.contains("ignored/.gitignore: it or .git/info/exclude is no regular file"),
        "{said}"
    );
    assert!(!said.contains("a fault of entrypatch"), "{said}");
}

#[test]
fn a_configuration_that_cannot_be_read_is_no_empty_one() {
    for (make, reason) in [
        ("ln -s nowhere entrypatch.toml", "No such file"),
        ("ln -s entrypatch.toml entrypatch.toml", "Too many levels"),
        ("mkdir entrypatch.toml", "not a regular file"),
        ("mkfifo entrypatch.toml", "not a regular file"),
        ("truncate -s 600M entrypatch.toml", "larger than 256 KiB"),
    ] {
        let folder = folder();
        let made = Command::new("sh").args(["-c", make]).current_dir(folder.path()).status();
        assert!(made.unwrap().success());
        let output = entrypatch(folder.path(), &["fix", "good"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{make}");
        let expected = "entrypatch.toml: cannot read the configuration: ";
        assert!(said.contains(expected) && said.contains(reason), "{make}: {said}");
        assert_eq!(fs::read_to_string(folder.path().join("good/Dockerfile")).unwrap(), LAUNCH);
    }
}
