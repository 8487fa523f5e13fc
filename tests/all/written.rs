//! The laws on scripts whose text stands in the Dockerfile. What a RUN writes is known from a real shell that
//! runs it; what Docker makes of a here-document, from how the text was put together.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::{cases, only_inserts, run, undo};
use entrypatch::analyse::Verdict;
use entrypatch::settings::Preset;
use proptest::prelude::*;

/// What `fix` puts in.
const OURS: &str = " -javaagent:/usr/agent/dd-java-agent.jar -Ddd.service=";
/// Where the shell of the law writes the script.
const ROOT: &str = "@ROOT@";

/// The lines of a script that starts `java` once.
fn script() -> impl Strategy<Value = Vec<String>> {
    let other = prop::sample::select(vec![
        "# java -jar",
        "set -e",
        "mkdir -p \"$DATA\"",
        "echo \"a \\\"b\\\" \\$c\"",
        "A=`id -u`",
        "B=$(date)",
        "",
        "case \"$1\" in -*) exit ;; esac",
        "printf 'x\\ty\\n'",
    ]);
    let java = prop::sample::select(vec![
        "java -jar /a.jar",
        "exec java $JAVA_OPTS -jar /a.jar \"$@\"",
        "exec java -Da='b c' -Db=\"d\\\\e\" -jar /a.jar",
        "A=1 exec java \\\n  -Xmx1g \\\n  -jar /a.jar",
        "exec \"$JAVA_HOME\"/bin/java -cp '/x/*' com.example.Main",
    ]);
    (prop::collection::vec(other, 0..4), java).prop_map(|(others, java)| {
        let mut lines = vec!["#!/bin/sh".to_owned()];
        lines.extend(others.iter().map(|line| (*line).to_owned()));
        lines.extend(java.lines().map(str::to_owned));
        lines
    })
}

fn escaped(text: &str, special: &[char]) -> String {
    let escape = |c: char| if special.contains(&c) { format!("\\{c}") } else { c.to_string() };
    text.chars().map(escape).collect()
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// A RUN that writes the script, in one of many ways.
fn writer(lines: &[String], way: &str) -> String {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let file = format!("{ROOT}/start.sh");
    match way {
        "quoted" => format!("cat >{file} <<'END'\n{text}END"),
        "filled in" => {
            format!("cat <<END >{file}\n{}END", escaped(&text, &['\\', '$', '`']))
        }
        "tabs" => {
            let lines: String = text.lines().map(|line| format!("\t{line}\n")).collect();
            format!("cat >{file} <<-\"END\"\n{lines}\tEND")
        }
        "tee" => format!("tee {file} <<'END' >/dev/null\n{text}END"),
        "nested" => {
            format!("<<OUTER\nset -e\ncat >{file} <<'END'\n{text}END\nchmod +x {file}\nOUTER")
        }
        "moved" => {
            format!("cat >{ROOT}/x <<'END' && mv {ROOT}/x {file}\n{text}END")
        }
        "lines" => {
            let words: Vec<String> = lines.iter().map(|line| quoted(line)).collect();
            format!("printf '%s\\n' {} >{file}", words.join(" \\\n  "))
        }
        "format" => {
            format!("printf {} >{file}", quoted(&escaped(&text, &['\\']).replace('\n', "\\n")))
        }
        "echo" => format!(
            "echo {} >{file}",
            quoted(&escaped(text.trim_end(), &['\\']).replace('\n', "\\n"))
        ),
        _ => {
            let echo = |(at, line): (usize, &String)| {
                let into = if at == 0 { ">" } else { ">>" };
                format!("echo {} {into}{file}", quoted(&escaped(line, &['\\'])))
            };
            lines.iter().enumerate().map(echo).collect::<Vec<_>>().join(" \\\n && ")
        }
    }
}

const WAYS: &[&str] =
    &["quoted", "filled in", "tabs", "tee", "nested", "moved", "lines", "format", "echo", "echoes"];

/// The script that a real shell leaves behind; the text of a RUN is what BuildKit hands to it.
fn written_by(run: &str) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name = format!(
        "entrypatch-written-{}-{}",
        std::process::id(),
        NEXT.fetch_add(1, Ordering::Relaxed)
    );
    let root = std::env::temp_dir().join(name);
    fs::create_dir_all(&root).unwrap();
    let script = run.strip_prefix("<<OUTER\n").and_then(|run| run.strip_suffix("\nOUTER"));
    let script = script.unwrap_or(run);
    let status = Command::new("/bin/sh")
        .args(["-ec", &script.replace(ROOT, &root.to_string_lossy())])
        .current_dir(&root)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    let text = fs::read_to_string(root.join("start.sh"));
    // A folder that is gone already is as good.
    let _ = fs::remove_dir_all(&root);
    assert!(status.success(), "{run}");
    text.unwrap()
}

