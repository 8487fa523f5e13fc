//! What is known of a base image from its name alone.

use std::sync::LazyLock;

use regex_lite::Regex;

/// Whether a JVM starts when `-XX:FlightRecorderOptions` is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlightRecorder {
    /// It is accepted.
    Accepted,
    /// The JVM exits with 1: `Unrecognized VM option 'FlightRecorderOptions…'`.
    Refused,
    /// Nothing is known: the option stays out.
    Unknown,
}

/// What is known of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImageFacts {
    /// The image carries a JVM, whatever its version.
    pub has_java: bool,
    /// The Java major version.
    pub java: Option<u32>,
    /// Whether its JVM takes FlightRecorderOptions.
    pub flight_recorder: FlightRecorder,
    /// Its ENTRYPOINT; `None` when that is not known.
    pub entrypoint: Option<&'static [&'static str]>,
    /// Its CMD; `None` when that is not known.
    pub cmd: Option<&'static [&'static str]>,
}

/// An image of which nothing is known.
pub const UNKNOWN: ImageFacts = ImageFacts {
    has_java: false,
    java: None,
    flight_recorder: FlightRecorder::Unknown,
    entrypoint: None,
    cmd: None,
};

/// A row of [`IMAGES`].
///
/// To add one: a row at its place (the first match wins) and lines in the table test below.
#[derive(Debug)]
struct Image {
    /// Matches the repository, without registry host, tag and digest.
    repository: &'static str,
    /// Find the major version (and, for 8, the update) in `repository:tag`; the first match wins.
    versions: &'static [&'static str],
    /// The version of a tag without one (`latest`), where that is known.
    latest: Option<Version>,
    flight_recorder: fn(Option<Version>, &str) -> FlightRecorder,
    entrypoint: Option<&'static [&'static str]>,
    cmd: Option<&'static [&'static str]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Version {
    major: u32,
    update: Option<u32>,
}

/// `17`, `17.0.2`, `8u212`, `1.8.0_212`, right behind the colon.
const IN_TAG: &str =
    r":(?:open|openjdk-|jdk-?|jre-?)?(?:1\.)?([0-9]+)(?:(?:u|\.0_|\.0\.)([0-9]+))?";
/// A number behind the name of a JDK: `jdk17`, `openjdk11`, `jdk-8u252`, `eclipse-temurin-17`.
const BEHIND_JDK: &str = r"(?:jdk|jre|java|temurin|corretto|semeru|zulu|liberica|sapmachine)[-_:]?(?:1\.)?([0-9]+)(?:u([0-9]+))?";
/// A number in front of one: `17-jre`, `8u222-b10-jdk`, `11.0.3-slim-jdk`.
const BEFORE_JDK: &str = r"[-:_](?:1\.)?([0-9]+)(?:u([0-9]+))?(?:[-._+][a-z0-9._+-]*)?-(?:jdk|jre)";

