//! Signs of life: an agent whose client takes interim responses gets them while it waits, at the right times, and its
//! answer whole; every other gets none (SPEC section 6, `keepalive`).

use std::time::Duration;

use crate::house::House;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::{Answer, Latch, Tape};

const CURL: &str = "User-Agent: curl/8.1.0\r\n";
const REQUESTS: &str = "User-Agent: python-requests/2.34.2\r\n";
const PROCESSING: &str = "HTTP/1.1 102 Processing\r\n\r\n";
const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

/// A house in which agents wait for 90 s, by a clock that is moved.
fn house() -> House {
    House::timeless(Plan::new().hold("wait", "\"90s\""))
}

/// Whether `/metrics` says that so many were written.
fn counted(house: &House, count: u64) -> bool {
    let line = format!("holdpoint_interim_responses_total {count}");
    house.running().gate().metrics.render().lines().any(|found| found == line)
}

/// The next bytes are exactly these.
fn hears(wire: &mut Wire, expected: &str) {
    while wire.pending().len() < expected.len() {
        assert!(wire.read_more().expect("bytes come"), "it ended: {:?}", wire.pending());
    }
    assert_eq!(String::from_utf8_lossy(&wire.take(expected.len())), expected);
}

fn post(tape: &Tape, target: &str, fields: &str, version: &str) -> String {
    let authority = tape.authority();
    format!("POST {target} HTTP/{version}\r\nHost: {authority}\r\n{fields}Content-Length: 1\r\n\r\nx")
}

#[test]
fn an_agent_that_waits_hears_that_it_is_alive_and_then_its_answer() {
    for (name, sign) in [(CURL, PROCESSING), (REQUESTS, CONTINUE)] {
        let house = house();
        let tape = Tape::plain();
        let mut wire = house.post_with(&tape, "/a", name, "x");
        let hold = house.held();
        house.clock.advance(Duration::from_millis(1900));
        house.clock.advance(Duration::from_millis(100));
        hears(&mut wire, sign);
        for _ in 0..14 {
            house.clock.advance(Duration::from_millis(3900));
            house.clock.advance(Duration::from_millis(100));
            hears(&mut wire, sign);
        }
        house.approve(&hold);
        let reply = wire.reply();
        assert_eq!((reply.status, reply.interim.as_slice()), (200, [].as_slice()), "no sign came too early");
        assert_eq!(reply.body, b"ok\n");
        assert!(counted(&house, 15), "{}", house.running().gate().metrics.render());
        // The connection is as good as before.
        wire.send(crate::person::post(&tape, "/b", "", "y"));
        house.deny(&house.held(), "no");
        wire.reply().assert_problem("the next", 403, "denied");
        house.close(&[&tape]);
    }
}

/// Within intercepted TLS too, and to the end of the wait.
#[test]
fn a_ticket_comes_behind_the_signs() {
    let house = house();
    let tape = house.tls_tape();
    let mut wire = house.secure(&tape);
    wire.send(post(&tape, "/a", CURL, "1.1"));
    let hold = house.held();
    house.clock.advance(Duration::from_secs(2));
    hears(&mut wire, PROCESSING);
    house.clock.advance(Duration::from_secs(4));
    hears(&mut wire, PROCESSING);
    house.clock.advance(Duration::from_secs(84));
    let reply = wire.reply();
    reply.assert_problem("a ticket", 503, "held");
    assert!(reply.interim.len() <= 1, "{:?}", reply.interim);
    wire.send(post(&tape, "/a", CURL, "1.1"));
    house.wait_waiting(&hold, 1);
    house.clock.advance(Duration::from_secs(2));
    hears(&mut wire, PROCESSING);
    house.approve(&hold);
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
    house.close(&[&tape]);
}

/// They go on while the upstream thinks, and end with its answer's head.
#[test]
fn an_upstream_that_thinks_is_waited_for_in_the_same_way() {
    let house = house();
    let tape = Tape::plain();
    let latch = Latch::default();
    let opened = latch.clone();
    tape.answer(move |_| Answer::status(200, &[], b"late").when(&opened));
    let mut wire = house.post_with(&tape, "/a", CURL, "x");
    house.approve(&house.held());
    tape.wait_for(1);
    house.clock.advance(Duration::from_secs(2));
    hears(&mut wire, PROCESSING);
    latch.open();
    assert_eq!(wire.reply().body, b"late");
    house.clock.advance(Duration::from_secs(60));
    wire.send(crate::person::post(&tape, "/b", "", "y"));
    house.deny(&house.held(), "no");
    let next = wire.reply();
    next.assert_problem("the next", 403, "denied");
    assert!(next.interim.is_empty());
    house.close(&[&tape]);
}

#[test]
fn whoever_is_not_known_to_take_them_gets_none() {
    let off = Plan::new().hold("wait", "\"90s\"").hold("keepalive", "\"off\"");
    for (why, house, fields, version) in [
        ("an unknown client", house(), "User-Agent: my-agent/1.0\r\n", "1.1"),
        ("no name", house(), "", "1.1"),
        ("a name that only begins so", house(), "User-Agent: curl-like/8.1\r\n", "1.1"),
        ("another proxy in between", house(), "User-Agent: curl/8.1.0\r\nVia: 1.1 squid\r\n", "1.1"),
        ("HTTP/1.0", house(), CURL, "1.0"),
        ("keepalive = \"off\"", House::timeless(off), CURL, "1.1"),
    ] {
        let tape = Tape::plain();
        let mut wire = house.open();
        wire.send(post(&tape, &tape.url("/a"), fields, version));
        let hold = house.held();
        for _ in 0..20 {
            house.clock.advance(Duration::from_secs(4));
        }
        house.approve(&hold);
        let reply = wire.reply();
        assert_eq!((reply.status, reply.interim.as_slice()), (200, [].as_slice()), "{why}");
        assert!(counted(&house, 0), "{why}");
        house.close(&[&tape]);
    }
}
