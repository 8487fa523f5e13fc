//! JVMs that a RUN installs or downloads, by the names of packages and archives.

use crate::effects::Command;
use crate::images::{Jvm, Vendor, Version, find_version, pattern};
use crate::wrappers::base_name;

/// A name of a package or an archive: its expression, whose groups are major version and update.
struct Named {
    regex: &'static str,
    vendor: Vendor,
}

const fn named(vendor: Vendor, regex: &'static str) -> Named {
    Named { regex, vendor }
}

/// Packages of apt, apk, yum, dnf, zypper and pacman, the first match wins.
///
/// To add one: a row, and a line in the test below.
const PACKAGES: &[Named] = &[
    // https://packages.debian.org/openjdk, https://pkgs.alpinelinux.org/packages?name=openjdk*
    named(
        Vendor::Distribution,
        r"^openjdk-?([0-9]+)(?:-(?:jre|jdk|default-jvm)[a-z-]*)?(?:[~:<>=]+(?:8u|8\.)?([0-9]*).*)?$",
    ),
    named(Vendor::Distribution, r"^default-(?:jre|jdk)[a-z-]*$"),
    // https://packages.fedoraproject.org/search?query=openjdk
    named(
        Vendor::Distribution,
        r"^java-(?:1\.)?([0-9]+)(?:\.0)?(?:-openjdk)?(?:-devel|-headless|-jre)*(?:-1\.8\.0\.([0-9]+).*)?(?:\.[a-z0-9_]+)?$",
    ),
    named(Vendor::Distribution, r"^java-latest-openjdk"),
    named(Vendor::Distribution, r"^(?:jre|jdk)([0-9]+)?-openjdk(?:-headless)?$"),
    // https://docs.aws.amazon.com/corretto/
    named(Vendor::Corretto, r"^java-(?:1\.)?([0-9]+)(?:\.0)?-amazon-corretto"),
    named(Vendor::Corretto, r"^amazon-corretto-([0-9]+)"),
    named(Vendor::Temurin, r"^temurin-([0-9]+)-(?:jdk|jre)"),
    named(Vendor::OpenJ9, r"^(?:ibm-semeru-open-|adoptopenjdk-)([0-9]+)-.*(?:jdk|jre|openj9)$"),
    named(Vendor::AdoptOpenJdk, r"^adoptopenjdk-([0-9]+)-hotspot"),
    named(Vendor::Zulu, r"^zulu-?([0-9]+)"),
    named(Vendor::Microsoft, r"^msopenjdk-([0-9]+)"),
    named(Vendor::Liberica, r"^bellsoft-java([0-9]+)"),
    named(Vendor::SapMachine, r"^sapmachine-([0-9]+)"),
    named(Vendor::Oracle, r"^oracle-java([0-9]+)-(?:installer|set-default)"),
    named(Vendor::Oracle, r"^(?:jdk|jre)-?(?:1\.)?([0-9]+)(?:\.[0-9._]+)?(?:-oracle.*)?$"),
];

/// Programs that install packages, and the words that say so.
const INSTALLERS: &[&str] = &[
    "apt-get",
    "apt",
    "aptitude",
    "apk",
    "yum",
    "dnf",
    "microdnf",
    "tdnf",
    "zypper",
    "pacman",
    "install_packages",
    "clean-install",
    "rpm",
];
const INSTALL: &[&str] = &[
    "install",
    "add",
    "localinstall",
    "in",
    "-S",
    "-Sy",
    "-Syu",
    "install_packages",
    "clean-install",
];

/// Archives, in the text of a RUN or among the sources of an ADD.
const ARCHIVES: &[Named] = &[
    named(Vendor::OpenJ9, r"OpenJDK([0-9]+)U?-(?:jdk|jre)_[a-z0-9_-]+_openj9"),
    named(Vendor::Temurin, r"OpenJDK([0-9]+)U?-(?:jdk|jre)_[a-z0-9_-]+_hotspot_(?:8u([0-9]+))?"),
    named(Vendor::OpenJ9, r"ibm-semeru-open-(?:jdk|jre)_[a-z0-9_-]+_([0-9]+)"),
    named(
        Vendor::Zulu,
        r"zulu([0-9]+)\.[0-9.]+-(?:ca-)?[a-z0-9.-]*?(?:jdk|jre)(?:8\.0\.([0-9]+))?",
    ),
    named(Vendor::Corretto, r"amazon-corretto-([0-9]+)[0-9.x-]"),
    named(Vendor::Liberica, r"bellsoft-(?:jdk|jre)([0-9]+)(?:u([0-9]+))?"),
    named(Vendor::GraalVm, r"graalvm-(?:ce-)?(?:java|community-jdk-|jdk-)([0-9]+)"),
    named(Vendor::Microsoft, r"microsoft-jdk-([0-9]+)"),
    named(Vendor::SapMachine, r"sapmachine-(?:jdk|jre)-([0-9]+)"),
    named(Vendor::OpenJdk, r"openjdk-([0-9]+)[0-9.+]*_(?:linux|alpine)"),
    named(Vendor::Oracle, r"(?:jdk|jre)-([0-9]+)(?:u([0-9]+))?[0-9.]*[-_]linux"),
];

