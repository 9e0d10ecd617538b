//! The queue of holds, sans I/O: it is told what happened and orders what is to be done (SPEC section 7). It reads
//! no clock, waits for nothing and writes nowhere, so that a simulation can drive it through any order of events.
//!
//! `state` has the drawing; each arrow is one function: `arrive` (new hold, join, grace), `leave`, `decide`,
//! `release` (sending, unsent, ended), `time` (expiry, tickets, forgetting), `restart`. When unsure a request becomes
//! a hold of its own, and an approval does not count.

mod agents;
mod arrive;
mod breaker;
mod codes;
mod decide;
mod edit;
mod entry;
mod event;
mod freeze;
mod grants;
mod kin;
mod leave;
mod like;
mod quorum;
mod release;
mod restart;
mod state;
mod time;

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use crate::clock::{Moment, Now};
use crate::config::{Breaker, Hold as Limits};
use crate::hold::address::Address;
use crate::hold::facts::Readdressed;
use crate::hold::same::Key;
use crate::hold::{Approval, Ended, HoldId, Refused};
use crate::limits;
use crate::snapshot::Digest;

use codes::Codes;
pub use edit::Edited;
pub use entry::Entry;
pub use event::{Arrival, AttemptId, Event, Note, Order, Reconsidered, Refusal, Sent};
pub use freeze::{By, Freeze, Thawed};
pub use grants::Unrecorded;
pub use like::Kind;
pub use quorum::ANYBODY;
pub use restart::Restored;
pub use state::{End, How, Passage, State};

/// Where ids and chance come from; a simulation brings its own.
pub trait Mint: Send + Sync {
    /// An id, later than all before it.
    fn id(&mut self) -> HoldId;
    /// Any number.
    fn dice(&mut self) -> u32;
}

/// One connected attempt.
#[derive(Debug)]
struct Attempt {
    key: Key,
    digest: Digest,
    /// Where its agent waits for the answer, of a JSON-RPC call.
    address: Option<Address>,
    hold: Option<HoldId>,
    phase: Phase,
    /// When it gets its ticket, if it still waits then.
    until: Moment,
    alarm: Option<Moment>,
}

#[derive(Debug)]
enum Phase {
    /// Gives the one that waits time to be seen closed.
    Knocking(Box<Arrival>),
    /// Waits for the end.
    Waiting,
    /// Carries the release.
    Carrying,
    /// Has been told the end, and has not gone yet.
    Told,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Attempt(AttemptId),
    Grant(uuid::Uuid),
    Hold(HoldId),
}

/// The queue.
pub struct Queue {
    limits: Limits,
    mint: Box<dyn Mint>,
    holds: BTreeMap<HoldId, Entry>,
    kin: HashMap<Key, BTreeSet<HoldId>>,
    attempts: HashMap<AttemptId, Attempt>,
    knocks: HashMap<Key, VecDeque<AttemptId>>,
    codes: Codes,
    timers: BTreeSet<(Moment, Timer)>,
    pending: usize,
    pending_of: HashMap<String, usize>,
    /// Undecided holds of each kind.
    like: HashMap<Kind, usize>,
    over: BTreeSet<(Moment, HoldId)>,
    head_bytes: usize,
    draining: bool,
    freezes: freeze::Freezes,
    grants: grants::Grants,
    breaker: breaker::Breaker,
    /// Wall time of each agent's last mutation; names come from the config.
    seen: HashMap<String, i64>,
}

impl Queue {
    /// An empty queue.
    pub fn new(limits: Limits, breaker: Breaker, mint: Box<dyn Mint>) -> Self {
        Self {
            limits,
            mint,
            holds: BTreeMap::new(),
            kin: HashMap::new(),
            attempts: HashMap::new(),
            knocks: HashMap::new(),
            codes: Codes::default(),
            timers: BTreeSet::new(),
            pending: 0,
            pending_of: HashMap::new(),
            like: HashMap::new(),
            over: BTreeSet::new(),
            head_bytes: 0,
            draining: false,
            freezes: freeze::Freezes::default(),
            grants: grants::Grants::default(),
            breaker: breaker::Breaker::new(breaker),
            seen: HashMap::new(),
        }
    }

