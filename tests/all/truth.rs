//! Laws 4 and 5 against truths that the tool did not state: who runs is known from how a command was put
//! together, and what a RUN does from a real shell that runs it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::common::{cases, run};
use entrypatch::analyse::Verdict;
use entrypatch::settings::Preset;
use proptest::prelude::*;

const JAR: &str = "/usr/agent/dd-java-agent.jar";

/// Words in front of a command, and the user that they change to.
type Wrapper = (&'static [&'static str], Option<&'static str>);

/// By the manuals of each; nothing of the tool is asked.
const WRAPPERS: &[Wrapper] = &[
    (&["tini", "--"], None),
    (&["nice", "-n", "5"], None),
    (&["env", "-u", "X", "A=b"], None),
    (&["setpriv", "--no-new-privs"], None),
    (&["gosu", "app"], Some("app")),
    (&["gosu", "root"], Some("root")),
    (&["su-exec", "1000:1000"], Some("1000")),
    (&["s6-setuidgid", "app"], Some("app")),
    (&["chpst", "-v", "-u", "app:app"], Some("app")),
    (&["chpst", "-u", ":0:0"], Some("root")),
    (&["sudo"], Some("root")),
    (&["sudo", "-E", "-u", "app"], Some("app")),
    (&["sudo", "-n", "--user=app", "-g", "app"], Some("app")),
    (&["doas", "-u", "app"], Some("app")),
    (&["setpriv", "--reuid=1000", "--regid", "1000", "--init-groups"], Some("1000")),
    (&["setpriv", "--reuid", "0", "--"], Some("root")),
    (&["runuser", "-u", "app", "--"], Some("app")),
];

/// How a command reaches the container.
#[derive(Debug, Clone, Copy)]
enum Form {
    Exec,
    Shell,
    ShellCommand,
    Su,
    SuToRoot,
}

fn instruction(form: Form, wrappers: &[Wrapper], java: &str) -> String {
    let words = wrappers.iter().flat_map(|(words, _)| words.iter().copied());
    let before: Vec<&str> = words.collect();
    let line = format!("{} {java}", before.join(" "));
    match form {
        Form::Exec => {
            let words: Vec<String> =
                line.split_whitespace().map(|word| format!("{word:?}")).collect();
            format!("[{}]", words.join(", "))
        }
        Form::Shell => format!("exec {}", line.trim()),
        Form::ShellCommand => format!("[\"sh\", \"-c\", \"{}\"]", line.trim()),
        Form::Su => format!("su -s /bin/sh app -c \"{}\"", line.trim()),
        Form::SuToRoot => format!("su -c \"{}\"", line.trim()),
    }
}

