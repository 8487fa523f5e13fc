//! What is loaded before what: the imports of an application, walked in the order in which Node
//! evaluates them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::imports::{self, Binding, Module, Step, StepKind, When};
use super::package_json::PackageJson;
use super::packages::{self, Kind};
use super::tsconfig::TsConfig;
use super::{Desk, Place, entry, workspaces};
use crate::tree::normal;

/// The most files that are read of one application.
const MOST_FILES: usize = 1_000;

/// Why a file that is there is not read.
const UNREADABLE: &str = "it is larger than 256 KiB, or not text";

/// How many files may hand the tracer on.
const DEEPEST_BARREL: usize = 3;

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
    /// It is in a function of the entry that the entry does not call.
    pub is_uncalled: bool,
    /// The traced package that is loaded before that, whatever the condition says.
    pub before_conditional: Option<(Place, String)>,
    /// A file that could not be read, and why.
    pub unread: Option<(PathBuf, String)>,
    /// The first traced package that is loaded at all.
    pub traced: Option<(Place, String)>,
    /// Another tracer that is loaded.
    pub other: Option<(Place, String)>,
    /// The hook into native modules is registered.
    pub hooked: bool,
    /// It is, before the files that it is for are linked.
    pub hooked_in_time: bool,
    /// The import of the entry through which the tracer comes.
    pub through: Option<Place>,
    /// The import of the entry through which the first traced package comes.
    pub traced_through: Option<Place>,
    /// A native module that a CommonJS entry loads.
    pub native: Option<Place>,
    /// An import of the tracer that Node does not find: native modules name files whole.
    pub not_found: Option<(Place, String)>,
}

impl Order {
    /// Whether the application initializes the tracer, though maybe too late, or under a condition.
    pub fn initializes_itself(&self) -> bool {
        match &self.initialized {
            Some((_, When::InFunction)) => !self.is_uncalled,
            initialized => initialized.is_some(),
        }
    }

    /// Whether the tracer is initialized, whatever happens.
    pub fn is_initialized(&self) -> bool {
        matches!(&self.initialized, Some((_, When::Always)))
    }
}

/// A walk through an application.
pub struct Walk<'a> {
    desk: &'a Desk<'a>,
    config: Option<&'a TsConfig>,
    how: How,
    /// The files that were met, and whether always.
    seen: BTreeMap<PathBuf, When>,
    /// The file that was walked from.
    entry: PathBuf,
    /// What is done when all else has come to its end.
    later: Vec<(PathBuf, Step)>,
    /// What was found.
    pub order: Order,
}

/// How files are evaluated.
#[derive(Debug, Clone, Copy, Default)]
pub struct How {
    /// Imports that no value needs are left out.
    pub elides: bool,
    /// Imports are evaluated before everything else in a file: in native modules, and by compilers of
    /// the kind of esbuild (measured with tsx and tsup).
    pub hoists: bool,
    /// Node itself decides what each file is.
    pub by_node: bool,
    /// Native modules, whose imports no bundler looks up.
    pub is_native: bool,
    /// They are evaluated as they stand in the repository.
    pub as_written: bool,
}

impl<'a> Walk<'a> {
    /// A walk that has met nothing yet.
    pub fn new(desk: &'a Desk<'a>, config: Option<&'a TsConfig>, how: How) -> Self {
        let (seen, later, order) = (BTreeMap::new(), Vec::new(), Order::default());
        Self { desk, config, how, seen, entry: PathBuf::new(), later, order }
    }

    /// Walks from a file on.
    pub fn file(&mut self, path: &Path) {
        path.clone_into(&mut self.entry);
        self.walk(path, When::Always);
        while !self.later.is_empty() {
            for (path, step) in std::mem::take(&mut self.later) {
                self.step(
                    &path,
                    &Step { when: When::Always, is_awaited: false, ..step },
                    When::Always,
                );
            }
        }
    }

    fn walk(&mut self, path: &Path, when: When) {
        let known = self.seen.get(path).copied();
        let is_known = known == Some(When::Always) || known.is_some() && when != When::Always;
        if is_known || self.seen.len() >= MOST_FILES {
            return;
        }
        self.seen.insert(path.to_owned(), when);
        let Some(module) = self.module(path) else { return };
        let is_import = |step: &&Step| matches!(step.kind, StepKind::Import(_) | StepKind::Export);
        let steps: Vec<&Step> = if self.how.hoists {
            let (first, then): (Vec<&Step>, Vec<&Step>) = module.steps.iter().partition(is_import);
            first.into_iter().chain(then).collect()
        } else {
            module.steps.iter().collect()
        };
        let types_are_values =
            module.has_decorators && self.config.is_some_and(|config| config.emits_types);
        for step in steps {
            match step.kind {
                StepKind::Import(Binding::AsType) if types_are_values => {
                    let kind = StepKind::Import(Binding::Used);
                    self.step(path, &Step { kind, ..step.clone() }, when);
                }
                _ => self.step(path, step, when),
            }
        }
    }

