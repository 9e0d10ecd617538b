//! What tools of this kind get wrong, each with the real binary: what is approved and never sent, or sent to nobody; a
//! body whose framing changes; a queue that is gone after a crash; a body of which nobody saw the end.

use std::collections::BTreeMap;

use holdpoint::snapshot::Digest;

use crate::binary::Server;
use crate::person::post;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::tape::Tape;
use crate::wait;

fn ask(server: &Server, tape: &Tape, body: &str) -> Wire {
    let mut wire = Wire::open(server.proxy());
    wire.send(post(tape, "/a", "", body));
    wire
}

/// The agent has gone, and a person approves: the command says that nothing was sent yet, nothing is, and when nobody
/// comes back in time the approval is void.
#[test]
fn an_approval_for_an_agent_that_has_gone_is_not_called_sent_and_is_sent_to_nobody() {
    let server = Server::start(&Plan::new().hold("armed", "\"1s\""));
    let tape = Tape::plain();
    let agent = ask(&server, &tape, "delete the page");
    server.held();
    drop(agent);
    let gone = || server.holds("held").into_iter().find(|hold| hold.waiting == 0);
    let hold = wait::until("the agent to be seen gone", gone);
    let said =
        String::from_utf8(server.says(&["approve", &format!("{}@{}", hold.id, hold.digest)])).expect("text");
    assert!(said.contains("sent when the agent asks again"), "{said}");
    assert!(!said.contains("and sent") && !said.contains("being sent"), "{said}");
    let expired = wait::until("the approval to be void", || server.holds("expired").pop());
    assert_eq!((&expired.id, expired.outcome.and_then(|outcome| outcome.status)), (&hold.id, None));
    let shown = String::from_utf8(server.says(&["show", &hold.id])).expect("text");
    assert!(shown.contains("expired"), "{shown}");
    let again = server.cli(&["approve", &format!("{}@{}", hold.id, hold.digest)]);
    assert_eq!(again.status.code(), Some(1), "it cannot be approved any more");
    ask(&server, &tape, "delete the page").reply().assert_problem("too late", 403, "expired");
    tape.assert_empty("nobody was there");
    assert!(server.records().iter().all(|record| record["event"] != "sending"));
    server.check(&[&tape]);
}

/// A client that gives up after its own timeout and asks again, three times, and then everything is approved: one hold, and
/// one arrival. Agents who do so with their own libraries are in `clients::again`.
#[test]
fn a_client_that_times_out_and_asks_again_arrives_once_when_everything_is_approved() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut last = None;
    for attempt in 1..=4 {
        let wire = ask(&server, &tape, "send the mail");
        wait::until_true("the attempt", || {
            server.holds("held").iter().any(|hold| hold.attempts == attempt && hold.waiting == 1)
        });
        // Dropped by the next one: that is the timeout.
        last = Some(wire);
        if attempt < 4 {
            last = None;
            wait::until_true("it to be seen gone", || {
                server.holds("held").iter().all(|hold| hold.waiting == 0)
            });
        }
    }
    let held = server.holds("held");
    assert_eq!(held.len(), 1, "one request is one hold: {held:?}");
    held.iter().for_each(|hold| server.approve(hold));
    assert_eq!(last.expect("the last one waits").reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
    server.check(&[&tape]);
}

/// What a person sees of a chunked body is what arrives: once, with its length, and without a chunk of it.
#[test]
fn a_chunked_body_is_held_shown_and_sent_once_with_its_length() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut wire = Wire::open(server.proxy());
    let authority = tape.authority();
    wire.send(format!(
        "POST http://{authority}/a HTTP/1.1\r\nHost: {authority}\r\nTransfer-Encoding: chunked\r\n\r\n\
         5;x=y\r\nhello\r\n1\r\n \r\n5\r\nworld\r\n0\r\n\r\n"
    ));
    let hold = server.held();
    assert_eq!((hold.body_bytes, server.says(&["show", &hold.id, "--body"])), (11, b"hello world".to_vec()));
    let raw = server.raw(&hold);
    let text = String::from_utf8_lossy(&raw);
    assert!(text.contains("\r\ncontent-length: 11\r\n") && text.ends_with("\r\n\r\nhello world"), "{text}");
    assert!(!text.contains("transfer-encoding"), "{text}");
    server.approve(&hold);
    assert_eq!(wire.reply().status, 200);
    let [sent] = &tape.mutations()[..] else { panic!("it arrives once") };
    assert_eq!(sent.raw(), raw);
    server.check(&[&tape]);
}

/// `kill -9` with 1,000 pending: every one is there again, undecided and with its digest, and can be released.
#[test]
fn a_thousand_holds_outlive_a_kill_with_their_digests() {
    const HOLDS: usize = 1000;
    crate::load::raise_file_limit();
    let mut server = Server::start(&Plan::new().hold("wait", "\"10m\""));
    let tape = Tape::plain();
    let body = |number: usize| format!("hold {number} {}", "x".repeat(number * 40));
    let agents: Vec<Wire> = (0..HOLDS).map(|number| ask(&server, &tape, &body(number))).collect();
    let holds = |server: &Server| -> BTreeMap<String, (String, String, u64)> {
        let found = server.holds("held").into_iter();
        found.map(|hold| (hold.id, (hold.code, hold.digest, hold.body_bytes))).collect()
    };
    let before = wait::within(std::time::Duration::from_secs(120), "1,000 holds", || {
        Some(holds(&server)).filter(|holds| holds.len() == HOLDS)
    });
    server.restart();
    drop(agents);
    assert_eq!(holds(&server), before);
    // Bodies in the database and bodies in files, read back and compared.
    for number in [0, HOLDS - 1] {
        let mut wire = ask(&server, &tape, &body(number));
        let hold = wait::until("the agent at its hold", || {
            server.holds("held").into_iter().find(|hold| hold.waiting == 1)
        });
        assert!(before.contains_key(&hold.id));
        server.approve(&hold);
        assert_eq!(wire.reply().status, 200);
    }
    assert_eq!(server.holds("held").len(), HOLDS - 2);
    let sent: Vec<usize> = tape.mutations().iter().map(|request| request.body.len()).collect();
    assert_eq!(sent, [body(0).len(), body(HOLDS - 1).len()]);
    server.check(&[&tape]);
}

/// The end of a large body is where the harm is: it is shown whole, and what is shown has the digest that is approved.
#[test]
fn a_large_body_is_shown_to_its_last_byte() {
    let server = Server::start(&Plan::new());
    let tape = Tape::plain();
    let mut body: String = (0..60_000)
        .map(|line| format!("{line:06} all of this is harmless, and there is much of it\n"))
        .collect();
    body.push_str("DROP TABLE users");
    assert!(body.len() > 3 << 20);
    let mut wire = ask(&server, &tape, &body);
    let hold = server.held();
    assert_eq!(hold.body_bytes, body.len() as u64);
    assert!(server.says(&["show", &hold.id, "--body"]) == body.as_bytes(), "shown whole");
    let raw = server.raw(&hold);
    assert!(raw.ends_with(body.as_bytes()));
    server.approve(&hold);
    assert_eq!(wire.reply().status, 200);
    let [sent] = &tape.mutations()[..] else { panic!("it arrives once") };
    assert!(sent.raw() == raw, "what was shown is what arrived");
    assert_eq!(Digest::parse(&crate::oracle::digest(&tape, sent)), Digest::parse(&hold.digest));
    server.check(&[&tape]);
}
