//! `freeze` and `thaw`.

use form_urlencoded::Serializer;
use serde_json::{Value, json};

use crate::admin::{Agents, Freezes, json as ascii};
use crate::approve::standing::{Place as Where, back, frozen};
use crate::cli::args::{Freeze, Thaw};
use crate::cli::client::Client;
use crate::cli::hold::safe;
use crate::cli::server::Place;
use crate::cli::{Done, Trouble, out};
use crate::hold::FreezeView;

/// The freezes that are on.
pub async fn freezes(client: &Client) -> Result<Vec<FreezeView>, Trouble> {
    let found: Freezes = client.get_json("/v1/freeze").await?;
    Ok(found.freezes)
}

/// A line for each freeze, safe to print, as every listing has it.
pub fn notices(freezes: &[FreezeView]) -> Vec<String> {
    let notice = |freeze| safe(&format!("! FROZEN: {}; {}", frozen(freeze), back(freeze, Where::Shell)));
    freezes.iter().map(notice).collect()
}

async fn list(client: &Client, as_json: bool) -> Done {
    let freezes = freezes(client).await?;
    if as_json {
        return out::say(&(ascii::text(&Freezes { freezes }) + "\n"));
    }
    if freezes.is_empty() {
        out::aside("nothing is frozen");
    }
    notices(&freezes).iter().try_for_each(|line| out::say(&format!("{line}\n")))
}

/// Freezes, or lists what is frozen.
pub async fn freeze(place: &Place, asked: Freeze) -> Done {
    let client = Client::find(place)?;
    if asked.list {
        return list(&client, asked.json).await;
    }
    let mut wanted = json!({});
    for (name, value) in [("agent", &asked.agent), ("reason", &asked.reason)] {
        if let Some(value) = value {
            wanted[name] = Value::from(value.as_str());
        }
    }
    let freeze: FreezeView = client.put("/v1/freeze", &wanted).await?;
    if asked.json {
        return out::say(&(ascii::text(&freeze) + "\n"));
    }
    warn_of_strangers(&client, freeze.agent.as_deref()).await?;
    out::say(&format!("{}\n", words(&freeze)))
}

/// A name that was mistyped freezes nobody.
async fn warn_of_strangers(client: &Client, agent: Option<&str>) -> Result<(), Trouble> {
    let Some(agent) = agent else { return Ok(()) };
    let known: Agents = client.get_json("/v1/agents").await?;
    let seen = known.agents.iter().any(|one| one.name == agent && one.last_seen.is_some());
    if !seen {
        out::aside(&format!("note: no agent of the name {} was seen lately", safe(agent)));
    }
    Ok(())
}

/// Thaws.
pub async fn thaw(place: &Place, asked: Thaw) -> Done {
    let client = Client::find(place)?;
    let mut path = "/v1/freeze".to_owned();
    if let Some(agent) = &asked.agent {
        path += &format!("?{}", Serializer::new(String::new()).append_pair("agent", agent).finish());
    }
    let freeze: FreezeView = client.delete(&path).await?;
    if asked.json {
        return out::say(&(ascii::text(&freeze) + "\n"));
    }
    out::say(&format!("{} no longer frozen\n", whose(&freeze)))
}

fn whose(freeze: &FreezeView) -> String {
    freeze.agent.as_deref().map_or("all agents are".to_owned(), |agent| format!("agent {} is", safe(agent)))
}

fn words(freeze: &FreezeView) -> String {
    let mut text = format!("{} frozen since {}, by {}", whose(freeze), safe(&freeze.at), safe(&freeze.by));
    if let Some(reason) = &freeze.reason {
        text += &format!(": {}", safe(reason));
    }
    text
}