/// Known images; an official one is known by its own name, also through a mirror; facts and sources in the order of the registries' own documentation.
const IMAGES: &[Image] = &[
    // https://github.com/GoogleContainerTools/distroless/tree/main/java
    Image {
        repository: r"(^|/)distroless/java[0-9]*(-debian[0-9]+)?$",
        versions: &[r"/java([0-9]+)", r":([0-9]+)"],
        latest: None,
        flight_recorder: |version, _| with_recorder(version),
        entrypoint: Some(&["/usr/bin/java", "-jar"]),
        cmd: None,
    },
    // https://hub.docker.com/_/java: retired in 2016 with 8u111, 7u111 and 6b38.
    Image {
        repository: r"^(?:(?:library|[a-z0-9._-]*(?:mirror|proxy|cache|hub|remote)[a-z0-9._-]*)/)*java$",
        versions: &[IN_TAG],
        latest: Some(Version { major: 8, update: Some(111) }),
        flight_recorder: |_, _| FlightRecorder::Refused,
        entrypoint: Some(&[]),
        cmd: Some(&["bash"]),
    },
    // https://hub.docker.com/_/openjdk: 8-alpine is frozen at 8u212; Debian's 8 ended with 8u342.
    Image {
        repository: r"^(?:(?:library|[a-z0-9._-]*(?:mirror|proxy|cache|hub|remote)[a-z0-9._-]*)/)*openjdk$",
        versions: &[IN_TAG],
        latest: None,
        flight_recorder: |version, tag| match version {
            Some(Version { major: 8, update: None }) => openjdk_8(tag),
            // Upstream builds have the recorder from 8u272 on.
            version => hotspot(version, 272),
        },
        entrypoint: Some(&[]),
        cmd: Some(&["jshell"]),
    },
    // https://github.com/adoptium/containers
    Image {
        repository: r"^(?:(?:library|[a-z0-9._-]*(?:mirror|proxy|cache|hub|remote)[a-z0-9._-]*)/)*eclipse-temurin$",
        versions: &[IN_TAG],
        latest: Some(Version { major: 21, update: None }),
        flight_recorder: |version, _| with_recorder(version),
        entrypoint: Some(&["/__cacert_entrypoint.sh"]),
        cmd: Some(&["jshell"]),
    },
    // https://github.com/corretto/corretto-docker
    Image {
        repository: r"^(?:(?:library|[a-z0-9._-]*(?:mirror|proxy|cache|hub|remote)[a-z0-9._-]*)/)*(amazoncorretto/)?amazoncorretto$",
        versions: &[IN_TAG],
        latest: Some(Version { major: 8, update: None }),
        flight_recorder: |version, _| with_recorder(version),
        entrypoint: Some(&[]),
        cmd: Some(&[]),
    },
    // https://catalog.redhat.com/software/containers/ubi9/openjdk-17
    Image {
        repository: r"(^|/)ubi[0-9]+/openjdk-[0-9]+(-runtime)?$",
        versions: &[r"/openjdk-([0-9]+)"],
        latest: None,
        flight_recorder: |version, _| with_recorder(version),
        entrypoint: Some(&[]),
        cmd: Some(&["/usr/local/s2i/run"]),
    },
    // Red Hat's "OpenJDK 18" is 1.8: https://catalog.redhat.com/software/containers/redhat-openjdk-18/openjdk18-openshift
    Image {
        repository: r"openjdk-?18-openshift$",
        versions: &[r"openjdk-?1(8)-openshift"],
        latest: None,
        flight_recorder: |_, _| FlightRecorder::Unknown,
        entrypoint: None,
        cmd: None,
    },
    // https://hub.docker.com/_/maven: its ENTRYPOINT runs its arguments.
    Image {
        repository: r"^(?:(?:library|[a-z0-9._-]*(?:mirror|proxy|cache|hub|remote)[a-z0-9._-]*)/)*maven$",
        versions: &[BEHIND_JDK, BEFORE_JDK],
        latest: None,
        flight_recorder: |version, _| hotspot(version, u32::MAX),
        entrypoint: Some(&["/usr/local/bin/mvn-entrypoint.sh"]),
        cmd: Some(&["mvn"]),
    },
    // OpenJ9 ignores the option: it does nothing there, so it stays out.
    Image {
        repository: r"(^|/)(ibm-semeru-runtimes|ibmjava)$|openj9",
        versions: &[IN_TAG, BEHIND_JDK],
        latest: None,
        flight_recorder: |_, _| FlightRecorder::Unknown,
        entrypoint: None,
        cmd: None,
    },
    // https://github.com/docker-library/tomcat
    Image {
        repository: r"^(?:(?:library|[a-z0-9._-]*(?:mirror|proxy|cache|hub|remote)[a-z0-9._-]*)/)*tomcat$",
        versions: &[BEHIND_JDK, BEFORE_JDK],
        latest: None,
        flight_recorder: any_vendor,
        entrypoint: Some(&[]),
        cmd: Some(&["catalina.sh", "run"]),
    },
    // https://github.com/jetty/jetty.docker
    Image {
        repository: r"^(?:(?:library|[a-z0-9._-]*(?:mirror|proxy|cache|hub|remote)[a-z0-9._-]*)/)*jetty$",
        versions: &[BEHIND_JDK, BEFORE_JDK],
        latest: None,
        flight_recorder: any_vendor,
        entrypoint: Some(&["/docker-entrypoint.sh"]),
        cmd: None,
    },
    // Application servers and build tools: they carry a JVM, and no name says which.
    Image {
        repository: r"(^|[/_-])(tomcat|jetty|wildfly|wildfly-[a-z]+|jboss[a-z-]*|keycloak|payara|glassfish|open-liberty|websphere-liberty|gradle|maven|sbt|jenkins|drools-workbench|kie-server)([0-9._-]|$)|(^|/)jboss/",
        versions: &[BEHIND_JDK, BEFORE_JDK],
        latest: None,
        flight_recorder: any_vendor,
        entrypoint: None,
        cmd: None,
    },
    // Any other name that says that it is a JDK.
    Image {
        repository: r"jdk|jre|java([^s]|$)|graalvm|temurin|corretto|zulu|liberica|semeru|sapmachine",
        versions: &[BEHIND_JDK, BEFORE_JDK],
        latest: None,
        flight_recorder: any_vendor,
        entrypoint: None,
        cmd: None,
    },
    // Any other image whose tag says jdk or jre and a number: tomcat:9-jdk11.
    Image {
        repository: "",
        versions: &[BEHIND_JDK, BEFORE_JDK],
        latest: None,
        flight_recorder: any_vendor,
        entrypoint: None,
        cmd: None,
    },
];

