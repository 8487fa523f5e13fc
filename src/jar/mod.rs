//! Whether the agent's jar is in the image, as far as the instructions tell, and whether it can be
//! read there ([`access`]); and the line that brings it ([`line`]).

mod access;
mod line;

pub use access::{Closed, closed};
pub use line::{JAR_MODE, JarLine, is_old_frontend, jar_line, refused_by_frontend};

use crate::dockerfile::{Dockerfile, Kind, Transfer};
use crate::facts::{Place, StageFacts};
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

/// Looks for the instruction that puts a file at `path`, which is absolute, into a stage.
pub fn provision(
    file: &Dockerfile,
    stage: &StageFacts,
    surroundings: &Surroundings<'_>,
    path: &str,
) -> Provision {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let wanted = Wanted { path, folder, name };
    let mut provision = Provision::Missing;
    for place in &stage.places {
        let found = match file.instructions.get(place.instruction).map(|one| &one.kind) {
            Some(Kind::Transfer(transfer)) if wanted.is_left_out(transfer, place, surroundings) => {
                Provision::Missing
            }
            Some(Kind::Transfer(transfer)) => wanted.by_transfer(transfer, &place.path),
            Some(Kind::Run(text)) if wanted.is_removed_by(text) => {
                provision = Provision::Removed;
                continue;
            }
            Some(Kind::Run(text)) => wanted.by_command(text, &place.path),
            _ => continue,
        };
        provision = match found {
            Provision::Missing => provision,
            found => found.max(provision),
        };
    }
    provision
}

/// Whether the instruction that puts a file at `path` takes it from where Datadog publishes its
/// agent, whatever name it gets.
pub fn comes_from_datadog(file: &Dockerfile, stage: &StageFacts, path: &str) -> bool {
    let source = |text: &str| {
        ["dtdg.co/", "dd-java-agent", "dd-trace-java"].iter().any(|s| text.contains(s))
    };
    stage.places.iter().any(|place| {
        match file.instructions.get(place.instruction).map(|instruction| &instruction.kind) {
            Some(Kind::Transfer(transfer)) => {
                place.path == path && transfer.sources.iter().any(|from| source(from))
            }
            Some(Kind::Run(text)) => text.contains(path) && source(text),
            _ => false,
        }
    })
}

struct Wanted<'p> {
    path: &'p str,
    folder: &'p str,
    name: &'p str,
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
        place: &Place,
        surroundings: &Surroundings<'_>,
    ) -> bool {
        let mut sources = place.sources.iter().filter(|source| {
            place.sources.len() == 1 || source.rsplit('/').next() == Some(self.name)
        });
        transfer.from.is_none() && sources.any(|source| surroundings.is_left_out(source))
    }

    /// `rm -rf /usr/agent`, and nothing that brings it again.
    fn is_removed_by(&self, text: &str) -> bool {
        let is_above = |word: &str| {
            let word = word.trim_matches(['"', '\'', ',', ']']).trim_end_matches(['/', '*']);
            let rest = self.path.strip_prefix(word).filter(|_| !word.is_empty());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        text.split(['\n', ';', '&', '|']).any(|command| {
            let mut words =
                command.split_whitespace().map(|word| word.trim_matches(['[', '"', ',', '(']));
            let program =
                words.find(|word| !["then", "do", "else", "sudo", "{", ""].contains(word));
            let mut targets: Vec<&str> = command.split_whitespace().collect();
            match program {
                Some("rm") => targets.into_iter().skip(1).any(is_above),
                // What is moved away, not where it goes.
                Some("mv") => {
                    targets.pop();
                    targets.into_iter().skip(1).any(is_above)
                }
                _ => false,
            }
        })
    }

    /// A command that says the path, or the name in the folder it works in:
    /// `cd /usr/agent && curl -O https://example.com/dd-java-agent.jar`.
    fn by_command(&self, text: &str, workdir: &str) -> Provision {
        let in_folder = workdir.trim_end_matches('/') == self.folder
            || (!self.folder.is_empty() && holds(text, self.folder));
        // `echo "… -javaagent:/usr/agent/dd-java-agent.jar"` brings nothing.
        let text = text.replace(&format!("-javaagent:{}", self.path), "");
        let names = holds(&text, self.path) || (in_folder && text.contains(self.name));
        // A script may do it.
        let scripts = [".sh", "gradlew", "mvnw", "python", "make "];
        let above = self.path.starts_with(workdir.trim_end_matches('/')) && workdir.len() > 1;
        let could = above && scripts.iter().any(|script| text.contains(script));
        match (names, brings(&text)) {
            (true, true) => Provision::Named,
            (true, false) => Provision::Possible,
            (false, _) if could => Provision::Possible,
            (false, _) => Provision::Missing,
        }
    }
}

/// Whether a text holds a path that is not the end of a longer one.
fn holds(text: &str, path: &str) -> bool {
    text.match_indices(path).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|c| c.is_ascii_alphanumeric() || "_.-/}".contains(c))
    })
}

/// Whether a RUN has a command that makes files.
fn brings(text: &str) -> bool {
    const COMMANDS: &[&str] = &[
        "curl", "wget", "cp", "mv", "ln", "tar", "unzip", "install", "mvn", "gradle", "aws",
        "gsutil", "fetch", "python", "rsync", ">",
    ];
    text.split(|c: char| c.is_whitespace() || ";&|()".contains(c))
        .any(|word| COMMANDS.contains(&word.rsplit('/').next().unwrap_or(word)))
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
        ];
        for (lines, expected) in table {
            let file = crate::dockerfile::read(&format!("FROM x AS a\n{lines}\nFROM a")).unwrap();
            let (facts, none) = (crate::facts::of(&file, 1), Surroundings::none());
            let found = provision(&file, &facts, &none, "/usr/agent/dd-java-agent.jar");
            assert_eq!(found, expected, "{lines}");
        }
    }
}
