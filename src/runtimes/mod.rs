//! Which JVMs a stage holds, and which of them a launch runs: the base image's, one of a package, an
//! archive or SDKMAN, one that is copied from another stage or image, one that jlink makes.
//!
//! Only what is known for sure counts: where two different JVMs may run, what they have in common is
//! known, and nothing else.

mod jlink;
mod native;
mod packages;

pub use native::is_native_image;

use std::collections::BTreeMap;

use crate::dockerfile::{Dockerfile, Kind, Transfer};
use crate::effects::Command;
use crate::facts::{self, Action, StageFacts, Variables};
use crate::images::{FlightRecorder, Images, Jvm, matches};

/// A JVM that lies in an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installed {
    /// Where it lies.
    pub home: Home,
    /// What is known of it.
    pub jvm: Jvm,
    /// Whether it can load an agent: jlink may leave `java.instrument` out.
    pub agents: Agents,
}

/// Whether a JVM can load an agent, the best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agents {
    /// It has `java.instrument`.
    Loaded,
    /// A command lists its modules.
    Unknown,
    /// It has no `java.instrument`.
    Refused,
}

/// Where a JVM lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// Where its image or package puts it, and on the PATH.
    System,
    /// In this folder.
    Folder(String),
    /// Somewhere.
    Unknown,
}

/// The JVMs of a stage.
#[derive(Debug, Clone)]
pub struct Runtimes {
    all: Vec<Installed>,
    /// The base image may hold another one.
    base_unknown: bool,
    /// Folders into which the file puts what could be a JVM of which nothing is known.
    opaque: Vec<String>,
}

/// Finds the JVMs of the stage of these facts.
pub fn of_stage(file: &Dockerfile, facts: &StageFacts, images: &Images) -> Runtimes {
    let mut finder = Finder { file, images, copies_left: MOST_COPIES, stages: BTreeMap::new() };
    finder.in_stage(facts)
}

struct Finder<'f> {
    file: &'f Dockerfile,
    images: &'f Images,
    /// How many copies from elsewhere are still followed.
    copies_left: usize,
    /// What was found in other stages.
    stages: BTreeMap<usize, Vec<Installed>>,
}

/// More copies than this in one file are not followed.
const MOST_COPIES: usize = 32;

/// More JVMs than this in one stage are not told apart.
const MOST: usize = 32;

impl Finder<'_> {
    fn in_stage(&mut self, facts: &StageFacts) -> Runtimes {
        let image = facts.image.as_deref().map(|image| self.images.look_up(image));
        let image = image.unwrap_or_default();
        let mut found = Runtimes {
            all: Vec::new(),
            base_unknown: image.has_java.is_none(),
            opaque: Vec::new(),
        };
        if image.carries_java() {
            found.add(Installed::new(Home::System, image.jvm));
        }
        let stage = facts.stages.last().copied().unwrap_or_default();
        for action in &facts.actions {
            match self.file.instructions.get(action.instruction).map(|one| &one.kind) {
                Some(Kind::Run(_)) => {
                    let commands = action.commands(self.file);
                    found.base_unknown |= commands.iter().any(puts_another_java);
                    found.add_made(commands);
                }
                Some(Kind::Transfer(transfer)) => self.copied(stage, transfer, action, &mut found),
                _ => {}
            }
        }
        found
    }

    fn copied(&mut self, to: usize, transfer: &Transfer, action: &Action, found: &mut Runtimes) {
        let Some(from) = &transfer.from else {
            let archives = action.sources.iter().filter_map(|source| packages::archive(source));
            let archives: Vec<Jvm> = archives.collect();
            for jvm in &archives {
                found.add(Installed::new(Home::Unknown, *jvm));
            }
            if archives.is_empty() && action.sources.iter().any(|source| may_hold_a_jvm(source)) {
                found.opaque.push(action.path.trim_end_matches('/').to_owned());
            }
            return;
        };
        if action.sources.iter().all(|source| is_file(source)) {
            return;
        }
        let Some(left) = self.copies_left.checked_sub(1) else {
            found.base_unknown = true;
            return;
        };
        self.copies_left = left;
        let inner = match self.file.copied_stage(from).filter(|stage| *stage < to) {
            Some(stage) => self.of_other(stage),
            None => {
                let image = self.images.look_up(from);
                let own = image.carries_java().then(|| Installed::new(Home::System, image.jvm));
                own.into_iter().collect()
            }
        };
        // Of the folder that jlink made, the JDK that made it is no copy.
        let copies_of = |known: bool| {
            let inner =
                inner.iter().filter(move |one| matches!(one.home, Home::Folder(_)) == known);
            let copies = inner.flat_map(|runtime| {
                action.sources.iter().filter_map(|source| runtime.copied(source, &action.path))
            });
            copies.collect::<Vec<Installed>>()
        };
        let mut copies = copies_of(true);
        if copies.is_empty() {
            copies = copies_of(false);
        }
        if copies.is_empty() && action.sources.iter().any(|source| is_jvm_folder(source)) {
            found.opaque.push(action.path.trim_end_matches('/').to_owned());
        }
        copies.into_iter().for_each(|runtime| found.add(runtime));
    }

    fn of_other(&mut self, stage: usize) -> Vec<Installed> {
        if let Some(known) = self.stages.get(&stage) {
            return known.clone();
        }
        let facts = facts::of(self.file, stage);
        let found = self.in_stage(&facts).all;
        self.stages.insert(stage, found.clone());
        found
    }
}

