//! The command on real files: bytes, modes, links, streams.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

const LAUNCH: &str = "FROM eclipse-temurin:17-jre\nCMD [\"java\", \"-jar\", \"/app.jar\"]\n";
const PATCHED: &str = "FROM eclipse-temurin:17-jre\nCMD [\"java\", \
                       \"-javaagent:/usr/agent/dd-java-agent.jar\", \"-Ddd.service=x\", \"-jar\", \"/app.jar\"]\n";

fn entrypatch(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::cargo_bin("entrypatch").unwrap();
    command.current_dir(folder).args(arguments);
    let minimal = ["--service", "x", "--preset", "minimal", "--provide", "none"];
    command.args(minimal).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
    command
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap()
}

/// COPY keeps the mode that a file has in the build context.
#[cfg(unix)]
#[test]
fn a_jar_that_only_its_owner_can_read_in_the_context_is_reported() {
    use std::os::unix::fs::PermissionsExt as _;
    let dockerfile = "FROM eclipse-temurin:17-jre\nCOPY dd-java-agent.jar /usr/agent/\n\
                      USER 1000\nCMD [\"java\", \"-jar\", \"/app.jar\"]\n";
    let folder = folder(&[("Dockerfile", dockerfile), ("dd-java-agent.jar", "a jar")]);
    let jar = folder.path().join("dd-java-agent.jar");
    for (mode, reported) in [(0o600, true), (0o644, false)] {
        fs::set_permissions(&jar, fs::Permissions::from_mode(mode)).unwrap();
        let output = entrypatch(folder.path(), &["check"]).output().unwrap();
        let output = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.contains("has mode 0600"), reported, "{output}");
    }
}

/// A filter has one output: it does not edit a script beside it.
#[test]
fn a_script_is_not_edited_beside_standard_input() {
    let dockerfile = "FROM eclipse-temurin:17-jre\nCOPY start.sh /\nCMD [\"/start.sh\"]\n";
    let script = "#!/bin/sh\nexec java -jar /app.jar\n";
    let folder = folder(&[("Dockerfile", dockerfile), ("start.sh", script)]);
    let run = |command: &str| {
        entrypatch(folder.path(), &[command, "-"]).write_stdin(dockerfile).output().unwrap()
    };
    let fix = run("fix");
    assert_eq!(fix.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&fix.stdout), dockerfile);
    assert!(String::from_utf8_lossy(&fix.stderr).contains("name the file"));
    assert_eq!(read(&folder, "start.sh"), script);
    assert!(String::from_utf8_lossy(&run("diff").stdout).contains("+++ b/start.sh"));
}

#[test]
fn every_byte_outside_the_edit_stays() {
    let text = "\u{feff}FROM eclipse-temurin:17-jre\r\n# a \r b\nCMD [\"java\",\t\"-jar\", \"/app.jar\"] \t";
    let folder = folder(&[("Dockerfile", text)]);
    entrypatch(folder.path(), &["fix"]).assert().success();
    let inserted = "\t\"-javaagent:/usr/agent/dd-java-agent.jar\",\t\"-Ddd.service=x\",";
    let expected = text.replacen("\"java\",", &format!("\"java\",{inserted}"), 1);
    assert_eq!(read(&folder, "Dockerfile"), expected);
}

