//! Paths in an image: they are Linux's, whatever this program runs on.

/// Folders that every image has, open to all.
pub const SYSTEM_FOLDERS: &[&str] = &[
    "",
    "/bin",
    "/etc",
    "/home",
    "/lib",
    "/media",
    "/mnt",
    "/opt",
    "/run",
    "/sbin",
    "/srv",
    "/tmp",
    "/usr",
    "/usr/bin",
    "/usr/lib",
    "/usr/local",
    "/usr/local/bin",
    "/usr/local/lib",
    "/usr/local/share",
    "/usr/sbin",
    "/usr/share",
    "/usr/src",
    "/var",
    "/var/lib",
    "/var/log",
    "/var/run",
];

/// Puts a path on a working directory: absolute paths stand alone.
pub fn join(folder: Option<&str>, path: &str) -> String {
    if path.starts_with('/') {
        return path.to_owned();
    }
    let path = path.trim_start_matches("./");
    format!("{}/{path}", folder.unwrap_or("/").trim_end_matches('/'))
}

/// A path without `.`, `..` and doubled slashes.
pub fn normal(path: &str) -> String {
    let is_plain = |part: &str| !matches!(part, "" | "." | "..");
    if path.strip_prefix('/').is_some_and(|path| path.split('/').all(is_plain)) {
        return path.to_owned();
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_joined_and_cleaned() {
        assert_eq!(join(Some("/w/"), "./a/../b"), "/w/a/../b");
        assert_eq!(join(None, "a"), "/a");
        assert_eq!(join(Some("/w"), "/a"), "/a");
        assert_eq!(normal("/w/a/../b//c/."), "/w/b/c");
        assert_eq!(normal("../a"), "/a");
    }
}
