//! The two forms that decide one hold. They stand after the request, each behind a question of its own that names what it
//! does, where and by which digest; where the hold's page does not show all of the request, a release asks for the
//! digest's digits (CASES AP-10, 24).

use maud::{Markup, html};

use crate::admin::Person;
use crate::hold::HoldView;
use crate::limits;
use crate::page::words::{digits, host, shown, theirs};
use crate::page::{grant, whole};
use crate::snapshot::Digest;

/// `digest`: of exactly what is on the page; `is_whole`: see `whole`.
pub fn decisions(view: &HoldView, person: &Person, digest: Option<Digest>, is_whole: bool) -> Markup {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hold::Who;
    use crate::page::tests::{assert_only_ours, assert_quoted, hold, payloads};

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
    fn no_payload_in_a_question_becomes_an_element() {
        for text in payloads() {
            let view = hold(&text);
            let digest = Digest::parse(&view.digest);
            let html = html! { (approve(&view, false)) (decisions(&view, &person(), digest, true)) };
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
