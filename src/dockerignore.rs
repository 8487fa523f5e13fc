//! What `.dockerignore` keeps out of the build context.
//!
//! <https://docs.docker.com/build/concepts/context/#dockerignore-files>: patterns from the root of the
//! context, the last that fits wins, `!` takes a file in again, and a folder that fits takes everything
//! below it along.

use std::path::Path;

use globset::GlobBuilder;

/// Whether the patterns leave a file out; `path` is relative to the build context.
pub fn leaves_out(patterns: &str, path: &Path) -> bool {
    let mut left_out = false;
    for line in patterns.trim_start_matches('\u{feff}').lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (takes_in, pattern) = match line.strip_prefix('!') {
            Some(pattern) => (true, pattern.trim()),
            None => (false, line),
        };
        if fits(pattern, path) {
            left_out = !takes_in;
        }
    }
    left_out
}

/// Whether a pattern fits a path, or a folder above it.
fn fits(pattern: &str, path: &Path) -> bool {
    let pattern = pattern.trim_start_matches("./").trim_matches('/');
    if pattern == "." {
        return true;
    }
    // A pattern that Docker would reject keeps nothing out here.
    let Ok(glob) = GlobBuilder::new(pattern).literal_separator(true).build() else { return false };
    let matcher = glob.compile_matcher();
    path.ancestors().filter(|path| *path != Path::new("")).any(|path| matcher.is_match(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_count_as_docker_counts_them() {
        for (patterns, path, expected) in [
            ("*.jar", "a.jar", true),
            ("*.jar", "libs/a.jar", false),
            ("**/*.jar", "libs/a.jar", true),
            ("**/*.jar", "a.jar", true),
            ("libs", "libs/x/a.jar", true),
            ("/libs/", "libs/a.jar", true),
            ("*\n!libs\n", "libs/a.jar", false),
            ("!libs\n*\n", "libs/a.jar", true),
            ("# *.jar\n\n", "a.jar", false),
            (".", "a.jar", true),
            ("a.ja?", "a.jar", true),
            ("[", "a.jar", false),
        ] {
            assert_eq!(leaves_out(patterns, Path::new(path)), expected, "{patterns:?} {path}");
        }
    }
}
