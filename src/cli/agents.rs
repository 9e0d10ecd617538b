//! `agents add|ls|rm`: the `[[agent]]` tables of the config, and what those agents are at. The rest of the file stays as it
//! is, comments and all; a text that would not be a config is never written.
//!
//! A token is made here and printed once: the config keeps its hash alone.

mod edit;
mod list;
mod replace;

use std::path::Path;

use serde_json::json;

use crate::admin::{json, token};
use crate::agent::ANONYMOUS;
use crate::cli::args::{Agents, AgentsCommand};
use crate::cli::env::{announced, reachable};
use crate::cli::hold::safe;
use crate::cli::server::Place;
use crate::cli::variables::{Credentials, url};
use crate::cli::{Done, Trouble, client, load, out};
use crate::config::Config;
use crate::secret::{hex, sha256};

/// Does what was asked of them.
pub fn run(place: &Place, asked: Agents) -> Done {
    let config = load(place.config.as_deref())?;
    match asked.what {
        AgentsCommand::Add { name, source, json } => add(&config, name, &source, json),
        AgentsCommand::Ls { json } => client::block_on(list::run(place, &config, json)),
        AgentsCommand::Rm { name, json } => rm(&config, &name, json),
    }
}

fn add(config: &Config, name: String, source: &[String], as_json: bool) -> Done {
    if name.contains(':') {
        return Err(Trouble::Wrong(
            "an agent's name has no colon: it stands before one in the proxy's URL".into(),
        ));
    }
    if config.approvers.iter().any(|approver| approver.name == name) {
        return Err(Trouble::Wrong(format!(
            "an [[approver]] has the name `{}`: an agent of that name would be taken for its own approver\nhint: choose \
             another name",
            safe(&name)
        )));
    }
    let token = token::make();
    let table = edit::table(&name, &hex(&sha256(token.as_bytes())), source);
    let who = Credentials { name, token: crate::secret::Masked::new(token.clone()) };
    let address = reachable(announced(config).unwrap_or(config.proxy.listen));
    let shown = format!("agent  {}\ntoken  {token}\nproxy  {}\n", safe(&who.name), url(address, Some(&who)));
    let Some(file) = &config.file else {
        let text = "there is no config file; put this table into config/holdpoint.toml:";
        return by_hand(&shown, &table, text);
    };
    let old = replace::read(file).map_err(Trouble::Failed)?;
    let new = edit::added(&old, &table);
    let checked = check(file, &new)?;
    match replace::replace(file, &old, &new) {
        Ok(()) => {}
        Err(replace::Fault::Closed(error)) => {
            return by_hand(&shown, &table, &format!("{}: {error}; put this table into it:", file.display()));
        }
        Err(replace::Fault::Other(error)) => {
            return Err(Trouble::Failed(format!("{}: {error}", file.display())));
        }
    }
    if as_json {
        let said = json!({
            "agent": who.name, "token": token, "proxy": url(address, Some(&who)), "file": file.display().to_string(),
        });
        out::say(&(json::text(&said) + "\n"))?;
    } else {
        out::say(&format!("{shown}\nThe token is shown this once; {} has its hash.\n", file.display()))?;
    }
    if checked.agents.len() == 1 {
        out::aside(&format!(
            "note: until now everyone was `{ANONYMOUS}`; from now on only agents that the config names are let in"
        ));
    }
    reload(config);
    Ok(())
}

/// The config does not have it, so this is no success.
fn by_hand(shown: &str, table: &str, text: &str) -> Done {
    out::say(&format!("{shown}\n{table}"))?;
    Err(Trouble::Failed(text.to_owned()))
}

fn rm(config: &Config, name: &str, as_json: bool) -> Done {
    let named = safe(name);
    if !config.agents.iter().any(|agent| agent.name == name) {
        return Err(Trouble::Wrong(format!("no [[agent]] has the name `{named}`")));
    }
    let Some(file) = &config.file else {
        return Err(Trouble::Wrong("there is no config file, and so no agent".to_owned()));
    };
    let old = replace::read(file).map_err(Trouble::Failed)?;
    let place = |line: usize| format!("{}:{line}", file.display());
    let rules = edit::rules_with(&old, name);
    if let Some(first) = rules.first() {
        let places: Vec<String> = rules.iter().map(|line| place(*line)).collect();
        return Err(Trouble::Failed(format!(
            "`{named}` is named by a rule ({}); without the agent the rule would mean another thing\nhint: change \
             or remove it first, at line {first}",
            places.join(", ")
        )));
    }
    let new =
        edit::removed(&old, name).map_err(|why| Trouble::Failed(format!("{}: {why}", file.display())))?;
    let checked = check(file, &new)?;
    if checked.agents.len() + 1 != config.agents.len()
        || checked.agents.iter().any(|agent| agent.name == name)
    {
        return Err(Trouble::Failed(format!("{}: it changed meanwhile; look at it again", file.display())));
    }
    replace::replace(file, &old, &new).map_err(|fault| match fault {
        replace::Fault::Closed(error) | replace::Fault::Other(error) => {
            Trouble::Failed(format!("{}: {error}; the agent is still in it", file.display()))
        }
    })?;
    out::say(&if as_json {
        json::text(&json!({ "agent": name, "removed": true })) + "\n"
    } else {
        format!("{named} is no agent any more; its token opens nothing.\n")
    })?;
    if checked.agents.is_empty() {
        out::aside(&format!("note: no agent is named any more: whoever reaches the proxy is `{ANONYMOUS}`"));
    }
    reload(config);
    Ok(())
}

/// A text that `serve` would not take is not written.
fn check(file: &Path, text: &str) -> Result<Config, Trouble> {
    Config::parse(&file.display().to_string(), text).map_err(|error| {
        Trouble::Wrong(format!(
            "{error}\nhint: the file is as it was; these lines are of what it would have been"
        ))
    })
}

/// Has the server read its config again, where it is this user's; else says how.
fn reload(config: &Config) {
    match replace::server(&config.state_dir) {
        Some(pid) if rustix::process::kill_process(pid, rustix::process::Signal::HUP).is_ok() => out::aside(
            &format!("note: the server (process {}) was told to read its config again", pid.as_raw_nonzero()),
        ),
        _ => out::aside("note: a server that runs reads it on SIGHUP, or when it starts again"),
    }
}
