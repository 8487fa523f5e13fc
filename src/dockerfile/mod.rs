//! A Dockerfile as Docker reads it: instructions, stages, and where each argument stands.
//!
//! [`read`] is the only way in. It joins lines ([`lines`]), hands each joined line to the
//! `parse-dockerfile` crate ([`syntax`], which alone names that crate) and groups instructions
//! into stages. Nothing here looks at what a command does; that is the work of `launch`.

pub(crate) mod lines;
mod syntax;
pub(crate) mod words;

pub use lines::Comment;

use std::collections::BTreeMap;

use crate::cooked::Cooked;
use crate::source::Span;

/// Why Docker would refuse the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// The byte at which the mistake begins.
    pub offset: usize,
    /// What is wrong, in Docker's terms.
    pub message: String,
}

/// A whole Dockerfile.
#[derive(Debug, Default)]
pub struct Dockerfile {
    /// All instructions, in order.
    pub instructions: Vec<Instruction>,
    /// The build stages, in order; never empty.
    pub stages: Vec<Stage>,
    /// Every comment line.
    pub comments: Vec<Comment>,
    /// The escape character, `\` or a backtick.
    pub escape: char,
    /// The frontend that the `# syntax=` directive names.
    pub syntax: Option<String>,
}

/// A build stage: a FROM and what follows it.
#[derive(Debug)]
pub struct Stage {
    /// The image or stage name as it is written, variables not expanded.
    pub base: String,
    /// The name behind AS.
    pub name: Option<String>,
    /// Indexes of its instructions in [`Dockerfile::instructions`], FROM included.
    pub instructions: std::ops::Range<usize>,
}

/// One instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instruction {
    /// ```text
    /// COPY a \⏎  /b⏎
    /// ^^^^^^^^^^^^^^^  whole physical lines, with here-documents and the last line break
    /// ```
    pub span: Span,
    /// ```text
    /// COPY a /b
    /// ^^^^
    /// ```
    pub keyword: Span,
    /// ```text
    /// COPY a /b
    /// ^^^^^^^^^  keyword to last argument; shell text keeps its continuations
    /// ```
    pub content: Span,
    /// The line of the keyword, from 1.
    pub line: usize,
    /// What it says.
    pub kind: Kind,
}

/// What an instruction says; only what a verdict needs is kept in detail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// `FROM image [AS name]`
    From {
        /// As written.
        image: String,
        /// Behind AS.
        name: Option<String>,
    },
    /// `ENTRYPOINT …`
    Entrypoint(Command),
    /// `CMD …`
    Cmd(Command),
    /// `ADD …` and `COPY …`
    Transfer(Box<Transfer>),
    /// `RUN …`: the joined text, and below it the here-documents.
    Run(Cooked),
    /// `ARG name[=value] …`, values as written.
    Arg(Vec<(String, Option<String>)>),
    /// `ENV name=value …`
    Env(Vec<Variable>),
    /// `SHELL […]`
    Shell(Vec<String>),
    /// `USER …`, as written.
    User(String),
    /// `WORKDIR …`, as written.
    Workdir(String),
    /// `ONBUILD …`, which acts in child images only.
    Onbuild {
        /// The keyword of the instruction behind it, as written.
        name: String,
        /// What that says; its places mean nothing.
        child: Box<Self>,
    },
    /// Everything that does not act on the start of the container: EXPOSE, LABEL, HEALTHCHECK and others.
    Other,
}

/// The argument of ENTRYPOINT or CMD.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Exec form, a JSON array.
    Exec(ExecArray),
    /// Shell form, run by the stage's SHELL: the joined text.
    Shell(Cooked),
}

/// One variable of an ENV.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// ```text
    /// ENV A="b c" D=e
    ///     ^
    /// ```
    pub name_span: Span,
    /// Its value as written, quotes included.
    pub value: String,
    /// ```text
    /// ENV A="b c" D=e
    ///       ^^^^^
    /// ```
    pub span: Span,
}

/// An exec-form array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecArray {
    /// ```text
    /// CMD ["java", "-jar", "/app.jar"]
    ///     ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    /// ```
    pub span: Span,
    /// Its strings; `ENTRYPOINT []` has none.
    pub arguments: Vec<Argument>,
}

/// One string of an exec-form array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Argument {
    /// ```text
    /// CMD ["java", "-jar", "/app.jar"]
    ///      ^^^^^^  the quotes included
    /// ```
    pub span: Span,
    /// The decoded string.
    pub value: Cooked,
}

/// `ADD` or `COPY`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Transfer {
    /// ADD rather than COPY.
    pub add: bool,
    /// `--from=`: another stage or image.
    pub from: Option<String>,
    /// `--chmod=`, the mode as written.
    pub chmod: Option<Flag>,
    /// `--chown=`, as written.
    pub chown: Option<String>,
    /// `--parents`: the folders above the sources are kept.
    /// <https://docs.docker.com/reference/dockerfile/#copy---parents>
    pub parents: bool,
    /// `--exclude=`: what is left out of the sources.
    pub excludes: Vec<String>,
    /// What is copied, as written, without the here-documents.
    pub sources: Vec<String>,
    /// Where to, as written.
    pub destination: String,
    /// The here-documents among the sources: files whose text stands in the Dockerfile.
    /// <https://docs.docker.com/reference/dockerfile/#example-creating-inline-files>
    pub heredocs: Vec<HereDocument>,
}

