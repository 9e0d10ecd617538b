//! A request arrives: it joins an earlier hold, waits a moment for the one that is there to be seen closed, or
//! becomes a hold of its own (SPEC section 7, joining).

use std::sync::Arc;
use std::time::Duration;

use super::entry::head_bytes;
use super::{Arrival, Attempt, AttemptId, Entry, Kind, Note, Order, Phase, Queue, State};
use crate::clock::Now;
use crate::hold::facts::Course;
use crate::hold::{Ended, HoldId, Refused};
use crate::limits;

/// Where a request belongs, as things stand.
enum Placement {
    /// It is a further attempt of this hold.
    Join(HoldId),
    /// It is, and those who wait there go.
    Replace(HoldId),
    /// Somebody waits at every like hold; they may be about to be seen closed.
    Occupied,
    /// There is no like hold that it could join.
    Alone,
}

impl Queue {
    /// A request came.
    pub(super) fn arrive(&mut self, now: Now, arrival: Arrival, out: &mut Vec<Order>) {
        if self.draining {
            let refused = Refused::Restarting;
            return out.push(Order::Refuse { attempt: arrival.attempt, refused });
        }
        match self.placement(now, &arrival) {
            Placement::Join(hold) => self.join(now, hold, &arrival, out),
            Placement::Replace(hold) => self.replace(now, hold, &arrival, out),
            Placement::Occupied => self.knock(now, arrival),
            Placement::Alone => self.park(now, arrival, out),
        }
    }

    /// Somebody has gone from a like hold, or a time of grace is over: those who knock are looked at again, in the
    /// order in which they came. Each has its own grace: two that came in the same millisecond, and were numbered
    /// the other way round, are both due when the alarm of either rings.
    pub(super) fn settle(&mut self, now: Now, key: crate::hold::same::Key, out: &mut Vec<Order>) {
        while let Some(attempt) = self.knocks.get(&key).and_then(|knocks| knocks.front().copied()) {
            let Some(Attempt { phase: Phase::Knocking(arrival), until, .. }) = self.attempts.get(&attempt)
            else {
                return;
            };
            let placement = self.placement(now, arrival);
            if matches!(placement, Placement::Occupied) && now.mono < *until {
                return;
            }
            let Some(Attempt { phase: Phase::Knocking(arrival), .. }) = self.detach(attempt) else { return };
            match placement {
                Placement::Join(hold) => self.join(now, hold, &arrival, out),
                Placement::Replace(hold) => self.replace(now, hold, &arrival, out),
                Placement::Occupied | Placement::Alone => self.park(now, *arrival, out),
            }
        }
    }

    fn placement(&self, now: Now, arrival: &Arrival) -> Placement {
        let Some(kin) = self.kin.get(&arrival.key) else { return Placement::Alone };
        let kin = || kin.iter().filter_map(|hold| self.holds.get(hold));
        let unknown = |entry: &&Entry| matches!(&entry.state, State::Over(end) if end.is_unknown() && end.answers(now.mono));
        if let Some(entry) = kin().find(unknown) {
            return Placement::Join(entry.id);
        }
        let open = |entry: &&Entry| match &entry.state {
            State::Over(end) => end.answers(now.mono),
            // The agent has its answer, and only the end is still on its way here: what it sends next is new.
            State::Forwarding(passage) => !passage.delivered,
            _ => true,
        };
        if let Some(entry) = kin().filter(open).find(|entry| entry.attempts.is_empty()) {
            return Placement::Join(entry.id);
        }
        match kin().find(open) {
            Some(entry) if arrival.idempotent => Placement::Join(entry.id),
            Some(entry) if arrival.retry => Placement::Replace(entry.id),
            Some(_) => Placement::Occupied,
            None => Placement::Alone,
        }
    }

    /// It waits for the one that is there to be seen closed.
    fn knock(&mut self, now: Now, arrival: Arrival) {
        let (attempt, key) = (arrival.attempt, arrival.key);
        self.knocks.entry(key).or_default().push_back(attempt);
        let until = now.mono.after(limits::JOIN_GRACE);
        let (digest, address) = (arrival.digest, arrival.facts.address.clone());
        let phase = Phase::Knocking(Box::new(arrival));
        self.seat(attempt, Attempt { key, digest, address, hold: None, phase, until, alarm: None });
    }

    /// It takes the place of those who wait.
    fn replace(&mut self, now: Now, hold: HoldId, arrival: &Arrival, out: &mut Vec<Order>) {
        while let Some(attempt) = self.first_waiting(hold) {
            out.push(Order::Tell { attempt, ended: Ended::Ticket });
            self.detach(attempt);
        }
        self.join(now, hold, arrival, out);
    }

