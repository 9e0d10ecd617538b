//! One hold: the one rendering, what has been said of it, and the two forms that decide. The forms stand after the
//! request, each behind a question of its own that names what it does, where and by which digest; where a part of the
//! request is not on the page, a release asks for the digest's digits (CASES AP-10, 24).

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
use crate::approve::standing::{Place, standing};
use crate::clock::{Clock, Wall};
use crate::hold::{FreezeView, HoldView};
use crate::limits;
use crate::page::frame::{Frame, notice, pending};
use crate::page::lines::lines;
use crate::page::words::{age, digits, host, left, shown, theirs};
use crate::page::{grant, whole};
use crate::snapshot::Digest;

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

/// Where it stands, and what people said.
fn state(view: &HoldView, freezes: &[FreezeView], now: Wall) -> Markup {
    html! {
        div.state {
            p {
                strong class=(format!("is {}", view.state)) { (view.state) } ", asked " (age(&view.created_at, now)) " ago"
                @if matches!(view.state.as_str(), "held" | "armed") { ", expires in " (left(&view.deadline, now)) }
                @if view.state == "held" {
                    @if view.waiting == 0 { ", and its agent has gone" } @else { ", and its agent waits" }
                }
            }
            @if !view.approvals.given.is_empty() || view.state == "armed" {
                @if let Some(text) = standing(view, freezes, Place::Prompt) { p { (shown(&text)) } }
            }
            @for said in &view.decisions {
                p.said {
                    (shown(&said.approver)) " said " strong { (said.decision) } " " (age(&said.at, now)) " ago"
                    @if let Some(reason) = &said.reason { ": " q { (shown(reason)) } }
                }
            }
            @if let Some(outcome) = &view.outcome {
                p.said {
                    @if let Some(status) = outcome.status { "The service answered " strong { (status) } "." }
                    @if let Some(error) = &outcome.error { (shown(error)) }
                }
            }
        }
    }
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

/// `digest`: of exactly what is on the page; `is_whole`: see `whole`.
fn decisions(view: &HoldView, person: &Person, digest: Option<Digest>, is_whole: bool) -> Markup {
    let barred = person.counts(view).err();
    let is_open = matches!(view.state.as_str(), "held" | "armed" | "approved");
    html! {
        @if is_open && person.decides {
            section #decide aria-label="Decide" {
                @match (&barred, digest) {
                    _ if view.state != "held" => {}
                    (Some(why), _) => p.alert { "It is not yours to release: " (shown(why)) },
                    (None, None) => p.alert { "It has no digest that could be released; only a no is possible." },
                    (None, Some(_)) => (approve(view, is_whole)),
                }
                (deny(view))
                @if view.state == "held" { p { a href=(format!("/holds/{}/edit", view.id)) { "Edit it" } } }
            }
        }
    }
}

fn approve(view: &HoldView, is_whole: bool) -> Markup {
    let digits = digits(&view.digest);
    html! {
        details #approve {
            summary.strong { "Approve …" }
            form method="post" action=(format!("/holds/{}", view.id)) {
                (of(view))
                p { "Release " strong { (view.code) } ": " (shown(&view.effect)) ", digest " code { (digits) } ", to this host?" }
                p { (theirs(host(&view.url), limits::NAME_BYTES_MAX)) }
                input type="hidden" name=(whole::FIELD) value=(whole::word(is_whole));
                @if !is_whole {
                    label for="typed" { "It is longer than a page shows at once. To release it, type those 12 digits." }
                    input #typed name="typed" required autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="64";
                }
                label for="note" { "A note for the record (may be empty)" }
                input #note name="reason" autocomplete="off" maxlength=(limits::REASON_BYTES_MAX);
                @if is_whole { (grant::ask(view)) }
                button.strong name="decision" value="approve" { @if grant::is_offered(view) && is_whole { "Release" } @else { "Release exactly this" } }
            }
        }
    }
}

fn deny(view: &HoldView) -> Markup {
    html! {
        details #deny {
            summary { "Deny …" }
            form method="post" action=(format!("/holds/{}", view.id)) {
                (of(view))
                label for="reason" { "Why? The agent is told (may be empty)." }
                input #reason name="reason" autocomplete="off" maxlength=(limits::REASON_BYTES_MAX);
                button.danger name="decision" value="deny" { "Refuse " (view.code) }
            }
        }
    }
}

/// What the page was made of.
fn of(view: &HoldView) -> Markup {
    html! {
        input type="hidden" name="digest" value=(view.digest);
        input type="hidden" name="state" value=(view.state);
        input type="hidden" name="given" value=(view.approvals.given.len());
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
    use crate::hold::Who;
    use crate::origin::{Host, Origin, Scheme};
    use crate::page::tests::{assert_only_ours, assert_quoted, hold, payloads};
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

    fn person() -> Person {
        Person { who: Who { groups: vec!["x".into()], ..Who::named("ana") }, decides: true }
    }

    /// CASES AP-12
    #[test]
    fn the_host_stands_behind_the_bar_in_the_question() {
        let hold = HoldView { url: "https://a.example,%20approved/x".into(), ..hold("x") };
        assert_quoted("a question", &approve(&hold, true).into_string(), "a.example,%20approved");
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
                (approve(&view, false))
                (decisions(&view, &person(), rendering.digest, true))
            };
            assert_only_ours(&text, &html.into_string());
        }
    }

    /// CASES AP-10, 11: what an approval names is the digest of what is on the page; of a part it asks for more.
    #[test]
    fn only_what_has_a_digest_can_be_approved_and_a_part_only_by_its_digits() {
        let view = HoldView { approvals: Default::default(), ..hold("x") };
        let with = |digest: bool, elided: bool, view: &HoldView| {
            let digest = digest.then(|| Digest::parse(&view.digest)).flatten();
            decisions(view, &person(), digest, !elided).into_string()
        };
        let whole = with(true, false, &view);
        assert!(whole.contains("id=\"approve\"") && !whole.contains("name=\"typed\""), "{whole}");
        assert!(with(true, true, &view).contains("name=\"typed\""));
        let changed = with(false, false, &view);
        assert!(!changed.contains("id=\"approve\"") && changed.contains("id=\"deny\""), "{changed}");
        let given = with(true, false, &HoldView { state: "armed".into(), ..view.clone() });
        assert!(!given.contains("id=\"approve\"") && given.contains("id=\"deny\""), "{given}");
        assert_eq!(with(true, false, &HoldView { state: "done".into(), ..view.clone() }), "");
        let groups = crate::hold::ApprovalsView { groups: vec!["oncall".into()], ..Default::default() };
        let barred = with(true, false, &HoldView { approvals: groups, ..view });
        assert!(!barred.contains("id=\"approve\"") && barred.contains("not yours"), "{barred}");
    }

    #[test]
    fn nobody_is_asked_who_may_only_look() {
        let looker = Person { decides: false, ..person() };
        assert_eq!(decisions(&hold("x"), &looker, None, true).into_string(), "");
    }
}
