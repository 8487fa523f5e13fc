//! `package.json`, and what lies beside it: the lock file, `.nvmrc`.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::version::Version;
use crate::source::BYTE_ORDER_MARK;
use crate::tree::Tree;

/// What a package says of itself.
#[derive(Debug, Clone, Default)]
pub struct PackageJson {
    /// Its absolute path.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    fields: Fields,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Fields {
    name: Value,
    main: Value,
    r#type: Value,
    scripts: Value,
    dependencies: Value,
    dev_dependencies: Value,
    optional_dependencies: Value,
    engines: Value,
    workspaces: Value,
    nodemon_config: Value,
    tsup: Value,
    imports: Value,
    side_effects: Value,
}

/// Where a package is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    /// `dependencies` (or `optionalDependencies`): always installed.
    Runtime,
    /// `devDependencies`: not in production.
    Development,
    /// Both: npm and pnpm leave it out of production.
    Both,
}

impl PackageJson {
    /// Reads the package of a folder; `None` where there is none.
    ///
    /// # Errors
    /// It is no JSON, with the line.
    pub fn in_folder(tree: &dyn Tree, folder: &Path) -> Option<Result<Self, String>> {
        let path = folder.join("package.json");
        let text = tree.read(&path)?;
        let json = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text);
        // Of two fields with one name the last counts, as in npm.
        let fields = serde_json::from_str::<Value>(json).and_then(serde_json::from_value::<Fields>);
        Some(match fields {
            Ok(fields) => Ok(Self { path, text, fields }),
            Err(error) => Err(format!("package.json is no JSON ({error})")),
        })
    }

    /// The nearest package at or above a file, up to `root`.
    pub fn of(tree: &dyn Tree, file: &Path, root: &Path) -> Option<Result<Self, String>> {
        let folders = file.ancestors().skip(1).take_while(|folder| folder.starts_with(root));
        folders.into_iter().find_map(|folder| Self::in_folder(tree, folder))
    }

    /// The folder that it stands in.
    pub fn folder(&self) -> &Path {
        self.path.parent().unwrap_or(&self.path)
    }

    /// The package's name.
    pub fn name(&self) -> Option<&str> {
        self.fields.name.as_str()
    }

    /// The file that `require` of the package loads.
    pub fn main(&self) -> Option<&str> {
        self.fields.main.as_str()
    }

    /// Its files ending in `.js` are ECMAScript modules.
    pub fn is_module(&self) -> bool {
        self.fields.r#type.as_str() == Some("module")
    }

    /// Whether it says what its files are.
    pub fn says_type(&self) -> bool {
        self.fields.r#type.is_string()
    }

    /// The text of a script.
    pub fn script(&self, name: &str) -> Option<&str> {
        self.fields.scripts.get(name)?.as_str()
    }

    /// All scripts.
    pub fn scripts(&self) -> impl Iterator<Item = (&str, &str)> {
        let scripts = self.fields.scripts.as_object();
        scripts
            .into_iter()
            .flatten()
            .filter_map(|(name, text)| Some((name.as_str(), text.as_str()?)))
    }

    /// What nodemon runs.
    pub fn nodemon(&self) -> &Value {
        &self.fields.nodemon_config
    }

    /// The file that `#name` stands for in its own files.
    /// <https://nodejs.org/api/packages.html#subpath-imports>
    pub fn subpath(&self, name: &str) -> Option<&str> {
        let target = self.fields.imports.get(name)?;
        let conditions = ["node", "require", "import", "default"];
        let chosen = conditions.iter().find_map(|condition| target.get(condition)?.as_str());
        target.as_str().or(chosen)
    }

    /// A bundler may drop `import "./x"` of its files.
    /// <https://webpack.js.org/guides/tree-shaking/#mark-the-file-as-side-effect-free>
    pub fn drops_bare_imports(&self) -> bool {
        matches!(&self.fields.side_effects, Value::Bool(false) | Value::Array(_))
    }

    /// How tsup bundles it.
    pub fn tsup(&self) -> &Value {
        &self.fields.tsup
    }

    /// Where it asks for a package, and the range that it asks for.
    pub fn dependency(&self, name: &str) -> Option<(Section, &str)> {
        let fields = &self.fields;
        let range =
            |section: &'_ Value| section.get(name).and_then(Value::as_str).map(str::to_owned);
        let runtime = range(&fields.dependencies).or_else(|| range(&fields.optional_dependencies));
        let section = match (&runtime, range(&fields.dev_dependencies)) {
            (Some(_), Some(_)) => Section::Both,
            (Some(_), None) => Section::Runtime,
            (None, Some(_)) => Section::Development,
            (None, None) => return None,
        };
        let sections =
            [&fields.dependencies, &fields.optional_dependencies, &fields.dev_dependencies];
        let range = sections.into_iter().find_map(|one| one.get(name)?.as_str())?;
        Some((section, range))
    }

    /// Whether it depends on one of some packages at run time.
    pub fn depends_on(&self, names: &[&str]) -> bool {
        names.iter().any(|name| self.fields.dependencies.get(name).is_some())
    }

    /// The folders of its workspaces, as patterns.
    pub fn workspaces(&self) -> Vec<String> {
        let list = self.fields.workspaces.get("packages").unwrap_or(&self.fields.workspaces);
        let list = list.as_array().into_iter().flatten();
        list.filter_map(|one| Some(one.as_str()?.to_owned())).collect()
    }

    /// The lowest Node that `engines` allows.
    pub fn engine(&self) -> Option<Version> {
        Version::lowest(self.fields.engines.get("node")?.as_str()?)
    }
}

