//! Whether the agent's jar is in the image, as far as the instructions tell, and whether it can be
//! read there ([`access`]); and the line that brings it ([`line`]).

mod access;
mod line;
mod origin;

pub use access::{Closed, closed};
pub use line::{JAR_MODE, JarLine, is_old_frontend, jar_line, refused_by_frontend};
pub use origin::comes_from_datadog;

use crate::dockerfile::{Dockerfile, Kind, Transfer};
use crate::effects::{Effect, Target};
use crate::facts::{Action, StageFacts};
use crate::surroundings::Surroundings;

/// What the instructions of a stage, and of the stages below it, say about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provision {
    /// A RUN removes it, and nothing puts it there again.
    Removed,
    /// Nothing puts it there.
    Missing,
    /// A copied folder could hold it.
    Possible,
    /// An ADD, COPY or RUN names it.
    Named,
}

/// Looks for what puts a file at `path`, which is absolute, into a stage.
pub fn provision(
    file: &Dockerfile,
    stage: &StageFacts,
    surroundings: &Surroundings<'_>,
    path: &str,
) -> Provision {
    decided(file, stage, surroundings, path).0
}

/// Whether an instruction puts the file there before another one runs.
pub fn is_there_before(
    file: &Dockerfile,
    stage: &StageFacts,
    surroundings: &Surroundings<'_>,
    (path, instruction): (&str, usize),
) -> bool {
    let mut before = stage.clone();
    before.actions.retain(|action| action.instruction < instruction);
    provision(file, &before, surroundings, path) >= Provision::Possible
}

/// What becomes of the file at `path`, and the instruction that decides it.
pub fn decided(
    file: &Dockerfile,
    stage: &StageFacts,
    surroundings: &Surroundings<'_>,
    path: &str,
) -> (Provision, Option<usize>) {
    let wanted = Wanted::of(path);
    let mut provision = Provision::Missing;
    let mut decided_by = None;
    let mut gone = Gone::default();
    for action in &stage.actions {
        let before = provision;
        match file.instructions.get(action.instruction).map(|one| &one.kind) {
            Some(Kind::Transfer(transfer)) => {
                let found = wanted.by_transfer(transfer, &action.path);
                // Most bring nothing: only what counts is held against `.dockerignore`.
                let counts = found != Provision::Missing || gone.holds(&action.path);
                if counts && !wanted.is_left_out(transfer, action, surroundings) {
                    provision = after(provision, found);
                    gone.is_there_again(&action.path);
                }
            }
            Some(Kind::Run(_)) => {
                for effect in action.effects(file) {
                    if !gone.fails(effect) {
                        provision = after(provision, wanted.by_effect(effect));
                        gone.note(effect, path);
                    }
                }
            }
            _ => {}
        }
        if provision != before {
            decided_by = Some(action.instruction);
        }
    }
    (provision, decided_by)
}

/// What is known after one more instruction or command.
fn after(before: Provision, found: Provision) -> Provision {
    match found {
        Provision::Removed => Provision::Removed,
        Provision::Missing => before,
        found => found.max(before),
    }
}

/// The file, or folders above it, that were removed in a stage and not made again: nothing can be copied
/// from there or written into them.
#[derive(Default)]
struct Gone(Vec<Target>);

impl Gone {
    /// Whether a command cannot do what it says.
    fn fails(&self, effect: &Effect) -> bool {
        match effect {
            Effect::Writes { target, .. } => self.has_folder_of(target.path()),
            Effect::Copies { from, to, .. } => {
                self.holds(from.path()) || self.has_folder_of(to.path())
            }
            _ => false,
        }
    }

    fn has_folder_of(&self, path: &str) -> bool {
        self.0.iter().any(|gone| gone.below(path).is_some_and(|rest| !rest.is_empty()))
    }

    fn note(&mut self, effect: &Effect, path: &str) {
        match effect {
            Effect::Removes { target } => self.remove(target, path),
            Effect::Copies { from, to, moves, .. } => {
                if *moves {
                    self.remove(from, path);
                }
                self.is_there_again(to.path());
            }
            Effect::MakesFolder { target } | Effect::Fills { folder: target } => {
                self.is_there_again(target.path());
            }
            _ => {}
        }
    }

    fn holds(&self, path: &str) -> bool {
        self.0.iter().any(|gone| gone.holds(path))
    }

    fn remove(&mut self, target: &Target, path: &str) {
        if target.holds(path) && !self.0.contains(target) {
            self.0.push(target.clone());
        }
    }

    fn is_there_again(&mut self, path: &str) {
        self.0.retain(|gone| !gone.holds(path));
    }
}

