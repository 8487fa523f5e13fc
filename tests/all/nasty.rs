//! All laws on Dockerfiles that are as unpleasant as Docker allows: several stages, line ends of
//! both kinds in one file, continuations and comments at every blank, here-documents that look like
//! instructions, odd escapes, arrays that are empty or no JSON, settings that are there already.
//!
//! `PROPTEST_CASES` sets how many are tried; 1,000 by default.

use crate::common::{any_dockerfile, cases};
use proptest::prelude::*;

// In these tables `~` is the end of a line, and `^` a blank where a line may be broken.

const DIRECTIVES: &[&str] = &[
    "",
    "",
    "",
    "# escape=`~",
    "# syntax=docker/dockerfile:1~",
    "#escape = \\~# check=skip=all~",
    "\u{feff}",
    "~# no directive~# escape=`~",
    "ARG TAG=17-jre~",
];

const STAGES: &[&str] = &[
    "FROM^eclipse-temurin:17-jre~",
    "FROM^eclipse-temurin:${TAG:-17-jre}^AS^base~",
    "FROM base~",
    "FROM base AS next~",
    "from^next~",
    "FROM openjdk:8-jre-alpine~",
    "FROM --platform=linux/amd64 openjdk:11~",
    "FROM tomcat:9-jdk17~",
    "FROM scratch~",
    "FROM registry.example.com/java:1~",
    "FROM node:20-slim AS base~",
    "FROM gcr.io/distroless/java17 AS base~",
];

const BYSTANDERS: &[&str] = &[
    "RUN <<EOF~ENTRYPOINT [\"java\", \"-jar\", \"/no.jar\"]~# x \\~EOF~",
    "COPY <<\"A\" <<-B /x/~CMD java -jar a.jar~A~\tFROM y~\tB~",
    "RUN cat <<'EOF' > /s.sh~#!/bin/sh~exec java -jar /app.jar \"$@\"~EOF~",
    "RUN python3 <<~",
    "RUN echo \\<<EOF~",
    "RUN <<-E cat~\t]~\tE~",
    "RUN^apt-get update &&^apt-get install -y x^#y~",
    "RUN [\"java\", \"-version\"]~",
    "ENV A=b^C=\"d e\"^F=g\\ h~",
    "ENV A b c  d~",
    "ENV JAVA_OPTS=\"-Xmx1g^-Da='b c'\"~",
    "ENV JAVA_TOOL_OPTIONS=-Dx=y~",
    "ENV DD_SERVICE=other^DD_ENV=prod~",
    "ENV CATALINA_OPTS -Da=b~",
    "ARG TAG~",
    "ARG A=1 B~",
    "USER 1000:1000~",
    "USER app~",
    "USER root~",
    "WORKDIR /srv~",
    "WORKDIR rel/a b~",
    "SHELL [\"/bin/bash\",^\"-euo\", \"pipefail\", \"-c\"]~",
    "SHELL [\"cmd\", \"/S\", \"/C\"]~",
    "LABEL a=\"b ^c\" d='e'~",
    "EXPOSE 80^443~",
    "VOLUME [\"/a\",^\"/b\"]~",
    "STOPSIGNAL SIGTERM~",
    "HEALTHCHECK^--interval=5s^CMD^[\"java\",^\"-version\"]~",
    "HEALTHCHECK NONE~",
    "ONBUILD ENTRYPOINT [\"java\", \"-jar\", \"/b.jar\"]~",
    "ONBUILD RUN <<E~CMD []~E~",
    "COPY^app.jar^/app.jar~",
    "COPY --link --chown=1000 [\"a b.jar\",^\"/srv/\"]~",
    "COPY --from=base / /~",
    "ADD --chmod=644 https://example.com/x.jar /usr/agent/dd-java-agent.jar~",
    "COPY --chmod=755 dd-java-agent.jar /usr/agent/dd-java-agent.jar~",
    "RUN chmod 600 /usr/agent/dd-java-agent.jar~",
    "RUN rm -rf /usr/agent~",
    "# ENTRYPOINT [\"x\"] \\~",
    "#~",
    "  # é \u{1F600}~",
    "~",
    "  \t ~",
];

