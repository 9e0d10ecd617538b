//! `GET /v1/audit`: records of the log, as they stand in its files. Oldest first after a number, or newest first before
//! one (and from the end where neither is named). One request reads a bounded stretch of the log; `next` says where
//! to go on, also where nothing of the stretch was wanted.
//!
//! A line that is not exactly what the writer makes ends the answer: `audit verify` says what is wrong with it.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::admin::answer;
use crate::admin::problem::{Kind, Problem};
use crate::admin::routes::Office;
use crate::audit::{Event, Line, Lines, Next, read_line};
use crate::limits;

/// Which records. An empty value is none.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// Records with higher numbers, oldest first.
    pub after: String,
    /// Records with lower numbers, newest first; not with `after`.
    pub before: String,
    /// At most this many, 1 to 1000; 100 without it.
    pub limit: String,
    /// Only what concerns the hold with this id, or the pending one with this code.
    pub hold: String,
    /// Only this agent's.
    pub agent: String,
    /// Only this event: `exchange`, `held`, `decided`, …
    pub event: String,
    /// Only records with each of these words in what they say, in any letter case.
    pub words: String,
}

/// A stretch of the log.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub struct Log {
    /// As they stand in the files.
    pub records: Vec<AuditRecord>,
    /// What to name in `after` (or `before`) to go on; null where that end of the log is reached.
    pub next: Option<u64>,
}

/// One record.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub struct AuditRecord {
    /// Its number, from 1.
    pub seq: u64,
    /// SHA-256 of the line before.
    pub prev: String,
    /// RFC 3339, UTC.
    pub at: String,
    /// What it is about.
    pub event: String,
    /// The ids that it concerns, and what is needed to say later who did what.
    #[serde(flatten)]
    pub fields: Map<String, Value>,
}

/// `GET /v1/audit`
pub async fn records(
    State(office): State<Arc<Office>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|_| {
        bad("the query has `after` or `before`, `limit`, `hold`, `agent`, `event`, `words`, once each")
    })?;
    Ok(answer::text(look(&office, asked).await?))
}

/// Looks for them; the JSON of a `Log`.
pub async fn look(office: &Office, mut asked: Asked) -> Result<String, Problem> {
    if let Some(hold) = office.desk.find(&asked.hold).await {
        asked.hold = hold.id;
    }
    let wanted = Wanted::of(&asked)?;
    let place = Arc::clone(&office.readers).try_acquire_owned();
    let place =
        place.map_err(|_| Problem::new(Kind::TooMany, "others read the log; come back in a moment"))?;
    let dir = office.audit_dir.clone();
    let read = tokio::task::spawn_blocking(move || {
        let _place = place;
        Reader { wanted, dir, bytes_read: 0 }.read()
    });
    match read.await {
        Ok(Ok(text)) => Ok(text),
        _ => {
            Err(Problem::new(Kind::Unavailable, "the log cannot be read; `holdpoint audit verify` says more"))
        }
    }
}

fn bad(detail: &str) -> Problem {
    Problem::new(Kind::BadRequest, detail)
}

/// Which records, read.
struct Wanted {
    after: Option<u64>,
    before: u64,
    limit: usize,
    /// In small letters.
    words: Vec<String>,
    asked: Asked,
}

impl Wanted {
    fn of(asked: &Asked) -> Result<Self, Problem> {
        let number = |name: &str, text: &str| match text {
            "" => Ok(None),
            text => match text.parse::<u64>() {
                Ok(number) if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Some(number)),
                _ => Err(bad(&format!("`{name}` is a record's number"))),
            },
        };
        let (after, before) = (number("after", &asked.after)?, number("before", &asked.before)?);
        if after.is_some() && before.is_some() {
            return Err(bad("`after` goes on to newer records and `before` to older ones; name one of them"));
        }
        let limit = number("limit", &asked.limit)?.unwrap_or(100);
        if !(1..=limits::PAGE_MAX as u64).contains(&limit) {
            return Err(bad(&format!("`limit` is a number from 1 to {}", limits::PAGE_MAX)));
        }
        if !asked.event.is_empty() && !Event::ALL.iter().any(|event| event.as_str() == asked.event) {
            let known = Event::ALL.map(Event::as_str).join(", ");
            return Err(bad(&format!("there is no such event; there are {known}")));
        }
        let before = before.unwrap_or(u64::MAX);
        let words = asked.words.split_whitespace().map(str::to_lowercase).collect();
        Ok(Self { after, before, limit: limit as usize, words, asked: asked.clone() })
    }

    /// Most lines are told apart without being read whole: an id and an event's name have no letter that is escaped.
    fn takes(&self, line: &str) -> io::Result<bool> {
        let Asked { hold, agent, event, .. } = &self.asked;
        if hold.is_empty() && agent.is_empty() && event.is_empty() && self.words.is_empty() {
            return Ok(true);
        }
        if !line.contains(hold.as_str()) || !line.contains(event.as_str()) {
            return Ok(false);
        }
        let line = read(line)?;
        let is = |wanted: &str, found: Option<&str>| wanted.is_empty() || found == Some(wanted);
        let text = |name: &str| line.fields.get(name).and_then(Value::as_str);
        let is_it = is(event, Some(&line.event)) && is(agent, text("agent")) && is(hold, text("hold"));
        Ok(is_it && self.words.iter().all(|word| says(&line, word)))
    }
}

