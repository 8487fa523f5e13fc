//! What is known of a base image from its name alone: the JVM in it, and what its own configuration
//! says.
//!
//! A reference is looked up in the rows of the tables, the first match wins: [`table`] (JDK images),
//! [`servers`] (build tools and application servers), [`systems`] (images without a JVM). What the
//! configuration says of an image ([`configured`]) comes before all of them.

mod configured;
mod pattern;
mod servers;
mod systems;
mod table;
mod version;

pub use configured::{ImageConfig, Images};
pub(crate) use pattern::{matches, pattern};
pub(crate) use version::find as find_version;
pub use version::{FlightRecorder, Jvm, Vendor, Version};

use std::sync::Arc;

use crate::memo::Memo;
use table::{Name, Row};

/// What is known of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageFacts {
    /// Whether it carries a JVM, whatever its version; `None` when that is not known.
    pub has_java: Option<bool>,
    /// That JVM; nothing is known of it where the image has none.
    pub jvm: Jvm,
    /// Its C library, which native parts of the tracer are built for.
    /// <https://docs.datadoghq.com/tracing/trace_collection/compatibility/java/>
    pub libc: Option<Libc>,
    /// Whether `/bin/sh` is there, which RUN, shell form and scripts need.
    /// <https://github.com/GoogleContainerTools/distroless#why-should-i-use-distroless-images>
    pub has_shell: Option<bool>,
    /// Its USER: a name or a number, as the image says it; `None` when that is not known.
    /// <https://docs.docker.com/reference/dockerfile/#user>
    pub user: Option<String>,
    /// Its ENTRYPOINT; `None` when that is not known.
    /// <https://docs.docker.com/reference/dockerfile/#entrypoint>
    pub entrypoint: Option<Vec<String>>,
    /// Its CMD; `None` when that is not known.
    pub cmd: Option<Vec<String>>,
    /// Its WORKDIR; `None` when that is not known.
    pub workdir: Option<&'static str>,
    /// The variables of its ENV that say where things lie, as far as they are known.
    pub environment: &'static [(&'static str, &'static str)],
}

/// A C library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Libc {
    /// The GNU C library, also where it is laid over Alpine.
    Glibc,
    /// musl, Alpine's own.
    Musl,
}

impl Default for ImageFacts {
    fn default() -> Self {
        Self::UNKNOWN
    }
}

impl ImageFacts {
    /// An image of which nothing is known.
    pub const UNKNOWN: Self = Self {
        has_java: None,
        jvm: Jvm::UNKNOWN,
        libc: None,
        has_shell: None,
        user: None,
        entrypoint: None,
        cmd: None,
        workdir: None,
        environment: &[],
    };

    /// Whether the image is known to carry a JVM.
    pub fn carries_java(&self) -> bool {
        self.has_java == Some(true)
    }

    /// Whether its CMD is what an image for the use of others starts: a shell, a build tool, or
    /// nothing.
    pub fn starts_no_application(&self) -> bool {
        let tools = ["jshell", "mvn", "gradle", "bash"];
        let is_tool = |program: &String| tools.contains(&program.as_str());
        self.cmd.as_ref().is_some_and(|cmd| cmd.first().is_none_or(is_tool))
    }
}

/// An image reference, taken apart: in lower case, without the registry's host and the digest.
struct Reference<'r> {
    repository: &'r str,
    tag: &'r str,
    /// `repository:tag`
    name: &'r str,
}

/// The repository and the tag of a reference without a digest; the colon of a port is none of a tag.
pub(crate) fn split(reference: &str) -> (&str, Option<&str>) {
    match reference.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (reference, None),
    }
}

/// The facts of how many images are kept.
const MOST_KEPT: usize = 10_000;

/// Looks an image reference up; what is not known comes back as unknown.
pub fn look_up(reference: &str) -> Arc<ImageFacts> {
    static KEPT: Memo<String, Arc<ImageFacts>> = Memo::new(MOST_KEPT);
    KEPT.get(reference, 1, || Arc::new(named(reference)))
}

fn named(reference: &str) -> ImageFacts {
    let mut is_pinned = reference.contains('@');
    let reference = reference.split('@').next().unwrap_or(reference).to_ascii_lowercase();
    let (repository, tag) = split(&reference);
    let tag = tag.unwrap_or("latest");
    let repository = without_host(repository);
    let name = format!("{repository}:{tag}");
    is_pinned |= matches(BEFORE_THE_RECORDER, &name);
    let reference = Reference { repository, tag, name: &name };
    let mut rows = table::IMAGES.iter().chain(servers::IMAGES).chain(systems::IMAGES);
    let found = rows.find(|row| reference.is_of(row)).map(|row| reference.facts(row));
    let found = found.or_else(|| reference.by_its_words()).unwrap_or(ImageFacts::UNKNOWN);
    let says_update = matches(r"8u[0-9]|1\.8\.0|8\.0\.[0-9]|8\.[0-9]{3}", tag);
    if is_pinned && !says_update { without_recorder_of_8(found) } else { found }
}