/// A lock file, and what it says of dd-trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Its name.
    pub name: &'static str,
    /// What brings it up to date, without installing anything.
    pub command: &'static str,
    /// The version of dd-trace in it.
    pub tracer: Option<Version>,
}

/// Reads the version of dd-trace out of a lock file.
type ReadLock = fn(&str) -> Option<Version>;

/// Lock files: name, what updates it, how it is read.
const LOCKS: &[(&str, &str, ReadLock)] = &[
    ("package-lock.json", "npm install --package-lock-only", npm_lock),
    ("npm-shrinkwrap.json", "npm install --package-lock-only", npm_lock),
    ("yarn.lock", "yarn install --mode update-lockfile", yarn_lock),
    ("pnpm-lock.yaml", "pnpm install --lockfile-only", pnpm_lock),
];

/// The lock file of a package: in its folder, or in one above it.
pub fn lock(tree: &dyn Tree, folder: &Path, root: &Path) -> Option<Lock> {
    let mut folders = folder.ancestors().take_while(|folder| folder.starts_with(root));
    folders.find_map(|folder| {
        LOCKS.iter().find_map(|(name, command, read)| {
            let text = tree.read_large(&folder.join(name))?;
            Some(Lock { name, command, tracer: read(&text) })
        })
    })
}

/// <https://docs.npmjs.com/cli/v10/configuring-npm/package-lock-json>
fn npm_lock(text: &str) -> Option<Version> {
    let lock: Value = serde_json::from_str(text).ok()?;
    let packages = lock.get("packages").and_then(Value::as_object).into_iter().flatten();
    let mut packages = packages.filter(|(path, _)| path.ends_with("node_modules/dd-trace"));
    let entry = packages.next().map(|(_, entry)| entry);
    let entry = entry.or_else(|| lock.get("dependencies")?.get("dd-trace"))?;
    Version::lowest(entry.get("version")?.as_str()?)
}

fn yarn_lock(text: &str) -> Option<Version> {
    let begins = |line: &str| line.trim_start_matches('"').starts_with("dd-trace@");
    let mut lines = text.lines().skip_while(|line| !begins(line));
    Version::lowest(lines.find_map(|line| line.trim_start().strip_prefix("version"))?)
}

fn pnpm_lock(text: &str) -> Option<Version> {
    let mut lines = text.lines().map(|line| line.trim_start().trim_start_matches(['/', '\'', '"']));
    lines.find_map(|line| {
        Version::lowest(line.strip_prefix("dd-trace@").or_else(|| line.strip_prefix("dd-trace/"))?)
    })
}

/// The version in `.nvmrc` or `.node-version`.
pub fn pinned_node(tree: &dyn Tree, folder: &Path, root: &Path) -> Option<Version> {
    let mut folders = folder.ancestors().take_while(|folder| folder.starts_with(root));
    folders.find_map(|folder| {
        [".nvmrc", ".node-version"].iter().find_map(|name| {
            let text = tree.read(&folder.join(name))?;
            Version::lowest(text.lines().next().unwrap_or_default())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lock_files_say_the_version_of_the_tracer() {
        let npm =
            "{\n \"packages\": {\n  \"node_modules/dd-trace\": {\n   \"version\": \"5.1.0\"}}}";
        let yarn = "dd-trace@^4.0.0:\n  version \"4.55.0\"\n  resolved x\n\nexpress@4:\n  version \"4.0.0\"\n";
        let berry = "\"dd-trace@npm:^5.1\":\n  version: 5.2.0\n";
        let pnpm = "packages:\n\n  dd-trace@6.21.0:\n    resolution: {}\n";
        let table: [(ReadLock, &str, Option<&str>); 5] = [
            (npm_lock, npm, Some("5.1")),
            (yarn_lock, yarn, Some("4.55")),
            (yarn_lock, berry, Some("5.2")),
            (pnpm_lock, pnpm, Some("6.21")),
            (pnpm_lock, "packages:\n", None),
        ];
        for (read, text, expected) in table {
            let found = read(text).map(|version| version.to_string());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
    }
}
