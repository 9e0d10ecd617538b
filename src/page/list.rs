//! What waits: put together as the prompt does it, what stands alone before the many and what is worse before what is
//! less so (CASES AP-28). A page has a bounded number of rows; the order is that of all that waits, not of the page.

use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;

use crate::admin::{Office, Person};
use crate::approve::groups::{Group, groups};
use crate::approve::words::count;
use crate::clock::{Clock, Wall};
use crate::hold::{Filter, HoldId, HoldView};
use crate::limits;
use crate::page::frame::{Frame, notice};
use crate::page::words::{age, brief, host, left, shown};

/// What a list may be asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// Only what has this in its code, agent, effect, operation or URL.
    q: String,
    /// Which page, from 1.
    page: Option<usize>,
}

/// `GET /`
pub async fn list(
    State(office): State<Arc<Office>>,
    Extension(person): Extension<Person>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Response {
    let all = all(&office).await;
    let pending = all.len();
    let Ok(Query(asked)) = asked else {
        let text = "A list is asked for by `q` and `page`.";
        return notice(Some(&person), pending, StatusCode::BAD_REQUEST, "No such list", text);
    };
    let groups = groups(all.into_iter().filter(|hold| has(hold, &asked.q)).collect());
    let frame = Frame { title: "Waiting", kind: "list", person: Some(&person), pending };
    frame.around(StatusCode::OK, &page(&groups, &asked, pending, Clock::system().now().wall))
}

/// Everything that is undecided, in the order of its creation; as many as `[hold] max_pending` lets wait.
async fn all(office: &Office) -> Vec<HoldView> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let filter = Filter { state: Some("held".into()), agent: None, after, limit: limits::PAGE_MAX };
        let some = office.desk.list(filter).await;
        let is_last = some.len() < limits::PAGE_MAX;
        all.extend(some);
        after = all.last().and_then(|hold: &HoldView| hold.id.parse().map(HoldId).ok());
        if is_last || after.is_none() {
            return all;
        }
    }
}

fn has(hold: &HoldView, text: &str) -> bool {
    let text = text.trim().to_lowercase();
    let fields = [&hold.code, &hold.agent, &hold.effect, &hold.operation, &hold.url, &hold.rule];
    fields.iter().any(|field| field.to_lowercase().contains(&text))
}

fn page(groups: &[Group], asked: &Asked, pending: usize, now: Wall) -> Markup {
    let found: usize = groups.iter().map(|group| group.members.len()).sum();
    let pages = found.div_ceil(limits::PAGE_ROWS).max(1);
    let number = asked.page.unwrap_or(1).clamp(1, pages);
    let rows = rows(groups, (number - 1) * limits::PAGE_ROWS);
    html! {
        div.top {
            h1 { (count(pending as u64, "request")) " waiting" }
            form.search role="search" method="get" action="/" {
                label.unseen for="q" { "Find in what waits" }
                input #q name="q" type="search" value=(shown(&asked.q)) placeholder="Find (/)" autocomplete="off";
                button.plain { "Find" }
            }
        }
        @if !asked.q.is_empty() {
            p { (count(found as u64, "request")) " with " q { (shown(&asked.q)) } ". " a href="/" { "Show all" } }
        }
        @if pending == 0 {
            p.empty { "Nothing waits. What an agent wants to change appears here by itself." }
        }
        form #marks method="post" action="/batch" {
            div #holds data-page=(number) { @for (title, members) in rows { (section(&title, &members, now)) } }
            div.marked { button { "Look at what is marked" } }
        }
        @if pages > 1 { (turn(asked, number, pages)) }
        p.keys.hint tabindex="-1" {
            kbd { "j" } " " kbd { "k" } " " kbd { "g" } " " kbd { "G" } " move, " kbd { "Enter" } " opens, "
            kbd { "Space" } " marks, " kbd { "/" } " finds, " kbd { "r" } " puts what is new in its place"
        }
    }
}

/// What is on one page: sections with their titles.
fn rows(groups: &[Group], from: usize) -> Vec<(String, Vec<&HoldView>)> {
    let mut sections: Vec<(String, Vec<&HoldView>)> = Vec::new();
    let each = groups.iter().flat_map(|group| group.members.iter().map(move |hold| (group, hold)));
    for (group, hold) in each.skip(from).take(limits::PAGE_ROWS) {
        let title = title(group);
        match sections.last_mut() {
            Some((last, members)) if *last == title => members.push(hold),
            _ => sections.push((title, vec![hold])),
        }
    }
    sections
}

