//! Rough looks at text: enough to name a refusal, never to make an edit.

use std::sync::LazyLock;

use regex::Regex;

use crate::dockerfile::{Dockerfile, Kind};
use crate::facts::StageFacts;
use crate::wrappers::base_name;

/// Programs that start no other one, whatever their arguments are.
const NEVER_START: &[&str] = &[
    ":",
    "[",
    "addgroup",
    "adduser",
    "alternatives",
    "apk",
    "apt",
    "apt-get",
    "awk",
    "cat",
    "cd",
    "chgrp",
    "chmod",
    "chown",
    "continue",
    "cp",
    "cut",
    "date",
    "dirname",
    "dnf",
    "echo",
    "exit",
    "export",
    "file",
    "find",
    "getent",
    "grep",
    "groupadd",
    "groupmod",
    "hash",
    "head",
    "id",
    "jobs",
    "jq",
    "kill",
    "killall",
    "let",
    "ln",
    "local",
    "logger",
    "ls",
    "mkdir",
    "mv",
    "pgrep",
    "pkill",
    "popd",
    "printf",
    "ps",
    "pushd",
    "pwd",
    "read",
    "readlink",
    "readonly",
    "return",
    "rm",
    "sed",
    "set",
    "setcap",
    "shift",
    "shopt",
    "sort",
    "stat",
    "tee",
    "test",
    "touch",
    "tr",
    "trap",
    "type",
    "ulimit",
    "umask",
    "uniq",
    "unset",
    "update-alternatives",
    "update-java-alternatives",
    "useradd",
    "usermod",
    "wait",
    "wc",
    "which",
    "yum",
];

/// `command -v java`: asks for a program and starts none.
pub(super) fn only_asks(words: &[&str]) -> bool {
    matches!(words, ["command", option, ..] if option.starts_with("-v") || option.starts_with("-V"))
}

/// Whether words that cannot be read run `java` all the same: `xargs java`, `screen -dm java`.
pub(super) fn words_start_java(words: &[&str]) -> bool {
    let program = words.first().map(|word| base_name(word)).unwrap_or_default();
    !NEVER_START.contains(&program) && words.iter().any(|word| starts_java(word))
}

/// Whether a program is a script, by its name.
pub(super) fn looks_like_script(program: &str) -> bool {
    let name = base_name(program);
    name.ends_with(".sh") || name.contains("entrypoint")
}

/// Whether text has a word that runs `java`.
pub(super) fn starts_java(text: &str) -> bool {
    static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r#"(^|[[:space:];&|('"`{}/\[“‘])java["'’”]?([[:space:],\]);]|$)"#).ok()
    });
    WORD.as_ref().is_some_and(|word| word.is_match(text))
}

/// Whether the instructions of a stage say that Node runs in its image although the image's name does
/// not: NODE_OPTIONS is set, or a package manager installs what a package.json asks for. An application
/// in another language may build its pages so, and starts no Node.
pub(super) fn points_to_node(file: &Dockerfile, facts: &StageFacts) -> bool {
    static INSTALL: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let command = r"(^|[[:space:];&|])((npm|pnpm|bun) (ci|i|install)|yarn( install)?)( --?[^[:space:]]+)*[[:space:]]*($|[;&|\n])";
        Regex::new(command).ok()
    });
    static OTHER: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let language = "pip|python|django|poetry|gem|ruby|bundle|rails|composer|php|golang|go|mix|elixir|cargo|rust|dotnet|nginx|apache2|httpd";
        Regex::new(&format!(r"(^|[[:space:];&|/])({language})[0-9.]*([[:space:]:-]|$)")).ok()
    });
    let found = |regex: &LazyLock<Option<Regex>>, text: &str| {
        regex.as_ref().is_some_and(|regex| regex.is_match(text))
    };
    let runs = facts.actions.iter().filter_map(|action| {
        match &file.instructions.get(action.instruction)?.kind {
            Kind::Run(text) => Some(text.text.as_str()),
            _ => None,
        }
    });
    let runs: Vec<&str> = runs.collect();
    let mut texts = runs.iter().copied().chain(facts.image.as_deref());
    facts.environment.contains_key("NODE_OPTIONS")
        || runs.iter().any(|text| found(&INSTALL, text)) && !texts.any(|text| found(&OTHER, text))
}

