//! `GET /v1/holds` and `GET /v1/holds/{id}`, with long polls.
//!
//! Every answer has an `ETag`. With `wait` and no `If-None-Match` a listing answers as soon as it is not empty;
//! with the `ETag` of the last answer in `If-None-Match` it answers as soon as anything differs. When the wait is
//! over, or the server stops, it answers as things stand: 304 where nothing has changed (RFC 9110 section 13.1.2).

use std::sync::Arc;
use std::time::Duration;

use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue, StatusCode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::admin::asked::Named;
use crate::admin::problem::{Kind, Problem};
use crate::admin::routes::Office;
use crate::admin::{body, json};
use crate::hold::said::Filter;
use crate::hold::{HoldId, HoldView, STATES};
use crate::limits;
use crate::secret::{hex, sha256};

/// What a listing may be asked for. An empty value is none.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// Only holds in this state.
    state: String,
    /// Only this agent's.
    agent: String,
    /// Only holds created after the one with this id.
    after: String,
    /// At most this many, 1 to 1000; 100 without it.
    limit: String,
    /// A time like `30s`, at most `60s`: answers when there is something to tell, or when it is over.
    wait: String,
}

/// What a look at one hold may be asked for.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AskedOne {
    /// A time like `30s`, at most `60s`; with `If-None-Match`.
    wait: String,
}

/// A page of holds.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub struct Holds {
    /// In the order of their creation.
    pub holds: Vec<HoldView>,
}

/// `GET /v1/holds`
pub async fn list(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) =
        asked.map_err(|_| bad("the query has `state`, `agent`, `after`, `limit`, `wait`, once each"))?;
    let filter = filter(&asked)?;
    poll(&office, &headers, wait(&asked.wait)?, || async {
        let page = Holds { holds: office.desk.list(filter.clone()).await };
        Ok(Page { empty: page.holds.is_empty(), text: json::text(&page) })
    })
    .await
}

/// `GET /v1/holds/{id or code}`
pub async fn one(
    State(office): State<Arc<Office>>,
    headers: HeaderMap,
    Named(id): Named,
    asked: Result<Query<AskedOne>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(asked) = asked.map_err(|_| bad("the query has `wait`, once"))?;
    poll(&office, &headers, wait(&asked.wait)?, || async {
        let view = find(&office, &id).await?;
        Ok(Page { empty: false, text: json::text(&view) })
    })
    .await
}

/// The hold with this id or code.
pub async fn find(office: &Office, id: &str) -> Result<HoldView, Problem> {
    let found = office.desk.find(id).await;
    found.ok_or_else(|| {
        let detail = "there is no such hold; it may have ended and been forgotten";
        Problem::new(Kind::NotFound, detail).about(id)
    })
}

/// The id or code of a path; what cannot be one is not looked for.
pub fn name(id: Result<Path<String>, PathRejection>) -> Result<String, Problem> {
    match id {
        Ok(Path(id)) if is_name(&id) => Ok(id),
        _ => Err(Problem::new(Kind::NotFound, "this is neither a hold's id nor its code")),
    }
}

