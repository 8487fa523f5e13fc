//! Places in the image that a command names.

use crate::image_path::{join, normal};

/// An absolute path without `.` and `..`; `*`, `?` and `[…]` mean what the shell makes of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target(String);

impl Target {
    /// The place that a word means in a folder; `None` where a part of it is not known.
    pub(super) fn of(word: &str, folder: Option<&str>) -> Option<Self> {
        if word.is_empty() || word.contains(['$', '`', '~']) || word.contains("://") {
            return None;
        }
        let is_known = word.starts_with('/') || folder.is_some();
        is_known.then(|| Self(normal(&join(folder, word))))
    }

    /// As it is written, absolute.
    pub fn path(&self) -> &str {
        &self.0
    }

    /// The last part of its path.
    pub fn name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or_default()
    }

    /// Whether it may stand for several paths.
    pub fn is_pattern(&self) -> bool {
        self.0.contains(['*', '?', '['])
    }

    /// Whether it is a path, or stands for it by a pattern.
    /// ```text
    /// /usr/agent/*.jar
    /// /usr/agent/dd-java-agent.jar
    /// ```
    pub fn is(&self, path: &str) -> bool {
        self.below(path).is_some_and(str::is_empty)
    }

    /// Whether it is a path, or a folder above it.
    pub fn holds(&self, path: &str) -> bool {
        self.below(path).is_some()
    }

    /// What of a path stands below it: nothing, where it is the path itself. The part `**`, of `find`,
    /// is any number of folders.
    pub fn below<'p>(&self, path: &'p str) -> Option<&'p str> {
        let (mut parts, mut rest) = (self.parts(), path.trim_matches('/'));
        while let Some(part) = parts.next() {
            if part == "**" {
                let name = parts.next().unwrap_or("*");
                return rest.split('/').any(|own| matches(name, own)).then_some("");
            }
            let (name, behind) = rest.split_once('/').unwrap_or((rest, ""));
            if name.is_empty() || !matches(part, name) {
                return None;
            }
            rest = behind;
        }
        Some(rest)
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/').filter(|part| !part.is_empty())
    }

    /// The place of a name in it.
    pub fn join(&self, name: &str) -> Self {
        Self(format!("{}/{name}", self.0.trim_end_matches('/')))
    }
}

/// Whether a pattern of the shell fits a name; what stands in `[…]` may be any letter.
fn matches(pattern: &str, name: &str) -> bool {
    let (mut pattern, mut name) = (pattern, name);
    // Behind the last `*`, and how much of the name it has not taken yet.
    let mut behind_star: Option<(&str, &str)> = None;
    loop {
        if let Some(rest) = pattern.strip_prefix('*') {
            behind_star = Some((rest, name));
            pattern = rest;
            continue;
        }
        match (one_letter(pattern, name), behind_star) {
            (Some((rest, behind)), _) => (pattern, name) = (rest, behind),
            (None, _) if pattern.is_empty() && name.is_empty() => return true,
            (None, Some((rest, left))) => {
                let mut letters = left.chars();
                if letters.next().is_none() {
                    return false;
                }
                behind_star = Some((rest, letters.as_str()));
                (pattern, name) = (rest, letters.as_str());
            }
            (None, None) => return false,
        }
    }
}

/// What is left of both, where the first letter of a name fits.
fn one_letter<'s>(pattern: &'s str, name: &'s str) -> Option<(&'s str, &'s str)> {
    let (mut wanted, mut own) = (pattern.chars(), name.chars());
    let (first, letter) = (wanted.next()?, own.next()?);
    let rest = match first {
        '?' => wanted.as_str(),
        '[' => wanted.as_str().split_once(']').map_or(wanted.as_str(), |(_, rest)| rest),
        first if first == letter => wanted.as_str(),
        _ => return None,
    };
    Some((rest, own.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_compared_part_by_part() {
        let path = "/usr/agent/dd-java-agent.jar";
        let table = [
            ("/usr/agent/dd-java-agent.jar", Some("")),
            ("/usr/agent/", Some("dd-java-agent.jar")),
            ("/usr/agent/*", Some("")),
            ("/usr/*/dd-java-agent.ja?", Some("")),
            ("/usr/[ab]gent", Some("dd-java-agent.jar")),
            ("/", Some("usr/agent/dd-java-agent.jar")),
            ("../agent/./x/..", Some("dd-java-agent.jar")),
            ("/usr/a*n*", Some("dd-java-agent.jar")),
            ("/usr/**/*.jar", Some("")),
            ("/**/*.md", None),
            ("/usr/agents", None),
            ("/usr/agent/*.md", None),
            ("/usr/agent/dd-java-agent.jar/x", None),
        ];
        for (word, expected) in table {
            let target = Target::of(word, Some("/usr/lib")).unwrap();
            assert_eq!(target.below(path), expected, "{word}");
        }
        assert_eq!(Target::of("x", None), None);
        assert_eq!(Target::of("$X/x", Some("/")), None);
    }
}
