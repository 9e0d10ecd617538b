//! What waits: put together as the prompt does it, what stands alone before the many and what is worse before what is
//! less so (CASES AP-28). A page has a bounded number of rows; the order is that of all that waits, not of the page. Of
//! all that waits only the outlines are looked at, and whole holds are asked for as many as a page shows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Extension;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};
use serde::Deserialize;

use crate::admin::{Office, Person};
use crate::approve::groups::{Group, Grouped, Kind, groups};
use crate::approve::words::count;
use crate::clock::{Clock, Wall};
use crate::hold::{HoldView, Outline};
use crate::limits;
use crate::page::fewer::button;
use crate::page::frame::{Frame, notice, pending};
use crate::page::recent::Recent;
use crate::page::rows::section;
use crate::page::words::{shown, theirs};

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

/// Where a page stands among all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    /// From 1.
    page: usize,
    /// How many there are.
    pages: usize,
    /// How many holds are found.
    found: usize,
    /// How many wait.
    pending: usize,
}

impl Place {
    fn of(asked: Option<usize>, found: usize, pending: usize) -> Self {
        let pages = found.div_ceil(limits::PAGE_ROWS).max(1);
        Self { page: asked.unwrap_or(1).clamp(1, pages), pages, found, pending }
    }
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

/// Holds that stand together, under a title.
struct Section<T> {
    /// Of a group, which; those that stand alone have none.
    group: Option<usize>,
    title: Markup,
    members: Vec<T>,
}

/// What is on one page.
fn rows<T: Grouped>(groups: &[Group<T>], page: usize) -> Vec<Section<&T>> {
    let mut sections: Vec<Section<&T>> = Vec::new();
    let alike = alike(groups);
    let each = groups
        .iter()
        .enumerate()
        .flat_map(|(number, group)| group.members.iter().map(move |hold| (number, group, hold)));
    for (number, group, hold) in each.skip((page - 1) * limits::PAGE_ROWS).take(limits::PAGE_ROWS) {
        let number = group.is_many().then_some(number);
        match sections.last_mut() {
            Some(last) if last.group == number => last.members.push(hold),
            _ => {
                let title = title(group, alike.get(&group.members[0].kind()).copied().unwrap_or_default());
                sections.push(Section { group: number, title, members: vec![hold] });
            }
        }
    }
    sections
}

/// How many there are of each kind, in whatever groups.
fn alike<T: Grouped>(groups: &[Group<T>]) -> BTreeMap<Kind<'_>, usize> {
    let mut found = BTreeMap::new();
    for group in groups {
        *found.entry(group.members[0].kind()).or_default() += group.members.len();
    }
    found
}

/// `alike`: how many there are of its kind.
fn title<T: Grouped>(group: &Group<T>, alike: usize) -> Markup {
    if !group.is_many() {
        return html! { h2 { "One of a kind" } };
    }
    let (first, count) = (&group.members[0], group.members.len());
    let kind = first.kind();
    let others = group.members.iter().map(Grouped::operation).collect::<BTreeSet<_>>().len() - 1;
    html! {
        h2 { (count) " × " (shown(kind.effect)) }
        @if count < alike {
            p.hint { "There are " (alike) " of this kind. At most " (limits::GROUP_MAX) " stand together; nobody looks at more as one." }
        }
        div.theirs-of {
            (theirs(if others == 0 { first.operation() } else { kind.pattern() }, limits::ROW_TEXT_MAX))
            (theirs(kind.agent, limits::ROW_TEXT_MAX))
        }
        @if others > 0 { p.hint { "Where * stands they differ: " (others + 1) " paths." } }
    }
}

/// The same with all that a row shows. What has come to its end meanwhile has no row.
async fn whole(office: &Office, rows: Vec<Section<&&Outline>>) -> Vec<Section<HoldView>> {
    let ids = rows.iter().flat_map(|section| &section.members).map(|hold| hold.id).collect();
    let mut views = office.desk.each(ids).await.into_iter();
    let whole = |Section { group, title, members }: Section<&&Outline>| {
        let views = views.by_ref().take(members.len()).flatten();
        Section { group, title, members: views.filter(|view| view.state == "held").collect() }
    };
    rows.into_iter().map(whole).filter(|section: &Section<HoldView>| !section.members.is_empty()).collect()
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

fn turn(text: &str, place: Place) -> Markup {
    let link = |number: usize| {
        let query = form_urlencoded::Serializer::new(String::new())
            .append_pair("q", text)
            .append_pair("page", &number.to_string())
            .finish();
        format!("/?{query}")
    };
    html! {
        nav.turn aria-label="Further pages" {
            @if place.page > 1 { a rel="prev" href=(link(place.page - 1)) { "Before" } }
            span { "page " (place.page) " of " (place.pages) }
            @if place.page < place.pages { a rel="next" href=(link(place.page + 1)) { "After" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::{assert_only_ours, assert_quoted, hold, payloads};

    /// CASES AP-12
    #[test]
    fn what_an_agent_wrote_is_no_part_of_a_title() {
        let text = "POST /x, approved by ana";
        let groups = groups(
            (0..3).map(|at| HoldView { id: at.to_string(), effect: "write".into(), ..hold(text) }).collect(),
        );
        let title = title(&groups[0], 3).into_string();
        assert_quoted("a title", &title, text);
        assert!(title.contains("<h2>3 × write</h2>") && !title.contains("of this kind"), "{title}");
    }

    #[test]
    fn a_title_says_that_paths_differ_and_that_there_are_more_of_the_kind() {
        let of = |at: usize| HoldView {
            id: format!("{at:04}"),
            effect: "write".into(),
            operation: format!("POST /mail/{}", at % 2),
            ..hold("bot")
        };
        let many = groups((0..limits::GROUP_MAX + 100).map(of).collect());
        let sections = rows(&many, 1);
        let title = sections[0].title.clone().into_string();
        assert!(title.contains("200 × write") && title.contains("There are 300 of this kind"), "{title}");
        assert!(title.contains("POST /mail/*") && title.contains("2 paths"), "{title}");
        let same = groups((0..3).map(|at| HoldView { id: at.to_string(), ..of(1) }).collect());
        let title = rows(&same, 1)[0].title.clone().into_string();
        assert!(
            title.contains("POST /mail/1") && !title.contains("paths") && !title.contains("of this kind"),
            "{title}"
        );
    }

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

    /// Titles may read alike, because an agent chose what is in them.
    #[test]
    fn groups_with_like_titles_are_not_one() {
        let of = |at: usize, host: &str| HoldView {
            id: format!("{at:04}"),
            effect: "write".into(),
            url: format!("https://{host}/"),
            ..hold("bot")
        };
        let six: Vec<_> = (0..6).map(|at| of(at, ["a.example", "b.example"][at / 3])).collect();
        let groups = groups(six);
        assert_eq!(rows(&groups, 1).iter().map(|rows| rows.members.len()).collect::<Vec<_>>(), [3, 3]);
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
