//! `tsconfig.json`: where the sources of a built file lie, and what is made of them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::source::BYTE_ORDER_MARK;
use crate::tree::{Tree, normal};

/// How many configurations are read for one, with what they extend.
const MOST_FILES: usize = 32;

/// What a configuration says, with what it extends
/// (<https://www.typescriptlang.org/tsconfig/#extends>).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TsConfig {
    /// Where the built files go, absolute.
    pub out_dir: Option<PathBuf>,
    /// What stands at the top of them, absolute.
    pub root_dir: Option<PathBuf>,
    /// The folders that `include` and `files` name, absolute.
    pub included: Vec<PathBuf>,
    /// `module`, in lower case.
    pub module: Option<String>,
    /// `target`, in lower case.
    pub target: Option<String>,
    /// Imports that no value needs stay.
    pub keeps_imports: bool,
    /// Types of what decorated classes take are needed as values.
    /// <https://www.typescriptlang.org/tsconfig/#emitDecoratorMetadata>
    pub emits_types: bool,
    /// Import aliases: pattern, and the absolute paths that it stands for.
    pub paths: Vec<(String, Vec<PathBuf>)>,
    /// Where imports without `./` are looked for first.
    pub base_url: Option<PathBuf>,
    /// A configuration that it extends is not in the repository.
    pub lacks_base: bool,
}

impl TsConfig {
    /// Reads a configuration; what it extends and cannot be read counts for nothing.
    pub fn read(tree: &dyn Tree, path: &Path) -> Option<Self> {
        Self::read_bases(tree, path, &mut { MOST_FILES })
    }

    fn read_bases(tree: &dyn Tree, path: &Path, left: &mut usize) -> Option<Self> {
        *left = left.checked_sub(1)?;
        let text = tree.read(path)?;
        let json = text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&text);
        let value: Value = jsonc_parser::parse_to_serde_value(json, &Default::default()).ok()?;
        let folder = path.parent()?;
        let mut config = Self::default();
        let bases = match value.get("extends") {
            Some(Value::String(base)) => vec![base.as_str()],
            Some(Value::Array(bases)) => bases.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        for base in bases {
            let found =
                candidates(tree, folder, base).find_map(|base| Self::read_bases(tree, &base, left));
            config.lacks_base |= found.is_none();
            config = found.unwrap_or_default().over(config);
        }
        config.add(&value, folder);
        Some(config)
    }

    /// What this one says, and what `below` says where this one is silent.
    fn over(self, below: Self) -> Self {
        Self {
            out_dir: self.out_dir.or(below.out_dir),
            root_dir: self.root_dir.or(below.root_dir),
            included: if self.included.is_empty() { below.included } else { self.included },
            module: self.module.or(below.module),
            target: self.target.or(below.target),
            keeps_imports: self.keeps_imports || below.keeps_imports,
            emits_types: self.emits_types || below.emits_types,
            paths: if self.paths.is_empty() { below.paths } else { self.paths },
            base_url: self.base_url.or(below.base_url),
            lacks_base: self.lacks_base || below.lacks_base,
        }
    }

    fn add(&mut self, value: &Value, folder: &Path) {
        let options = value.get("compilerOptions").unwrap_or(&Value::Null);
        let text = |name: &str| options.get(name).and_then(Value::as_str);
        let path = |name: &str| text(name).map(|path| joined(folder, path));
        let lower = |name: &str| text(name).map(str::to_lowercase);
        self.out_dir = path("outDir").or(self.out_dir.take());
        self.root_dir = path("rootDir").or(self.root_dir.take());
        self.base_url = path("baseUrl").or(self.base_url.take());
        self.module = lower("module").or(self.module.take());
        self.target = lower("target").or(self.target.take());
        let flag = |name: &str| options.get(name).and_then(Value::as_bool);
        self.keeps_imports = flag("verbatimModuleSyntax")
            .or_else(|| flag("preserveValueImports"))
            .unwrap_or(self.keeps_imports);
        self.emits_types = flag("emitDecoratorMetadata").unwrap_or(self.emits_types);
        if let Some(paths) = options.get("paths").and_then(Value::as_object) {
            let base = self.base_url.clone().unwrap_or_else(|| folder.to_owned());
            let targets = |value: &Value| {
                let list = value.as_array().into_iter().flatten().filter_map(Value::as_str);
                list.map(|target| joined(&base, target)).collect()
            };
            self.paths = paths.iter().map(|(name, value)| (name.clone(), targets(value))).collect();
        }
        let listed = ["include", "files"].iter().filter_map(|name| value.get(*name)?.as_array());
        let listed: Vec<PathBuf> = listed
            .flatten()
            .filter_map(Value::as_str)
            .map(|pattern| {
                let fixed = pattern.split(['*', '?']).next().unwrap_or_default();
                let is_file =
                    fixed == pattern && pattern.rsplit('/').next().is_some_and(|n| n.contains('.'));
                let path = joined(folder, fixed);
                if is_file { path.parent().map(Path::to_owned).unwrap_or(path) } else { path }
            })
            .collect();
        if !listed.is_empty() {
            self.included = listed;
        }
    }

