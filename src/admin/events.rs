//! `GET /v1/events`: what happens, as server-sent events (WHATWG HTML, section 9.2). Each has an id; who comes back
//! with it in `Last-Event-ID` gets what came after. Where that is no longer known (too much has happened, or Holdpoint
//! was restarted) an event `lost` comes first, and whoever listens should look at everything anew.
//!
//! A listener that reads slowly loses events and is told so; it keeps nobody else waiting and nothing in memory.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Extension;
use axum::body::Body as Content;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::{Instant, sleep_until};

use crate::admin::json;
use crate::admin::problem::{Kind, Problem};
use crate::admin::routes::Office;
use crate::admin::session::Ticket;
use crate::clock::Clock;
use crate::hold::Happening;
use crate::limits;

/// One listener.
struct Listener {
    /// This process's, so that the ids of an earlier one are not taken for its own.
    epoch: String,
    /// Written at once, before anything else.
    opening: Option<String>,
    receiver: Receiver<Happening>,
    stopping: watch::Receiver<bool>,
    /// Of who came by a login: who is logged out listens no longer.
    login: Option<(Ticket, watch::Receiver<u64>)>,
    office: Arc<Office>,
    _place: OwnedSemaphorePermit,
}

/// `GET /v1/events`
pub async fn events(
    State(office): State<Arc<Office>>,
    ticket: Option<Extension<Ticket>>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let place = Arc::clone(&office.listeners).try_acquire_owned().map_err(|_| {
        let detail = format!("{} listeners are there already; come back later", limits::LISTENERS_MAX);
        Problem::new(Kind::TooMany, detail)
    })?;
    let (after, strange) = last_seen(&office.epoch, &headers)?;
    let (missed, receiver) = office.desk.happenings(after);
    let gap = strange || after.is_some_and(|after| missed.first().is_some_and(|first| first.seq > after + 1));
    let epoch = office.epoch.clone();
    let mut opening = String::from(": listening\n\n");
    if gap {
        opening.push_str(LOST);
    }
    missed.iter().for_each(|happening| opening.push_str(&event(&epoch, happening)));
    let listener = Listener {
        epoch,
        opening: Some(opening),
        receiver,
        stopping: office.stopping.clone(),
        login: ticket.map(|Extension(ticket)| (ticket, office.sessions.endings())),
        office: Arc::clone(&office),
        _place: place,
    };
    let mut response = Content::from_stream(stream::unfold(listener, next)).into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    Ok(response)
}

/// Some may be missing: what is on the other side knows that it must look anew.
const LOST: &str = "event: lost\ndata: {}\n\n";

/// Nothing has happened, and the connection stands.
const HEARTBEAT: &str = ":\n\n";

async fn next(mut listener: Listener) -> Option<(Result<String, Infallible>, Listener)> {
    if let Some(opening) = listener.opening.take() {
        return Some((Ok(opening), listener));
    }
    if *listener.stopping.borrow() {
        return None;
    }
    let quiet = Instant::now() + limits::HEARTBEAT;
    let text = loop {
        if !listener.is_in() {
            return None;
        }
        break tokio::select! {
            told = listener.receiver.recv() => match told {
                Ok(happening) => event(&listener.epoch, &happening),
                Err(RecvError::Lagged(_)) => LOST.to_owned(),
                Err(RecvError::Closed) => return None,
            },
            _ = listener.stopping.changed() => return None,
            () = ending(&mut listener.login) => continue,
            () = sleep_until(quiet) => HEARTBEAT.to_owned(),
        };
    };
    // It may have taken long to come.
    listener.is_in().then_some((Ok(text), listener))
}

impl Listener {
    /// Whoever came with a token has it still; a login ends, and grows old.
    fn is_in(&self) -> bool {
        let now = Clock::system().now().mono;
        self.login.as_ref().is_none_or(|(ticket, _)| self.office.sessions.lasts(*ticket, now))
    }
}

/// Somebody was logged out.
async fn ending(login: &mut Option<(Ticket, watch::Receiver<u64>)>) {
    let told = match login {
        Some((_, ended)) => ended.changed().await.is_ok(),
        None => false,
    };
    if !told {
        std::future::pending().await
    }
}

/// One event. The JSON is one line of printable ASCII, so that nothing in it can end the event.
fn event(epoch: &str, happening: &Happening) -> String {
    let Happening { seq, what, .. } = happening;
    format!("id: {epoch}-{seq}\nevent: {what}\ndata: {}\n\n", json::text(happening))
}

/// The number in `Last-Event-ID`, and whether it is another process's.
fn last_seen(epoch: &str, headers: &HeaderMap) -> Result<(Option<u64>, bool), Problem> {
    let Some(value) = headers.get("last-event-id") else { return Ok((None, false)) };
    let id = value.to_str().ok().and_then(|id| id.split_once('-'));
    match id.map(|(whose, seq)| (whose, seq.parse::<u64>())) {
        Some((whose, Ok(seq))) if whose == epoch => Ok((Some(seq), false)),
        Some((_, Ok(_))) => Ok((None, true)),
        _ => Err(Problem::new(Kind::BadRequest, "`Last-Event-ID` is the id of an event from here")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_of_this_process_is_gone_on_from_and_one_of_another_is_said_to_be_lost() {
        let seen = |id: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("last-event-id", HeaderValue::from_str(id).unwrap());
            last_seen("3f9a", &headers).map_err(|problem| problem.kind())
        };
        assert_eq!(seen("3f9a-17"), Ok((Some(17), false)));
        assert_eq!(seen("77c0-17"), Ok((None, true)));
        for wrong in ["", "17", "3f9a-", "3f9a--1", "3f9a-x", "3f9a-99999999999999999999"] {
            assert_eq!(seen(wrong), Err(Kind::BadRequest), "{wrong}");
        }
        assert_eq!(last_seen("3f9a", &HeaderMap::new()).unwrap(), (None, false));
    }

    #[test]
    fn an_event_has_one_line_of_data_whatever_is_in_it() {
        let happening = Happening {
            seq: 4,
            at: "1970-01-01T00:00:00.000Z".into(),
            what: "frozen".into(),
            hold: None,
            grant: None,
            freeze: Some(crate::hold::FreezeView {
                agent: Some("bot\n\nevent: thawed".into()),
                reason: Some("\u{2028}\r".into()),
                by: "ada".into(),
                at: "1970-01-01T00:00:00.000Z".into(),
            }),
        };
        let text = event("3f9a", &happening);
        assert!(text.starts_with("id: 3f9a-4\nevent: frozen\ndata: {"), "{text}");
        assert!(text.ends_with("}\n\n") && text.lines().count() == 4, "{text}");
        let data = text.lines().nth(2).unwrap().strip_prefix("data: ").unwrap();
        assert_eq!(serde_json::from_str::<Happening>(data).unwrap(), happening);
    }
}