/// Whether a text can be an id or a code: up to 36 letters, digits and hyphens.
pub fn is_name(text: &str) -> bool {
    (1..=36).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

struct Page {
    empty: bool,
    text: String,
}

impl Page {
    fn etag(&self) -> String {
        format!("\"{}\"", &hex(&sha256(self.text.as_bytes()))[..32])
    }
}

/// Looks, and looks again at every change, until there is something to tell or the wait is over.
async fn poll<F, L>(
    office: &Office,
    headers: &HeaderMap,
    wait: Duration,
    look: L,
) -> Result<Response, Problem>
where
    F: Future<Output = Result<Page, Problem>>,
    L: Fn() -> F,
{
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let until = Instant::now() + wait;
    let mut stopping = office.stopping.clone();
    let mut changes = office.desk.changes();
    loop {
        changes.borrow_and_update();
        let page = look().await?;
        let etag = page.etag();
        let old = known.is_some_and(|known| names(known, &etag));
        let news = if known.is_some() { !old } else { !page.empty };
        if news || Instant::now() >= until || *stopping.borrow() {
            return Ok(if old { unchanged(&etag) } else { answer(page.text, &etag) });
        }
        tokio::select! {
            changed = changes.changed() => match changed {
                Ok(()) => tokio::time::sleep(limits::POLL_REST).await,
                Err(_) => return Err(Problem::new(Kind::Unavailable, "Holdpoint is shutting down")),
            },
            _ = stopping.changed() => {}
            () = tokio::time::sleep_until(until) => {}
        }
    }
}

/// Weak comparison (RFC 9110 section 8.8.3.2).
fn names(known: &str, etag: &str) -> bool {
    known.split(',').any(|one| one.trim().trim_start_matches("W/") == etag)
}

fn answer(text: String, etag: &str) -> Response {
    let mut response = text.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    tag(response, etag)
}

fn unchanged(etag: &str) -> Response {
    tag(StatusCode::NOT_MODIFIED.into_response(), etag)
}

fn tag(mut response: Response, etag: &str) -> Response {
    let value = HeaderValue::from_str(etag).expect("quoted hexadecimal digits are a field value");
    response.headers_mut().insert(ETAG, value);
    response
}

fn filter(asked: &Asked) -> Result<Filter, Problem> {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let state = given(&asked.state);
    if state.as_deref().is_some_and(|state| !STATES.contains(&state)) {
        return Err(bad(&format!("`state` is one of {}", STATES.join(", "))));
    }
    let after = match given(&asked.after) {
        None => None,
        Some(id) => Some(
            id.parse()
                .map(HoldId)
                .map_err(|_| bad("`after` is the id of the last hold of the page before"))?,
        ),
    };
    let limit = match given(&asked.limit) {
        None => limits::PAGE,
        Some(text) => text
            .parse()
            .ok()
            .filter(|limit| (1..=limits::PAGE_MAX).contains(limit))
            .ok_or_else(|| bad(&format!("`limit` is a number from 1 to {}", limits::PAGE_MAX)))?,
    };
    Ok(Filter { state, agent: given(&asked.agent), after, limit })
}

/// `30s`, `500ms` or `1m`.
fn wait(text: &str) -> Result<Duration, Problem> {
    let max = limits::POLL_WAIT_MAX;
    let read = if text.is_empty() { Some(Duration::ZERO) } else { body::duration(text) };
    read.filter(|wait| *wait <= max)
        .ok_or_else(|| bad(&format!("`wait` is a time like 30s, at most {}s", max.as_secs())))
}

fn bad(detail: &str) -> Problem {
    Problem::new(Kind::BadRequest, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_has_a_unit_and_a_bound() {
        for (text, expected) in [
            ("", Some(0)),
            ("0s", Some(0)),
            ("30s", Some(30_000)),
            ("250ms", Some(250)),
            ("1m", Some(60_000)),
            ("60s", Some(60_000)),
            ("61s", None),
            ("2m", None),
            ("30", None),
            ("-1s", None),
            ("+1s", None),
            ("1.5s", None),
            ("s", None),
            ("4294967296s", None),
            ("1h", None),
        ] {
            assert_eq!(wait(text).ok(), expected.map(Duration::from_millis), "{text}");
        }
    }

    #[test]
    fn a_filter_takes_known_states_and_bounded_pages_only() {
        let asked = |state: &str, after: &str, limit: &str| Asked {
            state: state.into(),
            after: after.into(),
            limit: limit.into(),
            ..Asked::default()
        };
        let all = filter(&asked("", "", "")).unwrap();
        assert_eq!((all.state, all.agent, all.limit), (None, None, limits::PAGE));
        assert_eq!(filter(&asked("outcome_unknown", "", "1")).unwrap().limit, 1);
        for (state, after, limit) in
            [("pending", "", ""), ("", "K7QF", ""), ("", "", "0"), ("", "", "1001"), ("", "", "many")]
        {
            assert!(filter(&asked(state, after, limit)).is_err(), "{state} {after} {limit}");
        }
    }

    #[test]
    fn an_entity_tag_is_found_in_a_list_and_not_in_part() {
        assert!(names("\"a\", W/\"b\"", "\"b\""));
        assert!(!names("\"ab\"", "\"b\""));
        assert!(!names("", "\"b\""));
    }

    #[test]
    fn what_cannot_be_an_id_is_not_looked_for() {
        assert!(is_name("K7QF"));
        assert!(is_name("0195d6a0-0000-7000-8000-000000000000"));
        for text in ["", "../K7QF", "K7 QF", "K7QF\n", "é", &"A".repeat(37)] {
            assert!(!is_name(text), "{text:?}");
        }
    }
}
