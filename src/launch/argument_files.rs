//! `java @/app/jvm.options -jar app.jar`: the options that stand in files of arguments.
//!
//! The launcher reads them where the word stands, since Java 9; in such a file an `@` means nothing:
//! <https://docs.oracle.com/en/java/javase/21/docs/specs/man/java.html#java-command-line-argument-files>.

use super::options::{Place, PlacedOption};
use super::reading::Reader;
use super::scripts::Order;
use super::{Launch, java};

/// The options of a file of arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArgumentFile {
    /// The word that names it.
    pub word: usize,
    /// Its path, as the word says it.
    pub path: String,
    /// The options in it, up to the jar or main class.
    pub options: Vec<String>,
}

impl ArgumentFile {
    /// Its options, each with its place.
    pub(super) fn placed(&self) -> impl Iterator<Item = PlacedOption> {
        let place = || Place::File(self.word, self.path.clone());
        self.options.iter().map(move |text| PlacedOption { text: text.clone(), place: place() })
    }
}

/// Reads the files of arguments of each launch that are known.
pub(super) fn read(reader: &Reader<'_>, launches: &mut [Launch]) {
    for launch in launches.iter_mut().filter(|launch| launch.jvm.java != Some(8)) {
        // A shell may have changed the folder.
        let in_array = launch.program.and_then(|at| launch.words.get(at)?.array()).is_some();
        let workdir = reader.finder.facts.workdir.as_deref().filter(|_| in_array);
        let files = named(launch).filter_map(|(word, path)| {
            let file = reader.finder.script(path, workdir, Order::Folder).ok()?;
            Some(ArgumentFile { word, path: path.to_owned(), options: options(file.text()) })
        });
        launch.argument_files = files.collect();
    }
}

/// The words in front of the jar or main class that name such a file.
fn named(launch: &Launch) -> impl Iterator<Item = (usize, &str)> {
    let command = launch.command().and_then(|(program, java)| {
        let first = program + 1 + java.argument_file?;
        Some(first..program + 1 + java.program_arguments.start)
    });
    let words = launch.words.iter().enumerate();
    words
        .filter(move |(at, _)| command.as_ref().is_some_and(|range| range.contains(at)))
        .filter_map(|(at, word)| Some((at, word.value().strip_prefix('@')?)))
}

/// The options in a file of arguments.
fn options(text: &str) -> Vec<String> {
    let words = split(text);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let read = java::read(&words);
    read.options.iter().filter_map(|at| words.get(*at)).map(|&word| word.to_owned()).collect()
}

/// Splits such a file as the launcher does: at blanks and line ends; quotes hold them together, where a
/// backslash stands for the next character, or at a line's end continues the word; `#` begins a comment.
fn split(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) if c == '\\' => escaped(&mut chars, word.get_or_insert_default()),
            Some(_) => word.get_or_insert_default().push(c),
            None if matches!(c, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            None if c == '#' => {
                // In the middle of a word it loses the word (measured on Java 17).
                word = None;
                while chars.next_if(|c| *c != '\n').is_some() {}
            }
            None if c.is_ascii_whitespace() => words.extend(word.take()),
            None => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// What a backslash inside quotes stands for.
fn escaped(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, word: &mut String) {
    match chars.next() {
        Some('n') => word.push('\n'),
        Some('r') => word.push('\r'),
        Some('t') => word.push('\t'),
        Some('f') => word.push('\u{c}'),
        Some('\n' | '\r') => while chars.next_if(|c| c.is_ascii_whitespace()).is_some() {},
        Some(c) => word.push(c),
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_the_launcher_splits_them() {
        let table: [(&str, &[&str]); 7] = [
            ("-Da=1 -Db=2\n-Xmx1g\r\n", &["-Da=1", "-Db=2", "-Xmx1g"]),
            ("# a comment\n-Da=1 # another\n", &["-Da=1"]),
            ("-Da=\"b c\" '-Dd=e f'", &["-Da=b c", "-Dd=e f"]),
            ("\"C:\\\\app\"", &["C:\\app"]),
            ("-cp \"a:\\\n   b\"", &["-cp", "a:b"]),
            ("-Da=\\b \"x\\ty\"", &["-Da=\\b", "x\ty"]),
            ("-Da=1#2\n-Dd=4", &["-Dd=4"]),
        ];
        for (text, expected) in table {
            assert_eq!(split(text), expected, "{text}");
        }
    }
}
