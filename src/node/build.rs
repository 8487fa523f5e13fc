//! What a build does with the sources: which commands it runs, which configuration they use, and
//! whether a bundler makes one file of many.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Desk;
use super::package_json::{PackageJson, Section};
use super::packages;
use super::tsconfig::joined;

/// A bundler, as the build calls it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundler {
    /// Its name.
    pub name: String,
    /// The packages stay outside of the bundle, where the tracer finds them.
    pub keeps_packages: bool,
}

/// Words in the names of scripts that build.
const BUILDS: &[&str] = &["build", "compile", "tsc", "bundle", "transpile", "prepare", "dist"];
/// Commands that fetch packages: their words name packages, not programs.
const FETCHES: &[&str] = &["install", "add", "i", "ci"];

/// Everything that is run to build a package, as one text: the scripts that the image's build names,
/// with those that they run and the image's own commands; where it names none, every script that builds.
pub fn commands(package: &PackageJson, of_image: &[String]) -> String {
    let own = of_image.iter().flat_map(|text| text.split(['&', ';', '\n']));
    let fetches =
        |text: &str| text.split_whitespace().skip(1).take(1).any(|word| FETCHES.contains(&word));
    let own: Vec<&str> = own.filter(|text| !fetches(text)).collect();
    let scripts: Vec<(&str, &str)> = package.scripts().collect();
    let builds = |name: &str| BUILDS.iter().any(|word| name.contains(word));
    let mut named: BTreeSet<&str> =
        own.iter().flat_map(|text| called(text, &scripts)).filter(|name| builds(name)).collect();
    if named.is_empty() {
        named = scripts.iter().map(|(name, _)| *name).filter(|name| builds(name)).collect();
    }
    // As many rounds as there are scripts reach every script.
    for _ in &scripts {
        let chosen = scripts.iter().filter(|(name, _)| named.contains(name));
        let more: Vec<&str> = chosen.flat_map(|(_, text)| called(text, &scripts)).collect();
        let before = named.len();
        named.extend(more);
        if named.len() == before {
            break;
        }
    }
    let chosen = scripts.iter().filter(|(name, _)| named.contains(name)).map(|(_, text)| *text);
    chosen.chain(own).collect::<Vec<_>>().join("\n")
}

/// The scripts that a text runs by a package manager, with what npm runs before and after them.
/// <https://docs.npmjs.com/cli/v10/using-npm/scripts#pre--post-scripts>
fn called<'p>(text: &str, scripts: &[(&'p str, &'p str)]) -> Vec<&'p str> {
    let manages = ["npm", "yarn", "pnpm", "bun", "run-s", "run-p", "npm-run-all", "turbo", "nx"];
    let words: Vec<&str> = text.split_whitespace().collect();
    if !words.iter().any(|word| manages.contains(word)) {
        return Vec::new();
    }
    let is_called = |name: &str| {
        let bare = name.strip_prefix("pre").or_else(|| name.strip_prefix("post"));
        words.contains(&name) || bare.is_some_and(|bare| words.contains(&bare))
    };
    scripts.iter().map(|(name, _)| *name).filter(|name| is_called(name)).collect()
}

/// The configurations of TypeScript that a build may use: those that it names, then the usual ones.
pub fn configurations(build: &str) -> impl Iterator<Item = String> {
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

/// Whether a compiler makes the files that it is given, and no other ones.
pub fn compiles_given_files(build: &str) -> bool {
    let single = |tool: &str, option: &str| build.contains(tool) && build.contains(option);
    build.contains("esbuild ") && !build.contains("--bundle")
        || [" -o ", " --out-file"]
            .iter()
            .any(|option| single("babel ", option) || single("swc ", option))
}

/// Compilers and bundlers that move imports in front of everything else in a file (measured with esbuild, tsup,
/// swc and Babel's command line). `tsc` keeps the order.
const HOISTING: &[&str] = &[
    "esbuild", "tsup", "tsdown", "swc", "babel", "rollup", "vite", "webpack", "rspack", "parcel",
    "unbuild",
];

/// Whether a build moves imports in front of everything else in a file.
pub fn hoists(desk: &Desk<'_>, package: &PackageJson, build: &str) -> bool {
    let by_nest = || {
        let config = desk.tree.read(&package.folder().join("nest-cli.json")).unwrap_or_default();
        let config = jsonc_parser::parse_to_serde_value(&config, &Default::default());
        nest_by_swc(&config.unwrap_or_default())
    };
    HOISTING.iter().any(|tool| build.contains(tool)) || build.contains("nest build") && by_nest()
}

/// Whether nest-cli.json asks for swc: `"builder": "swc"`, or an object of that type.
/// <https://docs.nestjs.com/recipes/swc>
pub fn nest_by_swc(config: &Value) -> bool {
    let builder = config.get("compilerOptions").and_then(|options| options.get("builder"));
    let name = builder.and_then(|one| one.as_str().or_else(|| one.get("type")?.as_str()));
    name == Some("swc")
}

/// Whether a compiler turns every file into one file of its own.
pub fn compiles(build: &str) -> bool {
    build.contains("babel ") || build.contains("swc ")
}

/// When a bundler leaves the packages outside.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Packages {
    /// They go into the bundle, or nobody knows.
    Inside,
    /// They stay outside where one of these stands in the command, or in the file that it runs.
    OutsideBy(&'static [&'static str]),
    /// They stay outside unless one of these stands in the command or the configuration.
    InsideBy(&'static [&'static str]),
}