    /// Takes one event. An error has changed nothing. Before every event the caller hands in a `Tick` of the same
    /// `now`, so that what is due comes first.
    pub fn handle(&mut self, now: Now, event: Event) -> Result<Vec<Order>, Refusal> {
        let mut out = Vec::new();
        match event {
            Event::Admit(agent, effect) => {
                self.see(now, &agent);
                self.admit(now, &agent, effect, &mut out);
            }
            Event::Arrive(arrival) => {
                self.see(now, &arrival.facts.agent);
                self.arrive(now, *arrival, &mut out);
            }
            Event::Left(attempt) => self.left(now, attempt, &mut out),
            Event::Delivered(attempt) => self.delivered(now, attempt, &mut out),
            Event::Decide(decisions) => {
                self.decide(now, decisions, &mut out).map_err(Refusal::Decision)?;
            }
            Event::Edit(edited) => self.edit(now, *edited, &mut out).map_err(Refusal::Decision)?,
            Event::Sending(hold, release) => {
                self.sending(now, hold, release, &mut out).map_err(Refusal::Release)?;
            }
            Event::Unsent(hold, release, error) => self.unsent(now, hold, release, &error, &mut out),
            Event::Ended(hold, release, sent) => self.ended(now, hold, release, sent, &mut out),
            Event::Failed(hold, release, error) => self.failed(now, hold, release, error, &mut out),
            Event::Reconsider(hold, release, stricter) => {
                self.reconsider(now, hold, release, stricter, &mut out);
            }
            Event::Abandoned(hold, release) => self.abandoned(now, hold, release, &mut out),
            Event::Freeze(freeze) => self.freeze(now, freeze, &mut out).map_err(Refusal::Decision)?,
            Event::Thaw(agent, by) => self.thaw(now, agent, by, &mut out).map_err(Refusal::Decision)?,
            Event::Revoke(grant, by) => self.revoke(now, &grant, &by, &mut out).map_err(Refusal::Decision)?,
            Event::File(text) => self.file(now, text, &mut out),
            Event::Drain => self.drain(&mut out),
            Event::Tick => self.tick(now, &mut out),
        }
        Ok(out)
    }

    /// When the next `Tick` is due.
    pub fn next_deadline(&self) -> Option<Moment> {
        self.timers.first().map(|(moment, _)| *moment)
    }

    /// One hold.
    pub fn hold(&self, hold: HoldId) -> Option<&Entry> {
        self.holds.get(&hold)
    }

    /// All holds, in the order of their creation, from the one after `after`.
    pub fn holds(&self, after: Option<HoldId>) -> impl Iterator<Item = &Entry> {
        use std::ops::Bound;
        let from = after.map_or(Bound::Unbounded, Bound::Excluded);
        self.holds.range((from, Bound::Unbounded)).map(|(_, entry)| entry)
    }

    /// The hold with this id or code; of codes, a pending one first.
    pub fn find(&self, text: &str) -> Option<&Entry> {
        if let Ok(id) = text.parse::<uuid::Uuid>() {
            return self.hold(HoldId(id));
        }
        let code = codes::read(text)?;
        match self.codes.holder(&code) {
            Some(hold) => self.hold(hold),
            None => self.holds.values().rev().find(|entry| entry.facts.code == code),
        }
    }

    /// Whether something may be on its way to an upstream now.
    pub fn is_sending(&self) -> bool {
        self.holds.values().any(|entry| matches!(entry.state, State::Forwarding(_)))
    }

    /// All attempts that have a place or wait for one.
    pub fn connected(&self) -> Vec<AttemptId> {
        self.attempts.keys().copied().collect()
    }

    fn entry(&mut self, hold: HoldId) -> &mut Entry {
        self.holds.get_mut(&hold).expect("a hold that an attempt or timer names is in the queue")
    }

    /// Moves a hold to another state and orders that to be stored.
    fn turn_to(&mut self, hold: HoldId, to: State, out: &mut Vec<Order>) {
        let entry = self.entry(hold);
        let (from, kind, before) = (entry.state.name(), entry.kind, entry.is_undecided());
        entry.state = to;
        let (to, after) = (entry.state.name(), entry.is_undecided());
        out.push(Order::Save { hold, from, to, course: Box::new(entry.course.clone()) });
        match (before, after) {
            (true, false) => self.uncount_like(kind),
            (false, true) => self.count_like(kind),
            _ => {}
        }
        self.set_hold_timer(hold);
    }

    /// Hands the release of an approved hold to the attempt that has waited longest, or to nobody.
    fn carry(&mut self, now: Now, hold: HoldId, void: Moment, out: &mut Vec<Order>) {
        let carrier = self.first_waiting(hold);
        let address = self.readdress(hold, carrier);
        let entry = self.entry(hold);
        entry.release += 1;
        let (release, digest) = (entry.release, entry.digest);
        let (needs, facts) = (entry.course.approvers.clone(), entry.facts.clone());
        let passage = Passage { release, carrier, since: now.mono, void, delivered: false };
        self.turn_to(hold, State::Approved(passage), out);
        let approval = Approval::new(hold, digest, release, facts).with_address(address).asked_of(needs);
        match carrier {
            Some(attempt) => {
                self.set_phase(attempt, Phase::Carrying);
                out.push(Order::Tell { attempt, ended: Ended::Released(approval) });
            }
            None => out.push(Order::Orphan(approval)),
        }
    }