/// Servers and tools that were released before the middle of 2020, when the recorder came to Java 8.
const BEFORE_THE_RECORDER: &str = r"(tomcat:(7\.0\.([0-9]|[1-9][0-9]|10[0-4])-|8\.0|8\.5\.([0-9]|[1-4][0-9]|5[0-6])-|9\.0\.([0-9]|[12][0-9]|3[0-6])-)|maven:3\.([0-5]\.|6\.[0-2]-))";

/// A digest, and a tag of before 2020, keep an image that may be years old: of Java 8 the update is not
/// known then, unless the tag says it.
fn without_recorder_of_8(found: ImageFacts) -> ImageFacts {
    let accepted = found.jvm.flight_recorder == FlightRecorder::Accepted;
    match found.jvm.java == Some(8) && accepted {
        true => ImageFacts {
            jvm: Jvm { flight_recorder: FlightRecorder::Unknown, ..found.jvm },
            ..found
        },
        false => found,
    }
}

impl Reference<'_> {
    fn is_of(&self, row: &Row) -> bool {
        let named = match row.name {
            Name::Official(name) => self.is_official(name),
            Name::Path(path) => self.repository.strip_suffix(path).is_some_and(ends_a_segment),
            Name::Matching(regex) => matches(regex, self.repository),
        };
        named && (row.tag.is_empty() || matches(row.tag, self.tag))
    }

    /// Whether it is the official image of that name, possibly through a mirror.
    fn is_official(&self, name: &str) -> bool {
        let Some(folder) = self.repository.strip_suffix(name) else { return false };
        let mut folders = folder.trim_end_matches('/').split('/');
        folder.is_empty() || (folder.ends_with('/') && folders.all(|one| matches(MIRROR, one)))
    }

    fn facts(&self, row: &Row) -> ImageFacts {
        let words = |words: Option<&[&str]>| {
            words.map(|words| words.iter().map(|word| (*word).to_owned()).collect())
        };
        ImageFacts {
            has_java: Some(row.has_java),
            jvm: if row.has_java { self.jvm(row) } else { Jvm::UNKNOWN },
            libc: (row.libc)(self.name),
            has_shell: (row.shell)(self.name),
            user: (row.user)(self.name).map(str::to_owned),
            entrypoint: words(row.entrypoint),
            cmd: words(row.cmd),
            workdir: row.workdir,
            environment: row.environment,
        }
    }

    fn jvm(&self, row: &Row) -> Jvm {
        let found = row.versions.iter().find_map(|regex| version::find(regex, self.name));
        let version = found.or(row.version);
        let vendor = row.vendor.or_else(|| Vendor::named_in(self.tag));
        let jvm = Jvm::new(vendor, version, row.current);
        Jvm { flight_recorder: row.recorder.unwrap_or(jvm.flight_recorder), ..jvm }
    }

    /// An image of no row whose name says that it is a JDK, or whose tag says which.
    fn by_its_words(&self) -> Option<ImageFacts> {
        let version = [version::BEHIND_JDK, version::BEFORE_JDK, version::WITH_UPDATE]
            .iter()
            .find_map(|regex| version::find(regex, self.name));
        let tag_says = version.is_some() && ["jdk", "jre"].iter().any(|one| self.tag.contains(one));
        let jvm = Jvm::new(Vendor::named_in(self.name), version, false);
        // A number that stands in front of `-jre` may be the image's own version.
        let behind = version::find(version::BEHIND_JDK, self.name).is_some();
        let flight_recorder = match behind || jvm.flight_recorder == FlightRecorder::Refused {
            true => jvm.flight_recorder,
            false => FlightRecorder::Unknown,
        };
        (tag_says || matches(SAYS_JDK, self.repository)).then_some(ImageFacts {
            has_java: Some(true),
            jvm: Jvm { flight_recorder, ..jvm },
            ..ImageFacts::UNKNOWN
        })
    }
}

/// A folder that only says where a copy of Docker's official images lies: a mirror, a cache, an
/// architecture. <https://github.com/docker-library/official-images#architectures-other-than-amd64>
const MIRROR: &str = "^(docker|library|amd64|i386|arm32v[567]|arm64v8|ppc64le|s390x|riscv64|\
                      [a-z0-9._-]*(mirror|proxy|cache|hub|remote)[a-z0-9._-]*)$";

/// Words of a repository's name that say that a JDK is in it.
const SAYS_JDK: &str =
    "jdk|jre|java([^s]|$)|graalvm|temurin|corretto|zulu|liberica|semeru|sapmachine|openj9";

fn ends_a_segment(before: &str) -> bool {
    before.is_empty() || before.ends_with('/')
}

/// Drops a registry's host: a first part with a dot or a port, as Docker tells it from a folder.
fn without_host(repository: &str) -> &str {
    match repository.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => rest,
        _ => repository,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_of_the_rows_compiles() {
        for row in table::IMAGES.iter().chain(servers::IMAGES).chain(systems::IMAGES) {
            let name = match row.name {
                Name::Matching(regex) => regex,
                Name::Official(_) | Name::Path(_) => "",
            };
            for regex in row.versions.iter().chain([
                &name,
                &row.tag,
                &MIRROR,
                &SAYS_JDK,
                &BEFORE_THE_RECORDER,
            ]) {
                assert!(pattern(regex).is_some(), "{regex}");
            }
        }
    }
}