/// The edit that the article does by hand, argument for argument.
#[test]
fn the_articles_launch_becomes_the_articles_result() {
    let from = "FROM eclipse-temurin:17-jre\n";
    let shapes = [
        format!(
            "{from}ENTRYPOINT [\"java\",\"-Dspring.profiles.active=production\", \"-jar\",\"/app.jar\"]\n"
        ),
        format!(
            "{from}ENTRYPOINT [\"java\", \\\n  # why\n  \"-Dspring.profiles.active=production\", \\\n  \
             \"-jar\",\"/app.jar\"]\n"
        ),
        format!(
            "{from}entrypoint [\"java\",\"-Dspring.profiles.active=production\", \"-jar\",\"/app.jar\"]"
        )
        .replace('\n', "\r\n"),
    ];
    let article = "java -javaagent:/usr/agent/dd-java-agent.jar -Ddd.agent.host=localhost \
                   -Ddd.profiling.enabled=true -XX:FlightRecorderOptions=stackdepth=256 \
                   -Ddd.logs.injection=true -Ddd.service=discovery-api -Ddd.env=prod \
                   -Dspring.profiles.active=production -jar /app.jar";
    for text in shapes {
        let folder = folder(&[("Dockerfile", &text)]);
        for (command, key) in [("check", "patched_argv"), ("fix", "argv")] {
            let mut run = Command::cargo_bin("entrypatch").unwrap();
            run.current_dir(folder.path()).args([command, "--format", "json"]);
            run.args(["--service", "discovery-api", "--env", "prod"]);
            let report: serde_json::Value =
                serde_json::from_slice(&run.output().unwrap().stdout).unwrap();
            let launch = &report["files"][0]["launches"][0];
            let argv: Vec<&str> =
                launch[key].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
            assert_eq!(argv.join(" "), article, "{command} {text:?}");
            assert_eq!(launch["form"], "exec");
        }
    }
}

#[test]
fn an_added_line_ends_as_its_neighbours_do() {
    let text = LAUNCH.replace('\n', "\r\n");
    let folder = folder(&[("Dockerfile", text.trim_end())]);
    let mut command = Command::cargo_bin("entrypatch").unwrap();
    command.current_dir(folder.path()).args(["fix", "--service", "x"]).assert().success();
    let fixed = read(&folder, "Dockerfile");
    assert!(fixed.contains("dd-java-agent.jar\r\nCMD") && !fixed.ends_with('\n'), "{fixed:?}");
}

