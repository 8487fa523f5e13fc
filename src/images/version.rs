//! A JVM: its vendor, its version, and whether it takes FlightRecorderOptions.

use super::pattern::{matches, pattern};

/// Whether a JVM starts when `-XX:FlightRecorderOptions` is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlightRecorder {
    /// It is accepted.
    Accepted,
    /// The JVM exits with 1: `Unrecognized VM option 'FlightRecorderOptions…'`.
    Refused,
    /// Nothing is known (or, on OpenJ9, the option does nothing): the option stays out.
    Unknown,
}

/// A JVM, as far as it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Jvm {
    /// Who built it.
    pub vendor: Option<Vendor>,
    /// The Java major version.
    /// <https://docs.datadoghq.com/tracing/trace_collection/compatibility/java/>
    pub java: Option<u32>,
    /// Of Java 8, the update: 212 of 8u212.
    pub update: Option<u32>,
    /// Whether it takes FlightRecorderOptions.
    /// <https://docs.datadoghq.com/profiler/profiler_troubleshooting/java/>
    pub flight_recorder: FlightRecorder,
}

/// The version of a JVM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// The major version.
    pub major: u32,
    /// Of Java 8, the update.
    pub update: Option<u32>,
}

/// Who built a JVM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vendor {
    /// Upstream's builds in Docker's `openjdk` and `java`.
    OpenJdk,
    /// Packages of a Linux distribution.
    Distribution,
    /// Eclipse Temurin.
    Temurin,
    /// AdoptOpenJDK, Temurin's predecessor.
    AdoptOpenJdk,
    /// Amazon Corretto.
    Corretto,
    /// Azul Zulu.
    Zulu,
    /// BellSoft Liberica.
    Liberica,
    /// Microsoft's build of OpenJDK.
    Microsoft,
    /// Red Hat's build of OpenJDK.
    RedHat,
    /// GraalVM's JDK, whose VM is HotSpot.
    GraalVm,
    /// SapMachine.
    SapMachine,
    /// Oracle's JDK; before 11, its recorder is a commercial feature that must be unlocked.
    Oracle,
    /// Eclipse OpenJ9: IBM Java, Semeru. It ignores `-XX:` options that it does not know:
    /// <https://eclipse.dev/openj9/docs/xxignoreunrecognizedxxcolonoptions/>
    OpenJ9,
}

/// A row of [`VENDORS`].
struct VendorRow {
    vendor: Vendor,
    name: &'static str,
    /// Finds it in the name or the tag of an image.
    word: &'static str,
    /// The first update of Java 8 with the recorder, where there is one.
    recorder_from: Option<u32>,
}

/// The vendors; of several words in a name the first row counts. The updates:
/// <https://docs.datadoghq.com/profiler/profiler_troubleshooting/java/>
///
/// To add one: a variant of [`Vendor`] and its row.
const VENDORS: &[VendorRow] = &[
    row(Vendor::OpenJ9, "openj9", "openj9|semeru|ibmjava", None),
    row(Vendor::Temurin, "temurin", "temurin", Some(262)),
    row(Vendor::AdoptOpenJdk, "adoptopenjdk", "adoptopenjdk|hotspot", Some(262)),
    row(Vendor::Corretto, "corretto", "corretto", Some(262)),
    row(Vendor::Zulu, "zulu", "zulu", Some(212)),
    row(Vendor::Liberica, "liberica", "liberica", Some(262)),
    row(Vendor::Microsoft, "microsoft", "msopenjdk", None),
    row(Vendor::RedHat, "red-hat", "^ubi", Some(262)),
    row(Vendor::GraalVm, "graalvm", "graalvm", None),
    row(Vendor::SapMachine, "sapmachine", "sapmachine", None),
    row(Vendor::Oracle, "oracle", "oracle-?(java|jdk|jre)|serverjre|server-jre", None),
    row(Vendor::Distribution, "distribution", "^never$", Some(272)),
    row(Vendor::OpenJdk, "openjdk", "^never$", Some(272)),
];

const fn row(
    vendor: Vendor,
    name: &'static str,
    word: &'static str,
    recorder_from: Option<u32>,
) -> VendorRow {
    VendorRow { vendor, name, word, recorder_from }
}

impl Vendor {
    /// Its name.
    pub fn name(self) -> &'static str {
        self.row().map_or("", |row| row.name)
    }

    /// The vendor that a name or a tag tells.
    pub fn named_in(text: &str) -> Option<Self> {
        VENDORS.iter().find(|row| matches(row.word, text)).map(|row| row.vendor)
    }

    fn row(self) -> Option<&'static VendorRow> {
        VENDORS.iter().find(|row| row.vendor == self)
    }
}

