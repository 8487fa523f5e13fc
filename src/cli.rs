//! What the user types; nothing here reads a file.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::{Carrier, NodeMode, Preset, Provide};
use crate::report::Format;

/// Puts Datadog tracing into containers by rewriting the files that start them.
#[derive(Debug, Parser)]
#[command(name = "entrypatch", version, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 nothing wrong, or everything fixed; 1 an error finding remains, or `diff` \
                          printed a patch; 2 bad usage or configuration, or a file that could not be read or written.";

/// The subcommands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Report findings, write nothing
    Check(RunArguments),
    /// Print the patch that `fix` would write
    Diff(RunArguments),
    /// Write the patch, and print it
    Fix(RunArguments),
    /// Take back what `fix` put in, and print the patch
    Remove(RunArguments),
    /// Print what is read of Dockerfiles, one JSON object a line
    #[command(hide = true)]
    Inspect {
        /// The stage to read instead of the last one
        #[arg(long, value_name = "STAGE")]
        target: Option<String>,
        /// Dockerfiles
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
    },
    /// List the rules
    Rules {
        /// How to print them
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Say what a rule is about, what happens in the container, and what to do
    Explain {
        /// The rule's name
        rule: String,
    },
}

/// The arguments of `check`, `diff` and `fix`.
#[derive(Debug, Args)]
pub struct RunArguments {
    /// Files and folders to look at; `-` is standard input [default: .]
    #[arg(value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Read more paths from a file, one a line
    #[arg(long, value_name = "FILE")]
    pub file_list: Option<PathBuf>,
    /// The name of what comes from standard input
    #[arg(long, value_name = "NAME", default_value = "Dockerfile")]
    pub stdin_filename: PathBuf,
    /// Leave out excluded files even when they are named on the command line
    #[arg(long)]
    pub force_exclude: bool,
    /// How to print the result
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// When to use colours
    #[arg(long, value_enum, default_value_t)]
    pub color: Color,
    /// Do not print notes and the summary
    #[arg(long, short)]
    pub quiet: bool,
    /// Exit with 0 although findings remain
    #[arg(long)]
    pub exit_zero: bool,
    /// How many files to work on at once [default: the number of processors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: Option<u16>,
    /// What to insert, and where the settings come from.
    #[command(flatten)]
    pub settings: SettingsArguments,
}

/// Flags of the same meaning as the keys of `entrypatch.toml`.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings (also in entrypatch.toml)")]
pub struct SettingsArguments {
    /// Read this configuration instead of the nearest entrypatch.toml
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    pub config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long)]
    pub isolated: bool,
    /// dd.service [default: derived from pom.xml, settings.gradle, package.json or the folder]
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// dd.env
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// dd.version
    #[arg(long, value_name = "VERSION")]
    pub app_version: Option<String>,
    /// dd.agent.host [default: localhost]
    #[arg(long, value_name = "HOST")]
    pub agent_host: Option<String>,
    /// Where the agent's jar lies in the image [default: /usr/agent/dd-java-agent.jar]
    #[arg(long, value_name = "PATH")]
    pub agent_path: Option<String>,
    /// Where the jar is downloaded from [default: https://dtdg.co/java-tracer-v1]
    #[arg(long, value_name = "URL")]
    pub agent_url: Option<String>,
    /// Which arguments are inserted [default: fargate]
    #[arg(long, value_enum)]
    pub preset: Option<Preset>,
    /// How the jar gets into the image [default: add]
    #[arg(long, value_enum)]
    pub provide: Option<Provide>,
    /// What carries the options where the start cannot be seen through [default: auto]
    #[arg(long, value_enum)]
    pub carrier: Option<Carrier>,
    /// How the tracer gets into a Node application [default: auto]
    #[arg(long, value_enum)]
    pub node_mode: Option<NodeMode>,
    /// Add dd-trace to package.json where it is missing; the lock file is yours to bring up to date
    #[arg(long)]
    pub add_dependency: bool,
    /// The stage to read instead of the last one
    #[arg(long, value_name = "STAGE")]
    pub target: Option<String>,
    /// Overwrite values that are there, and instrument beside another tracer
    #[arg(long)]
    pub force: bool,
    /// Report these rules only
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub select: Vec<String>,
    /// Do not report these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub ignore: Vec<String>,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}
