//! From the file that Node is given to the file that a person edits: through COPY and build steps to
//! a source in the repository.

use std::cell::LazyCell;
use std::path::{Path, PathBuf};

use super::build::{self, Bundler};
use super::package_json::PackageJson;
use super::tsconfig::{self, TsConfig};
use super::{Desk, projects};

/// The file of the repository that is evaluated first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its absolute path.
    pub path: PathBuf,
    /// The build step makes another file of it.
    pub built: bool,
    /// The configuration of TypeScript that makes it.
    pub config: Option<TsConfig>,
    /// The bundler that makes it: what it leaves out decides what is traced.
    pub bundler: Option<Bundler>,
    /// It was guessed: no edit follows.
    pub is_guess: bool,
    /// The build moves imports in front of everything else.
    pub hoists: bool,
    /// The build makes the files that it is given, and no new one.
    pub is_made_alone: bool,
}

/// The endings of sources, for the ending of a built file.
const SOURCES: &[(&str, &[&str])] =
    &[("mjs", &["mts", "mjs"]), ("cjs", &["cts", "cjs"]), ("js", &["ts", "tsx", "js", "jsx"])];
/// Folders that build steps write to, where nothing says another one.
const BUILT: &[&str] = &["dist", "build", "lib", "out", "output", ".build", "compiled"];
/// Names of an entry, where nothing says another one.
const USUAL: &[&str] = &["server", "main", "index", "app"];

/// Finds the source of what Node is given.
///
/// # Errors
/// What stopped us.
pub fn find(desk: &Desk<'_>, given: &str) -> Result<Entry, String> {
    let origins = origins(desk, given);
    // What a build wrote into the working copy is not what runs: its source is.
    let made = origins.iter().find_map(|origin| built_from(desk, origin));
    let is_sure = |made: &&Entry| !made.is_guess && made.config.is_some();
    if made.as_ref().filter(is_sure).is_none()
        && let Some(path) = origins.iter().find_map(|path| desk.script_at(path))
    {
        return Ok(Entry { config: desk.config_of(&path), path, ..Entry::default() });
    }
    if let Some(made) = made {
        return Ok(made);
    }
    match origins.first() {
        None if Path::new(given).starts_with(desk.root) => {
            Err(format!("{} leads out of the repository", desk.shown(Path::new(given))))
        }
        None => Err(format!("no instruction puts {given} into the image")),
        Some(origin) => {
            Err(format!("{} is not in the repository, nor a source of it", desk.shown(origin)))
        }
    }
}

/// Where the file comes from; Node adds `.js` to a name that has no ending.
fn origins(desk: &Desk<'_>, given: &str) -> Vec<PathBuf> {
    let mut origins = desk.origins(given);
    if Path::new(given).extension().is_none() {
        origins.extend(desk.origins(&format!("{given}.js")));
    }
    origins
}

/// The file of the repository from which a build step makes another one.
pub(super) fn source_of(desk: &Desk<'_>, built: &Path) -> Option<PathBuf> {
    built_from(desk, built).filter(|entry| !entry.is_guess).map(|entry| entry.path)
}

/// The bundler that makes a file whose source is not seen.
pub(super) fn bundler_of(desk: &Desk<'_>, given: &str) -> Option<Bundler> {
    let built = origins(desk, given).into_iter().next()?;
    let package = PackageJson::of(desk.tree, &built, desk.root)?.ok()?;
    build::bundler(desk, &package, &build::commands(&package, &desk.files.build_commands()))
}

/// The source of a file that a build step makes.
fn built_from(desk: &Desk<'_>, built: &Path) -> Option<Entry> {
    let package = PackageJson::of(desk.tree, built, desk.root)?.ok()?;
    let folder = package.folder().to_owned();
    let build = build::commands(&package, &desk.files.build_commands());
    let configs = build::configurations(&build).map(|name| tsconfig::joined(&folder, &name));
    // It reads files: only where there is a source.
    let bundler = LazyCell::new(|| build::bundler(desk, &package, &build));
    let entry = |path: PathBuf, config: Option<TsConfig>, is_guess: bool| Entry {
        path,
        built: true,
        config,
        bundler: bundler.clone(),
        is_guess,
        hoists: build::hoists(desk, &package, &build),
        is_made_alone: build::compiles_given_files(&build),
    };
    if let Some(made) =
        projects::maker(desk, &folder, built).filter(|one| desk.tree.exists(&one.source))
    {
        let found = entry(made.source, TsConfig::read(desk.tree, &made.config), false);
        let holding = || Bundler { name: "Nx".to_owned(), keeps_packages: false };
        return Some(match made.holds_packages {
            true => Entry { bundler: Some(holding()), ..found },
            false => found,
        });
    }
    if let Some(source) =
        build::source_of(&build, &folder, built).filter(|source| desk.tree.exists(source))
    {
        let config = desk.config_of(&source);
        return Some(entry(source, config, false));
    }
    for path in configs {
        let Some(config) = TsConfig::read(desk.tree, &path) else { continue };
        for source in config.sources(built) {
            if let Some(path) = source_file(desk, &source, built) {
                return Some(entry(path, Some(config), false));
            }
        }
        // `dist/main.js` of a configuration that says no outDir: a loader of it may.
        if let Some(path) = guessed(desk, &folder, built) {
            return Some(entry(path, Some(config), bundler.is_none()));
        }
    }
    let path = guessed(desk, &folder, built)?;
    Some(entry(path, None, !build::compiles(&build) && bundler.is_none()))
}

/// `dist/server.js` to `src/server.ts`, where no configuration says so.
fn guessed(desk: &Desk<'_>, folder: &Path, built: &Path) -> Option<PathBuf> {
    let rest = built.strip_prefix(folder).ok()?;
    let mut parts = rest.components();
    let first = parts.next()?.as_os_str().to_str()?;
    if !BUILT.contains(&first) {
        return None;
    }
    let rest = parts.as_path();
    let places = [folder.join("src").join(rest), folder.join(rest)];
    places.iter().find_map(|place| source_file(desk, place, built)).or_else(|| {
        let is_usual =
            rest.file_stem().and_then(|n| n.to_str()).is_some_and(|n| USUAL.contains(&n));
        let name = rest.file_name()?;
        is_usual.then(|| source_file(desk, &folder.join("src").join(name), built)).flatten()
    })
}

/// A file with one of the endings that a source of `built` can have.
fn source_file(desk: &Desk<'_>, source: &Path, built: &Path) -> Option<PathBuf> {
    let ending = built.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let endings = SOURCES.iter().find(|(from, _)| *from == ending).map(|(_, to)| *to);
    match endings {
        Some(endings) => {
            let files = endings.iter().map(|ending| source.with_extension(ending));
            files.into_iter().find(|path| *path != *built && desk.tree.exists(path))
        }
        // `node dist/main`: the ending is left to Node.
        None => desk.script_at(source),
    }
}
