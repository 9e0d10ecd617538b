//! The near misses of the words that decide.

use super::*;
use crate::approve::Said;
use crate::hold::said::Choice;

const OPEN: Moment = Moment(10_000);

fn target() -> Target {
    let digest = Digest::parse(&format!("sha256:{}", "0f".repeat(32))).unwrap();
    Target { id: "1".into(), code: "K7QF".into(), digest }
}

/// Types it key by key, and Enter.
fn typed(what: What, text: &str) -> Turn {
    let mut dialog = Dialog::new(what, Vec::new(), Moment(0));
    for letter in text.chars() {
        assert!(matches!(dialog.press(Key::Char(letter), true, OPEN), Turn::Stay));
    }
    dialog.press(Key::Enter, true, OPEN)
}

fn said(turn: Turn) -> Option<Vec<Said>> {
    match turn {
        Turn::Do(Ask::Decide(said)) => Some(said),
        _ => None,
    }
}

/// The near misses of the one word that releases.
#[test]
fn only_the_word_releases_and_the_decision_names_the_digest_that_was_displayed() {
    let whole = || What::Approve(target(), Reading::Whole);
    let released = said(typed(whole(), "yes")).unwrap();
    assert_eq!((released[0].id.as_str(), released[0].digest), ("1", Some(target().digest)));
    for word in ["", "y", "YES", "yes please", "no", "all", "a", "0f0f0f0f0f0", "0e0f0f0f0f0f"] {
        assert!(said(typed(whole(), word)).is_none(), "{word}");
    }
    let granted = said(typed(whole(), "grant 15m 20 route")).unwrap();
    assert_eq!(granted[0].grant.map(|grant| grant.uses), Some(20));
}

/// CASES AP-10
#[test]
fn what_was_not_displayed_whole_is_released_by_its_digest_alone() {
    let part = || What::Approve(target(), Reading::Part);
    for word in ["yes", "grant 15m", "0f0f0f0f0f0"] {
        assert!(said(typed(part(), word)).is_none(), "{word}");
    }
    assert!(said(typed(part(), "0f0f0f0f0f0f")).is_some());
}

/// CASES AP-24
#[test]
fn what_was_typed_ahead_or_comes_with_its_enter_is_no_answer() {
    let mut dialog = Dialog::new(What::Approve(target(), Reading::Whole), Vec::new(), Moment(1_000));
    for key in [Key::Char('y'), Key::Char('e'), Key::Char('s'), Key::Enter] {
        assert!(matches!(dialog.press(key, true, Moment(1_499)), Turn::Stay));
    }
    assert_eq!(dialog.typed, "");
    for key in [Key::Char('y'), Key::Char('e'), Key::Char('s'), Key::Enter] {
        assert!(matches!(dialog.press(key, false, Moment(1_500)), Turn::Stay));
    }
    assert!(dialog.note.is_some());
    assert!(said(dialog.press(Key::Enter, true, Moment(1_500))).is_some());
}

#[test]
fn many_are_released_by_another_word_and_refused_with_a_reason() {
    let all = || What::ApproveAll(vec![target(), Target { id: "2".into(), ..target() }]);
    assert!(said(typed(all(), "yes")).is_none());
    let ids: Vec<String> = said(typed(all(), "all")).unwrap().into_iter().map(|said| said.id).collect();
    assert_eq!(ids, ["1", "2"]);
    let deny = || What::Deny(vec!["1".into()]);
    assert!(said(typed(deny(), " ")).is_none());
    let refused = said(typed(deny(), "not today")).unwrap();
    assert_eq!((refused[0].choice, refused[0].reason.as_deref()), (Choice::Deny, Some("not today")));
}

#[test]
fn esc_leaves_and_a_thaw_needs_its_word() {
    let mut dialog = Dialog::new(What::Thaw(frozen()), Vec::new(), Moment(0));
    assert!(matches!(dialog.press(Key::Esc, true, OPEN), Turn::Leave));
    assert!(matches!(typed(What::Thaw(frozen()), ""), Turn::Stay));
    assert!(matches!(typed(What::Thaw(frozen()), "thaw"), Turn::Do(Ask::Thaw(freeze)) if freeze == frozen()));
    assert!(matches!(typed(What::Freeze(None), ""), Turn::Do(Ask::Freeze { agent: None, reason: None })));
}

fn frozen() -> FreezeView {
    FreezeView { agent: None, reason: None, by: "ops".into(), at: "1970-01-01T00:01:00.000Z".into() }
}
