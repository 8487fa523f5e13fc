//! What holds for the files of a folder: the root of its repository, its configuration.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cli::SettingsArguments;
use crate::config;
use crate::input::shown;
use crate::memo::Memo;
use crate::select;
use crate::settings::{Link, Settings};
use crate::tree::normal;

/// What holds for the files of one folder.
#[derive(Debug)]
pub struct Folder {
    /// The root of the repository, else the current directory, else the folder itself.
    pub root: PathBuf,
    /// The configuration with the flags laid over it.
    pub settings: Settings,
}

/// A folder, or why its configuration cannot be used.
pub type FolderResult = Arc<Result<Folder, String>>;

/// Reads each folder once; a folder without a configuration of its own has its parent's.
#[derive(Debug)]
pub struct Folders<'a> {
    /// The current directory, absolute, symlinks resolved.
    current: PathBuf,
    arguments: &'a SettingsArguments,
    /// By the path as it is written: taking paths apart costs more than the rest.
    known: Memo<OsString, FolderResult>,
    git_roots: Memo<OsString, Option<PathBuf>>,
}

impl<'a> Folders<'a> {
    /// Knows no folder yet.
    pub fn new(current: PathBuf, arguments: &'a SettingsArguments) -> Self {
        let (known, git_roots) = (Memo::new(MOST_FOLDERS), Memo::new(MOST_FOLDERS));
        Self { current, arguments, known, git_roots }
    }

    /// What holds for the files of `folder` (absolute, symlinks resolved).
    pub fn of(&self, folder: &Path) -> FolderResult {
        self.known.get(folder.as_os_str(), 1, || self.read(folder))
    }

    fn read(&self, folder: &Path) -> FolderResult {
        let root = self.root(folder);
        let own = folder.join(config::FILE_NAME);
        let file = match &self.arguments.config {
            Some(file) => Some(file.clone()).filter(|_| folder == root),
            None => {
                Some(own).filter(|own| !self.arguments.isolated && own.symlink_metadata().is_ok())
            }
        };
        match (file, folder.parent()) {
            (None, Some(parent)) if folder != root => self.of(parent),
            (file, _) => Arc::new(self.build(root, file.as_deref())),
        }
    }

    fn build(&self, root: PathBuf, file: Option<&Path>) -> Result<Folder, String> {
        let (settings, origin) = match file {
            Some(file) => {
                let shown = shown(&self.current, file);
                let mut settings = config::read(file, &shown)?;
                let shown = shown.display();
                let folder = file.parent().unwrap_or(file);
                let links = settings.deploy.links(&normal(&self.current.join(folder)));
                let links = links.map_err(|error| format!("{shown}: {error}"))?;
                settings.links = links.into_iter().map(resolved).collect();
                select::check_names(&settings).map_err(|error| format!("{shown}: {error}"))?;
                (settings, format!(" (from the flags or {shown})"))
            }
            None => (Settings::default(), String::new()),
        };
        let settings = self.arguments.flags.over(settings)?.checked();
        Ok(Folder { root, settings: settings.map_err(|message| format!("{message}{origin}"))? })
    }

    fn root(&self, folder: &Path) -> PathBuf {
        self.git_root(folder).unwrap_or_else(|| {
            let top = if folder.starts_with(&self.current) { &self.current } else { folder };
            top.to_path_buf()
        })
    }

    /// The nearest folder upwards that holds `.git`.
    fn git_root(&self, folder: &Path) -> Option<PathBuf> {
        self.git_roots.get(folder.as_os_str(), 1, || {
            if folder.join(".git").exists() {
                return Some(folder.to_path_buf());
            }
            self.git_root(folder.parent()?)
        })
    }
}

/// A link between the files themselves, behind symbolic links: so everything else names them.
fn resolved(link: Link) -> Link {
    let real = |path: PathBuf| path.canonicalize().unwrap_or(path);
    Link { dockerfile: real(link.dockerfile), task: real(link.task), ..link }
}

/// Of how many folders it is kept: files come in the order of their paths.
const MOST_FOLDERS: usize = 10_000;
