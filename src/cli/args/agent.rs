//! What may be typed around agents: starting one, naming them, and trying it all out.

use std::ffi::OsString;
use std::path::PathBuf;

/// `run`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The command gets the terminal, signals and streams as they are; its exit code is what you see. In it,
HOLDPOINT_AGENT_GUIDE names a text that says what a hold is. What reads no variable goes around the proxy: Node
before 22.21 and 24.5, Python's aiohttp without trust_env, and whoever unsets them.

Example:
  holdpoint run -- claude
  holdpoint run --agent triage-bot --token-file triage.token -- python3 triage.py")]
pub struct Run {
    /// Which [[agent]] it is [default: the one with this token]
    #[arg(long, value_name = "NAME")]
    pub agent: Option<String>,
    /// A file with the agent's token [default: HOLDPOINT_AGENT_TOKEN]
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Not in this version
    #[arg(long, hide = true)]
    pub confine: bool,
    /// The command and its arguments
    #[arg(required = true, trailing_var_arg = true, value_name = "CMD")]
    pub command: Vec<OsString>,
}

/// `demo`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A forum, two agents and a Holdpoint, on this machine alone; you are asked on this terminal. Nothing outside of one
directory is written, and no network is needed.

Example:
  holdpoint demo
  holdpoint demo --script mixed")]
pub struct Demo {
    /// Decide without a terminal: approve, deny, mixed (the first yes, the second no), or a list like approve,deny
    #[arg(long, value_name = "SCRIPT")]
    pub script: Option<String>,
    /// Play it in this directory, and keep it [default: a new one in the temporary directory]
    #[arg(long, value_name = "DIR")]
    pub dir: Option<PathBuf>,
}
