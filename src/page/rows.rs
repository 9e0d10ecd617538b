//! The rows of the list: of each hold what tells it apart, a box to mark it, and how long it waits.

use maud::{Markup, html};

use crate::clock::Wall;
use crate::hold::HoldView;
use crate::limits;
use crate::page::words::{age, host, left, shown, theirs_as};

/// Holds of one kind, or those that stand alone.
pub fn section(title: &Markup, members: &[HoldView], now: Wall) -> Markup {
    html! {
        section {
            (title)
            ul.holds { @for hold in members { (row(hold, now, false)) } }
        }
    }
}

/// One row; `is_marked`: its box is.
pub fn row(hold: &HoldView, now: Wall, is_marked: bool) -> Markup {
    let part = |name: &str| format!("{name}-{}", hold.id);
    html! {
        li.hold id=(part("hold")) data-hold=(hold.id) data-digest=(hold.digest) {
            label.pick {
                input type="checkbox" name="hold" value=(format!("{}@{}", hold.id, hold.digest)) checked[is_marked]
                    aria-label=(format!("Mark {}", hold.code)) autocomplete="off";
            }
            a href=(format!("/holds/{}", hold.id)) aria-describedby=(["whose".into(), part("what"), part("host"), part("agent")].join(" ")) {
                span.code { (hold.code) }
                span class=(format!("effect {}", effect(hold))) { (shown(&hold.effect)) }
                (marks(hold))
                span.times {
                    span.unseen { "waits for " } (age(&hold.created_at, now))
                    span.unseen { ", expires in " } span.until { (left(&hold.deadline, now)) }
                }
            }
            div.theirs-of {
                (theirs_as(&part("what"), &hold.operation, limits::ROW_TEXT_MAX))
                (theirs_as(&part("host"), host(&hold.url), limits::ROW_TEXT_MAX))
                (theirs_as(&part("agent"), &hold.agent, limits::ROW_TEXT_MAX))
            }
        }
    }
}

fn marks(hold: &HoldView) -> Markup {
    let approvals = &hold.approvals;
    html! {
        span.marks {
            @if hold.advisory { span.mark title="Its agent could approve it by itself" { "advisory" } }
            @if hold.frozen { span.mark { "frozen" } }
            @if hold.edited.is_some() { span.mark { "edited" } }
            @if approvals.needed > 1 {
                span.mark { (approvals.given.len()) " of " (approvals.needed) }
            }
            @if hold.waiting == 0 { span.mark { "agent gone" } }
        }
    }
}

/// Only names of ours become a class.
fn effect(hold: &HoldView) -> &'static str {
    let known = ["delete", "execute", "permission", "write"];
    known.into_iter().find(|name| *name == hold.effect).unwrap_or("unknown")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::{assert_only_ours, assert_quoted, hold, payloads};

    /// CASES AP-12: the row's link is Holdpoint's, and says nothing that an agent wrote.
    #[test]
    fn what_an_agent_wrote_stands_beside_the_link_and_behind_its_bar() {
        let hold = HoldView {
            effect: "write".into(),
            operation: "POST /x, approved by ana".into(),
            ..hold("theirs.example")
        };
        let html = section(&html! {}, &[hold], Wall(0)).into_string();
        for text in ["POST /x, approved by ana", "theirs.example"] {
            assert_quoted("a row", &html, text);
        }
        let (_, link) = html.split_once("<a ").unwrap();
        assert!(!link.split_once("</a>").unwrap().0.contains("POST"), "{html}");
    }

    /// CASES AP-13
    #[test]
    fn no_payload_in_a_row_becomes_an_element() {
        for text in payloads() {
            assert_only_ours(&text, &section(&html! { h2 { "x" } }, &[hold(&text)], Wall(0)).into_string());
        }
    }
}
