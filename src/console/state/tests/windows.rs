//! What counts as displayed: windows, views, differences.

use super::*;
use crate::console::errand::Edited;
use crate::console::sample::rendering;
use crate::console::seat::page;

#[test]
fn another_width_is_rendered_anew_and_what_was_read_stays_read() {
    let mut seat = reader();
    seat.state.size = (120, 40);
    seat.hear(News::Resized);
    let wanted = seat.asked.iter().cloned().find_map(page).unwrap();
    assert_eq!(wanted.width, 120);
    seat.serve(100);
    seat.keys("a");
    seat.answer("yes");
    assert_eq!(seat.decisions().len(), 1);
}

/// CASES AP-10: the lines of a wide window, on a narrow one, have no ends.
#[test]
fn what_a_narrower_window_cut_off_is_read_by_nobody() {
    let mut seat = Seat::new(posts(1));
    seat.state.size = (200, 30);
    seat.key(Key::Enter);
    seat.serve(40);
    seat.state.size = (80, 50);
    seat.hear(News::Resized);
    seat.key(Key::PageDown);
    seat.serve(90);
    seat.keys("a");
    seat.answer("yes");
    assert!(seat.decisions().is_empty());
    seat.key(Key::Esc);
    seat.keys("   a");
    seat.answer("yes");
    assert_eq!(seat.decisions().len(), 1, "the near miss: it was displayed to its end as the window is now");
}

#[test]
fn a_difference_is_not_put_in_place_from_a_narrower_window() {
    let mut seat = reader();
    let draft = Draft { id: "0001".into(), digest: posts(1)[0].digest.clone(), text: "a".into() };
    let lines = vec![crate::approve::Line::own("x", Style::Plain)];
    seat.state.edited(draft, Edited::Changed("b".into(), lines));
    seat.state.size = (60, 24);
    seat.hear(News::Resized);
    seat.keys("a");
    assert!(seat.state.dialog.is_none() && seat.said().contains("narrower"), "{}", seat.said());
}

/// A window in which lines are cut shows nobody a whole request.
#[test]
fn on_a_screen_that_is_too_small_nothing_counts_as_displayed() {
    let mut seat = Seat::new(posts(1));
    seat.state.size = (30, 24);
    seat.key(Key::Enter);
    seat.serve(3);
    seat.keys("a");
    seat.answer("yes");
    assert!(seat.decisions().is_empty());
}

#[test]
fn the_view_goes_round_and_a_view_that_leaves_things_out_counts_for_nothing() {
    let mut seat = Seat::new(posts(1));
    seat.key(Key::Enter);
    let lens = |seat: &Seat| seat.asked.iter().cloned().rev().find_map(page).unwrap().lens.as_str();
    for next in ["pretty", "raw", "hex", "differences", "pretty"] {
        assert_eq!(lens(&seat), next);
        let before = seat.state.detail.as_ref().unwrap().shown;
        assert!(before.as_str() != next || next == "pretty", "what is still to come is not what is shown");
        seat.serve_with(|hold| crate::approve::Rendering { elided: true, ..rendering(hold, 3) });
        seat.keys("v");
    }
    seat.serve_with(|hold| crate::approve::Rendering { elided: true, ..rendering(hold, 3) });
    seat.keys("a");
    seat.answer("yes");
    assert!(seat.decisions().is_empty());
}

#[test]
fn an_edit_names_what_it_takes_the_place_of_and_is_read_first() {
    let mut seat = reader();
    let draft = Draft { id: "0001".into(), digest: posts(1)[0].digest.clone(), text: "a".into() };
    let lines = (0..40).map(|at| crate::approve::Line::own(at.to_string(), Style::Plain)).collect();
    seat.state.edited(draft, Edited::Changed("b".into(), lines));
    seat.settle();
    seat.keys("a");
    assert!(seat.said().contains("not displayed to its end"), "{}", seat.said());
    seat.keys("  a");
    let facts = format!("{:?}", seat.state.dialog.as_ref().unwrap().facts);
    assert!(
        facts.contains("in the place of K1")
            && facts.contains("POST /posts")
            && facts.contains("sha256:0000")
    );
    seat.answer("yes");
    assert!(seat.asked.iter().any(|ask| matches!(ask, Ask::Replace(draft) if draft.text == "b")));
}
