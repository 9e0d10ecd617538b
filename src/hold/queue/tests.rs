//! What neither the desk nor the simulation reaches: bounds that are large, and clocks that were moved.

use std::time::Duration;

use bytes::Bytes;

use super::simulation::Numbers;
use super::*;
use crate::clock::Wall;
use crate::config::{Keepalive, OnDisconnect};
use crate::hold::facts::{Course, Facts};
use crate::hold::{Choice, Decision, Refused, Scope};
use crate::origin::{Host, Origin, Scheme};
use crate::snapshot::{Digest, Head};

const START: Now = Now { mono: Moment(5_000_000), wall: Wall(1_800_000_000_000) };

fn limits_of(max_pending: usize) -> Limits {
    Limits {
        wait: Duration::from_secs(50),
        timeout: Duration::from_secs(1800),
        armed: Duration::from_secs(900),
        remember: Duration::from_secs(600),
        max_pending,
        max_pending_per_agent: max_pending,
        max_body: 1,
        max_spool: 1,
        on_disconnect: OnDisconnect::Arm,
        keepalive: Keepalive::Off,
        retry_ignores: Vec::new(),
    }
}

fn queue(max_pending: usize) -> Queue {
    Queue::new(limits_of(max_pending), crate::config::Config::default().breaker, Box::new(Numbers(0)))
}

fn head(bytes: usize) -> Head {
    Head {
        method: "POST".to_owned(),
        origin: Origin::new(Scheme::Https, Host::parse("a.example").unwrap(), None),
        target: "/".to_owned(),
        fields: vec![("x".to_owned(), Bytes::from(vec![b'x'; bytes]))],
    }
}

fn facts() -> Facts {
    Facts {
        code: "K7QX".to_owned(),
        agent: "a".to_owned(),
        source: "192.0.2.1".to_owned(),
        advisory: false,
        http_version: "HTTP/1.1".to_owned(),
        effect: "write".to_owned(),
        dialect: "http".to_owned(),
        operation: "POST".to_owned(),
        rule: "r".to_owned(),
        why: Vec::new(),
        timeout_ms: 1_800_000,
        created_at: START.wall.0,
        address: None,
        grantable: Some(Scope::Operation),
    }
}

fn arrival(number: u64, head: Head) -> Arrival {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&number.to_be_bytes());
    Arrival {
        attempt: AttemptId(number),
        key: Key(key),
        digest: Digest::of(&head, 0, &[0; 32]),
        head: std::sync::Arc::new(head),
        body_len: 0,
        facts: facts(),
        retry: false,
        idempotent: false,
        at: START.mono,
        approvers: None,
        owner: None,
    }
}

/// Lets a request arrive; its hold, or why not.
fn arrive(queue: &mut Queue, number: u64, head: Head) -> Result<HoldId, Refused> {
    let orders = queue.handle(START, Event::Arrive(Box::new(arrival(number, head)))).unwrap();
    orders
        .into_iter()
        .find_map(|order| match order {
            Order::Place { hold, .. } => Some(Ok(hold)),
            Order::Refuse { refused, .. } => Some(Err(refused)),
            _ => None,
        })
        .expect("placed or refused at once")
}

fn deny(hold: HoldId) -> Event {
    let by = crate::hold::Who::named("ops");
    Event::Decide(vec![Decision { hold, choice: Choice::Deny, digest: None, reason: None, by, grant: None }])
}

#[test]
fn the_heads_in_memory_have_a_bound_and_what_would_pass_it_is_refused() {
    let mut queue = queue(100_000);
    let large = head(8 * 1024 * 1024 - 80);
    let each = entry::head_bytes(&large);
    let fit = (limits::QUEUE_HEAD_BYTES_MAX / each) as u64;
    for number in 0..fit {
        assert!(arrive(&mut queue, number, large.clone()).is_ok(), "{number} of {fit}");
    }
    assert_eq!(arrive(&mut queue, fit, large), Err(Refused::QueueFull));
}

