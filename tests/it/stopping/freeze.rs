//! A freeze on the wire: nothing that changes anything starts once it is on, reads go on, and a thaw carries on.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use holdpoint::hold::said::Choice;

use crate::house::House;
use crate::person::{decision, post};
use crate::plan::Plan;
use crate::tape::{Tape, ok};
use crate::wait;

const ALLOW: &str = "name = \"may\"\nhost = [\"127.0.0.1:*\"]\nmethod = [\"PUT\"]\nverdict = \"allow\"";

#[test]
fn an_approval_given_under_a_freeze_is_sent_after_the_thaw_to_whoever_still_waits() {
    let house = House::new();
    let tape = Tape::plain();
    let mut wire = house.post(&tape, "/a", "frozen");
    let hold = house.held();
    house.freeze(None);
    house.approve(&hold);
    let kept = house.wait_state(&hold, "armed");
    assert!(kept.frozen && kept.waiting == 1, "{kept:?}");
    // A read goes on.
    let mut reader = house.open();
    reader.send(format!("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", tape.url("/r"), tape.authority()));
    assert_eq!(reader.reply().status, 200);
    assert!(tape.mutations().is_empty(), "nothing while frozen");
    house.thaw(None);
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
    let story: Vec<_> =
        ["decided", "frozen", "thawed", "sending"].map(|event| house.events(event).len()).into();
    assert_eq!(story, [1, 1, 1, 1]);
    house.close(&[&tape]);
}

#[test]
fn an_agent_whose_wait_is_over_is_told_frozen_and_goes_on_by_asking_again() {
    let plan = Plan::new().hold("wait", "\"10s\"");
    let house = House::timeless(plan);
    let tape = Tape::plain();
    let mut wire = house.post(&tape, "/a", "frozen");
    let hold = house.held();
    house.freeze(Some("anonymous"));
    house.approve(&hold);
    house.clock.advance(Duration::from_secs(11));
    let reply = wire.reply();
    reply.assert_problem("approved and frozen", 503, "frozen");
    assert!(reply.head.text("retry-after").is_some());
    assert_eq!(reply.hold().as_deref(), Some(hold.id.as_str()));
    wire.send(post(&tape, "/a", "", "frozen"));
    house.wait_waiting(&hold, 1);
    house.thaw(Some("anonymous"));
    assert_eq!(wire.reply().status, 200);
    assert_eq!(tape.mutations().len(), 1);
    house.close(&[&tape]);
}

#[test]
fn what_a_rule_allows_is_told_frozen_at_once_and_another_agent_is_not() {
    let plan = Plan::new().rule(ALLOW).agent("one", "1").agent("two", "2");
    let house = House::with(plan);
    let tape = Tape::plain();
    let put = |agent: &str| {
        use base64::Engine as _;
        let token = if agent == "one" { "1" } else { "2" };
        let basic = base64::engine::general_purpose::STANDARD.encode(format!("{agent}:{token}"));
        let mut wire = house.open();
        wire.send(format!(
            "PUT {} HTTP/1.1\r\nHost: {}\r\nProxy-Authorization: Basic {basic}\r\nContent-Length: 2\r\n\r\nhi",
            tape.url("/a"),
            tape.authority()
        ));
        wire.reply()
    };
    assert_eq!(put("one").status, 200);
    house.freeze(Some("one"));
    put("one").assert_problem("frozen", 503, "frozen");
    assert_eq!(put("two").status, 200);
    house.thaw(Some("one"));
    house.freeze(None);
    put("two").assert_problem("everybody is frozen", 503, "frozen");
    assert_eq!(tape.mutations().len(), 2);
    house.close(&[&tape]);
}

#[test]
fn a_freeze_survives_a_restart() {
    let plan = Plan::new().rule(ALLOW);
    let mut house = House::with(plan.clone());
    let tape = Tape::plain();
    house.freeze(None);
    house.restart(&plan);
    let mut wire = house.open();
    let put =
        format!("PUT {} HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\n\r\n", tape.url("/a"), tape.authority());
    wire.send(put.clone());
    wire.reply().assert_problem("after the restart", 503, "frozen");
    tape.assert_empty("frozen");
    house.thaw(None);
    let mut wire = house.open();
    wire.send(put);
    assert_eq!(wire.reply().status, 200);
    house.close(&[&tape]);
}

