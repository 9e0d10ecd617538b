//! Keys that end, that mark, and that do nothing: each of the last says so.

use super::*;
use crate::console::sample::hold;

fn ends(seat: &mut Seat, key: Key) -> bool {
    seat.state.press(&Burst::Keys(vec![key]), seat.now);
    std::mem::take(&mut seat.state.acts).iter().any(|act| matches!(act, Act::Quit))
}

#[test]
fn esc_goes_back_and_never_ends_it() {
    let mut seat = reader();
    seat.key(Key::Esc);
    assert_eq!(seat.state.view(), View::Holds);
    seat.key(Key::Tab);
    assert!(!ends(&mut seat, Key::Esc));
    assert_eq!(seat.state.view(), View::Holds);
    for _ in 0..3 {
        assert!(!ends(&mut seat, Key::Esc));
        assert_eq!(seat.said(), "this is the list: q ends the console");
    }
    assert!(ends(&mut seat, Key::Char('q')));
}

#[test]
fn q_asks_first_where_marks_would_be_lost_or_a_decision_is_on_its_way() {
    let mut seat = Seat::new(posts(3));
    seat.keys("  ");
    assert!(!ends(&mut seat, Key::Char('q')));
    let asked = format!("{:?}", seat.state.dialog.as_ref().expect("a question").facts);
    assert!(asked.contains("2 holds marked"), "{asked}");
    seat.wait();
    assert!(!ends(&mut seat, Key::Char('q')), "a second q is no answer");
    assert!(!ends(&mut seat, Key::Esc));
    assert!(seat.state.dialog.is_none() && seat.state.list.marked().len() == 2);
    assert!(!ends(&mut seat, Key::Char('q')));
    seat.wait();
    assert!(ends(&mut seat, Key::Enter));

    let mut seat = reader();
    seat.keys("a");
    seat.answer("yes");
    seat.keys("q");
    assert!(!ends(&mut seat, Key::Char('q')));
    let asked = format!("{:?}", seat.state.dialog.as_ref().expect("a question").facts);
    assert!(asked.contains("a decision is on its way"), "{asked}");
}

#[test]
fn a_key_that_does_nothing_says_so() {
    let said = |view: &str, key: Key| {
        let mut seat = Seat::new(posts(2));
        for key in view.chars() {
            seat.key(if key == '\r' { Key::Enter } else { Key::Char(key) });
        }
        seat.serve(3);
        seat.key(key);
        seat.said().to_owned()
    };
    for (view, key, words) in [
        ("", Key::Char('a'), "open it first: enter"),
        ("", Key::Char('x'), "open it first: enter"),
        ("", Key::Char('z'), "z does nothing here: ? names the keys"),
        ("", Key::Char('b'), "nothing is marked: space marks the selected hold"),
        ("", Key::Char('k'), "this is the beginning"),
        ("", Key::Backspace, "backspace does nothing here: ? names the keys"),
        ("\r", Key::Tab, "tab goes from list to list: q goes back first"),
        ("\r", Key::Enter, "enter does nothing here: ? names the keys"),
        ("\r", Key::Char('b'), "b does nothing here: ? names the keys"),
        ("\r", Key::Char(' '), "this is the end"),
        ("\rm", Key::Char('m'), "nothing is left out already"),
        (" b", Key::Char('x'), "one by one: q goes back, enter opens one"),
        ("?", Key::Char('?'), "these are the keys: q goes back"),
    ] {
        assert_eq!(said(view, key), words, "{view:?} {key:?}");
    }
    // The near miss: what does something says nothing of that kind.
    for (view, key) in [("", Key::Char('j')), ("", Key::Char(' ')), ("\r", Key::Char('v')), ("", Key::Tab)] {
        assert_eq!(said(view, key), "", "{view:?} {key:?}");
    }
}

#[test]
fn what_is_approved_already_is_not_marked_and_that_is_said() {
    let mut holds = posts(1);
    holds.push(HoldView { state: "armed".into(), ..hold(2, "a", "write", "POST /posts") });
    let mut seat = Seat::new(holds);
    seat.keys("j ");
    assert_eq!(seat.said(), "K2 is armed: only what is held can be marked");
    assert!(seat.state.list.marked().is_empty());
    let mut seat = Seat::new(vec![]);
    for (key, words) in
        [(Key::Char(' '), "nothing is selected"), (Key::Enter, "there is nothing to open here")]
    {
        seat.key(key);
        assert_eq!(seat.said(), words);
    }
}
