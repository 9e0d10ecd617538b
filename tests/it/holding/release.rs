//! What was approved is what is sent (CASES HI-01, 02, 10, 11, 13, 19).

use std::sync::Arc;
use std::time::Duration;

use holdpoint::hold::said::{Choice, DecisionError};
use holdpoint::snapshot::Digest;

use crate::house::House;
use crate::person::decision;
use crate::plan::Plan;
use crate::tape::Tape;
use crate::wait;

/// The main thing: a mutation waits, is shown whole, and arrives once, byte for byte.
#[test]
fn a_mutation_arrives_once_and_exactly_as_it_was_shown() {
    let mut house = House::new();
    let secret = house.canary();
    let tape = Tape::plain();
    let fields =
        format!("Authorization: Bearer {secret}\r\nX-Trace: a\r\nContent-Type: application/json\r\n");
    let mut wire = house.post_with(
        &tape,
        &format!("/posts?key={secret}"),
        &fields,
        &format!("{{\"text\":\"{secret}\"}}"),
    );
    let hold = house.held();
    tape.assert_empty("before the decision");
    let raw = house.raw(&hold);
    assert!(hold.headers.iter().all(|(_, value)| !value.contains(&secret)), "{hold:?}");
    house.approve(&hold);
    let reply = wire.reply();
    assert_eq!((reply.status, reply.text().as_str()), (200, "ok\n"));
    assert_eq!(reply.hold().as_deref(), Some(hold.id.as_str()));
    assert_eq!(tape.mutations().len(), 1);
    assert_eq!(String::from_utf8_lossy(&tape.mutations()[0].raw()), String::from_utf8_lossy(&raw));
    house.wait_state(&hold, "done");
    house.close(&[&tape]);
}

/// CASES HI-01: one byte changed in the spool while a person looks at it, and nothing is sent.
#[test]
fn a_body_changed_on_disk_is_never_sent() {
    let house = House::new();
    let tape = Tape::plain();
    let body = "pay 82,000 to alice; ".repeat(4000);
    let mut wire = house.post(&tape, "/pay", &body);
    let hold = house.held();
    let spool = std::fs::read_dir(house.dir().join("state/spool")).expect("a spool");
    let files: Vec<_> = spool.map(|entry| entry.expect("an entry").path()).collect();
    let [file] = &files[..] else { panic!("one body in the spool: {files:?}") };
    let mut bytes = std::fs::read(file).expect("the spool is readable");
    assert_eq!(bytes, body.as_bytes());
    bytes[4] = b'9';
    std::fs::write(file, &bytes).expect("the spool is writable");
    house.approve(&hold);
    let reply = wire.reply();
    assert!(reply.status >= 500 && !reply.code().is_empty(), "{reply:?}");
    tape.assert_empty("a changed body");
    assert_ne!(house.find(&hold.id).map(|hold| hold.state).as_deref(), Some("done"));
    house.close(&[&tape]);
}

/// CASES HI-10, HI-18: an approval is used up by its release; saying it again sends nothing.
#[test]
fn an_approval_is_used_once() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = house.post(&tape, "/a", "one");
    let hold = house.held();
    house.approve(&hold);
    assert_eq!(wire.reply().status, 200);
    let done = house.wait_state(&hold, "done");
    for _ in 0..3 {
        let _ = house.decide(vec![decision(&hold, Choice::Approve, "ada")]);
        let refused = house.decide(vec![decision(&hold, Choice::Deny, "bob")]).expect_err("it is over");
        assert!(matches!(refused, DecisionError::Conflict(..)), "{refused:?}");
    }
    assert_eq!(house.find(&hold.id).map(|hold| hold.state), Some(done.state));
    // The same request again is another hold, because its answer was delivered.
    wire.send(crate::person::post(&tape, "/a", "", "one"));
    let again = house.held();
    assert_ne!(again.id, hold.id);
    assert_eq!(tape.requests().len(), 1);
    house.close(&[&tape]);
}

/// CASES HI-11: however approval, denial and a lost agent fall together, one of them wins, once.
#[test]
fn approve_and_deny_at_once_have_one_winner() {
    let house = Arc::new(House::new());
    let tape = Tape::plain();
    for round in 0..30 {
        let mut wire = house.post(&tape, "/race", &format!("round {round}"));
        let hold = house.held();
        let before = tape.requests().len();
        let threads: Vec<_> = [Choice::Approve, Choice::Deny, Choice::Approve, Choice::Deny]
            .into_iter()
            .enumerate()
            .map(|(number, choice)| {
                let (house, hold) = (Arc::clone(&house), hold.clone());
                std::thread::spawn(move || house.decide(vec![decision(&hold, choice, &format!("p{number}"))]))
            })
            .collect();
        let results: Vec<_> = threads.into_iter().map(|thread| thread.join().expect("no panic")).collect();
        assert!(results.iter().any(Result::is_ok), "round {round}: {results:?}");
        let reply = wire.reply();
        let sent = tape.requests().len() - before;
        match (reply.status, reply.code().as_str()) {
            (200, "") => assert_eq!(sent, 1, "round {round}"),
            (403, "denied") => assert_eq!(sent, 0, "round {round}"),
            other => panic!("round {round}: {other:?}"),
        }
    }
    let house = Arc::into_inner(house).expect("the threads are gone");
    house.close(&[&tape]);
}

