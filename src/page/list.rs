//! What waits: put together as the prompt does it, what stands alone before the many and what is worse before what is
//! less so (CASES AP-28). A page has a bounded number of rows; the order is that of all that waits, not of the page. Of
//! all that waits only the outlines are looked at, and whole holds are asked for as many as a page shows.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;

use crate::admin::{Office, Person};
use crate::approve::groups::groups;
use crate::approve::words::count;
use crate::clock::{Clock, Wall};
use crate::hold::{HoldView, Outline};
use crate::page::fewer::button;
use crate::page::frame::{Frame, notice, pending};
use crate::page::place::{Place, turn};
use crate::page::recent::Recent;
use crate::page::rows::section;
use crate::page::sections::{Section, rows, whole};
use crate::page::words::shown;

/// What a list may be asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// Only what has this in its code, agent, effect, operation or URL.
    q: String,
    /// Which page, from 1.
    page: Option<usize>,
    /// A page asks that brings itself up to date.
    live: bool,
}

/// `GET /`
pub async fn list(
    State(office): State<Arc<Office>>,
    Extension(person): Extension<Person>,
    Extension(recent): Extension<Arc<Recent>>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let Ok(Query(asked)) = asked else {
        let text = "A list is asked for by `q` and `page`.";
        return notice(Some(&person), pending(&office).await, StatusCode::BAD_REQUEST, "No such list", text);
    };
    // Who comes to the page does not wait for those that are open.
    let all =
        if asked.live { recent.outlines(&office.desk).await } else { Arc::new(office.desk.outlines().await) };
    let found: Vec<&Outline> = all.iter().filter(|hold| is_found(hold, &asked.q)).collect();
    let place = Place::of(asked.page, found.len(), all.len());
    let pending = all.len();
    let rows = whole(&office, rows(&groups(found), place.page)).await;
    let frame = Frame { title: "Waiting", kind: "list", person: Some(&person), pending };
    frame.around(StatusCode::OK, &page(&rows, &asked.q, place, Clock::system().now().wall))
}

fn is_found(hold: &Outline, text: &str) -> bool {
    let facts = &hold.facts;
    let texts = [&facts.code, &facts.agent, &facts.effect, &facts.operation, &facts.rule];
    text.is_empty() || texts.iter().any(|one| has(one, text)) || has(&hold.head.url(), text)
}

fn has(whole: &str, text: &str) -> bool {
    whole.to_lowercase().contains(&text.trim().to_lowercase())
}

fn page(rows: &[Section<HoldView>], text: &str, place: Place, now: Wall) -> Markup {
    html! {
        div.top {
            h1 { (count(place.pending as u64, "request")) " waiting" }
            form.search role="search" method="get" action="/" {
                label.unseen for="q" { "Find in what waits" }
                input #q name="q" type="search" value=(shown(text)) placeholder="Find (/)" autocomplete="off";
                button.plain { "Find" }
            }
        }
        @if !text.is_empty() {
            p { (count(place.found as u64, "request")) " with " q { (shown(text)) } ". " a href="/" { "Show all" } }
        }
        @if place.pending == 0 {
            p.empty { "Nothing waits. What an agent wants to change appears here by itself." }
        }
        form #marks method="post" action="/batch" {
            span #whose hidden { "The agent's:" }
            div #holds data-page=(place.page) { @for rows in rows { (section(&rows.title, &rows.members, now)) } }
            (button())
        }
        @if place.pages > 1 { (turn(text, place)) }
        p.keys.hint tabindex="-1" {
            kbd { "j" } " " kbd { "k" } " " kbd { "g" } " " kbd { "G" } " move, " kbd { "Enter" } " opens, "
            kbd { "Space" } " marks, " kbd { "/" } " finds, " kbd { "r" } " puts what is new in its place"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::{assert_only_ours, hold, payloads};

    /// CASES AP-13
    #[test]
    fn no_payload_in_a_title_or_a_search_becomes_an_element() {
        for text in payloads() {
            let groups = groups((0..3).map(|at| HoldView { id: at.to_string(), ..hold(&text) }).collect());
            let empty = |found: Section<&HoldView>| Section {
                group: found.group,
                title: found.title,
                members: Vec::new(),
            };
            let rows: Vec<_> = rows(&groups, 1).into_iter().map(empty).collect();
            assert!(!rows.is_empty());
            let place = Place::of(None, 250, 250);
            assert_only_ours(&text, &page(&rows, &text, place, Wall(0)).into_string());
        }
    }

    #[test]
    fn a_page_is_bounded_and_goes_on_where_the_one_before_ended() {
        let many: Vec<HoldView> = (0..250)
            .map(|at| HoldView {
                id: format!("{at:04}"),
                operation: format!("POST /{}", at % 2),
                ..hold("bot")
            })
            .collect();
        let groups = groups(many);
        let ids = |page| -> Vec<String> {
            let rows = rows(&groups, page);
            rows.iter().flat_map(|rows| rows.members.iter().map(|hold| hold.id.clone())).collect()
        };
        let all: Vec<String> = [ids(1), ids(2), ids(3)].concat();
        assert_eq!([ids(1).len(), ids(2).len(), ids(3).len(), ids(4).len()], [100, 100, 50, 0]);
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 250);
        let html = |asked, text| page(&[], text, Place::of(asked, 250, 250), Wall(0)).into_string();
        let second = html(Some(2), "a b&c");
        assert!(second.contains("href=\"/?q=a+b%26c&amp;page=3\"") && second.contains("page 2 of 3"));
        let last = html(Some(99), "");
        assert!(last.contains("page 3 of 3") && !last.contains("rel=\"next\""));
    }

    #[test]
    fn what_is_looked_for_is_found_in_any_letter_case_and_nothing_else_is() {
        for (whole, text, found) in [
            ("Deploy-Bot", "deploy", true),
            ("K7QF", " k7qf ", true),
            ("https://forum.example/", "FORUM.example", true),
            ("Deploy-Bot", "nobody", false),
        ] {
            assert_eq!(has(whole, text), found, "{text:?}");
        }
    }
}
