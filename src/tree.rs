//! Read-only access to the files around a Dockerfile, as a trait, so that tests and standard input
//! need no disk.

use std::path::{Path, PathBuf};

/// The files that a verdict may need.
pub trait Tree: Sync {
    /// The text of a file, or `None` where there is none that can be read as text.
    fn read(&self, path: &Path) -> Option<String>;

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
}

/// The disk.
#[derive(Debug, Default)]
pub struct Disk;

/// Files around a Dockerfile that are larger than this, in bytes, are not read.
const LARGEST: u64 = 256 * 1024;

impl Tree for Disk {
    fn read(&self, path: &Path) -> Option<String> {
        let metadata = std::fs::metadata(path).ok()?;
        if !metadata.is_file() || metadata.len() > LARGEST {
            return None;
        }
        std::fs::read_to_string(path).ok()
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
    /// The files with another text.
    pub changed: &'t [(PathBuf, String)],
}

impl Tree for Overlay<'_> {
    fn read(&self, path: &Path) -> Option<String> {
        let changed = || self.changed.iter().find(|(changed, _)| changed == path);
        match changed() {
            Some((_, text)) => Some(text.clone()),
            None => self.below.read(path),
        }
    }

    fn exists(&self, path: &Path) -> bool {
        self.below.exists(path)
    }

    fn mode(&self, path: &Path) -> Option<u32> {
        self.below.mode(path)
    }

    fn resolve(&self, path: &Path) -> Option<PathBuf> {
        self.below.resolve(path)
    }
}
