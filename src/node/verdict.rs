//! What is wrong with the way in which an application loads the tracer.
//!
//! The tracer patches packages when they are loaded, so dd-trace must be evaluated before the first
//! of them; `init()` may come later (measured with dd-trace 2 to 6 on Node 18 to 24).
//! <https://docs.datadoghq.com/tracing/trace_collection/automatic_instrumentation/dd_libraries/nodejs/>

use std::path::{Path, PathBuf};

use super::build::Bundler;
use super::edit::{self, EntryEdit};
use super::entry::{self, Entry};
use super::flags::{ByFlags, by_flags};
use super::imports::When;
use super::next;
use super::order::{self, Order, Walk};
use super::package_json::{self, Lock, PackageJson, Section};
use super::packages;
use super::runner::{Loader, Preload, Run};
use super::version::Version;
use super::{Desk, Place};
use crate::facts;

/// What is known of a Node launch.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// What Node runs.
    pub run: Option<Run>,
    /// The file that is evaluated first.
    pub entry: Option<Entry>,
    /// The package that it belongs to.
    pub package: Option<PackageJson>,
    /// Native ECMAScript modules are evaluated.
    pub modules: bool,
    /// What was met on the way.
    pub order: Order,
    /// The lock file.
    pub lock: Option<Lock>,
    /// The major version of dd-trace.
    pub tracer: Option<Version>,
    /// The major version of Node.
    pub node: Option<Version>,
    /// Packages for development are left out of what runs; `None` where nobody knows.
    pub leaves_out_development: Option<bool>,
    /// How the entry can be made to load the tracer first, or why it cannot.
    pub edit: Option<Result<EntryEdit, String>>,
    /// Next's `output: standalone` makes what runs, and leaves dd-trace out.
    pub is_standalone: bool,
    /// It is started in a folder from which dd-trace is not found, when a flag asks for it.
    pub is_out_of_reach: bool,
    /// What is wrong.
    pub faults: Vec<Fault>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The entry cannot be found or read.
    Unresolved(String),
    /// What a program starts cannot be seen, and no flag in NODE_OPTIONS loads the tracer there.
    Unseen(String),
    /// A bundler makes one file of the application and its packages.
    Bundled(String),
    /// Another tracer is loaded.
    OtherTracer(Place, String),
    /// No tracer is loaded.
    Missing,
    /// Another runtime than Node evaluates it.
    OtherRuntime(&'static str),
    /// A traced package is loaded before the tracer.
    Late(Place, String),
    /// A package is loaded before the tracer, and nobody knows what it loads.
    MaybeLate(Place, String),
    /// A logger is loaded before the tracer.
    LoggerFirst(Place, String),
    /// TypeScript leaves the import of the tracer out.
    Elided(Place),
    /// Node does not find what loads the tracer: its name has no ending.
    NotFound(Option<Place>, String),
    /// The tracer is loaded, and nothing initializes it.
    NotInitialized(Option<Place>),
    /// The tracer is loaded or initialized under a condition.
    Conditional(Place),
    /// Native modules are traced in part only.
    NeedsLoader(Option<Place>),
    /// The tracer's flag stands behind the script's name.
    LateFlag(String),
    /// A variable turns the tracer off.
    TurnedOff(String),
    /// A package script sets NODE_OPTIONS anew, and the image's is lost.
    OptionsReset(String),
    /// What is copied into the image leaves dd-trace out, and a flag loads it.
    LeftOut,
    /// package.json does not ask for dd-trace, or for development only.
    NotADependency(Option<Section>),
    /// This dd-trace does not run on this Node.
    Mismatch {
        /// The major version of dd-trace.
        tracer: u32,
        /// That of Node.
        node: u32,
        /// It is loaded by a flag, and does nothing then.
        stops: bool,
    },
    /// The lock file does not hold dd-trace.
    LockOutOfDate,
}

/// The lowest Node for each major version of dd-trace (`engines` of its package.json).
pub const ENGINES: &[(u32, u32)] = &[(2, 12), (3, 14), (4, 16), (5, 18), (6, 22)];

