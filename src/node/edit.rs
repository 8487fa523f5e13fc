//! The edit that makes an application load the tracer first: an import as the first statement of the
//! entry, and the file that it loads.

use std::path::{Path, PathBuf};

use super::entry::Entry;
use super::imports::{self, Binding, Module, Step, StepKind, Style, When};
use super::packages;
use super::runner::{Loader, Run};
use super::{Desk, Fault, Reading};
use crate::edit::{Edit, EditSet};
use crate::source::Span;
use crate::tree::{Tree, normal};

/// A file that changes, or comes to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Its absolute path.
    pub path: PathBuf,
    /// Its text; `None` for a new file.
    pub before: Option<String>,
    /// Its text after the edit; `None` for a file that goes.
    pub after: Option<String>,
}

/// What is needed to make the entry load the tracer first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryEdit {
    text: String,
    module: Module,
    entry: PathBuf,
    /// The file that initializes the tracer: one that is there, or a new one.
    tracer: PathBuf,
    is_new: bool,
    specifier: String,
    /// An import of the entry that the new one replaces.
    replaces: Option<Span>,
}

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

/// Works out the edit.
///
/// # Errors
/// Why nothing can be edited.
pub fn of(desk: &Desk<'_>, reading: &Reading) -> Result<EntryEdit, String> {
    let (Some(entry), Some(run)) = (&reading.entry, &reading.run) else {
        return Err("the entry is not known".to_owned());
    };
    if entry.is_guess {
        return Err("the entry was guessed".to_owned());
    }
    let text = desk.tree.read(&entry.path).ok_or("the entry cannot be read")?;
    let name = entry.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let module = imports::read(name, &text)?;
    if module.is_faulty {
        return Err(format!("{name} has a syntax error, or no statement"));
    }
    let (tracer, is_new) = tracer_file(desk, reading, entry)?;
    let specifier = specifier(&entry.path, &tracer, endings(reading, entry, run))?;
    let initializes = |step: &Step| {
        packages::name(&step.specifier) == "dd-trace"
            && (step.kind == StepKind::Initialize || packages::initializes(&step.specifier))
    };
    if module.steps.iter().any(initializes) {
        return Err("the entry initializes dd-trace itself: move that to its top".to_owned());
    }
    let copies = desk.files.copies(&tracer);
    if !copies {
        let name = desk.shown(&tracer);
        return Err(format!("the Dockerfile does not copy {name} into the image"));
    }
    let replaces = replaced(desk, &module, entry, &tracer);
    Ok(EntryEdit { text, module, entry: entry.path.clone(), tracer, is_new, specifier, replaces })
}

/// What the file does when it is evaluated.
fn entry_steps(module: &Module) -> impl Iterator<Item = &Step> {
    module.steps.iter().filter(|step| step.when == When::Always)
}

/// The file that initializes the tracer: the one that is loaded too late or left out, one with a usual
/// name beside the entry, or a new one.
fn tracer_file(
    desk: &Desk<'_>,
    reading: &Reading,
    entry: &Entry,
) -> Result<(PathBuf, bool), String> {
    let loaded = reading.order.tracer.as_ref().map(|place| &place.path);
    let known = loaded.filter(|path| **path != entry.path).or(reading.order.elided_file.as_ref());
    if let Some(path) = known {
        return match initializes(desk, path) {
            true => Ok((path.clone(), false)),
            false => Err(format!("{} does not initialize the tracer", desk.shown(path))),
        };
    }
    let folder = entry.path.parent().ok_or("the entry lies nowhere")?;
    let ending = entry.path.extension().and_then(|ending| ending.to_str()).unwrap_or("js");
    let ending = if ending == "tsx" { "ts" } else { ending };
    let beside = TRACER_NAMES.iter().map(|name| folder.join(format!("{name}.{ending}")));
    if let Some(found) = beside.into_iter().find(|path| initializes(desk, path)) {
        return Ok((found, false));
    }
    let free =
        ["tracer", "datadog-tracer"].iter().map(|name| folder.join(format!("{name}.{ending}")));
    let free = free.into_iter().find(|path| !desk.tree.exists(path));
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

/// What a specifier ends in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    /// Nothing: `require` and compilers to CommonJS find the file.
    None,
    /// That of the built file: native modules name files whole.
    Built,
    /// That of the source: Node itself strips the types.
    Source,
}