/// The distributions that SDKMAN names behind the version: <https://sdkman.io/jdks>.
const SDKMAN: &[(&str, Vendor)] = &[
    ("tem", Vendor::Temurin),
    ("adpt", Vendor::AdoptOpenJdk),
    ("amzn", Vendor::Corretto),
    ("zulu", Vendor::Zulu),
    ("librca", Vendor::Liberica),
    ("ms", Vendor::Microsoft),
    ("sapmchn", Vendor::SapMachine),
    ("graal", Vendor::GraalVm),
    ("graalce", Vendor::GraalVm),
    ("grl", Vendor::GraalVm),
    ("open", Vendor::OpenJdk),
    ("oracle", Vendor::Oracle),
    ("sem", Vendor::OpenJ9),
];

/// The JVMs among the packages that a command installs.
pub(super) fn installed(command: &Command) -> Vec<Jvm> {
    let packages = packages_of(command).iter().filter(|package| names_java(package));
    packages.filter_map(|package| known(PACKAGES, package)).collect()
}

/// The packages that a command installs.
fn packages_of(command: &Command) -> &[String] {
    if !INSTALLERS.contains(&command.program()) {
        return &[];
    }
    let is_verb = |word: &String| INSTALL.contains(&base_name(word));
    let verb = command.words.iter().position(is_verb);
    verb.and_then(|at| command.words.get(at + 1..)).unwrap_or_default()
}

/// The JVMs of the archives that a command names.
pub(super) fn archives(command: &Command) -> impl Iterator<Item = Jvm> {
    command.words.iter().filter_map(|word| archive(word))
}

/// The JVM of the archive that a path or a URL names.
pub(super) fn archive(name: &str) -> Option<Jvm> {
    names_java(name).then(|| known(ARCHIVES, name)).flatten()
}

/// Whether it is worth a closer look.
fn names_java(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "jdk",
        "JDK",
        "jre",
        "java",
        "temurin",
        "corretto",
        "zulu",
        "graalvm",
        "semeru",
        "sapmachine",
    ];
    WORDS.iter().any(|word| text.contains(word))
}

/// `sdk install java 17.0.8-tem`
pub(super) fn by_sdkman(command: &Command) -> Option<Jvm> {
    let (program, rest) = (command.program(), command.arguments());
    let ("sdk", Some("install" | "i"), Some("java")) =
        (program, rest.first().map(String::as_str), rest.get(1).map(String::as_str))
    else {
        return None;
    };
    let word = rest.get(2).map(String::as_str).unwrap_or_default();
    let version = find_version(r"^([0-9]+)(?:\.0\.([0-9]+))?", word);
    let short = word.rsplit('-').next().unwrap_or_default();
    let vendor = SDKMAN.iter().find(|(name, _)| *name == short).map(|(_, vendor)| *vendor);
    Some(Jvm::new(vendor, version, false))
}

/// The version in the name of the folder that holds a `java`: `/opt/jdk1.8.0_131/bin/java`.
pub(super) fn number_in_path(path: &str) -> Option<u32> {
    const IN_PATH: &str = r"(?:jdk|jre|java|jvm|temurin|corretto|zulu|graalvm|openjdk)[-_/]?(?:openjdk-?|se-?)?(?:1\.)?([0-9]+)[^/]*/";
    find_version(IN_PATH, path).map(|version| version.major)
}

/// Programs that may put a JVM into a folder.
const UNPACKS: &[&str] = &["tar", "unzip", "cp", "mv", "ln", "7z", "bsdtar", "gunzip", "install"];

/// The folders that a command names which may put a JVM there.
pub(super) fn unpacked_into(command: &Command) -> impl Iterator<Item = String> {
    let unpacks = UNPACKS.contains(&command.program());
    let words = command.arguments().iter().filter(move |word| unpacks && word.starts_with('/'));
    words.map(|word| word.trim_end_matches('/').to_owned()).filter(|word| is_deep(word))
}

/// Folders of the system hold much else.
fn is_deep(folder: &str) -> bool {
    !matches!(
        folder,
        "" | "/usr" | "/usr/bin" | "/usr/local" | "/usr/local/bin" | "/bin" | "/tmp" | "/opt"
    )
}