impl Runtimes {
    fn add(&mut self, runtime: Installed) {
        if self.all.contains(&runtime) {
            return;
        }
        if self.all.len() == MOST {
            self.all = vec![Installed::new(Home::Unknown, Jvm::UNKNOWN)];
        }
        self.all.push(runtime);
    }

    /// What a RUN installs, downloads or makes.
    fn add_made(&mut self, commands: &[Command]) {
        let before = self.all.len();
        for jvm in commands.iter().flat_map(packages::installed) {
            self.add(Installed::new(Home::System, jvm));
        }
        for command in commands {
            for jvm in packages::archives(command).chain(packages::by_sdkman(command)) {
                self.add(Installed::new(Home::Unknown, jvm));
            }
        }
        let own = merged(self.all.iter()).map_or(Jvm::UNKNOWN, |runtime| runtime.jvm);
        for (command, made) in commands.iter().filter_map(|one| Some((one, jlink::made(one)?))) {
            let home = match &made.output {
                Some(output) => Home::Folder(facts::join(command.folder.as_deref(), output)),
                None => Home::Unknown,
            };
            let flight_recorder = made.recorder(own);
            let jvm = Jvm { flight_recorder, ..own };
            self.add(Installed { home, jvm, agents: made.agents() });
        }
        if self.all.len() == before {
            self.opaque.extend(commands.iter().flat_map(packages::unpacked_into));
        }
    }

    /// The JVM that runs `program`: a path in the image, or `None` for `java` on the PATH.
    pub fn running(&self, program: Option<&str>, environment: &Variables) -> Installed {
        let first = environment.get("PATH").and_then(|path| path.split(':').next());
        let by_path = first.filter(|_| program.is_none()).map(|first| format!("{first}/java"));
        let path = program.or(by_path.as_deref());
        if let Some(found) = path.and_then(|path| self.at(path)) {
            return found;
        }
        let number = path.and_then(packages::number_in_path);
        let same = |runtime: &&Installed| {
            number.is_none() || runtime.jvm.java.is_none() || runtime.jvm.java == number
        };
        let found = merged(self.all.iter().filter(same));
        let found = found.unwrap_or_else(|| Installed::new(Home::Unknown, Jvm::UNKNOWN));
        // A folder in front of PATH that may hold a JVM of which nothing is known.
        let first = first.filter(|first| program.is_none() && first.starts_with('/'));
        let hidden = self.base_unknown
            || path.is_some_and(|path| self.is_opaque(path))
            || first.is_some_and(is_jvm_folder);
        let jvm = if hidden { without_recorder(found.jvm) } else { found.jvm };
        Installed { jvm: Jvm { java: jvm.java.or(number), ..jvm }, ..found }
    }

    /// The JVM in whose folder a program lies.
    fn at(&self, path: &str) -> Option<Installed> {
        let depth = |runtime: &Installed| match &runtime.home {
            Home::Folder(home) if lies_in(path, home) => home.len(),
            _ => 0,
        };
        let deepest = self.all.iter().map(depth).max().filter(|depth| *depth > 0)?;
        merged(self.all.iter().filter(|runtime| depth(runtime) == deepest))
    }

    fn is_opaque(&self, path: &str) -> bool {
        self.opaque.iter().any(|folder| lies_in(path, folder))
    }
}

impl Installed {
    fn new(home: Home, jvm: Jvm) -> Self {
        Self { home, jvm, agents: Agents::Loaded }
    }

    /// The runtime where a COPY of `source` puts it, if it does.
    fn copied(&self, source: &str, destination: &str) -> Option<Self> {
        let source = facts::join(Some("/"), source);
        let source = source.trim_end_matches(['/', '*', '.']);
        let destination = destination.trim_end_matches('/');
        let home = match &self.home {
            Home::Folder(home) if source.is_empty() => home.clone(),
            Home::Folder(home) if lies_in(home, source) => {
                format!("{destination}{}", home.get(source.len()..)?)
            }
            Home::Folder(home) if lies_in(source, home) && source.ends_with("/jre") => {
                destination.to_owned()
            }
            Home::Folder(_) => return None,
            Home::System | Home::Unknown if is_jvm_folder(source) => destination.to_owned(),
            Home::System | Home::Unknown => return None,
        };
        let home = if home.is_empty() { Home::Unknown } else { Home::Folder(home) };
        Some(Self { home, ..self.clone() })
    }
}

