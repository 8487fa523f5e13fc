//! Read-only access to the files around a Dockerfile, as a trait, so that tests and standard input
//! need no disk.

use std::collections::HashMap;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use crate::change::ChangeSet;
use crate::ignored::Ignored;

/// The files that a verdict may need.
pub trait Tree: Sync {
    /// The text of a file, or `None` where there is none that can be read as text.
    fn read(&self, path: &Path) -> Option<String>;

    /// The text of a file that may be large: a lock file.
    fn read_large(&self, path: &Path) -> Option<String> {
        self.read(path)
    }

    /// The names in a folder, sorted.
    fn list(&self, _: &Path) -> Vec<String> {
        Vec::new()
    }

    /// Whether there is a file or a folder.
    fn exists(&self, path: &Path) -> bool {
        self.read(path).is_some()
    }

    /// The permissions of a file, where files have some.
    fn mode(&self, _: &Path) -> Option<u32> {
        None
    }

    /// The file behind symbolic links, absolute.
    fn resolve(&self, path: &Path) -> Option<PathBuf> {
        self.exists(path).then(|| path.to_owned())
    }

    /// Whether no symbolic link stands between a path and its file: what is written there stays
    /// where everybody looks for it, inside the repository.
    fn is_its_own(&self, path: &Path) -> bool {
        self.resolve(path).is_some_and(|real| real == path)
    }
}

/// Takes `.` and `..` out of a path without asking the disk.
pub fn normal(path: &Path) -> PathBuf {
    let mut result = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                result.pop();
            }
            component => result.push(component),
        }
    }
    result
}

/// The disk.
#[derive(Debug, Default)]
pub struct Disk;

/// Files larger than this, in bytes, are not parsed.
pub const LARGEST_DOCUMENT: u64 = 4 * 1024 * 1024;
/// Files around a Dockerfile that are larger than this, in bytes, are not read.
const LARGEST: u64 = 256 * 1024;
/// Lock files that are larger than this, in bytes, are not read.
const LARGEST_LOCK: u64 = 16 << 20;

fn read(path: &Path, largest: u64) -> Option<String> {
    String::from_utf8(read_regular(path, largest).ok()??).ok()
}

/// The bytes of a regular file, `None` where there are more than `largest`.
///
/// A pipe or a device is an error, and never waited for, also where it took the place of a file a moment
/// ago; what has no end (`/proc/self/pagemap`) is read to `largest` only.
///
/// # Errors
/// It is no regular file; or an input/output error.
pub fn read_regular(path: &Path, largest: u64) -> io::Result<Option<Vec<u8>>> {
    let is_regular = |metadata: fs::Metadata| match metadata.is_file() {
        true => Ok(metadata.len()),
        false => Err(io::Error::other("not a regular file")),
    };
    // Opening a device may do something.
    is_regular(fs::metadata(path)?)?;
    let mut options = fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(rustix::fs::OFlags::NONBLOCK.bits().cast_signed());
    }
    let file = options.open(path)?;
    let length = is_regular(file.metadata()?)?;
    let capacity = length.min(largest).saturating_add(1);
    let mut bytes = Vec::with_capacity(usize::try_from(capacity).unwrap_or_default());
    file.take(largest.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(Some(bytes).filter(|bytes| bytes.len() as u64 <= largest))
}

impl Tree for Disk {
    fn read(&self, path: &Path) -> Option<String> {
        read(path, LARGEST)
    }

    fn read_large(&self, path: &Path) -> Option<String> {
        read(path, LARGEST_LOCK)
    }

    fn list(&self, folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        names.sort();
        names
    }

    fn exists(&self, path: &Path) -> bool {
        path.exists()
    }

    #[cfg(unix)]
    fn mode(&self, path: &Path) -> Option<u32> {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::metadata(path).ok().map(|metadata| metadata.permissions().mode() & 0o777)
    }

    fn resolve(&self, path: &Path) -> Option<PathBuf> {
        path.canonicalize().ok()
    }
}

/// The disk, each file of which is read once.
///
/// What was read is kept up to [`MOST_KEPT`], then forgotten; what is written must be forgotten by
/// [`Kept::forget`].
#[derive(Debug, Default)]
pub struct Kept {
    texts: Mutex<Texts>,
    exists: Mutex<HashMap<OsString, bool>>,
    ignored: Ignored,
}

#[derive(Debug, Default)]
struct Texts {
    /// The bytes of each file, by its path as it is written.
    bytes: HashMap<OsString, Arc<[u8]>>,
    /// How many bytes they are.
    size: usize,
}

/// How many bytes of files are kept.
const MOST_KEPT: usize = 8 << 20;
/// Of how many paths it is kept whether something is there.
const MOST_PATHS: usize = 30_000;

