//! Refusals from the list, and several holds that are decided as one.

use super::*;
use crate::console::errand::{Decided, Page, Wanted};
use crate::console::sample::{hold, rendering};
use crate::console::seat::page;

#[test]
fn a_refusal_from_the_list_needs_its_reason_and_leaves_the_cursor_where_it_was() {
    let mut seat = Seat::new(posts(3));
    seat.keys("jd");
    seat.answer("");
    assert!(seat.decisions().is_empty());
    seat.answer("not today");
    let said = seat.decisions().remove(0);
    assert_eq!((said[0].id.as_str(), said[0].reason.as_deref()), ("0002", Some("not today")));
    let after = HoldView { state: "denied".into(), ..posts(2).pop().unwrap() };
    seat.hear(News::Decided(Box::new(Decided { said, answer: Ok(vec![after]), now: vec![] })));
    assert_eq!(seat.state.list.selected().unwrap().state, "denied");
    assert_eq!(seat.said(), "K2 was refused; nothing of it was sent");
}

#[test]
fn marked_holds_are_released_as_one_only_once_each_was_displayed_whole() {
    let mut seat = Seat::new(posts(3));
    seat.keys("  b");
    assert_eq!(seat.state.view(), View::Batch);
    seat.keys("a");
    assert!(seat.said().contains("still being read"), "{}", seat.said());
    seat.serve(30);
    seat.keys("a");
    assert!(seat.said().contains("not displayed to its end"), "{}", seat.said());
    seat.keys("    a");
    seat.answer("yes");
    assert!(seat.decisions().is_empty(), "the word is all");
    seat.answer("all");
    let decided = seat.decisions().remove(0);
    assert_eq!(decided.iter().map(|said| said.id.as_str()).collect::<Vec<_>>(), ["0001", "0002"]);
}

/// Who may do what is not released by the dozen, here as at the prompt.
#[test]
fn a_list_with_a_permission_in_it_is_refused_as_one_and_released_by_nobody() {
    let mut holds = posts(2);
    holds.push(hold(3, "deployer", "permission", "PUT /acl"));
    let mut seat = Seat::new(holds);
    seat.keys("  b");
    seat.serve(3);
    seat.keys("a");
    assert!(seat.state.dialog.is_none());
    assert_eq!(seat.said(), "K3: permission is released on its own, not in a list");
    seat.keys("d");
    seat.answer("no");
    assert_eq!(seat.decisions().remove(0).len(), 2);
}

/// CASES HI-19
#[test]
fn a_list_of_which_one_moves_on_is_decided_no_more() {
    let mut seat = Seat::new(posts(3));
    seat.keys("  b");
    seat.serve(3);
    seat.keys("a");
    seat.wait();
    seat.keys("al");
    seat.hear(ended(2, "denied"));
    assert!(seat.said().contains("not the same any more"), "{}", seat.said());
    seat.keys("l");
    seat.key(Key::Enter);
    assert!(seat.decisions().is_empty());
}

#[test]
fn another_view_of_a_member_is_not_taken_for_its_page() {
    let mut seat = Seat::new(posts(2));
    seat.keys("  b");
    let other = seat.asked.iter().cloned().find_map(page).unwrap();
    let other = Wanted { lens: crate::approve::Lens::Hex, ..other };
    seat.serve(3);
    let before = format!("{:?}", seat.state.batch);
    let rendering = rendering(&posts(1)[0], 9);
    seat.hear(News::Page(other, Ok(Box::new(Page { rendering, not_yours: None }))));
    assert_eq!(format!("{:?}", seat.state.batch), before);
}
