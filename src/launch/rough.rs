//! Rough looks at text: enough to name a refusal, never to make an edit.

use std::sync::LazyLock;

use regex_lite::Regex;

use super::wrappers::base_name;
use crate::dockerfile::{Dockerfile, Kind};
use crate::facts::Variables;

/// Programs that start no other one, whatever their arguments are.
const NEVER_START: &[&str] = &[
    "[",
    "apk",
    "apt-get",
    "awk",
    "cat",
    "chmod",
    "chown",
    "cp",
    "dirname",
    "echo",
    "export",
    "file",
    "grep",
    "kill",
    "killall",
    "ln",
    "ls",
    "mkdir",
    "mv",
    "pgrep",
    "pkill",
    "printf",
    "ps",
    "readlink",
    "rm",
    "sed",
    "stat",
    "test",
    "touch",
    "type",
    "update-alternatives",
    "which",
];

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
    static WORD: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r#"(^|[\s;&|('"`{/\[“‘])java["'’”]?([\s,\]);]|$)"#).ok());
    WORD.as_ref().is_some_and(|word| word.is_match(text))
}

/// Whether a file says that Java runs in its image although the image's name does not.
pub(super) fn points_to_java(file: &Dockerfile, environment: &Variables) -> bool {
    static JAVA: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(r"(?i)\b(openjdk|default-jre|default-jdk|oracle-java|java-1\.[0-9]|jdk-?[0-9]|jre-?[0-9]|temurin|corretto)").ok()
    });
    let says = |text: &str| JAVA.as_ref().is_some_and(|java| java.is_match(text));
    let options = |(name, value): (&String, &String)| {
        name.starts_with("JAVA_") || value.contains("-javaagent:") || value.contains("-Xmx")
    };
    environment.iter().any(options)
        || file.instructions.iter().any(|one| match &one.kind {
            Kind::Run(text) => says(text),
            _ => false,
        })
}
