//! Whether a Node application loads the tracer before what it traces.
//!
//! A command is followed to the file that Node evaluates first ([`runner`]), that to its source in
//! the repository ([`entry`]), and that through its imports in the order in which they are evaluated
//! ([`order`]). [`verdict`] says what is wrong. What was measured with the real tracer stands beside
//! each rule.

pub mod build;
pub mod dependency;
pub mod edit;
pub mod entry;
mod flags;
pub mod image;
pub mod imports;
pub mod next;
pub mod order;
pub mod package_json;
pub mod packages;
pub mod process_file;
mod projects;
pub mod runner;
pub mod tsconfig;
pub mod verdict;
pub mod version;
mod workspaces;

use std::path::{Path, PathBuf};

use crate::facts::Variables;
use crate::source::Span;
use crate::tree::{Tree, normal};
use package_json::PackageJson;
use runner::{Loader, Run};
use tsconfig::TsConfig;
use version::Version;

pub use flags::TRACER_MODULES;
pub use verdict::{Fault, Reading};

/// Where the files of the running system lie in the repository.
pub trait Files {
    /// The places in the repository that an absolute path of the running system may come from, the
    /// likeliest first; not all of them need to exist.
    fn origins(&self, path: &str) -> Vec<PathBuf>;

    /// Whether they are those of an image, rather than of the repository itself.
    fn is_image(&self) -> bool {
        false
    }

    /// Whether a command of the build installs a package by its name.
    fn installs(&self, _: &str) -> bool {
        false
    }

    /// The commands of the build.
    fn build_commands(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether a file lies beside the entry in the running system, as it does in the repository: `beside` is
    /// the way from the one to the other, `started` the path that is started.
    fn brings(&self, _started: &str, _entry: &Path, _beside: &str, _file: &Path) -> bool {
        true
    }

    /// Whether what a build makes of a source comes to lie at a path of the running system.
    fn builds(&self, _output: &str, _source: &Path) -> bool {
        true
    }

    /// Whether packages for development are left out of what runs; `None` where nobody knows.
    fn leaves_out_development(&self) -> Option<bool> {
        None
    }
}

/// The repository itself: what runs there lies where it is.
pub struct InPlace;

impl Files for InPlace {
    fn origins(&self, path: &str) -> Vec<PathBuf> {
        vec![normal(Path::new(path))]
    }
}

/// A place in a file of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, absolute.
    pub path: PathBuf,
    /// The bytes.
    pub span: Span,
}

/// What a reading works with.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The files.
    pub tree: &'a dyn Tree,
    /// The root of the repository: nothing outside is read.
    pub root: &'a Path,
    /// Where running files lie.
    pub files: &'a dyn Files,
    /// The version of Node in the base image.
    pub node: Option<Version>,
}

/// Files that Node takes for a name without an ending, and what is compiled to them.
const ENDINGS: &[&str] = &["js", "mjs", "cjs", "ts", "tsx", "mts", "cts", "jsx"];
/// What an ending of an import stands for in TypeScript.
const BY_SOURCE: &[(&str, &[&str])] = &[
    ("js", &["js", "ts", "tsx", "jsx"]),
    ("mjs", &["mjs", "mts"]),
    ("cjs", &["cjs", "cts"]),
    ("jsx", &["jsx", "tsx"]),
];

