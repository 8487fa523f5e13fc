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

/// Whether a pattern of COPY fits a name: `*` and `?` stand for characters, but never for a slash
/// (<https://pkg.go.dev/path/filepath#Match>).
pub fn fits(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), name.chars().collect());
    // Where the last `*` stands, and how much of the name it has taken.
    let (mut at, mut of_name, mut star) = (0, 0, None);
    while let Some(c) = name.get(of_name) {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, of_name));
                at += 1;
            }
            Some('?') if *c != '/' => (at, of_name) = (at + 1, of_name + 1),
            Some(own) if own == c => (at, of_name) = (at + 1, of_name + 1),
            _ => match star {
                Some((of_star, taken)) if name.get(taken) != Some(&'/') => {
                    star = Some((of_star, taken + 1));
                    (at, of_name) = (of_star + 1, taken + 1);
                }
                _ => return false,
            },
        }
    }
    pattern.get(at..).unwrap_or_default().iter().all(|c| *c == '*')
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

    #[test]
    fn a_pattern_fits_names_within_a_folder() {
        for (pattern, name, expected) in [
            ("*.js", "a.js", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
            ("*", "a/b", false),
            ("?.js", "a.js", true),
            ("?.js", ".js", false),
            ("package*.json", "package-lock.json", true),
            ("", "", true),
            ("**", "a", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
