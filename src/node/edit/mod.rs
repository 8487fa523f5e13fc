//! The edit that makes an application load the tracer first: an import as the first statement of the
//! entry, and the file that it loads.

mod tracer;
mod undo;

use std::path::{Path, PathBuf};

use super::entry::Entry;
use super::imports::{self, Binding, Module, Step, StepKind, Style, When};
use super::order::is_typescript;
use super::packages;
use super::runner::{Loader, Run};
use super::version::Version;
use super::{Desk, Fault, Reading};
use crate::change::Change;
use crate::edit::{Edit, EditSet};
use crate::facts;
use crate::source::{Span, line_break};
use crate::tree::normal;
use tracer::{tracer_file, tracer_text};

pub use undo::{Undone, undone};

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
    /// Where the new statement goes.
    at: usize,
    form: Form,
}

/// How files load others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// `import tracer from "dd-trace"`
    Import,
    /// `const tracer = require("dd-trace")`
    Require,
    /// `import tracer = require("dd-trace")`: TypeScript writes CommonJS so under `verbatimModuleSyntax`.
    /// <https://www.typescriptlang.org/tsconfig/#verbatimModuleSyntax>
    ImportRequire,
}

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
    if !desk.tree.is_its_own(&entry.path) {
        return Err(format!("{name} is reached by a symbolic link"));
    }
    let module = imports::read(name, &text)?;
    if module.is_faulty {
        return Err(format!("{name} has a syntax error, or no statement"));
    }
    let initializes = |step: &Step| {
        packages::name(&step.specifier) == "dd-trace"
            && (step.kind == StepKind::Initialize || packages::initializes(&step.specifier))
    };
    if reading.order.initializes_itself() && module.steps.iter().any(initializes) {
        return loaded_first(reading, entry, module, text);
    }
    let (tracer, is_new) = tracer_file(desk, reading, entry)?;
    let specifier = specifier(&entry.path, &tracer, endings(reading, entry, run))?;
    if is_new && entry.built && entry.is_made_alone {
        return Err("the build makes only the files that it names".to_owned());
    }
    let arrives = match entry.built {
        true => brings_built(desk, run, &specifier, &tracer),
        false => {
            let beside = self::specifier(&entry.path, &tracer, Ending::Source)?;
            desk.files.brings(&run.entry, &entry.path, &beside, &tracer)
        }
    };
    if !arrives {
        let name = desk.shown(&tracer);
        return Err(format!("the Dockerfile does not bring {name} into the image"));
    }
    let replaces = replaced(desk, &module, entry, &tracer);
    let at = if is_new { module.head } else { place(reading, entry, &module, &text) };
    let form = form(reading, entry, &module);
    let entry = entry.path.clone();
    Ok(EntryEdit { text, module, entry, tracer, is_new, specifier, replaces, at, form })
}

/// An entry that initializes the tracer itself, with options of its own maybe: dd-trace is only loaded in front
/// of everything, and that `init` stays the first one, for a second one does nothing (measured).
fn loaded_first(
    reading: &Reading,
    entry: &Entry,
    module: Module,
    text: String,
) -> Result<EntryEdit, String> {
    if reading.modules {
        return Err("the entry initializes dd-trace itself: move that to its top".to_owned());
    }
    let form = form(reading, entry, &module);
    Ok(EntryEdit {
        at: module.head,
        text,
        module,
        entry: entry.path.clone(),
        tracer: entry.path.clone(),
        is_new: false,
        specifier: "dd-trace".to_owned(),
        replaces: None,
        form,
    })
}

fn form(reading: &Reading, entry: &Entry, module: &Module) -> Form {
    let keeps = entry.config.as_ref().is_some_and(|config| config.keeps_imports);
    let is_typescript = is_typescript(&entry.path);
    match is_typescript || module.has_module_syntax || ends_in(&entry.path, &["mjs"]) {
        true if is_typescript && keeps && !reading.modules => Form::ImportRequire,
        true => Form::Import,
        false => Form::Require,
    }
}

