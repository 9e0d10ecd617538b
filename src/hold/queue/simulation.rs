//! The queue under thousands of random histories, beside a model that knows only what was ordered and answered. After
//! each event the promises are looked at: nothing is released that nobody approved, one approval opens at most one
//! sending, every attempt gets its place or its refusal once, bounds hold, and a restart at any point from what was
//! stored by then keeps all of it.
//!
//! `HOLDPOINT_SEED=N` runs one seed alone; a failure prints its seed.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::clock::Wall;
use crate::config::OnDisconnect;
use crate::hold::facts::{Course, Facts};
use crate::hold::{Choice, Decision, Refused};
use crate::origin::{Host, Origin, Scheme};
use crate::snapshot::{Digest, Head};

const SEEDS: u64 = 3000;
const EVENTS: usize = 250;

#[test]
fn the_promises_hold_in_every_history() {
    let seeds = match std::env::var("HOLDPOINT_SEED").ok().and_then(|seed| seed.parse().ok()) {
        Some(seed) => seed..seed + 1,
        None => 0..SEEDS,
    };
    let mut seen = HashSet::new();
    for seed in seeds.clone() {
        let run = std::panic::catch_unwind(|| {
            let mut world = World::new(seed);
            for _ in 0..EVENTS {
                world.step();
            }
            world.seen
        });
        match run {
            Ok(states) => seen.extend(states),
            Err(cause) => {
                eprintln!("HOLDPOINT_SEED={seed}");
                std::panic::resume_unwind(cause);
            }
        }
    }
    if seeds.end - seeds.start > 1 {
        let all = [
            "held",
            "approved",
            "armed",
            "forwarding",
            "done",
            "failed",
            "outcome_unknown",
            "denied",
            "expired",
            "cancelled",
        ];
        for state in all {
            assert!(seen.contains(state), "no history came to {state}: the simulation has grown blind");
        }
    }
}

/// Small, fast, and the same everywhere (Marsaglia's xorshift).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        (!from.is_empty()).then(|| from[self.below(from.len())])
    }
}

struct Numbers(u128);

impl Mint for Numbers {
    fn id(&mut self) -> HoldId {
        self.0 += 1;
        HoldId(uuid::Uuid::from_u128(self.0))
    }

    fn dice(&mut self) -> u32 {
        self.0 as u32
    }
}

/// A row as it would be on disk.
#[derive(Clone)]
struct Stored {
    state: &'static str,
    key: Key,
    digest: Digest,
    facts: Facts,
    course: Course,
}

/// What an attempt's own side knows.
#[derive(Default)]
struct Client {
    placed: usize,
    refused: usize,
    tickets: usize,
    ends: usize,
    /// Carried a release whose end its own side saw.
    carried: bool,
    gone: bool,
}

impl Client {
    fn has_an_answer(&self) -> bool {
        self.ends > 0 || self.carried
    }
}

