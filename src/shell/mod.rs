//! Shell text to simple commands and their words; the only module that names the `brush-parser`
//! crate.
//!
//! Every simple command counts, wherever it stands: in lists, pipes, `if`, loops, subshells and
//! functions. What stands inside a word (`$(…)`, a quoted text for another shell) is not entered
//! here. Nothing is expanded: a word keeps its `$NAME`.
//!
//! What the parser costs, measured on 23,356 texts of real Dockerfiles and scripts: 13 µs a text (at
//! most 4 ms), 52 crates that nothing else needs, and `guards` against its hangs. It has no features to
//! turn off. `yash-syntax` is under the GPL, and tree-sitter wants a C compiler of everybody who builds.
//! A reader of our own took 4 µs and found the same commands, but has not passed the referee of
//! `testdata/e2e/shell` yet.

mod guards;
mod here_documents;
mod words;

use std::collections::BTreeMap;

use std::sync::Arc;

use brush_parser::ast;

use crate::cooked::Cooked;
use crate::dockerfile::HereDocument;
use crate::memo::Memo;
use crate::source::Span;

pub use words::{expanded, expansion_end, is_plain, quote, variable};
use words::{in_quotes, unquoted};

/// Variables and their values: those in scope while a stage is built, or the environment of a process.
pub type Variables = BTreeMap<String, String>;

/// What a shell text holds.
#[derive(Debug, Default)]
pub struct ShellText {
    /// Its simple commands, in the order in which they are written.
    pub commands: Vec<SimpleCommand>,
    /// The names of the functions that it defines.
    pub functions: Vec<String>,
    /// The `for NAME in VALUE…` in it.
    pub loops: Vec<Loop>,
    /// Of each subshell, the one that it stands in; the first is the text itself.
    pub subshells: Vec<usize>,
    /// Of each branch, the one that it stands in; the first is what always runs.
    pub branches: Vec<usize>,
}

impl ShellText {
    /// Whether what runs in one branch has run before the command of another one: `A=1` in front of the
    /// `if`, and not that in it, of a command behind the `if`.
    pub fn has_run(&self, branch: usize, before: usize) -> bool {
        let above = |branch: &usize| {
            (*branch > 0).then(|| self.branches.get(*branch).copied().unwrap_or_default())
        };
        std::iter::successors(Some(before), above).any(|one| one == branch)
    }
}

/// A simple command: its assignments, its words, and the files that it is redirected to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SimpleCommand {
    /// `NAME=value` in front of the command, or alone.
    pub assignments: Vec<(String, String)>,
    /// The command's name and its arguments; none for what is redirected as a whole.
    pub words: Vec<ShellWord>,
    /// ```text
    /// echo java >/start.sh
    ///            ^^^^^^^^^
    /// ```
    pub writes: Vec<ShellWord>,
    /// One of these files keeps what it holds: `>>FILE`.
    pub appends: bool,
    /// What it reads from the text itself: `cat <<END`.
    pub here_document: Option<HereDocument>,
    /// The subshell that it stands in: an index into [`ShellText::subshells`].
    pub subshell: usize,
    /// The branch that it stands in (of `if`, `case`, `&&`, a loop, a subshell): an index into
    /// [`ShellText::branches`].
    pub branch: usize,
    /// Nobody waits for it: `node a.js &`.
    pub in_background: bool,
}

/// `for NAME in VALUE…`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loop {
    /// The first command of its body: an index into [`ShellText::commands`].
    pub first_command: usize,
    /// The variable.
    pub name: String,
    /// Its values, as they are written.
    pub values: Vec<ShellWord>,
}

/// A word of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShellWord {
    /// ```text
    /// exec java -jar "/app dir/a.jar" >log
    ///                ^^^^^^^^^^^^^^^^  as written, in the file's bytes
    /// ```
    pub span: Span,
    /// The word without its quotes; expansions stay as they are written.
    pub value: Cooked,
    /// What the shell makes of it.
    pub expansion: Expansion,
    /// One pair of quotes holds the whole word.
    pub in_quotes: bool,
}

/// What a shell makes of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expansion {
    /// One argument, as it stands.
    Literal,
    /// One argument with parts that the shell fills in.
    Quoted,
    /// Nothing but an expansion without quotes, or `"$@"`: any number of arguments.
    Split,
}

