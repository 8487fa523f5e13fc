//! What is loaded before what: the imports of an application, walked in the order in which Node
//! evaluates them.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::imports::{self, Binding, Module, Step, StepKind, When};
use super::packages::{self, Kind};
use super::tsconfig::TsConfig;
use super::{Desk, Place};
use crate::tree::normal;

/// The most files that are read of one application.
const MOST_FILES: usize = 1_000;

/// Why a file that is there is not read.
const UNREADABLE: &str = "it is larger than 256 KiB, or not text";

/// What the walk has met.
#[derive(Debug, Clone, Default)]
pub struct Order {
    /// Where dd-trace is loaded first.
    pub tracer: Option<Place>,
    /// Where it is initialized, and whether always.
    pub initialized: Option<(Place, When)>,
    /// The traced package that is loaded before it.
    pub too_early: Option<(Place, String)>,
    /// A logger that is loaded before it.
    pub logger: Option<(Place, String)>,
    /// A package before it of which nobody knows what it loads.
    pub unknown: Option<(Place, String)>,
    /// The import of the tracer that TypeScript leaves out.
    pub elided: Option<Place>,
    /// The file that it would load.
    pub elided_file: Option<PathBuf>,
    /// Where dd-trace is loaded under a condition, or in a function.
    pub conditional: Option<Place>,
    /// A file that could not be read, and why.
    pub unread: Option<(PathBuf, String)>,
    /// The first traced package that is loaded at all.
    pub traced: Option<(Place, String)>,
    /// Another tracer that is loaded.
    pub other: Option<(Place, String)>,
    /// The hook into native modules is registered.
    pub hooked: bool,
    /// The import of the entry through which the tracer comes.
    pub through: Option<Place>,
}

/// A walk through an application.
pub struct Walk<'a> {
    desk: &'a Desk<'a>,
    config: Option<&'a TsConfig>,
    /// Imports that no value needs are left out.
    elides: bool,
    /// Imports are evaluated before everything else in a file.
    hoists: bool,
    seen: BTreeSet<PathBuf>,
    /// What was found.
    pub order: Order,
}

impl<'a> Walk<'a> {
    /// A walk that has met nothing yet.
    pub fn new(
        desk: &'a Desk<'a>,
        config: Option<&'a TsConfig>,
        elides: bool,
        hoists: bool,
    ) -> Self {
        Self { desk, config, elides, hoists, seen: BTreeSet::new(), order: Order::default() }
    }

    /// Walks from a file on.
    pub fn file(&mut self, path: &Path) {
        self.walk(path, When::Always);
    }

    fn walk(&mut self, path: &Path, when: When) {
        if self.seen.len() >= MOST_FILES || !self.seen.insert(path.to_owned()) {
            return;
        }
        let Some(module) = self.module(path) else { return };
        let is_import = |step: &&Step| matches!(step.kind, StepKind::Import(_) | StepKind::Export);
        let steps: Vec<&Step> = if self.hoists {
            let (first, then): (Vec<&Step>, Vec<&Step>) = module.steps.iter().partition(is_import);
            first.into_iter().chain(then).collect()
        } else {
            module.steps.iter().collect()
        };
        for step in steps {
            self.step(path, step, when);
        }
    }