    /// Where the source of a built file may lie, without its ending, the likeliest first.
    pub fn sources(&self, built: &Path) -> Vec<PathBuf> {
        let Some(rest) = self.out_dir.as_ref().and_then(|out| built.strip_prefix(out).ok()) else {
            return Vec::new();
        };
        let roots = match &self.root_dir {
            Some(root) => vec![root.clone()],
            None => self.inferred_roots(),
        };
        roots.into_iter().map(|root| root.join(rest)).collect()
    }

    /// Without `rootDir`: the folder that holds all sources.
    fn inferred_roots(&self) -> Vec<PathBuf> {
        let mut roots = Vec::new();
        if let [only] = self.included.as_slice() {
            roots.push(only.clone());
        }
        let common =
            self.included.iter().skip(1).fold(self.included.first().cloned(), |common, one| {
                common.and_then(|common| {
                    common.ancestors().find(|a| one.starts_with(a)).map(Path::to_owned)
                })
            });
        roots.extend(common);
        if let Some(folder) = self.out_dir.as_ref().and_then(|out| out.parent()) {
            roots.extend([folder.join("src"), folder.to_owned()]);
        }
        roots.dedup();
        roots
    }

    /// The file, without its ending, that an alias stands for.
    pub fn alias(&self, specifier: &str) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for (pattern, targets) in &self.paths {
            let rest = match pattern.split_once('*') {
                Some((before, behind)) => {
                    specifier.strip_prefix(before).and_then(|rest| rest.strip_suffix(behind))
                }
                None => (specifier == pattern).then_some(""),
            };
            let Some(rest) = rest else { continue };
            found.extend(
                targets
                    .iter()
                    .map(|target| PathBuf::from(target.to_string_lossy().replacen('*', rest, 1))),
            );
        }
        found.extend(self.base_url.as_ref().map(|base| base.join(specifier)));
        found
    }

    /// Whether ECMAScript modules are made; `None` where `package.json` decides.
    /// <https://www.typescriptlang.org/tsconfig/#module>
    pub fn makes_modules(&self) -> Option<bool> {
        match self.module.as_deref() {
            Some("commonjs" | "none" | "amd" | "umd" | "system") => Some(false),
            Some(name) if name.starts_with("node") => None,
            Some("preserve") => None,
            Some(_) => Some(true),
            // A base that only an installed package holds may say it.
            None if self.lacks_base => None,
            None => Some(!matches!(self.target.as_deref(), None | Some("es3" | "es5"))),
        }
    }
}

/// The files that `extends` may mean: a path, or a package in some `node_modules`.
fn candidates<'a>(
    tree: &'a dyn Tree,
    folder: &'a Path,
    base: &'a str,
) -> impl Iterator<Item = PathBuf> + 'a {
    let folders: Vec<PathBuf> = if base.starts_with('.') || base.starts_with('/') {
        vec![joined(folder, base)]
    } else {
        folder.ancestors().map(|folder| folder.join("node_modules").join(base)).collect()
    };
    let files = folders.into_iter().flat_map(|path| {
        let with_ending = PathBuf::from(format!("{}.json", path.display()));
        [path.clone(), with_ending, path.join("tsconfig.json")]
    });
    files.filter(|path| tree.read(path).is_some())
}

/// A path below a folder, `..` and `.` taken out.
pub fn joined(folder: &Path, path: &str) -> PathBuf {
    normal(&folder.join(path.replace("${configDir}", ".")))
}