fn file_with(run: &str) -> String {
    format!("FROM eclipse-temurin:17-jre\nRUN {run}\nCMD [\"sh\", \"{ROOT}/start.sh\"]\n")
        .replace(ROOT, "/opt")
}

/// What stands in place of the RUN after a fix.
fn run_in(file: &str) -> String {
    let (_, behind) = file.split_once("\nRUN ").unwrap();
    let (run, _) = behind.rsplit_once("\nCMD ").unwrap();
    run.replace("/opt/", &format!("{ROOT}/"))
}

/// Without what `fix` puts in, which stands there once.
fn without_ours(text: &str) -> Option<String> {
    let (before, behind) = text.split_once(OURS)?;
    let end = behind.find([' ', '\n'])?;
    (before.ends_with("java") || before.ends_with("java\"")).then_some(())?;
    Some(format!("{before}{}", &behind[end..])).filter(|text| !text.contains(OURS))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases().cases.div_ceil(4), ..cases() })]

    /// Laws 1, 2, 3, 5: the script that a shell writes after the fix is the one before it, with our options
    /// right behind `java`; twice is once; `remove` gives the bytes back.
    #[cfg(unix)]
    #[test]
    fn what_a_run_writes_gets_the_options(lines in script(), way in prop::sample::select(WAYS.to_vec())) {
        let writer = writer(&lines, way);
        let file = file_with(&writer);
        let analysis = run(&file, Preset::Minimal);
        let judged = analysis.launches.first().unwrap();
        prop_assert_eq!(judged.verdict, Verdict::Patchable, "{}\n{:?}", file, analysis.findings);
        let after = analysis.after().unwrap();
        prop_assert!(only_inserts(&file, after));
        let (old, new) = (written_by(&writer), written_by(&run_in(after)));
        prop_assert_eq!(without_ours(&new), Some(old), "{}", after);
        prop_assert!(run(after, Preset::Minimal).changes.is_empty(), "twice is once");
        prop_assert_eq!(undo(after).after().map(str::to_owned), Some(file), "remove");
    }

    /// The same of a here-document of COPY.
    #[test]
    fn what_is_copied_gets_the_options(
        lines in script(),
        fills_in in any::<bool>(),
        tabs in any::<bool>(),
        line_break in prop::sample::select(vec!["\n", "\r\n"]),
    ) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let own = if fills_in { escaped(&text, &['\\', '$']) } else { text.clone() };
        let tab = if tabs { "\t" } else { "" };
        let own: String = own.lines().map(|line| format!("{tab}{line}\n")).collect();
        let word = if fills_in { "END" } else { "'END'" };
        let dash = if tabs { "-" } else { "" };
        let head = "FROM eclipse-temurin:17-jre\nCOPY --chmod=755 <<";
        let foot = "END\nCMD [\"/start.sh\"]\n";
        let file = format!("{head}{dash}{word} /start.sh\n{own}{tab}{foot}").replace('\n', line_break);
        let analysis = run(&file, Preset::Minimal);
        let judged = analysis.launches.first().unwrap();
        prop_assert_eq!(judged.verdict, Verdict::Patchable, "{}\n{:?}", file, analysis.findings);
        let after = analysis.after().unwrap();
        prop_assert!(only_inserts(&file, after));
        let (_, body) = after.split_once(&format!("/start.sh{line_break}")).unwrap();
        let (body, _) = body.rsplit_once(&format!("{tab}END{line_break}")).unwrap();
        let body: String =
            body.lines().map(|line| format!("{}\n", line.strip_prefix(tab).unwrap())).collect();
        let mut new = body.clone();
        if fills_in {
            new.clear();
            let mut chars = body.chars();
            while let Some(c) = chars.next() {
                new.extend(if c == '\\' { chars.next() } else { Some(c) });
            }
        }
        prop_assert_eq!(without_ours(&new), Some(text), "{}", after);
        prop_assert!(run(after, Preset::Minimal).changes.is_empty(), "twice is once");
        prop_assert_eq!(undo(after).after().map(str::to_owned), Some(file), "remove");
    }
}
