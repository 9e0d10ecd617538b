//! Chunked bodies: captured whole and checked before anything is decided, so that a fault at their end is found
//! before their beginning has gone anywhere (CASES FR-08 to 13).

use crate::door::{Door, MALFORMED, refused, refused_at};
use crate::house::House;
use crate::tape::Tape;

const HEAD: &[u8] = b"POST {T}/a HTTP/1.1\r\nHost: {H}\r\nTransfer-Encoding: chunked\r\n\r\n";

fn bodies_are_refused(bodies: &[(&str, &[u8])]) {
    let messages: Vec<(&str, Vec<u8>)> =
        bodies.iter().map(|(name, body)| (*name, [HEAD, body].concat())).collect();
    let cases: Vec<(&str, &[u8])> =
        messages.iter().map(|(name, message)| (*name, message.as_slice())).collect();
    refused(MALFORMED, &cases);
}

/// CASES FR-08, 09: a chunk size is hexadecimal digits, few of them, and nothing else.
#[test]
fn odd_chunk_sizes_are_refused() {
    bodies_are_refused(&[
        ("0x", b"0x5\r\nhello\r\n0\r\n\r\n"),
        ("plus", b"+5\r\nhello\r\n0\r\n\r\n"),
        ("minus", b"-5\r\nhello\r\n0\r\n\r\n"),
        ("underscore", b"0_5\r\nhello\r\n0\r\n\r\n"),
        ("a blank before", b" 5\r\nhello\r\n0\r\n\r\n"),
        ("a blank behind", b"5 \r\nhello\r\n0\r\n\r\n"),
        ("a tab behind", b"5\t\r\nhello\r\n0\r\n\r\n"),
        ("empty", b"\r\nhello\r\n0\r\n\r\n"),
        ("junk behind", b"5g\r\nhello\r\n0\r\n\r\n"),
        ("nine digits", b"000000005\r\nhello\r\n0\r\n\r\n"),
        ("seventeen digits", b"10000000000000005\r\nhello\r\n0\r\n\r\n"),
        ("the second chunk", b"5\r\nhello\r\n0x5\r\nworld\r\n0\r\n\r\n"),
        ("the last chunk", b"5\r\nhello\r\n-0\r\n\r\n"),
    ]);
}

/// CASES FR-10, 12: a chunk ends where its size says, with CRLF.
#[test]
fn chunks_that_do_not_end_as_they_should_are_refused() {
    bodies_are_refused(&[
        ("LF after the size", b"5\nhello\r\n0\r\n\r\n"),
        ("CR after the size", b"5\rhello\r\n0\r\n\r\n"),
        ("LF after the data", b"5\r\nhello\n0\r\n\r\n"),
        ("CR after the data", b"5\r\nhello\r0\r\n\r\n"),
        ("no end of the data", b"5\r\nhello0\r\n\r\n"),
        ("junk after the data", b"5\r\nhello\r\nXX\r\n0\r\n\r\n"),
        ("longer than its size", b"5\r\nhello world\r\n0\r\n\r\n"),
        ("LF at the very end", b"5\r\nhello\r\n0\r\n\n"),
    ]);
}

/// CASES FR-11: an extension may be well-formed, and then it is dropped; control bytes end it all.
#[test]
fn hostile_chunk_extensions_are_refused() {
    let long = [b"5;a=".as_slice(), &[b'x'; 8000], b"\r\nhello\r\n0\r\n\r\n"].concat();
    bodies_are_refused(&[
        ("LF inside", b"5;a\nb\r\nhello\r\n0\r\n\r\n"),
        ("CR inside", b"5;a\rb\r\nhello\r\n0\r\n\r\n"),
        ("NUL inside", b"5;a\x00\r\nhello\r\n0\r\n\r\n"),
        ("quoted line end", b"5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n"),
        ("high bytes", b"5;\x00\x01\xff\r\nhello\r\n0\r\n\r\n"),
        ("too much of it", &long),
    ]);
}

