//! The grammar of one instruction; the only module that names the `parse-dockerfile` crate.
//!
//! The crate parses whole files, but [`super::lines`] has joined the lines already (it knows
//! BuildKit's rules for continuations and here-documents, where the crate differs), so each joined
//! line is handed to it behind a FROM of its own. Two gaps are bridged here: it rejects
//! `ENTRYPOINT []`, which is legal, and it takes `["java", 8]` for shell text, which Docker
//! refuses.

use parse_dockerfile as parser;
use serde_json::Value;

use super::lines::{LogicalLine, split_word};
use super::{
    Argument, Command, ExecArray, Flag, Instruction, Kind, SyntaxError, Transfer, Variable,
};
use crate::cooked::Cooked;
use crate::source::Span;

/// Stands before each line, because the crate refuses a file that does not begin with FROM.
const PREFIX: &str = "FROM scratch\n";

/// Stands for `<<`, as long as that.
const MARKER: &str = "\u{1}\u{1}";

/// Reads one joined line.
pub(super) fn instruction(line: &LogicalLine, escape: char) -> Result<Instruction, SyntaxError> {
    let text = line.cooked.text.as_str();
    let start = text.len() - text.trim_start().len();
    let (keyword, _) = split_word(text.trim());
    let keyword_span = line.cooked.file_span(start..start + keyword.len());
    let kind = kind(line, keyword, escape)
        .map_err(|message| SyntaxError { offset: keyword_span.start, message })?;
    Ok(Instruction {
        span: line.span.clone(),
        content: line.cooked.file_span(start..text.trim_end().len()),
        keyword: keyword_span,
        line: 1,
        kind,
    })
}

fn kind(line: &LogicalLine, keyword: &str, escape: char) -> Result<Kind, String> {
    let text = line.cooked.text.as_str();
    let arguments = split_word(text.trim()).1;
    match keyword.to_ascii_uppercase().as_str() {
        "ENTRYPOINT" => command(line, arguments).map(Kind::Entrypoint),
        "CMD" => command(line, arguments).map(Kind::Cmd),
        "RUN" => known_flags(arguments, RUN_FLAGS).map(|()| Kind::Run(run_text(line, arguments))),
        "ENV" => key_values(&argument_text(line, arguments), escape).map(Kind::Env),
        "ARG" => Ok(Kind::Arg(arg_values(arguments, escape))),
        "USER" => exactly_one(keyword, arguments).map(Kind::User),
        "WORKDIR" => exactly_one(keyword, arguments).map(Kind::Workdir),
        // A here-document's body is gone from the joined line: its marker is a plain source here.
        "ADD" | "COPY" if !line.heredocs.is_empty() => {
            let kind = parse(&text.replace("<<", MARKER), |parsed| simple(parsed, line))?;
            Ok(with_heredocs(kind, line))
        }
        // The crate would read the child as an instruction of this stage; it acts in child images.
        "ONBUILD" => {
            let child = Box::new(child(line, arguments, escape)?);
            Ok(Kind::Onbuild { name: split_word(arguments).0.to_owned(), child })
        }
        _ => parse(text, |parsed| simple(parsed, line)),
    }
}

/// Reads ENTRYPOINT or CMD: a JSON array of strings is exec form, an array that holds anything
/// else is an error, and all other text is for the shell, an array with a mistake included
/// ([`parseMaybeJSON`](https://github.com/moby/buildkit/blob/v0.30.0/frontend/dockerfile/parser/line_parsers.go)).
fn command(line: &LogicalLine, arguments: &str) -> Result<Command, String> {
    known_flags(arguments, &[])?;
    let text = line.cooked.text.as_str();
    match serde_json::from_str::<Value>(arguments) {
        Ok(Value::Array(values)) if values.is_empty() => {
            let start = text.find('[').unwrap_or(0);
            let span = line.cooked.file_span(start..text.trim_end().len());
            Ok(Command::Exec(ExecArray { span, arguments: Vec::new() }))
        }
        Ok(Value::Array(values)) if values.iter().any(|value| !value.is_string()) => {
            Err("an exec-form array takes strings only: put every item in double quotes".to_owned())
        }
        Ok(Value::Array(values)) if values.len() > MOST_STRINGS => Err(format!(
            "an array of more than {MOST_STRINGS} strings, which entrypatch does not read"
        )),
        Ok(Value::Array(_)) => parse(text, |parsed| exec_array(parsed, line)).map(Command::Exec),
        // The crate knows what an empty ENTRYPOINT or CMD means.
        _ => parse(text, |_| Ok(Command::Shell(argument_text(line, arguments)))),
    }
}

