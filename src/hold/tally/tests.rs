use serde_json::json;

use super::*;

fn hold(state: &str, operation: &str, said: &[(&str, &str, Option<&str>)]) -> HoldView {
    let said: Vec<_> = said
        .iter()
        .map(|(decision, at, grant)| {
            json!({ "approver": "ana", "decision": decision, "digest": null, "reason": null, "at": at, "grant": grant })
        })
        .collect();
    serde_json::from_value(json!({
        "id": "x", "code": "K7QF", "state": state, "agent": "bot", "source": "", "advisory": false, "method": "POST",
        "url": "https://a.example:8443/x?y", "http_version": "HTTP/1.1", "effect": "write", "dialect": "http",
        "operation": operation, "rule": "", "why": [], "digest": "", "body_bytes": 0, "headers": [],
        "created_at": "1970-01-01T00:00:00.000Z", "deadline": "", "waiting": 1, "attempts": 1, "decisions": said,
        "outcome": null,
    }))
    .unwrap()
}

fn told(tally: &mut Tally, at: i64, what: &'static str, hold: HoldView) {
    tally.note(Wall(at), &News::of_hold(what, hold));
}

const SOON: &str = "1970-01-01T00:00:04.000Z";

#[test]
fn what_comes_and_how_it_ends_is_counted_once() {
    let mut tally = Tally::new(Wall(7));
    told(&mut tally, 0, "held", hold("held", "a", &[]));
    told(&mut tally, 0, "decided", hold("approved", "a", &[("approve", SOON, None)]));
    told(&mut tally, 0, "sending", hold("forwarding", "a", &[("approve", SOON, None)]));
    told(&mut tally, 0, "ended", hold("done", "a", &[("approve", SOON, None)]));
    told(&mut tally, 0, "decided", hold("approved", "b", &[("approve", SOON, Some("grant"))]));
    told(&mut tally, 0, "decided", hold("denied", "c", &[("deny", SOON, None)]));
    told(&mut tally, 0, "ended", hold("denied", "c", &[("deny", SOON, None)]));
    told(&mut tally, 0, "ended", hold("expired", "d", &[]));
    told(&mut tally, 0, "ended", hold("cancelled", "e", &[]));
    told(&mut tally, 0, "held", hold("held", "a", &[("approve", SOON, None)]));
    let figures = tally.figures(Wall(0));
    let expected = Counts { held: 1, approved: 1, granted: 1, denied: 1, expired: 1, cancelled: 1 };
    assert_eq!((figures.total, figures.slots[limits::TALLY_SLOTS - 1]), (expected, expected));
    assert_eq!(figures.since, Wall(7));
    assert_eq!(figures.times, [0, 2, 0, 0, 0, 0, 0, 0]);
    assert_eq!((tally.take_times(), tally.take_times()), (vec![4000, 4000], vec![]));
}

/// The first of two that are needed decides nothing yet; a no that takes a yes back is no second answer.
#[test]
fn a_decision_takes_as_long_as_it_takes_to_be_one() {
    let mut tally = Tally::default();
    let yes = ("approve", SOON, None);
    told(&mut tally, 0, "decided", hold("held", "a", &[yes]));
    assert_eq!((tally.figures(Wall(0)).total, tally.take_times().len()), (Counts::default(), 0));
    told(&mut tally, 0, "decided", hold("armed", "a", &[yes]));
    told(&mut tally, 0, "decided", hold("denied", "a", &[yes, ("deny", SOON, None)]));
    assert_eq!(tally.take_times().len(), 1);
    let kinds = tally.figures(Wall(0)).kinds;
    assert_eq!(
        (kinds[0].approved, kinds[0].refused, kinds[0].origin.as_str()),
        (1, 1, "https://a.example:8443")
    );
}

#[test]
fn a_day_is_remembered_and_no_more() {
    let slot = limits::TALLY_SLOT.as_millis() as i64;
    let mut tally = Tally::default();
    let many = limits::TALLY_SLOTS as i64 + 20;
    for at in 0..many {
        told(&mut tally, at * slot, "held", hold("held", "a", &[]));
    }
    // A clock that was set back.
    told(&mut tally, 0, "held", hold("held", "a", &[]));
    let figures = tally.figures(Wall((many - 1) * slot));
    assert_eq!(figures.slots.len(), limits::TALLY_SLOTS);
    assert_eq!(figures.slots.iter().map(|slot| slot.held).sum::<u64>(), limits::TALLY_SLOTS as u64 + 1);
    assert_eq!(figures.total.held, many as u64 + 1);
    let later = tally.figures(Wall((many + 9) * slot));
    assert_eq!(
        (later.slots[limits::TALLY_SLOTS - 11].held, later.slots[limits::TALLY_SLOTS - 10].held),
        (2, 0)
    );
}

#[test]
fn kinds_of_requests_are_bounded_and_those_that_were_not_seen_for_long_go() {
    let mut tally = Tally::default();
    for at in 0..limits::TALLY_KINDS as i64 + 5 {
        let long = format!("{at} {}", "x".repeat(5000));
        told(&mut tally, at, "decided", hold("approved", &long, &[("approve", SOON, None)]));
    }
    let kinds = tally.figures(Wall(0)).kinds;
    assert_eq!(kinds.len(), limits::TALLY_KINDS);
    assert!(kinds.iter().all(|kind| kind.operation.chars().count() <= limits::TALLY_TEXT_MAX + 1));
    assert!(!kinds.iter().any(|kind| kind.operation.starts_with("4 ")));
    assert!(kinds.iter().any(|kind| kind.operation.starts_with("5 ")));
}
