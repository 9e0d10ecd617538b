//! `audit show|verify|export`: leads from the line to `audit`, which reads the log's files itself, whether or not a
//! server runs.

use crate::audit::Checkpoint;
use crate::cli::args::{Audit, AuditCommand};
use crate::cli::audit::{self, Filter};
use crate::cli::{Done, Trouble, out};
use crate::config::Config;
use crate::store::Store;

/// Reads the log of the config's state directory.
pub fn run(config: &Config, asked: Audit) -> Done {
    let dir = config.state_dir.join("audit");
    match asked.what {
        AuditCommand::Show { hold, agent, event, json } => {
            let filter = Filter { hold, agent, event };
            out::stream(|out| audit::show(&dir, &filter, json, out))
        }
        AuditCommand::Verify { checkpoint, json } => {
            let checkpoint = checkpoint.map(|text| text.parse().map_err(Trouble::Wrong)).transpose()?;
            let database = kept(config);
            out::stream(|out| audit::verify(&dir, checkpoint, database, json, out))
        }
        AuditCommand::Export => out::stream(|out| audit::export(&dir, out)),
    }
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