fn known(rows: &[Named], text: &str) -> Option<Jvm> {
    let row = rows
        .iter()
        .find(|row| pattern(row.regex).is_some_and(|regex| regex.is_match(text.as_bytes())))?;
    let version: Option<Version> = find_version(row.regex, text);
    Some(Jvm::new(Some(row.vendor), version, false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effects::testing::commands;
    use crate::images::FlightRecorder;

    #[test]
    fn every_expression_compiles() {
        for row in PACKAGES.iter().chain(ARCHIVES) {
            assert!(pattern(row.regex).is_some(), "{}", row.regex);
        }
    }

    #[test]
    fn packages_are_known_by_name() {
        let table = [
            (
                "apt-get install -y --no-install-recommends openjdk-17-jre-headless",
                "17 distribution y",
            ),
            ("apt-get update && apt-get -y install curl openjdk-8-jre", "8 distribution ?"),
            ("apt-get install openjdk-8-jre=8u252-b09-1~deb9u1", "8 distribution n"),
            ("apk --no-cache add openjdk8-jre-base=8.212.04-r0", "8 distribution n"),
            ("apk add --no-cache openjdk11", "11 distribution y"),
            ("apk add openjdk17-jre-headless", "17 distribution y"),
            ("yum install -y java-1.8.0-openjdk-devel && yum clean all", "8 distribution ?"),
            ("yum -y install java-1.7.0-openjdk", "7 distribution n"),
            ("yum -y install java-1.8.0-openjdk.x86_64 wget", "8 distribution ?"),
            ("[\"sh\", \"-c\", \"apt-get install openjdk-11-jre -y\"]", "11 distribution y"),
            ("microdnf install java-17-openjdk-headless", "17 distribution y"),
            ("dnf install -y java-latest-openjdk", "- distribution ?"),
            ("yum install -y java-17-amazon-corretto-headless", "17 corretto y"),
            ("apt install default-jre", "- distribution ?"),
            ("apt-get install -y temurin-21-jdk", "21 temurin y"),
            ("apt-get install -y zulu-8", "8 zulu ?"),
            ("apt-get install -y oracle-java8-installer", "8 oracle ?"),
            ("[\"apt-get\", \"install\", \"-y\", \"openjdk-11-jre\"]", "11 distribution y"),
            ("pacman -Sy --noconfirm jdk8-openjdk", "8 distribution ?"),
            ("sudo apt-get install openjdk-7-jdk", "7 distribution n"),
        ];
        for (text, expected) in table {
            assert_eq!(shown(&all(text, installed)), expected, "{text}");
        }
        for text in [
            "apt-get purge openjdk-8-jre",
            "echo openjdk-8-jre",
            "apt-get install openjdk-8-doc",
            "apt-get install libjson-java",
            "update-alternatives --set java /usr/lib/jvm/java-8-openjdk-amd64/bin/java",
        ] {
            assert_eq!(shown(&all(text, installed)), "", "{text}");
        }
    }

    #[test]
    fn archives_and_sdkman_are_known_by_name() {
        let table = [
            ("OpenJDK17U-jre_x64_linux_hotspot_17.0.8_7.tar.gz", "17 temurin y"),
            ("OpenJDK8U-jdk_x64_linux_hotspot_8u252b09.tar.gz", "8 temurin n"),
            ("OpenJDK11U-jre_x64_linux_openj9_11.0.6_10.tar.gz", "11 openj9 ?"),
            (
                "http://download.oracle.com/otn-pub/java/jdk/8u131-b11/jdk-8u131-linux-x64.rpm",
                "8 oracle ?",
            ),
            ("server-jre-7u80-linux-x64.tar.gz", "7 oracle ?"),
            ("zulu8.23.0.3-jdk8.0.144-linux_x64.tar.gz", "8 zulu n"),
            ("zulu17.44.15-ca-jre17.0.8-linux_x64.tar.gz", "17 zulu y"),
            ("amazon-corretto-11.0.3.7.1-linux-x64.tar.gz", "11 corretto y"),
            ("openjdk-17.0.2_linux-x64_bin.tar.gz", "17 openjdk y"),
            ("jdk-21_linux-x64_bin.tar.gz", "21 oracle y"),
            ("graalvm-ce-java11-linux-amd64-21.0.0.tar.gz", "11 graalvm y"),
        ];
        for (text, expected) in table {
            assert_eq!(shown(&archive(text).into_iter().collect::<Vec<_>>()), expected, "{text}");
        }
        let table = [
            (
                "bash -c \"source /root/.sdkman/bin/sdkman-init.sh && sdk install java 17.0.8-tem\"",
                "17 temurin y",
            ),
            ("sdk install java 8.0.302-open", "8 openjdk y"),
            ("sdk install java 8.0.252-amzn", "8 corretto n"),
            ("sdk install java", "- - ?"),
        ];
        for (text, expected) in table {
            let found = all(text, |command| by_sdkman(command).into_iter().collect());
            assert_eq!(shown(&found), expected, "{text}");
        }
    }

    fn all(text: &str, of_command: impl Fn(&Command) -> Vec<Jvm>) -> Vec<Jvm> {
        commands(text).iter().flat_map(of_command).collect()
    }

    fn shown(jvms: &[Jvm]) -> String {
        let one = |jvm: &Jvm| {
            let java = jvm.java.map_or("-".to_owned(), |java| java.to_string());
            let vendor = jvm.vendor.map_or("-", Vendor::name);
            let recorder = match jvm.flight_recorder {
                FlightRecorder::Accepted => "y",
                FlightRecorder::Refused => "n",
                FlightRecorder::Unknown => "?",
            };
            format!("{java} {vendor} {recorder}")
        };
        jvms.iter().map(one).collect::<Vec<_>>().join(", ")
    }
}