impl Kept {
    /// The bytes of a file that is not too large to be looked at; kept.
    pub fn bytes(&self, path: &Path) -> Option<Arc<[u8]>> {
        self.at_most(path, LARGEST_DOCUMENT)
    }

    /// The bytes of a file that is read for the last time, where they are kept.
    pub fn take(&self, path: &Path) -> Option<Arc<[u8]>> {
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = texts.bytes.remove(path.as_os_str())?;
        texts.size -= bytes.len();
        Some(bytes)
    }

    /// A file was written, or the one that stood there is needed no longer.
    pub fn forget(&self, path: &Path) {
        self.take(path);
        self.exists.lock().unwrap_or_else(PoisonError::into_inner).remove(path.as_os_str());
    }

    /// Whether something is at a path, where that was asked before.
    fn known(&self, path: &Path) -> Option<bool> {
        let exists = self.exists.lock().unwrap_or_else(PoisonError::into_inner);
        exists.get(path.as_os_str()).copied()
    }

    fn keep(&self, path: &Path, exists: bool) {
        let mut known = self.exists.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_PATHS {
            known.clear();
        }
        known.insert(path.into(), exists);
    }

    fn at_most(&self, path: &Path, largest: u64) -> Option<Arc<[u8]>> {
        let lock = || self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().bytes.get(path.as_os_str()) {
            return Some(Arc::clone(known)).filter(|bytes| bytes.len() as u64 <= largest);
        }
        if self.known(path) == Some(false) {
            return None;
        }
        let bytes = match read_regular(path, largest) {
            Ok(bytes) => bytes?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.keep(path, false);
                return None;
            }
            Err(_) => return None,
        };
        let bytes: Arc<[u8]> = bytes.into();
        let mut texts = lock();
        if texts.size + bytes.len() > MOST_KEPT {
            *texts = Texts::default();
        }
        texts.size += bytes.len();
        texts.bytes.insert(path.into(), Arc::clone(&bytes));
        Some(bytes)
    }
}

/// What git ignores is as good as not there: the next build makes it anew.
impl Tree for Kept {
    fn read(&self, path: &Path) -> Option<String> {
        let bytes = self.at_most(path, LARGEST).filter(|_| !self.ignored.holds(path))?;
        std::str::from_utf8(&bytes).ok().map(str::to_owned)
    }

    fn read_large(&self, path: &Path) -> Option<String> {
        Disk.read_large(path)
    }

    fn list(&self, folder: &Path) -> Vec<String> {
        let mut names = Disk.list(folder);
        names.retain(|name| !self.ignored.holds(&folder.join(name)));
        names
    }

    fn exists(&self, path: &Path) -> bool {
        let exists = self.known(path).unwrap_or_else(|| {
            let exists = Disk.exists(path);
            self.keep(path, exists);
            exists
        });
        exists && !self.ignored.holds(path)
    }

    fn mode(&self, path: &Path) -> Option<u32> {
        Disk.mode(path)
    }

    fn resolve(&self, path: &Path) -> Option<PathBuf> {
        Disk.resolve(path)
    }
}

/// No files at all.
#[derive(Debug, Default)]
pub struct Empty;

impl Tree for Empty {
    fn read(&self, _: &Path) -> Option<String> {
        None
    }
}

/// A tree in which some files have another text: what it would be after a fix.
pub struct Overlay<'t> {
    /// What is below.
    pub below: &'t dyn Tree,
    /// The files with another text, and those that are gone.
    pub changes: &'t ChangeSet,
}

impl Tree for Overlay<'_> {
    fn read(&self, path: &Path) -> Option<String> {
        match self.changes.get(path) {
            Some(change) => change.after.clone(),
            None => self.below.read(path),
        }
    }

    fn read_large(&self, path: &Path) -> Option<String> {
        self.below.read_large(path)
    }

    fn list(&self, folder: &Path) -> Vec<String> {
        let mut names = self.below.list(folder);
        for change in self.changes.iter().filter(|change| change.path.parent() == Some(folder)) {
            let name = change.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            names.retain(|other| other != name);
            names.extend(change.after.as_ref().map(|_| name.to_owned()));
        }
        names.sort();
        names
    }

    fn exists(&self, path: &Path) -> bool {
        match self.changes.get(path) {
            Some(change) => change.after.is_some(),
            None => self.below.exists(path),
        }
    }

    fn mode(&self, path: &Path) -> Option<u32> {
        self.below.mode(path)
    }

    fn resolve(&self, path: &Path) -> Option<PathBuf> {
        match self.changes.get(path) {
            Some(change) => change.after.is_some().then(|| path.to_owned()),
            None => self.below.resolve(path),
        }
    }
}
