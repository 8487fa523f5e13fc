//! The laws that every edit keeps, on generated Dockerfiles.
//!
//! `PROPTEST_CASES` sets how many are tried; 1,000 by default.

use crate::common::{cases, only_inserts, preset, run, undo};
use std::sync::Arc;

use entrypatch::analyse::{Verdict, analyse};
use entrypatch::dockerfile;
use entrypatch::facts;
use entrypatch::finding::Effect;
use entrypatch::input::DocumentKind;
use entrypatch::jar::{Provision, closed, provision};
use entrypatch::patch;
use entrypatch::settings::{DEFAULT_AGENT_PATH, JAVA_SETTINGS, Preset, Provide, Settings, Switch};
use entrypatch::source::Source;
use entrypatch::surroundings::Surroundings;
use proptest::prelude::*;

/// A Dockerfile that starts `java` in exec form, and what it starts.
#[derive(Debug, Clone)]
struct Sample {
    text: String,
    argv: Vec<String>,
    java: usize,
}

/// How an array is written.
#[derive(Debug, Clone)]
struct Style {
    gap: String,
    blank: String,
}

fn line_break() -> impl Strategy<Value = &'static str> {
    prop_oneof![4 => Just("\n"), 2 => Just("\r\n")]
}

/// A continuation, perhaps with a comment or a blank line behind it, and an indentation.
fn broken_line(escape: char) -> impl Strategy<Value = String> {
    let between = prop_oneof![
        3 => Just(None),
        1 => Just(Some("# a comment, with \"quotes\" and ]")),
        1 => Just(Some("   # ENTRYPOINT [\"x\"]")),
        1 => Just(Some("  ")),
    ];
    (line_break(), "[ \t]{0,4}", between).prop_map(move |(line_break, indent, between)| {
        let between = between.map(|text| format!("{text}{line_break}")).unwrap_or_default();
        format!(" {escape}{line_break}{between}{indent}")
    })
}

fn gap(escape: char) -> impl Strategy<Value = String> {
    prop_oneof![
        Just(",".to_owned()),
        Just(", ".to_owned()),
        Just(" ,\t".to_owned()),
        broken_line(escape).prop_map(|line| format!(",{line}")),
        broken_line(escape).prop_map(|line| format!("{line}, ")),
    ]
}

fn style(escape: char) -> impl Strategy<Value = Style> {
    (gap(escape), "[ \t]{0,3}").prop_map(|(gap, blank)| Style { gap, blank })
}

fn wrapper() -> impl Strategy<Value = Vec<&'static str>> {
    prop_oneof![
        3 => Just(vec![]),
        1 => Just(vec!["/usr/bin/tini", "--"]),
        1 => Just(vec!["dumb-init", "-v"]),
        1 => Just(vec!["gosu", "app:app", "env", "TZ=UTC"]),
        1 => Just(vec!["nice", "-n", "5", "timeout", "1d"]),
    ]
}

fn arguments() -> impl Strategy<Value = Vec<String>> {
    let option = prop_oneof![
        Just("-Xmx1g".to_owned()),
        Just("-Dquote=\"a\\b\"".to_owned()),
        Just("-Dé=\u{1F600}\u{7f}".to_owned()),
        Just("-Dtab=a\tb".to_owned()),
        Just("-ea".to_owned()),
        "-D[a-z]{1,8}=[ -~]{0,12}".prop_filter("ours and joined ones change the plan", |option| {
            !option.starts_with("-Ddd") && !option.contains(" -")
        }),
    ];
    let program = prop_oneof![
        Just(vec!["-jar".to_owned(), "/app.jar".to_owned()]),
        Just(vec![
            "-cp".to_owned(),
            "/app/*".to_owned(),
            "com.example.Main".to_owned(),
            "-Dnot=an option".to_owned()
        ]),
        Just(vec![
            "-jar".to_owned(),
            "-Dlate=1".to_owned(),
            "/app.jar".to_owned(),
            "[]".to_owned()
        ]),
    ];
    (prop::collection::vec(option, 0..4), program).prop_map(|(mut options, program)| {
        options.extend(program);
        options
    })
}

fn array(words: &[String], style: &Style) -> String {
    let words: Vec<String> =
        words.iter().map(|word| serde_json::Value::from(word.as_str()).to_string()).collect();
    format!("[{}{}{}]", style.blank, words.join(&style.gap), style.blank)
}

