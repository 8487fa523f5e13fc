//! The laws on launches that are not exec form: shell text at several levels of quoting, variables
//! that carry options; and `remove`, which undoes them all.
//!
//! `PROPTEST_CASES` sets how many are tried; 1,000 by default.

use crate::common::{cases, only_inserts, preset, run, undo};
use entrypatch::analyse::Verdict;
use entrypatch::cooked::Cooked;
use entrypatch::dockerfile;
use entrypatch::facts;
use entrypatch::shell;
use proptest::prelude::*;

/// Shell text with one `java` command that a shell reaches.
fn shell_text() -> impl Strategy<Value = String> {
    let java = prop_oneof![
        3 => Just("java"),
        1 => Just("\"$JAVA_HOME\"/bin/java"),
        1 => Just("/usr/bin/java"),
        1 => Just("'java'"),
        1 => Just("${JAVACMD:-java}"),
    ];
    let argument = prop_oneof![
        Just("$JAVA_OPTS"),
        Just("-Da='b c'"),
        Just("-Dé=\"ü $X\""),
        Just("-Dj=\\\"q\\\""),
        Just("$(cat /opts)"),
        Just("`id -u`"),
        Just("${A:-\"b c\"}"),
        Just("-Xmx1g"),
        Just(">/log"),
        Just("2>&1"),
    ];
    let command = (
        prop::sample::select(vec!["", "exec ", "TZ=UTC ", "exec gosu app ", "nice -n 5 "]),
        java,
        prop::collection::vec(argument, 0..4),
        prop::sample::select(vec![
            "-jar /app.jar",
            "-cp '/app/*' com.example.Main \"$@\"",
            "-jar $JAR",
        ]),
    )
        .prop_map(|(before, java, arguments, program)| {
            let mut words = vec![java];
            words.extend(arguments);
            words.push(program);
            format!("{before}{}", words.join(" "))
        });
    let around = prop::sample::select(vec![
        ("", ""),
        ("cd /srv && ", ""),
        ("echo \"java -jar\"; ", " | tee /log"),
        ("if [ -n \"$X\" ]; then ", "; else true; fi"),
        ("{ ", "; }"),
        ("( ", " )"),
        ("java -version && ", " || exit 1"),
        ("for i in 1 2; do ", "; done"),
        ("case $X in a) ", " ;; *) exit ;; esac"),
    ]);
    (around, command).prop_map(|((before, behind), command)| format!("{before}{command}{behind}"))
}

/// How the text stands in the file.
fn carried() -> impl Strategy<Value = (String, String)> {
    let carrier = prop::sample::select(vec!["shell", "array", "continued", "crlf"]);
    (shell_text(), carrier, prop::sample::select(vec!["ENTRYPOINT", "cmd"])).prop_map(
        |(text, carrier, keyword)| {
            let json = serde_json::Value::from(text.as_str()).to_string();
            let line = match carrier {
                "array" => format!("{keyword} [\"sh\", \"-c\", {json}, \"--\"]"),
                // Docker joins the lines before a shell reads them.
                "continued" => format!("{keyword} {}", text.replacen(' ', " \\\n  # java\n  ", 1)),
                _ => format!("{keyword} {text}"),
            };
            let file = format!("FROM eclipse-temurin:17-jre\nCOPY app.jar /\n{line}\n");
            let file = if carrier == "crlf" { file.replace('\n', "\r\n") } else { file };
            (file, text)
        },
    )
}

fn commands(text: &str) -> Vec<Vec<String>> {
    let commands = &shell::read(&Cooked::plain(text, 0)).unwrap().commands;
    let words = |one: &shell::SimpleCommand| {
        one.words.iter().map(|word| word.value.text.clone()).collect::<Vec<_>>()
    };
    commands.iter().map(words).collect()
}

/// The text that the shell gets.
fn text_of(argv: &[String]) -> &str {
    let at = argv.iter().position(|word| word == "-c").unwrap();
    &argv[at + 1]
}

fn variable() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        "[a-zA-Z0-9=. -]{0,12}".prop_map(|value| format!("ENV CATALINA_OPTS=\"{value}\"\n")),
        "[a-zA-Z0-9=.]{1,8}".prop_map(|value| format!("ENV A=b CATALINA_OPTS={value} C=d\n")),
        "[a-zA-Z0-9=. -]{0,8}".prop_map(|value| format!("ENV CATALINA_OPTS='{value}'\n")),
        "-D[a-zA-Z0-9=. -]{1,8}[a-z]".prop_map(|value| format!("ENV CATALINA_OPTS {value}\n")),
        Just("ENV CATALINA_OPTS=-Da=\"b\\\"c\"'d'\\ e\n".to_owned()),
        Just("ENV A=b \\\n    CATALINA_OPTS=\"-Da \\\n  -Db\"\n".to_owned()),
    ]
}