struct Wanted<'p> {
    path: &'p str,
    folder: &'p str,
    name: &'p str,
}

impl<'p> Wanted<'p> {
    fn of(path: &'p str) -> Self {
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        Self { path, folder, name }
    }
}

impl Wanted<'_> {
    fn by_transfer(&self, transfer: &Transfer, destination: &str) -> Provision {
        let folder = destination.trim_end_matches(['.', '/']);
        if self.is_named_by(transfer, destination) {
            return Provision::Named;
        }
        let above = self.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let could_hold = |source: &String| {
            let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or(source);
            let folder = !name.contains('.') || name.starts_with('.');
            let archive = ["tar", "tgz", "gz", "xz", "bz2"]
                .iter()
                .any(|end| name.rsplit('.').next() == Some(*end) && transfer.add);
            (folder && !source.contains("://")) || archive || name.contains(['*', '$', '?'])
        };
        // `COPY dd-java-agent.jar /usr/agent`: into the folder, where that is one already.
        let into_folder = destination == self.folder && self.is_among(transfer);
        if (above && transfer.sources.iter().any(could_hold)) || into_folder {
            Provision::Possible
        } else {
            Provision::Missing
        }
    }

    /// Whether an ADD or COPY says the file by its path, or by its name and folder.
    fn is_named_by(&self, transfer: &Transfer, destination: &str) -> bool {
        let is_folder = destination.ends_with(['.', '/']) || transfer.sources.len() > 1;
        let into_folder = destination.trim_end_matches(['.', '/']) == self.folder;
        destination == self.path || (is_folder && into_folder && self.is_among(transfer))
    }

    fn is_among(&self, transfer: &Transfer) -> bool {
        let name = |source: &String| source.rsplit('/').next() == Some(self.name);
        transfer.sources.iter().any(name)
    }

    /// Whether `.dockerignore` keeps what a COPY names out of the build context.
    fn is_left_out(
        &self,
        transfer: &Transfer,
        action: &Action,
        surroundings: &Surroundings<'_>,
    ) -> bool {
        let mut sources = action.sources.iter().filter(|source| {
            action.sources.len() == 1 || source.rsplit('/').next() == Some(self.name)
        });
        transfer.from.is_none() && sources.any(|source| surroundings.left_out_by(source).is_some())
    }

    /// What one command of a RUN does to the file.
    fn by_effect(&self, effect: &Effect) -> Provision {
        match effect {
            Effect::Writes { target, .. } if target.is(self.path) => Provision::Named,
            Effect::Copies { from, to, into, moves } => {
                let arrives = self.by_copy(from, to, *into);
                match *moves && from.holds(self.path) && arrives == Provision::Missing {
                    true => Provision::Removed,
                    false => arrives,
                }
            }
            Effect::Fills { folder } if folder.holds(self.path) => Provision::Possible,
            Effect::Removes { target } if target.holds(self.path) => Provision::Removed,
            Effect::Runs { program, folder, names } => {
                // A script may bring it, wherever it works.
                let above = |folder: &String| {
                    folder.len() > 1 && self.path.starts_with(folder.trim_end_matches('/'))
                };
                let could = runs_scripts(program) && folder.as_ref().is_some_and(above);
                match could || names.iter().any(|name| name.is(self.path)) {
                    true => Provision::Possible,
                    false => Provision::Missing,
                }
            }
            _ => Provision::Missing,
        }
    }

    /// A copy to the file itself, or of a folder that may hold it.
    fn by_copy(&self, from: &Target, to: &Target, into: Option<bool>) -> Provision {
        // Onto itself.
        if from.holds(self.path) {
            return Provision::Missing;
        }
        let inner = to.join(from.name());
        let named = (into != Some(true) && to.is(self.path))
            || (into != Some(false) && inner.is(self.path));
        let holds = (into != Some(true) && to.holds(self.path)) || inner.holds(self.path);
        match (named, holds) {
            (true, _) => Provision::Named,
            (false, true) => Provision::Possible,
            (false, false) => Provision::Missing,
        }
    }
}