    /// Whether Node evaluates a file as a native module.
    fn is_native(&self, path: &Path) -> bool {
        match path.extension().and_then(|ending| ending.to_str()) {
            Some("mjs" | "mts") => return true,
            Some("cjs" | "cts" | "json") => return false,
            _ => {}
        }
        let package = PackageJson::of(self.desk.tree, path, self.desk.root).and_then(Result::ok);
        match package.filter(PackageJson::says_type) {
            Some(package) => package.is_module(),
            // What a compiler makes of it.
            None if is_typescript(path) => {
                self.desk.config_of(path).and_then(|config| config.makes_modules()).unwrap_or(false)
            }
            // Node tells by the syntax, where the package says nothing.
            None => self.parsed(path, "").is_some_and(|module| module.has_module_syntax),
        }
    }

    /// A file that has a word in it.
    fn parsed(&self, path: &Path, word: &str) -> Option<Module> {
        let text = self.desk.tree.read(path).filter(|text| text.contains(word))?;
        imports::read(path.file_name()?.to_str()?, &text).ok()
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
        let own = match step.when {
            When::InEntry if path == self.entry => When::Always,
            When::InEntry => return,
            When::Always if step.is_awaited && path != self.entry => When::Later,
            own => own,
        };
        let when = if outer == When::Always { own } else { outer };
        if when == When::Later {
            return self.later.push((path.to_owned(), step.clone()));
        }
        let place = || Place { path: path.to_owned(), span: step.span.clone() };
        let target = self.resolve(path, step);
        if when == When::Always && self.is_not_found(step, target.as_deref()) {
            self.order.not_found.get_or_insert_with(|| (place(), step.specifier.clone()));
        }
        match step.kind {
            StepKind::Import(Binding::TypeOnly) => self.left_out(step, target.as_deref(), place()),
            StepKind::Import(Binding::Unused | Binding::AsType)
                if self.how.elides && is_typescript(path) =>
            {
                self.left_out(step, target.as_deref(), place());
            }
            StepKind::Register => self.order.hooked |= packages::hooks(&step.specifier),
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
                    let had_early = self.order.too_early.is_some();
                    let is_native = || {
                        self.how.by_node && self.order.native.is_none() && self.is_native(&target)
                    };
                    if when == When::Always && is_native() {
                        self.order.native = Some(place());
                    }
                    self.walk(&target, when);
                    if !had_early && self.order.too_early.is_some() {
                        self.order.traced_through = Some(place());
                    }
                    if !had_tracer && self.order.tracer.is_some() {
                        self.order.through = Some(place());
                    }
                    if !had_unread && self.order.unread.is_some() && self.order.tracer.is_none() {
                        let name = step.specifier.clone();
                        self.order.unknown.get_or_insert((place(), name));
                    }
                }
                None => self.package(step, when, place()),
            },
        }
    }

    fn package(&mut self, step: &Step, when: When, place: Place) {
        let (order, specifier) = (&mut self.order, step.specifier.as_str());
        let named = || (place.clone(), specifier.to_owned());
        order.hooked |= packages::hooks(specifier);
        // Whoever waits for the hook before anything else is loaded has it in time.
        let is_first = order.traced.is_none() && when == When::Always;
        order.hooked_in_time |=
            is_first && step.kind == StepKind::Dynamic && packages::hooks(specifier);
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
            (Kind::Tracer, _) if order.conditional.is_some() => {}
            (Kind::Tracer, _) => {
                order.is_uncalled = when == When::InFunction && place.path == self.entry;
                order.before_conditional.clone_from(&order.traced);
                order.conditional = Some(place);
            }
            // Whether it comes before the tracer cannot be told.
            (Kind::Traced, When::Conditional | When::InFunction) if order.tracer.is_none() => {
                order.unknown.get_or_insert_with(named);
            }
            (_, When::Conditional | When::InFunction) => {}
            (Kind::Traced, _) => {
                order.traced.get_or_insert_with(named);
                if order.tracer.is_none() && order.too_early.is_none() {
                    order.too_early = Some(named());
                    order.traced_through = Some(place);
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

    /// Whether a native module imports the tracer by a name without its ending, which Node does not find
    /// (<https://nodejs.org/api/esm.html#mandatory-file-extensions>).
    fn is_not_found(&self, step: &Step, target: Option<&Path>) -> bool {
        let imports =
            matches!(step.kind, StepKind::Import(_) | StepKind::Export | StepKind::Dynamic);
        if !self.how.is_native || !imports || has_ending(&step.specifier) {
            return false;
        }
        match target {
            None => step.specifier.starts_with("dd-trace/"),
            Some(_) if !self.how.as_written || !step.specifier.starts_with('.') => false,
            target => self.brings_tracer(target),
        }
    }

    /// An import that is not evaluated.
    fn left_out(&mut self, step: &Step, target: Option<&Path>, place: Place) {
        let is_tracer = target.is_none() && packages::kind(&step.specifier) == Kind::Tracer;
        if self.order.tracer.is_none() && (is_tracer || self.brings_tracer(target)) {
            self.order.elided.get_or_insert(place);
            self.order.elided_file = self.order.elided_file.take().or(target.map(Path::to_owned));
        }
    }

    /// Whether a file loads dd-trace, itself or by what it exports of other files.
    fn brings_tracer(&self, target: Option<&Path>) -> bool {
        target.is_some_and(|path| self.brings(path, DEEPEST_BARREL))
    }

    fn brings(&self, path: &Path, left: usize) -> bool {
        let Some(module) = self.parsed(path, "").filter(|_| left > 0) else { return false };
        module.steps.iter().any(|step| {
            packages::name(&step.specifier) == "dd-trace"
                || matches!(step.kind, StepKind::Export | StepKind::Import(Binding::Used))
                    && self.resolve(path, step).is_some_and(|one| self.brings(&one, left - 1))
        })
    }

    fn initializes_in_function(&self, target: &Path) -> bool {
        self.parsed(target, "dd-trace").is_some_and(|module| {
            module.steps.iter().any(|step| {
                step.kind == StepKind::Initialize
                    && step.when != When::Always
                    && packages::name(&step.specifier) == "dd-trace"
            })
        })
    }

    /// As what Node looks a package's `exports` up for a step.
    fn asks(&self, step: &Step) -> workspaces::Asks {
        match step.kind {
            StepKind::Require => workspaces::Asks::Require,
            StepKind::Dynamic => workspaces::Asks::Import,
            _ if self.how.is_native => workspaces::Asks::Import,
            _ => workspaces::Asks::Require,
        }
    }

    /// The file that a step's specifier names; `None` for a package of others.
    fn resolve(&self, from: &Path, step: &Step) -> Option<PathBuf> {
        let specifier = step.specifier.as_str();
        let inside = |path: &PathBuf| path.starts_with(self.desk.root);
        if specifier.starts_with('.') {
            let path = normal(&from.parent()?.join(specifier));
            let source = || entry::source_of(self.desk, &path);
            return self.desk.script_at(&path).or_else(source).filter(inside);
        }
        if specifier.starts_with('#') {
            let package = PackageJson::of(self.desk.tree, from, self.desk.root)?.ok()?;
            let path = normal(&package.folder().join(package.subpath(specifier)?));
            return self.desk.script_at(&path).filter(inside);
        }
        let aliases = self.config.map(|config| config.alias(specifier)).unwrap_or_default();
        let alias = aliases.iter().find_map(|path| self.desk.script_at(path));
        alias
            .or_else(|| workspaces::file(self.desk, from, specifier, self.asks(step)))
            .filter(inside)
    }
}

/// Whether a specifier names a file that runs nothing.
fn is_data(specifier: &str) -> bool {
    let endings =
        ["json", "node", "wasm", "css", "scss", "svg", "graphql", "gql", "sql", "txt", "html"];
    let ending = Path::new(specifier).extension().and_then(|ending| ending.to_str());
    specifier.starts_with(['.', '/']) && ending.is_some_and(|one| endings.contains(&one))
}

/// Whether a specifier names a file whole.
pub(super) fn has_ending(specifier: &str) -> bool {
    let ending = Path::new(specifier).extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|one| {
        ["js", "mjs", "cjs", "ts", "mts", "cts", "jsx", "tsx", "json", "node", "wasm"]
            .contains(&one)
    })
}

/// Whether a file is TypeScript, by its ending.
pub(super) fn is_typescript(path: &Path) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ["ts", "tsx", "mts", "cts"].contains(&ending)
}