struct World {
    chance: Chance,
    now: Now,
    limits: Limits,
    queue: Queue,
    disk: HashMap<HoldId, Stored>,
    resting: HashMap<String, i64>,
    clients: HashMap<AttemptId, Client>,
    /// Approvals that are out, with whether they are being sent.
    out: Vec<(HoldId, u64, Digest, Option<AttemptId>, bool)>,
    /// Times each hold was approved by a person since the last denial, restart or stricter rule; times it was sent.
    approved: HashSet<HoldId>,
    sent: HashMap<HoldId, usize>,
    unsent: HashMap<HoldId, usize>,
    next_attempt: u64,
    next_id: u128,
    seen: HashSet<&'static str>,
    draining: bool,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut chance = Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..8 {
            chance.next();
        }
        let modes = [OnDisconnect::Arm, OnDisconnect::Cancel, OnDisconnect::Forward];
        let limits = Limits {
            wait: Duration::from_secs(5),
            timeout: Duration::from_secs(60),
            armed: Duration::from_secs(30),
            remember: Duration::from_secs(40),
            max_pending: 6,
            max_pending_per_agent: 4,
            max_body: 1,
            max_spool: 1,
            on_disconnect: modes[chance.below(3)],
            retry_ignores: Vec::new(),
        };
        let now = Now { mono: Moment(1_000_000), wall: Wall(1_800_000_000_000) };
        Self {
            queue: Queue::new(limits.clone(), Box::new(Numbers(0))),
            chance,
            now,
            limits,
            disk: HashMap::new(),
            resting: HashMap::new(),
            clients: HashMap::new(),
            out: Vec::new(),
            approved: HashSet::new(),
            sent: HashMap::new(),
            unsent: HashMap::new(),
            next_attempt: 0,
            next_id: 1_000_000,
            seen: HashSet::new(),
            draining: false,
        }
    }

    fn step(&mut self) {
        match self.chance.below(100) {
            0..=29 => self.arrive(),
            30..=39 => self.leave(),
            40..=44 => self.deliver(),
            45..=62 => self.decide(),
            63..=72 => self.send(),
            73..=80 => self.end(),
            81..=97 => self.pass_time(),
            98 => match self.chance.below(3) {
                0 => self.drain(),
                _ => self.crash(),
            },
            _ => self.abandon(),
        }
        self.check();
    }

    /// Hands in a tick and the event, and carries the orders out.
    fn tell(&mut self, event: Event) -> Result<(), Refusal> {
        let due = self.queue.handle(self.now, Event::Tick).expect("a tick is always taken");
        self.carry_out(due);
        let before: Vec<_> = self.queue.holds(None).map(|entry| (entry.id, entry.state.clone())).collect();
        match self.queue.handle(self.now, event) {
            Ok(orders) => {
                self.carry_out(orders);
                Ok(())
            }
            Err(refusal) => {
                let after: Vec<_> =
                    self.queue.holds(None).map(|entry| (entry.id, entry.state.clone())).collect();
                assert_eq!(before, after, "a refused event changes nothing");
                Err(refusal)
            }
        }
    }

    fn carry_out(&mut self, orders: Vec<Order>) {
        for order in orders {
            match order {
                Order::Insert { hold, .. } => {
                    let entry = self.queue.hold(hold).expect("an inserted hold is there");
                    let stored = Stored {
                        state: "held",
                        key: entry.key,
                        digest: entry.digest,
                        facts: entry.facts.clone(),
                        course: entry.course.clone(),
                    };
                    let twin = self.disk.values().any(|row| {
                        row.facts.code == stored.facts.code
                            && matches!(row.state, "held" | "approved" | "armed")
                    });
                    assert!(!twin, "two pending holds have one code");
                    assert!(!self.resting.contains_key(&stored.facts.code), "a resting code was given");
                    assert!(self.disk.insert(hold, stored).is_none());
                    self.seen.insert("held");
                }
                Order::Save { hold, from, to, course } => {
                    let row = self.disk.get_mut(&hold).expect("only what is stored is moved");
                    assert_eq!(row.state, from, "compare and set");
                    row.state = to;
                    row.course = *course;
                    self.seen.insert(to);
                    if to == "held" || to == "denied" {
                        self.approved.remove(&hold);
                    }
                }
                Order::Strip { hold, state, course } => {
                    let row = self.disk.get_mut(&hold).expect("only what is stored is stripped");
                    assert_eq!(row.state, state);
                    assert!(row.course.whole, "stripped once");
                    row.course = *course;
                }
                Order::Erase { hold, state, code, until } => {
                    let row = self.disk.remove(&hold).expect("only what is stored is erased");
                    assert_eq!(row.state, state);
                    assert_eq!(row.facts.code, code);
                    self.resting.insert(code, until);
                }
                Order::Record { hold, .. } => {
                    assert!(self.disk.contains_key(&hold), "what is on record is stored");
                }
                Order::Place { attempt, hold } => {
                    assert!(self.disk.contains_key(&hold));
                    self.client(attempt).placed += 1;
                }
                Order::Refuse { attempt, refused } => {
                    let expected = if self.draining { Refused::Restarting } else { Refused::QueueFull };
                    assert_eq!(refused, expected);
                    self.client(attempt).refused += 1;
                }
                Order::Tell { attempt, ended } => self.told(attempt, ended),
                Order::Fetch { attempt, hold, .. } => {
                    let row = &self.disk[&hold];
                    assert!(
                        row.state == "done" && row.course.kept && row.course.whole,
                        "the answer is there"
                    );
                    self.end_of(attempt);
                }
                Order::Orphan(approval) => {
                    assert_eq!(self.limits.on_disconnect, OnDisconnect::Forward);
                    self.released(approval, None);
                }
            }
        }
    }

    fn client(&mut self, attempt: AttemptId) -> &mut Client {
        self.clients.get_mut(&attempt).expect("only those who came are told")
    }

    fn told(&mut self, attempt: AttemptId, ended: Ended) {
        assert!(!self.client(attempt).gone, "the queue knows who has gone");
        match ended {
            Ended::Released(approval) => self.released(approval, Some(attempt)),
            Ended::Ticket => self.client(attempt).tickets += 1,
            Ended::Answer(_) => panic!("the queue has no answers"),
            _ => self.end_of(attempt),
        }
    }

    fn end_of(&mut self, attempt: AttemptId) {
        let client = self.client(attempt);
        client.ends += 1;
        assert_eq!((client.ends, client.tickets), (1, 0), "told twice");
    }

    /// The one who carried a release is answered by its caller.
    fn carried(&mut self, carrier: Option<AttemptId>) {
        if let Some(client) = carrier.and_then(|carrier| self.clients.get_mut(&carrier)) {
            client.carried = true;
        }
    }

    fn released(&mut self, approval: Approval, carrier: Option<AttemptId>) {
        let hold = approval.hold();
        assert!(self.approved.contains(&hold), "released without an approval");
        assert_eq!(self.disk[&hold].state, "approved", "stored before it is told");
        assert_eq!(self.disk[&hold].digest, approval.digest());
        self.out.push((hold, approval.release(), approval.digest(), carrier, false));
    }

    fn arrive(&mut self) {
        let attempt = AttemptId(self.next_attempt);
        self.next_attempt += 1;
        let kind = self.chance.below(4) as u8;
        let agent = ["a", "b"][usize::from(kind) % 2];
        let head = Head {
            method: "POST".to_owned(),
            origin: Origin::new(Scheme::Https, Host::parse("a.example").unwrap(), None),
            target: format!("/{kind}"),
            fields: Vec::new(),
        };
        let facts = Facts {
            code: String::new(),
            agent: agent.to_owned(),
            source: "192.0.2.1".to_owned(),
            advisory: false,
            http_version: "HTTP/1.1".to_owned(),
            effect: "write".to_owned(),
            dialect: "http".to_owned(),
            operation: "POST".to_owned(),
            rule: "r".to_owned(),
            why: Vec::new(),
            timeout_ms: 60_000,
            created_at: 0,
            address: None,
        };
        let arrival = Arrival {
            attempt,
            key: Key([kind; 32]),
            digest: Digest::of(&head, 0, &[0; 32]),
            head: Arc::new(head),
            body_len: 0,
            facts,
            retry: self.chance.below(6) == 0,
            // Requests with and without the field are never the same, so it belongs to the kind.
            idempotent: kind == 3,
            at: self.now.mono,
        };
        self.clients.insert(attempt, Client::default());
        self.tell(Event::Arrive(Box::new(arrival))).expect("an arrival is always taken");
    }

    fn present(&self) -> Vec<AttemptId> {
        let mut present: Vec<_> =
            self.clients.iter().filter(|(_, client)| !client.gone).map(|(attempt, _)| *attempt).collect();
        present.sort();
        present
    }

    fn leave(&mut self) {
        let Some(attempt) = self.chance.pick(&self.present()) else { return };
        // The agent has gone before the queue hears of it; what was due by then is still told.
        self.tell(Event::Tick).expect("a tick is always taken");
        self.tell(Event::Left(attempt)).expect("a departure is always taken");
        self.client(attempt).gone = true;
    }

    fn deliver(&mut self) {
        let answered: Vec<_> =
            self.present().into_iter().filter(|attempt| self.clients[attempt].has_an_answer()).collect();
        let Some(attempt) = self.chance.pick(&answered) else { return };
        self.tell(Event::Tick).expect("a tick is always taken");
        self.tell(Event::Delivered(attempt)).expect("a delivery is always taken");
        self.client(attempt).gone = true;
    }

    fn decide(&mut self) {
        let mut holds: Vec<_> = self.disk.keys().copied().collect();
        holds.sort();
        let count = 1 + self.chance.below(3);
        let mut batch = Vec::new();
        for _ in 0..count {
            let Some(hold) = self.chance.pick(&holds) else { return };
            let choice = if self.chance.below(3) == 0 { Choice::Deny } else { Choice::Approve };
            let digest = match self.chance.below(12) {
                0 => None,
                1 => Digest::parse(&format!("sha256:{}", "0".repeat(64))),
                _ => Some(self.disk[&hold].digest),
            };
            batch.push(Decision { hold, choice, digest, reason: None, approver: "p".to_owned() });
        }
        // An approval counts for the model only where the batch is taken and the hold was undecided.
        let due = self.queue.handle(self.now, Event::Tick).expect("a tick is always taken");
        self.carry_out(due);
        let fresh: Vec<_> = batch
            .iter()
            .filter(|decision| {
                decision.choice == Choice::Approve && self.disk[&decision.hold].state == "held"
            })
            .map(|decision| decision.hold)
            .collect();
        let before = self.approved.clone();
        let named = batch.iter().all(|decision| {
            decision.choice == Choice::Deny || decision.digest == Some(self.disk[&decision.hold].digest)
        });
        self.approved.extend(fresh);
        match self.tell(Event::Decide(batch)) {
            Ok(()) => assert!(named, "an approval without the right digest was taken"),
            Err(_) => self.approved = before,
        }
    }

    fn send(&mut self) {
        if self.out.is_empty() {
            return;
        }
        let index = self.chance.below(self.out.len());
        let (hold, release, digest, carrier, sending) = self.out[index];
        if sending {
            return;
        }
        if self.chance.below(8) == 0 {
            self.out.remove(index);
            let event = match self.chance.below(3) {
                0 => Event::Failed(hold, release, "tampered".to_owned()),
                1 => Event::Reconsider(hold, release, "stricter".to_owned()),
                _ => Event::Unsent(hold, release, "no route".to_owned()),
            };
            if !matches!(event, Event::Reconsider(..)) {
                self.carried(carrier);
            }
            return self.tell(event).expect("a report is always taken");
        }
        let due = self.queue.handle(self.now, Event::Tick).expect("a tick is always taken");
        self.carry_out(due);
        let state = self.disk.get(&hold).map(|row| row.state);
        match self.tell(Event::Sending(hold, release)) {
            Ok(()) => {
                assert_eq!(state, Some("approved"));
                assert_eq!(self.disk[&hold].state, "forwarding", "stored before the first byte");
                assert!(self.approved.contains(&hold), "sent without an approval");
                assert_eq!(self.disk[&hold].digest, digest);
                *self.sent.entry(hold).or_default() += 1;
                let unsent = self.unsent.get(&hold).copied().unwrap_or(0);
                assert!(self.sent[&hold] - unsent <= 1, "sent twice");
                self.out[index].4 = true;
            }
            Err(_) => {
                self.out.remove(index);
            }
        }
    }

    fn end(&mut self) {
        let sending: Vec<_> = (0..self.out.len()).filter(|index| self.out[*index].4).collect();
        let Some(index) = self.chance.pick(&sending) else { return };
        let (hold, release, _, carrier, _) = self.out.remove(index);
        let event = match self.chance.below(5) {
            0 => {
                *self.unsent.entry(hold).or_default() += 1;
                Event::Unsent(hold, release, "refused".to_owned())
            }
            1 => Event::Ended(hold, release, Sent::Unknown { error: "reset".to_owned() }),
            2 => Event::Ended(hold, release, Sent::Answered { status: 200, kept: false }),
            _ => Event::Ended(hold, release, Sent::Answered { status: 200, kept: true }),
        };
        self.tell(event).expect("a report is always taken");
        self.carried(carrier);
    }

    fn abandon(&mut self) {
        if self.out.is_empty() {
            return;
        }
        let index = self.chance.below(self.out.len());
        let (hold, release, ..) = self.out.remove(index);
        self.tell(Event::Abandoned(hold, release)).expect("a loss is always taken");
    }

    fn pass_time(&mut self) {
        let wait = match self.chance.below(8) {
            0..=2 => 50,
            3..=4 => 260,
            5 => 5_000,
            6 => 31_000,
            _ => 4_000_000,
        };
        let wait = if wait > 100_000 && self.chance.below(6) > 0 { 1_000 } else { wait };
        self.now = Now { mono: Moment(self.now.mono.0 + wait), wall: Wall(self.now.wall.0 + wait as i64) };
        self.tell(Event::Tick).expect("a tick is always taken");
        if let Some(deadline) = self.queue.next_deadline() {
            assert!(deadline > self.now.mono, "a tick does all that is due");
        }
    }

    /// The process is told to stop, and then it does.
    fn drain(&mut self) {
        self.draining = true;
        self.tell(Event::Drain).expect("a drain is always taken");
        for attempt in self.queue.attempts.values() {
            assert!(matches!(attempt.phase, Phase::Carrying | Phase::Told), "nobody waits any more");
        }
        for (hold, release, _, _, sending) in self.out.clone() {
            if !sending {
                let refused = self.tell(Event::Sending(hold, release));
                assert_eq!(refused, Err(Refusal::Release(Refused::Restarting)));
            }
        }
        self.arrive();
        self.check();
        self.draining = false;
        self.crash();
    }

    /// The process dies; another one begins with what is on disk.
    fn crash(&mut self) {
        for client in self.clients.values_mut() {
            client.gone = true;
        }
        for (hold, ..) in self.out.drain(..) {
            self.approved.remove(&hold);
        }
        self.now.mono = Moment(self.now.mono.0 % 7_777);
        self.next_id += 1_000_000;
        self.queue = Queue::new(self.limits.clone(), Box::new(Numbers(self.next_id)));
        let mut rows: Vec<_> = self.disk.iter().map(|(hold, row)| (*hold, row.clone())).collect();
        rows.sort_by_key(|(hold, _)| *hold);
        let before: HashMap<HoldId, &'static str> =
            rows.iter().map(|(hold, row)| (*hold, row.state)).collect();
        let restored = rows
            .into_iter()
            .map(|(id, row)| Restored {
                id,
                state: row.state.to_owned(),
                unrecorded: false,
                key: row.key,
                digest: row.digest,
                head: Arc::new(Head {
                    method: "POST".to_owned(),
                    origin: Origin::new(Scheme::Https, Host::parse("a.example").unwrap(), None),
                    target: "/".to_owned(),
                    fields: Vec::new(),
                }),
                body_len: 0,
                facts: row.facts,
                course: row.course,
            })
            .collect();
        let resting = self.resting.iter().map(|(code, until)| (code.clone(), *until)).collect();
        let orders = self.queue.restore(self.now, restored, resting).expect("what was stored is understood");
        self.carry_out(orders);
        for (hold, state) in before {
            let after = self.disk[&hold].state;
            match state {
                "held" | "approved" | "armed" => assert_eq!(after, "held"),
                "forwarding" => assert_eq!(after, "outcome_unknown"),
                other => assert_eq!(after, other),
            }
        }
        self.approved.clear();
        self.tell(Event::Tick).expect("a tick is always taken");
    }

    fn check(&mut self) {
        let now = self.now.wall.0;
        self.resting.retain(|_, until| *until > now);
        let pending: Vec<_> = self.queue.holds(None).filter(|entry| !entry.state.is_over()).collect();
        assert!(pending.len() <= self.limits.max_pending);
        assert_eq!(pending.len(), self.queue.pending);
        for agent in ["a", "b"] {
            let count = pending.iter().filter(|entry| entry.facts.agent == agent).count();
            assert!(count <= self.limits.max_pending_per_agent);
        }
        assert_eq!(self.queue.holds.len(), self.disk.len(), "the queue and the disk know the same holds");
        for entry in self.queue.holds(None) {
            let row = &self.disk[&entry.id];
            assert_eq!(row.state, entry.state.name());
            assert_eq!(row.course.owed, entry.course.owed);
            if let State::Over(end) = &entry.state {
                assert_eq!((end.owed, end.whole), (entry.course.owed, entry.course.whole));
                let needed = end.owed || !entry.attempts.is_empty();
                assert_eq!(
                    end.whole, needed,
                    "bodies are kept for as long as they are needed and not longer"
                );
            }
            for attempt in &entry.attempts {
                assert_eq!(self.queue.attempts[attempt].hold, Some(entry.id));
            }
            assert_eq!(entry.alarm, entry.next_alarm(), "the timer is the next thing that happens");
        }
        let alarms = self.queue.holds.values().filter(|entry| entry.alarm.is_some()).count()
            + self.queue.attempts.values().filter(|attempt| attempt.alarm.is_some()).count();
        assert_eq!(alarms, self.queue.timers.len(), "no timer outlives what it is for");
        for (attempt, client) in &self.clients {
            assert!(client.placed + client.refused <= 1, "answered twice: {attempt:?}");
            assert!(client.tickets <= 1);
            if client.gone {
                assert!(!self.queue.attempts.contains_key(attempt), "one who has gone stays nowhere");
            }
        }
        for (attempt, found) in &self.queue.attempts {
            let client = &self.clients[attempt];
            match found.phase {
                Phase::Knocking(_) => assert_eq!(client.placed, 0),
                _ => assert_eq!(client.placed, 1),
            }
            match found.phase {
                Phase::Told | Phase::Carrying => {}
                _ => assert_eq!((client.tickets, client.ends), (0, 0), "told, and it still waits"),
            }
        }
        // Everybody who is not in the queue any more was answered, or has gone.
        for (attempt, client) in &self.clients {
            if !client.gone && !self.queue.attempts.contains_key(attempt) {
                let answered = client.refused + client.tickets + client.ends > 0;
                assert!(answered || client.carried, "nobody ever answers {attempt:?}");
            }
        }
        let heads: usize = self.queue.holds.values().map(Entry::head_bytes).sum();
        assert_eq!(heads, self.queue.head_bytes);
    }
}
