//! Crashes: the real binary kills itself at each named point between two steps, and is started again. Afterwards
//! the upstream's tape and the audit log must tell the same story: nothing unapproved, nothing twice, nothing
//! missing (CASES HI-13, 14, 15, 34, AU-08). `HOLDPOINT_KILL_LOOPS` says how often.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::binary::Server;
use crate::listing;
use crate::oracle;
use crate::person::post;
use crate::plan::Plan;
use crate::raw::Wire;
use crate::reply::Reply;
use crate::tape::Tape;
use crate::wait;

/// Every point, and whether the request may have an unknown outcome after it: from the record on it cannot be
/// known whether a byte has left.
const POINTS: [(&str, bool); 19] = [
    ("held.before_store", false),
    ("held.after_store", false),
    ("held.after_audit", false),
    ("decided.before_store", false),
    // The decision and the start of what it releases share a commit.
    ("decided.after_store", true),
    ("decided.after_audit", true),
    ("sending.before_store", false),
    ("sending.after_store", true),
    ("sending.after_audit", true),
    ("send.before_first_byte", true),
    ("send.after_head", true),
    ("send.after_body", true),
    ("ended.before_store", true),
    ("ended.after_store", true),
    ("ended.after_audit", true),
    ("audit.before_write", true),
    ("audit.after_write", true),
    ("audit.after_sync", true),
    ("store.before_commit", true),
];

/// Loops that are run at the same time, each with a Holdpoint of its own.
const LANES: usize = 4;

#[test]
fn killed_between_any_two_steps_it_sends_nothing_twice_and_nothing_unapproved() {
    let loops: usize = std::env::var("HOLDPOINT_KILL_LOOPS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(POINTS.len() * 2);
    let next = AtomicUsize::new(0);
    let survived = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                let numbers = || Some(next.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < loops);
                while let Some(number) = numbers() {
                    let (point, died) = one_loop(number);
                    survived.lock().unwrap().extend((!died).then_some(point));
                }
            });
        }
    });
    let survived = survived.into_inner().unwrap();
    println!("{loops} loops, {} of them died at their fail point", loops - survived.len());
    // How many batches are written before the end is a matter of time; every other point is reached.
    let missed: Vec<&String> = survived.iter().filter(|point| !is_counted(point)).collect();
    assert!(missed.is_empty(), "these fail points were not reached: {missed:?}");
    assert!(survived.len() * 4 <= loops, "too few loops reached their fail point: {survived:?}");
}

/// Points of the writers' threads, which are reached once for each batch: any of the first seven is meant.
fn is_counted(point: &str) -> bool {
    point.starts_with("audit.") || point.starts_with("store.")
}

/// Kills, restarts, lets the agent ask again until it knows. Says which fail point it was, and whether it was reached.
fn one_loop(number: usize) -> (String, bool) {
    let (point, may_be_unknown) = POINTS[number % POINTS.len()];
    let hit = if is_counted(point) { 1 + (number / POINTS.len()) % 7 } else { 1 };
    let case = format!("loop {number}, {point}:{hit}");
    let mut server = Server::prepare(&Plan::new());
    let tape = Tape::plain();
    // Every third request is large enough for the spool.
    let body = format!("{case} {}", "x".repeat(if number.is_multiple_of(3) { 40_000 } else { 10 }));

    let named = format!("{point}:{hit}");
    server.run(Some(&named));
    let first = if server.try_ready() { ask(&mut server, &tape, &body) } else { None };
    let died = reached(&mut server);
    server.kill();
    server.run(None);
    server.ready();
    let mut answer = first.filter(is_final);
    for _ in 0..10 {
        if answer.is_none() {
            answer = ask(&mut server, &tape, &body).filter(is_final);
        }
    }
    judge(&case, may_be_unknown, answer.as_ref(), &tape);
    assert!(server.terminate(), "{case}: {}", server.log_text());
    if died && may_be_unknown {
        tape.excuse_a_body_cut_short();
    }
    server.check(&[&tape]);
    oracle::all_ended(&server.records());
    (named, died)
}

/// Whether the process has died of its fail point: what comes after the agent's answer may still be under way, and
/// a killed process is not gone at once.
fn reached(server: &mut Server) -> bool {
    let deadline = Instant::now() + Duration::from_millis(500);
    while Instant::now() < deadline && !server.dead() {
        std::thread::park_timeout(Duration::from_millis(5));
    }
    server.dead()
}

/// The agent asks once, and a person releases whatever is held meanwhile.
fn ask(server: &mut Server, tape: &Tape, body: &str) -> Option<Reply> {
    let proxy = server.proxy();
    let message = post(tape, "/pay", "", body);
    let agent = std::thread::spawn(move || {
        let mut wire = Wire::try_open(proxy).ok()?;
        wire.try_send(message.as_bytes()).ok()?;
        wire.try_reply(false).ok().flatten()
    });
    wait::until("the agent's answer", || {
        if agent.is_finished() {
            return Some(());
        }
        for hold in listing::holds(&server.socket(), "held").unwrap_or_default() {
            // The process may die under this; then the next start finds what was decided.
            server.cli(&["approve", &format!("{}@{}", hold.id, hold.digest)]);
        }
        None
    });
    agent.join().expect("the agent does not panic")
}

fn is_final(reply: &Reply) -> bool {
    reply.status == 200 || reply.code() == "outcome_unknown"
}

fn judge(case: &str, may_be_unknown: bool, answer: Option<&Reply>, tape: &Tape) {
    let arrived = tape.mutations().len();
    let answer = answer.unwrap_or_else(|| panic!("{case}: the agent was never told"));
    match (answer.status, answer.code().as_str()) {
        (200, _) => assert_eq!(arrived, 1, "{case}"),
        (_, "outcome_unknown") => {
            assert!(may_be_unknown, "{case}: nothing was sent yet, so nothing is unknown");
            assert!(arrived <= 1, "{case}: sent {arrived} times");
        }
        other => panic!("{case}: {other:?}"),
    }
}
