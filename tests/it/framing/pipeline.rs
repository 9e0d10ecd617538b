//! Several requests on one connection: each is decided alone, in order, and nothing rides behind a hold, a
//! refusal or a body that was not read (CASES FR-28 to 31).

use crate::door::{Door, MALFORMED, SENTINEL, only_reply, refused};
use crate::house::House;
use crate::plan::Plan;
use crate::tape::Tape;

const GET: &[u8] = b"GET {T}/first HTTP/1.1\r\nHost: {H}\r\n\r\n";
const POST: &[u8] = b"POST {T}/held HTTP/1.1\r\nHost: {H}\r\nContent-Length: 5\r\n\r\nhello";

/// CASES FR-28: allowed, mutating, allowed, in one write.
#[test]
fn what_is_pipelined_behind_a_hold_waits_its_turn() {
    let house = House::new();
    let tapes = Door::ALL.map(|door| door.tape(&house));
    for (door, tape) in Door::ALL.into_iter().zip(&tapes) {
        let mut wire = door.open(&house, tape);
        wire.send(door.fill(&[GET, POST, SENTINEL].concat(), tape));
        assert_eq!(wire.reply().status, 200);
        let hold = house.held();
        let targets =
            |tape: &Tape| tape.requests().into_iter().map(|request| request.target).collect::<Vec<_>>();
        assert_eq!(targets(tape), ["/first"], "{door:?}");
        house.approve(&hold);
        assert_eq!(wire.reply().status, 200);
        assert_eq!(wire.reply().status, 200);
        assert_eq!(targets(tape), ["/first", "/held", "/sentinel"], "{door:?}");
        assert_ne!(
            tape.requests()[1].connection,
            tape.requests()[0].connection,
            "a mutation has its own connection"
        );
        drop(wire);
        house.wait_state(&hold, "done");
    }
    house.close(&tapes.each_ref());
}

/// CASES FR-28: a hostile request behind a hold is answered after it, and ends the connection.
#[test]
fn a_hostile_request_behind_a_hold_is_refused_in_its_turn() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = house.open();
    let hostile = b"GET {T}/x HTTP/1.1\r\nHost: {H}\r\nHost: evil.example\r\n\r\n";
    wire.send(Door::Explicit.fill(&[POST, hostile, SENTINEL].concat(), &tape));
    let hold = house.held();
    house.deny(&hold, "not today");
    wire.reply().assert_problem("the hold", 403, "denied");
    wire.reply().assert_problem("the hostile one", 400, "malformed");
    assert!(wire.until_close("behind a refusal").is_empty());
    tape.assert_empty("pipelined");
    house.close(&[&tape]);
}

/// CASES FR-28: while a hold waits, a pipelining agent may not fill the memory.
#[test]
fn read_ahead_behind_a_hold_is_bounded() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = house.open();
    wire.send(Door::Explicit.fill(POST, &tape));
    let hold = house.held();
    // Far more than the bound and every buffer of the kernel: the write must stop taking bytes.
    let mut greedy = std::net::TcpStream::connect(house.proxy()).expect("the proxy listens");
    greedy.set_write_timeout(Some(std::time::Duration::from_secs(2))).expect("a timeout");
    let flood = Door::Explicit.fill(POST, &tape).repeat(400_000);
    let error = std::io::Write::write_all(&mut greedy, &flood).expect_err("not everything is taken");
    assert!(
        matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::ConnectionReset),
        "{error}"
    );
    drop(greedy);
    house.deny(&hold, "no");
    wire.reply().assert_problem("the hold", 403, "denied");
    tape.assert_empty("a flood behind a hold");
    drop(house);
}

/// CASES FR-29: content on a safe method is no read, however it is framed.
#[test]
fn a_safe_method_with_a_body_is_held() {
    let house = House::new();
    let tape = Tape::plain();
    let messages: [&[u8]; 4] = [
        b"GET {T}/a HTTP/1.1\r\nHost: {H}\r\nContent-Length: 5\r\n\r\nhello",
        b"GET {T}/a HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"OPTIONS {T}/a HTTP/1.1\r\nHost: {H}\r\nContent-Length: 5\r\n\r\nhello",
        b"HEAD {T}/a HTTP/1.1\r\nHost: {H}\r\nContent-Length: 5\r\n\r\nhello",
    ];
    for (number, message) in messages.iter().enumerate() {
        let mut wire = house.open();
        wire.send(Door::Explicit.fill(&[message, SENTINEL].concat(), &tape));
        let hold = house.held();
        assert_eq!(hold.body_bytes, 5);
        assert_eq!(tape.requests().len(), number, "nothing went out before the decision");
        house.deny(&hold, "no");
        let reply = if message.starts_with(b"HEAD") { wire.head_reply() } else { wire.reply() };
        assert_eq!((reply.status, reply.code().as_str()), (403, "denied"), "{hold:?}");
        // The body was read whole, so the connection goes on with the next request, and only that goes out.
        assert_eq!(wire.reply().status, 200);
        assert_eq!(
            tape.requests().last().map(|request| request.target.clone()).as_deref(),
            Some("/sentinel")
        );
    }
    house.close(&[&tape]);
}

