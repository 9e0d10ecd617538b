//! `healthcheck`: whether the server can do its work, as a container's or a supervisor's probe asks it. It needs no
//! token.

use std::time::Duration;

use serde_json::json;

use crate::cli::client::Client;
use crate::cli::server::Place;
use crate::cli::{Done, Trouble, out};

/// Asks `/readyz`.
pub async fn run(place: &Place, as_json: bool) -> Done {
    let asked = Client::without_token(place)?.get("/readyz", None, Duration::ZERO).await;
    match (asked, as_json) {
        (Ok(_), false) => out::say("ready\n"),
        (Ok(_), true) => out::say(&format!("{}\n", json!({ "ready": true }))),
        (Err(Trouble::Failed(why)), true) => {
            out::say(&format!("{}\n", json!({ "ready": false, "why": why })))?;
            Err(Trouble::Said(1))
        }
        (Err(error), _) => Err(error),
    }
}
