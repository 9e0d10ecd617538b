//! cli: the command line (SPEC section 4). `args` says what may be typed, one file a command does it, `client`
//! speaks to the server over the admin API. Results go to standard output, what went wrong to standard error;
//! exit 0 is done, 1 failed, 2 wrong usage or config.
//!
//! Whatever comes from an agent is printed as `Untrusted`, also when no terminal is there (CASES AP-01, AP-37).

pub mod args;

mod agents;
mod approve;
mod ask;
pub mod audit;
mod beside;
mod board;
mod ca;
mod catalog;
mod certificate;
mod classify;
mod client;
mod console;
mod curl;
mod demo;
mod deny;
mod difference;
mod direct;
mod edit;
mod env;
mod expect;
mod explain;
mod freeze;
mod freezes;
mod grants;
mod guide;
mod handshake;
mod health;
mod hold;
mod java;
mod listen;
mod ls;
mod node;
mod out;
mod outcome;
pub mod policy;
mod prompt;
mod records;
mod request;
mod review;
mod run;
pub mod serve;
mod server;
mod show;
mod table;
mod tls;
mod variables;
mod watch;

use std::ffi::OsString;
use std::path::Path;

use clap::Parser;

use crate::cli::args::{Args, Command, PolicyCommand};
use crate::config::Config;

/// What runs the proxy: the config, and whether holds may be prompted for on the terminal.
pub type Serve = fn(Config, bool) -> Result<(), String>;

/// Why a command did not do what it was told.
#[derive(Debug)]
pub enum Trouble {
    /// A command was not started: exit with this code, as a shell does.
    Ended(u8, String),
    /// It was tried and failed: exit 1.
    Failed(String),
    /// It failed, and said so on standard output: exit with this code.
    Said(u8),
    /// Wrong usage or config: exit 2.
    Wrong(String),
}

/// What a command comes to.
pub type Done = Result<(), Trouble>;

/// Parses the command line, runs the command, and says what the process exits with.
pub fn run(line: impl IntoIterator<Item = OsString>, serve: Serve) -> u8 {
    let args = match Args::try_parse_from(line) {
        Ok(args) => args,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { 2 } else { 0 };
        }
    };
    match execute(args, serve) {
        Ok(()) => 0,
        Err(Trouble::Ended(code, text)) => complain(&text, code),
        Err(Trouble::Failed(text)) => complain(&text, 1),
        Err(Trouble::Said(code)) => code,
        Err(Trouble::Wrong(text)) => complain(&text, 2),
    }
}

fn complain(text: &str, code: u8) -> u8 {
    // The config's errors bring their own opening.
    let opening = if text.starts_with("error:") { "" } else { "error: " };
    out::aside(&format!("{opening}{text}"));
    code
}

fn execute(args: Args, serve: Serve) -> Done {
    let place = server::Place { config: args.config, server: args.server };
    match args.command {
        Command::Agents(asked) => agents::run(&place, asked),
        Command::Approve(asked) => client::block_on(approve::run(&place, asked)),
        Command::Audit(asked) => {
            records::run(&load(place.config.as_deref())?, place.server.as_deref(), asked)
        }
        Command::Catalog(asked) => catalog::run(asked),
        Command::Classify(asked) => classify::run(&load(place.config.as_deref())?, asked.file.as_deref()),
        Command::Ca(asked) => ca::run(&load(place.config.as_deref())?, asked),
        Command::Console(_) => console::run(&place),
        Command::Demo(asked) => demo::run(asked),
        Command::Deny(asked) => client::block_on(deny::run(&place, asked)),
        Command::Edit(asked) => client::block_on(edit::run(&place, asked)),
        Command::Env(asked) => env::run(&load(place.config.as_deref())?, asked),
        Command::Freeze(asked) => client::block_on(freeze::freeze(&place, asked)),
        Command::Grants(asked) => client::block_on(grants::run(&place, asked.what)),
        Command::Healthcheck(asked) => client::block_on(health::run(&place, asked.json)),
        Command::Ls(asked) => client::block_on(ls::run(&place, asked)),
        Command::Policy(asked) => rules(&place, asked),
        Command::Run(asked) => run::run(&load(place.config.as_deref())?, asked),
        Command::Review(asked) => review::run(&place, asked),
        Command::Serve(asked) => {
            serve(load(place.config.as_deref())?, !asked.no_prompt).map_err(Trouble::Failed)
        }
        Command::Show(asked) => client::block_on(show::run(&place, asked)),
        Command::Thaw(asked) => client::block_on(freeze::thaw(&place, asked)),
    }
}

/// `policy …`. `check` takes a file of its own, else what every other command would read.
fn rules(place: &server::Place, asked: args::Policy) -> Done {
    let flag = place.config.as_deref();
    match asked.what {
        PolicyCommand::Check { file, json } => policy::run(file.as_deref().or(flag), json),
        PolicyCommand::Explain(asked) => explain::run(&load(flag)?, asked),
        PolicyCommand::Test { file, json } => expect::run(&load(flag)?, &file, json),
    }
}

fn load(flag: Option<&Path>) -> Result<Config, Trouble> {
    Config::find(flag).map_err(Trouble::Wrong)
}