fn endings(reading: &Reading, entry: &Entry, run: &Run) -> Ending {
    let is_typescript =
        entry.path.extension().is_some_and(|ending| ending.to_string_lossy().contains("ts"));
    match (run.loader, is_typescript) {
        (Loader::Node, true) if !entry.built => Ending::Source,
        (Loader::Tsx, true) if reading.modules => Ending::Built,
        _ if !reading.modules => Ending::None,
        _ => Ending::Built,
    }
}

/// `./tracer`, relative to the entry.
fn specifier(entry: &Path, tracer: &Path, ending: Ending) -> Result<String, String> {
    let folder = entry.parent().ok_or("the entry lies nowhere")?;
    let common = folder.ancestors().find(|one| tracer.starts_with(one)).ok_or("no way to it")?;
    let up = folder.strip_prefix(common).map_or(0, |rest| rest.components().count());
    let rest = tracer.strip_prefix(common).map_err(|_| "no way to it".to_owned())?;
    let own = rest.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let rest = match (ending, own) {
        (Ending::None, "js" | "ts" | "jsx" | "tsx") => rest.with_extension(""),
        (Ending::None, "mts" | "cts") | (Ending::Built, _) => {
            rest.with_extension(own.replace('t', "j").replace("jsx", "js"))
        }
        _ => rest.to_owned(),
    };
    let rest = rest.to_string_lossy().replace('\\', "/");
    Ok(if up == 0 { format!("./{rest}") } else { format!("{}{rest}", "../".repeat(up)) })
}

/// The import of the tracer's file that is there, and would stand twice.
fn replaced(desk: &Desk<'_>, module: &Module, entry: &Entry, tracer: &Path) -> Option<Span> {
    let folder = entry.path.parent()?;
    let leads = |step: &&Step| {
        step.specifier.starts_with('.')
            && desk.script_at(&normal(&folder.join(&step.specifier))).as_deref() == Some(tracer)
    };
    let bare = |step: &&Step| {
        matches!(
            step.kind,
            StepKind::Import(Binding::Nothing | Binding::Unused | Binding::TypeOnly)
        )
    };
    module.steps.iter().filter(bare).find(leads).map(|step| step.span.clone())
}

impl EntryEdit {
    /// The files that change.
    ///
    /// # Errors
    /// The edits do not fit together.
    pub fn changes(&self) -> Result<Vec<Change>, String> {
        let uses_import =
            self.module.has_module_syntax || ends_in(&self.entry, &["ts", "mts", "tsx", "mjs"]);
        let statement = statement(&self.specifier, uses_import, self.module.style);
        let head = self.module.head;
        let eol = line_end(&self.text, head);
        let first = self.module.steps.first().map(|step| step.span.clone());
        let edits = match &self.replaces {
            // It stands first already, and is only left out.
            Some(span) if first.as_ref() == Some(span) => {
                vec![Edit { span: span.clone(), text: statement }]
            }
            Some(span) => vec![
                Edit { span: head..head, text: format!("{statement}{eol}") },
                Edit { span: whole_line(&self.text, span), text: String::new() },
            ],
            None => vec![Edit { span: head..head, text: format!("{statement}{eol}") }],
        };
        let edits = EditSet::new(edits).map_err(|_| "two edits want the same place".to_owned())?;
        let after = edits.apply(&self.text).ok_or("an edit does not fit into the file")?;
        self.prove(&after)?;
        let path = self.entry.clone();
        let mut changes =
            vec![Change { path, before: Some(self.text.clone()), after: Some(after) }];
        if self.is_new {
            let after = Some(tracer_text(uses_import, self.module.style, eol));
            changes.push(Change { path: self.tracer.clone(), before: None, after });
        }
        Ok(changes)
    }

    /// The first thing that the result loads is the tracer, and it loads the rest as before.
    fn prove(&self, after: &str) -> Result<(), String> {
        let name = self.entry.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let module = imports::read(name, after)?;
        let loads = |step: &&Step| !matches!(step.kind, StepKind::Initialize | StepKind::Call);
        let specifiers = |module: &Module, without: Option<&Span>| {
            let steps =
                module.steps.iter().filter(loads).filter(|step| Some(&step.span) != without);
            steps.map(|step| step.specifier.clone()).collect::<Vec<_>>()
        };
        let mut expected = vec![self.specifier.clone()];
        expected.extend(specifiers(&self.module, self.replaces.as_ref()));
        match specifiers(&module, None) == expected {
            true => Ok(()),
            false => Err("the result does not load the tracer first".to_owned()),
        }
    }
}