/// What several JVMs have in common; `None` of none.
fn merged<'r>(runtimes: impl Iterator<Item = &'r Installed>) -> Option<Installed> {
    runtimes.cloned().reduce(|one, other| Installed {
        home: if one.home == other.home { one.home } else { Home::Unknown },
        jvm: one.jvm.or(other.jvm),
        agents: one.agents.max(other.agents),
    })
}

/// Of a JVM that may be another one, an option that would stop it is not known to be accepted.
fn without_recorder(jvm: Jvm) -> Jvm {
    Jvm { flight_recorder: FlightRecorder::Unknown, ..jvm }
}

fn lies_in(path: &str, folder: &str) -> bool {
    let rest = path.strip_prefix(folder.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Programs that make `java` another one: `ln -sf /opt/jdk8/bin/java /usr/local/bin`.
const LINKS: &[&str] =
    &["ln", "update-alternatives", "alternatives", "update-java-alternatives", "archlinux-java"];

fn puts_another_java(command: &Command) -> bool {
    LINKS.contains(&command.program()) && command.words.iter().any(|word| word.contains("java"))
}

/// Whether a path to copy is, by its name, a folder that holds a JVM.
fn is_jvm_folder(source: &str) -> bool {
    const NAMED: &str =
        r"(jvm|jdk|jre|java|graalvm|corretto|temurin|zulu|liberica|runtime)[^/]*/?(bin/?)?[*.]?$";
    matches(NAMED, source) && !source.contains("/src/") && !is_file(source)
}

/// Whether a path to copy is, by its name, a file in which no JVM can be.
fn is_file(source: &str) -> bool {
    matches(r"\.(jar|war|ear|class|properties|sh|ya?ml|xml|json|conf|so)$", source)
}

/// Whether something of the build context may be a JVM: a folder or an archive of such a name.
fn may_hold_a_jvm(source: &str) -> bool {
    const ARCHIVE: &str =
        r"(jdk|jre|java|jvm|graalvm|zulu|runtime)[^/]*\.(tar|tgz|tar\.[a-z]+|zip)$";
    is_jvm_folder(source) || matches(ARCHIVE, source)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dockerfile::read;

    /// Major version, recorder and agent of the JVM that runs `program` in the last stage.
    fn running(text: &str, program: &str) -> String {
        let file = read(text).unwrap();
        let facts = facts::of(&file, file.stages.len() - 1);
        let program = Some(program).filter(|program| *program != "java");
        let found =
            of_stage(&file, &facts, &Images::default()).running(program, &facts.environment);
        let java = found.jvm.java.map_or("-".to_owned(), |java| java.to_string());
        let recorder = match found.jvm.flight_recorder {
            FlightRecorder::Accepted => "y",
            FlightRecorder::Refused => "n",
            FlightRecorder::Unknown => "?",
        };
        format!(
            "{java} {recorder}{}",
            if found.agents == Agents::Loaded { "" } else { " no agent" }
        )
    }

    #[test]
    fn the_jvm_that_the_launch_uses_decides() {
        let copied =
            "FROM eclipse-temurin:17\nCOPY --from=openjdk:8-jre-alpine /usr/lib/jvm /opt/jdk8";
        let installed = "FROM eclipse-temurin:17\nRUN apt-get install -y openjdk-8-jre-headless";
        let two = "FROM debian:12\nRUN apt-get install -y openjdk-17-jre openjdk-8-jre";
        let table = [
            ("FROM eclipse-temurin:17", "java", "17 y"),
            ("FROM debian:12\nRUN apt-get install -y openjdk-17-jre", "java", "17 y"),
            (
                "FROM registry.example.com/base:1\nRUN apt-get install -y openjdk-17-jre",
                "java",
                "17 ?",
            ),
            (copied, "/opt/jdk8/bin/java", "8 n"),
            (copied, "java", "- ?"),
            (copied, "/opt/java/openjdk/bin/java", "- ?"),
            (installed, "/usr/lib/jvm/java-8-openjdk-amd64/bin/java", "8 ?"),
            (installed, "java", "- ?"),
            (
                "FROM openjdk:17\nCOPY jdk1.8.0_131 /opt/jdk1.8.0_131\nENV PATH=/opt/jdk1.8.0_131/bin:$PATH",
                "java",
                "8 ?",
            ),
            (
                "FROM openjdk:17\nRUN curl x | tar xz -C /opt/vm\nENV PATH=/opt/vm/bin:$PATH",
                "java",
                "17 ?",
            ),
            (
                "FROM openjdk:17\nCOPY --from=registry.corp/legacy /opt/app /opt/app\nENV PATH=/opt/app/jvm/bin:$PATH",
                "java",
                "17 ?",
            ),
            (
                "FROM openjdk:17\nRUN curl x | tar xz -C /opt && ln -sf /opt/vm/bin/java /usr/local/bin/java",
                "java",
                "17 ?",
            ),
            ("FROM openjdk:17\nENV PATH=/opt/maven/bin:$PATH", "java", "17 y"),
            ("FROM openjdk:17\nENV PATH=$JAVA_HOME/bin:$PATH", "java", "17 y"),
            (two, "java", "- ?"),
            (two, "/usr/bin/java", "- ?"),
            (two, "/usr/lib/jvm/java-17-openjdk-amd64/bin/java", "17 y"),
            ("FROM openjdk:17\nRUN tar xf x.tar.gz -C /opt/jdk8", "/opt/jdk8/bin/java", "8 ?"),
            ("FROM openjdk:17\nRUN tar xf x.tar.gz -C /opt/vm", "/opt/vm/bin/java", "17 ?"),
            ("FROM openjdk:17\nCOPY jdk /opt/vm", "/opt/vm/bin/java", "17 ?"),
            ("FROM openjdk:17\nRUN tar xf x.tar.gz -C /opt/vm", "java", "17 y"),
            ("FROM openjdk:17\nCOPY --from=openjdk:17 /etc/ssl/java/cacerts /c", "java", "17 y"),
            ("FROM debian\nENV V=11\nRUN apt-get install -y openjdk-$V-jre", "java", "11 y"),
            ("FROM debian\nARG V=11\nRUN apt-get install -y openjdk-${V}-jre", "java", "11 y"),
            ("FROM debian\nRUN apt-get install -y nginx", "java", "- ?"),
        ];
        for (text, program, expected) in table {
            assert_eq!(running(text, program), expected, "{program} in\n{text}");
        }
    }

    #[test]
    fn a_runtime_is_followed_through_stages() {
        let jlink = |modules: &str, rest: &str| {
            format!(
                "FROM eclipse-temurin:21 AS a\nRUN jlink --add-modules {modules} --output /r/jre\n\
                 FROM a AS b\nFROM debian:12\n{rest}"
            )
        };
        let at = "COPY --from=b /r/jre /opt/jre";
        let path =
            "ENV JAVA_HOME=/opt/jre PATH=/opt/jre/bin:$PATH\nCOPY --from=a /r/jre $JAVA_HOME";
        let table = [
            (jlink("ALL-MODULE-PATH", at), "/opt/jre/bin/java", "21 y"),
            (jlink("ALL-MODULE-PATH", at), "java", "21 y"),
            (jlink("java.se", at), "/opt/jre/bin/java", "21 n"),
            (jlink("java.se,jdk.jfr", path), "java", "21 y"),
            (jlink("java.base,jdk.jfr", path), "java", "21 y no agent"),
            (jlink("java.se", "COPY --from=a /r /opt"), "/opt/jre/bin/java", "21 n"),
            (
                "FROM eclipse-temurin:21 AS a\nWORKDIR /usr/src/app\n\
                 RUN jlink --add-modules java.base --output jre\nFROM debian:12\n\
                 COPY --from=a /usr/src/app/jre /jre"
                    .to_owned(),
                "/jre/bin/java",
                "21 n no agent",
            ),
            (jlink("java.se", "COPY --from=a /app.jar /"), "java", "- ?"),
            (
                jlink(
                    "java.base",
                    "RUN apt-get install -y openjdk-17-jre\nCOPY --from=a /app.jar /",
                ),
                "java",
                "17 y",
            ),
            (
                "FROM amazoncorretto:11 AS a\nFROM debian:12 AS b\n\
                 COPY --from=a /usr/lib/jvm/java-11-amazon-corretto /jdk\n\
                 FROM scratch\nCOPY --from=1 /jdk /java"
                    .to_owned(),
                "/java/bin/java",
                "11 y",
            ),
            ("FROM a AS a\nCOPY --from=a /jdk /jdk".to_owned(), "/jdk/bin/java", "- ?"),
        ];
        for (text, program, expected) in table {
            assert_eq!(running(&text, program), expected, "{program} in\n{text}");
        }
    }

    #[test]
    fn stages_without_end_are_followed_to_a_bound() {
        let mut text = "FROM eclipse-temurin:17 AS s0\n".to_owned();
        for stage in 1..500 {
            let from = stage - 1;
            text +=
                &format!("FROM debian:12 AS s{stage}\nCOPY --from=s{from} /opt/java /opt/java\n");
        }
        assert_eq!(running(&text, "/opt/java/bin/java"), "- ?");
    }
}
