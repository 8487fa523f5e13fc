//! From the file that Node is given to the file that a person edits: through COPY and build steps to
//! a source in the repository.

use std::path::{Path, PathBuf};

use super::Desk;
use super::package_json::PackageJson;
use super::tsconfig::{self, TsConfig};

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
}

/// A bundler, as the build script calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundler {
    /// Its name.
    pub name: String,
    /// The packages stay outside of the bundle, where the tracer finds them.
    pub keeps_packages: bool,
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
    let origins = desk.origins(given);
    if let Some(path) = origins.iter().find_map(|path| desk.script_at(path)) {
        return Ok(Entry { config: desk.config_of(&path), path, ..Entry::default() });
    }
    for origin in &origins {
        if let Some(found) = built_from(desk, origin) {
            return Ok(found);
        }
    }
    match origins.first() {
        None => Err(format!("no instruction puts {given} into the image")),
        Some(origin) => {
            Err(format!("{} is not in the repository, nor a source of it", desk.shown(origin)))
        }
    }
}

/// The source of a file that a build step makes.
fn built_from(desk: &Desk<'_>, built: &Path) -> Option<Entry> {
    let package = PackageJson::of(desk.tree, built, desk.root)?.ok()?;
    let folder = package.folder().to_owned();
    let build = build_scripts(&package);
    let configs = configs(&build).map(|name| tsconfig::joined(&folder, &name));
    let bundler = bundler(&build);
    let entry = |path: PathBuf, config: Option<TsConfig>, is_guess: bool| Entry {
        path,
        built: true,
        config,
        bundler: bundler.clone(),
        is_guess,
    };
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
    let is_babel = build.contains("babel ") || build.contains("swc ");
    Some(entry(path, None, !is_babel && bundler.is_none()))
}

/// Everything that is run to build a package, as one text.
fn build_scripts(package: &PackageJson) -> String {
    let is_build = |name: &str| {
        ["build", "compile", "tsc", "bundle", "transpile", "prepare", "dist"]
            .iter()
            .any(|word| name.contains(word))
    };
    let scripts = package.scripts().filter(|(name, _)| is_build(name));
    scripts.map(|(_, text)| text).collect::<Vec<_>>().join("\n")
}

/// The configurations that a build may use: those that it names, then the usual ones.
fn configs(build: &str) -> impl Iterator<Item = String> {
    let words: Vec<&str> = build.split_whitespace().collect();
    let named: Vec<String> = words
        .windows(2)
        .filter_map(|pair| match pair {
            ["-p" | "--project" | "-b" | "--build" | "--tsconfig", name] => {
                let is_file = name.ends_with(".json");
                Some(if is_file { (*name).to_owned() } else { format!("{name}/tsconfig.json") })
            }
            _ => None,
        })
        .collect();
    let usual = if build.contains("nest build") {
        ["tsconfig.build.json", "tsconfig.json"]
    } else {
        ["tsconfig.json", "tsconfig.build.json"]
    };
    named.into_iter().chain(usual.map(str::to_owned))
}

/// The programs that make one file of many.
const BUNDLERS: &[&str] = &[
    "esbuild",
    "webpack",
    "rollup",
    "ncc",
    "tsup",
    "vite",
    "parcel",
    "tsdown",
    "rolldown",
    "rspack",
    "rsbuild",
    "bun build",
    "microbundle",
    "unbuild",
    "pkgroll",
    "nest build --webpack",
];

fn bundler(build: &str) -> Option<Bundler> {
    let words: Vec<&str> =
        build.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word)).collect();
    let name = BUNDLERS.iter().find(|name| {
        let parts: Vec<&str> = name.split(' ').collect();
        words.windows(parts.len()).any(|window| window == parts.as_slice())
    })?;
    // esbuild without --bundle makes one file of one.
    if *name == "esbuild" && !build.contains("--bundle") {
        let script = words.iter().any(|word| word.starts_with("esbuild") && word.contains('.'));
        if !script {
            return None;
        }
    }
    let keeps_packages = *name == "esbuild" && build.contains("--packages=external");
    Some(Bundler { name: (*name).to_owned(), keeps_packages })
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
            files.into_iter().find(|path| *path != *built && desk.tree.read(path).is_some())
        }
        // `node dist/main`: the ending is left to Node.
        None => desk.script_at(source),
    }
}
