//! What the demo is played on: a directory of its own with config, certificates and state, the forum, and a Holdpoint that
//! knows the forum's name. Nothing outside of the directory is written, and no name is asked of any network.

use std::fs::{self, DirBuilder};
use std::future::Future;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use crate::cli::demo::actor::Actor;
use crate::cli::demo::forum::{self, Server};
use crate::cli::{hold, serve};
use crate::clock::Clock;
use crate::config::Config;
use crate::hold::Desk;
use crate::secret::{hex, random, sha256};
use crate::serve::{Resolve, Running};

/// The agents and their tokens.
const AGENTS: [&str; 2] = ["triage-bot", "access-script"];

/// Set, and running.
pub struct Stage {
    dir: PathBuf,
    stays: Stays,
    config: Config,
    tokens: Vec<String>,
    running: Running,
    pub forum: Server,
}

/// How long the directory is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stays {
    /// It goes with the demo.
    No,
    /// Where the story came to its end, so that one can look at the record.
    IfPlayed,
    /// The person named it.
    Yes,
}

/// `forum.example` is here, and nothing else is anywhere.
struct Here;

impl Resolve for Here {
    fn resolve<'a>(
        &'a self,
        name: &'a str,
    ) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send + 'a>> {
        Box::pin(async move {
            if name == forum::HOST {
                return Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]);
            }
            Err(io::Error::new(io::ErrorKind::NotFound, "the demo knows no other host than its forum"))
        })
    }
}

impl Stage {
    /// Sets it, in this directory or in a new one. `fleeting`: a new one is removed in the end.
    pub async fn set(dir: Option<&Path>, fleeting: bool) -> Result<Self, String> {
        let (dir, stays) = match dir {
            Some(dir) => (std::path::absolute(dir).map_err(|error| error.to_string())?, Stays::Yes),
            None => {
                let name = format!("holdpoint-demo-{}", hex(&random::<6>()));
                (std::env::temp_dir().join(name), if fleeting { Stays::No } else { Stays::IfPlayed })
            }
        };
        let named = |error: io::Error| format!("{}: {error}", dir.display());
        make(&dir).map_err(named)?;
        let forum = Server::start().await.map_err(|error| format!("the forum does not start: {error}"))?;
        let tokens: Vec<String> = AGENTS.iter().map(|_| hex(&random::<16>())).collect();
        let file = dir.join("holdpoint.toml");
        fs::write(dir.join("forum.toml"), forum::CATALOG).map_err(named)?;
        fs::write(&file, config_text(&dir, forum.address.port(), &tokens)?).map_err(named)?;
        let config = Config::load(&file)?;
        serve::start_log(Some(&config.state_dir.join("holdpoint.log")))?;
        let running = serve::start_with(config.clone(), Clock::system(), Arc::new(Here)).await?;
        Ok(Self { dir, stays, config, tokens, running, forum })
    }

    /// The agent that answers, and the script that follows it.
    pub fn actors(&self) -> [Actor; 2] {
        [0, 1].map(|at| Actor {
            name: AGENTS[at],
            token: self.tokens[at].clone(),
            proxy: self.running.proxy(),
            forum: self.forum.address,
        })
    }

    pub fn running(&self) -> &Running {
        &self.running
    }

    pub fn desk(&self) -> &Desk {
        self.running.desk()
    }

    pub fn log(&self) -> PathBuf {
        self.config.state_dir.join("holdpoint.log")
    }

    /// Stops all of it, looks at the record, and cleans up. What there is to say, and whether the record is whole.
    pub async fn strike(self, played: bool) -> (String, Result<(), String>) {
        let audit = self.running.audit_dir().to_owned();
        self.running.stop().await;
        let whole = crate::audit::verify(&audit, None, None);
        let (config, place) = (self.dir.join("holdpoint.toml"), hold::safe(&audit.display().to_string()));
        let config = hold::safe(&config.display().to_string());
        let said = match (&whole, self.stays == Stays::No) {
            (Err(broken), _) => {
                format!("The record of it is not whole: {}\n", hold::safe(&broken.to_string()))
            }
            (Ok(_), true) => {
                "Every step was on record, and the record was whole. (--dir DIR keeps it.)\n".to_owned()
            }
            (Ok(_), false) => format!(
                "Every step is on record in {place}, and the record is whole:\n  \
                 holdpoint --config {config} audit verify\n  holdpoint --config {config} audit show\n"
            ),
        };
        if self.stays == Stays::No || self.stays == Stays::IfPlayed && !played {
            let _ = fs::remove_dir_all(&self.dir);
        }
        (said, whole.map(|_| ()).map_err(|broken| broken.to_string()))
    }
}

/// A directory that is there must be empty: no config and no state of anybody's is written over.
fn make(dir: &Path) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if fs::read_dir(dir)?.next().is_some() {
                return Err(io::Error::other("it is not empty; name one that is, or that is not there yet"));
            }
            Ok(())
        }
        other => other,
    }
}

fn config_text(dir: &Path, port: u16, tokens: &[String]) -> Result<String, String> {
    let quoted = |name: &str| {
        let path = dir.join(name);
        let text = path.to_str().ok_or_else(|| format!("{path:?} is no text that a config can name"))?;
        Ok::<_, String>(toml::Value::from(text).to_string())
    };
    let mut text = format!(
        "# What `holdpoint demo` ran with.\n\
         [proxy]\nlisten = \"127.0.0.1:0\"\n\n[admin]\nlisten = \"\"\n\n[state]\ndir = {}\n\n\
         [tls]\nca_cert = {}\nca_key = {}\n\n\
         # The forum is on this machine, and there is no other service: no system roots are needed.\n\
         [upstream]\nallow_addresses = [\"127.0.0.1\"]\nroots = [{}]\n\n\
         [[service]]\nname = \"forum\"\nhost = [\"{}:{port}\"]\ncatalog = {}\n",
        quoted("state")?,
        quoted("certs/ca.pem")?,
        quoted("certs/ca-key.pem")?,
        quoted("certs/ca.pem")?,
        forum::HOST,
        quoted("forum.toml")?,
    );
    for (name, token) in AGENTS.iter().zip(tokens) {
        let hash = hex(&sha256(token.as_bytes()));
        text.push_str(&format!("\n[[agent]]\nname = \"{name}\"\ntoken_hash = \"sha256:{hash}\"\n"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_config_of_the_demo_is_one_that_serve_takes() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("forum.toml"), forum::CATALOG).unwrap();
        let tokens = ["one".to_owned(), "two".to_owned()];
        let text = config_text(dir.path(), 8000, &tokens).unwrap();
        let config = Config::parse("holdpoint.toml", &text).unwrap_or_else(|error| panic!("{error}"));
        assert!(config.warnings.is_empty(), "{:?}", config.warnings);
        assert_eq!(config.agents.len(), 2);
    }

    #[test]
    fn nothing_of_anybodys_is_written_over() {
        let dir = tempfile::tempdir().unwrap();
        assert!(make(dir.path()).is_ok(), "empty");
        assert!(make(&dir.path().join("new")).is_ok());
        assert!(make(dir.path()).unwrap_err().to_string().contains("not empty"));
    }
}
