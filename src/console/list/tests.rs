//! The list under a cursor that must not be moved.

use super::*;
use crate::console::sample::hold;

fn list(holds: Vec<HoldView>) -> List {
    let mut list = List::default();
    list.replace(holds);
    list.settle(10);
    list
}

fn on_screen(list: &List) -> Vec<String> {
    list.visible(10)
        .iter()
        .map(|row| match row {
            Row::Armed(count) => format!("({count})"),
            Row::Title(title) => format!("[{}]", title.many),
            Row::Hold(id) => id.clone(),
        })
        .collect()
}

fn selected(list: &List) -> (&str, &str) {
    let hold = list.selected().unwrap();
    (&hold.id, &hold.state)
}

fn ended(number: usize, state: &str) -> HoldView {
    HoldView { state: state.into(), ..hold(number, "a", "write", "POST /posts") }
}

fn posts(numbers: std::ops::Range<usize>) -> Vec<HoldView> {
    numbers.map(|number| hold(number, "a", "write", "POST /posts")).collect()
}

/// CASES AP-28
#[test]
fn outliers_stand_first_and_the_many_under_one_title() {
    let mut holds = posts(1..5);
    holds.push(hold(5, "b", "permission", "PUT /acl"));
    assert_eq!(on_screen(&list(holds)), ["0005", "[4]", "0001", "0002", "0003", "0004"]);
}

#[test]
fn what_comes_and_goes_around_it_moves_neither_the_selection_nor_its_line() {
    let mut list = list(posts(10..30));
    (0..8).for_each(|_| assert!(list.step(1)));
    list.settle(10);
    let line = |list: &List| on_screen(list).iter().position(|id| id == "0018").unwrap();
    let before = line(&list);
    for number in 1..6 {
        list.change(hold(number, "b", "delete", &format!("DELETE /{}", "x".repeat(number))));
        list.settle(10);
        assert_eq!((selected(&list).0, line(&list)), ("0018", before));
    }
    for number in 10..17 {
        list.change(ended(number, "denied"));
        list.settle(10);
        assert_eq!(selected(&list), ("0018", "held"));
    }
    assert!(line(&list) <= before, "only where nothing is left above it the line moves up");
}

#[test]
fn a_hold_that_ends_under_the_cursor_says_so_and_no_neighbour_takes_its_place() {
    let mut list = list(posts(1..6));
    list.step(2);
    assert_eq!(selected(&list), ("0003", "held"));
    list.change(ended(3, "denied"));
    list.settle(10);
    assert_eq!(selected(&list), ("0003", "denied"));
    assert_eq!(list.counts().0, 4);
    list.mark();
    assert!(list.marked().is_empty(), "what has ended was marked");
    list.step(1);
    list.settle(10);
    assert_eq!(selected(&list).0, "0004");
    assert!(list.get("0003").is_none());
}

/// What was approved and waits for its agent is listed as that, below what waits for a person; not before the cursor has
/// left it.
#[test]
fn what_is_approved_and_not_sent_stands_below_and_cannot_be_marked() {
    let mut holds = posts(1..4);
    holds.push(ended(4, "armed"));
    let mut list = list(holds);
    assert_eq!(on_screen(&list), ["[3]", "0001", "0002", "0003", "(1)", "0004"]);
    assert_eq!(list.counts(), (3, 1));
    list.step(1);
    list.change(ended(2, "armed"));
    list.settle(10);
    assert_eq!(on_screen(&list), ["[3]", "0001", "0002", "0003", "(1)", "0004"]);
    assert_eq!(selected(&list), ("0002", "armed"));
    list.mark();
    assert!(list.marked().is_empty());
    list.step(1);
    list.settle(10);
    assert_eq!(on_screen(&list), ["0001", "0003", "(2)", "0002", "0004"]);
    assert_eq!(selected(&list).0, "0003");
    list.change(ended(2, "held"));
    list.change(ended(4, "done"));
    list.settle(10);
    assert_eq!(on_screen(&list), ["[3]", "0001", "0002", "0003"]);
}

#[test]
fn after_a_lost_connection_what_is_missing_says_so_too() {
    let mut list = list(posts(1..4));
    list.step(1);
    list.mark();
    list.replace(vec![hold(1, "a", "write", "POST /posts"), hold(9, "a", "write", "POST /posts")]);
    list.settle(10);
    assert_eq!(selected(&list), ("0002", GONE));
    assert!(list.marked().is_empty());
}

#[test]
fn a_search_hides_what_it_does_not_find_and_nothing_is_lost_by_it() {
    let mut holds = posts(1..4);
    holds.push(hold(4, "Billing", "delete", "DELETE /invoices/1"));
    let mut list = list(holds);
    list.find("billing");
    list.settle(10);
    assert_eq!(on_screen(&list), ["0004"]);
    assert_eq!(selected(&list).0, "0004");
    list.find("");
    list.settle(10);
    assert_eq!(on_screen(&list).len(), 5);
    assert_eq!(selected(&list).0, "0004");
}

#[test]
fn the_cursor_stops_at_both_ends_and_titles_are_passed_over() {
    let mut list = list(posts(1..5));
    list.step(-1);
    assert_eq!(selected(&list).0, "0001");
    list.step(i64::from(u32::MAX));
    assert_eq!(selected(&list).0, "0004");
    let mut empty = List::default();
    empty.step(1);
    empty.settle(1);
    assert!(empty.selected().is_none());
}

/// With ten thousand pending a key is answered in under 50 ms: here that is the whole of what a new hold costs.
#[test]
fn ten_thousand_are_put_in_order_in_a_moment() {
    let mut list = list(
        (0..10_000)
            .map(|number| hold(number, &format!("agent-{}", number % 50), "write", "POST /a"))
            .collect(),
    );
    let started = std::time::Instant::now();
    list.change(hold(10_001, "b", "delete", "DELETE /x"));
    list.settle(40);
    list.step(1);
    list.settle(40);
    println!("10,001 holds: {:?}", started.elapsed());
    assert_eq!(list.extent().1, 10_000 + 50 + 1);
}

/// What is too much for one group is said to be a part of more.
#[test]
fn a_group_that_was_split_by_a_bound_says_so() {
    let parts = |list: &List| -> Vec<(usize, Option<(usize, usize)>)> {
        let titles = list.rows.iter().filter_map(|row| match row {
            Row::Title(title) => Some((title.many, title.part)),
            Row::Armed(_) | Row::Hold(_) => None,
        });
        titles.collect()
    };
    let most = crate::limits::GROUP_MAX;
    assert_eq!(parts(&list(posts(0..most))), [(most, None)]);
    let mut holds = posts(0..most + 50);
    holds.extend((900..905).map(|number| hold(number, "b", "write", "POST /posts")));
    assert_eq!(parts(&list(holds)), [(most, Some((1, 2))), (50, Some((2, 2))), (5, None)]);
}