/// Whether what the build makes of the tracer's file comes into the image, beside the built entry.
fn brings_built(desk: &Desk<'_>, run: &Run, specifier: &str, tracer: &Path) -> bool {
    let folder = Path::new(&run.entry).parent().map(|folder| folder.to_string_lossy().into_owned());
    let name =
        if specifier.ends_with("js") { specifier.to_owned() } else { format!("{specifier}.js") };
    let built = normal(Path::new(&facts::join(folder.as_deref(), &name)));
    desk.files.builds(&built.to_string_lossy(), tracer)
}

/// In front of the statement through which the first traced package comes: what stands before it may
/// be needed by a tracer's file that somebody wrote.
fn place(reading: &Reading, entry: &Entry, module: &Module, text: &str) -> usize {
    let early = reading.order.traced_through.as_ref().filter(|place| place.path == entry.path);
    let statement = early
        .and_then(|place| module.statements.iter().find(|one| one.contains(&place.span.start)));
    let Some(start) = statement.map(|statement| statement.start) else { return module.head };
    let line_start = |at: usize| {
        text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |found| found + 1)
    };
    let mut at = line_start(start);
    let is_alone = text.get(at..start).is_some_and(|before| before.trim().is_empty());
    let is_comment = |from: usize, to: usize| {
        text.get(from..to).is_some_and(|line| line.trim_start().starts_with(['/', '*']))
    };
    if !is_alone || at <= module.head {
        return module.head;
    }
    // Comments in front of it are its own.
    while at > module.head && is_comment(line_start(at - 1), at) {
        at = line_start(at - 1);
    }
    at.max(module.head)
}

/// What the file does when it is evaluated.
fn entry_steps(module: &Module) -> impl Iterator<Item = &Step> {
    module.steps.iter().filter(|step| step.when == When::Always)
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
    // Where types need its names, it stays beside the new one.
    let bare =
        |step: &&Step| matches!(step.kind, StepKind::Import(Binding::Nothing | Binding::Unused));
    module.steps.iter().filter(bare).find(leads).map(|step| step.span.clone())
}

impl EntryEdit {
    /// The files that change.
    ///
    /// # Errors
    /// The edits do not fit together.
    pub fn changes(&self) -> Result<Vec<Change>, String> {
        let head = self.at;
        let eol = line_break(&self.text, head);
        let guard = match is_continuation(self.text.get(head..).unwrap_or_default()) {
            true if !self.module.style.semicolons => ";",
            _ => "",
        };
        let statement = statement(&self.specifier, self.form, self.module.style) + guard;
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
        let change = Change::edited(&self.entry, &self.text, &edits)?;
        self.prove(change.after.as_deref().unwrap_or_default())?;
        let mut changes = vec![change];
        if self.is_new {
            let text = tracer_text(self.form, self.module.style, eol);
            changes.push(Change::created(&self.tracer, text));
        }
        Ok(changes)
    }

    /// The result has one statement more, which loads the tracer, and the others as before.
    fn prove(&self, after: &str) -> Result<(), String> {
        let name = self.entry.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let module = imports::read(name, after)?;
        let style = self.module.style;
        let own = statement(&self.specifier, self.form, style);
        let own = [own.clone(), format!("{own};")];
        let texts = |text: &str, statements: &[Span]| -> Vec<String> {
            let text_of = |span: &Span| text.get(span.clone()).unwrap_or_default().to_owned();
            statements.iter().map(text_of).collect()
        };
        let kept: Vec<Span> = self
            .module
            .statements
            .iter()
            .filter(|one| self.replaces.as_ref().is_none_or(|span| !one.contains(&span.start)))
            .cloned()
            .collect();
        let expected = texts(&self.text, &kept);
        let mut found = texts(after, &module.statements);
        let at = found.iter().position(|one| own.contains(one)).ok_or("the statement is lost")?;
        let in_front = kept.iter().filter(|one| one.start < self.at).count();
        found.remove(at);
        match at == in_front && found == expected && !module.is_faulty {
            true => Ok(()),
            false => Err("the result would read otherwise".to_owned()),
        }
    }
}