/// The most commands that are looked through.
const MOST_COMMANDS: usize = 5_000;

/// How many bytes of text are kept with what was read in them.
const MOST_KEPT: usize = 128 << 10;

/// Reads shell text.
///
/// # Errors
/// Why the text is not read.
pub fn read(text: &Cooked) -> Result<Arc<ShellText>, String> {
    static KEPT: Memo<Cooked, Result<Arc<ShellText>, String>> = Memo::new(MOST_KEPT);
    KEPT.get(text, text.text.len(), || parse(text).map(Arc::new))
}

fn parse(text: &Cooked) -> Result<ShellText, String> {
    guards::check(&text.text)?;
    let options = brush_parser::ParserOptions::default();
    let parse = || brush_parser::Parser::new(text.text.as_bytes(), &options).parse_program();
    let program = std::panic::catch_unwind(parse)
        .map_err(|_| "the shell parser failed on it".to_owned())?
        .map_err(|error| format!("it is not valid shell text ({error})"))?;
    let found = ShellText { subshells: vec![0], branches: vec![0], ..ShellText::default() };
    let offsets = Offsets::of(&text.text);
    let mut collector =
        Collector { text, offsets, found, subshell: 0, branch: 0, is_misread: false };
    program.complete_commands.iter().for_each(|list| collector.list(list));
    if collector.is_misread {
        return Err("subshells in subshells are not read".to_owned());
    }
    if collector.found.commands.len() > MOST_COMMANDS {
        return Err(format!("it has more than {MOST_COMMANDS} commands"));
    }
    Ok(collector.found)
}

/// The parser counts characters; spans are bytes.
enum Offsets {
    Ascii,
    Characters(Vec<usize>),
}

impl Offsets {
    fn of(text: &str) -> Self {
        if text.is_ascii() {
            return Self::Ascii;
        }
        let starts = text.char_indices().map(|(at, _)| at);
        Self::Characters(starts.chain([text.len()]).collect())
    }

    fn byte(&self, character: usize) -> Option<usize> {
        match self {
            Self::Ascii => Some(character),
            Self::Characters(offsets) => offsets.get(character).copied(),
        }
    }
}

struct Collector<'t> {
    text: &'t Cooked,
    offsets: Offsets,
    found: ShellText,
    /// The subshell that is being read.
    subshell: usize,
    /// The branch that is being read.
    branch: usize,
    /// The parser took something for what it is not.
    is_misread: bool,
}