/// Text around the launch that must not matter.
fn surroundings(line_break: &'static str) -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("# ENTRYPOINT [\"java\"]"),
        Just("RUN echo '['  \"unclosed"),
        Just("COPY app.jar /app.jar"),
        Just("ONBUILD ENTRYPOINT []"),
        Just("HEALTHCHECK CMD [\"java\", \"-version\"]"),
        Just("RUN cat <<EOF >/x~ENTRYPOINT [\"java\", \"-jar\", \"/no.jar\"]~EOF"),
        Just("LABEL a=\"b c\" d='e'"),
        Just("ENV A=b C=\"d e\""),
        Just("USER 1000"),
        Just("  "),
        Just(""),
    ];
    prop::collection::vec(piece, 0..5).prop_map(move |pieces| {
        pieces
            .iter()
            .map(|piece| format!("{}{line_break}", piece.replace('~', line_break)))
            .collect()
    })
}

fn sample() -> impl Strategy<Value = Sample> {
    (line_break(), prop::bool::ANY, prop_oneof![3 => Just('\\'), 1 => Just('`')])
        .prop_flat_map(|(line_break, mark, escape)| {
            (
                Just((line_break, mark, escape)),
                (surroundings(line_break), surroundings(line_break)),
                (style(escape), style(escape)),
                (wrapper(), arguments(), 0..6usize),
                prop_oneof![Just("ENTRYPOINT"), Just("entrypoint"), Just("CMD"), Just("Cmd")],
                prop_oneof![
                    Just("eclipse-temurin:17-jre"),
                    Just("openjdk:8-jre-alpine"),
                    Just("registry.example.com/x")
                ],
                prop::bool::ANY,
            )
        })
        .prop_map(
            |(
                (line_break, mark, escape),
                (before, between),
                styles,
                words,
                keyword,
                image,
                last,
            )| {
                let (wrapper, arguments, split) = words;
                let mut argv: Vec<String> = wrapper.iter().map(ToString::to_string).collect();
                let java = argv.len();
                argv.push("java".to_owned());
                argv.extend(arguments);
                // An ENTRYPOINT may leave its last words to CMD.
                let entrypoint = keyword.eq_ignore_ascii_case("ENTRYPOINT");
                let at =
                    if entrypoint { argv.len() - split.min(argv.len() - 1) } else { argv.len() };
                let (first, second) = argv.split_at(at);
                let mut text = String::new();
                text.push_str(if mark { "\u{feff}" } else { "" });
                text.push_str(&if escape == '`' {
                    format!("# escape=`{line_break}")
                } else {
                    String::new()
                });
                text.push_str(&format!("FROM {image}{line_break}{before}"));
                text.push_str(&format!(
                    "{keyword} {}{line_break}{between}",
                    array(first, &styles.0)
                ));
                if !second.is_empty() {
                    text.push_str(&format!("CMD\t{}{line_break}", array(second, &styles.1)));
                }
                if last {
                    text.truncate(text.trim_end_matches(['\r', '\n']).len());
                }
                Sample { text, argv, java }
            },
        )
}

fn environment_of(text: &str) -> facts::Variables {
    let file = dockerfile::read(text).unwrap();
    facts::of(&file, file.stages.len() - 1).environment
}

/// Settings of all kinds: the truth that `remove` is not told.
fn given_settings() -> impl Strategy<Value = Settings> {
    let text = || prop::option::of("[a-z][a-z0-9-]{0,8}");
    let path = prop::option::of(Just("/opt/datadog/dd-java-agent.jar".to_owned()));
    let off =
        prop::collection::vec((0..JAVA_SETTINGS.len()).prop_map(|at| &JAVA_SETTINGS[at]), 0..3);
    let provide = prop::sample::select(vec![Provide::Add, Provide::Copy, Provide::None]);
    (text(), text(), text(), text(), path, off, preset(), provide).prop_map(
        |(service, env, app_version, agent_host, agent_path, off, preset, provide)| {
            let switches = off.into_iter().map(|one| (one.name.to_owned(), Switch::Flag(false)));
            let java = switches.collect();
            let given = Settings {
                service,
                env,
                app_version,
                agent_host,
                agent_path,
                java,
                preset,
                provide,
                ..Settings::default()
            };
            given.checked().unwrap()
        },
    )
}

