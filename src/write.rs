//! Atomic writes: a file is the old one or the new one, never something between.

use std::fs;
use std::io::{self, Write as _};
use std::path::Path;

use tempfile::NamedTempFile;

use crate::tree::read_regular;

/// Replaces the content of a file that still reads `before`.
///
/// A temporary file in the same folder is written, flushed to the disk, given the old file's owner,
/// mode and access list, and renamed over it.
///
/// # Errors
/// It is a symbolic link (resolve it first), which the rename would replace; it changed since it was
/// read, is read-only, has hard links, or belongs to somebody whose it cannot stay; or an input/output
/// error. The file is untouched then.
pub fn replace(path: &Path, before: &str, after: &str) -> io::Result<()> {
    check_that_it_can_be_replaced(path)?;
    check_that_it_reads(path, before)?;
    let mut temporary = temporary_beside(path)?;
    temporary.write_all(after.as_bytes())?;
    keep_owner_and_mode(path, temporary.as_file())?;
    keep_attributes(path, temporary.as_file())?;
    temporary.as_file().sync_all()?;
    // Flushing takes a while.
    check_that_it_can_be_replaced(path)?;
    check_that_it_reads(path, before)?;
    temporary.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// Makes a file that is not there.
///
/// # Errors
/// There is one by now, or the folder cannot be written to.
pub fn create(path: &Path, text: &str) -> io::Result<()> {
    let mut temporary = temporary_beside(path)?;
    temporary.write_all(text.as_bytes())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        temporary.as_file().set_permissions(fs::Permissions::from_mode(0o644))?;
    }
    temporary.as_file().sync_all()?;
    check_folder(path)?;
    temporary.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

/// Takes a file away that still reads `before`.
///
/// # Errors
/// What would keep it from being replaced; or an input/output error.
pub fn delete(path: &Path, before: &str) -> io::Result<()> {
    check_that_it_can_be_replaced(path)?;
    check_that_it_reads(path, before)?;
    fs::remove_file(path)
}

/// Whether a file can be replaced, as far as that can be told without doing it.
///
/// # Errors
/// Why not.
pub fn check_that_it_can_be_replaced(path: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_symlink() {
        return Err(io::Error::other("it is a symbolic link by now; run again"));
    }
    if metadata.permissions().readonly() {
        return Err(io::Error::other("the file is read-only"));
    }
    let links = hard_links(&metadata);
    if metadata.is_file() {
        // An immutable one says so here; nothing is appended.
        fs::OpenOptions::new().append(true).open(path)?;
    }
    if metadata.is_file() && links > 1 {
        let reason = format!(
            "it has {links} hard links, and the others would keep the old text: copy it first"
        );
        return Err(io::Error::other(reason));
    }
    check_folder(path)
}

/// A folder that became a link would lead the write somewhere else.
fn check_folder(path: &Path) -> io::Result<()> {
    let folder = folder_of(path);
    if folder.is_absolute() && folder.canonicalize()? != folder {
        return Err(io::Error::other("its folder is a symbolic link by now; run again"));
    }
    Ok(())
}

fn check_that_it_reads(path: &Path, before: &str) -> io::Result<()> {
    if read_regular(path, before.len() as u64)?.as_deref() == Some(before.as_bytes()) {
        return Ok(());
    }
    Err(io::Error::other("the file changed since it was read; run again"))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

fn temporary_beside(path: &Path) -> io::Result<NamedTempFile> {
    let made = tempfile::Builder::new().prefix(".entrypatch-").tempfile_in(folder_of(path));
    made.map_err(without_its_name)
}

/// An error without the name of the temporary file, which is another one each time.
fn without_its_name(error: io::Error) -> io::Error {
    let cause = error.get_ref().and_then(|cause| cause.source());
    let code = cause.and_then(|cause| cause.downcast_ref::<io::Error>()?.raw_os_error());
    code.map_or(error, io::Error::from_raw_os_error)
}

/// Access lists and what users attach to a file; the system makes the others.
#[cfg(any(target_os = "linux", target_os = "macos"))]
fn keep_attributes(path: &Path, temporary: &fs::File) -> io::Result<()> {
    use rustix::fs::{XattrFlags, fsetxattr, getxattr, listxattr};
    let mut names = Vec::with_capacity(64 << 10);
    if listxattr(path, rustix::buffer::spare_capacity(&mut names)).is_err() {
        return Ok(()); // There are none on this file system.
    }
    for name in names.split(|byte| *byte == 0) {
        if !name.starts_with(b"user.") && name != b"system.posix_acl_access" {
            continue;
        }
        let mut value = Vec::with_capacity(64 << 10);
        getxattr(path, name, rustix::buffer::spare_capacity(&mut value))?;
        fsetxattr(temporary, name, &value, XattrFlags::empty())?;
    }
    Ok(())
}

#[cfg(not(any(target_os = "linux", target_os = "macos")))]
fn keep_attributes(_: &Path, _: &fs::File) -> io::Result<()> {
    Ok(())
}

/// How many names a file has.
fn hard_links(metadata: &fs::Metadata) -> u64 {
    #[cfg(unix)]
    let links = std::os::unix::fs::MetadataExt::nlink(metadata);
    #[cfg(not(unix))]
    let links = u64::from(metadata.is_file());
    links
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
        for (name, reason) in [
            ("folder", "not a regular file"),
            ("gone", "No such file"),
            ("link", "a symbolic link"),
        ] {
            let error = replace(&at(name), "old", "patched").unwrap_err().to_string();
            assert!(error.contains(reason), "{name}: {error}");
        }
        fs::write(at("tracer.js"), "theirs").unwrap();
        assert!(create(&at("tracer.js"), "ours").unwrap_err().to_string().contains("exists"));
        assert!(delete(&at("tracer.js"), "ours").unwrap_err().to_string().contains("changed"));
        assert_eq!(fs::read_to_string(at("tracer.js")).unwrap(), "theirs");
        assert_eq!(fs::read_to_string(at("other")).unwrap(), "old");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_is_attached_to_a_file_is_kept() {
        use rustix::fs::{XattrFlags, getxattr, setxattr};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("Dockerfile");
        fs::write(&path, "old").unwrap();
        if setxattr(&path, "user.owner", b"team", XattrFlags::empty()).is_err() {
            return; // This file system has none.
        }
        replace(&path, "old", "patched").unwrap();
        let mut value = [0; 4];
        assert_eq!(getxattr(&path, "user.owner", &mut value), Ok(4));
        assert_eq!(&value, b"team");
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
