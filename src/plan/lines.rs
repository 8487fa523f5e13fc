//! New lines of a Dockerfile, and the carrier "variable": the ADD of the jar, an ENV that carries
//! options, and where they stand.

use std::collections::BTreeSet;

use crate::dockerfile::{Dockerfile, Instruction, Kind, Variable};
use crate::edit::Edit;
use crate::facts::StageFacts;
use crate::jar::{JAR_MODE, JarLine};
use crate::source::line_break;

/// Sets the mode of what an ADD or COPY makes.
pub(super) fn set_mode(file: &Dockerfile, instruction: usize) -> Result<Edit, String> {
    let place = file.instructions.get(instruction).ok_or("no such instruction")?;
    let Kind::Transfer(transfer) = &place.kind else { return Err("no ADD or COPY".to_owned()) };
    Ok(match &transfer.chmod {
        Some(flag) => Edit { span: flag.span.clone(), text: JAR_MODE.to_owned() },
        None => {
            let at = place.keyword.end;
            Edit { span: at..at, text: format!(" --chmod={JAR_MODE}") }
        }
    })
}

/// Adds the agent's jar to the stage that owns the launch: above its first COPY, ADD or USER, so
/// that the layer stays cached when the application changes, or above what runs its script while the image
/// is built (one of `before`); else above the launch.
pub(super) fn add_jar(
    text: &str,
    file: &Dockerfile,
    (stage, before): (usize, &BTreeSet<usize>),
    line: &JarLine,
) -> Result<Edit, String> {
    let is_place = |(at, instruction): &(usize, &Instruction)| {
        before.contains(at)
            || matches!(
                instruction.kind,
                Kind::Transfer(_) | Kind::User(_) | Kind::Entrypoint(_) | Kind::Cmd(_)
            )
    };
    let place = file.of_stage(stage).find(is_place).map(|(_, instruction)| instruction);
    let last = file.of_stage(stage).last().ok_or("no such stage")?.1;
    let lines: Vec<&str> =
        line.comment.iter().chain([&line.instruction]).map(String::as_str).collect();
    let lines = lines.join(line_break_of(text, place.unwrap_or(last)));
    Ok(match place {
        Some(place) => above(text, file, place, &lines),
        None => behind(text, last, &lines),
    })
}

/// Adds an edit; two new lines at one place become one edit, the last one first.
pub(super) fn push(edits: &mut Vec<Edit>, edit: Edit) {
    match edits.iter_mut().find(|other| other.span == edit.span && edit.span.is_empty()) {
        Some(other) => other.text.insert_str(0, &edit.text),
        None => edits.push(edit),
    }
}

/// A new line above an instruction and its comments.
pub(super) fn above(text: &str, file: &Dockerfile, place: &Instruction, line: &str) -> Edit {
    let offset = above_comments(file, place.span.start);
    Edit { span: offset..offset, text: format!("{line}{}", line_break_of(text, place)) }
}

/// A new line behind an instruction.
fn behind(text: &str, place: &Instruction, line: &str) -> Edit {
    let (at, line_break) = (place.span.end, line_break_of(text, place));
    let ended = text.get(..at).is_some_and(|before| before.ends_with('\n'));
    let text = if ended { format!("{line}{line_break}") } else { format!("{line_break}{line}") };
    Edit { span: at..at, text }
}

/// As the instruction ends its own line, or, where it is the last one, as the line above does.
fn line_break_of(text: &str, place: &Instruction) -> &'static str {
    line_break(text, place.span.end.saturating_sub(1))
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

/// An edit of the environment, and what the instruction says after it.
pub(super) struct EnvironmentEdit {
    pub(super) edit: Edit,
    /// The instruction that is extended; `None` for a new one.
    pub(super) extended: Option<usize>,
    /// The line of a new instruction.
    pub(super) line: Option<String>,
}