/// Whether a text would go on with the statement in front of it, where that has no semicolon.
fn is_continuation(text: &str) -> bool {
    let mut rest = text.trim_start();
    loop {
        rest = match (rest.strip_prefix("//"), rest.strip_prefix("/*")) {
            (Some(line), _) => line.split_once('\n').map_or("", |(_, rest)| rest).trim_start(),
            (_, Some(block)) => block.split_once("*/").map_or("", |(_, rest)| rest).trim_start(),
            _ => return rest.starts_with(['(', '[', '`', '/', '+', '-', '*', ',', '.']),
        };
    }
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
fn statement(specifier: &str, form: Form, style: Style) -> String {
    let Style { quote, semicolons } = style;
    let end = if semicolons { ";" } else { "" };
    match form {
        Form::Import | Form::ImportRequire => format!("import {quote}{specifier}{quote}{end}"),
        Form::Require => format!("require({quote}{specifier}{quote}){end}"),
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

/// The tracer, initialized by a flag.
const REQUIRED_INIT: &[&str] = &["--require", "dd-trace/init"];
const IMPORTED_INIT: &[&str] = &["--import", "dd-trace/initialize.mjs"];
/// The tracer, loaded in front of everything, which the application initializes itself. The hook alone is not
/// enough where express comes before dd-trace (measured with dd-trace 5.132 on Node 20).
const REQUIRED: &[&str] = &["--require", "dd-trace"];
const IMPORTED: &[&str] = &["--import", "dd-trace/register.js", "--import", "dd-trace"];

/// All flags that [`flag`] may choose.
pub const FLAGS: &[&[&str]] = &[REQUIRED_INIT, IMPORTED_INIT, REQUIRED, IMPORTED];

/// The flags that load the tracer in front of everything, for a launch.
///
/// # Errors
/// Why this Node or this dd-trace has none.
pub fn flag(reading: &Reading) -> Result<&'static [&'static str], String> {
    if reading.is_out_of_reach {
        return Err(
            "Node looks for a flag's package from the folder that it is started in, which is \
                    not the application's"
                .to_owned(),
        );
    }
    if reading.is_standalone {
        return Err(
            "Next's standalone output leaves dd-trace out, and the flag stops the start".to_owned()
        );
    }
    if reading.faults.iter().any(|fault| matches!(fault, Fault::Mismatch { .. })) {
        return Err("this dd-trace does nothing on this Node when a flag loads it".to_owned());
    }
    // A second init does nothing: the application's own one, with its options, is to be the first.
    let initializes_itself = reading.order.initializes_itself();
    if !reading.modules {
        return Ok(if initializes_itself { REQUIRED } else { REQUIRED_INIT });
    }
    match (reading.tracer, reading.node) {
        (Some(tracer), _) if !has_initialize(tracer) => {
            Err(format!("dd-trace {tracer} may have no initialize.mjs"))
        }
        (_, Some(node)) if !has_import(node) => Err(format!("Node {node} may not know --import")),
        _ if initializes_itself => Ok(IMPORTED),
        _ => Ok(IMPORTED_INIT),
    }
}

/// Whether a dd-trace has initialize.mjs: 4.55 has it, 3.58 has not (measured).
fn has_initialize(tracer: Version) -> bool {
    tracer.major >= 5 || tracer.reaches(4, 55)
}

/// Whether a Node has `--import` and lets modules register hooks: 18.19 and 20.6 do, what comes before
/// them does not start or does not trace (measured). A Node 20 without a minor version is the newest.
/// <https://nodejs.org/api/module.html#moduleregisterspecifier-parenturl-options>
fn has_import(node: Version) -> bool {
    match node.major {
        20 => node.minor.is_none_or(|minor| minor >= 6),
        major => major > 20 || node.reaches(18, 19),
    }
}
