//! The rows of JDK images, and what a row is.
//!
//! Which version a tag without one stood for at its end is read from the history of
//! <https://github.com/docker-library/official-images/tree/master/library>.

use super::Libc;
use super::version::{BEFORE_JDK, BEHIND_JDK, FlightRecorder, IN_TAG, Vendor, Version};

/// An image, or some tags of it.
///
/// To add one: a row at its place (the first match wins) and lines in `testdata/images.tsv`.
#[derive(Debug)]
pub(super) struct Row {
    /// Whose row it is.
    pub(super) name: Name,
    /// Matches the tag; empty for every tag.
    pub(super) tag: &'static str,
    /// Whether a JVM is in it.
    pub(super) has_java: bool,
    /// Find major version and update in `repository:tag`; the first match wins.
    pub(super) versions: &'static [&'static str],
    /// The version where none of them finds one.
    pub(super) version: Option<Version>,
    /// Who built its JVM; `None` where the tag may say it.
    pub(super) vendor: Option<Vendor>,
    /// A Java 8 without its update is the latest one, or near to it.
    pub(super) current: bool,
    /// Where vendor and version do not decide.
    pub(super) recorder: Option<FlightRecorder>,
    /// By `repository:tag`, as the next two.
    pub(super) libc: fn(&str) -> Option<Libc>,
    pub(super) shell: fn(&str) -> Option<bool>,
    pub(super) user: fn(&str) -> Option<&'static str>,
    pub(super) entrypoint: Option<&'static [&'static str]>,
    pub(super) cmd: Option<&'static [&'static str]>,
    /// Its WORKDIR; `None` where that is not known, or `/`.
    pub(super) workdir: Option<&'static str>,
    /// The variables of its ENV that say where things lie.
    pub(super) environment: &'static [(&'static str, &'static str)],
}

