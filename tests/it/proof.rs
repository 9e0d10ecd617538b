//! The harness itself can fail: a tape sees what is wrong with a request, and the oracle sees a sending that nobody
//! approved, one that happened twice, and one that is missing.

use std::io::Write;
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::{Value, json};

use crate::tape::{Request, Tape};
use crate::{oracle, wait};

fn written(bytes: &[u8]) -> Tape {
    let tape = Tape::plain();
    let mut stream = TcpStream::connect(tape.authority()).expect("the tape listens");
    stream.write_all(bytes).expect("it reads");
    drop(stream);
    wait::until_true("the connection's end", || tape.connections().first().is_some_and(|one| one.ended));
    tape
}

#[test]
fn a_tape_keeps_every_byte_and_names_a_fault() {
    let good = b"POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\nhi";
    let tape = written(good);
    assert_eq!(
        (tape.requests()[0].raw(), tape.connections()[0].bytes.clone()),
        (good.to_vec(), good.to_vec())
    );
    assert_eq!(tape.connections()[0].fault, None);
    for bad in [
        &b"POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nhi"[..],
        b"POST /a HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /a HTTP/1.1\nhost: a\n\n",
        b"POST /a HTTP/1.0\r\n\r\n",
    ] {
        let tape = written(bad);
        assert!(tape.connections()[0].fault.is_some(), "{:?}", String::from_utf8_lossy(bad));
        assert!(tape.requests().is_empty());
    }
}

/// A log that tells of one approval and one sending of this request.
fn log(tape: &Tape, request: &Request) -> Vec<Value> {
    let digest = oracle::digest(tape, request);
    vec![
        json!({"event": "started"}),
        json!({"event": "decided", "hold": "1", "digest": digest, "decision": "approve"}),
        json!({"event": "sending", "hold": "1", "digest": digest}),
        json!({"event": "ended", "hold": "1", "state": "done"}),
    ]
}

fn agrees(records: &[Value], tape: &Tape) -> bool {
    catch_unwind(AssertUnwindSafe(|| oracle::check(records, &[tape]))).is_ok()
}

#[test]
fn the_oracle_sees_what_was_not_approved_was_sent_twice_or_is_missing() {
    let message = b"POST /a HTTP/1.1\r\nhost: a.example\r\ncontent-length: 2\r\n\r\nhi";
    let tape = written(message);
    let good = log(&tape, &tape.requests()[0]);
    assert!(agrees(&good, &tape));
    assert!(!agrees(&[], &tape), "sent without a record");
    assert!(!agrees(&[good[0].clone(), good[2].clone()], &tape), "sent without an approval");
    let restarted = [&good[..2], &good[..1], &good[2..]].concat();
    assert!(!agrees(&restarted, &tape), "sent after a restart had voided the approval");
    let unsent = json!({"event": "ended", "hold": "1", "digest": good[1]["digest"], "state": "armed"});
    assert!(
        !agrees(&[&good[..3], std::slice::from_ref(&unsent)].concat(), &tape),
        "on record as not sent, and arrived"
    );
    assert!(agrees(&[&good[..3], &[unsent], &good[2..]].concat(), &tape), "sent at the second attempt");
    let taken_back = json!({"event": "decided", "hold": "1", "decision": "deny"});
    assert!(!agrees(&[&good[..2], &[taken_back], &good[2..]].concat(), &tape), "sent after a denial");
    assert!(!agrees(&good, &written(b"")), "done, and never arrived");
    let twice = written(&[&message[..], &message[..]].concat());
    assert!(!agrees(&good, &twice), "arrived twice");
    let other = written(b"POST /b HTTP/1.1\r\nhost: a.example\r\ncontent-length: 2\r\n\r\nhi");
    assert!(!agrees(&good, &other), "another request arrived");
}