/// Puts options in front of what a variable holds: into the value that the final stage sets behind
/// its last RUN, or by a new ENV there. (In front of a RUN they would act on the build too.)
///
/// What the variable held before stays behind: where only the base image knows it, as `$NAME`.
pub(super) fn set_variable(
    text: &str,
    file: &Dockerfile,
    facts: &StageFacts,
    launch: usize,
    (name, options): (&str, &[String]),
) -> Result<EnvironmentEdit, String> {
    let stage = *facts.stages.last().ok_or("no stage")?;
    let special = |c: char| c.is_whitespace() || c.is_control() || "\"'\\`$".contains(c);
    if let Some(option) = options.iter().find(|option| option.contains(special)) {
        return Err(format!("{option} cannot stand in the value of a variable"));
    }
    let ours = options.join(" ");
    let behind_runs = |at: &usize| facts.last_run.is_none_or(|run| *at > run);
    let existing =
        file.of_stage(stage).filter(|(at, _)| behind_runs(at)).filter_map(|(at, one)| {
            let Kind::Env(variables) = &one.kind else { return None };
            Some((
                at,
                variables.iter().rev().find(|variable| variable.name == name)?,
                variables.len(),
            ))
        });
    if let Some((at, variable, count)) = existing.last() {
        let edit = extend(text, variable, count, &ours);
        return Ok(EnvironmentEdit { edit, extended: Some(at), line: None });
    }
    let line = format!("ENV {name}=\"{ours} ${name}\"");
    let edit = behind_runs_of(text, file, stage, launch, &line)?;
    Ok(EnvironmentEdit { edit, extended: None, line: Some(line) })
}

/// Sets variables by one new ENV in the stage that owns the launch.
pub(super) fn add_environment(
    text: &str,
    file: &Dockerfile,
    stage: usize,
    launch: usize,
    variables: &[(String, String)],
) -> Result<(Edit, String), String> {
    let line = environment_line(variables, file.escape);
    Ok((behind_runs_of(text, file, stage, launch, &line)?, line))
}

/// An ENV that sets variables to these values, whatever stands in them.
pub fn environment_line(variables: &[(String, String)], escape: char) -> String {
    let pairs = variables.iter().map(|(name, value)| format!(" {name}={}", quoted(value, escape)));
    format!("ENV{}", pairs.collect::<String>())
}

/// A value as ENV takes it: as it is, or in quotes.
fn quoted(value: &str, escape: char) -> String {
    if !value.is_empty() && value.chars().all(|c| c.is_alphanumeric() || "_-./:,@%+=".contains(c)) {
        return value.to_owned();
    }
    let special = |c: char| c == '"' || c == '$' || c == escape;
    let inner = value.chars().flat_map(|c| special(c).then_some(escape).into_iter().chain([c]));
    format!("\"{}\"", inner.collect::<String>())
}

/// A new line in a stage behind its last RUN (in front of one it would act on the build too), else
/// above the launch, else at its end.
fn behind_runs_of(
    text: &str,
    file: &Dockerfile,
    stage: usize,
    launch: usize,
    line: &str,
) -> Result<Edit, String> {
    let is_run = |(_, one): &(usize, &Instruction)| matches!(one.kind, Kind::Run(_));
    let run = file.of_stage(stage).filter(is_run).last();
    let own_launch = file.stages.get(stage).filter(|stage| stage.instructions.contains(&launch));
    let start = own_launch
        .and_then(|_| file.instructions.get(launch))
        .filter(|one| matches!(one.kind, Kind::Entrypoint(_) | Kind::Cmd(_)));
    Ok(match (run, start) {
        (Some((_, run)), _) => behind(text, run, line),
        (None, Some(start)) => above(text, file, start, line),
        (None, None) => {
            let (_, last) = file.of_stage(stage).last().ok_or("the stage is empty")?;
            behind(text, last, line)
        }
    })
}

/// Inserts at the front of a value as it is written: inside its quotes, or as a quoted part of its
/// own, behind which the rest stays as it is.
fn extend(text: &str, variable: &Variable, count: usize, ours: &str) -> Edit {
    let start = variable.span.start;
    let value = variable.value.as_str();
    let insert = |at: usize, text: String| Edit { span: at..at, text };
    // `ENV NAME some value`
    let old_form = count == 1 && text.get(..start).is_some_and(|before| !before.ends_with('='));
    let inside = |quote: char| {
        let inner = value.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        inner.is_some_and(|inner| !inner.contains(quote))
    };
    match value {
        _ if old_form => insert(start, format!("{ours} ")),
        "" => insert(start, format!("\"{ours}\"")),
        _ if inside('"') || inside('\'') => insert(start + 1, format!("{ours} ")),
        _ => insert(start, format!("\"{ours} \"")),
    }
}
