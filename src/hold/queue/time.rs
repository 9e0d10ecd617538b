//! Time passes: tickets for those who have waited long enough, expiry of what nobody decided or came back for, and
//! forgetting. Monotonic time alone decides (CASES HI-26).

use super::{AttemptId, How, Order, Phase, Queue, State, Timer};
use crate::clock::Now;
use crate::hold::{Ended, HoldId, Refused};
use crate::limits;

impl Queue {
    /// Does all that is due.
    pub(super) fn tick(&mut self, now: Now, out: &mut Vec<Order>) {
        while let Some((moment, timer)) = self.timers.first().copied() {
            if moment > now.mono {
                return;
            }
            self.timers.remove(&(moment, timer));
            match timer {
                Timer::Attempt(attempt) => self.attempt_due(now, attempt, out),
                Timer::Grant(grant) => self.grant_due(now, grant, out),
                Timer::Hold(hold) => self.hold_due(now, hold, out),
            }
        }
    }

    fn attempt_due(&mut self, now: Now, attempt: AttemptId, out: &mut Vec<Order>) {
        let Some(found) = self.attempts.get_mut(&attempt) else { return };
        found.alarm = None;
        let (key, found_hold) = (found.key, found.hold);
        match found.phase {
            Phase::Knocking(_) => self.settle(now, key, out),
            Phase::Waiting => {
                let ended = self.end_of_the_wait(found_hold);
                out.push(Order::Tell { attempt, ended });
                self.detach(attempt);
                self.settle(now, key, out);
            }
            Phase::Carrying | Phase::Told => {}
        }
    }

    /// Nobody has decided; or somebody has, and a freeze keeps it.
    fn end_of_the_wait(&self, hold: Option<HoldId>) -> Ended {
        let entry = hold.and_then(|hold| self.holds.get(&hold));
        match entry.map(|entry| &entry.state) {
            Some(State::Armed { .. }) => Ended::Refused(Refused::Frozen),
            _ => Ended::Ticket,
        }
    }

    fn hold_due(&mut self, now: Now, hold: HoldId, out: &mut Vec<Order>) {
        let entry = self.entry(hold);
        entry.alarm = None;
        match &entry.state {
            State::Held { .. } | State::Armed { .. } | State::Approved(_) => {
                self.finish(now, hold, How::Expired, false, out);
            }
            State::Over(end) if end.owed => self.settle_debt(hold, out),
            State::Over(_) if entry.attempts.is_empty() => self.forget(now, hold, out),
            State::Over(end) => {
                // Somebody still has its connection open: it is looked at again later.
                let later = now.mono.after(limits::FORGET_AGAIN);
                let earlier = end.forgotten;
                self.put_off(hold, earlier, later);
            }
            State::Forwarding(_) => {}
        }
    }

    fn put_off(&mut self, hold: HoldId, earlier: crate::clock::Moment, later: crate::clock::Moment) {
        self.over.remove(&(earlier, hold));
        self.over.insert((later, hold));
        if let State::Over(end) = &mut self.entry(hold).state {
            end.forgotten = later;
        }
        self.set_hold_timer(hold);
    }
}