#[test]
fn standard_input_is_filtered() {
    let folder = folder(&[]);
    entrypatch(folder.path(), &["fix", "-"]).write_stdin(LAUNCH).assert().success().stdout(PATCHED);
    entrypatch(folder.path(), &["fix", "-"])
        .write_stdin(PATCHED)
        .assert()
        .success()
        .stdout(PATCHED);
    let diff = entrypatch(folder.path(), &["diff", "-", "--stdin-filename", "a/b.Dockerfile"])
        .write_stdin(LAUNCH)
        .assert()
        .code(1);
    let patch = String::from_utf8(diff.get_output().stdout.clone()).unwrap();
    assert!(patch.starts_with("diff --git a/a/b.Dockerfile b/a/b.Dockerfile\n"), "{patch}");
    entrypatch(folder.path(), &["check", "-"]).write_stdin(&b"FROM \xff"[..]).assert().code(2);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn paths_in_patches_start_at_the_root_of_the_repository() {
    let folder = folder(&[("repo/.git/HEAD", ""), ("repo/api/Dockerfile", LAUNCH)]);
    let api = folder.path().join("repo/api");
    let diff = entrypatch(&api, &["diff", "Dockerfile"]).assert().code(1);
    let patch = String::from_utf8(diff.get_output().stdout.clone()).unwrap();
    assert!(patch.contains("\n--- a/api/Dockerfile\n"), "{patch}");
}

#[test]
fn the_nearest_configuration_does_not_reach_above_the_repository() {
    let folder = folder(&[
        ("entrypatch.toml", "no such key = 1"),
        ("repo/.git/HEAD", ""),
        ("repo/entrypatch.toml", "agent-path = '/dd.jar'"),
        ("repo/api/Dockerfile", LAUNCH),
    ]);
    entrypatch(&folder.path().join("repo"), &["fix"]).assert().success();
    assert!(read(&folder, "repo/api/Dockerfile").contains("-javaagent:/dd.jar"));
}

#[test]
fn a_broken_configuration_in_one_folder_does_not_stop_the_others() {
    let folder = folder(&[
        ("a/entrypatch.toml", "servce = 'x'"),
        ("a/Dockerfile", LAUNCH),
        ("b/Dockerfile", LAUNCH),
    ]);
    let run = entrypatch(folder.path(), &["fix"]).assert().code(2);
    let errors = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    assert!(errors.contains("a/Dockerfile") && errors.contains("servce"), "{errors}");
    assert_eq!(read(&folder, "a/Dockerfile"), LAUNCH);
    assert_eq!(read(&folder, "b/Dockerfile"), PATCHED);
}

#[test]
fn a_file_over_the_limit_is_named_and_not_parsed() {
    let folder = folder(&[("Dockerfile", LAUNCH)]);
    fs::write(folder.path().join("Dockerfile.big"), vec![b'#'; (4 << 20) + 1]).unwrap();
    let run = entrypatch(folder.path(), &["fix"]).assert().code(2);
    let errors = String::from_utf8(run.get_output().stderr.clone()).unwrap();
    assert!(errors.contains("Dockerfile.big: larger than 4 MiB"), "{errors}");
    assert_eq!(read(&folder, "Dockerfile"), PATCHED);
}

#[test]
fn a_bundle_of_five_megabytes_is_named_and_not_read() {
    let bundle = format!("require(\"express\")().listen(3000);\n{}", "f();\n".repeat(1 << 20));
    let package = "{ \"scripts\": { \"start\": \"node server.js\" }, \"dependencies\": { \"express\": \"4\" } }";
    let folder = folder(&[("package.json", package), ("server.js", &bundle)]);
    let check = entrypatch(folder.path(), &["check"]).output().unwrap();
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(said.contains("server.js: it is larger than 256 KiB"), "{said}");
    // What is loaded before the tracer and cannot be read may load anything.
    let server = "require(\"./bundle\");\nrequire(\"dd-trace\").init();\n";
    let package = package.replace("\"express\"", "\"dd-trace\"");
    std::fs::write(folder.path().join("server.js"), server).unwrap();
    std::fs::write(folder.path().join("bundle.js"), &bundle).unwrap();
    std::fs::write(folder.path().join("package.json"), package).unwrap();
    let check = entrypatch(folder.path(), &["check"]).output().unwrap();
    let said = String::from_utf8_lossy(&check.stdout).into_owned();
    assert!(said.contains("./bundle is loaded before the tracer, and may load"), "{said}");
}

#[test]
fn control_characters_of_a_file_do_not_reach_the_terminal() {
    let folder = folder(&[("Dockerfile", "FROM x\nNOPE\u{1b}[31m red\n")]);
    let run = entrypatch(folder.path(), &["check", "--color", "never"]).assert().code(1);
    assert!(!run.get_output().stdout.contains(&0x1b));
    assert!(String::from_utf8_lossy(&run.get_output().stdout).contains("\\u{1b}"));
}

#[test]
fn the_number_of_jobs_does_not_change_a_byte() {
    let names: Vec<String> = (0..300).map(|at| format!("service-{at}/Dockerfile")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), LAUNCH)).collect();
    let folder = folder(&files);
    let run = |jobs: &str| {
        let output = entrypatch(folder.path(), &["diff", "--jobs", jobs]).assert().code(1);
        (output.get_output().stdout.clone(), output.get_output().stderr.clone())
    };
    assert_eq!(run("1"), run("4"));
}

#[test]
fn a_closed_pipe_does_not_stop_the_work() {
    let names: Vec<String> = (0..600).map(|at| format!("service-{at}/Dockerfile")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), LAUNCH)).collect();
    let folder = folder(&files);
    let mut fix = std::process::Command::new(env!("CARGO_BIN_EXE_entrypatch"));
    fix.args(["fix", "--quiet", "--service", "x", "--preset", "minimal", "--provide", "none"]);
    fix.current_dir(folder.path()).stdout(std::process::Stdio::piped());
    let mut fix = fix.spawn().unwrap();
    drop(fix.stdout.take());
    assert_eq!(fix.wait().unwrap().code(), Some(0));
    assert!(names.iter().all(|name| read(&folder, name) == PATCHED));
}

