//! What may be typed around agents: starting one, naming them, and trying it all out.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Subcommand;
use clap::builder::NonEmptyStringValueParser;

/// `run`
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The command gets the terminal, signals and streams as they are; its exit code is what you see. In it, \
HOLDPOINT_AGENT_GUIDE names a text that says what a hold is. What reads no variable goes around the proxy: Node \
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
A forum, two agents and a Holdpoint, on this machine alone; you are asked on this terminal. Nothing outside of one \
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

/// `agents`
#[derive(Debug, clap::Args)]
pub struct Agents {
    /// What of them.
    #[command(subcommand)]
    pub what: AgentsCommand,
}

/// `agents …`
#[derive(Debug, Subcommand)]
pub enum AgentsCommand {
    /// Name an agent: make its token, print it once, and put its hash into the config
    #[command(
        after_help = "Example:\n  holdpoint agents add triage-bot\n  holdpoint agents add build --source 10.1.2.0/24"
    )]
    Add {
        /// Its name, as approvers will see it
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        name: String,
        /// Addresses by which it is known without its token
        #[arg(long, value_name = "NET", num_args = 1..)]
        source: Vec<String>,
        /// As JSON: {"agent","token","proxy","file"}
        #[arg(long)]
        json: bool,
    },
    /// List agents: how they are known, and how much of theirs waits
    #[command(after_help = "Example:\n  holdpoint agents ls")]
    Ls {
        /// As JSON: {"agents":[…]}
        #[arg(long)]
        json: bool,
    },
    /// Take an agent out of the config
    #[command(after_help = "Example:\n  holdpoint agents rm triage-bot")]
    Rm {
        /// Its name
        name: String,
        /// As JSON: {"agent","removed":true}
        #[arg(long)]
        json: bool,
    },
}