const KEYWORDS: &[&str] = &["ENTRYPOINT", "CMD", "entrypoint", "Cmd"];

/// The word `java` and what stands before it, as elements of an array.
const PROGRAMS: &[&[&str]] = &[
    &[r#""java""#],
    &[r#""java""#],
    &[r#""\u006aava""#],
    &[r#""\/usr\/bin\/java""#],
    &[r#""/opt/java/openjdk/bin/java""#],
    &[r#""tini""#, r#""--""#, r#""java""#],
    &[r#""env""#, r#""A=b c""#, r#""java""#],
    &[r#""gosu""#, r#""app""#, r#""java""#],
    &[r#""exec""#, r#""java""#],
    &[r#""${JAVA_HOME}/bin/java""#],
];

const ARGUMENTS: &[&str] = &[
    r#""-Xmx1g""#,
    r#""-Da=\"b\\c\"""#,
    r#""-Dé=\ud83d\ude00""#,
    r#""-D\u0009=\b\f""#,
    r#""-Dlone=\ud800""#,
    r#""-Da=[,]""#,
    r##""-D#=x""##,
    r#""""#,
    r#""$JAVA_OPTS""#,
    r#""-Xmx1g -Xms1g""#,
    r#""-Ddd.env=x""#,
    r#""-Ddd.service=other""#,
    r#""-javaagent:/usr/agent/dd-java-agent.jar""#,
    r#""-javaagent:/x/other.jar""#,
    r#""@args""#,
    r#""--add-opens""#,
    r#""java.base/java.lang=ALL-UNNAMED""#,
    r#""-XX:FlightRecorderOptions=stackdepth=64""#,
];

const ENDS: &[&[&str]] = &[
    &[r#""-jar""#, r#""/app.jar""#],
    &[r#""-jar""#, r#""/app.jar""#, r#""-javaagent:/usr/agent/dd-java-agent.jar""#],
    &[r#""-cp""#, r#""/a/*:b""#, r#""com.example.Main""#, r#""--x=[\"]""#],
    &[r#""-version""#],
    &[],
    &[r#""-m""#, r#""a/b.C""#],
    &[r#""-jar /app.jar""#],
];

const GAPS: &[&str] = &[",", ", ", " ,", ",^", "^,^", "\t,\t"];

/// Commands that are no plain array.
const COMMANDS: &[&str] = &[
    "[]",
    "[ ]",
    "[^]",
    "[\"\"]",
    "",
    "[\"--flag\"]",
    "[\"-jar\",^\"/app.jar\"]",
    "java^-jar^/app.jar",
    "exec^java $JAVA_OPTS^-Da='b  c'^-jar \"$JAR\"",
    "java -jar app.jar # tail",
    "[\"java\", \"-jar\", \"/a.jar\"] # tail",
    "['java', '-jar', '/a.jar']",
    "[\"java\" \"-jar\", \"/a.jar\"]",
    "[\"java\",^\"-jar\", \"/a.jar\",]",
    "[ \"java\", '-jar', /a.jar ]",
    "\u{201c}java\u{201d} -jar a.jar",
    "echo \"unclosed",
    "catalina.sh run",
    "[\"catalina.sh\", \"run\"]",
    "./start.sh",
    "[\"/start.sh\"]",
    "npm start",
    "java^-cp '/a/*:b'^Main \"$@\" <<E",
    "if [ -f x ]; then^java -jar a.jar;^fi",
    "cd /srv &&^exec^java^-jar^a.jar^|| exit 1",
    "[\"sh\",^\"-c\", \"exec java $JAVA_OPTS -jar \\\"/a b.jar\\\" # \\u0065\"]",
    "[\"bash\", \"-lc\",^\"cd /srv; A='b c' java -jar a.jar\\n\", \"--\", \"x\"]",
    "[\"/bin/sh\", \"-c\", \"cat <<E\\njava\\nE\\njava -jar a.jar\"]",
    "[\"sh\", \"-c\", \"exec \\\"$@\\\"\", \"--\", \"java\", \"-jar\", \"/a.jar\"]",
    "java -javaagent:/usr/agent/dd-java-agent.jar -Ddd.service=a^-jar a.jar",
    "java -jar a.jar -javaagent:/usr/agent/dd-java-agent.jar",
    "eval java -jar a.jar",
    "java -jar $(ls *.jar | head -1)",
    "`which java` -jar a.jar",
    "while :; do^java -jar a.jar;^done",
];

fn one(table: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::sample::select(table).prop_map(str::to_owned)
}

fn array() -> impl Strategy<Value = String> {
    let arguments = prop::collection::vec(one(ARGUMENTS), 0..4);
    let parts = (prop::sample::select(PROGRAMS), arguments, prop::sample::select(ENDS));
    (parts, one(GAPS), prop::sample::select(vec!["", " ", "^"])).prop_map(
        |((program, arguments, end), gap, blank)| {
            let words: Vec<&str> = program
                .iter()
                .copied()
                .chain(arguments.iter().map(String::as_str))
                .chain(end.iter().copied())
                .collect();
            format!("[{blank}{}{blank}]", words.join(&gap))
        },
    )
}

fn start() -> impl Strategy<Value = String> {
    let command = prop_oneof![3 => array(), 2 => one(COMMANDS)];
    (one(KEYWORDS), prop::sample::select(vec![" ", "\t", "^"]), command)
        .prop_map(|(keyword, blank, command)| format!("{keyword}{blank}{command}~"))
}

/// How the marks of the tables are written.
#[derive(Debug, Clone)]
struct Layout {
    ends: Vec<&'static str>,
    breaks: Vec<&'static str>,
    escape: char,
}

fn layout() -> impl Strategy<Value = Layout> {
    let ends = prop::sample::select(vec![vec!["\n"], vec!["\r\n"], vec!["\n", "\r\n", "\r\n"]]);
    // `\` is the escape character.
    let breaks = prop::sample::select(vec![
        " ",
        " ",
        "\t",
        " \\~",
        " \\ \t~  ",
        " \\~# a comment, [\"x\"] \\~\t",
        " \\~~  ",
        " \\~\\~",
        "  ",
    ]);
    let escape = prop_oneof![4 => Just('\\'), 1 => Just('`')];
    (ends, prop::collection::vec(breaks, 1..12), escape).prop_map(|(ends, breaks, escape)| Layout {
        ends,
        breaks,
        escape,
    })
}

impl Layout {
    fn write(&self, text: &str) -> String {
        let mut breaks = self.breaks.iter().cycle();
        let mut ends = self.ends.iter().cycle();
        let mut broken = String::new();
        for c in text.chars() {
            match c {
                '^' => {
                    broken.push_str(&breaks.next().unwrap().replace('\\', &self.escape.to_string()))
                }
                _ => broken.push(c),
            }
        }
        broken.split_inclusive('~').map(|line| line.replace('~', ends.next().unwrap())).collect()
    }
}

fn dockerfile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![6 => one(BYSTANDERS), 1 => one(STAGES), 2 => start()];
    let pieces = prop::collection::vec(piece, 0..8);
    let end = prop_oneof![6 => start(), 1 => Just(String::new())];
    ((one(DIRECTIVES), one(STAGES)), (pieces, end), layout(), prop::bool::ANY).prop_map(
        |((directives, stage), (pieces, end), layout, ends_a_line)| {
            let text = layout.write(&[directives, stage, pieces.concat(), end].concat());
            if ends_a_line { text } else { text.trim_end_matches(['\r', '\n']).to_owned() }
        },
    )
}

proptest! {
    #![proptest_config(cases())]

    /// Laws 1 to 8, but for the disk's part of law 7 (`faults`).
    #[test]
    fn every_law_holds_for_every_dockerfile(text in dockerfile()) {
        any_dockerfile::read(&text);
        let analysis = any_dockerfile::fix(&text);
        // Behind a last line that is a comment in a continuation nothing can be written; what else
        // is planned can be proved.
        let last = text.trim_end().lines().next_back().unwrap_or_default().trim_start();
        let unproved = analysis.findings.iter().find(|one| one.rule == "edit-not-proved");
        prop_assert!(last.starts_with('#') || unproved.is_none(), "{unproved:?}");
        any_dockerfile::remove(&text);
    }
}
