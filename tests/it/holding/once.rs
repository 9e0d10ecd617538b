//! At most once: whatever the upstream does with a mutation, there is one connection and one attempt, and what
//! cannot be known is said to be unknown (CASES HI-15, 16, 34).

use crate::house::House;
use crate::person::post;
use crate::tape::{Answer, Latch, Opening, Tape};
use crate::wait;

/// Approves one mutation against this upstream: one connection, `outcome_unknown`, and the same when asked again.
fn unknown(case: &str, house: &House, tape: &Tape) {
    let mut wire = house.post(tape, "/pay", case);
    let hold = house.held();
    house.approve(&hold);
    let reply = wire.reply();
    reply.assert_problem(case, 502, "outcome_unknown");
    assert_eq!(reply.head.text("x-should-retry").as_deref(), Some("false"), "{case}");
    house.wait_state(&hold, "outcome_unknown");
    assert_eq!(tape.connections().len(), 1, "{case}");
    let mut again = house.post(tape, "/pay", case);
    let reply = again.reply();
    reply.assert_problem(case, 502, "outcome_unknown");
    assert_eq!(reply.hold().as_deref(), Some(hold.id.as_str()), "{case}");
    assert_eq!(tape.connections().len(), 1, "{case}: it was sent again");
}

/// CASES HI-16: closed, reset or cut at any point after the first byte.
#[test]
fn a_mutation_whose_answer_never_comes_is_not_sent_again() {
    let house = House::new();
    let tapes: Vec<Tape> = (0..6).map(|_| Tape::plain()).collect();
    tapes[0].opening(|_| Opening::ResetAfter(1));
    tapes[1].opening(|_| Opening::ResetAfter(40));
    tapes[2].answer(|_| Answer::close());
    tapes[3].answer(|_| Answer::Reset);
    tapes[4].answer(|_| Answer::Last(b"HTTP/1.1 200 OK\r\ncontent-le".to_vec()));
    tapes[5].answer(|_| Answer::Last(b"HTTP/1.1 20".to_vec()));
    let cases = ["reset after a byte", "reset in the head", "closed", "reset", "cut head", "cut status"];
    for (case, tape) in cases.into_iter().zip(&tapes) {
        unknown(case, &house, tape);
    }
    drop(house);
}

/// CASES HI-16: an answer that is cut in its body is no whole answer either.
#[test]
fn an_answer_that_breaks_off_leaves_the_outcome_unknown() {
    let house = House::new();
    let tape = Tape::plain();
    tape.answer(|_| Answer::cut());
    let mut wire = house.post(&tape, "/pay", "cut");
    let hold = house.held();
    house.approve(&hold);
    assert!(wire.try_reply(false).is_err(), "a cut answer must not look whole");
    house.wait_state(&hold, "outcome_unknown");
    let mut again = house.post(&tape, "/pay", "cut");
    again.reply().assert_problem("again", 502, "outcome_unknown");
    assert_eq!(tape.connections().len(), 1);
    house.close(&[&tape]);
}

/// An upstream that is not there leaves the approval standing, and the next attempt uses it.
#[test]
fn what_never_left_may_be_asked_for_again() {
    let house = House::new();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let authority = closed.local_addr().expect("an address").to_string();
    drop(closed);
    let message =
        format!("POST http://{authority}/a HTTP/1.1\r\nHost: {authority}\r\nContent-Length: 2\r\n\r\nhi");
    let mut wire = house.open();
    wire.send(&message);
    let hold = house.held();
    house.approve(&hold);
    wire.reply().assert_problem("nobody listens", 502, "upstream_unreachable");
    house.wait_state(&hold, "armed");
    wire = house.open();
    wire.send(&message);
    wire.reply().assert_problem("nobody listens yet", 502, "upstream_unreachable");
    house.wait_state(&hold, "armed");
    house.close(&[]);
}

/// CASES HI-15, HI-30: the agent may go while its mutation is under way; the answer waits for it, and nothing is
/// sent again.
#[test]
fn an_agent_that_leaves_and_returns_gets_the_one_answer() {
    let house = House::new();
    let tape = Tape::plain();
    let latch = Latch::default();
    let shut = latch.clone();
    tape.answer(move |request| crate::tape::ok(request).when(&shut));
    let wire = house.post(&tape, "/a", "slow");
    let hold = house.held();
    house.approve(&hold);
    tape.wait_for(1);
    drop(wire);
    house.wait_waiting(&hold, 0);
    latch.open();
    house.wait_state(&hold, "done");
    let mut again = house.post(&tape, "/a", "slow");
    let reply = again.reply();
    assert_eq!((reply.status, reply.text().as_str()), (200, "ok\n"));
    assert_eq!(reply.hold().as_deref(), Some(hold.id.as_str()));
    assert_eq!(tape.requests().len(), 1);
    // Now it was delivered: the same request once more is a new hold.
    again.send(post(&tape, "/a", "", "slow"));
    assert_ne!(house.held().id, hold.id);
    house.close(&[&tape]);
}

/// A read on a pooled connection that turns out closed goes once more; that is all that ever does.
#[test]
fn a_read_on_a_stale_connection_goes_once_more() {
    let house = House::new();
    let tape = Tape::plain();
    tape.answer(|request| match crate::tape::ok(request) {
        Answer::Bytes(bytes) => Answer::Last(bytes),
        other => other,
    });
    let mut wire = house.open();
    for number in 0..5 {
        wire.send(format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\n\r\n",
            tape.url(&format!("/{number}")),
            tape.authority()
        ));
        let reply = wire.reply();
        assert_eq!(reply.status, 200, "read {number}: {}", reply.text());
        // Only a connection that is seen closed before a byte is written is the case here: any other may have taken
        // the read.
        wait::until_true("the upstream to close", || tape.connections().iter().all(|one| one.ended));
    }
    let targets: Vec<_> = tape.requests().into_iter().map(|request| request.target).collect();
    assert_eq!(targets, ["/0", "/1", "/2", "/3", "/4"]);
    house.close(&[&tape]);
}

/// CASES HI-34: the queue is a database with a write-ahead log (its header says so); that each commit is synced is
/// read back at start by the store, and the kill loops look at what is left.
#[test]
fn the_queue_is_in_write_ahead_mode() {
    let house = House::new();
    let tape = Tape::plain();
    let _wire = house.post(&tape, "/a", "one");
    house.held();
    let header = std::fs::read(house.dir().join("state/holdpoint.db")).expect("the database is there");
    assert_eq!(&header[18..20], &[2, 2], "the file's read and write versions say WAL");
    house.close(&[&tape]);
}

/// CASES HI-30: a second process on the same state does not start.
#[test]
fn a_second_holdpoint_on_the_same_state_does_not_start() {
    let house = House::new();
    let text = crate::plan::Plan::new().text(house.dir());
    let config = holdpoint::config::Config::parse("second.toml", &text).expect("a good config");
    let error = house
        .wait(holdpoint::cli::serve::start(config, house.clock.clone()))
        .err()
        .expect("the state belongs to the first");
    assert!(!error.is_empty());
    house.close(&[]);
}
