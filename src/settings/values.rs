//! The settings whose value is one of a few words.

use serde::Deserialize;

/// Which arguments are inserted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// Agent, host, profiling, FlightRecorderOptions, logs injection and the service tags.
    #[default]
    Fargate,
    /// The agent and the service tags.
    Minimal,
    /// The agent in the command, the rest as ENV, which every deployment can override.
    Env,
}

/// How the jar gets into the image.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Provide {
    /// `ADD --chmod=755 <agent-url> <agent-path>`, where nothing provides it yet.
    #[default]
    Add,
    /// `COPY --chmod=755 <agent-file> <agent-path>`, from the build context.
    Copy,
    /// `COPY --chmod=755 --from=<agent-image> … <agent-path>`.
    CopyFrom,
    /// Nothing is inserted: the base image has it.
    None,
}

/// How the tracer gets into a Node application.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum NodeMode {
    /// An import in the entry; for native modules a flag in the command.
    #[default]
    Auto,
    /// An import as the first statement of the entry.
    Import,
    /// A flag behind `node` in the command.
    Flag,
    /// ENV NODE_OPTIONS behind the last RUN: every Node in the container reads it.
    Env,
}

/// What carries the options of a start that cannot be seen through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Carrier {
    /// The command that starts java; what cannot be seen through is refused.
    #[default]
    Auto,
    /// Where that cannot be seen, ENV JAVA_TOOL_OPTIONS: every JVM in the container reads it.
    Env,
}

/// A severity, or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Not reported.
    Off,
    /// Worth knowing.
    Note,
    /// It works, not as intended.
    Warning,
    /// Tracing will not work, or the container will not start.
    Error,
}