/// A text that stands in the Dockerfile, below the instruction that opens it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HereDocument {
    /// The word that ends it; the name of the file in a folder, too.
    pub name: String,
    /// Its lines, without the tabs that `<<-` takes away.
    pub body: Cooked,
    /// The word is not in quotes: Docker fills in `$NAME` in the lines, and drops backslashes.
    pub expands: bool,
}

/// The value of a flag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// The value.
    pub value: String,
    /// ```text
    /// ADD --chmod=644 a /b
    ///             ^^^
    /// ```
    pub span: Span,
}

/// Reads a Dockerfile, or says where and why Docker would refuse it.
pub fn read(text: &str) -> Result<Dockerfile, SyntaxError> {
    let layout = lines::read(text)?;
    let mut instructions = layout
        .lines
        .into_iter()
        .map(|line| syntax::instruction(&line, layout.escape))
        .collect::<Result<Vec<_>, _>>()?;
    instructions.shrink_to_fit();
    number_lines(text, &mut instructions);
    let stages = stages(&instructions)?;
    let (comments, escape, syntax) = (layout.comments, layout.escape, layout.syntax);
    Ok(Dockerfile { instructions, stages, comments, escape, syntax })
}

/// The escape character that a file's directives set, whether Docker accepts the file or not.
pub fn escape(text: &str) -> char {
    lines::read(text).map_or('\\', |layout| layout.escape)
}

fn number_lines(text: &str, instructions: &mut [Instruction]) {
    let (mut line, mut at) = (1, 0);
    for instruction in instructions {
        let between = text.get(at..instruction.keyword.start).unwrap_or_default();
        line += between.matches('\n').count();
        at = instruction.keyword.start;
        instruction.line = line;
    }
}

/// Groups instructions into stages; only ARG may stand before the first FROM.
fn stages(instructions: &[Instruction]) -> Result<Vec<Stage>, SyntaxError> {
    let mut stages: Vec<Stage> = Vec::new();
    for (index, instruction) in instructions.iter().enumerate() {
        match (&instruction.kind, stages.last_mut()) {
            (Kind::From { image, name }, _) => stages.push(Stage {
                base: image.clone(),
                name: name.clone(),
                instructions: index..index + 1,
            }),
            (_, Some(stage)) => stage.instructions.end = index + 1,
            (Kind::Arg(_), None) => {}
            (_, None) => {
                return Err(SyntaxError {
                    offset: instruction.keyword.start,
                    message: "no build stage yet: the first instruction must be FROM (or ARG)"
                        .to_owned(),
                });
            }
        }
    }
    if stages.is_empty() {
        let message = "no FROM instruction: the file builds no image".to_owned();
        return Err(SyntaxError { offset: 0, message });
    }
    Ok(stages)
}

impl Dockerfile {
    /// The line of an instruction, from 1.
    pub fn line(&self, instruction: usize) -> usize {
        self.instructions.get(instruction).map_or(1, |instruction| instruction.line)
    }

    /// The instruction that a place in the file lies in.
    pub fn holding(&self, place: &Span) -> Option<usize> {
        let behind = self.instructions.partition_point(|one| one.span.start <= place.start);
        let at = behind.checked_sub(1)?;
        self.instructions.get(at).filter(|one| place.end <= one.span.end).map(|_| at)
    }

    /// The instructions of a stage with their indexes.
    pub fn of_stage(&self, stage: usize) -> impl Iterator<Item = (usize, &Instruction)> {
        let range = self.stages.get(stage).map_or(0..0, |stage| stage.instructions.clone());
        range.filter_map(|index| Some((index, self.instructions.get(index)?)))
    }

    /// The stages of each name, in lower case and in order.
    pub fn stages_by_name(&self) -> BTreeMap<String, Vec<usize>> {
        let mut named: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, stage) in self.stages.iter().enumerate() {
            if let Some(name) = &stage.name {
                named.entry(name.to_ascii_lowercase()).or_default().push(index);
            }
        }
        named
    }

    /// The stage that `--target` names, in any case.
    pub fn target_stage(&self, target: &str) -> Option<usize> {
        let is_named = |name: &String| name.eq_ignore_ascii_case(target);
        self.stages.iter().rposition(|stage| stage.name.as_ref().is_some_and(is_named))
    }

    /// The stage that `--from` names, or counts.
    pub fn copied_stage(&self, from: &str) -> Option<usize> {
        let number = || from.parse().ok().filter(|stage| *stage < self.stages.len());
        self.target_stage(from).or_else(number)
    }

    /// The first instruction that ends behind `offset`: the one that a comment there stands above
    /// or in.
    pub fn instruction_after(&self, offset: usize) -> Option<&Instruction> {
        self.instructions.get(self.instructions.partition_point(|one| one.span.end <= offset))
    }

    /// Whether a physical line that begins at `offset` is a comment.
    pub fn is_comment(&self, offset: usize) -> bool {
        self.comments.binary_search_by_key(&offset, |comment| comment.span.start).is_ok()
    }
}