/// CASES HI-13: time, a lost agent and a shutdown decide nothing.
#[test]
fn nothing_but_a_person_releases() {
    let plan = Plan::new().hold("wait", "\"10s\"").hold("timeout", "\"1m\"");
    let mut house = House::timeless(plan.clone());
    let tape = Tape::plain();
    let mut wire = house.post(&tape, "/a", "expires");
    let hold = house.held();
    house.clock.advance(Duration::from_secs(11));
    let ticket = wire.reply();
    ticket.assert_problem("no decision yet", 503, "held");
    assert_eq!(ticket.head.text("retry-after").as_deref(), Some("1"));
    assert_eq!(ticket.hold().as_deref(), Some(hold.id.as_str()));
    wire.send(crate::person::post(&tape, "/a", "", "expires"));
    house.wait_waiting(&hold, 1);
    house.clock.advance(Duration::from_secs(9));
    house.clock.advance(Duration::from_secs(41));
    let reply = wire.reply();
    assert!(matches!(reply.code().as_str(), "held" | "expired"), "{reply:?}");
    house.wait_state(&hold, "expired");
    let refused = house.decide(vec![decision(&hold, Choice::Approve, "ada")]).expect_err("it has expired");
    assert!(matches!(refused, DecisionError::Conflict(..)), "{refused:?}");
    let mut waiting = house.post(&tape, "/b", "shutdown");
    let hold = house.held();
    house.restart(&plan);
    waiting.reply().assert_problem("a shutdown", 503, "restarting");
    assert_eq!(house.find(&hold.id).map(|hold| hold.state).as_deref(), Some("held"));
    tape.assert_empty("nobody decided");
    house.close(&[&tape]);
}

/// CASES HI-19: a decision names the hold and the bytes that were shown, whole; anything else changes nothing.
#[test]
fn a_decision_on_other_bytes_is_refused() {
    let house = House::new();
    let tape = Tape::plain();
    let mut one = house.post(&tape, "/a", "one");
    let first = house.held();
    let mut two = house.post(&tape, "/a", "two");
    let second = house.held_count(2).remove(1);
    let mut crossed = decision(&first, Choice::Approve, "ada");
    crossed.digest = Digest::parse(&second.digest);
    assert!(matches!(house.decide(vec![crossed.clone()]), Err(DecisionError::OtherDigest(_))));
    // HI-20: a batch with one such decision in it decides nothing at all.
    let batch = vec![decision(&second, Choice::Approve, "ada"), crossed];
    assert!(house.decide(batch).is_err());
    let mut blind = decision(&first, Choice::Approve, "ada");
    blind.digest = None;
    assert!(matches!(house.decide(vec![blind]), Err(DecisionError::NoDigest(_))));
    assert_eq!(house.holds_in("held").len(), 2);
    tape.assert_empty("crossed digests");
    house.approve(&second);
    assert_eq!(two.reply().status, 200);
    house.deny(&first, "not this one");
    one.reply().assert_problem("the other", 403, "denied");
    assert_eq!(tape.mutations()[0].body, b"two");
    house.close(&[&tape]);
}

/// A denial reaches the agent with its reason, and takes an approval back while nothing was sent.
#[test]
fn a_denial_says_why_and_takes_an_approval_back() {
    let house = House::new();
    let tape = Tape::plain();
    let wire = house.post(&tape, "/a", "gone");
    let hold = house.held();
    drop(wire);
    house.wait_waiting(&hold, 0);
    house.approve(&hold);
    house.wait_state(&hold, "armed");
    house.deny(&hold, "on second thoughts: no");
    let mut wire = house.post(&tape, "/a", "gone");
    let reply = wire.reply();
    reply.assert_problem("denied", 403, "denied");
    assert_eq!(reply.head.text("x-should-retry").as_deref(), Some("false"));
    assert!(reply.member("message").as_str().is_some_and(|text| text.contains("on second thoughts: no")));
    tape.assert_empty("denied");
    wait::until_true("the denial on record", || house.events("decided").len() == 2);
    house.close(&[&tape]);
}