/// Reads what Node runs.
pub fn of(desk: &Desk<'_>, run: Result<Run, String>) -> Reading {
    let run = match run {
        Ok(run) => run,
        Err(reason) => return Reading::unresolved(reason),
    };
    if let Loader::Other(name) = run.loader {
        return Reading { faults: vec![Fault::OtherRuntime(name)], ..Reading::default() };
    }
    if run.loader == Loader::Next {
        return next::of_server(desk, run);
    }
    if run.loader == Loader::Unseen {
        return of_unseen(desk, run);
    }
    let entry = match entry::find(desk, &run.entry) {
        Ok(entry) => entry,
        Err(_) if next::standalone(desk, &run).is_some() => return next::of_server(desk, run),
        Err(reason) => return of_unseen_source(desk, run, reason),
    };
    let package = match PackageJson::of(desk.tree, &entry.path, desk.root) {
        Some(Err(reason)) => return Reading { run: Some(run), ..Reading::unresolved(reason) },
        package => package.and_then(Result::ok),
    };
    let mut reading = Reading { package, ..Reading::default() };
    reading.modules = runs_modules(&reading, &entry, &run, desk);
    let mut flags = by_flags(&run.preloads);
    let keeps = entry.config.as_ref().is_some_and(|config| config.keeps_imports);
    let strips = run.loader == Loader::Node && !entry.built;
    let how = order::How {
        elides: !keeps && !strips,
        hoists: reading.modules || run.hoists || run.loader == Loader::Tsx || entry.hoists,
        by_node: strips && !reading.modules,
        is_native: reading.modules && run.loader == Loader::Node && entry.bundler.is_none(),
        as_written: strips,
    };
    let mut walk = Walk::new(desk, entry.config.as_ref(), how);
    for file in &flags.files {
        let path = facts::join(Some(&run.folder), file);
        if let Ok(found) = entry::find(desk, &path) {
            walk.file(&found.path);
        }
    }
    // A hook that is registered before the entry is linked holds for all of it.
    flags.hooked |= walk.order.hooked;
    walk.file(&entry.path);
    flags.hooked |= walk.order.hooked_in_time;
    reading.modules |= walk.order.native.is_some();
    reading.order = walk.order;
    let mut entry = entry;
    if let (Some(bundler), Some(package)) = (&mut entry.bundler, &reading.package)
        && reading.order.traced.as_ref().is_some_and(|(_, name)| bundler.takes_in(package, name))
    {
        bundler.keeps_packages = false;
    }
    reading.entry = Some(entry);
    reading.run = Some(run);
    reading.look_up_versions(desk);
    reading.is_out_of_reach = !reading.finds_packages(desk);
    reading.judge(&flags, desk);
    let is_mendable = |fault: &Fault| {
        matches!(
            fault,
            Fault::Missing
                | Fault::Late(..)
                | Fault::Elided(_)
                | Fault::NeedsLoader(_)
                | Fault::NotInitialized(_)
                | Fault::OptionsReset(_)
        )
    };
    if reading.faults.iter().any(is_mendable) {
        reading.edit = Some(edit::of(desk, &reading));
    }
    reading
}

/// A program that nobody sees through: a flag in NODE_OPTIONS comes first in every Node that it starts.
fn of_unseen(desk: &Desk<'_>, run: Run) -> Reading {
    let flags = by_flags(&run.preloads);
    let package = desk.package_at(&run.folder).and_then(Result::ok);
    let program = run.entry.rsplit('/').next().unwrap_or_default().to_owned();
    let mut reading = Reading { package, run: Some(run), ..Reading::default() };
    reading.look_up_versions(desk);
    if !flags.initialized {
        reading.faults.push(Fault::Unseen(program));
        return reading;
    }
    reading.judge_package(true, desk);
    reading
}

/// What is started lies nowhere: a bundler may make it, of something that its configuration computes.
fn of_unseen_source(desk: &Desk<'_>, run: Run, reason: String) -> Reading {
    let fault = match entry::bundler_of(desk, &run.entry) {
        Some(Bundler { name, keeps_packages: false }) => Fault::Bundled(name),
        Some(Bundler { name, .. }) => {
            Fault::Unresolved(format!("{name} makes it, of a source that is not seen"))
        }
        None => Fault::Unresolved(reason),
    };
    Reading { run: Some(run), faults: vec![fault], ..Reading::default() }
}

