//! `healthcheck`: whether the server can do its work, as a container's or a supervisor's probe asks it. It needs no
//! token.

use std::time::Duration;

use crate::cli::client::Client;
use crate::cli::server::Place;
use crate::cli::{Done, out};

/// Asks `/readyz`.
pub async fn run(place: &Place) -> Done {
    Client::without_token(place)?.get("/readyz", None, Duration::ZERO).await?;
    out::say("ready\n")
}
