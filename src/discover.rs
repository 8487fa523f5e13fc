//! Which files to look at: walking folders, taking named files, resolving symlinks.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use ignore::{DirEntry, WalkBuilder, WalkState};

use crate::deploy;
use crate::input::{DocumentKind, Input, is_deployment_name, shown};
use crate::report::Failure;
use crate::tree::{LARGEST_DOCUMENT, read_regular};

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The files, sorted, each once.
    pub inputs: Vec<Input>,
    /// What was named and cannot be looked at.
    pub failures: Vec<Failure>,
    /// What was left out and should be known of.
    pub notes: Vec<String>,
    /// The folders of which every file is known: those that were walked and nothing excluded.
    pub walked: Vec<PathBuf>,
}

/// How to look for files.
#[derive(Debug)]
pub struct Search<'a> {
    /// The current directory, absolute, symlinks resolved.
    pub current: &'a Path,
    /// Patterns of files to leave out, as in `.gitignore`.
    pub exclude: &'a [String],
    /// Leave excluded files out even when they are named.
    pub force_exclude: bool,
    /// Folders whose files are known: they are not walked again.
    pub known: &'a [PathBuf],
}

impl Search<'_> {
    /// A path as messages show it.
    fn name(&self, path: &Path) -> String {
        shown(self.current, path).to_string_lossy().into_owned()
    }
}

/// Walks `paths`. A named file is taken whatever its name; of a folder, the Dockerfiles in it.
///
/// # Errors
/// An exclude pattern that cannot be read.
pub fn discover(search: &Search<'_>, paths: &[PathBuf]) -> Result<Found, String> {
    let exclude = exclude_patterns(search)?;
    let mut found = Found::default();
    for path in paths {
        // `link/..` is not the folder of the link.
        let absolute = search.current.join(path);
        match std::fs::metadata(&absolute) {
            Ok(metadata) if metadata.is_dir() => {
                // Below a real folder the walk meets real paths only.
                let folder = absolute.canonicalize().unwrap_or(absolute);
                if !search.known.contains(&folder) {
                    walk(search, &folder, &exclude, &mut found);
                }
                found.walked.extend(exclude.is_empty().then_some(folder));
            }
            Ok(_) if search.force_exclude && is_excluded(&exclude, &absolute, false) => {}
            Ok(_) => add(search, &absolute, true, &mut found),
            Err(error) => found.failures.push(Failure {
                path: search.name(&absolute),
                message: format!("cannot look at it: {error}"),
            }),
        }
    }
    found.inputs.sort();
    found.inputs.dedup_by(|a, b| a.path == b.path);
    found.failures.sort_by(|a, b| a.path.cmp(&b.path));
    found.notes.sort();
    Ok(found)
}

fn exclude_patterns(search: &Search<'_>) -> Result<Gitignore, String> {
    let mut builder = GitignoreBuilder::new(search.current);
    for pattern in search.exclude {
        builder.add_line(None, pattern).map_err(|error| format!("exclude {pattern:?}: {error}"))?;
    }
    builder.build().map_err(|error| format!("exclude: {error}"))
}

fn is_excluded(exclude: &Gitignore, path: &Path, is_folder: bool) -> bool {
    !exclude.is_empty()
        && path.starts_with(exclude.path())
        && exclude.matched_path_or_any_parents(path, is_folder).is_ignore()
}

