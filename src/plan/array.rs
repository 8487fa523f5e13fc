//! The carrier "exec-form array": new words take the array's own style by repeating what stands
//! between two of its strings.

use crate::dockerfile::{Argument, Dockerfile, ExecArray, Instruction};
use crate::edit::Edit;
use crate::source::Span;

/// Inserts words behind the string with this index.
pub(super) fn insert_behind(
    text: &str,
    file: &Dockerfile,
    (instruction, argument): (usize, usize),
    words: &[String],
) -> Result<Edit, String> {
    let array = array(file, instruction)?;
    let anchor = array.arguments.get(argument).ok_or("the word does not stand in the array")?;
    let words = words.iter().map(|word| json_string(word));
    Ok(match Style::of(text, file, array, argument) {
        Style::Behind(separator) => Edit {
            span: anchor.span.end..anchor.span.end,
            text: words.map(|word| format!("{separator}{word}")).collect(),
        },
        Style::Before(next, separator) => Edit {
            span: next..next,
            text: words.map(|word| format!("{word}{separator}")).collect(),
        },
    })
}

/// Inserts words in front of the first string: what stands before it is in the base image.
pub(super) fn insert_in_front(
    text: &str,
    file: &Dockerfile,
    instruction: usize,
    words: &[String],
) -> Result<Edit, String> {
    let array = array(file, instruction)?;
    let first = array.arguments.first().ok_or("the array is empty")?;
    let separator = array.arguments.get(..2).and_then(|pair| gap(text, file, pair));
    let separator = separator.unwrap_or_else(|| ", ".to_owned());
    let text = words.iter().map(|word| format!("{}{separator}", json_string(word))).collect();
    Ok(Edit { span: first.span.start..first.span.start, text })
}

/// Writes several strings in place of one.
pub(super) fn replace(
    text: &str,
    file: &Dockerfile,
    (instruction, argument): (usize, usize),
    words: &[String],
) -> Result<Edit, String> {
    let array = array(file, instruction)?;
    let span = array.arguments.get(argument).ok_or("no such string")?.span.clone();
    let pair = array.arguments.get(argument..argument + 2).or(array.arguments.get(..2));
    let separator = pair.and_then(|pair| gap(text, file, pair));
    let words: Vec<String> = words.iter().map(|word| json_string(word)).collect();
    Ok(Edit { span, text: words.join(separator.as_deref().unwrap_or(", ")) })
}

/// The bytes to drop with a string: what stands between it and the one before, or behind it.
pub(super) fn span_to_take_out(
    file: &Dockerfile,
    (instruction, argument): (usize, usize),
) -> Result<Span, String> {
    let arguments = &array(file, instruction)?.arguments;
    let own = arguments.get(argument).ok_or("no such string")?.span.clone();
    let before = argument.checked_sub(1).and_then(|at| arguments.get(at));
    Ok(match (before, arguments.get(argument + 1)) {
        (Some(before), _) => before.span.end..own.end,
        (None, Some(next)) => own.start..next.span.start,
        (None, None) => own,
    })
}

fn array(file: &Dockerfile, instruction: usize) -> Result<&ExecArray, String> {
    let array = file.instructions.get(instruction).and_then(Instruction::exec_array);
    array.ok_or_else(|| "the word does not stand in an exec-form array".to_owned())
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
pub(super) fn json_string(value: &str) -> String {
    serde_json::Value::from(value).to_string()
}