/// A line of a RUN that does something to files; `@` stands for the root of the image.
fn line() -> impl Strategy<Value = String> {
    let path = prop::sample::select(vec![
        "@/usr/agent",
        "@/usr/agent/",
        "@/usr/agent/dd-java-agent.jar",
        "@/usr/agent/*.jar",
        "@/usr/agent/*.md",
        "@/usr/agent/other.txt",
        "@/usr/lib",
        "@/usr",
        "@/opt",
        "@/opt/x",
        "agent",
        "agent/dd-java-agent.jar",
        "dd-java-agent.jar",
        "./*",
        "*.jar",
        "\"$D\"",
        "$D/dd-java-agent.jar",
        "${D}",
        "$E/agent",
    ]);
    // A copy of another folder may bring anything.
    let own = prop::sample::select(vec![
        "@/usr/agent",
        "@/usr/agent/dd-java-agent.jar",
        "dd-java-agent.jar",
        "@/usr/agent/other.txt",
    ]);
    let command = (
        prop::sample::select(vec![
            "rm -rf", "rm -f", "rm", "rm -r --", "mv", "cp -r", "cp", "ls", "echo", "cat", "touch",
            "mkdir -p",
        ]),
        path.clone(),
        own,
    )
        .prop_map(|(program, one, other)| match program {
            "mv" | "cp -r" | "cp" => format!("{program} {other} {one}"),
            program => format!("{program} {one}"),
        });
    let folder = prop::sample::select(vec![
        "cd @/usr",
        "cd @/usr/agent",
        "cd @/opt",
        "cd agent",
        "cd @/usr/agent/..",
        "cd \"$D\"",
        "cd $E",
    ]);
    let assignment = prop::sample::select(vec![
        "D=@/usr/agent",
        "D=@/opt",
        "export E=@/usr",
        "E=agent; D=@/usr/$E",
        "D=$E/agent",
    ]);
    let written = path.clone().prop_map(|path| format!("echo text >{path}"));
    let told = command.clone().prop_map(|command| format!("echo '; {command}; '"));
    let looped =
        path.prop_map(|path| format!("for d in lib agent {path}; do rm -rf @/usr/$d; done"));
    let looped_in = Just("for d in agent lib; do rm -rf $d; done".to_owned());
    let simple = prop_oneof![
        6 => command,
        3 => folder.prop_map(str::to_owned),
        2 => assignment.prop_map(str::to_owned),
        1 => written,
        2 => told,
        1 => looped,
        1 => looped_in,
    ];
    simple.prop_recursive(2, 6, 3, |inner| {
        let list = prop::collection::vec(inner, 1..3).prop_map(|lines| lines.join("; "));
        prop_oneof![
            list.clone().prop_map(|list| format!("( {list})")),
            list.clone().prop_map(|list| format!("{{ {list}; }}")),
            list.clone().prop_map(|list| format!("if true; then {list}; fi")),
            list.prop_map(|list| format!("sudo sh -ec {}", quoted(&list))),
        ]
    })
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Whether the jar is there after a real shell has run a text in a root of its own, which no line leaves;
/// `None` where the text fails, and with it the build.
fn keeps_the_jar(text: &str) -> Option<bool> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let name =
        format!("entrypatch-truth-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    let root = std::env::temp_dir().join(name);
    for folder in ["usr/agent", "usr/lib", "opt"] {
        fs::create_dir_all(root.join(folder)).unwrap();
    }
    let at = |path: &str| root.join(path.trim_start_matches('/'));
    fs::write(at(JAR), "jar").unwrap();
    fs::write(at("/usr/agent/other.txt"), "text").unwrap();
    let own = root.to_string_lossy();
    let script = format!("sudo() {{ \"$@\"; }}\n{}", text.replace('@', &own));
    let status = Command::new("/bin/sh")
        .args(["-c", &script])
        .current_dir(&root)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    let is_there = at(JAR).exists();
    remove(&root);
    status.success().then_some(is_there)
}

fn remove(root: &Path) {
    // A folder that is gone already is as good.
    let _ = fs::remove_dir_all(root);
}

proptest! {
    #![proptest_config(cases())]

    /// The jar that ADD downloads has mode 0600: whoever does not run as root needs another one.
    #[test]
    fn who_runs_decides_whether_the_jar_can_be_read(
        user in prop::sample::select(vec![None, Some("root"), Some("app"), Some("1000"), Some("0:0")]),
        wrappers in prop::collection::vec(prop::sample::select(WRAPPERS.to_vec()), 0..4),
        form in prop::sample::select(vec![
            Form::Exec, Form::Exec, Form::Shell, Form::ShellCommand, Form::Su, Form::SuToRoot,
        ]),
    ) {
        let java = format!("java -javaagent:{JAR} -jar /a.jar");
        let line = instruction(form, &wrappers, &java);
        let before = user.map(|user| format!("USER {user}\n")).unwrap_or_default();
        let text =
            format!("FROM eclipse-temurin:17-jre\nADD https://dtdg.co/x {JAR}\n{before}CMD {line}\n");
        let by_form = match form {
            Form::Su => Some("app"),
            Form::SuToRoot => Some("root"),
            _ => None,
        };
        let last = wrappers.iter().rev().find_map(|(_, user)| *user);
        let runs_as = last.or(by_form).or(user).unwrap_or("root");
        let is_root = matches!(runs_as, "root" | "0:0");
        let analysis = run(&text, Preset::Minimal);
        prop_assert!(!analysis.launches.is_empty(), "{}", text);
        let told = analysis.findings.iter().any(|finding| finding.rule == "agent-jar-unreadable");
        prop_assert_eq!(told, !is_root, "{}", text);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases().cases.div_ceil(4), ..cases() })]

    /// What a real shell does to the jar is what the tool says of it: a jar that is gone is never taken
    /// for one that is there.
    #[cfg(unix)]
    #[test]
    fn a_run_does_to_the_jar_what_a_shell_does(lines in prop::collection::vec(line(), 1..5)) {
        let text = format!("set -e\n{}", lines.join("\n"));
        let keeps = keeps_the_jar(&format!("export D=@/opt E=@/usr\n{text}"));
        let body = text.replace('@', "");
        let dockerfile = format!(
            "FROM eclipse-temurin:17-jre\nADD --chmod=755 https://dtdg.co/x {JAR}\nENV D=/opt E=/usr\nRUN <<END\n{body}\nEND\nCMD [\"java\", \"-javaagent:{JAR}\", \"-jar\", \"/a.jar\"]\n"
        );
        let analysis = run(&dockerfile, Preset::Minimal);
        let removed = analysis.findings.iter().any(|finding| {
            finding.rule == "agent-jar-missing" && finding.message.contains("removes")
        });
        if keeps == Some(false) {
            prop_assert!(removed, "a jar that is gone:\n{}", body);
            prop_assert!(analysis.launches.iter().all(|one| one.verdict == Verdict::Refused));
        }
    }
}
