//! The file that initializes the tracer: one that is there, or a new one.

use std::path::{Path, PathBuf};

use super::{Desk, Entry, Form, Reading, entry_steps};
use crate::node::imports::{self, Step, StepKind, Style};
use crate::node::packages;

/// Names under which applications keep the file that initializes the tracer.
const TRACER_NAMES: &[&str] = &[
    "tracer",
    "tracing",
    "datadog",
    "dd-trace",
    "ddtrace",
    "instrument",
    "instrumentation",
    "apm",
];

/// The file that initializes the tracer: the one that is loaded too late or left out, one with a usual
/// name beside the entry, or a new one.
pub(super) fn tracer_file(
    desk: &Desk<'_>,
    reading: &Reading,
    entry: &Entry,
) -> Result<(PathBuf, bool), String> {
    let loaded = reading.order.tracer.as_ref().map(|place| &place.path);
    let known = loaded.filter(|path| **path != entry.path).or(reading.order.elided_file.as_ref());
    if let Some(path) = known {
        return match (initializes(desk, path), loads_others(desk, path)) {
            (true, false) => Ok((path.clone(), false)),
            (true, true) => Err(format!("{} loads more than the tracer", desk.shown(path))),
            (false, _) => Err(format!("{} does not initialize the tracer", desk.shown(path))),
        };
    }
    let folder = entry.path.parent().ok_or("the entry lies nowhere")?;
    let ending = entry.path.extension().and_then(|ending| ending.to_str()).unwrap_or("js");
    let ending = if ending == "tsx" { "ts" } else { ending };
    let beside = TRACER_NAMES.iter().map(|name| folder.join(format!("{name}.{ending}")));
    let fits = |path: &PathBuf| {
        initializes(desk, path) && !loads_others(desk, path) && desk.tree.is_its_own(path)
    };
    if let Some(found) = beside.into_iter().find(fits) {
        return Ok((found, false));
    }
    // A link that leads nowhere is no file, and takes the name.
    let taken = desk.tree.list(folder);
    let free = ["tracer", "datadog-tracer"].iter().map(|name| format!("{name}.{ending}"));
    let mut free = free.filter(|name| !taken.contains(name)).map(|name| folder.join(name));
    let free = free.find(|path| !desk.tree.exists(path));
    free.map(|path| (path, true))
        .ok_or_else(|| "there is no free name for the tracer's file".to_owned())
}

/// Whether a file loads dd-trace first, and initializes it.
fn initializes(desk: &Desk<'_>, path: &Path) -> bool {
    let Some(text) = desk.tree.read(path) else { return false };
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    imports::read(name, &text).is_ok_and(|module| {
        let of_tracer = |step: &&Step| packages::name(&step.specifier) == "dd-trace";
        let mut own = entry_steps(&module).filter(of_tracer);
        own.any(|step| step.kind == StepKind::Initialize || packages::initializes(&step.specifier))
    })
}

/// Whether a file loads what is traced, or nobody knows what: it may be the application itself.
fn loads_others(desk: &Desk<'_>, path: &Path) -> bool {
    let Some(text) = desk.tree.read(path) else { return true };
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_other = |step: &Step| {
        let kind = packages::kind(&step.specifier);
        let is_local = step.specifier.starts_with(['.', '/', '#', '@']);
        !matches!(step.kind, StepKind::Initialize | StepKind::Call)
            && (is_local || matches!(kind, packages::Kind::Traced | packages::Kind::Unknown))
    };
    imports::read(name, &text).is_ok_and(|module| module.steps.iter().any(is_other))
}

/// The file that initializes the tracer.
pub(super) fn tracer_text(form: Form, style: Style, eol: &str) -> String {
    let Style { quote, semicolons } = style;
    let end = if semicolons { ";" } else { "" };
    let lines = match form {
        Form::Import => vec![
            format!("import tracer from {quote}dd-trace{quote}{end}"),
            format!("tracer.init(){end}"),
            format!("export default tracer{end}"),
        ],
        Form::ImportRequire => vec![
            format!("import tracer = require({quote}dd-trace{quote}){end}"),
            format!("tracer.init(){end}"),
            format!("export = tracer{end}"),
        ],
        Form::Require => vec![
            format!("const tracer = require({quote}dd-trace{quote}).init(){end}"),
            format!("module.exports = tracer{end}"),
        ],
    };
    lines.into_iter().map(|line| line + eol).collect()
}
