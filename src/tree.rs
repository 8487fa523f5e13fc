//! Read-only access to the files around a Dockerfile, as a trait, so that tests and standard input
//! need no disk.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};

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
    pub changed: &'t [(PathBuf, Option<String>)],
}

impl Tree for Overlay<'_> {
    fn read(&self, path: &Path) -> Option<String> {
        let changed = || self.changed.iter().find(|(changed, _)| changed == path);
        match changed() {
            Some((_, text)) => text.clone(),
            None => self.below.read(path),
        }
    }

    fn read_large(&self, path: &Path) -> Option<String> {
        self.below.read_large(path)
    }

    fn list(&self, folder: &Path) -> Vec<String> {
        let mut names = self.below.list(folder);
        for (path, text) in self.changed.iter().filter(|(path, _)| path.parent() == Some(folder)) {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            names.retain(|other| other != name);
            names.extend(text.as_ref().map(|_| name.to_owned()));
        }
        names.sort();
        names
    }

    fn exists(&self, path: &Path) -> bool {
        match self.changed.iter().find(|(changed, _)| changed == path) {
            Some((_, text)) => text.is_some(),
            None => self.below.exists(path),
        }
    }

    fn mode(&self, path: &Path) -> Option<u32> {
        self.below.mode(path)
    }

    fn resolve(&self, path: &Path) -> Option<PathBuf> {
        match self.changed.iter().find(|(changed, _)| changed == path) {
            Some((_, text)) => text.is_some().then(|| path.to_owned()),
            None => self.below.resolve(path),
        }
    }
}