/// CASES FR-11, the near miss.
#[test]
fn a_well_formed_extension_is_dropped() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = house.open();
    wire.send(Door::Explicit.fill(&[HEAD, b"5;a=b;c=\"d\"\r\nhello\r\n0\r\n\r\n"].concat(), &tape));
    let hold = house.held();
    let raw = house.raw(&hold);
    assert!(raw.ends_with(b"\r\n\r\nhello"));
    house.approve(&hold);
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.requests()[0].raw(), raw);
    house.close(&[&tape]);
}

/// CASES FR-13: nothing may be added behind a body that decides something.
#[test]
fn trailers_are_refused() {
    bodies_are_refused(&[
        ("a length", b"5\r\nhello\r\n0\r\nContent-Length: 3\r\n\r\n"),
        ("a host", b"5\r\nhello\r\n0\r\nHost: evil.example\r\n\r\n"),
        ("a credential", b"5\r\nhello\r\n0\r\nAuthorization: Bearer x\r\n\r\n"),
        ("an override", b"5\r\nhello\r\n0\r\nX-HTTP-Method-Override: DELETE\r\n\r\n"),
        ("anything", b"5\r\nhello\r\n0\r\nX: y\r\n\r\n"),
    ]);
}

/// CASES FR-09: also where an `allow` rule lets the body stream, what was sent ends with the fault, and the
/// upstream never sees a whole request.
#[test]
fn a_streamed_body_with_a_fault_never_becomes_a_whole_request() {
    let tape = Tape::plain();
    let rule = format!(
        "name = \"upload\"\nhost = [\"{}\"]\nmethod = [\"POST\"]\nverdict = \"allow\"",
        tape.authority()
    );
    let house = House::with(crate::plan::Plan::new().rule(&rule));
    let mut wire = house.open();
    wire.send(
        Door::Explicit
            .fill(&[HEAD, b"5\r\nhello\r\n5x\r\nworld\r\n0\r\n\r\n", crate::door::SENTINEL].concat(), &tape),
    );
    wire.until_close("a streamed fault");
    assert!(tape.requests().is_empty(), "{:?}", tape.requests());
    drop(house);
}

/// CASES FR-12: a body whose end never comes is no request, and nothing of it is shown or sent.
#[test]
fn a_body_that_is_cut_off_never_becomes_a_hold() {
    let house = House::new();
    for door in Door::ALL {
        let tape = door.tape(&house);
        for body in [&b"5\r\nhel"[..], b"5\r\nhello\r\n", b"5\r\nhello\r\n0\r\n"] {
            let mut wire = door.open(&house, &tape);
            wire.send(door.fill(&[HEAD, body].concat(), &tape));
            wire.finish();
            wire.until_close("a cut body");
        }
        let mut wire = door.open(&house, &tape);
        wire.send(door.fill(b"POST {T}/a HTTP/1.1\r\nHost: {H}\r\nContent-Length: 10\r\n\r\nhello", &tape));
        wire.finish();
        wire.until_close("a body shorter than its length");
        tape.assert_empty("cut bodies");
    }
    assert!(house.holds().is_empty());
    house.close(&[]);
}

/// CASES FR-40: where the bytes are split changes nothing.
#[test]
fn a_request_split_at_any_byte_is_judged_alike() {
    let good = [HEAD, b"5;a=b\r\nhello\r\n0\r\n\r\n"].concat();
    let bad = [HEAD, b"5;a=\x00\r\nhello\r\n0\r\n\r\n"].concat();
    let house = House::new();
    let tape = Tape::plain();
    let filled = Door::Explicit.fill(&good, &tape);
    for at in (1..filled.len()).step_by(7) {
        let mut wire = house.open();
        wire.send(&filled[..at]);
        wire.send(&filled[at..]);
        let hold = house.held();
        assert_eq!(hold.body_bytes, 5, "split at {at}");
        house.deny(&hold, "enough");
        wire.reply().assert_problem(&format!("split at {at}"), 403, "denied");
    }
    house.close(&[&tape]);
    refused_at(&[Door::Explicit], MALFORMED, &[("whole", &bad)]);
}