impl Collector<'_> {
    fn list(&mut self, list: &ast::CompoundList) {
        for ast::CompoundListItem(and_or, separator) in &list.0 {
            let outer = self.branch;
            let first = self.found.commands.len();
            self.pipeline(&and_or.first);
            for more in &and_or.additional {
                let pipeline = match more {
                    // It runs where the one before has run.
                    ast::AndOr::And(pipeline) => pipeline,
                    ast::AndOr::Or(pipeline) => {
                        self.branch = outer;
                        pipeline
                    }
                };
                self.enter_branch();
                self.pipeline(pipeline);
            }
            self.branch = outer;
            if matches!(separator, ast::SeparatorOperator::Async) {
                let own = self.found.commands.iter_mut().skip(first);
                own.for_each(|command| command.in_background = true);
            }
        }
    }

    /// What follows runs under a condition.
    fn enter_branch(&mut self) {
        self.found.branches.push(self.branch);
        self.branch = self.found.branches.len() - 1;
    }

    /// A list that runs under a condition.
    fn branch(&mut self, list: &ast::CompoundList) {
        let outer = self.branch;
        self.enter_branch();
        self.list(list);
        self.branch = outer;
    }

    fn pipeline(&mut self, pipeline: &ast::Pipeline) {
        pipeline.seq.iter().for_each(|command| self.command(command));
    }

    fn command(&mut self, command: &ast::Command) {
        match command {
            ast::Command::Simple(simple) => self.simple(simple),
            ast::Command::Compound(compound, redirects) => {
                self.redirected(redirects.as_ref());
                self.compound(compound);
            }
            ast::Command::Function(function) => {
                self.found.functions.push(function.fname.value.clone());
                self.redirected(function.body.1.as_ref());
                self.compound(&function.body.0);
            }
            ast::Command::ExtendedTest(..) => {}
        }
    }

    fn compound(&mut self, compound: &ast::CompoundCommand) {
        use ast::CompoundCommand as Compound;
        match compound {
            Compound::BraceGroup(group) => self.list(&group.list),
            Compound::Subshell(subshell) => {
                let outer = self.subshell;
                self.subshell = self.found.subshells.len();
                self.found.subshells.push(outer);
                self.branch(&subshell.list);
                self.subshell = outer;
            }
            Compound::ForClause(one) => {
                let values = one.values.iter().flatten().filter_map(|word| self.word(word));
                let values = values.collect();
                let (name, first_command) = (one.variable_name.clone(), self.found.commands.len());
                self.found.loops.push(Loop { first_command, name, values });
                self.branch(&one.body.list);
            }
            Compound::ArithmeticForClause(one) => self.branch(&one.body.list),
            Compound::CaseClause(case) => {
                case.cases.iter().filter_map(|case| case.cmd.as_ref()).for_each(|c| self.branch(c));
            }
            Compound::IfClause(clause) => {
                self.list(&clause.condition);
                self.branch(&clause.then);
                for other in clause.elses.iter().flatten() {
                    other.condition.iter().for_each(|condition| self.branch(condition));
                    self.branch(&other.body);
                }
            }
            Compound::WhileClause(clause) | Compound::UntilClause(clause) => {
                self.list(&clause.0);
                self.branch(&clause.1.list);
            }
            Compound::Coprocess(coprocess) => self.command(&coprocess.body),
            Compound::Arithmetic(arithmetic) => {
                // Two subshells, which the parser takes for arithmetic: `( (a))`.
                let start = self.offsets.byte(arithmetic.loc.start.index).unwrap_or_default();
                let raw = self.text.text.get(start..).unwrap_or_default().trim_start();
                self.is_misread |= !raw.starts_with("((");
            }
        }
    }

    fn simple(&mut self, simple: &ast::SimpleCommand) {
        let (subshell, branch) = (self.subshell, self.branch);
        let mut command = SimpleCommand { subshell, branch, ..SimpleCommand::default() };
        let prefix = simple.prefix.iter().flat_map(|prefix| &prefix.0);
        let suffix = simple.suffix.iter().flat_map(|suffix| &suffix.0);
        for item in prefix.clone() {
            if let ast::CommandPrefixOrSuffixItem::AssignmentWord(assignment, _) = item {
                command.assignments.extend(scalar(assignment));
            }
        }
        for item in prefix.chain(suffix.clone()) {
            if let ast::CommandPrefixOrSuffixItem::IoRedirect(redirect) = item {
                command.writes.extend(self.written(redirect));
                command.appends |= appends(redirect);
                command.here_document = command.here_document.or_else(|| self.here(redirect));
            }
        }
        let name = simple.word_or_name.iter();
        let arguments = suffix.filter_map(|item| match item {
            ast::CommandPrefixOrSuffixItem::Word(word)
            // `export A=b`, and `java A=b`
            | ast::CommandPrefixOrSuffixItem::AssignmentWord(_, word) => Some(word),
            _ => None,
        });
        command.words.extend(name.chain(arguments).filter_map(|word| self.word(word)));
        self.found.commands.push(command);
    }

    /// What is redirected as a whole, as a command without words in front of it.
    fn redirected(&mut self, redirects: Option<&ast::RedirectList>) {
        let redirects = redirects.iter().flat_map(|list| &list.0);
        let writes: Vec<ShellWord> = redirects.filter_map(|one| self.written(one)).collect();
        if !writes.is_empty() {
            let (subshell, branch) = (self.subshell, self.branch);
            let redirected = SimpleCommand { writes, subshell, branch, ..SimpleCommand::default() };
            self.found.commands.push(redirected);
        }
    }

    /// The file that a redirection makes.
    fn written(&self, redirect: &ast::IoRedirect) -> Option<ShellWord> {
        use ast::{IoFileRedirectKind as To, IoFileRedirectTarget as Target, IoRedirect};
        match redirect {
            IoRedirect::File(_, To::Write | To::Append | To::Clobber, Target::Filename(word))
            | IoRedirect::OutputAndError(word, _) => self.word(word),
            _ => None,
        }
    }

    fn here(&self, redirect: &ast::IoRedirect) -> Option<HereDocument> {
        let ast::IoRedirect::HereDocument(_, document) = redirect else { return None };
        let opened = self.offsets.byte(document.here_end.loc.as_ref()?.end.index)?;
        here_documents::read(self.text, document, opened)
    }

    fn word(&self, word: &ast::Word) -> Option<ShellWord> {
        let location = word.loc.as_ref()?;
        let mut span =
            self.offsets.byte(location.start.index)?..self.offsets.byte(location.end.index)?;
        let mut raw = self.text.text.get(span.clone())?;
        // Behind a joined line the parser begins the word too early.
        while let Some(rest) =
            raw.strip_prefix("\\\n").or_else(|| raw.strip_prefix([' ', '\t', '\n']))
        {
            raw = rest;
        }
        span.start = span.end - raw.len();
        let (value, expansion) = unquoted(self.text, span.start, raw);
        let in_quotes = in_quotes(raw);
        Some(ShellWord { span: self.text.file_span(span), value, expansion, in_quotes })
    }
}

