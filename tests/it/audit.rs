//! The record: everything that happened, nothing that is secret, and no sending without it (CASES 1.H).

use std::fs;

use crate::binary::Server;
use crate::door::Door;
use crate::house::House;
use crate::oracle::text;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::{Latch, Tape};
use crate::wait;

/// CASES AU-10, O2: one record of each request, whatever became of it.
#[test]
fn each_request_has_one_record() {
    let house = House::with(Plan::new().rule("name = \"never\"\npath = [\"/never\"]\nverdict = \"deny\""));
    let tape = Tape::plain();
    let mut wire = house.open();
    for _ in 0..5 {
        wire.send(Door::Explicit.fill(b"GET {T}/read HTTP/1.1\r\nHost: {H}\r\n\r\n", &tape));
        assert_eq!(wire.reply().status, 200);
    }
    let mut approved = house.post(&tape, "/approved", "x");
    house.approve(&house.held());
    assert_eq!(approved.reply().status, 200);
    let mut denied = house.post(&tape, "/denied", "x");
    house.deny(&house.held(), "no");
    assert_eq!(denied.reply().status, 403);
    assert_eq!(house.post(&tape, "/never", "x").reply().status, 403);
    let mut broken = house.open();
    broken.send("GET nothing\r\n\r\n");
    assert_eq!(broken.reply().status, 400);
    let left = house.post(&tape, "/left", "x");
    let hold = house.held();
    drop(left);
    house.wait_waiting(&hold, 0);
    let latch = Latch::default();
    let shut = latch.clone();
    let slow = Tape::plain();
    slow.answer(move |request| crate::tape::ok(request).when(&shut));
    let mut leaver = house.open();
    leaver.send(Door::Explicit.fill(b"GET {T}/left-early HTTP/1.1\r\nHost: {H}\r\n\r\n", &slow));
    slow.wait_for(1);
    drop(leaver);
    let of_path = |path: &str| {
        let terminal = |event: &str| matches!(event, "exchange" | "refused");
        house
            .records()
            .iter()
            .filter(|record| text(record, "path") == path && terminal(&text(record, "event")))
            .count()
    };
    wait::until_true("the records", || {
        let counts = ["/read", "/approved", "/denied", "/never", "/left", "/left-early"].map(of_path);
        assert!(counts[0] <= 5 && counts[1..].iter().all(|count| *count <= 1), "{counts:?}");
        counts == [5, 1, 1, 1, 1, 1]
    });
    // What was no request has a record as well: two refusals without a path among the three.
    wait::until_true("the refusals", || house.events("refused").len() == 3);
    for record in house.records() {
        if text(&record, "event") == "exchange" {
            for name in ["agent", "method", "scheme", "host", "path", "effect", "verdict"] {
                assert!(record[name].is_string(), "{name} is missing in {record}");
            }
            assert!(record["port"].is_u64(), "{record}");
        }
    }
    latch.open();
    let early = |record: &serde_json::Value| text(record, "path") == "/left-early";
    assert_eq!(house.records().iter().filter(|record| early(record)).count(), 1);
    house.close(&[&tape, &slow]);
}

/// CASES AU-12, AU-15, O5: secrets are in no record and in no log, however much is logged.
#[test]
fn secrets_are_on_no_record() {
    let mut server = Server::prepare(&Plan::new());
    server.environment("RUST_LOG", "trace");
    server.run(None);
    server.ready();
    let tape = server.tls_tape();
    let canary = "canary-d41d8cd98f";
    let fields = format!(
        "Authorization: Bearer {canary}\r\nCookie: session={canary}\r\nX-Api-Key: {canary}\r\nX-Anything: {canary}\r\n"
    );
    let secure = || Wire::tls(server.proxy(), &tape.authority(), "127.0.0.1", &server.ca(), &["http/1.1"]);
    let mut wire = secure();
    wire.send(format!("GET /read?key={canary} HTTP/1.1\r\nHost: {}\r\n{fields}\r\n", tape.authority()));
    assert_eq!(wire.reply().status, 200);
    wire.send(format!(
        "POST /write?key={canary} HTTP/1.1\r\nHost: {}\r\n{fields}Content-Length: {}\r\n\r\n{canary}",
        tape.authority(),
        canary.len()
    ));
    let hold = server.held();
    server.approve(&hold);
    assert_eq!(wire.reply().status, 200);
    wire.send(format!("GET /broken?key={canary} HTTP/1.1\r\nHost: evil.example\r\n{fields}\r\n"));
    assert_eq!(wire.reply().code(), "target_mismatch");
    assert!(server.terminate());
    assert!(server.log_text().contains("listening"), "the log is on");
    assert!(!server.log_text().contains(canary), "a secret is in the log");
    for entry in fs::read_dir(server.dir().join("state/audit")).expect("the audit directory") {
        let file = entry.expect("an entry").path();
        let text = fs::read_to_string(&file).expect("the log is text");
        assert!(!text.contains(canary), "a secret is in {}", file.display());
    }
    server.check(&[&tape]);
}

