//! The command line of `java`: which words are options of the JVM, which one starts the program,
//! and which belong to the program.
//!
//! Probed on OpenJDK 8, 11, 17, 21, 25 and 26; the launcher's own grammar is
//! [java.c](https://github.com/openjdk/jdk/blob/master/src/java.base/share/native/libjli/java.c)
//! and [args.c](https://github.com/openjdk/jdk/blob/master/src/java.base/share/native/libjli/args.c).

use std::ops::Range;

/// Options that take the next word as their value. Java 8 knows the first two only; on it the
/// others stop the JVM, so that reading them as on 11 does no harm.
const WITH_VALUE: &[&str] = &[
    "-cp",
    "-classpath",
    "--class-path",
    "-p",
    "--module-path",
    "--upgrade-module-path",
    "--add-modules",
    "--limit-modules",
    "--add-exports",
    "--add-opens",
    "--add-reads",
    "--patch-module",
    "--source",
    "--enable-native-access",
];

/// Options that print something and exit: nothing is launched.
const PRINT_AND_EXIT: &[&str] = &[
    "-version",
    "--version",
    "-help",
    "--help",
    "-h",
    "-?",
    "-X",
    "--help-extra",
    "--list-modules",
];

/// The words behind `java`, classified; all numbers are indexes into those words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JavaCommand {
    /// The JVM's options, `-jar` itself and the values of options left out.
    pub options: Vec<usize>,
    /// What is started.
    pub target: Target,
    /// What the program gets: everything behind the jar, module or class.
    pub program_arguments: Range<usize>,
    /// The first `@file` of options: what stands behind it may belong to the program.
    pub argument_file: Option<usize>,
}

/// What a `java` command starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// `-jar FILE`
    Jar(usize),
    /// `-m MODULE` or `--module MODULE`
    Module(usize),
    /// A main class, or a source file.
    Class(usize),
    /// An option that prints and exits, `-version` say.
    Nothing,
    /// The words end before one: CMD or an `@file` brings it, or the JVM prints its usage.
    Missing,
}

/// Reads the words behind `java`.
pub fn read(words: &[&str]) -> JavaCommand {
    let mut options = Vec::new();
    let mut argument_file = None;
    let mut jar = false;
    let mut at = 0;
    let mut target = Target::Missing;
    while let Some(word) = words.get(at) {
        at += 1;
        if *word == "-jar" {
            // Options may still follow: `java -jar -Dx app.jar` works on every version.
            jar = true;
        } else if matches!(*word, "-m" | "--module") {
            target = if at < words.len() { Target::Module(at) } else { Target::Missing };
            at += 1;
            break;
        } else if PRINT_AND_EXIT.contains(word) {
            options.push(at - 1);
            target = Target::Nothing;
            break;
        } else if WITH_VALUE.contains(word) {
            options.push(at - 1);
            at += 1;
        } else if word.starts_with('@') && !word.starts_with("@@") && !word[1..].is_empty() {
            argument_file = argument_file.or(Some(at - 1));
        } else if word.len() > 1 && word.starts_with('-') {
            options.push(at - 1);
            if word.starts_with("--module=") {
                target = Target::Module(at - 1);
                break;
            }
        } else {
            target = if jar { Target::Jar(at - 1) } else { Target::Class(at - 1) };
            break;
        }
    }
    let end = at.min(words.len());
    let program_arguments =
        if matches!(target, Target::Missing) { end..end } else { end..words.len() };
    JavaCommand { options, target, program_arguments, argument_file }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Marks each word: `o` option, `t` target, `p` program argument, `-` neither.
    fn marks(line: &str) -> String {
        let words: Vec<&str> = line.split(' ').collect();
        let command = read(&words);
        let target = match command.target {
            Target::Jar(at) | Target::Module(at) | Target::Class(at) => Some(at),
            Target::Nothing | Target::Missing => None,
        };
        (0..words.len())
            .map(|at| match at {
                _ if Some(at) == target => 't',
                _ if command.options.contains(&at) => 'o',
                _ if command.program_arguments.contains(&at) => 'p',
                _ => '-',
            })
            .collect()
    }

    #[test]
    fn words_are_classified_as_the_launcher_does() {
        let table = [
            ("-jar app.jar", "-t"),
            ("-Da=b -Xmx1g -jar app.jar --port 80", "oo-tpp"),
            ("-jar -Dx=1 app.jar -Dy=2", "-otp"),
            ("-cp a:b Main -javaagent:x", "o-tp"),
            ("-classpath -javaagent:x Main", "o-t"),
            ("--add-opens a/b=c -XX:+UseZGC -m mod/cls x", "o-o-tp"),
            ("--add-opens=a/b=c --module mod x", "o-tp"),
            ("--module=mod/cls x", "tp"),
            ("Main.java x", "tp"),
            ("@args -javaagent:x Main", "-ot"),
            ("-version x", "op"),
            ("-Da=b", "o"),
            ("-jar", "-"),
            ("$JAVA_OPTS -jar app.jar", "tpp"),
        ];
        for (line, expected) in table {
            assert_eq!(marks(line), expected, "{line}");
        }
    }

    #[test]
    fn an_argument_file_is_noted() {
        assert_eq!(read(&["-Da", "@/opt/args", "Main"]).argument_file, Some(1));
        assert_eq!(read(&["-cp", "@/app/classpath", "Main"]).argument_file, None);
    }
}