fn title(group: &Group) -> String {
    if !group.is_many() {
        return "One of a kind".to_owned();
    }
    let first = &group.members[0];
    let operation = brief(&first.operation, limits::ROW_TEXT_MAX);
    format!("{} × {} by {}: {operation}", group.members.len(), first.effect, shown(&first.agent))
}

fn section(title: &str, members: &[&HoldView], now: Wall) -> Markup {
    html! {
        section {
            h2 { (title) }
            ul.holds { @for hold in members { (row(hold, now)) } }
        }
    }
}

fn row(hold: &HoldView, now: Wall) -> Markup {
    let approvals = &hold.approvals;
    html! {
        li.hold id=(format!("hold-{}", hold.id)) data-hold=(hold.id) data-digest=(hold.digest) {
            label.pick {
                input type="checkbox" name="hold" value=(format!("{}@{}", hold.id, hold.digest))
                    aria-label=(format!("Mark {}", hold.code)) autocomplete="off";
            }
            a href=(format!("/holds/{}", hold.id)) {
                span.code { (hold.code) }
                span class=(format!("effect {}", effect(hold))) { (shown(&hold.effect)) }
                span.what {
                    span.operation { (brief(&hold.operation, limits::ROW_TEXT_MAX)) }
                    span.host { (brief(host(&hold.url), limits::ROW_TEXT_MAX)) }
                }
                span.agent { (brief(&hold.agent, limits::ROW_TEXT_MAX)) }
                span.marks {
                    @if hold.frozen { span.mark { "frozen" } }
                    @if hold.edited.is_some() { span.mark { "edited" } }
                    @if approvals.needed > 1 {
                        span.mark { (approvals.given.len()) " of " (approvals.needed) }
                    }
                    @if hold.waiting == 0 { span.mark { "agent gone" } }
                }
                span.times {
                    span.unseen { "waits for " } (age(&hold.created_at, now))
                    span.unseen { ", expires in " } span.until { (left(&hold.deadline, now)) }
                }
            }
        }
    }
}

/// Only names of ours become a class.
fn effect(hold: &HoldView) -> &'static str {
    let known = ["delete", "execute", "permission", "write"];
    known.into_iter().find(|name| *name == hold.effect).unwrap_or("unknown")
}

fn turn(asked: &Asked, number: usize, pages: usize) -> Markup {
    let link = |number: usize| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("q", &asked.q)
            .append_pair("page", &number.to_string())
            .finish();
        format!("/?{query}")
    };
    html! {
        nav.turn aria-label="Further pages" {
            @if number > 1 { a rel="prev" href=(link(number - 1)) { "Before" } }
            span { "page " (number) " of " (pages) }
            @if number < pages { a rel="next" href=(link(number + 1)) { "After" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::{assert_only_ours, hold, payloads};

    /// CASES AP-13
    #[test]
    fn no_payload_in_a_row_becomes_an_element() {
        for text in payloads() {
            let groups = groups(vec![hold(&text)]);
            let asked = Asked { q: text.clone(), page: None };
            let html = page(&groups, &asked, 250, Wall(0)).into_string();
            assert_only_ours(&text, &html);
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
        let ids = |from| -> Vec<String> {
            rows(&groups, from)
                .iter()
                .flat_map(|(_, members)| members.iter().map(|hold| hold.id.clone()))
                .collect()
        };
        let all: Vec<String> = [ids(0), ids(100), ids(200)].concat();
        assert_eq!([ids(0).len(), ids(100).len(), ids(200).len(), ids(300).len()], [100, 100, 50, 0]);
        assert_eq!(all.iter().collect::<std::collections::BTreeSet<_>>().len(), 250);
        let html = page(&groups, &Asked { q: "a b&c".into(), page: Some(2) }, 250, Wall(0)).into_string();
        assert!(html.contains("href=\"/?q=a+b%26c&amp;page=3\"") && html.contains("page 2 of 3"), "{html}");
        let last = page(&groups, &Asked { q: String::new(), page: Some(99) }, 250, Wall(0)).into_string();
        assert!(last.contains("page 3 of 3") && !last.contains("rel=\"next\""));
    }

    #[test]
    fn what_is_looked_for_is_found_in_any_letter_case_and_nothing_else_is() {
        let hold = HoldView { agent: "Deploy-Bot".into(), ..hold("x") };
        for (text, found) in
            [("", true), ("deploy", true), (" k7qf ", true), ("FORUM.example", true), ("nobody", false)]
        {
            assert_eq!(has(&hold, text), found, "{text:?}");
        }
    }
}
