//! Repositories of several applications whose tool says from which source it makes which file: Nest's
//! [`nest-cli.json`](https://docs.nestjs.com/cli/monorepo) and Nx'
//! [`project.json`](https://nx.dev/reference/project-configuration).

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Desk;
use super::tsconfig::joined;

/// A file that a project's build makes, and what it makes it of.
pub(super) struct Made {
    /// The source of the file that is started.
    pub(super) source: PathBuf,
    /// The configuration of TypeScript of the project, where it names one.
    pub(super) config: PathBuf,
    /// The packages go into the file, where the tracer does not find them.
    pub(super) holds_packages: bool,
}

/// What a project below `folder` makes into `built`, a path with or without its ending.
pub(super) fn maker(desk: &Desk<'_>, folder: &Path, built: &Path) -> Option<Made> {
    let built = built.with_extension("");
    let of_nest = || {
        let config = read(desk, &folder.join("nest-cli.json"))?;
        let projects = config.get("projects")?.as_object()?;
        projects.values().find_map(|project| nest(folder, project, &built))
    };
    of_nest().or_else(|| {
        // `dist/apps/api/main`: the folders of the output are those of the project.
        let below = built.strip_prefix(folder).ok()?;
        let names: Vec<_> = below.components().skip(1).collect();
        let candidates = (1..=names.len()).rev().filter_map(|count| names.get(..count));
        let projects = candidates.map(|names| folder.join(names.iter().collect::<PathBuf>()));
        projects.chain([folder.to_owned()]).find_map(|project| nx(desk, folder, &project, &built))
    })
}

fn read(desk: &Desk<'_>, path: &Path) -> Option<Value> {
    let text = desk.tree.read(path)?;
    jsonc_parser::parse_to_serde_value(&text, &Default::default()).ok()
}

/// `dist/<root>/main` by webpack, and by the compiler where the project loads no library;
/// `dist/<root>/<sourceRoot>/main` where it does.
fn nest(folder: &Path, project: &Value, built: &Path) -> Option<Made> {
    let text = |name: &str| project.get(name).and_then(Value::as_str);
    let root = text("root")?;
    let sources = text("sourceRoot").map_or_else(|| format!("{root}/src"), str::to_owned);
    let file = text("entryFile").unwrap_or("main");
    let outputs = [format!("dist/{root}/{file}"), format!("dist/{root}/{sources}/{file}")];
    let config = project.get("compilerOptions").and_then(|options| options.get("tsConfigPath"));
    let config = config.and_then(Value::as_str).map(str::to_owned);
    outputs.iter().any(|output| joined(folder, output) == built).then(|| Made {
        source: joined(folder, &format!("{sources}/{file}.ts")),
        config: joined(folder, &config.unwrap_or_else(|| format!("{root}/tsconfig.app.json"))),
        holds_packages: false,
    })
}

/// A target with an `outputPath` and a `main`: the file is called after the source, or `main`.
fn nx(desk: &Desk<'_>, folder: &Path, project: &Path, built: &Path) -> Option<Made> {
    let config = read(desk, &project.join("project.json"))?;
    let targets = config.get("targets")?.as_object()?;
    targets.values().find_map(|target| {
        let options = target.get("options")?;
        let text = |name: &str| options.get(name).and_then(Value::as_str);
        let (output, source) = (joined(folder, text("outputPath")?), joined(folder, text("main")?));
        let name = built.file_name()?;
        let is_main = name == "main" || Some(name) == source.file_stem();
        let config = text("tsConfig")
            .map_or_else(|| project.join("tsconfig.app.json"), |path| joined(folder, path));
        // https://nx.dev/nx-api/webpack/executors/webpack, https://nx.dev/nx-api/esbuild/executors/esbuild
        let holds_packages = text("externalDependencies") == Some("none")
            || options.get("thirdParty").and_then(Value::as_bool) == Some(true);
        let made = Made { source, config, holds_packages };
        (is_main && built.starts_with(&output)).then_some(made)
    })
}