/// What an image is called, without the registry's host.
#[derive(Debug)]
pub(super) enum Name {
    /// One of Docker's official images, also through a mirror.
    Official(&'static str),
    /// The end of the repository's path.
    Path(&'static str),
    /// A regular expression on the repository.
    Matching(&'static str),
}

/// A JDK image on an ordinary system.
pub(super) const JDK: Row = Row {
    name: Name::Path(""),
    tag: "",
    has_java: true,
    versions: &[IN_TAG],
    version: None,
    vendor: None,
    current: false,
    recorder: None,
    libc: libc_by_name,
    shell: |_| Some(true),
    user: root,
    entrypoint: None,
    cmd: None,
    workdir: None,
    environment: &[],
};

/// A JDK of which only the name is known.
const NAMED: Row = Row {
    versions: &[BEHIND_JDK, BEFORE_JDK, IN_TAG],
    libc: |_| None,
    shell: |_| None,
    user: |_| None,
    ..JDK
};

/// Docker's openjdk: <https://hub.docker.com/_/openjdk>.
const OPENJDK: Row = Row {
    name: Name::Official("openjdk"),
    vendor: Some(Vendor::OpenJdk),
    entrypoint: Some(&[]),
    cmd: Some(&["jshell"]),
    ..JDK
};

/// An image whose JVM is Oracle's Java 8 where its tag says no other.
const ORACLE: Row =
    Row { versions: NUMBERS, version: java(8), vendor: Some(Vendor::Oracle), ..JDK };

/// Oracle's Java, laid with the GNU library over Alpine.
const ORACLE_ON_ALPINE: Row = Row { libc: glibc, ..ORACLE };

/// `8`, `jdk-8`, `jre8`, `8_server-jre`, `oracle-java8`.
const NUMBERS: &[&str] = &[BEHIND_JDK, r":([0-9]+)(?:u([0-9]+))?"];

pub(super) const fn java(major: u32) -> Option<Version> {
    Some(Version { major, update: None })
}

const fn java_8(update: u32) -> Option<Version> {
    Some(Version { major: 8, update: Some(update) })
}

pub(super) const REFUSED: Option<FlightRecorder> = Some(FlightRecorder::Refused);
const ACCEPTED: Option<FlightRecorder> = Some(FlightRecorder::Accepted);
const UNKNOWN: Option<FlightRecorder> = Some(FlightRecorder::Unknown);

/// Alpine's own library where the name says Alpine or musl.
pub(super) fn libc_by_name(name: &str) -> Option<Libc> {
    let musl = ["alpine", "musl"].iter().any(|word| name.contains(word));
    Some(if musl { Libc::Musl } else { Libc::Glibc })
}

pub(super) fn glibc(_: &str) -> Option<Libc> {
    Some(Libc::Glibc)
}

pub(super) fn root(_: &str) -> Option<&'static str> {
    Some("root")
}

/// Distroless: a shell (busybox) only in the tags for debugging.
pub(super) fn shell_for_debugging(name: &str) -> Option<bool> {
    Some(name.contains("debug"))
}

/// Distroless: the tags `nonroot` have the user of that name.
pub(super) fn nonroot_by_name(name: &str) -> Option<&'static str> {
    Some(if name.contains("nonroot") { "65532" } else { "root" })
}

pub(super) const IMAGES: &[Row] = &[
    // https://github.com/GoogleContainerTools/distroless/tree/main/java: Debian's JDK up to
    // Debian 12, Temurin from 13 on.
    Row {
        name: Name::Matching(r"(^|/)distroless/java[0-9]+-debian13$"),
        versions: &[r"/java([0-9]+)"],
        vendor: Some(Vendor::Temurin),
        ..DISTROLESS
    },
    DISTROLESS,
    // https://hub.docker.com/_/java: retired in 2016 with 8u111, 7u111 and 6b38.
    Row {
        name: Name::Official("java"),
        tag: r"^(latest|(open)?jdk|(open)?jre|alpine|[6-9]|(open)?jdk-[6-9]|(open)?jre-[6-9])([-u.b].*)?$",
        version: java_8(111),
        recorder: REFUSED,
        cmd: Some(&["bash"]),
        ..OPENJDK
    },
    // What tags without a number stood for at last. Alpine's Java 8 ended in 2019 with 8u212,
    // Debian stretch's with 8u242, the others with 8u342.
    Row { tag: "^((jdk|jre)-)?alpine", versions: &[], version: java_8(171), ..OPENJDK },
    Row { tag: "^8(-jdk|-jre)?-alpine", versions: &[], version: java_8(212), ..OPENJDK },
    Row {
        tag: "^8(-jdk|-jre)?(-slim)?-(stretch|jessie)$",
        versions: &[],
        version: java_8(242),
        ..OPENJDK
    },
    Row {
        tag: "^8(-jdk|-jre)?(-slim)?(-(buster|bullseye|oracle.*))?$",
        versions: &[],
        version: java_8(342),
        ..OPENJDK
    },
    Row { tag: "^jre", version: java(11), ..OPENJDK },
    Row { tag: "^(latest|jdk|slim|oracle)", version: java(18), ..OPENJDK },
    OPENJDK,
    // Built for Raspberry Pi until 2017: https://hub.docker.com/r/armhf/openjdk
    Row { name: Name::Path("armhf/openjdk"), user: |_| None, ..OPENJDK },
    // https://github.com/adoptium/containers
    Row {
        name: Name::Official("eclipse-temurin"),
        version: java(25),
        vendor: Some(Vendor::Temurin),
        current: true,
        entrypoint: Some(&["/__cacert_entrypoint.sh"]),
        ..OPENJDK
    },
    // https://github.com/AdoptOpenJDK/openjdk-docker: retired in 2021 with 8u292; its Alpine has
    // the GNU library.
    Row { tag: "openj9", vendor: Some(Vendor::OpenJ9), ..ADOPT },
    ADOPT,
    Row {
        name: Name::Matching("^adoptopenjdk/openjdk[0-9]+-openj9$"),
        vendor: Some(Vendor::OpenJ9),
        ..ADOPT_BY_VERSION
    },
    Row { tag: "openj9", vendor: Some(Vendor::OpenJ9), ..ADOPT_BY_VERSION },
    ADOPT_BY_VERSION,
    // https://github.com/corretto/corretto-docker
    Row {
        name: Name::Path("amazoncorretto"),
        version: java(8),
        vendor: Some(Vendor::Corretto),
        current: true,
        cmd: Some(&[]),
        ..OPENJDK
    },
    // https://docs.aws.amazon.com/lambda/latest/dg/java-image.html
    Row {
        name: Name::Path("lambda/java"),
        vendor: Some(Vendor::Corretto),
        user: |_| None,
        entrypoint: Some(&["/lambda-entrypoint.sh"]),
        workdir: Some("/var/task"),
        environment: &[("LAMBDA_TASK_ROOT", "/var/task")],
        ..JDK
    },
    // https://hub.docker.com/u/azul: the distroless one has no shell.
    Row {
        name: Name::Matching("(^|/)zulu-openjdk-distroless$"),
        vendor: Some(Vendor::Zulu),
        shell: |_| Some(false),
        user: |_| None,
        ..JDK
    },
    Row {
        name: Name::Matching("(^|/)zulu-openjdk(-[a-z]+)?$"),
        vendor: Some(Vendor::Zulu),
        current: true,
        ..JDK
    },
    // https://docs.azul.com/prime: Zing, a VM of its own.
    Row { name: Name::Path("azul/prime"), recorder: UNKNOWN, user: |_| None, ..JDK },
    // https://hub.docker.com/u/bellsoft: lite, slim and CRaC builds lack modules.
    Row { tag: "slim|lite|crac", recorder: UNKNOWN, ..LIBERICA },
    LIBERICA,
    // https://github.com/ibmruntimes/semeru-containers
    Row {
        name: Name::Matching("(^|/)(ibm-semeru-runtimes|semeru-runtimes|ibmjava)$"),
        version: java(8),
        vendor: Some(Vendor::OpenJ9),
        ..JDK
    },
    // https://github.com/microsoft/openjdk-docker
    Row {
        name: Name::Path("openjdk/jdk"),
        vendor: Some(Vendor::Microsoft),
        shell: |name| Some(!name.contains("distroless")),
        user: |name| (!name.contains("distroless")).then_some("root"),
        ..JDK
    },
    // https://catalog.redhat.com/software/containers/ubi9/openjdk-21
    Row {
        name: Name::Matching("(^|/)ubi[0-9]+/openjdk-[0-9]+(-runtime)?$"),
        versions: &[r"/openjdk-([0-9]+)"],
        vendor: Some(Vendor::RedHat),
        current: true,
        user: |_| Some("185"),
        entrypoint: Some(&[]),
        cmd: Some(&["/usr/local/s2i/run"]),
        ..JDK
    },
    // https://github.com/fabric8io-images/java: their CMD is the script that is described in `launchers`.
    Row {
        name: Name::Matching("(^|/)fabric8/java-[a-z0-9-]*(openjdk|jboss)[a-z0-9-]*$"),
        versions: &[r"openjdk-?([0-9]+)"],
        user: |_| None,
        entrypoint: Some(&[]),
        cmd: Some(&["/deployments/run-java.sh"]),
        environment: &[("JAVA_APP_DIR", "/deployments")],
        ..JDK
    },
    // Red Hat's "OpenJDK 18" is 1.8: https://catalog.redhat.com/software/containers/redhat-openjdk-18/openjdk18-openshift
    Row {
        name: Name::Matching("openjdk-?18-openshift$"),
        versions: &[r"openjdk-?1(8)-openshift"],
        vendor: Some(Vendor::RedHat),
        user: |_| None,
        ..JDK
    },
    // https://github.com/graalvm/container: up to 21.0 the one without a number is Java 8.
    Row {
        name: Name::Path("oracle/graalvm-ce"),
        tag: "^(19|20)[0-9.]*$",
        versions: &[],
        version: java(8),
        ..GRAALVM
    },
    GRAALVM,
    // https://github.com/SAP/SapMachine-infrastructure
    Row {
        name: Name::Official("sapmachine"),
        version: java(26),
        vendor: Some(Vendor::SapMachine),
        entrypoint: Some(&[]),
        cmd: Some(&["jshell"]),
        ..JDK
    },
    Row {
        name: Name::Matching("(^|/)sapmachine/jdk[0-9]+$"),
        vendor: Some(Vendor::SapMachine),
        ..NAMED
    },
    // https://images.chainguard.dev/directory/image/jre/overview: Wolfi's packages, glibc.
    Row {
        name: Name::Matching("(^|/)chainguard(-private)?/(jre|jdk|jre-lts|jdk-lts)$"),
        versions: &[r":openjdk-([0-9]+)"],
        vendor: Some(Vendor::Distribution),
        recorder: ACCEPTED,
        libc: glibc,
        shell: |name| Some(name.contains("jdk:") || name.contains("-dev")),
        user: |_| Some("65532"),
        entrypoint: None,
        ..JDK
    },
    // https://github.com/Docker-Hub-frolvlad/docker-alpine-java and others that put Oracle's Java
    // on a small system.
    Row { name: Name::Matching("^frolvlad/alpine-oraclej(dk|re)[0-9]"), ..ORACLE_ON_ALPINE },
    Row { name: Name::Path("anapsix/alpine-java"), ..ORACLE_ON_ALPINE },
    Row { name: Name::Matching("^jeanblanchard/(busybox-)?java$"), ..ORACLE_ON_ALPINE },
    Row { name: Name::Path("develar/java"), ..ORACLE_ON_ALPINE },
    Row { name: Name::Path("isuper/java-oracle"), ..ORACLE },
    Row { name: Name::Matching("^store/oracle/serverjre$"), ..ORACLE },
    Row { name: Name::Matching("^williamyeh/java[0-9]$"), ..ORACLE },
    Row { name: Name::Path("hauptmedia/java"), tag: "oracle", ..ORACLE },
    Row { name: Name::Path("dockerfile/java"), tag: "oracle|latest", version: None, ..ORACLE },
    Row { name: Name::Path("dockerfile/java"), versions: NUMBERS, ..JDK },
    Row { name: Name::Path("netflixoss/java"), user: |_| None, ..ORACLE },
    Row { name: Name::Path("airdock/oracle-jdk"), user: |_| None, ..ORACLE },
];

const DISTROLESS: Row = Row {
    name: Name::Matching(r"(^|/)distroless/java[0-9]*(-debian[0-9]+)?$"),
    versions: &[r"/java([0-9]+)", r":([0-9]+)"],
    vendor: Some(Vendor::Distribution),
    shell: shell_for_debugging,
    user: nonroot_by_name,
    entrypoint: Some(&["/usr/bin/java", "-jar"]),
    ..JDK
};

const ADOPT: Row = Row {
    name: Name::Official("adoptopenjdk"),
    version: java(16),
    vendor: Some(Vendor::AdoptOpenJdk),
    current: true,
    libc: glibc,
    entrypoint: Some(&[]),
    ..JDK
};

const ADOPT_BY_VERSION: Row = Row {
    name: Name::Matching("^adoptopenjdk/openjdk[0-9]+$"),
    versions: &[r":(?:jdk|jre)-?(8)u([0-9]+)", r"/openjdk([0-9]+)"],
    ..ADOPT
};

const LIBERICA: Row = Row {
    name: Name::Matching("(^|/)liberica-(openjdk|openjre|runtime-container)(-[a-z-]+)?$"),
    versions: &[IN_TAG, BEHIND_JDK],
    vendor: Some(Vendor::Liberica),
    current: true,
    // Their "alpine" is Alpine with the GNU library, "alpine-musl" is Alpine as it is.
    libc: |name| Some(if name.contains("musl") { Libc::Musl } else { Libc::Glibc }),
    ..JDK
};

const GRAALVM: Row = Row {
    name: Name::Matching(
        "(^|/)graalvm/(jdk|graalvm|native-image)(-ce|-community)?$|(^|/)oracle/graalvm-ce$",
    ),
    versions: &[r"java([0-9]+)", r"/(?:jdk|native-image)(?:-community)?:([0-9]+)"],
    vendor: Some(Vendor::GraalVm),
    ..JDK
};