impl Desk<'_> {
    /// The places in the repository that a path of the running system may come from.
    pub fn origins(&self, path: &str) -> Vec<PathBuf> {
        let inside = |path: &PathBuf| path.starts_with(self.root);
        // `COPY server.js /app/` puts nothing at /app/server: no folder is named server.js.
        let is_file = |folder: &Path| {
            let ending = folder.extension().and_then(|ending| ending.to_str());
            ending.is_some_and(|ending| ENDINGS.contains(&ending) || ending == "json")
        };
        let below_file = |path: &PathBuf| path.ancestors().skip(1).any(is_file);
        let found = self.files.origins(path).into_iter().filter(inside);
        found.filter(|path| !below_file(path)).collect()
    }

    /// Whether something of the repository lies at a path of the running system.
    pub fn holds(&self, path: &str) -> bool {
        self.origins(path).iter().any(|origin| self.tree.exists(origin))
    }

    /// The text at a path of the running system.
    pub fn read_at(&self, path: &str) -> Option<String> {
        self.origins(path).iter().find_map(|path| self.tree.read(path))
    }

    /// The package in a folder of the running system.
    pub fn package_at(&self, folder: &str) -> Option<Result<PackageJson, String>> {
        let origins = self.origins(&crate::facts::join(Some(folder), "package.json"));
        let folders = origins.iter().filter_map(|path| path.parent());
        folders.into_iter().find_map(|folder| PackageJson::in_folder(self.tree, folder))
    }

    /// The script that Node finds for a path: the file, the file with an ending, what the folder's
    /// package.json names, or its index.
    /// <https://nodejs.org/api/modules.html#all-together>
    pub fn script_at(&self, path: &Path) -> Option<PathBuf> {
        let is_script = |path: &Path| {
            path.extension().and_then(|e| e.to_str()).is_some_and(|e| ENDINGS.contains(&e))
        };
        let exists = |path: &PathBuf| self.tree.exists(path);
        // `bin/www`
        if path.extension().is_none() && self.tree.read(path).is_some() {
            return Some(path.to_owned());
        }
        if is_script(path) {
            let own = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
            let others = BY_SOURCE.iter().find(|(ending, _)| *ending == own);
            let endings = others.map_or(&[][..], |(_, endings)| *endings);
            let files = endings.iter().map(|ending| path.with_extension(ending));
            return std::iter::once(path.to_owned()).chain(files).find(exists);
        }
        let with_ending =
            |ending: &&str| PathBuf::from(format!("{}.{ending}", path.to_string_lossy()));
        if let Some(found) = ENDINGS.iter().map(with_ending).find(exists) {
            return Some(found);
        }
        let package = PackageJson::in_folder(self.tree, path).and_then(Result::ok);
        let main =
            package.as_ref().and_then(PackageJson::main).map(|main| tsconfig::joined(path, main));
        let main = main.filter(|main| *main != path).and_then(|main| self.script_at(&main));
        let index = || ENDINGS.iter().map(|e| path.join("index").with_extension(e)).find(exists);
        main.or_else(index)
    }

    /// The configuration of TypeScript that holds for a file.
    pub fn config_of(&self, file: &Path) -> Option<TsConfig> {
        let folders = file.ancestors().skip(1).take_while(|folder| folder.starts_with(self.root));
        folders.into_iter().find_map(|one| TsConfig::read(self.tree, &one.join("tsconfig.json")))
    }

    /// The folder of a workspace, by the name of its package or by its folder.
    pub fn workspace(&self, folder: &str, name: &str) -> Option<String> {
        let package = self.package_at(folder)?.ok()?;
        let base = package.folder().to_owned();
        let name = name.trim_start_matches("./").trim_end_matches("...");
        let mut folders = workspaces::folders(self.tree, &base, &package).into_iter();
        folders
            .find(|one| {
                let named = |package: &PackageJson| package.name() == Some(name);
                let package =
                    PackageJson::in_folder(self.tree, &base.join(one)).and_then(Result::ok);
                one == name || package.as_ref().is_some_and(named)
            })
            .map(|one| crate::facts::join(Some(folder), &one))
    }

    /// A path as people see it.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(self.root).unwrap_or(path).to_string_lossy().into_owned()
    }
}

/// Reads a file that was named as an entry.
pub fn read_script(desk: &Desk<'_>, path: &Path) -> Reading {
    let is_typescript =
        path.extension().is_some_and(|ending| ending.to_string_lossy().contains("ts"));
    let loader = if is_typescript { Loader::Transpiler } else { Loader::Node };
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let folder = path.parent().map(text).unwrap_or_default();
    verdict::of(desk, Ok(Run { loader, entry: text(path), folder, ..Run::default() }))
}

/// Reads all that a command starts: at least one.
pub fn read(
    desk: &Desk<'_>,
    words: &[String],
    folder: &str,
    environment: &Variables,
) -> Vec<Reading> {
    let mut readings: Vec<Reading> = Vec::new();
    for run in runner::follow(desk, words, folder, environment) {
        let reading = verdict::of(desk, run);
        // What cannot be followed belongs to the package in whose folder it starts.
        let package = match &reading.package {
            None => desk.package_at(folder).and_then(Result::ok),
            known => known.clone(),
        };
        let is_known =
            readings.iter().any(|one| one.run == reading.run && one.faults == reading.faults);
        if !is_known {
            readings.push(Reading { package, ..reading });
        }
    }
    readings
}

/// Reads what a package starts by itself. Where another of its scripts starts the same entry with the
/// tracer, nobody knows which of them is used.
pub fn read_package(desk: &Desk<'_>, package: &PackageJson, words: &[String]) -> Reading {
    let folder = package.folder().to_string_lossy();
    let mut readings = read(desk, words, &folder, &Variables::new());
    let reading = if readings.is_empty() { Reading::default() } else { readings.swap_remove(0) };
    let Some(run) = reading.run.as_ref().filter(|_| reading.faults.contains(&Fault::Missing))
    else {
        return reading;
    };
    let traces = |name: &&str| {
        let words = ["npm", "run", name].map(str::to_owned);
        let other = runner::follow(desk, &words, &folder, &Variables::new());
        let other = other
            .into_iter()
            .find_map(Result::ok)
            .filter(|one| one.entry == run.entry && one.preloads != run.preloads);
        other.is_some_and(|other| verdict::of(desk, Ok(other)).loads_tracer())
    };
    match package.scripts().map(|(name, _)| name).find(traces) {
        Some(name) => Reading {
            faults: vec![Fault::Unresolved(format!(
                "the script {name:?} starts it with the tracer, and which script is used is not known"
            ))],
            ..reading
        },
        None => reading,
    }
}