#[test]
fn ended_holds_have_a_bound_the_oldest_that_nobody_can_come_for_goes_first_and_others_stay() {
    let mut queue = queue(100_000);
    let first = arrive(&mut queue, 0, head(1)).unwrap();
    queue.handle(START, deny(first)).unwrap();
    // The first one's answer is delivered, all others' are owed.
    queue.handle(START, Event::Delivered(AttemptId(0))).unwrap();
    for number in 1..limits::ENDED_MAX as u64 {
        let hold = arrive(&mut queue, number, head(1)).unwrap();
        queue.handle(START, deny(hold)).unwrap();
        queue.handle(START, Event::Left(AttemptId(number))).unwrap();
    }
    assert!(queue.hold(first).is_some());
    assert!(arrive(&mut queue, 1 << 40, head(1)).is_ok());
    assert!(queue.hold(first).is_none(), "made room");
    let last = queue.holds(None).last().unwrap().id;
    queue.handle(START, deny(last)).unwrap();
    assert_eq!(
        arrive(&mut queue, 1 << 41, head(1)),
        Err(Refused::QueueFull),
        "owed answers are not forgotten"
    );
}

fn stored(state: &str, course: Course) -> Restored {
    let head = head(1);
    Restored {
        id: HoldId(uuid::Uuid::from_u128(1)),
        state: state.to_owned(),
        unrecorded: false,
        key: Key([1; 32]),
        digest: Digest::of(&head, 0, &[0; 32]),
        head: std::sync::Arc::new(head),
        body_len: 0,
        facts: facts(),
        course,
    }
}

fn restored(now: Now, state: &str, course: Course) -> Queue {
    let mut queue = queue(10);
    queue.restore(now, vec![stored(state, course)], Vec::new()).unwrap();
    queue
}

/// CASES HI-26: the wall clock, which anybody may set, makes no wait longer than it was at first.
#[test]
fn a_clock_that_was_moved_back_keeps_nothing_alive_for_longer() {
    let back = Now { mono: Moment(1_000), wall: Wall(START.wall.0 - 365 * 24 * 3600 * 1000) };
    let deadline = START.wall.0 + 1_800_000;
    let held = restored(back, "held", Course { deadline, ..Course::default() });
    assert_eq!(held.next_deadline(), Some(back.mono.after(Duration::from_secs(1800))));
    let ended = Course { ended_at: Some(START.wall.0), owed: true, whole: true, ..Course::default() };
    let denied = restored(back, "denied", ended);
    assert_eq!(denied.next_deadline(), Some(back.mono.after(Duration::from_secs(600))));
}

#[test]
fn a_clock_that_was_moved_on_leaves_five_minutes_to_decide() {
    let on = Now { mono: Moment(1_000), wall: Wall(START.wall.0 + 365 * 24 * 3600 * 1000) };
    let held = restored(on, "held", Course { deadline: START.wall.0, ..Course::default() });
    assert_eq!(held.next_deadline(), Some(on.mono.after(limits::RESTART_GRACE)));
}

#[test]
fn an_undecided_hold_keeps_its_deadline_over_a_restart() {
    let later = Now { mono: Moment(1_000), wall: Wall(START.wall.0 + 600_000) };
    let deadline = START.wall.0 + 1_800_000;
    let held = restored(later, "held", Course { deadline, ..Course::default() });
    assert_eq!(held.next_deadline(), Some(later.mono.after(Duration::from_secs(1200))));
    assert_eq!(held.holds(None).next().unwrap().course.deadline, deadline);
}

#[test]
fn a_state_that_nobody_knows_is_an_error_and_not_a_guess() {
    let mut queue = queue(10);
    assert!(queue.restore(START, vec![stored("blessed", Course::default())], Vec::new()).is_err());
    assert!(queue.restore(START, vec![stored("done", Course::default())], Vec::new()).is_err());
}

/// SPEC P4: who decided is on record also where a crash came between the database and the log, or two did.
#[test]
fn a_decision_whose_record_may_be_lost_is_put_on_record_again() {
    let mut said = queue(10);
    let hold = arrive(&mut said, 1, head(1)).unwrap();
    said.handle(START, deny(hold)).unwrap();
    let course = said.hold(hold).unwrap().course.clone();
    for (unrecorded, expected) in [(true, vec!["ops deny", "ended"]), (false, vec![])] {
        let mut hold = stored("denied", course.clone());
        hold.unrecorded = unrecorded;
        let orders = queue(10).restore(START, vec![hold], Vec::new()).unwrap();
        let saved = orders.iter().any(|order| matches!(order, Order::Save { from: "denied", .. }));
        assert_eq!(saved, unrecorded, "the row belongs to the turn that puts it on record");
        let records = orders.into_iter().filter_map(|order| match order {
            Order::Record { note: Note::Decided { approver, choice, again: true, .. }, .. } => {
                Some(format!("{approver} {choice}"))
            }
            Order::Record { note: Note::Ended { again: true, .. }, .. } => Some("ended".to_owned()),
            _ => None,
        });
        assert_eq!(records.collect::<Vec<_>>(), expected);
    }
}

