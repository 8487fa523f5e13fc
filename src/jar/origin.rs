//! Where a jar comes from: an agent is known by its origin too, whatever name it gets in the image.

use std::cell::Cell;

use crate::dockerfile::{Dockerfile, Kind, Transfer};
use crate::effects::{Effect, Target};
use crate::facts::{self, Action, StageFacts};
use crate::image_path::normal;

/// Where Datadog publishes its agent for Java, and how the file is called there.
/// <https://docs.datadoghq.com/tracing/trace_collection/automatic_instrumentation/dd_libraries/java/>
const ORIGINS: &[&str] =
    &["dtdg.co/", "dd-java-agent", "dd-trace-java", "dd-lib-java-init", "com/datadoghq/"];

/// How many instructions a file is followed through, in all stages together.
const MOST_STEPS: usize = 1_000;

/// Whether the file at `path` (a relative one lies in the working directory) comes from where Datadog
/// publishes its agent, through copies, moves and stages.
pub fn comes_from_datadog(file: &Dockerfile, stage: &StageFacts, path: &str) -> bool {
    let path = normal(&facts::join(stage.workdir.as_deref(), path));
    Origin { file, steps_left: Cell::new(MOST_STEPS) }.is_datadog(stage, &path)
}

fn is_origin(text: &str) -> bool {
    ORIGINS.iter().any(|part| text.contains(part))
}

struct Origin<'f> {
    file: &'f Dockerfile,
    steps_left: Cell<usize>,
}

impl Origin<'_> {
    fn is_datadog(&self, stage: &StageFacts, path: &str) -> bool {
        let mut path = path.to_owned();
        for action in stage.actions.iter().rev() {
            let left = self.steps_left.get();
            self.steps_left.set(left.saturating_sub(1));
            if left == 0 {
                return false;
            }
            match self.file.instructions.get(action.instruction).map(|one| &one.kind) {
                Some(Kind::Transfer(transfer)) => {
                    if let Some(source) = source(transfer, action, &path) {
                        return self.brings(transfer, &source);
                    }
                }
                Some(Kind::Run(text)) => {
                    for effect in action.effects(self.file).iter().rev() {
                        match effect {
                            Effect::Writes { target, url } if target.is(&path) => {
                                return url
                                    .as_deref()
                                    .map_or_else(|| is_origin(&text.text), is_origin);
                            }
                            Effect::Copies { from, to, into, .. }
                                if arrives(from, to, *into, &path) =>
                            {
                                path = from.path().to_owned();
                            }
                            _ => {}
                        }
                    }
                }
                _ => {}
            }
        }
        is_origin(path.rsplit('/').next().unwrap_or_default())
    }

    /// Whether an ADD or COPY takes the agent.
    fn brings(&self, transfer: &Transfer, source: &str) -> bool {
        let Some(from) = &transfer.from else { return is_origin(source) };
        match self.file.copied_stage(from) {
            Some(stage) => {
                let path = normal(&facts::join(Some("/"), source));
                self.is_datadog(&facts::of(self.file, stage), &path)
            }
            None => is_origin(from) || is_origin(source),
        }
    }
}

/// What an ADD or COPY puts at `path`, where it says the file itself.
fn source(transfer: &Transfer, action: &Action, path: &str) -> Option<String> {
    let destination = normal(&action.path);
    if destination == path {
        return action.sources.last().cloned();
    }
    let (folder, name) = path.rsplit_once('/')?;
    let is_folder = action.path.ends_with(['.', '/']) || transfer.sources.len() > 1;
    let folder = if folder.is_empty() { "/" } else { folder };
    if !is_folder || destination != folder {
        return None;
    }
    let own = |source: &&String| source.trim_end_matches('/').rsplit('/').next() == Some(name);
    action.sources.iter().rev().find(own).cloned()
}

/// Whether a copy puts its source at `path` itself.
fn arrives(from: &Target, to: &Target, into: Option<bool>, path: &str) -> bool {
    (into != Some(true) && to.is(path)) || (into != Some(false) && to.join(from.name()).is(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dockerfile::read;

    #[test]
    fn the_agent_is_known_by_its_origin() {
        let table = [
            ("ADD https://dtdg.co/latest-java-tracer /x.jar", true),
            ("WORKDIR /opt\nADD https://dtdg.co/latest-java-tracer ../x.jar", true),
            ("ARG U=https://dtdg.co/java-tracer-v1\nADD $U /x.jar", true),
            ("COPY libs/dd-java-agent-1.2.jar /x.jar", true),
            ("COPY --from=datadog/dd-lib-java-init:1 /x/package/x.jar /", true),
            ("RUN curl -Lo /x.jar https://dtdg.co/latest-java-tracer", true),
            (
                "WORKDIR /tmp\nRUN wget https://example.com/dd-java-agent.jar && mv dd-java-agent.jar /x.jar",
                true,
            ),
            ("ADD https://dtdg.co/latest-java-tracer /y.jar\nRUN cp /y.jar /x.jar", true),
            ("RUN curl -Lo /x.jar https://example.com/other.jar && echo dd-java-agent", false),
            ("ADD https://dtdg.co/latest-java-tracer /x.jar\nCOPY other.jar /x.jar", false),
            ("ADD https://dtdg.co/latest-java-tracer /x.jar\nRUN mv /other.jar /x.jar", false),
            ("COPY other.jar /x.jar", false),
        ];
        for (text, expected) in table {
            let file = read(&format!("FROM a\n{text}")).unwrap();
            assert_eq!(
                comes_from_datadog(&file, &facts::of(&file, 0), "/x.jar"),
                expected,
                "{text}"
            );
        }
        let file = read("FROM a AS b\nWORKDIR /w\nRUN curl -L https://dtdg.co/java-tracer-v1 > t.jar\nFROM a\nWORKDIR /app\nCOPY --from=b /w/t.jar agent.jar").unwrap();
        assert!(comes_from_datadog(&file, &facts::of(&file, 1), "agent.jar"));
    }
}
