//! Whether the agent's jar is in the image, as far as the instructions tell.

use crate::dockerfile::{Dockerfile, Kind, Transfer};
use crate::facts::{Place, StageFacts};

/// What the instructions of a stage, and of the stages below it, say about a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provision {
    /// Nothing puts it there.
    Missing,
    /// A copied folder could hold it.
    Possible,
    /// An ADD, COPY or RUN names it.
    Named,
}

/// Looks for the instruction that puts a file at `path`, which is absolute, into a stage.
pub fn provision(file: &Dockerfile, stage: &StageFacts, path: &str) -> Provision {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let wanted = Wanted { path, folder, name };
    let of_instruction = |place: &Place| match &file.instructions.get(place.instruction)?.kind {
        Kind::Transfer(transfer) => Some(wanted.by_transfer(transfer, &place.path)),
        Kind::Run(text) => Some(wanted.by_command(text, &place.path)),
        _ => None,
    };
    stage.places.iter().filter_map(of_instruction).max().unwrap_or(Provision::Missing)
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
        let into_folder = folder == self.folder;
        let named = |source: &String| source.rsplit('/').next() == Some(self.name);
        if destination == self.path || (into_folder && transfer.sources.iter().any(named)) {
            return Provision::Named;
        }
        let above = self.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'));
        let could_hold = |source: &String| {
            let name = source.trim_end_matches('/').rsplit('/').next().unwrap_or(source);
            !name.contains('.') || name.starts_with('.') || name.contains(['*', '$', '?'])
        };
        if above && transfer.sources.iter().any(could_hold) {
            Provision::Possible
        } else {
            Provision::Missing
        }
    }

    /// A command that says the path, or the name in the folder it works in:
    /// `cd /usr/agent && curl -O https://example.com/dd-java-agent.jar`.
    fn by_command(&self, text: &str, workdir: &str) -> Provision {
        let in_folder = workdir.trim_end_matches('/') == self.folder
            || (!self.folder.is_empty() && text.contains(self.folder));
        let names = text.contains(self.path) || (in_folder && text.contains(self.name));
        let brings = ["curl", "wget", "cp", "mv", "ln", "tar", "unzip", "install"];
        let only_removes = text.split_whitespace().any(|word| word == "rm")
            && !brings.iter().any(|command| text.contains(command));
        if names && !only_removes { Provision::Named } else { Provision::Missing }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_jar_is_found_where_an_instruction_puts_it() {
        let table = [
            ("ADD https://example.com/x /usr/agent/dd-java-agent.jar", Provision::Named),
            ("COPY --from=b /x/dd-java-agent.jar /usr/agent/", Provision::Named),
            ("COPY libs/dd-java-agent.jar /usr/agent", Provision::Named),
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
            ("RUN rm -f /usr/agent/dd-java-agent.jar", Provision::Missing),
        ];
        for (lines, expected) in table {
            let file = crate::dockerfile::read(&format!("FROM x AS a\n{lines}\nFROM a")).unwrap();
            let found =
                provision(&file, &crate::facts::of(&file, 1), "/usr/agent/dd-java-agent.jar");
            assert_eq!(found, expected, "{lines}");
        }
    }
}
