//! Small windows: whatever has no room for all of Holdpoint's words says that something is missing, and what decides stays.

use super::tables::grant;
use super::*;
use crate::hold::AgentView;

const SIZES: [(u16, u16); 3] = [(40, 24), (60, 20), (80, 24)];

fn at_each_size(name: &str, make: impl Fn(&mut Seat)) {
    for size in SIZES {
        let mut seat = morning();
        seat.state.size = size;
        seat.hear(News::Resized);
        make(&mut seat);
        let (columns, rows) = size;
        assert_snapshot(&format!("console_{name}_{columns}x{rows}"), &screen(&mut seat, size));
    }
}

fn reading(seat: &mut Seat) {
    seat.key(Key::Enter);
    seat.serve(60);
}

#[test]
fn the_list_and_a_refusal_at_each_size() {
    at_each_size("small_list", |_| {});
    at_each_size("small_refusal", |seat| {
        seat.keys("d");
        seat.wait();
        seat.key(Key::Enter);
    });
}

/// What was not displayed decides what is asked: it is said in the narrowest window too.
#[test]
fn a_request_and_its_question_at_each_size() {
    at_each_size("small_detail", reading);
    at_each_size("small_question", |seat| {
        reading(seat);
        seat.keys("a");
        seat.wait();
    });
    for size in SIZES {
        let mut seat = Seat::new(posts(1));
        seat.state.size = size;
        reading(&mut seat);
        seat.key(Key::PageDown);
        let shown = screen(&mut seat, size);
        assert!(shown.contains("not displayed yet"), "{shown}");
        seat.keys("G");
        assert!(screen(&mut seat, size).contains("not displayed yet"));
        (0..20).for_each(|_| seat.key(Key::PageUp));
        (0..20).for_each(|_| seat.key(Key::PageDown));
        let shown = screen(&mut seat, size);
        assert!(!shown.contains("not displayed yet") && shown.contains("60"), "{shown}");
    }
}

/// Errors are long where they say what to do next.
#[test]
fn a_long_message_takes_more_rows_and_what_it_covers_was_not_displayed() {
    let error = "K5: approved, and nothing was sent: FROZEN (agent deployer, by ops since 1970-01-01T00:01:00.000Z: too \
                 fast); `holdpoint thaw --agent deployer` takes it back; then it is sent";
    at_each_size("small_message", |seat| {
        reading(seat);
        seat.hear(News::Said(error.into()));
    });
    let mut seat = Seat::new(posts(1));
    seat.key(Key::Enter);
    seat.hear(News::Said(error.into()));
    seat.serve(20);
    assert!(
        screen(&mut seat, (80, 24)).contains("2 lines not displayed yet"),
        "{}",
        screen(&mut seat, (80, 24))
    );
    seat.key(Key::Redraw);
    seat.keys("z");
    assert!(!screen(&mut seat, (80, 24)).contains("not displayed yet"));
}

#[test]
fn tables_and_keys_at_the_narrowest() {
    let mut seat = morning();
    seat.state.size = (40, 24);
    seat.hear(News::Resized);
    seat.key(Key::Tab);
    seat.hear(News::Grants(vec![grant("live", 3), grant("used_up", 20)]));
    assert_snapshot("console_small_grants_40x24", &screen(&mut seat, (40, 24)));
    seat.key(Key::Tab);
    let agent = AgentView {
        name: "billing-assistant-of-the-north".into(),
        held: 4,
        waiting: 2,
        passed: 120,
        frozen: true,
        last_seen: Some("1970-01-01T00:02:00.000Z".into()),
    };
    seat.hear(News::Agents(vec![agent]));
    assert_snapshot("console_small_agents_40x24", &screen(&mut seat, (40, 24)));
    seat.keys("?");
    let shown = screen(&mut seat, (40, 24));
    // Below the state of things and the freezes.
    assert!(shown.lines().skip(2).all(|line| !line.ends_with('…')), "{shown}");
}

/// Of more freezes than there is room for, the one that stops what is looked at stands first.
#[test]
fn the_freeze_of_what_is_looked_at_stands_first_and_the_others_are_counted() {
    let mut seat = morning();
    let freeze = |agent: &str| FreezeView {
        agent: Some(agent.into()),
        reason: None,
        by: "ops".into(),
        at: "1970-01-01T00:01:00.000Z".into(),
    };
    seat.hear(News::Freezes(["a", "b", "c", "d", "deployer"].map(freeze).to_vec()));
    let shown = screen(&mut seat, (80, 24));
    let lines: Vec<&str> = shown.lines().collect();
    assert!(lines[1].contains("agent deployer, by ops") && lines[3].ends_with("(and 2 more)"), "{shown}");
}