fn appends(redirect: &ast::IoRedirect) -> bool {
    use ast::{IoFileRedirectKind as To, IoRedirect};
    matches!(redirect, IoRedirect::File(_, To::Append, _) | IoRedirect::OutputAndError(_, true))
}

fn scalar(assignment: &ast::Assignment) -> Option<(String, String)> {
    match (&assignment.name, &assignment.value) {
        (ast::AssignmentName::VariableName(name), ast::AssignmentValue::Scalar(value)) => {
            let value = unquoted(&Cooked::plain(&value.value, 0), 0, &value.value).0.text;
            Some((name.clone(), value))
        }
        _ => None,
    }
}

/// The name of the program that a shell looks for, by a rough look; for messages.
pub fn first_word(text: &str) -> String {
    let text = Cooked::plain(text, 0);
    let read = read(&text).ok();
    let first = read.as_ref().and_then(|read| read.commands.first()?.words.first());
    match first {
        Some(word) => word.value.text.clone(),
        None => text.text.split_whitespace().next().unwrap_or_default().replace(['"', '\''], ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands(text: &str) -> Vec<Vec<String>> {
        let commands = &read(&Cooked::plain(text, 0)).unwrap().commands;
        let words = |one: &SimpleCommand| {
            one.words.iter().map(|word| word.value.text.clone()).collect::<Vec<_>>()
        };
        commands.iter().map(words).collect()
    }

    #[test]
    fn commands_are_found_wherever_they_stand() {
        let table = [
            "a; b && java x | c || d &",
            "if a; then b; elif c; then java; else d; fi",
            "while a; do b; done; until c; do java; done; for i in 1 2; do d; done",
            "(a); { b; }; f() { java; }; case $x in 1) c ;; *) d ;; esac",
        ];
        for text in table {
            let mut names: Vec<String> = commands(text).iter().map(|c| c[0].clone()).collect();
            names.sort();
            assert_eq!(names, ["a", "b", "c", "d", "java"], "{text}");
        }
    }

    #[test]
    fn redirections_subshells_and_loops_are_told() {
        let text = "for f in a 'b c'; do (cd /x && echo >$f) >>all; done; { d; } &>log; e 2>&1 <in";
        let text = read(&Cooked::plain(text, 0)).unwrap();
        let writes = |command: &SimpleCommand| {
            command.writes.iter().map(|word| word.value.text.clone()).collect::<Vec<_>>()
        };
        let written: Vec<_> = text.commands.iter().map(writes).collect();
        assert_eq!(written.concat(), ["all", "$f", "log"]);
        let subshells: Vec<usize> = text.commands.iter().map(|command| command.subshell).collect();
        assert_eq!(subshells, [0, 1, 1, 0, 0, 0]);
        assert_eq!(text.subshells, [0, 0]);
        let [one] = text.loops.as_slice() else { panic!("one loop") };
        let values: Vec<&str> = one.values.iter().map(|word| word.value.text.as_str()).collect();
        assert_eq!((one.name.as_str(), one.first_command, values), ("f", 0, vec!["a", "b c"]));
    }

    #[test]
    fn here_documents_have_places() {
        let table = [
            ("cat >f <<E\na\n b\nE\nc", Some(("a\n b\n", true, vec![11, 13]))),
            ("cat <<'E' >>f && c\na\nE\n", Some(("a\n", false, vec![19]))),
            ("cat <<-\"E\"\n\ta\n\t\tb\n\tE\n", Some(("a\nb\n", false, vec![12, 16]))),
            ("cat <<E\nE\n", Some(("", true, vec![]))),
            ("cat <<A <<B\na\nA\nb\nB\n", Some(("a\n", true, vec![12]))),
            ("a <<A; cat <<B\na\nA\nb\nB\n", None),
        ];
        for (text, expected) in table {
            let read = read(&Cooked::plain(text, 0)).unwrap();
            let cat = |one: &&SimpleCommand| one.words[0].value.text == "cat";
            let found = &read.commands.iter().find(cat).unwrap().here_document;
            let found = found.as_ref().map(|one| {
                let lines = one.body.text.split_inclusive('\n').scan(0, |at, line| {
                    *at += line.len();
                    Some(one.body.file_span(*at - line.len()..*at).start)
                });
                (one.body.text.as_str(), one.expands, lines.collect())
            });
            assert_eq!(found, expected, "{text}");
        }
    }

    #[test]
    fn what_runs_under_a_condition_is_told() {
        let table = [
            ("A=1; java", true),
            ("A=1 && java", true),
            ("x && A=1 && java", true),
            ("x && A=1; java", false),
            ("x && A=1 || java", false),
            ("if x; then A=1; fi; java", false),
            ("if x; then A=1; java; fi", true),
            ("if x; then A=1; else java; fi", false),
            ("A=1; if x; then java; fi", true),
            ("case $x in a) A=1 ;; esac; java", false),
            ("for i in a; do A=1; done; java", false),
            ("while x; do A=1; done; java", false),
            ("(A=1); java", false),
            ("(A=1; java)", true),
            ("{ A=1; }; java", true),
        ];
        for (text, expected) in table {
            let read = read(&Cooked::plain(text, 0)).unwrap();
            let assigned = read.commands.iter().find(|one| !one.assignments.is_empty()).unwrap();
            let java = read
                .commands
                .iter()
                .find(|one| one.words.first().is_some_and(|word| word.value.text == "java"));
            assert_eq!(read.has_run(assigned.branch, java.unwrap().branch), expected, "{text}");
        }
    }

    #[test]
    fn words_lose_their_quotes_and_keep_their_expansions() {
        let table = [
            ("java 'a b' \"c\\\"d\\x\" e\\ f g\"h\"'i'", vec!["a b", "c\"d\\x", "e f", "ghi"]),
            (
                "java $A \"$B/x\" ${C:-\"a b\"} $(d \"e f\") `g h` \\$i",
                vec!["$A", "$B/x", "${C:-\"a b\"}", "$(d \"e f\")", "`g h`", "$i"],
            ),
            ("A=b C='d e' java é -ja\\\nr >x 2>&1 <y", vec!["é", "-jar"]),
        ];
        for (text, expected) in table {
            assert_eq!(commands(text)[0][1..], expected, "{text}");
        }
        let command = &read(&Cooked::plain("A=b C='d e' java", 0)).unwrap().commands[0];
        assert_eq!(command.assignments[1], ("C".to_owned(), "d e".to_owned()));
    }

    #[test]
    fn spans_are_bytes_of_the_file() {
        let text = "echo é; java \\\n \"ü x\"";
        let command = &read(&Cooked::plain(text, 0)).unwrap().commands[1];
        assert_eq!(&text[command.words[0].span.clone()], "java");
        assert_eq!(&text[command.words[1].span.clone()], "\"ü x\"");
    }

    #[test]
    fn quoted_values_survive_a_shell() {
        for (value, expected) in
            [("-Da=b", "-Da=b"), ("-Da=b c", "'-Da=b c'"), ("-Da='", "'-Da='\\'''"), ("", "''")]
        {
            assert_eq!(quote(value), expected);
            assert_eq!(commands(&format!("x {expected}"))[0][1], value);
        }
    }
}