    /// Where the answer goes if this attempt carries the hold's release, in so far as it is not what was approved;
    /// the hold shows it.
    fn readdress(&mut self, hold: HoldId, attempt: Option<AttemptId>) -> Option<Address> {
        let found = attempt.and_then(|attempt| self.attempts.get(&attempt));
        let other = found.and_then(|attempt| Some((attempt.address.clone()?, attempt.digest)));
        let entry = self.entry(hold);
        let known = entry.facts.address.as_ref();
        let changed = other.and_then(|(address, digest)| {
            let differs: Vec<String> = known?.differs(&address).into_iter().map(str::to_owned).collect();
            (!differs.is_empty()).then(|| (address, Readdressed { digest: digest.to_string(), differs }))
        });
        let (address, readdressed) = changed.unzip();
        entry.course.readdressed = readdressed;
        address
    }

    /// Ends a hold, and tells those who wait.
    fn finish(&mut self, now: Now, hold: HoldId, how: How, delivered: bool, out: &mut Vec<Order>) {
        let end = End::new(how, now, self.limits.remember, delivered);
        let note = end.note(false);
        let forgotten = end.forgotten;
        let entry = self.entry(hold);
        entry.course.end(&end, now);
        let (code, agent) = (entry.facts.code.clone(), entry.facts.agent.clone());
        self.turn_to(hold, State::Over(end), out);
        out.push(Order::Record { hold, note });
        self.codes.rest(&code, now.mono.after(limits::CODE_REST));
        self.over.insert((forgotten, hold));
        self.uncount(&agent);
        for attempt in self.entry(hold).attempts.clone() {
            if matches!(self.attempts.get(&attempt), Some(Attempt { phase: Phase::Waiting, .. })) {
                self.tell_end(attempt, hold, out);
            }
        }
        self.strip_if_done_with(hold, out);
    }

    /// Tells an attempt how its hold ended.
    fn tell_end(&mut self, attempt: AttemptId, hold: HoldId, out: &mut Vec<Order>) {
        let State::Over(end) = &self.entry(hold).state else { return };
        let ended = match &end.how {
            How::Done { status, kept: true } => {
                let status = *status;
                self.set_phase(attempt, Phase::Told);
                return out.push(Order::Fetch { attempt, hold, status });
            }
            How::Done { status, kept: false } => Ended::AnswerLost(*status),
            How::Denied { reason } => Ended::Denied { reason: reason.clone() },
            How::Expired => Ended::Expired,
            How::OutcomeUnknown { .. } => Ended::OutcomeUnknown,
            How::Cancelled => Ended::Cancelled,
            How::Failed { .. } => Ended::Refused(Refused::Tampered),
        };
        self.set_phase(attempt, Phase::Told);
        out.push(Order::Tell { attempt, ended });
    }

    /// The bodies of an ended hold go when nobody can come for its answer and nobody is being told it.
    fn strip_if_done_with(&mut self, hold: HoldId, out: &mut Vec<Order>) {
        let entry = self.entry(hold);
        let State::Over(end) = &mut entry.state else { return };
        if end.owed || !end.whole || !entry.attempts.is_empty() {
            return;
        }
        end.whole = false;
        entry.course.whole = false;
        let course = Box::new(entry.course.clone());
        out.push(Order::Strip { hold, state: entry.state.name(), course });
        self.set_hold_timer(hold);
    }

    /// Nobody can come for an ended hold's answer any more.
    fn settle_debt(&mut self, hold: HoldId, out: &mut Vec<Order>) {
        let entry = self.entry(hold);
        let State::Over(end) = &mut entry.state else { return };
        end.owed = false;
        entry.course.owed = false;
        if entry.attempts.is_empty() {
            return self.strip_if_done_with(hold, out);
        }
        let state = entry.state.name();
        out.push(Order::Save { hold, from: state, to: state, course: Box::new(entry.course.clone()) });
        self.set_hold_timer(hold);
    }

    fn first_waiting(&self, hold: HoldId) -> Option<AttemptId> {
        let waits = |attempt: &&AttemptId| {
            self.attempts.get(attempt).is_some_and(|attempt| matches!(attempt.phase, Phase::Waiting))
        };
        self.holds.get(&hold)?.attempts.iter().find(waits).copied()
    }