/// A JVM whose vendor the name does not tell: of Java 8 only a late update is sure.
fn any_vendor(version: Option<Version>, name: &str) -> FlightRecorder {
    if name.contains("openj9") {
        return FlightRecorder::Unknown;
    }
    hotspot(version, 272)
}

/// Docker's openjdk:8 by the system that its tag names: the frozen Alpine one is 8u212, the last
/// Debian and Oracle Linux ones are 8u342; of older Debians nothing is known.
fn openjdk_8(name: &str) -> FlightRecorder {
    match name {
        name if name.contains("alpine") => FlightRecorder::Refused,
        name if ["stretch", "jessie", "wheezy"].iter().any(|old| name.contains(old)) => {
            FlightRecorder::Unknown
        }
        _ => FlightRecorder::Accepted,
    }
}

/// Builds that have the recorder in every release of 8 and from 11 on.
fn with_recorder(version: Option<Version>) -> FlightRecorder {
    match version {
        Some(Version { major: 8, update: None }) => FlightRecorder::Accepted,
        version => hotspot(version, 262),
    }
}

/// OpenJDK's HotSpot: in 8 from `first_update` on, not before 8 nor in 9 and 10, from 11 on.
/// <https://docs.datadoghq.com/profiler/profiler_troubleshooting/java/>
fn hotspot(version: Option<Version>, first_update: u32) -> FlightRecorder {
    match version {
        None => FlightRecorder::Unknown,
        Some(Version { major: 8, update: None }) => FlightRecorder::Unknown,
        Some(Version { major: 8, update: Some(update) }) if update >= first_update => {
            FlightRecorder::Accepted
        }
        Some(Version { major: 0..=10, .. }) => FlightRecorder::Refused,
        Some(_) => FlightRecorder::Accepted,
    }
}

static PATTERNS: LazyLock<Vec<(Option<Regex>, Vec<Regex>)>> = LazyLock::new(|| {
    // A pattern that does not compile would match nothing; a test compiles each of them.
    let compile = |pattern: &str| Regex::new(pattern).ok();
    let row = |image: &Image| {
        let versions = image.versions.iter().filter_map(|pattern| compile(pattern));
        (compile(image.repository), versions.collect())
    };
    IMAGES.iter().map(row).collect()
});

/// Whether a CMD is what an image for the use of others starts: a shell, a build tool, or nothing.
pub fn starts_no_application(cmd: &[&str]) -> bool {
    cmd.first().is_none_or(|program| ["jshell", "mvn", "gradle", "bash"].contains(program))
}

/// Looks an image reference up; what is not known comes back as unknown.
pub fn look_up(reference: &str) -> ImageFacts {
    let reference = reference.split('@').next().unwrap_or(reference).to_ascii_lowercase();
    let (repository, tag) = match reference.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (reference.as_str(), "latest"),
    };
    let repository = without_host(repository);
    let name = format!("{repository}:{tag}");
    for (image, patterns) in IMAGES.iter().zip(PATTERNS.iter()) {
        let (Some(repository_pattern), version_patterns) = patterns else { continue };
        if !repository_pattern.is_match(repository) {
            continue;
        }
        let version = version_patterns.iter().find_map(|pattern| version(pattern, &name));
        let version = version.or(image.latest.filter(|_| tag == "latest"));
        let says_java = ["jdk", "jre"].iter().any(|part| tag.contains(part));
        if version.is_none() && image.repository.is_empty() && !says_java {
            continue;
        }
        return ImageFacts {
            has_java: true,
            java: version.map(|version| version.major),
            flight_recorder: (image.flight_recorder)(version, &name),
            entrypoint: image.entrypoint,
            cmd: image.cmd,
        };
    }
    UNKNOWN
}

/// Drops a registry's host: a first part with a dot or a port, as Docker tells it from a folder.
fn without_host(repository: &str) -> &str {
    match repository.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => rest,
        _ => repository,
    }
}

