//! Which Node a base image carries, by its name.

use super::version::Version;
use crate::images;

/// The version of Node in an image: `node:20-alpine`, `cimg/node:18.19`,
/// `gcr.io/distroless/nodejs22-debian12`, `ubi9/nodejs-20`.
pub fn node_version(reference: &str) -> Option<Version> {
    let (name, tag) = split(reference);
    let behind = |text: &str| text.trim_start_matches(['-', 'v']).to_owned();
    let in_name = name.strip_prefix("nodejs").map(behind).and_then(|rest| Version::leading(&rest));
    in_name.or_else(|| is_node(reference).then(|| by_tag(tag)).flatten())
}

/// Whether an image is made for Node.
pub fn is_node(reference: &str) -> bool {
    let (name, _) = split(reference);
    name == "node" || name.starts_with("nodejs") || name.starts_with("node-")
}

/// The last part of the repository, and the tag.
fn split(reference: &str) -> (&str, &str) {
    let reference = reference.split('@').next().unwrap_or(reference);
    let (repository, tag) = images::split(reference);
    (repository.rsplit('/').next().unwrap_or(repository), tag.unwrap_or_default())
}

/// `20-alpine`, `20.11.1`, and the names of long-term releases.
/// <https://github.com/nodejs/Release/blob/main/CODENAMES.md>
fn by_tag(tag: &str) -> Option<Version> {
    const NAMES: &[(&str, u32)] = &[
        ("carbon", 8),
        ("dubnium", 10),
        ("erbium", 12),
        ("fermium", 14),
        ("gallium", 16),
        ("hydrogen", 18),
        ("iron", 20),
        ("jod", 22),
        ("krypton", 24),
    ];
    let named = NAMES.iter().find(|(name, _)| tag.split('-').any(|part| part == *name));
    let named = named.map(|(_, major)| Version { major: *major, minor: None });
    Version::leading(tag).or(named)
}

#[cfg(test)]
mod tests {
    use super::node_version;

    #[test]
    fn node_is_read_from_names_of_images() {
        for (image, expected) in [
            ("node:20-alpine", Some("20")),
            ("public.ecr.aws/docker/library/node:18.19.0@sha256:1", Some("18.19")),
            ("node:lts-iron", Some("20")),
            ("node:latest", None),
            ("node", None),
            ("gcr.io/distroless/nodejs22-debian12:nonroot", Some("22")),
            ("ubi9/nodejs-20:1-1", Some("20")),
            ("localhost:5000/node", None),
            ("nginx:1.27", None),
        ] {
            let found = node_version(image).map(|version| version.to_string());
            assert_eq!(found.as_deref(), expected, "{image}");
        }
    }
}