/// Adds the Dockerfiles below a folder: hidden folders too, `.git` and what `.gitignore` names not.
fn walk(search: &Search<'_>, folder: &Path, exclude: &Gitignore, found: &mut Found) {
    if let Some(above) = folder.ancestors().find(|folder| has_odd_patterns(folder)) {
        return found.failures.push(odd_patterns(search, above));
    }
    let odd: Arc<Mutex<Vec<PathBuf>>> = Arc::default();
    let seen = Arc::clone(&odd);
    let (patterns, known) = (exclude.clone(), search.known.to_owned());
    // Outside of a repository `.gitignore` counts too; inside, git looks no further up than its root.
    let in_repository = folder.ancestors().any(|folder| folder.join(".git").exists());
    let walk = WalkBuilder::new(folder)
        .hidden(false)
        .ignore(false)
        .git_global(false)
        .require_git(in_repository)
        .threads(rayon::current_num_threads())
        .filter_entry(move |entry| {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            if is_folder && has_odd_patterns(entry.path()) {
                let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                seen.push(entry.path().to_owned());
                return false;
            }
            entry.file_name() != ".git"
                && !is_excluded(&patterns, entry.path(), is_folder)
                && !(is_folder && known.iter().any(|known| known == entry.path()))
        })
        .build_parallel();
    let together = Mutex::new(std::mem::take(found));
    let is_left_out = |path: &Path| is_excluded(exclude, path, false);
    walk.run(|| {
        Box::new(|entry| {
            let is_wanted = entry.as_ref().map_or(true, is_wanted);
            if !is_wanted {
                return WalkState::Continue;
            }
            let mut found = together.lock().unwrap_or_else(PoisonError::into_inner);
            add_entry(search, folder, entry, &is_left_out, &mut found);
            WalkState::Continue
        })
    });
    *found = together.into_inner().unwrap_or_else(PoisonError::into_inner);
    let odd = odd.lock().unwrap_or_else(PoisonError::into_inner);
    found.failures.extend(odd.iter().map(|folder| odd_patterns(search, folder)));
}

/// A larger `.gitignore`, in bytes, is not read.
const LARGEST_PATTERNS: u64 = 1 << 20;

/// Whether reading the patterns of a folder might not end: a pipe, or something very large.
fn has_odd_patterns(folder: &Path) -> bool {
    [".gitignore", ".git/info/exclude"].iter().any(|name| {
        let metadata = std::fs::metadata(folder.join(name));
        metadata.is_ok_and(|one| !one.is_file() || one.len() > LARGEST_PATTERNS)
    })
}

fn odd_patterns(search: &Search<'_>, folder: &Path) -> Failure {
    let path = search.name(&folder.join(".gitignore"));
    let message = format!(
        "it or .git/info/exclude is no regular file, or larger than {} MiB: the folder is left out",
        LARGEST_PATTERNS >> 20
    );
    Failure { path, message }
}

/// Whether a file of the walk is one to look at, by its name and, where that does not tell, its text.
fn is_wanted(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let is_file = || !entry.file_type().is_some_and(|kind| kind.is_dir());
    let is_ours = || !is_installed(entry.path());
    is_file()
        && (is_dockerfile_name(&name)
            || name == "package.json" && is_ours()
            || is_deployment_name(&name) && is_ours() && deploys(entry.path()))
}

/// Whether a text may hold a task definition. What cannot be read or is too large holds none: nothing
/// told that it is one.
fn deploys(path: &Path) -> bool {
    let bytes = read_regular(path, LARGEST_DOCUMENT);
    bytes.is_ok_and(|bytes| bytes.is_some_and(|bytes| deploy::may_deploy(path, &bytes)))
}

fn add_entry(
    search: &Search<'_>,
    folder: &Path,
    entry: Result<DirEntry, ignore::Error>,
    is_left_out: &dyn Fn(&Path) -> bool,
    found: &mut Found,
) {
    let entry = match entry {
        Ok(entry) => entry,
        Err(error) => return found.failures.push(unwalked(search, folder, error)),
    };
    let Some(kind) = entry.file_type() else { return };
    if kind.is_symlink() {
        add_link(search, folder, entry.path(), is_left_out, found);
    } else if kind.is_file() {
        add_real(search, entry.into_path(), false, found);
    } else {
        let path = search.name(entry.path());
        found.notes.push(format!("{path}: not a regular file, left out"));
    }
}

/// What the walk could not look into.
fn unwalked(search: &Search<'_>, folder: &Path, error: ignore::Error) -> Failure {
    match error {
        ignore::Error::WithDepth { err, .. } => unwalked(search, folder, *err),
        ignore::Error::WithPath { path, err } => unwalked(search, &path, *err),
        error => {
            let (path, message) = (search.name(folder), format!("cannot look at it: {error}"));
            Failure { path: if path.is_empty() { ".".to_owned() } else { path }, message }
        }
    }
}