/// Whether Node evaluates native modules, rather than CommonJS made of them.
/// <https://nodejs.org/api/packages.html#determining-module-system>
fn runs_modules(reading: &Reading, entry: &Entry, run: &Run, desk: &Desk<'_>) -> bool {
    let given = if entry.built { PathBuf::from(&run.entry) } else { entry.path.clone() };
    match given.extension().and_then(|ending| ending.to_str()) {
        Some("mjs" | "mts") => return true,
        Some("cjs" | "cts") => return false,
        _ => {}
    }
    let package = reading.package.as_ref();
    let by_package = package.is_some_and(PackageJson::is_module);
    // Node decides by the package, whatever the configuration says: CommonJS would not start there.
    if entry.built && by_package && run.loader == Loader::Node && entry.bundler.is_none() {
        return true;
    }
    if entry.built || run.loader == Loader::Transpiler {
        let made = entry.config.as_ref().and_then(super::tsconfig::TsConfig::makes_modules);
        return match made {
            // Made as modules, they run only where the package says so.
            Some(true) => {
                by_package || entry.built && entry.config.is_some() && entry.bundler.is_none()
            }
            Some(false) if entry.bundler.is_none() => false,
            _ => by_package,
        };
    }
    if by_package || run.loader == Loader::Tsx || package.is_some_and(PackageJson::says_type) {
        return by_package;
    }
    // Node tells by the syntax, where the package says nothing.
    let text = desk.tree.read(&entry.path).unwrap_or_default();
    let name = entry.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    super::imports::read(name, &text).is_ok_and(|module| module.has_module_syntax)
}

impl Reading {
    /// Nothing is known, for a reason.
    pub fn unresolved(reason: impl Into<String>) -> Self {
        Self { faults: vec![Fault::Unresolved(reason.into())], ..Self::default() }
    }

    pub(super) fn look_up_versions(&mut self, desk: &Desk<'_>) {
        self.leaves_out_development = desk.files.leaves_out_development();
        let Some(package) = &self.package else { return };
        self.lock = package_json::lock(desk.tree, package.folder(), desk.root);
        let asked = || Version::lowest(package.dependency("dd-trace")?.1);
        self.tracer = self.lock.as_ref().and_then(|lock| lock.tracer).or_else(asked);
        self.node = desk
            .node
            .or_else(|| package_json::pinned_node(desk.tree, package.folder(), desk.root))
            .or_else(|| package.engine());
    }

    fn judge(&mut self, flags: &ByFlags, desk: &Desk<'_>) {
        let order = self.order.clone();
        let entry = self.entry.clone().unwrap_or_default();
        let run = self.run.clone().unwrap_or_default();
        if let Some((path, reason)) = &order.unread
            && order.tracer.is_none()
            && !flags.initialized
        {
            let name = desk.shown(path);
            self.faults.push(Fault::Unresolved(format!("{name}: {reason}")));
            return;
        }
        let by_flag = flags.not_found.clone().map(|name| (None, name));
        let by_import = order.not_found.clone().map(|(place, name)| (Some(place), name));
        if let Some((place, name)) = by_flag.or(by_import) {
            self.faults.push(Fault::NotFound(place, name));
            return;
        }
        if let Some(name) = &flags.unknown {
            let reason = format!("a flag loads {name}, and what that does is not known");
            self.faults.push(Fault::Unresolved(reason));
            return;
        }
        let is_bare = |one: &&Preload| {
            let specifier = one.specifier.trim_matches('"');
            packages::name(specifier) == "dd-trace" && !specifier.contains("node_modules/")
        };
        if let Some(name) = run.preloads.iter().find(is_bare).filter(|_| self.is_out_of_reach) {
            let (name, folder) = (&name.specifier, &run.folder);
            let reason =
                format!("{name} is looked for from {folder}, which is not the application's");
            self.faults.push(Fault::Unresolved(reason));
            return;
        }
        let is_traced = flags.initialized || flags.loaded || order.tracer.is_some();
        if let Some(name) = run.turned_off.filter(|_| is_traced) {
            self.faults.push(Fault::TurnedOff(name));
        }
        if let Some(flag) = run.late_flag.filter(|_| !is_traced) {
            self.faults.push(Fault::LateFlag(flag));
        } else if let Some((_, name)) = run.script.filter(|_| run.resets_options && !is_traced) {
            self.faults.push(Fault::OptionsReset(name));
        } else if !is_traced {
            self.faults.push(self.missing(flags));
        } else if let Some(bundler) = entry.bundler.filter(|bundler| !bundler.keeps_packages) {
            self.faults.push(Fault::Bundled(bundler.name));
        } else if !flags.initialized {
            self.judge_order(flags);
        } else if self.modules && !flags.hooked {
            self.faults.push(Fault::NeedsLoader(None));
        }
        self.judge_package(flags.initialized, desk);
    }