/// More strings in one array are no command that a kernel starts, and take a lot of memory.
const MOST_STRINGS: usize = 10_000;

/// What stands behind the keyword, with its places; `arguments` is the end of the trimmed line.
fn argument_text(line: &LogicalLine, arguments: &str) -> Cooked {
    let end = line.cooked.text.trim_end().len();
    line.cooked.slice(end - arguments.len()..end)
}

/// What RUN runs, and the here-documents below it; the line break behind the last delimiter says nothing.
fn run_text(line: &LogicalLine, arguments: &str) -> Cooked {
    let mut text = argument_text(line, arguments);
    let end = line.cooked.text.trim_end().len();
    text.push_decoded("\n", &line.cooked.file_span(end..end));
    text.push_slice(&line.bodies, 0..line.bodies.text.trim_end_matches(['\r', '\n']).len());
    text
}

/// The flags of RUN; ENTRYPOINT and CMD have none.
const RUN_FLAGS: &[&str] = &["mount", "network", "security", "device"];

/// Refuses a flag that BuildKit does not know, in front of the arguments.
fn known_flags(arguments: &str, known: &[&str]) -> Result<(), String> {
    let mut rest = arguments;
    while let Some(flag) = rest.strip_prefix("--") {
        let (word, behind) = split_word(flag);
        let name = word.split('=').next().unwrap_or(word);
        if name.is_empty() {
            break;
        }
        if !known.contains(&name) {
            return Err(format!("unknown flag: --{name}"));
        }
        rest = behind;
    }
    Ok(())
}

fn exec_array(parsed: parser::Instruction<'_>, line: &LogicalLine) -> Result<ExecArray, String> {
    let (parser::Instruction::Entrypoint(parser::EntrypointInstruction { arguments, .. })
    | parser::Instruction::Cmd(parser::CmdInstruction { arguments, .. })) = parsed
    else {
        return Err("neither ENTRYPOINT nor CMD".to_owned());
    };
    let parser::Command::Exec(array) = arguments else {
        return Err("the array is no JSON that this tool can place".to_owned());
    };
    let shift = PREFIX.len();
    let arguments = array.value.into_iter().map(|argument| {
        // The crate leaves the quotes out of the span.
        let span = argument.span.start - shift..argument.span.end - shift;
        Argument {
            value: unescaped(&line.cooked, span.clone(), &argument.value),
            span: line.cooked.file_span(span.start - 1..span.end + 1),
        }
    });
    Ok(ExecArray {
        arguments: arguments.collect(),
        span: line.cooked.file_span(array.span.start - shift..array.span.end - shift),
    })
}

/// The value of a JSON string with the place of each character; `span` is what stands between its
/// quotes, `value` what it means.
fn unescaped(line: &Cooked, span: Span, value: &str) -> Cooked {
    let mut cooked = Cooked::default();
    let raw = line.text.get(span.clone()).unwrap_or_default();
    let mut at = 0;
    while let Some(escape) = raw.get(at..).and_then(|rest| rest.find('\\')).map(|found| at + found)
    {
        cooked.push_slice(line, span.start + at..span.start + escape);
        // A character beyond the basic plane takes two escapes.
        let lengths = [2, 6, 12];
        let decoded = lengths.into_iter().find_map(|length| {
            let raw = raw.get(escape..escape + length)?;
            Some((length, serde_json::from_str::<String>(&format!("\"{raw}\"")).ok()?))
        });
        let Some((length, text)) = decoded else { break };
        at = escape + length;
        cooked.push_decoded(&text, &line.file_span(span.start + escape..span.start + at));
    }
    cooked.push_slice(line, span.start + at..span.end);
    if cooked.text == value {
        return cooked;
    }
    let mut whole = Cooked::default();
    whole.push_decoded(value, &line.file_span(span));
    whole
}

