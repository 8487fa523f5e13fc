//! Atomic writes: a file is the old one or the new one, never something between.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

/// Replaces the content of a file that still reads `before`.
///
/// A temporary file in the same folder is written, flushed to the disk, given the old file's mode
/// and renamed over it.
///
/// # Errors
/// It is a symbolic link (resolve it first), which the rename would replace; it changed since it was
/// read, is read-only, has hard links, or belongs to somebody whose it cannot stay; or an input/output
/// error. The file is untouched then.
pub fn replace(path: &Path, before: &str, after: &str) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_symlink() {
        return Err(io::Error::other("it is a symbolic link by now; run again"));
    }
    if metadata.permissions().readonly() {
        return Err(io::Error::other("the file is read-only"));
    }
    if fs::read(path)? != before.as_bytes() {
        return Err(io::Error::other("the file changed since it was read; run again"));
    }
    let links = hard_links(path)?;
    if links > 1 {
        let reason = format!(
            "it has {links} hard links, and the others would keep the old text: copy it first"
        );
        return Err(io::Error::other(reason));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut temporary = tempfile::Builder::new().prefix(".entrypatch-").tempfile_in(folder)?;
    temporary.write_all(after.as_bytes())?;
    keep_owner_and_mode(path, temporary.as_file())?;
    temporary.as_file().sync_all()?;
    temporary.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Makes a file that is not there.
///
/// # Errors
/// There is one by now, or the folder cannot be written to.
pub fn create(path: &Path, text: &str) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let mut temporary = tempfile::Builder::new().prefix(".entrypatch-").tempfile_in(folder)?;
    temporary.write_all(text.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        temporary.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    temporary.as_file().sync_all()?;
    temporary.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

/// Takes a file away that still reads `before`.
///
/// # Errors
/// It changed since it was read; or an input/output error.
pub fn delete(path: &Path, before: &str) -> io::Result<()> {
    if fs::read(path)? != before.as_bytes() {
        return Err(io::Error::other("the file changed since it was read; run again"));
    }
    fs::remove_file(path)
}

/// How many names a file has.
fn hard_links(path: &Path) -> io::Result<u64> {
    let metadata = fs::metadata(path)?;
    #[cfg(unix)]
    let links = std::os::unix::fs::MetadataExt::nlink(&metadata);
    #[cfg(not(unix))]
    let links = u64::from(metadata.is_file());
    Ok(links)
}

fn keep_owner_and_mode(path: &Path, temporary: &fs::File) -> io::Result<()> {
    let old = fs::metadata(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt as _, fchown};
        let new = temporary.metadata()?;
        if (old.uid(), old.gid()) != (new.uid(), new.gid()) {
            fchown(temporary, Some(old.uid()), Some(old.gid()))?;
        }
    }
    temporary.set_permissions(old.permissions())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changed_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Dockerfile");
        fs::write(&path, "new").unwrap();
        assert!(replace(&path, "old", "patched").unwrap_err().to_string().contains("changed"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no temporary file is left");
    }

    #[cfg(unix)]
    #[test]
    fn what_took_the_place_of_a_file_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir(at("folder")).unwrap();
        fs::write(at("other"), "old").unwrap();
        std::os::unix::fs::symlink("other", at("link")).unwrap();
        for (name, reason) in
            [("folder", "Is a directory"), ("gone", "No such file"), ("link", "a symbolic link")]
        {
            let error = replace(&at(name), "old", "patched").unwrap_err().to_string();
            assert!(error.contains(reason), "{name}: {error}");
        }
        fs::write(at("tracer.js"), "theirs").unwrap();
        assert!(create(&at("tracer.js"), "ours").unwrap_err().to_string().contains("exists"));
        assert!(delete(&at("tracer.js"), "ours").unwrap_err().to_string().contains("changed"));
        assert_eq!(fs::read_to_string(at("tracer.js")).unwrap(), "theirs");
        assert_eq!(fs::read_to_string(at("other")).unwrap(), "old");
    }

    #[cfg(unix)]
    #[test]
    fn the_mode_is_kept() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Dockerfile");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        replace(&path, "old", "patched").unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o755);
        assert_eq!(fs::read_to_string(&path).unwrap(), "patched");
    }
}
