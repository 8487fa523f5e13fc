//! The instruction that brings the agent's jar, by the way that the settings choose, and what keeps a
//! file from having it.

use crate::dockerfile::Dockerfile;
use crate::settings::Provide;
use crate::settings::Settings;

/// Every user can read the jar, and enter the folders that are created with it: BuildKit gives them
/// the same mode (<https://github.com/moby/buildkit/issues/5943>).
pub const JAR_MODE: &str = "755";

/// What is added to a Dockerfile.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct JarLine {
    /// A comment in front of it, by which Renovate finds the version in the URL
    /// (<https://docs.renovatebot.com/modules/manager/regex/>).
    pub comment: Option<String>,
    /// The ADD or COPY.
    pub instruction: String,
}

/// The line that puts the jar at `path`; `None` where the base image brings it.
pub fn jar_line(settings: &Settings, path: &str) -> Option<JarLine> {
    let mode = format!("--chmod={JAR_MODE}");
    let url = settings.agent_url();
    let plain = |instruction: String| Some(JarLine { comment: None, instruction });
    match (settings.provide, &settings.agent_checksum, &settings.agent_image) {
        (Provide::None, ..) => None,
        (Provide::Add, None, _) => plain(format!("ADD {mode} {url} {path}")),
        (Provide::Add, Some(checksum), _) => Some(JarLine {
            comment: renovate(url),
            instruction: format!("ADD --checksum={checksum} {mode} {url} {path}"),
        }),
        (Provide::Copy, ..) => plain(format!("COPY {mode} {} {path}", settings.agent_file())),
        (Provide::CopyFrom, _, image) => {
            let image = image.as_deref()?;
            let source = path_in_image(image);
            plain(format!("COPY {mode} --from={image} {source} {path}"))
        }
    }
}

/// Where a pinned URL names its version, the comment that keeps it up to date.
fn renovate(url: &str) -> Option<String> {
    let source = if url.contains("github.com/DataDog/dd-trace-java/releases/") {
        "datasource=github-releases depName=DataDog/dd-trace-java"
    } else if url.contains("/com/datadoghq/dd-java-agent/") {
        "datasource=maven depName=com.datadoghq:dd-java-agent"
    } else {
        return None;
    };
    Some(format!("# renovate: {source}"))
}

/// Datadog's images with the tracer moved the jar with 1.38
/// (<https://github.com/DataDog/dd-trace-java/issues/7398>).
fn path_in_image(image: &str) -> &'static str {
    let image = image.split('@').next().unwrap_or(image);
    let tag = image.rsplit_once(':').map_or("", |(_, tag)| tag);
    let mut numbers = tag.trim_start_matches('v').split(['.', '-']).map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(0)), _) => "/datadog-init/dd-java-agent.jar",
        (Some(Ok(1)), Some(Ok(0..=37))) => "/datadog-init/dd-java-agent.jar",
        _ => "/datadog-init/package/dd-java-agent.jar",
    }
}

/// Why the frontend that the file names builds no image with the line, or one whose jar is closed.
///
/// `--chmod` is known from 1.2 on, counts for a URL from 1.3 on; `--checksum` from 1.6 on
/// (<https://docs.docker.com/reference/dockerfile/#add>).
pub fn refused_by_frontend(settings: &Settings, file: &Dockerfile) -> Option<String> {
    let syntax = file.syntax.as_ref()?;
    let (needed, flag) = match (settings.provide, &settings.agent_checksum) {
        (Provide::None, _) => return None,
        (Provide::Add, Some(_)) => (6, "--checksum"),
        (Provide::Add, None) => (3, "--chmod of a URL"),
        (Provide::Copy | Provide::CopyFrom, _) => (2, "--chmod"),
    };
    (frontend_minor(syntax)? < needed)
        .then(|| format!("# syntax={syntax} does not know {flag}: it needs 1.{needed} or later"))
}

/// Whether the file names a frontend that ignores the mode of a file that ADD downloads.
pub fn is_old_frontend(file: &Dockerfile) -> bool {
    file.syntax.as_deref().and_then(frontend_minor).is_some_and(|minor| minor < 3)
}

/// The minor version of Docker's frontend where one is pinned: `docker/dockerfile:1.2`; those called
/// experimental ended with 1.2.
fn frontend_minor(syntax: &str) -> Option<u32> {
    let (image, tag) = syntax.split_once(':').unwrap_or((syntax, ""));
    let tag = tag.split('@').next().unwrap_or(tag);
    ["docker/dockerfile", "docker/dockerfile-upstream"].iter().find(|name| {
        image.strip_suffix(**name).is_some_and(|h| h.is_empty() || h.ends_with('/'))
    })?;
    let minor = tag.strip_prefix("1.").and_then(|rest| rest.split(['.', '-']).next()?.parse().ok());
    minor.or(tag.contains("experimental").then_some(2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minor_version_of_a_frontend_is_read() {
        for (syntax, expected) in [
            ("docker/dockerfile:1", None),
            ("docker/dockerfile:1.2", Some(2)),
            ("docker/dockerfile:1.10.0", Some(10)),
            ("docker.io/docker/dockerfile:1.0-experimental", Some(0)),
            ("docker/dockerfile:experimental", Some(2)),
            ("docker/dockerfile:1.0.0@sha256:1", Some(0)),
            ("docker/dockerfile-upstream:master", None),
            ("example.com/frontend:1.0", None),
        ] {
            assert_eq!(frontend_minor(syntax), expected, "{syntax}");
        }
    }

    #[test]
    fn the_path_in_an_image_depends_on_its_version() {
        let (old, new) =
            ("/datadog-init/dd-java-agent.jar", "/datadog-init/package/dd-java-agent.jar");
        for (image, expected) in [
            ("x:v1.37.1", old),
            ("x:v1.37.1@sha256:1", old),
            ("x:1.38.0", new),
            ("x:v1", new),
            ("x", new),
            ("x:v0.115.0", old),
        ] {
            assert_eq!(path_in_image(image), expected, "{image}");
        }
    }
}
