//! Read-only access to the files around a Dockerfile, as a trait, so that tests and standard input
//! need no disk.

use std::path::Path;

/// The files that a verdict may need.
pub trait Tree: Sync {
    /// The text of a file, or `None` where there is none that can be read as text.
    fn read(&self, path: &Path) -> Option<String>;
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
}

/// No files at all.
#[derive(Debug, Default)]
pub struct Empty;

impl Tree for Empty {
    fn read(&self, _: &Path) -> Option<String> {
        None
    }
}