    fn module(&mut self, path: &Path) -> Option<Module> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.ends_with(".json") {
            return None;
        }
        let text = self.desk.tree.read(path).ok_or(UNREADABLE.to_owned());
        match text.and_then(|text| imports::read(name, &text)) {
            Ok(module) => Some(module),
            Err(reason) => {
                self.order.unread.get_or_insert((path.to_owned(), reason));
                None
            }
        }
    }

    fn step(&mut self, path: &Path, step: &Step, outer: When) {
        let when = match (outer, step.when) {
            (When::Always, own) => own,
            (outer, _) => outer,
        };
        let place = || Place { path: path.to_owned(), span: step.span.clone() };
        let target = self.resolve(path, &step.specifier);
        match step.kind {
            StepKind::Import(Binding::TypeOnly) => self.left_out(target.as_deref(), place()),
            StepKind::Import(Binding::Unused) if self.elides && is_typescript(path) => {
                self.left_out(target.as_deref(), place());
            }
            StepKind::Initialize | StepKind::Call => {
                self.called(step, target.as_deref(), when, place())
            }
            _ if when == When::InFunction && target.is_some() => {
                let target = target.as_deref();
                if self.order.tracer.is_none() && self.brings_tracer(target) {
                    self.order.conditional.get_or_insert(place());
                }
            }
            _ => match target {
                Some(target) => {
                    let had_tracer = self.order.tracer.is_some();
                    let had_unread = self.order.unread.is_some();
                    self.walk(&target, when);
                    if !had_tracer && self.order.tracer.is_some() {
                        self.order.through = Some(place());
                    }
                    if !had_unread && self.order.unread.is_some() && self.order.tracer.is_none() {
                        let name = step.specifier.clone();
                        self.order.unknown.get_or_insert((place(), name));
                    }
                }
                None => self.package(&step.specifier, when, place()),
            },
        }
    }

    fn package(&mut self, specifier: &str, when: When, place: Place) {
        let order = &mut self.order;
        let named = || (place.clone(), specifier.to_owned());
        order.hooked |= packages::hooks(specifier);
        if packages::OTHER_TRACERS.contains(&packages::name(specifier)) {
            order.other.get_or_insert_with(named);
        }
        match (packages::kind(specifier), when) {
            (Kind::Tracer, When::Always) => {
                if packages::initializes(specifier) {
                    order.initialized.get_or_insert((place.clone(), When::Always));
                }
                order.through.get_or_insert(place.clone());
                order.tracer.get_or_insert(place);
            }
            (Kind::Tracer, _) => {
                order.conditional.get_or_insert(place);
            }
            (_, When::Conditional | When::InFunction) => {}
            (Kind::Traced, When::Always) => {
                order.traced.get_or_insert_with(named);
                if order.tracer.is_none() {
                    order.too_early.get_or_insert_with(named);
                }
            }
            (Kind::Logger, _) if order.tracer.is_none() => {
                order.logger.get_or_insert_with(named);
            }
            (Kind::Unknown, _) if order.tracer.is_none() && !is_data(specifier) => {
                order.unknown.get_or_insert_with(named);
            }
            _ => {}
        }
    }

    /// `tracer.init()`, or a function of the file that does it.
    fn called(&mut self, step: &Step, target: Option<&Path>, when: When, place: Place) {
        let initializes = match target {
            None => {
                step.kind == StepKind::Initialize && packages::name(&step.specifier) == "dd-trace"
            }
            Some(target) if step.kind == StepKind::Initialize => self.brings_tracer(Some(target)),
            Some(target) => self.initializes_in_function(target),
        };
        if !initializes {
            return;
        }
        let better = match &self.order.initialized {
            None => true,
            Some((_, before)) => *before != When::Always && when == When::Always,
        };
        if better {
            self.order.initialized = Some((place, when));
        }
    }

    /// An import that is not evaluated.
    fn left_out(&mut self, target: Option<&Path>, place: Place) {
        if self.order.tracer.is_none() && self.brings_tracer(target) {
            self.order.elided.get_or_insert(place);
            self.order.elided_file = self.order.elided_file.take().or(target.map(Path::to_owned));
        }
    }

    /// Whether a file loads dd-trace itself.
    fn brings_tracer(&self, target: Option<&Path>) -> bool {
        let module = target.and_then(|path| self.peek(path));
        module.is_some_and(|module| {
            module.steps.iter().any(|step| packages::name(&step.specifier) == "dd-trace")
        })
    }

    fn initializes_in_function(&self, target: &Path) -> bool {
        self.peek(target).is_some_and(|module| {
            module.steps.iter().any(|step| {
                step.kind == StepKind::Initialize
                    && step.when != When::Always
                    && packages::name(&step.specifier) == "dd-trace"
            })
        })
    }

    fn peek(&self, path: &Path) -> Option<Module> {
        let text = self.desk.tree.read(path).filter(|text| text.contains("dd-trace"))?;
        imports::read(path.file_name()?.to_str()?, &text).ok()
    }

    /// The file that a specifier names; `None` for a package.
    fn resolve(&self, from: &Path, specifier: &str) -> Option<PathBuf> {
        let inside = |path: &PathBuf| path.starts_with(self.desk.root);
        if specifier.starts_with('.') {
            let path = normal(&from.parent()?.join(specifier));
            return self.desk.script_at(&path).filter(inside);
        }
        let aliases = self.config?.alias(specifier);
        aliases.iter().find_map(|path| self.desk.script_at(path)).filter(inside)
    }
}

/// Whether a specifier names a file that runs nothing.
fn is_data(specifier: &str) -> bool {
    let endings =
        ["json", "node", "wasm", "css", "scss", "svg", "graphql", "gql", "sql", "txt", "html"];
    let ending = Path::new(specifier).extension().and_then(|ending| ending.to_str());
    specifier.starts_with(['.', '/']) && ending.is_some_and(|one| endings.contains(&one))
}

fn is_typescript(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ["ts", "tsx", "mts", "cts"].contains(&ending)
}
