//! The queue under thousands of random histories, beside a model that knows only what was ordered and answered. After
//! each event the promises are looked at: nothing is released that nobody approved, one approval opens at most one
//! sending, every attempt gets its place or its refusal once, bounds hold, and a restart at any point from what was
//! stored by then keeps all of it.
//!
//! `HOLDPOINT_SEED=N` runs one seed alone; a failure prints its seed.

mod events;
mod granting;
mod orders;
mod promises;
mod restart;
mod stops;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::clock::Wall;
use crate::config::{Keepalive, OnDisconnect};
use crate::hold::facts::{Course, Facts};
use crate::hold::{Choice, Decision, GrantView, Refused};
use crate::origin::{Host, Origin, Scheme};
use crate::snapshot::{Digest, Head};

const SEEDS: u64 = 3000;
const EVENTS: usize = 250;
const BREAKER: Breaker = Breaker { mutations: 6, deletes: 3, permissions: 1, per: Duration::from_secs(60) };

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

/// Gives ids in order, so that a run can be had again.
pub(super) struct Numbers(pub u128);

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
    /// Who has approved each hold since the last denial, restart or stricter rule.
    votes: HashMap<HoldId, HashSet<String>>,
    /// Times it was sent.
    sent: HashMap<HoldId, usize>,
    unsent: HashMap<HoldId, usize>,
    next_attempt: u64,
    /// Edits so far, so that each has a digest of its own.
    edits: u64,
    next_id: u128,
    seen: HashSet<&'static str>,
    draining: bool,
    /// Freezes as they are on disk, and whether the file is there.
    frozen: HashMap<Option<String>, Freeze>,
    file: bool,
    file_row: Option<Freeze>,
    /// What the next request of each kind is compared with.
    precedents: HashMap<Kind, HoldId>,
    /// Grants as they are on disk, and what counts for each agent's breaker since its last thaw or restart.
    grants: HashMap<String, GrantView>,
    passes: Vec<(String, Moment)>,
    /// Holds that a grant approved, and by which.
    by_grant: HashMap<HoldId, String>,
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
            keepalive: Keepalive::Off,
            retry_ignores: Vec::new(),
        };
        let now = Now { mono: Moment(1_000_000), wall: Wall(1_800_000_000_000) };
        Self {
            queue: Queue::new(limits.clone(), BREAKER, Box::new(Numbers(0))),
            chance,
            now,
            limits,
            disk: HashMap::new(),
            resting: HashMap::new(),
            clients: HashMap::new(),
            out: Vec::new(),
            votes: HashMap::new(),
            sent: HashMap::new(),
            unsent: HashMap::new(),
            next_attempt: 0,
            edits: 0,
            next_id: 1_000_000,
            seen: HashSet::new(),
            draining: false,
            frozen: HashMap::new(),
            file: false,
            file_row: None,
            precedents: HashMap::new(),
            grants: HashMap::new(),
            passes: Vec::new(),
            by_grant: HashMap::new(),
        }
    }

    fn step(&mut self) {
        match self.chance.below(100) {
            0..=29 => self.arrive(),
            30..=39 => self.leave(),
            40..=44 => self.deliver(),
            45..=59 => self.decide(),
            60..=62 => self.edit(),
            63..=72 => self.send(),
            73..=80 => self.end(),
            81..=96 => self.pass_time(),
            97 => self.abandon(),
            98 => match self.chance.below(9) {
                0 => self.drain(),
                1 | 2 => self.crash(),
                3 | 4 => self.freeze(),
                5 => self.file(),
                _ => self.thaw(),
            },
            99 if self.chance.below(2) == 0 => self.revoke(),
            99 => self.admit(),
            _ => unreachable!("below a hundred"),
        }
        self.check();
    }
}
