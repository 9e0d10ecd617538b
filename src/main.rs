//! Starts the command line; only this file exits.

use std::process::ExitCode;

use holdpoint::cli;

fn main() -> ExitCode {
    ExitCode::from(cli::run(std::env::args_os(), cli::serve::run))
}
