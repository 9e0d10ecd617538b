//! `ls`: the holds as a table, one line each, or as the API's JSON.

use form_urlencoded::Serializer;
use serde::Deserialize;

use crate::admin::{Holds, json};
use crate::cli::args::Ls;
use crate::cli::client::Client;
use crate::cli::freeze::{freezes, notices};
use crate::cli::hold::safe;
use crate::cli::server::Place;
use crate::cli::table::table as columns;
use crate::cli::{Done, Trouble, out, watch};
use crate::clock::{Clock, Wall};
use crate::hold::HoldView;
use crate::hold::STATES;
use crate::limits;

const TITLES: [&str; 7] = ["CODE", "AGE", "STATE", "AGENT", "EFFECT", "OPERATION", "HOST"];
const ADVISORY: &str = "* advisory: this agent runs as Holdpoint's own user or as root: nothing here can keep it from approving\n";

/// Lists.
pub async fn run(place: &Place, asked: Ls) -> Done {
    if asked.state.as_deref().is_some_and(|state| !STATES.contains(&state)) {
        return Err(Trouble::Wrong(format!("--state is one of {}", STATES.join(", "))));
    }
    let client = Client::find(place)?;
    if asked.watch {
        return watch::run(&client, &asked).await;
    }
    if asked.json {
        let holds = Listing::new(&asked).all(&client).await?;
        return out::say(&(json::text(&Holds { holds }) + "\n"));
    }
    let holds: Vec<Listed> = Listing::new(&asked).all(&client).await?;
    let frozen: String = notices(&freezes(&client).await?).iter().map(|line| format!("{line}\n")).collect();
    if holds.is_empty() {
        out::say(&frozen)?;
        out::aside("no holds");
        return Ok(());
    }
    // Below, where a long listing ends.
    out::say(&(table(&holds, Clock::system().now().wall) + &frozen))
}

impl Ls {
    /// Whether a hold is in the state that was asked for, and of the agent.
    pub fn wants(&self, hold: &HoldView) -> bool {
        self.state.as_ref().is_none_or(|state| *state == hold.state) && self.wants_agent(hold)
    }

    /// Whether it is of the agent that was asked for.
    pub fn wants_agent(&self, hold: &HoldView) -> bool {
        self.agent.as_ref().is_none_or(|agent| *agent == hold.agent)
    }
}

/// What a table says of a hold. A listing is read into this where it is long, because most of a hold's JSON is none of
/// the table's.
#[derive(Deserialize)]
pub struct Listed {
    id: String,
    code: String,
    state: String,
    agent: String,
    advisory: bool,
    effect: String,
    operation: String,
    url: String,
    created_at: String,
}

impl From<&HoldView> for Listed {
    fn from(hold: &HoldView) -> Self {
        Self {
            id: hold.id.clone(),
            code: hold.code.clone(),
            state: hold.state.clone(),
            agent: hold.agent.clone(),
            advisory: hold.advisory,
            effect: hold.effect.clone(),
            operation: hold.operation.clone(),
            url: hold.url.clone(),
            created_at: hold.created_at.clone(),
        }
    }
}

/// As much of a hold as a listing is for.
pub trait Paged: for<'a> Deserialize<'a> {
    /// The id that the next page comes after.
    fn id(&self) -> &str;
}

impl Paged for HoldView {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Paged for Listed {
    fn id(&self) -> &str {
        &self.id
    }
}

/// The JSON of a page.
#[derive(Deserialize)]
struct Page<T> {
    holds: Vec<T>,
}

/// A listing, page by page.
pub struct Listing<'a> {
    asked: &'a Ls,
    after: Option<String>,
}

impl<'a> Listing<'a> {
    /// From the beginning.
    pub fn new(asked: &'a Ls) -> Self {
        Self { asked, after: None }
    }

    /// The next holds, `limit` at the most; fewer where no more are there.
    pub async fn page<T: Paged>(&mut self, client: &Client, limit: usize) -> Result<Vec<T>, Trouble> {
        let page: Page<T> = client.get_json(&self.path(limit)).await?;
        self.after = page.holds.last().map(|last| last.id().to_owned());
        Ok(page.holds)
    }