    /// Whether what is started in its folder finds dd-trace; true where that cannot be told.
    fn finds_packages(&self, desk: &Desk<'_>) -> bool {
        let (Some(run), Some(entry), Some(package)) = (&self.run, &self.entry, &self.package)
        else {
            return true;
        };
        // The package's own folder, as it lies where the application runs.
        let Ok(below) = entry.path.strip_prefix(package.folder()) else { return true };
        let own = Path::new(&run.entry).ancestors().nth(below.components().count());
        let started = Path::new(&run.folder);
        if entry.built || own.is_none_or(|own| started.starts_with(own)) {
            return true;
        }
        started.ancestors().any(|folder| {
            let folder = folder.to_string_lossy();
            let here = desk.package_at(&folder).and_then(Result::ok);
            here.is_some_and(|here| here.dependency("dd-trace").is_some())
                || desk.holds(&facts::join(Some(&folder), "node_modules/dd-trace/package.json"))
        })
    }

    /// Nothing loads the tracer: or does something that only looks different?
    fn missing(&self, flags: &ByFlags) -> Fault {
        let order = &self.order;
        let entry = Place {
            path: self.entry.as_ref().map(|entry| entry.path.clone()).unwrap_or_default(),
            span: 0..0,
        };
        if let Some(name) = &flags.other {
            return Fault::OtherTracer(entry, name.clone());
        }
        if let Some((place, name)) = &order.other {
            return Fault::OtherTracer(place.clone(), packages::name(name).to_owned());
        }
        if let Some((_, name)) =
            order.unknown.as_ref().filter(|(_, name)| packages::may_trace(name))
        {
            return Fault::Unresolved(format!("{name} may load a tracer, and cannot be seen"));
        }
        let is_called = order.is_initialized() || !order.is_uncalled;
        match (&order.elided, order.conditional.as_ref().filter(|_| is_called)) {
            (Some(place), _) => Fault::Elided(place.clone()),
            (None, Some(place)) => match &order.before_conditional {
                Some((early, name)) => Fault::Late(early.clone(), name.clone()),
                None => Fault::Conditional(place.clone()),
            },
            (None, None) => match self.entry.as_ref().and_then(|entry| entry.bundler.as_ref()) {
                Some(bundler) if !bundler.keeps_packages => Fault::Bundled(bundler.name.clone()),
                _ if flags.hooked => Fault::NotInitialized(None),
                _ => Fault::Missing,
            },
        }
    }

    /// The tracer comes by code.
    fn judge_order(&mut self, flags: &ByFlags) {
        let order = self.order.clone();
        // Nothing comes before what a flag loads.
        if let Some((place, name)) = order.too_early.filter(|_| !flags.loaded) {
            self.faults.push(Fault::Late(place, name));
            return;
        }
        match order.initialized {
            None => {
                self.faults.push(Fault::NotInitialized(order.tracer.clone()));
                return;
            }
            Some((_, When::Always)) => {}
            Some((place, _)) => self.faults.push(Fault::Conditional(place)),
        }
        if self.modules && !flags.hooked {
            let place = order.native.or(order.through).or(order.tracer);
            self.faults.push(Fault::NeedsLoader(place));
        }
        if let Some((place, name)) = order.unknown {
            self.faults.push(Fault::MaybeLate(place, name));
        }
        if let Some((place, name)) = order.logger {
            self.faults.push(Fault::LoggerFirst(place, name));
        }
    }

