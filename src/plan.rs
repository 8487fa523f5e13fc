//! Wishes to edits: all accepted wishes about a launch become one [`EditSet`].
//!
//! Commas, quotes, line breaks, indentation and the order of arguments live here and nowhere else.
//! New words take the array's own style by repeating what stands between two of its strings.

use std::collections::BTreeSet;

use crate::dockerfile::{Argument, Dockerfile, ExecArray, Instruction, Kind};
use crate::edit::{Edit, EditSet};
use crate::finding::Op;
use crate::launch::Launch;

/// What a plan does: the edits, and the argv that the container is to get.
#[derive(Debug)]
pub struct Plan {
    /// The edits of the Dockerfile.
    pub edits: EditSet,
    /// The argv after them.
    pub argv: Vec<String>,
    /// The source and destination of the ADD that brings the agent's jar.
    pub jar: Option<(String, String)>,
}

/// Plans the wishes of a launch.
///
/// # Errors
/// Why they cannot be carried out together; nothing must be written then.
pub fn plan(text: &str, file: &Dockerfile, launch: &Launch, ops: &[Op]) -> Result<Plan, String> {
    let mut options = BTreeSet::new();
    let mut replaced = BTreeSet::new();
    let mut jars = BTreeSet::new();
    for op in ops {
        match op {
            Op::InsertJvmOption { rank, option } => options.insert((*rank, option.clone())),
            Op::ReplaceWord { word, value } => replaced.insert((*word, value.clone())),
            Op::ProvideJar { url, path } => jars.insert((url.clone(), path.clone())),
        };
    }
    let options: Vec<String> = options.into_iter().map(|(_, option)| option).collect();

    let mut edits = Vec::new();
    for (word, value) in &replaced {
        let span = launch.word_span(file, *word).ok_or("the word has no place in the file")?;
        edits.push(Edit { span, text: json_string(value) });
    }
    edits.extend(insertion(text, file, launch, &options)?);
    if jars.len() > 1 {
        return Err("two jars are wanted".to_owned());
    }
    let jar = jars.pop_first();
    if let Some((url, path)) = &jar {
        edits.push(provide_jar(text, file, launch, url, path)?);
    }
    let edits = EditSet::new(edits).map_err(|_| "two edits want the same place".to_owned())?;
    Ok(Plan { edits, argv: argv(launch, &options, &replaced)?, jar })
}

/// The argv that the wishes ask for.
fn argv(
    launch: &Launch,
    options: &[String],
    replaced: &BTreeSet<(usize, String)>,
) -> Result<Vec<String>, String> {
    let mut argv = launch.argv();
    for (word, value) in replaced {
        *argv.get_mut(*word).ok_or("there is no such word")? = value.clone();
    }
    if !options.is_empty() {
        let program = launch.program.ok_or("there is no java word")?;
        argv.splice(program + 1..program + 1, options.iter().cloned());
    }
    Ok(argv)
}

/// Inserts options right behind the `java` word.
fn insertion(
    text: &str,
    file: &Dockerfile,
    launch: &Launch,
    options: &[String],
) -> Result<Option<Edit>, String> {
    if options.is_empty() {
        return Ok(None);
    }
    let word = launch.program.and_then(|at| launch.words.get(at));
    let (instruction, argument) =
        word.and_then(|word| word.argument).ok_or("java does not stand in an exec-form array")?;
    let array = file
        .instructions
        .get(instruction)
        .and_then(Instruction::exec_array)
        .ok_or("java does not stand in an exec-form array")?;
    let java = array.arguments.get(argument).ok_or("java does not stand in the array")?;
    let style = Style::of(text, file, array, argument);
    let words = options.iter().map(|option| json_string(option));
    Ok(Some(match style {
        Style::Behind(separator) => Edit {
            span: java.span.end..java.span.end,
            text: words.map(|word| format!("{separator}{word}")).collect(),
        },
        Style::Before(next, separator) => Edit {
            span: next..next,
            text: words.map(|word| format!("{word}{separator}")).collect(),
        },
    }))
}

/// How new words are set into an array.
enum Style {
    /// Each word behind the `java` word, with this in front of it.
    Behind(String),
    /// Each word in front of the next word (at this offset), with this behind it.
    Before(usize, String),
}

impl Style {
    /// Repeats what stands between two strings of the array: the gap behind `java`, or, where the
    /// array goes over several lines but that gap does not, the first gap that breaks the line.
    fn of(text: &str, file: &Dockerfile, array: &ExecArray, java: usize) -> Self {
        let gap = |at: usize| gap(text, file, array.arguments.get(at..at + 2)?);
        let behind = gap(java);
        let breaking = (0..array.arguments.len()).filter_map(gap).find(|gap| gap.contains('\n'));
        match (behind, breaking, array.arguments.get(java + 1)) {
            (Some(behind), Some(breaking), Some(next)) if !behind.contains('\n') => {
                Self::Before(next.span.start, breaking)
            }
            (Some(behind), ..) => Self::Behind(behind),
            // `java` is the last word: the gap in front of it, or the usual one.
            (None, ..) => {
                let before = java.checked_sub(1).and_then(gap);
                Self::Behind(before.unwrap_or_else(|| ", ".to_owned()))
            }
        }
    }
}

/// The bytes between two neighbouring strings, without comment lines and blank lines: a comma,
/// blanks, continuations.
fn gap(text: &str, file: &Dockerfile, pair: &[Argument]) -> Option<String> {
    let [first, second] = pair else { return None };
    let (start, end) = (first.span.end, second.span.start);
    let mut gap = String::new();
    let mut at = start;
    for line in text.get(start..end)?.split_inclusive('\n') {
        let in_comment = file.is_comment(at);
        let blank = at != start && at + line.len() < end && line.trim().is_empty();
        if !in_comment && !blank {
            gap.push_str(line);
        }
        at += line.len();
    }
    Some(gap)
}

/// A JSON string as an exec-form array takes it.
fn json_string(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}

/// Adds the agent's jar to the stage that owns the launch: above its first COPY, ADD or USER, so
/// that the layer stays cached when the application changes, else above the launch.
fn provide_jar(
    text: &str,
    file: &Dockerfile,
    launch: &Launch,
    url: &str,
    path: &str,
) -> Result<Edit, String> {
    let is_place = |instruction: &&Instruction| {
        matches!(
            instruction.kind,
            Kind::Transfer(_) | Kind::User(_) | Kind::Entrypoint(_) | Kind::Cmd(_)
        )
    };
    let place = file
        .of_stage(launch.stage)
        .map(|(_, instruction)| instruction)
        .find(is_place)
        .ok_or("the stage has no instruction to put the jar in front of")?;
    let offset = above_comments(file, place.span.start);
    // As the instruction ends its own line, or, where it is the last one, as the line above does.
    let line = text.get(place.span.clone()).unwrap_or_default();
    let above = text.get(..place.span.start).unwrap_or_default();
    let example = if line.contains('\n') { line } else { above };
    let line_break = if example.ends_with("\r\n") { "\r\n" } else { "\n" };
    Ok(Edit { span: offset..offset, text: format!("ADD --chmod=755 {url} {path}{line_break}") })
}

/// The start of the comment lines that stand right above an instruction: they belong to it. (None
/// is a directive: those stand at the head of the file, above any FROM.)
fn above_comments(file: &Dockerfile, start: usize) -> usize {
    let above = file.comments.partition_point(|comment| comment.span.start < start);
    let comments = file.comments.iter().take(above).rev();
    comments.fold(
        start,
        |start, comment| {
            if comment.span.end == start { comment.span.start } else { start }
        },
    )
}