/// CASES AU-09: when the log takes no more, nothing passes, not even a read.
#[test]
fn without_a_record_nothing_is_sent() {
    let mut server = Server::prepare(&Plan::new());
    // A file of this process may have 512 KiB; the log is the first to reach it.
    server.run_limited(512);
    server.ready();
    let tape = Tape::plain();
    let get = Door::Explicit.fill(b"GET {T}/read HTTP/1.1\r\nHost: {H}\r\n\r\n", &tape);
    let mut wire = Wire::open(server.proxy());
    let mut passed = 0;
    let reply = loop {
        wire.send(&get);
        let reply = wire.reply();
        if reply.status != 200 {
            break reply;
        }
        passed += 1;
        assert!(passed < 100_000, "the log never came to its end");
    };
    reply.assert_problem("a read without a record", 503, "audit_unavailable");
    let before = tape.requests().len();
    let mut wire = Wire::open(server.proxy());
    wire.send(crate::person::post(&tape, "/write", "", "x"));
    let refused = wire.reply();
    assert_eq!(refused.status, 503, "{refused:?}");
    assert_eq!(tape.requests().len(), before, "something was sent without a record");
}

/// CASES AU-01: any change to the log is found, and the first bad record named; the log itself is whole.
#[test]
fn a_changed_log_is_found() {
    let mut server = Server::start(&Plan::new());
    let tape = Tape::plain();
    for number in 0..5 {
        let mut wire = Wire::open(server.proxy());
        wire.send(crate::person::post(&tape, "/a", "", &format!("{number}")));
        server.approve(&server.held());
        assert_eq!(wire.reply().status, 200);
    }
    assert!(server.terminate());
    server.check(&[&tape]);
    let directory = server.dir().join("state/audit");
    let segments = fs::read_dir(&directory).expect("the audit directory");
    let file = segments.map(|entry| entry.expect("an entry").path()).find(|path| path.extension().is_some());
    let file = file.expect("a segment");
    let good = fs::read(&file).expect("readable");
    let lines: Vec<&[u8]> = good.split_inclusive(|byte| *byte == b'\n').collect();
    let without = |index: usize| [lines[..index].concat(), lines[index + 1..].concat()].concat();
    let mut swapped = lines.clone();
    swapped.swap(3, 4);
    let mut edited = good.clone();
    let place = edited.windows(7).position(|window| window == b"approve").expect("an approval is on record");
    edited[place] = b'A';
    let doubled = [lines[..3].concat(), lines[2..].concat()].concat();
    for (case, bytes) in [
        ("a record deleted", without(3)),
        ("the first record deleted", without(0)),
        ("two records swapped", swapped.concat()),
        ("a letter changed", edited),
        ("a record doubled", doubled),
        // The database keeps the last checkpoint: a cut at the end is seen too.
        ("the last records cut off", lines[..lines.len() - 4].concat()),
    ] {
        fs::write(&file, bytes).expect("writable");
        let output = server.cli(&["audit", "verify"]);
        assert_eq!(output.status.code(), Some(1), "{case}: {}", String::from_utf8_lossy(&output.stdout));
    }
    fs::write(&file, &good).expect("writable");
    server.check(&[&tape]);
}

/// A server that runs has the database to itself; what it leaves beside the log shows a cut all the same.
#[test]
fn a_cut_is_found_while_the_server_runs() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wire = Wire::open(server.proxy());
    wire.send(crate::person::post(&tape, "/cut", "", "x"));
    server.deny(&server.held(), "no");
    assert_eq!(wire.reply().status, 403);
    // The exchange's own record is written after its reply; what is cut must be all there is.
    let file = server.dir().join("state/audit/00000001.jsonl");
    let is_whole = || fs::read_to_string(&file).is_ok_and(|text| text.contains("\"code\":\"denied\""));
    wait::until_true("the record of the exchange", is_whole);
    let verify = || server.cli(&["audit", "verify"]);
    assert_eq!(verify().status.code(), Some(0));
    let good = fs::read(&file).expect("readable");
    let lines: Vec<&[u8]> = good.split_inclusive(|byte| *byte == b'\n').collect();
    fs::write(&file, lines[..2].concat()).expect("writable");
    let output = verify();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("line 3, seq 3") && said.contains("it was cut"), "{said}");
}