    fn path(&self, limit: usize) -> String {
        let mut query = Serializer::new(String::new());
        query.append_pair("limit", &limit.min(limits::PAGE_MAX).to_string());
        let pairs = [("state", &self.asked.state), ("agent", &self.asked.agent), ("after", &self.after)];
        for (name, value) in pairs {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        format!("/v1/holds?{}", query.finish())
    }

    /// Page after page, until one is not full.
    pub async fn all<T: Paged>(&mut self, client: &Client) -> Result<Vec<T>, Trouble> {
        let mut holds = Vec::new();
        loop {
            let page = self.page(client, limits::PAGE_MAX).await?;
            let full = page.len() == limits::PAGE_MAX;
            holds.extend(page);
            if !full {
                return Ok(holds);
            }
        }
    }
}

/// Holds in columns.
pub fn table(holds: &[Listed], now: Wall) -> String {
    let rows: Vec<[String; 7]> = holds.iter().map(|hold| row(hold, now)).collect();
    let mut out = columns(&TITLES, &rows);
    if holds.iter().any(|hold| hold.advisory) {
        out.push_str(ADVISORY);
    }
    out
}

/// One hold on a line of its own: when it was looked at, and what a table would say.
pub fn line(hold: &Listed, now: Wall) -> String {
    format!("{}  {}\n", now.rfc3339(), row(hold, now).join("  "))
}

fn row(hold: &Listed, now: Wall) -> [String; 7] {
    let agent = if hold.advisory { format!("{}*", safe(&hold.agent)) } else { safe(&hold.agent) };
    [
        safe(&hold.code),
        Wall::parse(&hold.created_at).map_or_else(|| "?".to_owned(), |since| age(now.0 - since.0)),
        safe(&hold.state),
        agent,
        safe(&hold.effect),
        safe(&hold.operation),
        safe(host(&hold.url)),
    ]
}

/// `12s`, `3m`, `2h`, `4d`.
pub fn age(milliseconds: i64) -> String {
    match milliseconds.max(0) / 1000 {
        seconds @ 0..=119 => format!("{seconds}s"),
        seconds @ 120..=7199 => format!("{}m", seconds / 60),
        seconds @ 7200..=172_799 => format!("{}h", seconds / 3600),
        seconds => format!("{}d", seconds / 86_400),
    }
}

/// The authority of a URL.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hold::sample::held;

    #[test]
    fn a_listing_says_who_what_and_where_in_columns() {
        let mut first = HoldView { agent: "alice".into(), ..held() };
        first.created_at = Wall(0).rfc3339();
        let mut second =
            HoldView { code: "M2XD".into(), agent: "bot".into(), advisory: true, ..first.clone() };
        second.url = "https://api.example:8443?q".into();
        let shown = table(&[Listed::from(&first), Listed::from(&second)], Wall(125_000));
        assert_eq!(
            shown,
            "CODE  AGE  STATE  AGENT  EFFECT  OPERATION    HOST\n\
             K7QF  2m   held   alice  write   POST /posts  forum.example\n\
             M2XD  2m   held   bot*   write   POST /posts  api.example:8443\n"
                .to_owned()
                + ADVISORY
        );
    }

    /// CASES AP-01, AP-37: nothing that an agent wrote acts on a terminal, or makes a line of its own.
    #[test]
    fn an_operation_cannot_leave_its_cell() {
        let mut hold = held();
        hold.operation = "POST /\x1b[2J\u{9b}2J\r\nK7QF  0s  held \u{202e}".into();
        let shown = table(&[Listed::from(&hold)], Wall(0));
        assert_eq!(shown.lines().count(), 2);
        assert!(shown.chars().all(|letter| letter == '\n' || (' '..='~').contains(&letter)), "{shown:?}");
    }

    #[test]
    fn an_age_is_short() {
        for (milliseconds, text) in
            [(-5, "0s"), (119_999, "119s"), (120_000, "2m"), (7_200_000, "2h"), (172_800_000, "2d")]
        {
            assert_eq!(age(milliseconds), text);
        }
    }
}