/// Whether a program does what a file of the build says.
fn runs_scripts(program: &str) -> bool {
    let known = ["gradle", "gradlew", "make", "mvn", "mvnw", "npm", "python", "sh", "bash"];
    program.ends_with(".sh") || program.starts_with("python") || known.contains(&program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_jar_is_found_where_an_instruction_puts_it() {
        let table = [
            ("ADD https://example.com/x /usr/agent/dd-java-agent.jar", Provision::Named),
            ("COPY --from=b /x/dd-java-agent.jar /usr/agent/", Provision::Named),
            ("COPY libs/dd-java-agent.jar /usr/agent", Provision::Possible),
            ("COPY libs/dd-java-agent.jar /usr/agent/.", Provision::Named),
            ("ADD https://dtdg.co/java-tracer-v1 /usr/agent/", Provision::Missing),
            ("RUN curl -Lo /opt/usr/agent/dd-java-agent.jar x", Provision::Missing),
            ("ADD agent.tar.gz /usr/agent/", Provision::Possible),
            ("WORKDIR /usr\nRUN bash install.sh", Provision::Possible),
            ("WORKDIR /usr\nCOPY dd-java-agent.jar agent/", Provision::Named),
            ("RUN curl -Lo /usr/agent/dd-java-agent.jar https://example.com/x", Provision::Named),
            (
                "WORKDIR /usr/agent\nRUN curl -LO https://example.com/dd-java-agent.jar",
                Provision::Named,
            ),
            ("ENV D=/usr/agent\nCOPY dd-java-agent.jar $D/", Provision::Named),
            (
                "RUN <<E\ncurl -o /usr/agent/dd-java-agent.jar https://example.com/x\nE",
                Provision::Named,
            ),
            ("COPY agent /usr/agent", Provision::Possible),
            ("COPY . /", Provision::Possible),
            ("COPY app.jar /usr/agent/", Provision::Missing),
            ("COPY dd-java-agent.jar /opt/", Provision::Missing),
            ("RUN echo dd-java-agent.jar", Provision::Missing),
            ("RUN rm -f /usr/agent/dd-java-agent.jar", Provision::Removed),
            ("COPY a.jar /usr/agent/dd-java-agent.jar\nRUN rm -rf /usr/agent/", Provision::Removed),
            ("RUN rm -rf /usr/agent/*", Provision::Removed),
            ("RUN [\"rm\", \"-rf\", \"/usr/agent\"]", Provision::Removed),
            ("RUN if [ -d /x ]; then rm -rf /usr/agent; fi", Provision::Removed),
            ("RUN mv /usr/agent /opt/agent", Provision::Removed),
            ("RUN mv /x.jar /usr/agent/dd-java-agent.jar", Provision::Named),
            ("RUN rm -rf /usr/agents", Provision::Missing),
            ("RUN echo java -javaagent:/usr/agent/dd-java-agent.jar >/x", Provision::Missing),
            ("RUN ./fetch.sh /usr/agent/dd-java-agent.jar", Provision::Possible),
            ("RUN tar xzf /x.tgz -C /usr/agent", Provision::Possible),
            ("RUN cp -r /x/agent /usr/", Provision::Possible),
            ("RUN cp /x/*.jar /usr/agent/", Provision::Named),
            ("RUN aws s3 cp s3://x/y /usr/agent/dd-java-agent.jar", Provision::Named),
            ("ADD a /usr/agent/dd-java-agent.jar\nRUN cd /usr && rm -rf agent", Provision::Removed),
            (
                "ADD a /usr/agent/dd-java-agent.jar\nENV D=/usr/agent\nRUN rm -rf $D",
                Provision::Removed,
            ),
            (
                "ADD a /usr/agent/dd-java-agent.jar\nRUN sh -c 'rm /usr/agent/*.jar'",
                Provision::Removed,
            ),
            (
                "ADD a /usr/agent/dd-java-agent.jar\nRUN find /usr -name '*.jar' -delete",
                Provision::Removed,
            ),
            (
                "ADD a /usr/agent/dd-java-agent.jar\nRUN for d in /a /usr/agent; do rm -r $d; done",
                Provision::Removed,
            ),
            (
                "ADD a /usr/agent/dd-java-agent.jar\nWORKDIR /usr\nRUN rm -r agent",
                Provision::Removed,
            ),
            (
                "ADD a /usr/agent/dd-java-agent.jar\nRUN echo '; rm -rf /usr/agent'",
                Provision::Named,
            ),
            (
                "ADD a /usr/agent/dd-java-agent.jar\nRUN rm -rf /usr/agent/*.md /var/lib/apt/lists/*",
                Provision::Named,
            ),
            (
                "ADD a /usr/agent/dd-java-agent.jar\nRUN cd /usr/agent && mv dd-java-agent.jar x.jar",
                Provision::Removed,
            ),
        ];
        for (lines, expected) in table {
            let file = crate::dockerfile::read(&format!("FROM x AS a\n{lines}\nFROM a")).unwrap();
            let (facts, none) = (crate::facts::of(&file, 1), Surroundings::none());
            let found = provision(&file, &facts, &none, "/usr/agent/dd-java-agent.jar");
            assert_eq!(found, expected, "{lines}");
        }
    }
}
