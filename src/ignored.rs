//! What git ignores: a build makes it anew, so that it says nothing of what is started, and an edit in it is gone
//! at the next build. <https://git-scm.com/docs/gitignore>

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::Match;
use ignore::gitignore::Gitignore;

/// Of how many folders it is kept what git ignores in them.
const MOST_FOLDERS: usize = 20_000;
/// A larger `.gitignore`, in bytes, is not read.
const LARGEST: u64 = 1 << 20;

/// What is known of folders.
#[derive(Debug, Default)]
pub(crate) struct Ignored {
    folders: Mutex<HashMap<PathBuf, Arc<Folder>>>,
}

/// A folder in a repository, or outside of any.
#[derive(Debug)]
struct Folder {
    above: Option<Arc<Self>>,
    /// What its own `.gitignore` says.
    patterns: Option<Gitignore>,
    /// It is ignored itself, with all that is in it.
    is_ignored: bool,
    /// It lies in a repository.
    in_repository: bool,
}

impl Ignored {
    /// Whether git ignores a file.
    pub(crate) fn holds(&self, path: &Path) -> bool {
        let Some(folder) = path.parent().map(|folder| self.folder(folder)) else { return false };
        folder.is_ignored || folder.in_repository && folder.ignores(path, false)
    }

    fn folder(&self, path: &Path) -> Arc<Folder> {
        let known = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.get(path) {
            return Arc::clone(known);
        }
        drop(known);
        let is_root = path.join(".git").exists();
        let above = path.parent().filter(|_| !is_root).map(|above| self.folder(above));
        let in_repository = is_root || above.as_ref().is_some_and(|above| above.in_repository);
        let is_ignored = above.as_ref().is_some_and(|above| {
            above.is_ignored || above.in_repository && above.ignores(path, true)
        });
        let patterns = || {
            let file = path.join(".gitignore");
            let metadata = std::fs::metadata(&file).ok()?;
            let is_plain = metadata.is_file() && metadata.len() <= LARGEST;
            is_plain.then(|| Gitignore::new(&file).0)
        };
        let patterns = if in_repository && !is_ignored { patterns() } else { None };
        let folder = Arc::new(Folder { above, patterns, is_ignored, in_repository });
        let mut known = self.folders.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_FOLDERS {
            known.clear();
        }
        known.insert(path.to_owned(), Arc::clone(&folder));
        folder
    }
}

impl Folder {
    /// Whether the patterns here, or else those above, name a path.
    fn ignores(&self, path: &Path, is_folder: bool) -> bool {
        let own = self.patterns.as_ref().map(|patterns| patterns.matched(path, is_folder));
        match (own, &self.above) {
            (Some(Match::Ignore(_)), _) => true,
            (Some(Match::Whitelist(_)), _) => false,
            (_, Some(above)) => above.ignores(path, is_folder),
            (_, None) => false,
        }
    }
}