/// A link that the walk met counts only when its target lies in the folder that was named.
fn add_link(
    search: &Search<'_>,
    folder: &Path,
    link: &Path,
    is_left_out: &dyn Fn(&Path) -> bool,
    found: &mut Found,
) {
    let target = match link.canonicalize() {
        Ok(target) if target.is_file() && !is_left_out(&target) => target,
        // A link to a folder or to nothing starts nothing.
        _ => return,
    };
    if target.starts_with(folder) {
        add(search, &target, false, found);
    } else {
        let path = search.name(link);
        found
            .notes
            .push(format!("{path}: a link out of the tree, left out; name it to include it"));
    }
}

/// Adds a file that was named, or that a link leads to.
fn add(search: &Search<'_>, path: &Path, is_named: bool, found: &mut Found) {
    match path.canonicalize() {
        Ok(path) => add_real(search, path, is_named, found),
        Err(error) => found.failures.push(Failure {
            path: search.name(path),
            message: format!("cannot look at it: {error}"),
        }),
    }
}

/// Adds a file by its real path.
fn add_real(search: &Search<'_>, path: PathBuf, is_named: bool, found: &mut Found) {
    let shown = path.strip_prefix(search.current).unwrap_or(&path).to_path_buf();
    let kind = DocumentKind::of(&path);
    found.inputs.push(Input { shown, path, kind, is_named });
}

/// Whether a package manager put a file there.
fn is_installed(path: &Path) -> bool {
    path.components().any(|component| component.as_os_str() == "node_modules")
}

/// Endings of files that stand beside Dockerfiles and are none.
const OTHER_ENDINGS: &[&str] = &[
    "bak",
    "c",
    "cfg",
    "conf",
    "cpp",
    "cs",
    "css",
    "dockerignore",
    "gitignore",
    "go",
    "gz",
    "h",
    "hcl",
    "htm",
    "html",
    "j2",
    "jar",
    "java",
    "jinja",
    "jinja2",
    "js",
    "json",
    "kt",
    "lock",
    "md",
    "markdown",
    "mjs",
    "nix",
    "orig",
    "patch",
    "php",
    "png",
    "properties",
    "ps1",
    "py",
    "rb",
    "rej",
    "rs",
    "rst",
    "sh",
    "snap",
    "svg",
    "swp",
    "tf",
    "toml",
    "ts",
    "tsx",
    "txt",
    "vim",
    "xml",
    "yaml",
    "yml",
    "zip",
];

/// `Dockerfile`, `Dockerfile.x`, `Dockerfile-x`, `x.Dockerfile`, `Containerfile` and their like, in
/// any case.
pub fn is_dockerfile_name(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    if OTHER_ENDINGS.contains(&ending) || name.ends_with('~') {
        return false;
    }
    ["dockerfile", "containerfile"].iter().any(|stem| {
        let starts = name.strip_prefix(stem).map(|rest| rest.starts_with(['.', '-', '_']));
        let ends = name.strip_suffix(stem).map(|rest| rest.ends_with(['.', '-', '_']));
        name == *stem || starts == Some(true) || ends == Some(true)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_names_are_dockerfiles() {
        for name in [
            "Dockerfile",
            "dockerfile",
            "DOCKERFILE",
            "Dockerfile.prod",
            "Dockerfile-prod",
            "dockerfile_x",
            "api.Dockerfile",
            "api.dockerfile",
            "api-Dockerfile",
            "Containerfile",
            "Containerfile.jvm",
            "Dockerfile.17-jre",
        ] {
            assert!(is_dockerfile_name(name), "{name}");
        }
        for name in [
            "Dockerfile.dockerignore",
            "dockerfile.go",
            "Dockerfile.md",
            "Dockerfiles",
            "docker",
            "mydockerfile",
            "Dockerfile.swp",
            "Dockerfile~",
            "dockerfile.j2",
        ] {
            assert!(!is_dockerfile_name(name), "{name}");
        }
    }
}