impl Kind {
    /// The keyword of an instruction that says what starts.
    pub fn keyword(&self) -> &'static str {
        match self {
            Self::From { .. } => "FROM",
            Self::Entrypoint(_) => "ENTRYPOINT",
            Self::Cmd(_) => "CMD",
            _ => "",
        }
    }
}

impl Instruction {
    /// What an ENTRYPOINT or CMD starts.
    pub fn command(&self) -> Option<&Command> {
        match &self.kind {
            Kind::Entrypoint(command) | Kind::Cmd(command) => Some(command),
            _ => None,
        }
    }

    /// The exec-form array of an ENTRYPOINT or CMD.
    pub fn exec_array(&self) -> Option<&ExecArray> {
        match self.command()? {
            Command::Exec(array) => Some(array),
            Command::Shell(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(command: &Command) -> Vec<&str> {
        match command {
            Command::Exec(array) => array.arguments.iter().map(|a| a.value.text.as_str()).collect(),
            Command::Shell(text) => vec!["SHELL", &text.text],
        }
    }

    fn last_command(text: &str) -> Command {
        let file = read(text).unwrap();
        match file.instructions.last().map(|i| i.kind.clone()) {
            Some(Kind::Entrypoint(command) | Kind::Cmd(command)) => command,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn exec_form_is_a_json_array_of_strings_and_nothing_else() {
        let table: &[(&str, &[&str])] = &[
            (r#"["java", "-jar"]"#, &["java", "-jar"]),
            ("[ \"a\\u0041\\n\" ,\"b\" ]  ", &["aA\n", "b"]),
            ("[\"a\", \\\n  # c\n\n  \"b\"]", &["a", "b"]),
            ("[]", &[]),
            ("[ ]", &[]),
            (r#"["a",]"#, &["SHELL", r#"["a",]"#]),
            (r#"["a" "b"]"#, &["SHELL", r#"["a" "b"]"#]),
            (r#"['a']"#, &["SHELL", r#"['a']"#]),
            (r#"["a"] b"#, &["SHELL", r#"["a"] b"#]),
            ("[ -f x ] && y", &["SHELL", "[ -f x ] && y"]),
            (r#"["\d"]"#, &["SHELL", r#"["\d"]"#]),
            ("a  b ", &["SHELL", "a  b"]),
        ];
        for (text, expected) in table {
            for keyword in ["ENTRYPOINT", "cmd", "ENTRY\\\nPOINT"] {
                let command = last_command(&format!("FROM x\n{keyword} {text}"));
                assert_eq!(values(&command), *expected, "{keyword} {text}");
            }
        }
    }

    #[test]
    fn spans_point_into_the_file() {
        let text = "\u{feff}FROM x\r\nCMD [\"java\", \\\r\n\t\"-jar\"]\r\n";
        let file = read(text).unwrap();
        let cmd = &file.instructions[1];
        let array = cmd.exec_array().unwrap();
        assert_eq!(&text[array.arguments[0].span.clone()], "\"java\"");
        assert_eq!(&text[array.arguments[1].span.clone()], "\"-jar\"");
        assert_eq!(&text[array.span.clone()], "[\"java\", \\\r\n\t\"-jar\"]");
        assert_eq!(&text[cmd.keyword.clone()], "CMD");
        assert_eq!(&text[cmd.span.clone()], "CMD [\"java\", \\\r\n\t\"-jar\"]\r\n");
        assert_eq!(&text[file.instructions[0].span.clone()], "FROM x\r\n");
    }

    #[test]
    fn what_docker_refuses_is_an_error_with_a_place() {
        let table = [
            ("", 0, "no FROM"),
            ("# only a comment\n", 0, "no FROM"),
            ("CMD x\nFROM y", 0, "no build stage"),
            ("FROM x\nENTRYPOINT [\"a\", 8080]", 7, "strings only"),
            ("FROM x\nENTRYPOINT", 7, "at least one argument"),
            ("FROM x\nNOPE y", 7, "unknown instruction"),
            ("FROM x\nENTRYPOINT [\"java\",\n\"-jar\"]", 27, "unknown instruction"),
            ("FROM", 0, "at least one argument"),
            ("FROM x\nENV a", 7, "ENV"),
        ];
        for (text, offset, message) in table {
            let error = read(text).unwrap_err();
            assert!(error.message.contains(message), "{text:?}: {error:?}");
            assert_eq!(error.offset, offset, "{text:?}: {error:?}");
        }
    }

    #[test]
    fn stages_may_share_a_name() {
        let file = read("ARG v\nFROM a AS Base\nFROM b AS base\nFROM base\n").unwrap();
        assert_eq!(file.stages_by_name().get("base"), Some(&vec![0, 1]));
        assert_eq!(file.target_stage("bAsE"), Some(1));
        assert_eq!(file.stages[0].instructions, 1..2);
    }
}
