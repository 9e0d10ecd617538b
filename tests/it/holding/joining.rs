//! The same request again: who gets which answer (SPEC section 7, joining). What exactly is the same is tested field
//! by field beside the queue; here it is agents on sockets.

use std::time::Duration;

use crate::house::House;
use crate::plan::Plan;
use crate::tape::Tape;

/// A ticket, the same request again, and the one hold.
#[test]
fn a_ticket_is_redeemed_by_the_same_request() {
    let house = House::timeless(Plan::new().hold("wait", "\"10s\""));
    let tape = Tape::plain();
    let mut wire = house.post(&tape, "/a", "again");
    let hold = house.held();
    house.clock.advance(Duration::from_secs(11));
    wire.reply().assert_problem("a ticket", 503, "held");
    let mut second = house.post_with(&tape, "/a", "X-Request-Id: 2\r\n", "again");
    let joined = house.wait_waiting(&hold, 1);
    assert_eq!((joined.attempts, house.holds().len()), (2, 1));
    house.approve(&hold);
    assert_eq!(second.reply().status, 200);
    assert_eq!(tape.requests().len(), 1);
    // What was approved was sent, not what came later.
    assert_eq!(tape.requests()[0].head.text("x-request-id"), None);
    house.close(&[&tape]);
}

/// Approved while nobody waits: armed, and used by the next same request; another one does not get it.
#[test]
fn an_approval_waits_for_its_agent() {
    let house = House::new();
    let tape = Tape::plain();
    let wire = house.post(&tape, "/a", "arm");
    let hold = house.held();
    drop(wire);
    house.wait_waiting(&hold, 0);
    house.approve(&hold);
    house.wait_state(&hold, "armed");
    let mut other = house.post(&tape, "/a", "arm!");
    let second = house.held();
    assert_ne!(second.id, hold.id);
    tape.assert_empty("armed");
    let mut back = house.post(&tape, "/a", "arm");
    assert_eq!(back.reply().status, 200);
    assert_eq!(tape.mutations()[0].body, b"arm");
    house.deny(&second, "no");
    other.reply().assert_problem("the other", 403, "denied");
    house.close(&[&tape]);
}

/// An approval that no agent comes back for is void.
#[test]
fn an_unused_approval_expires() {
    let house = House::timeless(Plan::new().hold("armed", "\"5m\""));
    let tape = Tape::plain();
    let wire = house.post(&tape, "/a", "late");
    let hold = house.held();
    drop(wire);
    house.wait_waiting(&hold, 0);
    house.approve(&hold);
    house.wait_state(&hold, "armed");
    house.clock.advance(Duration::from_secs(301));
    house.wait_state(&hold, "expired");
    let mut back = house.post(&tape, "/a", "late");
    back.reply().assert_problem("too late", 403, "expired");
    tape.assert_empty("expired");
    house.close(&[&tape]);
}

/// CASES HI-14: a restart voids an approval that was not used.
#[test]
fn a_restart_voids_an_unused_approval() {
    let mut house = House::new();
    let tape = Tape::plain();
    let wire = house.post(&tape, "/a", "void");
    let hold = house.held();
    drop(wire);
    house.wait_waiting(&hold, 0);
    house.approve(&hold);
    house.wait_state(&hold, "armed");
    house.restart(&Plan::new());
    assert_eq!(house.find(&hold.id).map(|hold| hold.state).as_deref(), Some("held"));
    let mut back = house.post(&tape, "/a", "void");
    house.wait_waiting(&hold, 1);
    tape.assert_empty("voided");
    house.approve(&house.find(&hold.id).expect("it is still there"));
    assert_eq!(back.reply().status, 200);
    house.close(&[&tape]);
}

/// A retry right behind the close joins; two that are open at once are two.
#[test]
fn a_retry_joins_and_a_twin_does_not() {
    let house = House::new();
    let tape = Tape::plain();
    for round in 0..20 {
        let body = format!("retry {round}");
        let wire = house.post(&tape, "/a", &body);
        let hold = house.held();
        drop(wire);
        let mut retry = house.post(&tape, "/a", &body);
        house.wait_waiting(&hold, 1);
        assert_eq!(house.holds_in("held").len(), 1, "round {round}");
        house.deny(&hold, "next");
        retry.reply().assert_problem("retry", 403, "denied");
    }
    let mut one = house.post(&tape, "/a", "twin");
    let first = house.held();
    let mut two = house.post(&tape, "/a", "twin");
    let holds = house.held_count(2);
    let second = holds.iter().find(|hold| hold.id != first.id).expect("two holds");
    assert!(second.why.iter().any(|why| why.contains(&first.code)), "{:?}", second.why);
    house.deny(&first, "one");
    house.deny(second, "two");
    assert!(one.reply().text().contains("one") && two.reply().text().contains("two"));
    tape.assert_empty("denied");
    house.close(&[&tape]);
}

/// An SDK that says that it retries takes the place of the attempt that waits.
#[test]
fn a_declared_retry_takes_the_place() {
    let house = House::new();
    let tape = Tape::plain();
    let mut one = house.post_with(&tape, "/a", "X-Stainless-Retry-Count: 0\r\n", "sdk");
    let hold = house.held();
    let mut two = house.post_with(&tape, "/a", "X-Stainless-Retry-Count: 1\r\n", "sdk");
    one.reply().assert_problem("the first attempt", 503, "held");
    house.wait_waiting(&hold, 1);
    house.approve(&hold);
    assert_eq!(two.reply().status, 200);
    assert_eq!((tape.requests().len(), house.holds().len()), (1, 1));
    house.close(&[&tape]);
}

/// With an equal Idempotency-Key both wait, one is sent, and both get the answer.
#[test]
fn an_idempotency_key_is_waited_on_together() {
    let house = House::new();
    let tape = Tape::plain();
    let mut one = house.post_with(&tape, "/a", "Idempotency-Key: k1\r\n", "both");
    let hold = house.held();
    let mut two = house.post_with(&tape, "/a", "Idempotency-Key: k1\r\n", "both");
    house.wait_waiting(&hold, 2);
    house.approve(&hold);
    assert_eq!((one.reply().text(), two.reply().text()), ("ok\n".to_owned(), "ok\n".to_owned()));
    assert_eq!(tape.requests().len(), 1);
    house.close(&[&tape]);
}

/// CASES HI-09: fifty at once are fifty holds, and one approval sends one.
#[test]
fn fifty_at_once_are_fifty_holds() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wires: Vec<_> = (0..50).map(|_| house.post(&tape, "/a", "same")).collect();
    let holds = house.held_count(50);
    house.approve(&holds[25]);
    house.wait_state(&holds[25], "done");
    assert_eq!(tape.requests().len(), 1);
    for hold in holds.iter().filter(|hold| hold.id != holds[25].id) {
        house.deny(hold, "one is enough");
    }
    let statuses: Vec<u16> = wires.iter_mut().map(|wire| wire.reply().status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1);
    assert_eq!(statuses.iter().filter(|status| **status == 403).count(), 49);
    assert_eq!(tape.requests().len(), 1);
    house.close(&[&tape]);
}