impl Jvm {
    /// A JVM of which nothing is known.
    pub const UNKNOWN: Self =
        Self { vendor: None, java: None, update: None, flight_recorder: FlightRecorder::Unknown };

    /// What vendor and version tell; `current`: a Java 8 without its update is a late one.
    pub fn new(vendor: Option<Vendor>, version: Option<Version>, current: bool) -> Self {
        Self {
            vendor,
            java: version.map(|version| version.major),
            update: version.and_then(|version| version.update),
            flight_recorder: version
                .map_or(FlightRecorder::Unknown, |version| recorder(vendor, version, current)),
        }
    }

    /// What holds of both: which of the two runs is not known.
    pub fn or(self, other: Self) -> Self {
        let flight_recorder = if self.flight_recorder == other.flight_recorder {
            self.flight_recorder
        } else {
            FlightRecorder::Unknown
        };
        Self {
            vendor: self.vendor.filter(|_| self.vendor == other.vendor),
            java: self.java.filter(|_| self.java == other.java),
            update: self.update.filter(|_| self.update == other.update),
            flight_recorder,
        }
    }
}

/// Where nobody tells the vendor, the update from which every vendor has the recorder, and the one
/// before which none has it.
const EVERY_VENDOR_FROM: u32 = 272;
const NO_VENDOR_BEFORE: u32 = 212;

/// The recorder came with 11 and was brought back to updates of 8, not to 9 and 10.
fn recorder(vendor: Option<Vendor>, version: Version, current: bool) -> FlightRecorder {
    let from = vendor.and_then(Vendor::row).map(|row| row.recorder_from);
    match (vendor, version) {
        (Some(Vendor::OpenJ9), _) => FlightRecorder::Unknown,
        (_, Version { major: 11.., .. }) => FlightRecorder::Accepted,
        (Some(Vendor::Oracle | Vendor::GraalVm), _) => FlightRecorder::Unknown,
        (_, Version { major: 8, update: None }) if current => FlightRecorder::Accepted,
        (_, Version { major: 8, update: None }) => FlightRecorder::Unknown,
        (_, Version { major: 8, update: Some(update) }) => {
            let from = from.flatten();
            if update >= from.unwrap_or(EVERY_VENDOR_FROM) {
                FlightRecorder::Accepted
            } else if update < from.unwrap_or(NO_VENDOR_BEFORE) {
                FlightRecorder::Refused
            } else {
                FlightRecorder::Unknown
            }
        }
        _ => FlightRecorder::Refused,
    }
}

/// `17`, `17.0.2`, `8u212`, `8.0.212`, `1.8.0_212`, right behind the colon.
pub(super) const IN_TAG: &str =
    r":(?:open-?|openjdk-|jdk-?|jre-?)?(?:1\.)?([0-9]+)(?:(?:u|\.0_|\.0\.)([0-9]+))?";
/// A number behind the name of a JDK: `jdk17`, `openjdk11`, `jdk-8u252`, `eclipse-temurin-17`.
pub(super) const BEHIND_JDK: &str = r"(?:jdk|jre|java|temurin|corretto|semeru|zulu|liberica|sapmachine)[-_:.]?(?:openjdk-?)?(?:1\.)?([0-9]+)(?:(?:u|\.0_|\.0\.)([0-9]+))?";
/// A number in front of one: `17-jre`, `8u222-b10-jdk`, `11.0.3-slim-jdk`.
pub(super) const BEFORE_JDK: &str =
    r"[-:_](?:1\.)?([0-9]+)(?:u([0-9]+))?(?:[-._+][a-z0-9._+-]*)?-(?:jdk|jre)";

/// A number as only JDKs have it: `3.5-8u131-2.7.1`.
pub(super) const WITH_UPDATE: &str = r"[-_:]([5-9])u([0-9]+)";

/// The first number that an expression captures is the major version, the second the update.
pub(crate) fn find(regex: &'static str, text: &str) -> Option<Version> {
    let regex = pattern(regex)?;
    let captures = regex.captures(text.as_bytes())?;
    let mut numbers = captures.iter().skip(1).flatten().map(|found| number(found.as_bytes()));
    let major = numbers.next()??;
    // Smaller and larger numbers are versions of something else.
    let update = numbers.next().flatten();
    (5..100).contains(&major).then_some(Version { major, update: update.filter(|_| major == 8) })
}

fn number(digits: &[u8]) -> Option<u32> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}