#[test]
fn patterns_above_the_repository_count_for_nothing_as_for_git() {
    let files =
        [("home/.gitignore", "*\n"), ("home/work/.git/HEAD", ""), ("home/work/Dockerfile", LAUNCH)];
    let folder = folder(&files);
    let run = entrypatch(&folder.path().join("home/work"), &["check"]).assert().code(1);
    let text = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    assert!(text.contains("1 file, 1 launch"), "{text}");
}

#[test]
fn rules_are_explained() {
    let folder = folder(&[]);
    let mut command = Command::cargo_bin("entrypatch").unwrap();
    let run = command.current_dir(folder.path()).args(["explain", "malformed-exec-form"]).assert();
    let text = String::from_utf8(run.success().get_output().stdout.clone()).unwrap();
    assert!(text.starts_with("# malformed-exec-form\n") && text.contains("[java,: not found"));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    #[test]
    fn a_link_is_resolved_and_its_target_written() {
        let folder = folder(&[("tree/real/prod.txt", LAUNCH), ("outside/Dockerfile", LAUNCH)]);
        let tree = folder.path().join("tree");
        symlink("real/prod.txt", tree.join("Dockerfile")).unwrap();
        symlink("../outside/Dockerfile", tree.join("Dockerfile.out")).unwrap();
        let run = entrypatch(&tree, &["fix", "."]).assert().success();
        let notes = String::from_utf8(run.get_output().stderr.clone()).unwrap();
        assert!(notes.contains("Dockerfile.out: a link out of the tree"), "{notes}");
        assert_eq!(read(&folder, "tree/real/prod.txt"), PATCHED);
        assert_eq!(read(&folder, "outside/Dockerfile"), LAUNCH);
        assert!(tree.join("Dockerfile").is_symlink());

        entrypatch(&tree, &["fix", "Dockerfile.out"]).assert().success();
        assert_eq!(read(&folder, "outside/Dockerfile"), PATCHED);
        assert!(tree.join("Dockerfile.out").is_symlink());
    }

    #[test]
    fn a_read_only_file_is_left_and_named() {
        let folder = folder(&[("a/Dockerfile", LAUNCH), ("b/Dockerfile", LAUNCH)]);
        let path = folder.path().join("a/Dockerfile");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
        let run = entrypatch(folder.path(), &["fix"]).assert().code(2);
        let errors = String::from_utf8(run.get_output().stderr.clone()).unwrap();
        assert!(
            errors.contains("a/Dockerfile: cannot write it: the file is read-only"),
            "{errors}"
        );
        assert_eq!(read(&folder, "a/Dockerfile"), LAUNCH);
        assert_eq!(read(&folder, "b/Dockerfile"), PATCHED);
    }

    #[test]
    fn the_mode_is_kept() {
        let folder = folder(&[("Dockerfile", LAUNCH)]);
        let path = folder.path().join("Dockerfile");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        entrypatch(folder.path(), &["fix"]).assert().success();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
    }

    #[test]
    fn what_is_no_regular_file_is_left_out() {
        let folder = folder(&[("Dockerfile.d/Dockerfile", LAUNCH)]);
        let pipe = folder.path().join("Dockerfile");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let run = entrypatch(folder.path(), &["fix"]).assert().success();
        let notes = String::from_utf8(run.get_output().stderr.clone()).unwrap();
        assert!(notes.contains("Dockerfile: not a regular file"), "{notes}");
        assert_eq!(read(&folder, "Dockerfile.d/Dockerfile"), PATCHED);
        entrypatch(folder.path(), &["fix", "Dockerfile"]).assert().code(2);
    }
}