/// CASES FR-29, the near miss: a length of zero is no content.
#[test]
fn a_get_with_a_length_of_zero_passes() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = house.open();
    wire.send(Door::Explicit.fill(b"GET {T}/a HTTP/1.1\r\nHost: {H}\r\nContent-Length: 0\r\n\r\n", &tape));
    assert_eq!(wire.reply().status, 200);
    house.close(&[&tape]);
}

/// CASES FR-30: a request hidden in a body that nobody read is never parsed.
#[test]
fn a_refused_body_is_never_read_as_a_request() {
    let tape = Tape::plain();
    let rule = "name = \"never\"\npath = [\"/never\"]\nverdict = \"deny\"";
    let house = House::with(Plan::new().rule(rule).hold("max_body", "\"1KiB\""));
    let hidden = Door::Explicit.fill(SENTINEL, &tape);
    let padding = vec![b' '; 2000];
    for (case, path, code, status, body) in [
        ("denied by its head", "/never", "forbidden", 403, hidden.clone()),
        ("too large by its length", "/big", "body_too_large", 413, [hidden.clone(), padding].concat()),
    ] {
        let head =
            format!("POST {{T}}{path} HTTP/1.1\r\nHost: {{H}}\r\nContent-Length: {}\r\n\r\n", body.len());
        let mut wire = house.open();
        wire.send([Door::Explicit.fill(head.as_bytes(), &tape), body, hidden.clone()].concat());
        let reply = only_reply(&wire.until_close(case), case);
        reply.assert_problem(case, status, code);
        tape.assert_empty(case);
    }
    house.close(&[&tape]);
}

/// CASES FR-31: Holdpoint answers the expectation itself, and nobody behind it sees one.
#[test]
fn a_100_continue_comes_from_holdpoint_itself() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = house.open();
    wire.send(Door::Explicit.fill(
        b"POST {T}/a HTTP/1.1\r\nHost: {H}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
        &tape,
    ));
    while wire.pending().windows(4).all(|four| four != b"\r\n\r\n") {
        assert!(wire.read_more().expect("an interim answer"), "closed instead of 100");
    }
    assert!(wire.pending().starts_with(b"HTTP/1.1 100"), "{:?}", String::from_utf8_lossy(wire.pending()));
    tape.assert_empty("nothing is sent for a 100");
    wire.send(b"hello");
    let hold = house.held();
    assert!(hold.headers.iter().all(|(name, _)| name != "expect"), "{hold:?}");
    house.approve(&hold);
    let reply = wire.reply();
    assert_eq!((reply.status, reply.interim), (200, vec![100]));
    assert_eq!(tape.requests()[0].head.text("expect"), None);
    house.close(&[&tape]);
}

/// CASES FR-31: nothing else can be expected.
#[test]
fn other_expectations_fail() {
    refused(
        &[(417, "expectation_failed")],
        &[
            (
                "two",
                b"POST {T}/ HTTP/1.1\r\nHost: {H}\r\nContent-Length: 2\r\nExpect: y 100-continue\r\n\r\nhi",
            ),
            ("other", b"GET {T}/ HTTP/1.1\r\nHost: {H}\r\nExpect: 200-ok\r\n\r\n"),
        ],
    );
    refused(
        &[MALFORMED, &[(417, "expectation_failed")]].concat(),
        &[(
            "twice",
            b"POST {T}/ HTTP/1.1\r\nHost: {H}\r\nContent-Length: 2\r\nExpect: 100-continue\r\nExpect: 100-continue\r\n\r\nhi",
        )],
    );
}

/// CASES FR-05, 30: a connection of HTTP/1.0 is not kept, and nobody is told that it is.
#[test]
fn an_http_1_0_connection_is_not_promised_to_stay() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = house.open();
    let ask = b"GET {T}/ HTTP/1.0\r\nHost: {H}\r\nConnection: keep-alive\r\n\r\n";
    wire.send(Door::Explicit.fill(ask, &tape));
    let reply = wire.reply();
    assert_ne!(reply.head.text("connection").as_deref(), Some("keep-alive"), "{reply:?}");
    assert!(wire.until_close("behind the answer").is_empty());
    house.close(&[&tape]);
}
