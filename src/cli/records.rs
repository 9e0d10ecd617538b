//! `audit show|verify|export`: leads from the line to `audit`, which reads the log's files itself, whether or not a
//! server runs.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use crate::audit::{Checkpoint, Event};
use crate::cli::args::{Audit, AuditCommand};
use crate::cli::audit::{self, Filter, Found};
use crate::cli::hold::{check_name, safe};
use crate::cli::{Done, Trouble, out};
use crate::config::Config;
use crate::store::Store;

/// Reads the log of the config's state directory. `server` is what the line or `HOLDPOINT_SERVER` names.
pub fn run(config: &Config, server: Option<&str>, asked: Audit) -> Done {
    mind_the_server(server, std::env::var("HOLDPOINT_SERVER").ok().as_deref(), config)?;
    let dir = config.state_dir.join("audit");
    may_look(&dir)?;
    match asked.what {
        AuditCommand::Show { hold, agent, event, json } => {
            let filter = Filter { hold, agent, event };
            check(&filter)?;
            let mut found = Found::default();
            out::stream(|out| audit::show(&dir, &filter, json, &mut found, out))?;
            tell_of_nothing(&filter, &found)
        }
        AuditCommand::Verify { checkpoint, json } => {
            let checkpoint = checkpoint.map(|text| text.parse().map_err(Trouble::Wrong)).transpose()?;
            let database = kept(config);
            out::stream(|out| audit::verify(&dir, checkpoint, database, json, out))
        }
        AuditCommand::Export => out::stream(|out| audit::export(&dir, out)),
    }
}

/// Nobody is to take this machine's log for that of a server elsewhere: the flag is an error, the variable, which may be
/// there for other commands, gets a note.
fn mind_the_server(server: Option<&str>, variable: Option<&str>, config: &Config) -> Done {
    let Some(named) = server.filter(|text| !text.is_empty()) else { return Ok(()) };
    let dir = config.state_dir.join("audit");
    let text = format!("`audit` reads files, here those in {}, and asks no server", dir.display());
    let way = "a server's records come from `GET /v1/audit` of its admin API";
    if variable == Some(named) {
        out::aside(&format!("note: {text}; HOLDPOINT_SERVER is not used ({way})"));
        return Ok(());
    }
    Err(Trouble::Wrong(format!(
        "{text}: leave --server out\nhint: name the server's config with --config where its files are on this machine; {way}"
    )))
}

/// Whether the log is there and can be read. Of what cannot be looked at nothing is said.
fn may_look(dir: &Path) -> Done {
    let look = || -> io::Result<()> {
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "jsonl") {
                File::open(path)?;
            }
        }
        Ok(())
    };
    look().map_err(|error| {
        let dir = dir.display();
        Trouble::Wrong(match error.kind() {
            io::ErrorKind::NotFound => format!(
                "there is no audit log at {dir}, so nothing is known of it\nhint: `holdpoint serve` makes it; where the \
                 server's config is another one, name it with --config"
            ),
            io::ErrorKind::PermissionDenied => format!(
                "the audit log at {dir} may not be read by this user, so nothing is known of it\nhint: run this as the \
                 user that Holdpoint runs as"
            ),
            _ => format!("the audit log at {dir} cannot be read, so nothing is known of it: {error}"),
        })
    })
}

/// A filter that no record could ever pass is a mistake.
fn check(filter: &Filter) -> Done {
    if let Some(event) = &filter.event
        && !Event::ALL.iter().any(|known| known.as_str() == event)
    {
        let known: Vec<_> = Event::ALL.iter().map(|event| event.as_str()).collect();
        return Err(Trouble::Wrong(format!("--event is one of {}", known.join(", "))));
    }
    filter.hold.as_deref().map_or(Ok(()), check_name)
}

/// Silence would look like an answer.
fn tell_of_nothing(filter: &Filter, found: &Found) -> Done {
    let nothing = |what: &str, name: &Option<String>| {
        let name = name.as_deref().map(safe).unwrap_or_default();
        Err(Trouble::Failed(format!("no record in this log is of {what} {name}")))
    };
    if filter.hold.is_some() && !found.hold {
        return nothing("hold", &filter.hold);
    }
    if filter.agent.is_some() && !found.agent {
        return nothing("agent", &filter.agent);
    }
    if !found.any {
        out::aside("no records");
    }
    Ok(())
}

/// The checkpoint that the database kept. A server that runs has the database to itself: then the one that it leaves
/// beside the log is as new.
fn kept(config: &Config) -> Option<Checkpoint> {
    if !config.database.exists() {
        return None;
    }
    match Store::open(&config.database) {
        Ok(store) => store.checkpoint(),
        Err(_) => {
            out::aside("note: the database is in use or cannot be read: its checkpoint is not compared");
            None
        }
    }
}
