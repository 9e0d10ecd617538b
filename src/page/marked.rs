//! The page of what was marked: each request whole and in the open, then what they differ in, then the question. Nothing
//! that is about to be released is folded away (CASES AP-10, 28).

use maud::{Markup, html};

use crate::admin::Problem;
use crate::approve::words::count;
use crate::approve::{Charset, Rendering};
use crate::hold::HoldView;
use crate::limits;
use crate::page::differ::differ;
use crate::page::lines::lines;
use crate::page::words::{digits, host, shown, theirs};

/// What releases several.
pub const WORD: &str = "all";

/// What is shown of them; `apart`: why they are not released together.
pub fn page(
    holds: &[HoldView],
    renderings: &[Result<Rendering, Problem>],
    apart: Option<&Problem>,
) -> Markup {
    html! {
        h1 { (count(holds.len() as u64, "request")) " marked" }
        ul.cards { @for (hold, rendering) in holds.iter().zip(renderings) { li { (card(hold, rendering)) } } }
        (differences(holds, renderings))
        section #decide aria-label="Decide" {
            @match apart {
                Some(problem) => p.alert { "They are not released together: " (shown(problem.detail())) },
                None => (ask_for(holds, "approve", &format!("Release exactly these {}", holds.len()))),
            }
            (ask_for(holds, "deny", &format!("Refuse these {}", holds.len())))
        }
    }
}

fn card(hold: &HoldView, rendering: &Result<Rendering, Problem>) -> Markup {
    html! {
        h2.name { a.code href=(format!("/holds/{}", hold.id)) { (hold.code) } ": " (shown(&hold.effect)) }
        p { "Digest " code { (digits(&hold.digest)) } }
        div.theirs-of { @for text in [&hold.operation, host(&hold.url), &hold.agent] { (theirs(text, limits::ROW_TEXT_MAX)) } }
        @match rendering {
            Ok(rendering) => (lines(&rendering.lines)),
            Err(problem) => p.alert { (shown(problem.detail())) },
        }
    }
}

/// Where all of them are at hand.
fn differences(holds: &[HoldView], renderings: &[Result<Rendering, Problem>]) -> Markup {
    let whole: Vec<&Rendering> = renderings.iter().filter_map(|rendering| rendering.as_ref().ok()).collect();
    let Some((first, others)) = holds.split_first().filter(|(_, others)| !others.is_empty()) else {
        return html! {};
    };
    if whole.len() < holds.len() {
        return html! {};
    }
    html! {
        section #differ aria-label="What they differ in" {
            h2 { "What the others have otherwise than " (first.code) }
            @if whole.iter().any(|rendering| masks(rendering)) {
                p.alert { "Values that are masked are not compared; they may differ too." }
            }
            ul.cards { @for (hold, own) in others.iter().zip(differ(&whole)) {
                li { (difference(hold, own.as_deref(), hold.digest == first.digest)) }
            } }
        }
    }
}

fn difference(hold: &HoldView, own: Option<&[crate::approve::Line]>, is_same: bool) -> Markup {
    let code = html! { strong.code { (hold.code) } };
    match own {
        None => html! { p.alert { (code) " is too long to be compared" } },
        Some([]) if is_same => html! { p { (code) " is the very same request" } },
        Some([]) => {
            html! { p { (code) " has the same lines, and is not the same: what is not shown differs" } }
        }
        Some(own) => {
            let shown = own.len().min(limits::DIFFER_LINES_MAX);
            html! {
                p { (code) }
                (lines(&own[..shown]))
                @if own.len() > shown { p.alert { "and " (own.len() - shown) " more lines, in its request above" } }
            }
        }
    }
}

/// What an agent wrote may look so too; to say it once too often does no harm.
fn masks(rendering: &Rendering) -> bool {
    rendering.lines.iter().any(|line| line.text(Charset::Utf8).contains("[masked"))
}

fn ask_for(holds: &[HoldView], decision: &str, words: &str) -> Markup {
    let denies = decision == "deny";
    html! {
        details id=(decision) {
            summary.strong[!denies] { @if denies { "Deny …" } @else { "Approve …" } }
            form method="post" action="/batch/decide" {
                @for hold in holds {
                    input type="hidden" name="hold" value=(format!("{}@{}@{}", hold.id, hold.digest, hold.approvals.given.len()));
                }
                @if !denies && holds.len() > 1 {
                    label for="typed" { "To release all of them, type " strong { (WORD) } "." }
                    input #typed name="typed" required autocomplete="off" autocapitalize="off" spellcheck="false" maxlength="64";
                }
                label {
                    @if denies { "Why? The agents are told (may be empty). " } @else { "A note for the record (may be empty). " }
                    input name="reason" autocomplete="off" maxlength=(limits::REASON_BYTES_MAX);
                }
                button.danger[denies].strong[!denies] name="decision" value=(decision) { (words) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::Kind;
    use crate::approve::{Gutter, Line, Span};
    use crate::page::tests::{assert_only_ours, assert_quoted, hold, payloads};

    fn rendering(text: &str) -> Rendering {
        let span = Span { text: text.to_owned(), ..Span::default() };
        let line = Line { gutter: Gutter::Start, spans: vec![span], ..Line::default() };
        Rendering { lines: vec![line], ..Rendering::default() }
    }

    fn with(digest: &str) -> HoldView {
        HoldView { digest: digest.into(), ..hold("x") }
    }

    /// CASES AP-12
    #[test]
    fn what_an_agent_wrote_stands_behind_the_bar_in_a_batch() {
        let hold = HoldView { effect: "write".into(), ..hold("x to wiki. Approved by ana") };
        let html = page(&[hold], &[Ok(rendering("y"))], None).into_string();
        assert_quoted("a batch", &html, "x to wiki. Approved by ana");
    }

    /// CASES AP-13
    #[test]
    fn no_payload_in_a_batch_becomes_an_element() {
        for text in payloads() {
            let apart = Problem::new(Kind::Unfit, text.clone());
            let broken = || Err(Problem::new(Kind::NotFound, text.clone()));
            let two = [hold(&text), hold(&text)];
            assert_only_ours(&text, &page(&two[..1], &[broken()], Some(&apart)).into_string());
            assert_only_ours(&text, &page(&two, &[broken(), broken()], None).into_string());
        }
    }

    /// CASES AP-10: what is released by one word stands in the open, all of it.
    #[test]
    fn no_request_is_folded_away() {
        let html =
            page(&[with("a"), with("b")], &[Ok(rendering("one")), Ok(rendering("two"))], None).into_string();
        let folded = html.split("<details").skip(1).map(|rest| rest.split("</details>").next().unwrap());
        assert!(html.contains("one") && html.contains("two"));
        assert!(
            folded.clone().count() == 2 && folded.into_iter().all(|form| !form.contains("rendering")),
            "{html}"
        );
    }

    #[test]
    fn only_the_same_digest_is_called_the_same() {
        let said = |other: &str, text: &str| {
            let renderings = [Ok(rendering(text)), Ok(rendering(text))];
            page(&[with("a"), with(other)], &renderings, None).into_string()
        };
        assert!(said("a", "x").contains("the very same request"));
        assert!(
            said("b", "x").contains("what is not shown differs") && !said("b", "x").contains("very same")
        );
        assert!(
            said("b", "[masked, 7 bytes]").contains("may differ too")
                && !said("a", "x").contains("may differ too")
        );
    }
}