/// The edits that take back what [`of`] planned, where the file that the entry loads first reads as we
/// write it; whether they are exact must be proved.
pub fn undone(tree: &dyn Tree, reading: &Reading) -> Option<Vec<Change>> {
    let entry = reading.entry.as_ref()?;
    let text = tree.read(&entry.path)?;
    let name = entry.path.file_name()?.to_str()?;
    let module = imports::read(name, &text).ok()?;
    let first = module.steps.first()?;
    let loads = matches!(first.kind, StepKind::Import(Binding::Nothing) | StepKind::Require);
    let uses_import = !matches!(first.kind, StepKind::Require);
    let tracer = reading.order.tracer.as_ref().filter(|_| loads)?.path.clone();
    let own = tree.read(&tracer)?;
    let span = statement_span(&text, &first.span);
    let eol = line_end(&text, span.start);
    let rest = text.get(span.end..)?.strip_prefix(eol)?;
    let without = format!("{}{rest}", text.get(..span.start)?);
    let style = imports::read(name, &without).ok()?.style;
    if own != tracer_text(uses_import, style, eol) {
        return None;
    }
    let entry = Change { path: entry.path.clone(), before: Some(text), after: Some(without) };
    Some(vec![entry, Change { path: tracer, before: Some(own), after: None }])
}

/// A `require("x")` with the semicolon behind it.
fn statement_span(text: &str, span: &Span) -> Span {
    let semicolon = text.get(span.end..).is_some_and(|rest| rest.starts_with(';'));
    span.start..span.end + usize::from(semicolon)
}

fn ends_in(path: &Path, endings: &[&str]) -> bool {
    path.extension().and_then(|ending| ending.to_str()).is_some_and(|one| endings.contains(&one))
}

/// `import "./tracer";` or `require("./tracer");`, as the file writes it.
fn statement(specifier: &str, uses_import: bool, style: Style) -> String {
    let Style { quote, semicolons } = style;
    let end = if semicolons { ";" } else { "" };
    match uses_import {
        true => format!("import {quote}{specifier}{quote}{end}"),
        false => format!("require({quote}{specifier}{quote}){end}"),
    }
}

/// The file that initializes the tracer.
fn tracer_text(uses_import: bool, style: Style, eol: &str) -> String {
    let Style { quote, semicolons } = style;
    let end = if semicolons { ";" } else { "" };
    let lines = match uses_import {
        true => [
            format!("import tracer from {quote}dd-trace{quote}{end}"),
            format!("tracer.init(){end}"),
            format!("export default tracer{end}"),
        ]
        .to_vec(),
        false => [
            format!("const tracer = require({quote}dd-trace{quote}).init(){end}"),
            format!("module.exports = tracer{end}"),
        ]
        .to_vec(),
    };
    lines.into_iter().map(|line| line + eol).collect()
}

/// The line break of the line at a place; that of the line before where it has none.
fn line_end(text: &str, at: usize) -> &'static str {
    let behind = text.get(at..).and_then(|rest| rest.find('\n')).map(|end| at + end);
    let before = || text.get(..at).and_then(|before| before.rfind('\n'));
    match behind.or_else(before) {
        Some(end) if text.get(..end).is_some_and(|line| line.ends_with('\r')) => "\r\n",
        _ => "\n",
    }
}

/// A statement, with its line where nothing else stands there.
fn whole_line(text: &str, span: &Span) -> Span {
    let start = text.get(..span.start).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
    let rest = text.get(span.end..).unwrap_or_default();
    let end = span.end + rest.find('\n').map_or(rest.len(), |at| at + 1);
    let blank = |range: Span| text.get(range).is_some_and(|part| part.trim().is_empty());
    match blank(start..span.start) && blank(span.end..end) {
        true => start..end,
        false => span.clone(),
    }
}

/// The flag that loads the tracer in front of everything, for a launch.
///
/// # Errors
/// Why this Node or this dd-trace has none.
pub fn flag(reading: &Reading) -> Result<[&'static str; 2], String> {
    if reading.faults.iter().any(|fault| matches!(fault, Fault::Mismatch { .. })) {
        return Err("this dd-trace does nothing on this Node when a flag loads it".to_owned());
    }
    if !reading.modules {
        return Ok(["--require", "dd-trace/init"]);
    }
    match (reading.tracer, reading.node) {
        (Some(tracer), _) if tracer < 5 => {
            Err(format!("dd-trace {tracer} may have no initialize.mjs"))
        }
        (_, Some(node)) if node < 20 => Err(format!("Node {node} may not know --import")),
        _ => Ok(["--import", "dd-trace/initialize.mjs"]),
    }
}