/// The programs that make one file of many. To add one: a row.
///
/// tsup leaves out what package.json names in `dependencies` (<https://tsup.egoist.dev>), and so does
/// webpack as Nest configures it; both were measured with the real tracer.
const BUNDLERS: &[(&str, Packages)] = &[
    ("tsup", Packages::InsideBy(&["noExternal", "--no-external"])),
    (
        "esbuild",
        Packages::OutsideBy(&[
            "--packages=external",
            "packages: \"external\"",
            "packages: 'external'",
        ]),
    ),
    (NEST, Packages::InsideBy(&["module.exports", "export default"])),
    ("webpack", Packages::Inside),
    ("rollup", Packages::Inside),
    ("ncc", Packages::Inside),
    ("vite", Packages::Inside),
    ("parcel", Packages::Inside),
    ("tsdown", Packages::Inside),
    ("rolldown", Packages::Inside),
    ("rspack", Packages::Inside),
    ("rsbuild", Packages::Inside),
    ("bun build", Packages::Inside),
    ("microbundle", Packages::Inside),
    ("unbuild", Packages::Inside),
    ("pkgroll", Packages::Inside),
];
const NEST: &str = "nest build --webpack";

/// The bundler that a build calls, itself or in a script that it runs.
pub fn bundler(desk: &Desk<'_>, package: &PackageJson, build: &str) -> Option<Bundler> {
    let folder = package.folder();
    let read = |name: &str| desk.tree.read(&folder.join(name)).unwrap_or_default();
    let run: Vec<String> =
        build.split_whitespace().filter(|word| is_script(word)).map(read).collect();
    let words: Vec<&str> =
        build.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word)).collect();
    let by_nest = build.contains("nest build")
        && (build.contains("--webpack") || nest_bundles(&read("nest-cli.json")));
    let (name, outside) = BUNDLERS.iter().find(|(name, _)| {
        let parts: Vec<&str> = name.split(' ').collect();
        words.windows(parts.len()).any(|window| window == parts.as_slice())
            || run.iter().any(|text| loads(text, name))
            || by_nest && *name == NEST
    })?;
    let texts = || run.iter().map(String::as_str).chain([build]);
    // esbuild without --bundle makes one file of one.
    if *name == "esbuild" && !texts().any(|text| text.contains("bundle")) {
        return None;
    }
    let has = |text: &str, options: &[&str]| options.iter().any(|option| text.contains(option));
    let keeps_packages = match outside {
        Packages::Inside => false,
        Packages::OutsideBy(options) => texts().any(|text| has(text, options)),
        Packages::InsideBy(options) => {
            let tool = if *name == NEST { "webpack" } else { name };
            let endings = ["ts", "js", "cjs", "mjs", "mts", "cts", "json"];
            let configured: String =
                endings.iter().map(|ending| read(&format!("{tool}.config.{ending}"))).collect();
            let own = package.tsup().to_string();
            !has(build, options) && !has(&configured, options) && !has(&own, options)
        }
    };
    let keeps_packages = keeps_packages && !package.drops_bare_imports();
    Some(Bundler { name: (*name).to_owned(), keeps_packages })
}

/// Options by which a bundler is told the file that it makes.
const OUTPUT_OPTIONS: &[&str] = &["-o", "--file", "--outfile"];

/// The source that a build command names for a file: `esbuild src/app.ts --outfile=dist/server.js`,
/// `rollup -i src/app.js -o dist/server.js`.
pub fn source_of(build: &str, folder: &Path, built: &Path) -> Option<PathBuf> {
    let makes =
        |output: &str| joined(folder, output).with_extension("") == built.with_extension("");
    build.split(['&', ';', '|', '\n']).find_map(|command| {
        let words = command.split([' ', '\t', '=']).filter(|word| !word.is_empty());
        let words: Vec<&str> = words.collect();
        let option = words.iter().position(|word| OUTPUT_OPTIONS.contains(word))?;
        let output = words.get(option + 1).filter(|output| makes(output))?;
        let source = words.iter().find(|word| is_script(word) && *word != output)?;
        Some(joined(folder, source))
    })
}

impl Bundler {
    /// Whether a package that the application loads goes into the bundle all the same: tsup leaves out
    /// only what `dependencies` name.
    pub fn takes_in(&self, package: &PackageJson, loaded: &str) -> bool {
        let section = package.dependency(packages::name(loaded)).map(|(section, _)| section);
        self.name == "tsup" && section == Some(Section::Development)
    }
}

fn is_script(word: &str) -> bool {
    [".js", ".mjs", ".cjs", ".ts", ".mts", ".sh"].iter().any(|ending| word.ends_with(ending))
}

/// Whether a script loads a package, or calls the program of that name.
fn loads(text: &str, name: &str) -> bool {
    ["\"", "'", "`"].iter().any(|quote| text.contains(&format!("{quote}{name}{quote}")))
}

/// Whether Nest's own configuration asks for webpack.
/// <https://docs.nestjs.com/cli/monorepo#cli-properties>
fn nest_bundles(text: &str) -> bool {
    let value: Value =
        jsonc_parser::parse_to_serde_value(text, &Default::default()).unwrap_or_default();
    let options = value.get("compilerOptions").unwrap_or(&Value::Null);
    let builder = options.get("builder");
    let builder = builder.and_then(|one| one.get("type")).or(builder).and_then(Value::as_str);
    let is_monorepo = value.get("monorepo").and_then(Value::as_bool) == Some(true);
    let wants = options.get("webpack").and_then(Value::as_bool);
    wants.unwrap_or(is_monorepo && builder.is_none()) || builder == Some("webpack")
}
