//! What `.dockerignore` keeps out of the build context.
//!
//! <https://docs.docker.com/build/concepts/context/#dockerignore-files>: patterns from the root of the
//! context, the last that fits wins, `!` takes a file in again, and a folder that fits takes everything
//! below it along.

use std::path::Path;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// The patterns of a file, compiled.
#[derive(Debug, Default)]
pub struct Patterns {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    /// `!`: what fits is in the context all the same.
    takes_in: bool,
    /// `None`: everything fits.
    glob: Option<GlobSet>,
}

impl Patterns {
    /// Reads a `.dockerignore`. A pattern that Docker would reject keeps nothing out here.
    pub fn read(text: &str) -> Self {
        let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        Self { patterns: lines.filter_map(Pattern::read).collect() }
    }

    /// Whether a file is left out; `path` is relative to the build context.
    pub fn leave_out(&self, path: &Path) -> bool {
        let last = self.patterns.iter().rev().find(|pattern| pattern.fits(path));
        last.is_some_and(|pattern| !pattern.takes_in)
    }
}

impl Pattern {
    fn read(line: &str) -> Option<Self> {
        let (takes_in, pattern) = match line.strip_prefix('!') {
            Some(pattern) => (true, pattern.trim()),
            None => (false, line),
        };
        let pattern = pattern.trim_start_matches("./").trim_matches('/');
        if pattern == "." {
            return Some(Self { takes_in, glob: None });
        }
        let glob = GlobBuilder::new(pattern).literal_separator(true).build().ok()?;
        // A set says when a pattern is too large; a matcher of its own panics.
        let glob = GlobSetBuilder::new().add(glob).build().ok()?;
        Some(Self { takes_in, glob: Some(glob) })
    }

    /// Whether it fits a path, or a folder above it.
    fn fits(&self, path: &Path) -> bool {
        let Some(glob) = &self.glob else { return true };
        path.ancestors().filter(|path| *path != Path::new("")).any(|path| glob.is_match(path))
    }
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
            let found = Patterns::read(patterns).leave_out(Path::new(path));
            assert_eq!(found, expected, "{patterns:?} {path}");
        }
    }
}
