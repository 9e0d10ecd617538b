//! `grants ls` and `grants revoke`.

use crate::admin::{Grants, is_name, json};
use crate::cli::args::GrantsCommand;
use crate::cli::client::Client;
use crate::cli::hold::safe;
use crate::cli::server::Place;
use crate::cli::table::table;
use crate::cli::{Done, Trouble, out};
use crate::hold::GrantView;

const TITLES: [&str; 7] = ["ID", "STATE", "AGENT", "SCOPE", "USED", "UNTIL", "COVERS"];

/// Lists or revokes.
pub async fn run(place: &Place, asked: GrantsCommand) -> Done {
    let client = Client::find(place)?;
    match asked {
        GrantsCommand::Ls { json: as_json } => {
            let found: Grants = client.get_json("/v1/grants").await?;
            if as_json {
                return out::say(&(json::text(&found) + "\n"));
            }
            if found.grants.is_empty() {
                out::aside("no grants");
                return Ok(());
            }
            let rows: Vec<_> = found.grants.iter().map(row).collect();
            out::say(&table(&TITLES, &rows))
        }
        GrantsCommand::Revoke { id, json: as_json } => {
            if !is_name(&id) {
                return Err(Trouble::Wrong(format!("{} is no grant's id", safe(&id))));
            }
            let grant: GrantView = client.delete(&format!("/v1/grants/{id}")).await?;
            if as_json {
                return out::say(&(json::text(&grant) + "\n"));
            }
            out::say(&format!(
                "{}: {}, used {} of {}\n",
                safe(&grant.id),
                safe(&grant.state),
                grant.used,
                grant.uses
            ))
        }
    }
}

fn row(grant: &GrantView) -> [String; 7] {
    [
        safe(&grant.id),
        safe(&grant.state),
        safe(&grant.agent),
        grant.scope.as_str().to_owned(),
        format!("{}/{}", grant.used, grant.uses),
        safe(&grant.expires_at),
        safe(&grant.covers),
    ]
}