proptest! {
    #![proptest_config(cases())]

    /// Laws 1, 2, 3, 5 on shell text: the words that a shell sees are the old ones plus ours right
    /// behind `java`, whatever the text is wrapped in; twice is once; `remove` gives the bytes back.
    #[test]
    fn shell_text_keeps_every_word((file, text) in carried(), preset in preset()) {
        let analysis = run(&file, preset);
        let judged = analysis.launches.first().unwrap();
        prop_assert_eq!(judged.verdict, Verdict::Patchable, "{:?}", analysis.findings);
        let after = analysis.after().unwrap();
        prop_assert!(only_inserts(&file, after));

        let argv = judged.patched_argv.clone().unwrap();
        let (old, new) = (commands(&text), commands(text_of(&argv)));
        prop_assert_eq!(old.len(), new.len());
        let changed: Vec<_> = old.iter().zip(&new).filter(|(old, new)| old != new).collect();
        prop_assert_eq!(changed.len(), 1);
        let (old, new) = changed[0];
        let first = new.iter().position(|word| word.starts_with("-javaagent:")).unwrap();
        let count = new.len() - old.len();
        prop_assert!(new[first..first + count].iter().all(|word| word.starts_with('-')));
        let mut without = new.clone();
        without.drain(first..first + count);
        prop_assert_eq!(&without, old);
        prop_assert!(new[first - 1].contains("java"), "right behind java");

        prop_assert_eq!(run(after, preset).changes.is_empty(), true, "twice is once");
        prop_assert_eq!(undo(after).after().map(str::to_owned), Some(file), "remove");
    }

    /// The same for a launcher that takes its options by variable: what the variable held stays behind
    /// ours.
    #[test]
    fn a_variable_keeps_its_value(
        before in variable(),
        (run_behind, line_break) in (prop::bool::ANY, prop::bool::ANY),
        preset in preset(),
        start in prop::sample::select(vec!["CMD [\"catalina.sh\", \"run\"]\n", "CMD exec catalina.sh run", ""]),
    ) {
        let prepare = if run_behind { "RUN ./prepare\n" } else { "" };
        let mut file = format!("FROM tomcat:9-jdk17\n{before}{prepare}{start}");
        if !line_break {
            file.truncate(file.trim_end_matches('\n').len());
        }
        let value = |text: &str| {
            let file = dockerfile::read(text).unwrap();
            facts::of(&file, 0).environment.get("CATALINA_OPTS").cloned().unwrap_or_default()
        };
        let analysis = run(&file, preset);
        prop_assert_eq!(analysis.launches[0].verdict, Verdict::Patchable, "{:?}", analysis.findings);
        let after = analysis.after().unwrap();
        prop_assert!(only_inserts(&file, after));
        let (old, new) = (value(&file), value(after));
        prop_assert!(new.starts_with("-javaagent:") && new.trim_end().ends_with(old.trim_end()), "{new:?} {old:?}");
        prop_assert_eq!(run(after, preset).changes.is_empty(), true, "twice is once");
        prop_assert_eq!(undo(after).after().map(str::to_owned), Some(file), "remove");
    }

    /// Law 7: no shell text panics or hangs, and what is patched can be undone.
    #[test]
    fn no_shell_text_breaks_the_reader(pieces in prop::collection::vec(prop::sample::select(vec![
        "java", " -jar a.jar", "exec ", "sh -c ", "\"", "'", "\\", "\\\n", "$(", ")", "(", "((", "`", "${A:-", "}",
        "{ ", "; ", " && ", " | ", "if ", "then ", "fi", "case x in ", "esac", "<<EOF", "#", "é", "\t", "$@", "\"$@\"",
        "set -- ", "su app -c ", "[ ", "]", "[\"java\"", ", \"-jar\"", "A=b ", "export ", "eval ", "-version", "\r",
    ]), 0..24), preset in preset()) {
        let text = pieces.concat();
        let json = serde_json::Value::from(text.as_str()).to_string();
        for line in [format!("CMD {text}"), format!("CMD [\"sh\", \"-c\", {json}]")] {
            let file = format!("FROM eclipse-temurin:17-jre\n{line}\n");
            let analysis = run(&file, preset);
            if let Some(after) = analysis.after() {
                prop_assert_eq!(run(after, preset).changes.is_empty(), true, "{}", after);
            }
            let unproved = analysis.findings.iter().any(|finding| finding.rule == "edit-not-proved");
            prop_assert!(!unproved, "{:?}", analysis.findings);
        }
    }
}
