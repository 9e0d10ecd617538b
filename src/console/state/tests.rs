//! What a person can and cannot bring about, without a terminal and without a server.

mod freezes;
mod keys;
mod lists;
mod meanwhile;
mod windows;

use super::*;
use crate::console::errand::News;
use crate::console::input::{Burst, Key};
use crate::console::seat::{Seat, posts};
use crate::hold::HoldView;

/// A person who looks at the first of some holds, and has read it.
fn reader() -> Seat {
    let mut seat = Seat::new(posts(3));
    seat.key(Key::Enter);
    seat.serve(10);
    seat
}

fn ended(number: usize, state: &str) -> News {
    News::Changed(Box::new(HoldView { state: state.into(), ..posts(number).pop().unwrap() }))
}

#[test]
fn a_release_is_a_word_below_the_request_and_names_what_was_displayed() {
    let mut seat = Seat::new(posts(3));
    seat.keys("a");
    assert_eq!((seat.state.view(), seat.said()), (View::Holds, "open it first: enter"));
    seat.key(Key::Enter);
    seat.keys("a");
    assert!(seat.state.dialog.is_none() && seat.said().contains("still being read"), "{}", seat.said());
    seat.serve(10);
    seat.keys("a");
    seat.answer("yes");
    let decisions = seat.decisions();
    assert_eq!((decisions.len(), decisions[0][0].id.as_str()), (1, "0001"));
    assert_eq!(decisions[0][0].digest.unwrap().to_string(), posts(1)[0].digest);
}

/// CASES AP-10
#[test]
fn what_was_jumped_over_needs_its_digest() {
    let mut seat = Seat::new(posts(3));
    seat.key(Key::Enter);
    seat.serve(100);
    seat.keys("Ga");
    seat.answer("yes");
    assert!(seat.decisions().is_empty());
    seat.key(Key::Esc);
    seat.keys("g");
    (0..6).for_each(|_| seat.key(Key::PageDown));
    seat.keys("a");
    seat.answer("yes");
    assert_eq!(seat.decisions().len(), 1);
}

/// CASES AP-04, AP-24
#[test]
fn pastes_reports_and_what_comes_all_at_once_decide_nothing() {
    let mut seat = reader();
    let burst = |text: &str| {
        Burst::Keys(text.chars().map(|l| if l == '\r' { Key::Enter } else { Key::Char(l) }).collect())
    };
    seat.state.press(&burst("ayes\r"), seat.now);
    assert!(seat.state.dialog.is_none());
    seat.keys("a");
    seat.wait();
    seat.state.press(&Burst::Noise, seat.now);
    seat.state.press(&burst("yes\r"), seat.now);
    seat.settle();
    assert!(seat.decisions().is_empty());
    assert!(seat.state.dialog.is_some());
}