/// Whether the instructions of a stage say that Java runs in its image although the image's name does
/// not: a variable holds its options, a RUN installs it or handles a jar, a jar is copied.
pub(super) fn points_to_java(file: &Dockerfile, facts: &StageFacts) -> bool {
    let options = |(name, value): (&String, &String)| {
        name.starts_with("JAVA_") || value.contains("-javaagent:") || value.contains("-Xmx")
    };
    let of_stages = facts.stages.iter().flat_map(|stage| file.of_stage(*stage));
    facts.environment.iter().any(options)
        || of_stages.into_iter().any(|(_, one)| match &one.kind {
            Kind::Run(text) => names_java(&text.text),
            Kind::Transfer(transfer) => transfer.sources.iter().any(|source| names_java(source)),
            _ => false,
        })
}

/// Variables by which images of servers take options of their JVM.
const JVM_VARIABLES: &[&str] = &[
    "CATALINA_OPTS",
    "ES_JAVA_OPTS",
    "JAVA_OPTIONS",
    "JAVA_OPTS",
    "JAVA_OPTS_APPEND",
    "JAVA_TOOL_OPTIONS",
    "JDK_JAVA_OPTIONS",
    "JVM_ARGS",
    "JVM_OPTS",
    "KAFKA_HEAP_OPTS",
    "KAFKA_JVM_PERFORMANCE_OPTS",
    "KAFKA_OPTS",
    "LS_JAVA_OPTS",
    "OPENSEARCH_JAVA_OPTS",
    "SERVER_JVMFLAGS",
    "SOLR_JAVA_MEM",
    "SOLR_OPTS",
    "ZOOKEEPER_OPTS",
];

/// Whether a file hands Java to a base image that starts it by itself: an archive that a JVM runs, or options of
/// one.
pub(super) fn hands_java_over(file: &Dockerfile, facts: &StageFacts) -> bool {
    let is_archive = |source: &String| {
        let source = source.to_ascii_lowercase();
        [".jar", ".war", ".ear"].iter().any(|ending| source.ends_with(ending))
    };
    facts.environment.keys().any(|name| JVM_VARIABLES.contains(&name.as_str()))
        || facts.actions.iter().any(|action| {
            let is_transfer = file
                .instructions
                .get(action.instruction)
                .is_some_and(|one| matches!(one.kind, Kind::Transfer(_)));
            is_transfer && action.sources.iter().any(is_archive)
        })
}

/// Whether a program is known to be something else than Java.
pub(super) fn is_no_java(program: &str) -> bool {
    let name = base_name(program);
    let versioned = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.' || c == '-');
    NEVER_START.contains(&name) || OTHER_PROGRAMS.contains(&versioned)
}

/// Programs of other languages, servers, and what keeps a container alive.
const OTHER_PROGRAMS: &[&str] = &[
    "apache",
    "apachectl",
    "bundle",
    "caddy",
    "cron",
    "crond",
    "dotnet",
    "false",
    "go",
    "haproxy",
    "httpd",
    "memcached",
    "mongod",
    "mysqld",
    "mysqld_safe",
    "nginx",
    "node",
    "nodejs",
    "npm",
    "npx",
    "perl",
    "php",
    "php-fpm",
    "pnpm",
    "postgres",
    "puma",
    "python",
    "rails",
    "redis-server",
    "ruby",
    "sleep",
    "sshd",
    "tail",
    "top",
    "true",
    "uwsgi",
    "yarn",
];

/// Words of packages and downloads, in lower case; behind some of them a number must follow.
const JAVA_WORDS: &[(&str, bool)] = &[
    ("openjdk", false),
    ("default-jre", false),
    ("default-jdk", false),
    ("oracle-java", false),
    ("temurin", false),
    ("corretto", false),
    ("java-1.", true),
    ("jdk", true),
    ("jre", true),
];

fn names_java(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let number_follows = |at: usize| {
        let rest = text.get(at..).unwrap_or_default();
        rest.trim_start_matches('-').starts_with(|c: char| c.is_ascii_digit())
    };
    let named = |(word, number): &(&str, bool)| {
        text.match_indices(word).any(|(at, _)| !number || number_follows(at + word.len()))
    };
    let ends_word = |at: usize| {
        !text.get(at..).unwrap_or_default().starts_with(|c: char| c.is_ascii_alphanumeric())
    };
    let jar =
        |end: &str| text.match_indices(end).any(|(at, _)| at > 0 && ends_word(at + end.len()));
    JAVA_WORDS.iter().any(named) || jar(".jar") || jar(".war")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_speak_of_java_are_known() {
        for (text, expected) in [
            ("apt-get install -y openjdk-17-jre", true),
            ("yum install java-1.8.0", true),
            ("tar xf jdk-11.tgz", true),
            ("mv build/app.jar /", true),
            ("wget https://example.com/x.jarring", false),
            ("npm run jdkless", false),
        ] {
            assert_eq!(names_java(text), expected, "{text}");
        }
    }
}
