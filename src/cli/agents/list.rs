//! `agents ls`: the agents of the config, and, where a server answers, how much of theirs waits. An agent that only the
//! server knows (`anonymous`, or one that was taken out of the config) is listed too.

use serde::Deserialize;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use crate::cli::client::Client;
use crate::cli::hold::safe;
use crate::cli::server::Place;
use crate::cli::{Done, Trouble, out};
use crate::config::{AgentEntry, Config};

const TITLES: [&str; 4] = ["AGENT", "KNOWN BY", "HELD", "FROZEN"];

/// What the server says of agents.
#[derive(Debug, Deserialize)]
struct Seen {
    agents: Vec<Work>,
}

/// And of one.
#[derive(Clone, Debug, Deserialize)]
struct Work {
    name: String,
    held: usize,
    #[serde(default)]
    waiting: usize,
    #[serde(default)]
    frozen: bool,
    #[serde(default)]
    last_seen: Option<String>,
}

/// Lists.
pub async fn run(place: &Place, config: &Config, as_json: bool) -> Done {
    let seen = seen(place).await;
    if let Err(why) = &seen {
        out::aside(&format!("note: what waits is not known: {why}"));
    }
    let seen = seen.ok();
    if as_json {
        return out::say(&format!("{}\n", json!({"agents": as_values(&config.agents, seen.as_deref())})));
    }
    let rows = rows(&config.agents, seen.as_deref());
    if rows.is_empty() {
        out::aside("no agents are named; everyone is `anonymous`");
        return Ok(());
    }
    out::say(&table(&rows))
}

/// `Err`: why it is not known, in one line.
async fn seen(place: &Place) -> Result<Vec<Work>, String> {
    let one_line = |trouble: Trouble| match trouble {
        Trouble::Failed(text) | Trouble::Wrong(text) | Trouble::Ended(_, text) => {
            text.lines().next().unwrap_or_default().to_owned()
        }
        Trouble::Said(_) => String::new(),
    };
    let client = Client::find(place).map_err(one_line)?;
    let seen: Seen = client.get_json("/v1/agents").await.map_err(one_line)?;
    Ok(seen.agents)
}

fn work<'a>(name: &str, seen: Option<&'a [Work]>) -> Option<&'a Work> {
    seen?.iter().find(|work| work.name == name)
}

/// Those that the server knows and the config does not.
fn others<'a>(agents: &[AgentEntry], seen: Option<&'a [Work]>) -> Vec<&'a Work> {
    let named = |work: &&Work| !agents.iter().any(|agent| agent.name == work.name);
    seen.unwrap_or_default().iter().filter(named).collect()
}

fn as_values(agents: &[AgentEntry], seen: Option<&[Work]>) -> Vec<Value> {
    let value = |name: &str, token: bool, source: Vec<String>, work: Option<&Work>| {
        // A server that answers and does not know it has nothing of it.
        let number = |count: fn(&Work) -> usize| seen.map(|_| work.map_or(0, count));
        json!({
            "name": name, "token": token, "source": source, "held": number(|work| work.held),
            "waiting": number(|work| work.waiting), "frozen": seen.map(|_| work.is_some_and(|work| work.frozen)),
            "last_seen": work.and_then(|work| work.last_seen.clone()),
        })
    };
    let nets = |agent: &AgentEntry| agent.source.iter().map(ToString::to_string).collect();
    let named = agents
        .iter()
        .map(|agent| value(&agent.name, agent.token_hash.is_some(), nets(agent), work(&agent.name, seen)));
    let others =
        others(agents, seen).into_iter().map(|work| value(&work.name, false, Vec::new(), Some(work)));
    named.chain(others).collect()
}

fn rows(agents: &[AgentEntry], seen: Option<&[Work]>) -> Vec<[String; 4]> {
    let row = |name: &str, known: String, work: Option<&Work>| {
        let held = seen.map_or_else(|| "?".to_owned(), |_| work.map_or(0, |work| work.held).to_string());
        let frozen = if work.is_some_and(|work| work.frozen) { "yes" } else { "" };
        [safe(name), known, held, frozen.to_owned()]
    };
    let known = |agent: &AgentEntry| {
        let token = agent.token_hash.is_some().then(|| "token".to_owned());
        let ways: Vec<String> =
            token.into_iter().chain(agent.source.iter().map(ToString::to_string)).collect();
        ways.join(", ")
    };
    let named = agents.iter().map(|agent| row(&agent.name, known(agent), work(&agent.name, seen)));
    let others = others(agents, seen).into_iter().map(|work| row(&work.name, String::new(), Some(work)));
    named.chain(others).collect()
}

fn table(rows: &[[String; 4]]) -> String {
    let titles = TITLES.map(str::to_owned);
    let mut widths = [0; 4];
    for row in rows.iter().chain([&titles]) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.width());
        }
    }
    let line = |row: &[String; 4]| {
        let cell =
            |(cell, width): (&String, usize)| format!("{cell}{}", " ".repeat(width - cell.width() + 2));
        let line: String = row.iter().zip(widths).map(cell).collect();
        line.trim_end().to_owned() + "\n"
    };
    std::iter::once(&titles).chain(rows).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let hash = "0".repeat(64);
        let text = format!(
            "[[agent]]\nname = \"bot\"\ntoken_hash = \"sha256:{hash}\"\nsource = [\"10.0.0.1\"]\n[[agent]]\nname = \"rack\"\nsource = [\"10.1.0.0/16\"]\n"
        );
        Config::parse("test.toml", &text).unwrap()
    }

    fn seen() -> Vec<Work> {
        let work =
            |name: &str, held, frozen| Work { name: name.into(), held, waiting: 0, frozen, last_seen: None };
        vec![work("bot", 3, true), work("gone\x1b[2J", 1, false)]
    }

    #[test]
    fn a_listing_has_who_is_named_and_who_is_at_work() {
        let shown = table(&rows(&config().agents, Some(&seen())));
        assert_eq!(
            shown,
            "AGENT        KNOWN BY            HELD  FROZEN\n\
             bot          token, 10.0.0.1/32  3     yes\n\
             rack         10.1.0.0/16         0\n\
             gone\\x1b[2J                      1\n"
        );
        assert!(table(&rows(&config().agents, None)).contains("rack   10.1.0.0/16         ?\n"));
    }

    #[test]
    fn as_json_what_is_not_known_is_null() {
        let all = as_values(&config().agents, Some(&seen()));
        assert_eq!((&all[0]["held"], &all[1]["held"], all.len()), (&json!(3), &json!(0), 3));
        let alone = as_values(&config().agents, None);
        assert_eq!((&alone[0]["held"], &alone[0]["token"], alone.len()), (&Value::Null, &json!(true), 2));
    }
}
