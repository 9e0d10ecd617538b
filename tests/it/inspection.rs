//! A read by declaration hangs on its body: all of it, decoded, within what is looked into (CASES CL-35, 36, 41, 42).

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::door::{Door, SENTINEL};
use crate::house::House;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;

const INSPECT_BYTES_MAX: usize = holdpoint::limits::INSPECT_BYTES_MAX;

/// A house where `getBlock` is a read by the operator's word.
fn house() -> House {
    House::with(
        Plan::new().service(
            "name = \"node\"\nhost = [\"127.0.0.1:*\"]\ndialect = \"jsonrpc\"\nreads = [\"getBlock\"]",
        ),
    )
}

fn call(method: &str, filler: &str) -> Vec<u8> {
    format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":["{filler}"]}}"#).into_bytes()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).expect("a Vec takes all");
    encoder.finish().expect("a Vec takes all")
}

fn message(tape: &Tape, fields: &str, body: &[u8]) -> Vec<u8> {
    let (authority, length) = (tape.authority(), body.len());
    let head = format!(
        "POST http://{authority}/rpc HTTP/1.1\r\nHost: {authority}\r\nContent-Type: application/json\r\n\
         {fields}Content-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

fn send(house: &House, tape: &Tape, fields: &str, body: &[u8]) -> Wire {
    let mut wire = house.open();
    wire.send(message(tape, fields, body));
    wire
}

fn passes(house: &House, tape: &Tape, fields: &str, body: &[u8], why: &str) {
    let before = tape.requests().len();
    let reply = send(house, tape, fields, body).reply();
    assert_eq!(reply.status, 200, "{why}: {reply:?}");
    let requests = tape.requests();
    assert_eq!(requests.len(), before + 1, "{why}");
    assert_eq!(requests[before].body_len, body.len() as u64, "{why}: what is sent is what came");
}

/// Held as `effect`, and never sent.
fn held(house: &House, tape: &Tape, fields: &str, body: &[u8], effect: &str, why: &str) {
    let before = tape.requests().len();
    let mut wire = send(house, tape, fields, body);
    let hold = house.held();
    assert_eq!(hold.effect, effect, "{why}: {hold:?}");
    house.deny(&hold, "no");
    assert_eq!(wire.reply().status, 403, "{why}");
    assert_eq!(tape.requests().len(), before, "{why}");
}

/// CASES CL-41: one byte below the limit, at it, and one above.
#[test]
fn a_declared_read_is_one_up_to_the_limit_and_held_above_it() {
    let (house, tape) = (house(), Tape::plain());
    let envelope = call("getBlock", "").len();
    let of = |length: usize| call("getBlock", &"x".repeat(length - envelope));
    passes(&house, &tape, "", &of(INSPECT_BYTES_MAX - 1), "below the limit");
    passes(&house, &tape, "", &of(INSPECT_BYTES_MAX), "at the limit");
    held(&house, &tape, "", &of(INSPECT_BYTES_MAX + 1), "unknown", "above the limit");
    house.close(&[&tape]);
}

/// CASES CL-42: a batch whose last call comes late is judged with it.
#[test]
fn nothing_is_sent_before_the_last_call_of_a_batch_is_here() {
    let (house, tape) = (house(), Tape::plain());
    let read = String::from_utf8(call("getBlock", &"x".repeat(20_000))).expect("ASCII");
    let batch = format!("[{read},{}]", r#"{"jsonrpc":"2.0","id":2,"method":"wipe"}"#);
    let whole = message(&tape, "", batch.as_bytes());
    let (first, last) = whole.split_at(whole.len() - 12);
    let mut wire = house.open();
    wire.send(first);
    // A read behind it, on another connection, shows that the first part was there to be looked at.
    let mut other = house.open();
    other.send(Door::Explicit.fill(SENTINEL, &tape));
    assert_eq!(other.reply().status, 200);
    assert!(tape.mutations().is_empty() && house.holds().is_empty());
    wire.send(last);
    assert_eq!(house.held().effect, "unknown");
    assert!(tape.mutations().is_empty());
    house.close(&[&tape]);
}

/// CASES CL-35: what is judged is what the coding hides; what is sent are the bytes that came.
#[test]
fn a_content_coding_hides_nothing() {
    let (house, tape) = (house(), Tape::plain());
    let (read, other) = (call("getBlock", ""), call("wipe", ""));
    const GZIP: &str = "Content-Encoding: gzip\r\n";
    passes(&house, &tape, GZIP, &gzip(&read), "a read in gzip");
    held(&house, &tape, GZIP, &gzip(&other), "unknown", "another call in gzip");
    held(&house, &tape, GZIP, &read, "unknown", "a read that is in no gzip");
    held(&house, &tape, "", &gzip(&read), "unknown", "gzip that does not say so");
    held(&house, &tape, "Content-Encoding: frob\r\n", &read, "unknown", "a coding that nobody knows");
    held(&house, &tape, "Content-Encoding: identity, gzip\r\n", &gzip(&read), "unknown", "two codings");
    held(&house, &tape, GZIP, &gzip(&gzip(&read)), "unknown", "gzip in gzip");
    let members = [gzip(&read), gzip(&other)].concat();
    held(&house, &tape, GZIP, &members, "unknown", "two members, of which some services read one");
    house.close(&[&tape]);
}

/// CASES CL-36: a body that grows a thousandfold, and one that grows over the limit.
#[test]
fn a_decompression_bomb_is_held_and_not_unpacked() {
    let (house, tape) = (house(), Tape::plain());
    const GZIP: &str = "Content-Encoding: gzip\r\n";
    let bomb = gzip(&call("getBlock", &"x".repeat(4 * 1024 * 1024)));
    assert!(bomb.len() < 8 * 1024);
    held(&house, &tape, GZIP, &bomb, "unknown", "four MiB in a few KiB");
    let noise: String = (0..INSPECT_BYTES_MAX as u32 / 4)
        .map(|n| format!("{:04x}", n.wrapping_mul(2_654_435_761) >> 16))
        .collect();
    held(&house, &tape, GZIP, &gzip(&call("getBlock", &noise)), "unknown", "a byte more than is looked into");
    house.close(&[&tape]);
}
