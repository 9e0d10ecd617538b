//! The rows of the list: of each hold what tells it apart, a box to mark it, and how long it waits.

use maud::{Markup, html};

use crate::clock::Wall;
use crate::hold::HoldView;
use crate::limits;
use crate::page::words::{age, brief, host, left, shown};

/// Holds of one kind, or those that stand alone.
pub fn section(title: &Markup, members: &[HoldView], now: Wall) -> Markup {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::tests::{assert_only_ours, hold, payloads};

    /// CASES AP-13
    #[test]
    fn no_payload_in_a_row_becomes_an_element() {
        for text in payloads() {
            assert_only_ours(&text, &section(&html! { "x" }, &[hold(&text)], Wall(0)).into_string());
        }
    }
}