    /// A new phase; only one that waits or knocks has an alarm.
    fn set_phase(&mut self, attempt: AttemptId, phase: Phase) {
        let Some(found) = self.attempts.get_mut(&attempt) else { return };
        found.phase = phase;
        if let Some(moment) = found.alarm.take() {
            self.timers.remove(&(moment, Timer::Attempt(attempt)));
        }
    }

    /// One that waits gets its ticket in time.
    fn set_wait_timer(&mut self, attempt: AttemptId) {
        let Some(found) = self.attempts.get_mut(&attempt) else { return };
        found.alarm = Some(found.until);
        self.timers.insert((found.until, Timer::Attempt(attempt)));
    }

    /// Takes an attempt out of the queue.
    fn detach(&mut self, attempt: AttemptId) -> Option<Attempt> {
        let found = self.attempts.remove(&attempt)?;
        if let Some(moment) = found.alarm {
            self.timers.remove(&(moment, Timer::Attempt(attempt)));
        }
        match found.hold {
            Some(hold) => {
                self.entry(hold).attempts.retain(|other| *other != attempt);
                self.set_hold_timer(hold);
            }
            None => self.unknock(found.key, attempt),
        }
        Some(found)
    }

    fn unknock(&mut self, key: Key, attempt: AttemptId) {
        if let Some(knocks) = self.knocks.get_mut(&key) {
            knocks.retain(|other| *other != attempt);
            if knocks.is_empty() {
                self.knocks.remove(&key);
            }
        }
    }

    /// Each hold has one timer at most: for the next thing that time does to it.
    fn set_hold_timer(&mut self, hold: HoldId) {
        let entry = self.entry(hold);
        let (old, new) = (entry.alarm, entry.next_alarm());
        entry.alarm = new;
        if let Some(moment) = old {
            self.timers.remove(&(moment, Timer::Hold(hold)));
        }
        if let Some(moment) = new {
            self.timers.insert((moment, Timer::Hold(hold)));
        }
    }

    /// An agent has asked for a mutation.
    fn see(&mut self, now: Now, agent: &str) {
        match self.seen.get_mut(agent) {
            Some(last) => *last = now.wall.0,
            None => drop(self.seen.insert(agent.to_owned(), now.wall.0)),
        }
    }

    fn count(&mut self, agent: &str) {
        self.pending += 1;
        *self.pending_of.entry(agent.to_owned()).or_default() += 1;
    }

    fn uncount(&mut self, agent: &str) {
        self.pending -= 1;
        if let Some(count) = self.pending_of.get_mut(agent) {
            *count -= 1;
            if *count == 0 {
                self.pending_of.remove(agent);
            }
        }
    }

    /// Adds a hold to every index.
    fn enter(&mut self, entry: Entry) {
        let hold = entry.id;
        self.kin.entry(entry.key).or_default().insert(hold);
        self.head_bytes += entry.head_bytes();
        match &entry.state {
            State::Over(end) => {
                self.over.insert((end.forgotten, hold));
            }
            _ => {
                self.count(&entry.facts.agent);
                self.codes.keep(&entry.facts.code, hold);
            }
        }
        if entry.is_undecided() {
            self.count_like(entry.kind);
        }
        self.holds.insert(hold, entry);
        self.set_hold_timer(hold);
    }

    /// Takes an ended hold out of every index.
    fn forget(&mut self, now: Now, hold: HoldId, out: &mut Vec<Order>) {
        let Some(entry) = self.holds.remove(&hold) else { return };
        if let Some(moment) = entry.alarm {
            self.timers.remove(&(moment, Timer::Hold(hold)));
        }
        if let Some(kin) = self.kin.get_mut(&entry.key) {
            kin.remove(&hold);
            if kin.is_empty() {
                self.kin.remove(&entry.key);
            }
        }
        if let State::Over(end) = &entry.state {
            self.over.remove(&(end.forgotten, hold));
        }
        self.head_bytes -= entry.head_bytes();
        let until = entry.course.ended(now.wall).0 + limits::CODE_REST.as_millis() as i64;
        let Entry { facts, state, .. } = entry;
        out.push(Order::Erase { hold, state: state.name(), code: facts.code.clone(), until });
    }

    fn drain(&mut self, out: &mut Vec<Order>) {
        self.draining = true;
        for attempt in self.connected() {
            let refused = Refused::Restarting;
            match self.attempts.get(&attempt).map(|attempt| &attempt.phase) {
                Some(Phase::Knocking(_)) => out.push(Order::Refuse { attempt, refused }),
                Some(Phase::Waiting) => out.push(Order::Tell { attempt, ended: Ended::Refused(refused) }),
                Some(Phase::Carrying | Phase::Told) | None => continue,
            }
            self.detach(attempt);
        }
    }
}
