//! One hold: the one rendering, what has been said of it, and after these the questions that decide (CASES AP-10, 24).

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;

use crate::admin::holds::{find, name};
use crate::admin::rendering::{self, make};
use crate::admin::{Kind, Office, Person, Problem};
use crate::approve::Rendering;
use crate::clock::Clock;
use crate::hold::HoldView;
use crate::limits;
use crate::page::frame::{Frame, notice, pending};
use crate::page::lines::lines;
use crate::page::question::decisions;
use crate::page::state::state;
use crate::page::whole;
use crate::page::words::{shown, theirs};

/// How a hold may be shown.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// Nothing is left out of what is at hand.
    all: bool,
    /// The body as text or bytes, nothing laid out.
    raw: bool,
    /// A page asks that brings itself up to date: only where the hold stands.
    live: bool,
}

/// `GET /holds/{id or code}`
pub async fn detail(
    State(office): State<Arc<Office>>,
    Extension(person): Extension<Person>,
    id: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let asked = asked.map(|Query(asked)| asked).unwrap_or_default();
    let shown = match name(id) {
        Ok(id) => show(&office, &person, &id, asked, None).await,
        Err(problem) => Err(problem),
    };
    match shown {
        Ok(response) => response,
        Err(problem) => fault(&office, &person, &problem).await,
    }
}

/// What went wrong, as a page.
pub async fn fault(office: &Office, person: &Person, problem: &Problem) -> Response {
    let status = problem.kind().status();
    let title = if problem.kind() == Kind::NotFound { "There is no such hold" } else { "That did not work" };
    notice(Some(person), pending(office).await, status, title, problem.detail())
}

/// The page of a hold; `trouble`: what was just tried, and why it did nothing.
pub async fn show(
    office: &Office,
    person: &Person,
    id: &str,
    asked: Asked,
    trouble: Option<&Problem>,
) -> Result<Response, Problem> {
    let view = find(office, id).await?;
    if asked.live {
        return Ok(live(office, person, &view).await);
    }
    let (pending, freezes) = (pending(office).await, office.desk.freezes().await);
    let made = make(office, view.clone(), limits::SHOWN_COLUMNS, &asked.into()).await.map(Rendering::from);
    let is_whole = match &made {
        Ok(rendering) if asked.is_plain() => whole::is_whole(&view, rendering),
        Ok(rendering) => whole::is_whole(&view, rendering) && whole::fits(office, &view).await,
        Err(_) => false,
    };
    let now = Clock::system().now().wall;
    let status = trouble.map_or(StatusCode::OK, |problem| problem.kind().status());
    Ok(framed(
        &view,
        person,
        pending,
        status,
        &html! {
                h1 { (view.code) ": " (shown(&view.effect)) }
                p.theirs-of { (theirs(&view.agent, limits::ROW_TEXT_MAX)) }
                @if let Some(problem) = trouble { p.alert role="alert" { (shown(problem.detail())) } }
                p #stale .alert role="alert" hidden {}
                (state(&view, &freezes, now))
                @match &made {
                    Ok(rendering) => { (request(&view, rendering, asked)) (decisions(&view, person, rendering.digest, is_whole)) }
                    Err(problem) => p.alert { (shown(problem.detail())) }
                }
        },
    ))
}

/// What a page that is open must know: it has the request already.
async fn live(office: &Office, person: &Person, view: &HoldView) -> Response {
    let (pending, freezes) = (pending(office).await, office.desk.freezes().await);
    let state = state(view, &freezes, Clock::system().now().wall);
    framed(view, person, pending, StatusCode::OK, &state)
}

fn framed(view: &HoldView, person: &Person, pending: usize, status: StatusCode, inside: &Markup) -> Response {
    let title = format!("{} {}", view.code, view.state);
    let frame = Frame { title: &title, kind: "hold", person: Some(person), pending };
    frame.around(status, &html! {
        article #hold data-hold=(view.id) data-digest=(view.digest) data-state=(view.state)
            data-given=(view.approvals.given.len()) { (inside) }
        p.keys.hint tabindex="-1" {
            kbd { "a" } " approve, " kbd { "d" } " deny, " kbd { "u" } " back to the list, " kbd { "Esc" } " leaves a question"
        }
    })
}

fn request(view: &HoldView, rendering: &Rendering, asked: Asked) -> Markup {
    let path = format!("/holds/{}", view.id);
    let link = |query: &str| if query.is_empty() { path.clone() } else { format!("{path}?{query}") };
    html! {
        section aria-label="The request" { (lines(&rendering.lines)) }
        nav.views aria-label="Other views" {
            @if rendering.elided && !asked.all { a href=(link("all=true")) { "Show all of it" } }
            @if asked.raw { a href=(link("")) { "Laid out" } } @else { a href=(link("raw=true&all=true")) { "As sent" } }
        }
    }
}

impl Asked {
    /// Nothing was asked for.
    fn is_plain(self) -> bool {
        !self.all && !self.raw
    }
}

impl From<Asked> for rendering::Asked {
    fn from(asked: Asked) -> Self {
        Self { all: asked.all, raw: asked.raw, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::approve::{BodyView, Charset, Known, Options, render};
    use crate::clock::Wall;
    use crate::hold::FreezeView;
    use crate::origin::{Host, Origin, Scheme};
    use crate::page::tests::{assert_only_ours, hold, payloads};
    use crate::snapshot::Head;

    fn rendering(text: &str) -> Rendering {
        let field = |name: &str, value: &str| (name.to_owned(), Bytes::copy_from_slice(value.as_bytes()));
        let head = Head {
            method: "POST".into(),
            origin: Origin::new(Scheme::Https, Host::parse("forum.example").unwrap(), None),
            target: format!("/{text}?{text}"),
            fields: vec![field("content-type", "application/json"), field(text, text), field("cookie", text)],
        };
        let body = serde_json::json!({ text: text, "list": [text] }).to_string();
        let options = Options::new(100, Charset::Utf8, Wall(0));
        render(&hold(text), &head, &BodyView::Whole(body.into()), &Known::default(), &options)
    }

    /// CASES AP-13
    #[test]
    fn no_payload_in_a_request_or_in_what_is_said_of_it_becomes_an_element() {
        for text in payloads() {
            let (view, rendering) = (hold(&text), rendering(&text));
            let freeze =
                FreezeView { agent: None, reason: Some(text.clone()), by: text.clone(), at: text.clone() };
            let html = html! {
                (state(&view, &[freeze], Wall(0)))
                (request(&view, &rendering, Asked::default()))
            };
            assert_only_ours(&text, &html.into_string());
        }
    }
}
