//! Takes the edit back: the import of the entry, and the file that it loads where nobody else does.

use std::path::{Path, PathBuf};

use super::tracer::tracer_text;
use super::{Form, Reading, ends_in, statement_span};
use crate::change::Change;
use crate::edit::{Edit, EditSet};
use crate::node::imports::{self, Binding, Module, StepKind};
use crate::source::{Span, line_break};
use crate::tree::{Tree, normal};

/// What takes an edit back.
#[derive(Debug)]
pub struct Undone {
    /// The files that change.
    pub changes: Vec<Change>,
    /// A tracer's file of ours that stays, because another file loads it too.
    pub kept: Option<PathBuf>,
}

/// The edits that take back what [`super::of`] planned; whether they are exact must be proved. A file that the
/// entry loads first goes where it reads as we write it: what a person wrote stays. `entries` are undone with it.
pub fn undone(tree: &dyn Tree, reading: &Reading, entries: &[&Path]) -> Option<Undone> {
    let entry = reading.entry.as_ref()?;
    let text = tree.read(&entry.path)?;
    let name = entry.path.file_name()?.to_str()?;
    let module = imports::read(name, &text).ok()?;
    let first = module.steps.first()?;
    let loads = matches!(first.kind, StepKind::Import(Binding::Nothing) | StepKind::Require);
    let forms = [Form::Import, Form::Require, Form::ImportRequire];
    if loads && first.specifier == "dd-trace" {
        let changes = loaded_first(&entry.path, &text, &first.span, &module)?;
        return Some(Undone { changes, kept: None });
    }
    let tracer = reading.order.tracer.as_ref().filter(|_| loads)?.path.clone();
    let own = tree.read(&tracer).filter(|_| tree.is_its_own(&tracer))?;
    let span = statement_span(&text, &first.span);
    let eol = line_break(&text, span.start);
    let rest = text.get(span.end..)?.strip_prefix(eol)?;
    let without = format!("{}{rest}", text.get(..span.start)?);
    let style = imports::read(name, &without).ok()?.style;
    let is_ours = forms.iter().any(|form| own == tracer_text(*form, style, eol));
    let folder = reading.package.as_ref().map_or(tracer.parent()?, |package| package.folder());
    let is_loaded = may_load(&entry.path, &without, &tracer)
        || sources(tree, folder).iter().any(|path| {
            *path != entry.path
                && *path != tracer
                && !entries.contains(&path.as_path())
                && tree.read(path).is_some_and(|text| may_load(path, &text, &tracer))
        });
    let cut = Edit { span: span.start..span.end + eol.len(), text: String::new() };
    let change = Change::edited(&entry.path, &text, &EditSet::new(vec![cut]).ok()?).ok()?;
    let gone = (is_ours && !is_loaded).then(|| Change::deleted(&tracer, own));
    let kept = (is_ours && is_loaded).then_some(tracer);
    Some(Undone { changes: [change].into_iter().chain(gone).collect(), kept })
}

/// A bare `require("dd-trace");` in front of an entry that initializes it itself.
fn loaded_first(path: &Path, text: &str, first: &Span, module: &Module) -> Option<Vec<Change>> {
    let span = statement_span(text, first);
    let eol = line_break(text, span.start);
    let is_statement =
        module.statements.iter().any(|one| one.start == span.start && one.end <= span.end);
    let behind = text.get(span.end..)?.starts_with(eol);
    let cut = Edit { span: span.start..span.end + eol.len(), text: String::new() };
    let edits = EditSet::new(vec![cut]).ok().filter(|_| is_statement && behind)?;
    Some(vec![Change::edited(path, text, &edits).ok()?])
}

/// Whether a file may load the tracer's file: by its path, or by a name that stands for it.
fn may_load(path: &Path, text: &str, tracer: &Path) -> bool {
    let (Some(folder), Some(stem)) = (path.parent(), tracer.file_stem()) else { return true };
    let stem = stem.to_string_lossy();
    if !text.contains(&*stem) {
        return false;
    }
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let Ok(module) = imports::read(name, text) else { return true };
    module.steps.iter().any(|step| match step.specifier.starts_with('.') {
        true => {
            normal(&folder.join(&step.specifier)).with_extension("") == tracer.with_extension("")
        }
        false => step.specifier.ends_with(&*stem),
    })
}

/// How many folders are looked through for files that load the tracer's file.
const MOST_FOLDERS: usize = 1_000;

/// The sources of a package.
fn sources(tree: &dyn Tree, folder: &Path) -> Vec<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    let mut found = Vec::new();
    let mut count = 0;
    while let Some(folder) = folders.pop().filter(|_| count < MOST_FOLDERS) {
        count += 1;
        for name in tree.list(&folder) {
            let path = folder.join(&name);
            match path.extension() {
                Some(_)
                    if ends_in(&path, &["js", "mjs", "cjs", "ts", "mts", "cts", "jsx", "tsx"]) =>
                {
                    found.push(path);
                }
                Some(_) => {}
                None if name == "node_modules" || name.starts_with('.') => {}
                None => folders.push(path),
            }
        }
    }
    found
}