    /// It is a further attempt.
    fn join(&mut self, now: Now, hold: HoldId, arrival: &Arrival, out: &mut Vec<Order>) {
        let attempt = arrival.attempt;
        let until = arrival.at.after(self.limits.wait);
        let entry = self.entry(hold);
        entry.attempts.push(attempt);
        entry.course.attempts += 1;
        entry.course.asked_by(arrival.owner.as_deref());
        let armed = match &entry.state {
            State::Armed { void } => Some(*void),
            _ => None,
        };
        let (over, held) = (entry.state.is_over(), matches!(entry.state, State::Held { .. }));
        let (key, digest, address) = (arrival.key, arrival.digest, arrival.facts.address.clone());
        let phase = Phase::Waiting;
        self.seat(attempt, Attempt { key, digest, address, hold: Some(hold), phase, until, alarm: None });
        out.push(Order::Place { attempt, hold });
        if let Some(void) = armed {
            if self.may_be_carried(hold) {
                self.carry(now, hold, void, out);
            }
        } else if over {
            self.tell_end(attempt, hold, out);
        } else if held {
            let first = self.first_waiting(hold);
            self.readdress(hold, first);
        }
        self.set_hold_timer(hold);
    }

    /// It becomes a hold of its own, where there is room.
    fn park(&mut self, now: Now, arrival: Arrival, out: &mut Vec<Order>) {
        let attempt = arrival.attempt;
        let Some((hold, code)) = self.room(now, &arrival, out) else {
            return out.push(Order::Refuse { attempt, refused: Refused::QueueFull });
        };
        let Arrival { key, head, body_len, digest, mut facts, at, approvers, owner, .. } = arrival;
        facts.why.extend(self.kin_of(now, key));
        facts.created_at = now.wall.0;
        facts.code = code.clone();
        let timeout = Duration::from_millis(facts.timeout_ms);
        let deadline = now.mono.after(timeout);
        let deadline_wall = now.wall_of(deadline).0;
        let mut course =
            Course { deadline: deadline_wall, attempts: 1, whole: true, approvers, ..Course::default() };
        course.asked_by(owner.as_deref());
        let state = State::Held { deadline };
        let attempts = vec![attempt];
        let (address, phase, until) = (facts.address.clone(), Phase::Waiting, at.after(self.limits.wait));
        let entry = Entry {
            id: hold,
            key,
            kind: Kind::of(&facts, &head.origin),
            head,
            body_len,
            digest,
            facts: Arc::new(facts),
            course,
            state,
            attempts,
            release: 0,
            asks: Vec::new(),
            alarm: None,
        };
        self.enter(entry);
        self.seat(attempt, Attempt { key, digest, address, hold: Some(hold), phase, until, alarm: None });
        out.push(Order::Insert { attempt, hold });
        out.push(Order::Record { hold, note: Note::Held { code } });
        out.push(Order::Place { attempt, hold });
        self.use_grant(now, hold, out);
    }

    /// An id and a code, where no bound is reached.
    fn room(&mut self, now: Now, arrival: &Arrival, out: &mut Vec<Order>) -> Option<(HoldId, String)> {
        let of_agent = self.pending_of.get(&arrival.facts.agent).copied().unwrap_or(0);
        if self.pending >= self.limits.max_pending || of_agent >= self.limits.max_pending_per_agent {
            return None;
        }
        if self.head_bytes + head_bytes(&arrival.head) > limits::QUEUE_HEAD_BYTES_MAX {
            return None;
        }
        if self.over.len() >= limits::ENDED_MAX && !self.make_room(now, out) {
            return None;
        }
        let hold = self.mint.id();
        let dice = self.mint.dice();
        self.codes.give(dice, hold, now.mono).map(|code| (hold, code))
    }

    /// Forgets the oldest ended hold that nobody can still come for.
    fn make_room(&mut self, now: Now, out: &mut Vec<Order>) -> bool {
        let free = self.over.iter().map(|(_, hold)| *hold).find(|hold| {
            self.holds.get(hold).is_some_and(|entry| match &entry.state {
                State::Over(end) => entry.attempts.is_empty() && !end.answers(now.mono),
                _ => false,
            })
        });
        if let Some(hold) = free {
            self.forget(now, hold, out);
        }
        free.is_some()
    }

    fn seat(&mut self, id: AttemptId, attempt: Attempt) {
        self.attempts.insert(id, attempt);
        self.set_wait_timer(id);
    }
}
