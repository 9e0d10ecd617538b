//! `run -- CMD`: becomes the command, with the variables that send its traffic through the proxy. Becomes, as `env` and
//! `nohup` do: the process, its terminal, its group and its signals are the command's own, and so is how it ends.
//!
//! Where no server runs, or the agent could not say who it is, nothing is started: a command that was to be guarded
//! never runs unguarded. The token goes into the environment alone, where other users do not see it.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::cli::args::Run;
use crate::cli::env::{announced, reachable};
use crate::cli::node;
use crate::cli::variables::{self, Credentials};
use crate::cli::{Done, Trouble, out};
use crate::config::Config;
use crate::limits;
use crate::secret::{Masked, token_matches};

/// The variable with an agent's token.
const TOKEN: &str = "HOLDPOINT_AGENT_TOKEN";
/// What belongs to approvers, and the token that the proxy's URL has already.
const NOT_FOR_AGENTS: [&str; 3] = ["HOLDPOINT_TOKEN", "HOLDPOINT_SERVER", TOKEN];

/// Becomes the command. It returns only where that was not possible.
pub fn run(config: &Config, asked: Run) -> Done {
    if asked.confine {
        return Err(Trouble::Wrong("--confine is not in this version".to_owned()));
    }
    let (program, arguments) = asked.command.split_first().expect("clap wants at least one");
    let who = who(config, asked.agent.as_deref(), token(asked.token_file.as_deref())?)?;
    let proxy = running(config)?;
    let say = |text: &str| out::aside(&format!("holdpoint run: {text}"));
    let variables = variables::all(config, proxy, who.as_ref(), say)?;
    if let Some(remark) = node::remark(program) {
        say(&remark);
    }
    let mut command = Command::new(program);
    command.args(arguments).envs(variables);
    NOT_FOR_AGENTS.iter().for_each(|name| {
        command.env_remove(name);
    });
    let error = command.exec();
    // The codes of env(1) and every shell.
    let code = if error.kind() == ErrorKind::NotFound { 127 } else { 126 };
    Err(Trouble::Ended(code, format!("{}: {error}", program.display())))
}

/// Where the server that runs listens.
fn running(config: &Config) -> Result<SocketAddr, Trouble> {
    let found = announced(config).or_else(|| {
        // What another user keeps to themselves says nothing; the config does.
        let closed = std::fs::read_dir(&config.state_dir)
            .is_err_and(|error| error.kind() == ErrorKind::PermissionDenied);
        (closed && config.proxy.listen.port() != 0).then_some(config.proxy.listen)
    });
    let address = found.map(reachable).ok_or_else(|| {
        let state = config.state_dir.display();
        Trouble::Failed(format!("no server runs on {state}, {NOT_STARTED}"))
    })?;
    TcpStream::connect_timeout(&address, limits::CLIENT_CONNECT_WAIT)
        .map_err(|error| Trouble::Failed(format!("no server at {address} ({error}), {NOT_STARTED}")))?;
    Ok(address)
}

const NOT_STARTED: &str = "so the command was not started\nhint: start a server with `holdpoint serve`; where its config is \
                           another one, name it with --config";