#[test]
fn the_file_freezes_everybody_for_as_long_as_it_is_there() {
    let plan = Plan::new().rule(ALLOW);
    let mut house = House::with(plan.clone());
    let tape = Tape::plain();
    let file = house.dir().join("state/freeze");
    std::fs::write(&file, "the mail server is on fire\n").expect("the directory is ours");
    let put =
        format!("PUT {} HTTP/1.1\r\nHost: {}\r\nContent-Length: 0\r\n\r\n", tape.url("/a"), tape.authority());
    let ask = |house: &House| {
        let mut wire = house.open();
        wire.send(put.clone());
        wire.reply()
    };
    ask(&house).assert_problem("the file is there", 503, "frozen");
    let freezes = house.wait(house.running().desk().freezes());
    assert_eq!(
        (freezes[0].by.as_str(), freezes[0].reason.as_deref()),
        ("file", Some("the mail server is on fire"))
    );
    house.restart(&plan);
    ask(&house).assert_problem("still there", 503, "frozen");
    tape.assert_empty("frozen");
    std::fs::remove_file(&file).expect("it is ours");
    wait::until_true("the end of the freeze", || !house.running().desk().is_frozen("anonymous"));
    assert_eq!(house.events("thawed").len(), 1);
    assert_eq!(ask(&house).status, 200);
    house.close(&[&tape]);
}

/// SPEC section 7: no release starts after `freeze` has returned. Many agents, half of them under a rule and half of
/// them approved one by one, with a freeze somewhere in the middle of it, many times over.
#[test]
fn with_many_releases_in_flight_none_begins_after_the_freeze_has_returned() {
    let plan = Plan::new().rule(ALLOW).set("breaker", "mutations", "100000");
    let house = Arc::new(House::with(plan));
    let tape = Tape::plain();
    let (late, frozen) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
    let (seen_late, is_frozen) = (Arc::clone(&late), Arc::clone(&frozen));
    // What was written before the freeze may be read a moment after it: see `settled`.
    tape.answer(move |request| {
        if is_frozen.load(Ordering::SeqCst) {
            seen_late.fetch_add(1, Ordering::SeqCst);
        }
        ok(request)
    });
    let (done, refused) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let agents: Vec<_> = (0..8)
        .map(|number| {
            let (house, done, refused) = (Arc::clone(&house), Arc::clone(&done), Arc::clone(&refused));
            let (url, authority) = (tape.url(&format!("/{number}")), tape.authority());
            let verb = if number % 2 == 0 { "PUT" } else { "POST" };
            std::thread::spawn(move || {
                let mut round = 0;
                while !done.load(Ordering::SeqCst) {
                    round += 1;
                    let mut wire = house.open();
                    let length = format!("{round}").len();
                    wire.send(format!(
                        "{verb} {url} HTTP/1.1\r\nHost: {authority}\r\nContent-Length: {length}\r\n\r\n{round}"
                    ));
                    let reply = wire.reply();
                    assert!(matches!(reply.status, 200 | 503), "{reply:?}");
                    refused.fetch_add(usize::from(reply.status == 503), Ordering::SeqCst);
                }
            })
        })
        .collect();
    // The approver stays until the last agent has its answer.
    let nobody_asks = Arc::new(AtomicBool::new(false));
    let (approver, stop) = (Arc::clone(&house), Arc::clone(&nobody_asks));
    let approves = std::thread::spawn(move || {
        while !stop.load(Ordering::SeqCst) {
            for hold in approver.holds_in("held") {
                let _ = approver.decide(vec![decision(&hold, Choice::Approve, "ada")]);
            }
        }
    });
    let started = Instant::now();
    let mut sent = 0;
    for round in 0..10 {
        wait::until_true("more releases", || tape.mutations().len() > sent + 10);
        house.freeze(None);
        settled(&tape);
        frozen.store(true, Ordering::SeqCst);
        let before = tape.mutations().len();
        // Everybody asks at least once more in this time, and nothing comes.
        let before_that = refused.load(Ordering::SeqCst);
        wait::until_true("agents to be refused", || refused.load(Ordering::SeqCst) > before_that + 8);
        assert_eq!(tape.mutations().len(), before, "round {round}");
        assert_eq!(late.load(Ordering::SeqCst), 0, "round {round}");
        frozen.store(false, Ordering::SeqCst);
        sent = before;
        house.thaw(None);
    }
    eprintln!("{sent} mutations, 10 freezes, {:?}", started.elapsed());
    done.store(true, Ordering::SeqCst);
    for agent in agents {
        agent.join().expect("no panic");
    }
    nobody_asks.store(true, Ordering::SeqCst);
    approves.join().expect("no panic");
    let house = Arc::into_inner(house).expect("the threads are gone");
    house.close(&[&tape]);
}

/// What was written before the freeze has been read by now: nothing new on any connection at so many looks in a row.
fn settled(tape: &Tape) {
    let bytes = || tape.connections().iter().map(|connection| connection.bytes.len()).sum::<usize>();
    let (mut before, mut quiet) = (bytes(), 0);
    wait::until_true("the upstream to have read what was sent", || {
        let now = bytes();
        quiet = if now == before { quiet + 1 } else { 0 };
        before = now;
        quiet > 25
    });
}