proptest! {
    #![proptest_config(cases())]

    /// Laws 1, 2, 3, 5, 6: a java launch is patched, by insertion only; Docker's reading gives the
    /// old argv plus our arguments right behind `java`; a second run changes nothing; the patch
    /// applies.
    #[test]
    fn a_launch_is_patched_by_insertion_only(sample in sample(), preset in preset()) {
        let analysis = run(&sample.text, preset);
        prop_assert_eq!(analysis.launches.len(), 1, "no silent miss");
        let judged = &analysis.launches[0];
        prop_assert_eq!(judged.launch.shown_argv(), sample.argv.clone());
        prop_assert_eq!(judged.verdict, Verdict::Patchable, "{:?}", analysis.findings);
        let after = analysis.after().unwrap();
        prop_assert!(only_inserts(&sample.text, after));

        let patched = judged.patched_argv.clone().unwrap();
        let (head, tail) = sample.argv.split_at(sample.java + 1);
        prop_assert!(patched.starts_with(head) && patched.ends_with(tail));
        let inserted = &patched[head.len()..patched.len() - tail.len()];
        prop_assert_eq!(&inserted[0], &format!("-javaagent:{DEFAULT_AGENT_PATH}"));
        prop_assert!(inserted.iter().all(|option| option.starts_with("-javaagent:")
            || option.starts_with("-Ddd.")
            || option.starts_with("-XX:FlightRecorderOptions=")));
        let mut environment = environment_of(&sample.text);
        if preset == Preset::Env {
            prop_assert_eq!(inserted.len(), 1);
            let ours = [
                ("DD_AGENT_HOST", "localhost"),
                ("DD_LOGS_INJECTION", "true"),
                ("DD_PROFILING_ENABLED", "true"),
                ("DD_SERVICE", "orders"),
            ];
            environment.extend(ours.map(|(name, value)| (name.to_owned(), value.to_owned())));
        }
        prop_assert_eq!(environment_of(after), environment);

        let again = run(after, preset);
        prop_assert_eq!(again.launches[0].launch.shown_argv(), patched);
        prop_assert_eq!(again.launches[0].verdict, Verdict::Instrumented);
        prop_assert_eq!(again.after(), None, "twice is once");
        prop_assert!(!again.findings.iter().any(|f| matches!(f.effect, Effect::Mends(_))));

        prop_assert_eq!(undo(after).after().map(str::to_owned), Some(sample.text.clone()), "remove");

        let patch = patch::unified(std::path::Path::new("a b/Dockerfile"), &sample.text, after);
        let parsed = diffy::Patch::from_str(&patch).unwrap();
        prop_assert_eq!(diffy::apply(&sample.text, &parsed).unwrap(), after);
    }

    /// Law 3: `remove` reads the settings back, whatever they were.
    #[test]
    fn remove_needs_no_settings(sample in sample(), given in given_settings()) {
        let source = Arc::new(Source::new("Dockerfile", sample.text.clone()));
        let kind = DocumentKind::Dockerfile;
        let analysis = analyse(kind, &source, &given, &Surroundings::none());
        let Some(after) = analysis.after() else { return Ok(()) };
        let removed = undo(after);
        prop_assert_eq!(removed.after(), Some(sample.text.as_str()), "{}", after);
    }

    /// Law 4: the agent's jar is put where argv names it, and no JVM gets an option that it refuses.
    #[test]
    fn a_patched_container_has_its_jar_and_no_option_that_its_jvm_refuses(sample in sample(), preset in preset()) {
        let analysis = run(&sample.text, preset);
        let after = analysis.after().unwrap();
        let file = dockerfile::read(after).unwrap();
        let stage = facts::of(&file, file.stages.len() - 1);
        let found = provision(&file, &stage, &Surroundings::none(), DEFAULT_AGENT_PATH);
        prop_assert_eq!(found, Provision::Named);
        let knows_recorder = preset == Preset::Fargate && stage.image.as_deref() == Some("eclipse-temurin:17-jre");
        prop_assert_eq!(after.contains("-XX:FlightRecorderOptions"), knows_recorder);
    }

    /// Law 4: whoever starts the JVM can read a jar that was there before, or nothing is written.
    #[test]
    fn a_jar_that_is_there_can_be_read_after_the_fix(
        keyword in prop_oneof![Just("ADD"), Just("add"), Just("ADD \\\n "), Just("COPY"), Just("Copy\t")],
        flags in prop_oneof![
            Just(""), Just("--chmod=644 "), Just("--chmod=600 "), Just("--chmod=0755 "), Just("--chown=app "),
            Just("--chown=1000:1000 --chmod=640 "), Just("--link --chmod=400 "),
        ],
        source in prop_oneof![Just("https://example.com/x.jar"), Just("libs/dd-java-agent.jar")],
        then in prop_oneof![
            Just(""), Just("RUN chmod 600 /usr/agent/dd-java-agent.jar\n"), Just("RUN chmod -R 755 /usr/agent\n"),
            Just("RUN rm -rf /usr/agent\n"), Just("WORKDIR /usr/agent\n"),
        ],
        user in prop_oneof![Just("root"), Just("1000"), Just("app"), Just("0:0"), Just("app:app")],
        command in prop_oneof![
            Just("[\"java\", \"-jar\", \"/a.jar\"]"), Just("exec java -jar /a.jar"),
            Just("[\"gosu\", \"app\", \"java\", \"-jar\", \"/a.jar\"]"),
        ],
    ) {
        let text = format!(
            "FROM eclipse-temurin:17-jre\n{keyword} {flags}{source} {DEFAULT_AGENT_PATH}\n{then}USER {user}\nCMD {command}\n"
        );
        let analysis = run(&text, Preset::Fargate);
        let Some(after) = analysis.after().map(str::to_owned) else {
            prop_assert!(analysis.launches.iter().all(|launch| launch.verdict == Verdict::Refused));
            return Ok(());
        };
        let file = dockerfile::read(&after).unwrap();
        let stage = facts::of(&file, 0);
        let none = Surroundings::none();
        let user = if command.contains("gosu") { "app" } else { user };
        prop_assert_eq!(closed(&file, &stage, &none, user, DEFAULT_AGENT_PATH), None);
        prop_assert_eq!(provision(&file, &stage, &none, DEFAULT_AGENT_PATH), Provision::Named);
        prop_assert_eq!(run(&after, Preset::Fargate).changes.is_empty(), true);
    }

    /// Law 7: very long lines and very many arguments, in each place where they can stand.
    #[test]
    fn no_length_breaks_the_reader(
        (piece, times) in (prop::sample::select(vec!["x", "\"", "\\", "${A:-", "( ", "[", "é", "a=b ", "<<E ", "'"]), prop_oneof![9 => 1..200_usize, 1 => 1..20_000_usize]),
        (before, behind) in prop::sample::select(vec![
            ("RUN ", ""), ("CMD [\"java\", \"-D", "\", \"-jar\", \"/a.jar\"]"), ("CMD java -jar a.jar ", ""), ("ENV A=", ""),
            ("# ", ""), ("COPY ", " /x"), ("FROM ", " AS b"), ("LABEL a=\"", "\""), ("ENTRYPOINT [\"sh\", \"-c\", \"java ", "\"]"),
        ]),
        preset in preset(),
    ) {
        let piece: String = piece.repeat(times).chars().take(60_000).collect();
        let text = format!("FROM eclipse-temurin:17-jre\n{before}{piece}{behind}\n");
        let analysis = run(&text, preset);
        if let Some(after) = analysis.after().map(str::to_owned) {
            prop_assert_eq!(run(&after, preset).changes.is_empty(), true);
        }
    }

    /// Law 7: whatever the bytes are, nothing panics, and what is patched is patched by insertion.
    #[test]
    fn no_text_breaks_the_reader(pieces in prop::collection::vec(prop_oneof![
        Just("FROM openjdk:11\n"), Just("FROM x AS y\n"), Just("FROM y\n"), Just("ENTRYPOINT "), Just("CMD "),
        Just("[\"java\""), Just(", \"-jar\""), Just(", \"/a.jar\"]"), Just("]"), Just("["), Just("\""), Just("'"),
        Just("\n"), Just("\r\n"), Just("\r"), Just("\\\n"), Just("\\"), Just("`"), Just("# escape=`\n"), Just("#"),
        Just("<<EOF"), Just("EOF\n"), Just("RUN "), Just("COPY "), Just("ONBUILD "), Just("ENV A="), Just("$A"),
        Just("${A:-"), Just("}"), Just("\u{feff}"), Just("é\u{1F600}"), Just("\u{0}"), Just(" "), Just("\t"),
        Just("\\u12"), Just("tini -- "), Just("--x=y "), Just("-javaagent:/x.jar"), Just("@f"),
    ], 0..40), preset in preset()) {
        let text = pieces.concat();
        let analysis = run(&text, preset);
        if let Some(after) = analysis.after() {
            let rewriting = ["malformed-exec-form", "java-agent-after-main", "joined-arguments"];
            let rewritten = analysis.findings.iter().any(|f| rewriting.contains(&f.rule));
            prop_assert!(rewritten || only_inserts(&text, after));
            prop_assert_eq!(run(after, preset).changes.is_empty(), true);
        }
        // Law 8: the same text gives the same result, in the order of the file.
        let again = run(&text, preset);
        prop_assert_eq!(format!("{:?}", again.findings), format!("{:?}", analysis.findings));
        prop_assert!(analysis.findings.is_sorted_by_key(|finding| finding.primary.span.start));
        for finding in &analysis.findings {
            prop_assert!(finding.primary.span.end <= text.len() && text.is_char_boundary(finding.primary.span.start));
        }
    }
}