    /// Whether the package that is loaded is there, and runs.
    pub(super) fn judge_package(&mut self, by_flag: bool, desk: &Desk<'_>) {
        let Some(package) = &self.package else { return };
        let faulty = self.faults.iter().any(Fault::has_no_tracer);
        if faulty && package.dependency("dd-trace").is_none() && !self.is_fixable_by_code() {
            return;
        }
        match self.section(desk) {
            Some(Section::Runtime) => {
                if self.lock.as_ref().is_some_and(|lock| lock.tracer.is_none()) {
                    self.faults.push(Fault::LockOutOfDate);
                }
            }
            Some(section) => self.faults.push(Fault::NotADependency(Some(section))),
            None if desk.files.installs("dd-trace") => {}
            None => self.faults.push(Fault::NotADependency(None)),
        }
        let is_forced = self.run.as_ref().is_some_and(|run| run.forces_tracer);
        let lowest = self.tracer.and_then(|own| ENGINES.iter().find(|row| row.0 == own.major));
        if let (Some((tracer, lowest)), Some(node)) = (lowest, self.node)
            && node.major < *lowest
        {
            let stops = by_flag && !is_forced;
            self.faults.push(Fault::Mismatch { tracer: *tracer, node: node.major, stops });
        }
    }

    /// Whether `fix` would load the tracer, which must be there then.
    fn is_fixable_by_code(&self) -> bool {
        let is_fixable = |fault: &Fault| {
            matches!(fault, Fault::Missing | Fault::LateFlag(_) | Fault::OptionsReset(_))
        };
        self.faults.iter().any(is_fixable)
    }

    /// Where dd-trace is asked for: in the package, or in one above it (a workspace's root).
    fn section(&self, desk: &Desk<'_>) -> Option<Section> {
        let folder = self.package.as_ref()?.folder();
        let folders = folder.ancestors().take_while(|folder| folder.starts_with(desk.root));
        folders.into_iter().find_map(|folder| {
            let package = PackageJson::in_folder(desk.tree, folder)?.ok()?;
            Some(package.dependency("dd-trace")?.0)
        })
    }

    /// Whether code or a flag loads the tracer.
    pub fn loads_tracer(&self) -> bool {
        let preloads = self.run.iter().flat_map(|run| &run.preloads);
        let of_tracer = |one: &Preload| one.specifier.contains("dd-trace");
        self.order.tracer.is_some() || preloads.into_iter().any(of_tracer)
    }

    /// Where the package asks for dd-trace, or would.
    pub fn package_place(&self) -> Option<Place> {
        let package = self.package.as_ref()?;
        let name = "\"dd-trace\"";
        let span = package.text.find(name).map_or(0..0, |at| at..at + name.len());
        Some(Place { path: package.path.clone(), span })
    }

    /// Where the package has a script.
    pub fn script_place(&self, script: &str) -> Option<Place> {
        let package = self.package.as_ref()?;
        let name = format!("{script:?}");
        let at = package.text.rfind(&name)?;
        Some(Place { path: package.path.clone(), span: at..at + name.len() })
    }

    /// Where the entry stands, for findings.
    pub fn entry_place(&self) -> Option<Place> {
        let entry = self.entry.as_ref()?;
        Some(Place { path: entry.path.clone(), span: 0..0 })
    }
}

impl Fault {
    /// Whether no tracer runs at all.
    fn has_no_tracer(&self) -> bool {
        matches!(
            self,
            Self::Missing
                | Self::Unresolved(_)
                | Self::Unseen(_)
                | Self::Bundled(_)
                | Self::OtherTracer(..)
                | Self::LateFlag(_)
                | Self::OptionsReset(_)
        )
    }

    /// The place that decides it, in a file of the application.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::OtherTracer(place, _)
            | Self::Late(place, _)
            | Self::MaybeLate(place, _)
            | Self::LoggerFirst(place, _)
            | Self::Elided(place)
            | Self::Conditional(place) => Some(place),
            Self::NotInitialized(place) | Self::NeedsLoader(place) | Self::NotFound(place, _) => {
                place.as_ref()
            }
            _ => None,
        }
    }
}
