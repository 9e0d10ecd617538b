//! More is marked than may be decided at once: the same marks again, to take some away.

use axum::response::Response;
use http::StatusCode;
use maud::{Markup, html};

use crate::admin::holds::find;
use crate::admin::{Office, Person, is_name};
use crate::clock::{Clock, Wall};
use crate::hold::HoldView;
use crate::limits;
use crate::page::frame::{Frame, pending};
use crate::page::rows::row;

/// The page; `marks`: each `ID@DIGEST`. What is none, or no longer what was marked, has no row.
pub async fn ask(office: &Office, person: &Person, marks: &[String]) -> Response {
    let mut holds = Vec::new();
    for (id, digest) in marks.iter().take(limits::PAGE_ROWS).filter_map(|mark| mark.split_once('@')) {
        if is_name(id)
            && let Ok(hold) = find(office, id).await
            && hold.digest == digest
            && hold.state == "held"
        {
            holds.push(hold);
        }
    }
    let frame =
        Frame { title: "Marked", kind: "fewer", person: Some(person), pending: pending(office).await };
    frame.around(StatusCode::BAD_REQUEST, &page(&holds, Clock::system().now().wall))
}

fn page(holds: &[HoldView], now: Wall) -> Markup {
    html! {
        h1 { "More is marked than can be looked at at once" }
        p.alert { "At most " (limits::PAGE_BATCH_MAX) ". Nothing was decided; take some of the marks away." }
        span #whose hidden { "The agent's:" }
        form #marks method="post" action="/batch" {
            ul.holds { @for hold in holds { (row(hold, now, true)) } }
            (button())
        }
    }
}

/// What leads from marks to their page, and how many it takes.
pub fn button() -> Markup {
    html! {
        div.marked {
            button { "Look at what is marked" }
            span #most.hint data-most=(limits::PAGE_BATCH_MAX) { "at most " (limits::PAGE_BATCH_MAX) " at once" }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::{assert_only_ours, hold, payloads};

    /// CASES AP-13
    #[test]
    fn no_payload_in_a_mark_becomes_an_element_and_each_stays_marked() {
        for text in payloads() {
            let html = page(&[hold(&text), hold(&text)], Wall(0)).into_string();
            assert_only_ours(&text, &html);
            assert_eq!(html.matches(" checked").count(), 2);
        }
    }
}