/// The first number that the pattern captures is the major version, the second the update.
fn version(pattern: &Regex, name: &str) -> Option<Version> {
    let captures = pattern.captures(name)?;
    let mut numbers = captures.iter().skip(1).flatten().map(|found| found.as_str().parse().ok());
    let major = numbers.next()??;
    // Smaller and larger numbers are versions of something else.
    let update = numbers.next().flatten();
    (5..100).contains(&major).then_some(Version { major, update: update.filter(|_| major == 8) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for (image, (repository, versions)) in IMAGES.iter().zip(PATTERNS.iter()) {
            assert!(repository.is_some() && versions.len() == image.versions.len(), "{image:?}");
        }
    }

    #[test]
    fn references_are_read() {
        let table = [
            ("eclipse-temurin:17-jre", Some(17), 'y'),
            ("docker.io/library/eclipse-temurin:17.0.8_7-jre-alpine@sha256:0", Some(17), 'y'),
            ("eclipse-temurin:8u402-b06-jre", Some(8), 'y'),
            ("eclipse-temurin", Some(21), 'y'),
            ("public.ecr.aws/amazoncorretto/amazoncorretto:21-alpine", Some(21), 'y'),
            ("amazoncorretto:8", Some(8), 'y'),
            ("openjdk:8-jre-alpine", Some(8), 'n'),
            ("openjdk:8u212-jdk-alpine", Some(8), 'n'),
            ("openjdk:8-jdk-slim", Some(8), 'y'),
            ("openjdk:8u272", Some(8), 'y'),
            ("openjdk:8u265", Some(8), 'n'),
            ("openjdk:7-jre", Some(7), 'n'),
            ("openjdk:10-jre-slim", Some(10), 'n'),
            ("openjdk:11", Some(11), 'y'),
            ("openjdk:11.0.1-jre-slim", Some(11), 'y'),
            ("registry.example.com:5000/mirror/openjdk:17-alpine", Some(17), 'y'),
            ("openjdk", None, '?'),
            ("java:8", Some(8), 'n'),
            ("java:openjdk-7-jre", Some(7), 'n'),
            ("java", Some(8), 'n'),
            ("java:8u111-jre", Some(8), 'n'),
            ("gcr.io/distroless/java17-debian12:nonroot", Some(17), 'y'),
            ("gcr.io/distroless/java:11", Some(11), 'y'),
            ("registry.access.redhat.com/ubi8/openjdk-17-runtime:1.18", Some(17), 'y'),
            ("adoptopenjdk/openjdk11:alpine-jre", Some(11), 'y'),
            ("adoptopenjdk:11-jre-hotspot", Some(11), 'y'),
            ("adoptopenjdk/openjdk8-openj9:alpine", Some(8), '?'),
            ("azul/zulu-openjdk-alpine:17-jre", Some(17), 'y'),
            ("frolvlad/alpine-oraclejdk8:slim", Some(8), '?'),
            ("maven:3.9-eclipse-temurin-17", Some(17), 'y'),
            ("maven:3-jdk-11", Some(11), 'y'),
            ("maven:3-jdk-8", Some(8), '?'),
            ("maven:3.6.1-jdk-8-alpine", Some(8), '?'),
            ("gradle:4.7-jdk8-alpine", Some(8), '?'),
            ("adoptopenjdk:8u292-b10-jdk-hotspot", Some(8), 'y'),
            ("example/openjdk:2.1", None, '?'),
            ("example/openjdk8:1", Some(8), '?'),
            ("redhat-openjdk-18/openjdk18-openshift:1.6", Some(8), '?'),
            ("registry.example.com/platform/java-base:12", None, '?'),
            ("example/java-payments:42", None, '?'),
            ("oracle/openjdk:8", Some(8), '?'),
            ("openjdk:8-jdk-stretch", Some(8), '?'),
            ("public.ecr.aws/lambda/java:17", Some(17), 'y'),
            ("jetty:9.3.6-jre8", Some(8), '?'),
            ("gradle:7.4-jdk17", Some(17), 'y'),
            ("tomcat:9.0-jdk11-openjdk", Some(11), 'y'),
            ("tomcat:8.5.50-jdk8-openjdk", Some(8), '?'),
            ("mcr.microsoft.com/openjdk/jdk:17-ubuntu", Some(17), 'y'),
        ];
        for (reference, java, recorder) in table {
            let facts = look_up(reference);
            let expected = match recorder {
                'y' => FlightRecorder::Accepted,
                'n' => FlightRecorder::Refused,
                _ => FlightRecorder::Unknown,
            };
            assert_eq!((facts.java, facts.flight_recorder), (java, expected), "{reference}");
            assert!(facts.has_java, "{reference}");
        }
        for reference in [
            "ubuntu:22.04",
            "node:20",
            "example/javascript:8",
            "scratch",
            "registry.example.com/base:1",
        ] {
            assert_eq!(look_up(reference), UNKNOWN, "{reference}");
        }
    }
}
