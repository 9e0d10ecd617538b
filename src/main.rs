//! Starts the command line; only this file exits.

use std::process::ExitCode;

use holdpoint::config::Config;

fn main() -> ExitCode {
    ExitCode::from(holdpoint::cli::run(std::env::args_os(), serve))
}

/// The one call site of `serve`: becomes `holdpoint::serve::run` where the way of a request is merged.
fn serve(_config: Config, _prompt: bool) -> Result<(), String> {
    Err("this build has no proxy in it".into())
}