/// The instructions whose arguments are read as the crate gives them.
fn simple(parsed: parser::Instruction<'_>, line: &LogicalLine) -> Result<Kind, String> {
    Ok(match parsed {
        parser::Instruction::From(from) => Kind::From {
            image: from.image.value.into_owned(),
            name: from.as_.map(|(_, name)| name.value.into_owned()),
        },
        parser::Instruction::Add(add) => transfer(line, true, &add.options, &add.src, add.dest),
        parser::Instruction::Copy(copy) => {
            transfer(line, false, &copy.options, &copy.src, copy.dest)
        }
        parser::Instruction::Shell(shell) => {
            Kind::Shell(shell.arguments.into_iter().map(|word| word.value.into_owned()).collect())
        }
        _ => Kind::Other,
    })
}

fn transfer(
    line: &LogicalLine,
    add: bool,
    options: &[parser::Flag<'_>],
    sources: &[parser::Source<'_>],
    destination: parser::UnescapedString<'_>,
) -> Kind {
    let flag = |name: &str| {
        let value = options.iter().find(|flag| flag.name.value == name)?.value.as_ref()?;
        let span = value.span.start - PREFIX.len()..value.span.end - PREFIX.len();
        Some(Flag { value: value.value.clone().into_owned(), span: line.cooked.file_span(span) })
    };
    let paths = sources.iter().filter_map(|source| match source {
        parser::Source::Path(path) => Some(path.value.clone().into_owned()),
        _ => None,
    });
    Kind::Transfer(Box::new(Transfer {
        add,
        from: flag("from").map(|flag| flag.value),
        chmod: flag("chmod"),
        chown: flag("chown").map(|flag| flag.value),
        parents: options.iter().any(|one| {
            one.name.value == "parents"
                && one.value.as_ref().is_none_or(|value| value.value != "false")
        }),
        excludes: options
            .iter()
            .filter(|one| one.name.value == "exclude")
            .filter_map(|one| Some(one.value.as_ref()?.value.clone().into_owned()))
            .collect(),
        sources: paths.collect(),
        destination: destination.value.into_owned(),
        heredocs: Vec::new(),
    }))
}

fn with_heredocs(kind: Kind, line: &LogicalLine) -> Kind {
    match kind {
        Kind::Transfer(transfer) => {
            let is_file = |source: &&String| !source.trim_start_matches('"').starts_with(MARKER);
            let sources = transfer.sources.iter().filter(is_file);
            let sources = sources.map(|source| source.replace(MARKER, "<<")).collect();
            let heredocs = line.heredocs.clone();
            Kind::Transfer(Box::new(Transfer { heredocs, sources, ..*transfer }))
        }
        other => other,
    }
}

/// Reads what stands behind ONBUILD, if it may stand there.
fn child(line: &LogicalLine, child: &str, escape: char) -> Result<Kind, String> {
    let (keyword, _) = split_word(child);
    match keyword.to_ascii_uppercase().as_str() {
        "" => Err("ONBUILD requires at least one argument".to_owned()),
        "ONBUILD" | "FROM" | "MAINTAINER" => {
            Err(format!("{keyword} is not allowed as an ONBUILD trigger"))
        }
        _ => {
            let line = LogicalLine {
                cooked: Cooked::plain(child, 0),
                span: line.span.clone(),
                bodies: Cooked::plain(&line.bodies.text, 0),
                heredocs: line.heredocs.clone(),
            };
            kind(&line, keyword, escape)
        }
    }
}

/// Runs the crate over one line and takes what the caller needs from its only instruction.
fn parse<T>(
    line: &str,
    take: impl FnOnce(parser::Instruction<'_>) -> Result<T, String>,
) -> Result<T, String> {
    let text = format!("{PREFIX}{line}");
    let mut instructions = parser::parse_iter(&text).map_err(|error| format!("{error:#}"))?;
    match instructions.nth(1) {
        Some(Ok(instruction)) => take(instruction),
        Some(Err(error)) => Err(format!("{error:#}")),
        None => Err("empty instruction".to_owned()),
    }
}

fn exactly_one(keyword: &str, arguments: &str) -> Result<String, String> {
    if arguments.is_empty() {
        return Err(format!("{keyword} requires exactly one argument"));
    }
    Ok(arguments.to_owned())
}

/// `ENV name=value other="a b"` or the old `ENV name value`; the values keep quotes and escapes.
fn key_values(arguments: &Cooked, escape: char) -> Result<Vec<Variable>, String> {
    let text = arguments.text.as_str();
    let words = raw_words(text, escape);
    let Some((_, first)) = words.first() else {
        return Err("ENV requires at least one argument".to_owned());
    };
    if !first.contains('=') {
        let (name, value) = split_word(text);
        if value.is_empty() {
            return Err("ENV must have two arguments".to_owned());
        }
        let span = arguments.file_span(text.len() - value.len()..text.len());
        let name_span = arguments.file_span(0..name.len());
        return Ok(vec![Variable {
            name: name.to_owned(),
            name_span,
            value: value.to_owned(),
            span,
        }]);
    }
    let variable = |(span, word): &(Span, String)| match word.split_once('=') {
        Some(("", _)) => Err("ENV names can not be blank".to_owned()),
        Some((name, value)) => Ok(Variable {
            name: name.to_owned(),
            name_span: arguments.file_span(span.start..span.start + name.len()),
            value: value.to_owned(),
            span: arguments.file_span(span.start + name.len() + 1..span.end),
        }),
        None => Err(format!("can't find = in {word:?}: ENV must be of the form name=value")),
    };
    let mut variables = words.iter().map(variable).collect::<Result<Vec<_>, _>>()?;
    // A file can have very many of them.
    variables.shrink_to_fit();
    Ok(variables)
}

fn arg_values(arguments: &str, escape: char) -> Vec<(String, Option<String>)> {
    let pair = |(_, word): (Span, String)| match word.split_once('=') {
        Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
        None => (word, None),
    };
    raw_words(arguments, escape).into_iter().map(pair).collect()
}

/// Splits at blanks outside quotes; quotes and escapes stay
/// ([`parseWords`](https://github.com/moby/buildkit/blob/v0.30.0/frontend/dockerfile/parser/line_parsers.go)).
fn raw_words(text: &str, escape: char) -> Vec<(Span, String)> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut start = 0;
    let mut quote = None;
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        if quote.is_none() && c.is_whitespace() {
            if !word.is_empty() {
                words.push((start..at, std::mem::take(&mut word)));
            }
            continue;
        }
        if word.is_empty() {
            start = at;
        }
        if c == escape && quote != Some('\'') {
            // An escape character at the very end is dropped.
            if let Some((_, escaped)) = chars.next() {
                word.extend([c, escaped]);
            }
            continue;
        }
        match quote {
            None if matches!(c, '\'' | '"') => quote = Some(c),
            Some(open) if open == c => quote = None,
            _ => {}
        }
        word.push(c);
    }
    if !word.is_empty() {
        words.push((start..text.len(), word));
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn env_has_two_forms() {
        let table: &[(&str, &[(&str, &str)])] = &[
            ("A=b C=\"d e\" F='g h'", &[("A", "b"), ("C", "\"d e\""), ("F", "'g h'")]),
            ("A b=c d", &[("A", "b=c d")]),
            ("A=b\\ c D=", &[("A", "b\\ c"), ("D", "")]),
        ];
        for (text, expected) in table {
            let variables = key_values(&Cooked::plain(text, 0), '\\').unwrap();
            let pairs: Vec<_> =
                variables.iter().map(|one| (one.name.as_str(), one.value.as_str())).collect();
            assert_eq!(pairs, *expected, "{text}");
            for one in variables {
                assert_eq!(text.get(one.span), Some(one.value.as_str()), "{text}");
            }
        }
        let of = |text| key_values(&Cooked::plain(text, 0), '\\');
        assert!(of("A=b c").unwrap_err().contains("can't find ="));
        assert!(of("A").is_err());
    }
}
