//! What the queue's bounds and settings do: limits, disconnects, answers that are kept or lost (SPEC sections 6, 7).

use std::time::Duration;

use crate::house::House;
use crate::plan::Plan;
use crate::tape::{Answer, Tape};
use crate::wait;

/// CASES OV-06: over a bound there is no hold, and the agent is told to come back later.
#[test]
fn a_full_queue_says_so() {
    let house = House::with(Plan::new().hold("max_pending", "3"));
    let tape = Tape::plain();
    let wires: Vec<_> = (0..3).map(|number| house.post(&tape, "/a", &format!("{number}"))).collect();
    house.held_count(3);
    let reply = house.post(&tape, "/a", "one too many").reply();
    reply.assert_problem("the fourth", 503, "queue_full");
    assert!(reply.head.text("retry-after").is_some());
    tape.assert_empty("a full queue");
    drop(wires);
    house.close(&[&tape]);
}

/// CASES OV-05: the spool has a bound too.
#[test]
fn a_full_spool_says_so() {
    let house = House::with(Plan::new().hold("max_spool", "\"100KiB\"").hold("max_body", "\"90KiB\""));
    let tape = Tape::plain();
    let body = "x".repeat(80 * 1024);
    let _first = house.post(&tape, "/a", &body);
    house.held();
    house.post(&tape, "/b", &body).reply().assert_problem("the second", 503, "queue_full");
    tape.assert_empty("a full spool");
    house.close(&[&tape]);
}

/// `on_disconnect = "cancel"`: the hold ends with its agent.
#[test]
fn a_cancelled_hold_cannot_be_approved() {
    let house = House::with(Plan::new().hold("on_disconnect", "\"cancel\""));
    let tape = Tape::plain();
    let wire = house.post(&tape, "/a", "x");
    house.held();
    drop(wire);
    let hold = wait::until("the hold to be cancelled", || house.holds_in("cancelled").pop());
    let approval = crate::person::decision(&hold, holdpoint::hold::said::Choice::Approve, "ada");
    assert!(house.decide(vec![approval]).is_err());
    tape.assert_empty("cancelled");
    house.close(&[&tape]);
}

/// `on_disconnect = "forward"`: released all the same, once.
#[test]
fn a_forwarded_hold_is_sent_without_its_agent() {
    let house = House::with(Plan::new().hold("on_disconnect", "\"forward\""));
    let tape = Tape::plain();
    let wire = house.post(&tape, "/a", "x");
    let hold = house.held();
    drop(wire);
    house.wait_waiting(&hold, 0);
    tape.assert_empty("undecided");
    house.approve(&hold);
    house.wait_state(&hold, "done");
    assert_eq!(tape.requests().len(), 1);
    house.close(&[&tape]);
}

/// An answer over `max_body` is passed on, but not kept: who comes back is told that it is lost.
#[test]
fn an_answer_too_large_to_keep_is_lost_and_says_so() {
    let house = House::with(Plan::new().hold("max_body", "\"64KiB\""));
    let tape = Tape::plain();
    tape.answer(|_| Answer::Big(200 * 1024));
    let mut wire = house.post(&tape, "/a", "x");
    let hold = house.held();
    house.approve(&hold);
    assert_eq!(wire.drain_reply(), (200, 200 * 1024));
    house.wait_state(&hold, "done");
    let wire = house.post(&tape, "/b", "y");
    let hold = house.held();
    drop(wire);
    house.wait_waiting(&hold, 0);
    house.approve(&hold);
    house.wait_state(&hold, "armed");
    // The agent comes back, and leaves before it has read the answer.
    let mut impatient = house.post(&tape, "/b", "y");
    assert!(impatient.read_more().expect("the answer begins"));
    drop(impatient);
    house.wait_state(&hold, "done");
    house.wait_waiting(&hold, 0);
    let reply = house.post(&tape, "/b", "y").reply();
    reply.assert_problem("lost", 502, "answer_lost");
    assert_eq!(reply.member("upstream_status"), 200);
    assert_eq!(tape.requests().len(), 2);
    house.close(&[&tape]);
}

/// O4: when a hold is over and its answer's time is up, nothing of it is left in the spool.
#[test]
fn the_spool_is_empty_when_everything_is_over() {
    let house = House::timeless(Plan::new().hold("remember", "\"1m\""));
    let tape = Tape::plain();
    tape.answer(|_| Answer::Big(100 * 1024));
    let body = "x".repeat(100 * 1024);
    let mut wire = house.post(&tape, "/a", &body);
    let hold = house.held();
    assert_eq!(house.spool_files(), 1);
    house.approve(&hold);
    assert_eq!(wire.drain_reply(), (200, 100 * 1024));
    house.wait_state(&hold, "done");
    let mut denied = house.post(&tape, "/b", &body);
    house.deny(&house.held(), "no");
    denied.reply().assert_problem("denied", 403, "denied");
    house.clock.advance(Duration::from_secs(7200));
    wait::until_true("the spool to be empty", || house.spool_files() == 0);
    house.close(&[&tape]);
}

/// CASES CL-41, OV-03: the limit of a body is exact, by its length and by its chunks.
#[test]
fn a_body_at_the_limit_is_held_and_one_byte_more_is_not() {
    let house = House::with(Plan::new().hold("max_body", "1000"));
    let tape = Tape::plain();
    for length in [999, 1000] {
        let wire = house.post(&tape, "/a", &"x".repeat(length));
        assert_eq!(house.held().body_bytes, length as u64);
        house.deny(&house.held(), "next");
        drop(wire);
    }
    let reply = house.post(&tape, "/a", &"x".repeat(1001)).reply();
    reply.assert_problem("by length", 413, "body_too_large");
    let mut chunked = house.open();
    let authority = tape.authority();
    chunked.send(format!(
        "POST http://{authority}/a HTTP/1.1\r\nHost: {authority}\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n{}\r\n0\r\n\r\n",
        "x".repeat(1001)
    ));
    chunked.reply().assert_problem("by chunks", 413, "body_too_large");
    tape.assert_empty("too large");
    house.close(&[&tape]);
}
