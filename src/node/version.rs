//! Versions of Node and of dd-trace, as far as a file says them.

use std::fmt;

/// A version: the minor one only where it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// `18` of 18.19.0
    pub major: u32,
    /// `19` of 18.19.0
    pub minor: Option<u32>,
}

impl Version {
    /// The lowest version of a range: `^5.1`, `>=18 <21`, `5.x`, `20 || 22`.
    /// <https://github.com/npm/node-semver#ranges>
    pub fn lowest(range: &str) -> Option<Self> {
        let alternatives = range.split("||").filter_map(|alternative| {
            let part = alternative.split_whitespace().find(|part| {
                !part.starts_with('<') && part.contains(|c: char| c.is_ascii_digit())
            })?;
            Self::leading(part.trim_start_matches(|c: char| !c.is_ascii_digit()))
        });
        alternatives.min()
    }

    /// The version that a text begins with: `18.19.0-alpine`.
    pub(super) fn leading(text: &str) -> Option<Self> {
        let number = |text: &str| {
            let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
            text.get(..end)?.parse().ok()
        };
        let minor = text.split_once('.').and_then(|(_, rest)| number(rest));
        Some(Self { major: number(text)?, minor })
    }

    /// Whether it is for sure this version of its major line, or a later one of that line.
    pub fn reaches(self, major: u32, minor: u32) -> bool {
        self.major == major && self.minor.is_some_and(|own| own >= minor)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.minor {
            Some(minor) => write!(f, "{}.{minor}", self.major),
            None => write!(f, "{}", self.major),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_version_of_a_range() {
        for (range, expected) in [
            ("^5.132.0", Some("5.132")),
            (">=18.19 <21", Some("18.19")),
            ("22 || 20", Some("20")),
            ("v20.11.1", Some("20.11")),
            ("lts/iron", None),
            ("latest", None),
            ("5.x", Some("5")),
        ] {
            let found = Version::lowest(range).map(|version| version.to_string());
            assert_eq!(found.as_deref(), expected, "{range}");
        }
    }
}
