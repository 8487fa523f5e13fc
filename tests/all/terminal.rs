//! Text from files, names and arguments never steers a terminal: it is shown escaped there, in every
//! format. Only a patch (and what `fix -` filters) is byte-true, and only into a pipe or a file.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// Colours, a bell, the one-byte form of `ESC [`, and a change of the direction of writing.
const NASTY: &str = "\u{1b}[31mX\u{7}\u{7f}\u{9b}31m\u{202e}";

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at(".git")).unwrap();
    let launch = format!(
        "RUN echo {NASTY}\nCMD [\"java\", \"-D{}=1\", \"-jar\", \"/a.jar\", \"$X\"]\n",
        "\u{9b}\u{202e}"
    );
    fs::write(at("Dockerfile"), format!("FROM eclipse-temurin:17-jre\n{launch}")).unwrap();
    fs::write(at(&format!("{NASTY}.Dockerfile")), format!("FROM {NASTY}\n{launch}")).unwrap();
    fs::write(at("list"), NASTY).unwrap();
    fs::write(at("unread.toml"), format!("service = \"{NASTY}\n")).unwrap();
    fs::write(at("unknown.toml"), "\"\\u001b[31m\\u009b\" = 1\n").unwrap();
    folder
}

/// Runs the command with a terminal for its output.
fn in_terminal(folder: &Path, arguments: &str) -> String {
    let program = assert_cmd::cargo::cargo_bin("entrypatch");
    let line = arguments.replace("NASTY", &format!("'{NASTY}'"));
    let line = format!("{} {line}", program.display());
    let mut command = Command::new("script");
    command.current_dir(folder).env("NO_COLOR", "1").args(["-qec", &line, "/dev/null"]);
    let Output { stdout, .. } = command.output().unwrap();
    String::from_utf8(stdout).unwrap()
}

fn assert_harmless(text: &str, arguments: &str) {
    let harmful = |c: &char| (c.is_control() && !"\n\r\t".contains(*c)) || *c == '\u{202e}';
    let found: Vec<char> = text.chars().filter(harmful).collect();
    assert!(found.is_empty(), "{arguments}: {found:?} in {text:?}");
}

#[test]
fn nothing_steers_a_terminal() {
    let folder = folder();
    for (arguments, shown) in [
        ("check", "\\u{1b}[31mX\\u{7}\\u{7f}\\u{9b}31m\\u{202e}.Dockerfile"),
        ("check --format json", "\\u001b[31mX\\u0007\\u007f\\u009b31m\\u202e.Dockerfile"),
        ("diff", "+CMD [\"java\", \"-javaagent:"),
        ("check --quiet", "\\u{9b}\\u{202e}"),
        ("inspect Dockerfile NASTY.Dockerfile", "\"-D\\u009b\\u202e=1\""),
        ("fix - <Dockerfile", "RUN echo \\u{1b}[31mX"),
        ("explain NASTY", "there is no rule"),
        ("check --select NASTY", "there is no rule"),
        ("check NASTY", "No such file"),
        ("check --file-list list", "No such file"),
        ("check --file-list NASTY", "No such file"),
        ("check --config NASTY", "No such file"),
        ("check --config unread.toml", "unread.toml"),
        ("check --config unknown.toml", "unknown field"),
        ("check --format NASTY", "invalid value"),
        ("check --jobs NASTY", "invalid value"),
        ("check --NASTY", "unexpected argument"),
        ("NASTY", "unrecognized subcommand"),
        ("check --service NASTY", "X"),
        ("check --target NASTY", "X"),
        ("fix", "\\u{202e}"),
    ] {
        let text = in_terminal(folder.path(), arguments);
        assert!(text.contains(shown), "{arguments}: {text}");
        assert_harmless(&text, arguments);
    }
}

#[test]
fn a_pipe_gets_every_byte_of_a_patch() {
    let folder = folder();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("entrypatch"));
    let output = command.current_dir(folder.path()).args(["diff", "Dockerfile"]).output().unwrap();
    let patch = String::from_utf8(output.stdout).unwrap();
    assert!(patch.contains(&format!("\n RUN echo {NASTY}\n")), "{patch:?}");
    assert_harmless(&String::from_utf8(output.stderr).unwrap(), "diff");
}
