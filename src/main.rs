//! The `entrypatch` command: reads its arguments, runs, and maps the result to an exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    entrypatch::run::main()
}
