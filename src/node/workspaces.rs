//! The packages of one repository that load each other by name: workspaces of npm, yarn and pnpm.
//! <https://docs.npmjs.com/cli/v10/using-npm/workspaces>, <https://pnpm.io/pnpm-workspace_yaml>

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::package_json::PackageJson;
use super::{Desk, entry, packages};
use crate::tree::{Tree, normal};

/// How a package is asked for. Of the conditions of its `exports` the first that holds counts.
/// <https://nodejs.org/api/packages.html#conditional-exports>
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asks {
    Import,
    Require,
}

impl Asks {
    fn meets(self, condition: &str) -> bool {
        match condition {
            "node" | "default" => true,
            "import" => self == Self::Import,
            "require" => self == Self::Require,
            _ => false,
        }
    }
}

/// The folders of the workspaces below a folder, relative to it.
pub(super) fn folders(tree: &dyn Tree, base: &Path, package: &PackageJson) -> Vec<String> {
    let mut patterns = package.workspaces();
    let pnpm = tree.read(&base.join("pnpm-workspace.yaml")).unwrap_or_default();
    let listed = pnpm.lines().filter_map(|line| line.trim().strip_prefix("- "));
    patterns.extend(listed.map(|pattern| pattern.trim_matches(['"', '\'', ' ']).to_owned()));
    let expanded = patterns.iter().flat_map(|pattern| match pattern.split_once('*') {
        Some((above, _)) => {
            let above = above.trim_end_matches('/');
            let names = tree.list(&base.join(above)).into_iter();
            names.map(|name| format!("{above}/{name}")).collect()
        }
        None => vec![pattern.trim_start_matches("./").to_owned()],
    });
    expanded.collect()
}

/// The file that a specifier names in a package of the same repository.
pub(super) fn file(desk: &Desk<'_>, from: &Path, specifier: &str, asks: Asks) -> Option<PathBuf> {
    let name = packages::name(specifier);
    if packages::kind(specifier) != packages::Kind::Unknown {
        return None;
    }
    let package = package(desk, from, name)?;
    let subpath = specifier.strip_prefix(name)?.trim_start_matches('/');
    let folder = package.folder();
    let target = match exported(&package, subpath, asks) {
        Some(target) => target,
        None if subpath.is_empty() => {
            let main = package.main().map(str::to_owned);
            return main
                .and_then(|main| found(desk, &normal(&folder.join(main))))
                .or_else(|| desk.script_at(folder));
        }
        None => subpath.to_owned(),
    };
    found(desk, &normal(&folder.join(target)))
}

/// A file of the package, or what it is built from.
fn found(desk: &Desk<'_>, path: &Path) -> Option<PathBuf> {
    desk.script_at(path).or_else(|| entry::source_of(desk, path))
}

/// The package of that name in the repository.
fn package(desk: &Desk<'_>, from: &Path, name: &str) -> Option<PackageJson> {
    let above = from.ancestors().skip(1).take_while(|folder| folder.starts_with(desk.root));
    above.into_iter().find_map(|base| {
        let root = PackageJson::in_folder(desk.tree, base)?.ok()?;
        let own = folders(desk.tree, base, &root);
        own.iter().find_map(|folder| {
            let package = PackageJson::in_folder(desk.tree, &base.join(folder))?.ok()?;
            (package.name() == Some(name)).then_some(package)
        })
    })
}

/// What `exports` says of a subpath.
fn exported(package: &PackageJson, subpath: &str, asks: Asks) -> Option<String> {
    let value: Value = serde_json::from_str(&package.text).ok()?;
    let exports = value.get("exports")?;
    let key = if subpath.is_empty() { ".".to_owned() } else { format!("./{subpath}") };
    let of_subpath = exports.get(&key).or_else(|| {
        let has_subpaths = exports.as_object()?.keys().any(|key| key.starts_with('.'));
        (subpath.is_empty() && !has_subpaths).then_some(exports)
    });
    of_subpath
        .or_else(|| exports.is_string().then_some(exports))
        .and_then(|value| target(value, asks))
}

/// The file that a value of `exports` leads to.
fn target(value: &Value, asks: Asks) -> Option<String> {
    match value {
        Value::String(path) => Some(path.clone()),
        Value::Array(ways) => ways.iter().find_map(|way| target(way, asks)),
        Value::Object(ways) => {
            let mut ways = ways.iter().filter(|(condition, _)| asks.meets(condition));
            ways.find_map(|(_, way)| target(way, asks))
        }
        _ => None,
    }
}