/// Who the agent is, where agents are named; a token that is no agent's is found out here rather than at every request.
fn who(
    config: &Config,
    name: Option<&str>,
    token: Option<Masked<String>>,
) -> Result<Option<Credentials>, Trouble> {
    let wrong = |text: String| Err(Trouble::Wrong(text));
    let agents = &config.agents;
    let Some(token) = token else {
        return match name {
            Some(name) => wrong(format!("--agent {name} needs its token: --token-file FILE, or {TOKEN}")),
            None if !agents.is_empty() && agents.iter().all(|agent| agent.source.is_empty()) => {
                wrong(format!(
                    "agents are known by their tokens here: say which one it is, by --token-file FILE or {TOKEN}"
                ))
            }
            None => Ok(None),
        };
    };
    let fits =
        |hash: &Option<String>| hash.as_deref().is_some_and(|hash| token_matches(token.reveal(), hash));
    let found =
        agents.iter().find(|agent| name.is_none_or(|name| name == agent.name) && fits(&agent.token_hash));
    let entry = match (found, name) {
        (Some(entry), _) => entry,
        (None, Some(name)) if !agents.iter().any(|agent| agent.name == name) => {
            return wrong(format!(
                "no [[agent]] has the name `{name}`; `holdpoint agents add {name}` makes one"
            ));
        }
        (None, Some(name)) => return wrong(format!("this is not the token of `{name}`")),
        (None, None) => return wrong("this is no token of an [[agent]]".to_owned()),
    };
    if entry.name.contains(':') {
        return wrong(format!("`{}` has a colon: no such name can be sent with a token", entry.name));
    }
    Ok(Some(Credentials { name: entry.name.clone(), token }))
}

fn token(file: Option<&Path>) -> Result<Option<Masked<String>>, Trouble> {
    let text = match file {
        Some(file) => read(file).map_err(|error| Trouble::Wrong(format!("{}: {error}", file.display())))?,
        None => match std::env::var(TOKEN) {
            Ok(text) if !text.is_empty() => text,
            Err(std::env::VarError::NotUnicode(_)) => {
                return Err(Trouble::Wrong(format!("{TOKEN} is no text")));
            }
            _ => return Ok(None),
        },
    };
    Ok(Some(Masked::new(text.trim_end().to_owned())))
}

fn read(file: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(file)?.take(limits::TOKEN_FILE_BYTES_MAX).read_to_string(&mut text)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::{hex, sha256};

    fn config(agents: &str) -> Config {
        Config::parse("test.toml", agents).unwrap()
    }

    fn named(name: &str, token: &str) -> String {
        format!("[[agent]]\nname = \"{name}\"\ntoken_hash = \"sha256:{}\"\n", hex(&sha256(token.as_bytes())))
    }

    fn found(config: &Config, name: Option<&str>, token: Option<&str>) -> Result<Option<String>, String> {
        match who(config, name, token.map(|token| Masked::new(token.to_owned()))) {
            Ok(who) => Ok(who.map(|who| who.name)),
            Err(Trouble::Wrong(text)) => Err(text),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_token_says_which_agent_it_is_and_a_wrong_one_starts_nothing() {
        let config = config(&(named("bot", "s3cret") + &named("other", "t0ken")));
        assert_eq!(found(&config, None, Some("t0ken")), Ok(Some("other".into())));
        assert_eq!(found(&config, Some("bot"), Some("s3cret")), Ok(Some("bot".into())));
        assert_eq!(found(&config, Some("bot"), Some("t0ken")), Err("this is not the token of `bot`".into()));
        assert!(
            found(&config, Some("bto"), Some("s3cret"))
                .unwrap_err()
                .contains("no [[agent]] has the name `bto`")
        );
        assert!(found(&config, None, Some("s3cres")).unwrap_err().contains("no token"));
        assert!(found(&config, Some("bot"), None).unwrap_err().contains("--token-file"));
        assert!(found(&config, None, None).unwrap_err().contains("say which one it is"));
    }

    #[test]
    fn an_agent_that_is_known_by_its_address_needs_no_token_and_nobody_needs_one_where_none_is_named() {
        let by_address = config("[[agent]]\nname = \"rack\"\nsource = [\"127.0.0.1\"]\n");
        assert_eq!(found(&by_address, None, None), Ok(None));
        assert_eq!(found(&config(""), None, None), Ok(None));
        assert!(found(&config(""), None, Some("s3cret")).is_err());
    }

    #[test]
    fn no_error_shows_a_token() {
        let config = config(&named("bot", "s3cret"));
        for name in [None, Some("bot"), Some("bto")] {
            assert!(!found(&config, name, Some("hunter2")).unwrap_err().contains("hunter2"));
        }
    }
}