/// Whether a record has a word (in small letters) in a value, or in its event.
fn says(line: &Line, word: &str) -> bool {
    let has = |text: &str| text.to_lowercase().contains(word);
    has(&line.event)
        || line.fields.values().any(|value| match value {
            Value::String(text) => has(text),
            other => has(&other.to_string()),
        })
}

/// One request's way through the files.
struct Reader {
    wanted: Wanted,
    dir: PathBuf,
    bytes_read: u64,
}

/// Lines in the order of the answer, and where to go on.
type Found = (Vec<String>, Option<u64>);

impl Reader {
    fn read(mut self) -> io::Result<String> {
        let (records, next) = match self.wanted.after {
            Some(after) => self.forward(after)?,
            None => self.backward()?,
        };
        records.iter().try_for_each(|line| read(line).map(drop))?;
        let next = next.map_or("null".to_owned(), |next| next.to_string());
        // The lines are JSON objects in printable ASCII: that was looked at.
        Ok(format!("{{\"records\":[{}],\"next\":{next}}}", records.join(",")))
    }

    fn forward(&mut self, after: u64) -> io::Result<Found> {
        let mut found = Vec::new();
        let mut lines = Lines::of_log_after(&self.dir, after)?;
        while let Some((seq, line)) = self.advance(&mut lines)? {
            if seq > after && self.wanted.takes(&line)? {
                found.push(line);
            }
            if found.len() == self.wanted.limit || self.is_enough() {
                return Ok((found, Some(seq.max(after))));
            }
        }
        Ok((found, None))
    }

    /// Segment by segment from the end, each read forward and whole, so that the newest of it are not missed.
    fn backward(&mut self) -> io::Result<Found> {
        let mut found = Vec::new();
        for mut lines in Lines::of_log_backwards(&self.dir)? {
            let (mut here, mut first) = (VecDeque::new(), None);
            let room = self.wanted.limit - found.len();
            while let Some((seq, line)) = self.advance(&mut lines)? {
                first = first.or(Some(seq));
                if seq >= self.wanted.before {
                    break;
                }
                if self.wanted.takes(&line)? {
                    here.push_back((seq, line));
                }
                if here.len() > room {
                    here.pop_front();
                }
            }
            let is_full = here.len() == room;
            let next = if is_full { here.front().map(|(seq, _)| *seq) } else { first };
            found.extend(here.into_iter().rev().map(|(_, line)| line));
            if is_full || self.is_enough() {
                return Ok((found, next.filter(|seq| *seq > 1)));
            }
        }
        Ok((found, None))
    }

    fn is_enough(&self) -> bool {
        self.bytes_read >= limits::LOG_SCAN_BYTES
    }

    /// The next line and its number.
    fn advance(&mut self, lines: &mut Lines) -> io::Result<Option<(u64, String)>> {
        loop {
            match lines.advance()? {
                Next::End => return Ok(None),
                // It is being written.
                Next::Unfinished(_) => continue,
                Next::TooLong => return Err(io::Error::other("a line is longer than a record may be")),
                Next::Line => {}
            }
            self.bytes_read += lines.bytes().len() as u64 + 1;
            let line = String::from_utf8(lines.bytes().to_vec()).map_err(io::Error::other)?;
            let seq = seq(&line).ok_or_else(|| io::Error::other("a line has no number"))?;
            return Ok(Some((seq, line)));
        }
    }
}

fn read(line: &str) -> io::Result<Line> {
    read_line(line.as_bytes()).map_err(io::Error::other)
}

/// The number at the beginning of a line.
fn seq(line: &str) -> Option<u64> {
    line.strip_prefix("{\"seq\":")?.split_once(',')?.0.parse().ok()
}
