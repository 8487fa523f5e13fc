//! What the user types; nothing here reads a file.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::report::Format;
use crate::settings::Flags;

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

/// Where the settings come from, and the flags among them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Settings (also in entrypatch.toml)")]
pub struct SettingsArguments {
    /// Read this configuration instead of the nearest entrypatch.toml
    #[arg(long, value_name = "FILE", conflicts_with = "isolated")]
    pub config: Option<PathBuf>,
    /// Read no configuration
    #[arg(long)]
    pub isolated: bool,
    /// The settings that have a flag.
    #[command(flatten)]
    pub flags: Flags,
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