/// The agent can have its whole answer, and ask for the same once more, before the end of the first has come here.
#[test]
fn the_same_request_after_a_delivery_is_a_new_hold_also_while_the_first_has_not_ended_here() {
    let mut queue = queue(10);
    let hold = arrive(&mut queue, 1, head(1)).unwrap();
    let digest = queue.hold(hold).map(|entry| entry.digest);
    let by = crate::hold::Who::named("ops");
    let approve = Decision { hold, choice: Choice::Approve, digest, reason: None, by, grant: None };
    queue.handle(START, Event::Decide(vec![approve])).unwrap();
    queue.handle(START, Event::Sending(hold, 1)).unwrap();
    let mut again = arrival(2, head(1));
    again.key = queue.hold(hold).unwrap().key;
    queue.handle(START, Event::Arrive(Box::new(again))).unwrap();
    let orders = queue.handle(START, Event::Delivered(AttemptId(1))).unwrap();
    let placed = orders.iter().find_map(|order| match order {
        Order::Place { hold, .. } => Some(*hold),
        _ => None,
    });
    assert!(placed.is_some_and(|other| other != hold), "{orders:?}");
    let sent = Sent::Answered { status: 200, kept: true };
    let orders = queue.handle(START, Event::Ended(hold, 1, sent)).unwrap();
    let told = orders.iter().any(|order| matches!(order, Order::Fetch { .. } | Order::Tell { .. }));
    assert!(!told, "nobody else gets the first one's answer: {orders:?}");
}

#[test]
fn an_end_whose_record_may_be_lost_is_put_on_record_again() {
    let ended = Course { ended_at: Some(START.wall.0), ..Course::default() };
    for (unrecorded, expected) in [(true, 1), (false, 0)] {
        let mut hold = stored("denied", ended.clone());
        hold.unrecorded = unrecorded;
        let orders = queue(10).restore(START, vec![hold], Vec::new()).unwrap();
        let records = orders.iter().filter(|order| matches!(order, Order::Record { .. })).count();
        assert_eq!(records, expected);
    }
}

/// Requests are numbered before they reach the keeper, so that a later number may come first.
#[test]
fn two_that_knock_in_the_same_millisecond_are_both_let_in_when_their_grace_is_over() {
    let mut queue = queue(10);
    let like = |attempt: u64| Arrival { attempt: AttemptId(attempt), ..arrival(1, head(1)) };
    for attempt in [1, 3, 2] {
        queue.handle(START, Event::Arrive(Box::new(like(attempt)))).unwrap();
    }
    let later = Now { mono: START.mono.after(limits::JOIN_GRACE), ..START };
    let orders = queue.handle(later, Event::Tick).unwrap();
    let placed = orders.iter().filter(|order| matches!(order, Order::Insert { .. })).count();
    assert_eq!(placed, 2, "each has a hold of its own");
}

/// SPEC P4: that a person changed the request is on record also where a crash came between the database and the log.
#[test]
fn an_edit_whose_record_may_be_lost_is_put_on_record_again() {
    let original = format!("sha256:{}", "0".repeat(64));
    let edited =
        crate::hold::EditedView { by: "ana".to_owned(), at: String::new(), original: original.clone() };
    for (unrecorded, expected) in [(true, 1), (false, 0)] {
        let deadline = START.wall.0 + 1_800_000;
        let mut hold = stored("held", Course { deadline, edited: Some(edited.clone()), ..Course::default() });
        hold.unrecorded = unrecorded;
        let orders = queue(10).restore(START, vec![hold], Vec::new()).unwrap();
        let again = orders.iter().filter(|order| {
            matches!(order, Order::Record { note: Note::Edited { original: named, again: true, .. }, .. } if *named == original)
        });
        assert_eq!(again.count(), expected);
    }
}
