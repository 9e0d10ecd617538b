//! An attempt goes: its agent has gone, or has its answer.

use super::{AttemptId, How, Order, Queue, State};
use crate::clock::Now;
use crate::config::OnDisconnect;
use crate::hold::HoldId;

impl Queue {
    /// The agent has gone. What it was answered, if anything, may not have reached it.
    pub(super) fn left(&mut self, now: Now, attempt: AttemptId, out: &mut Vec<Order>) {
        let Some(gone) = self.detach(attempt) else { return };
        if let Some(hold) = gone.hold {
            self.nobody_waits(now, hold, out);
        }
        self.settle(now, gone.key, out);
    }

    /// What follows where the last attempt has left.
    fn nobody_waits(&mut self, now: Now, hold: HoldId, out: &mut Vec<Order>) {
        let on_disconnect = self.limits.on_disconnect;
        let entry = self.entry(hold);
        if !entry.attempts.is_empty() {
            return;
        }
        match (&entry.state, on_disconnect) {
            // Armed with somebody who waits: a freeze keeps it.
            (State::Held { .. } | State::Approved(_) | State::Armed { .. }, OnDisconnect::Cancel) => {
                self.finish(now, hold, How::Cancelled, false, out);
            }
            (State::Approved(passage), OnDisconnect::Arm) => {
                let void = passage.void;
                self.arm(now, hold, void, out);
            }
            (State::Over(_), _) => self.strip_if_done_with(hold, out),
            _ => {}
        }
    }

    /// The agent has its answer: the next same request is a new one, but where the outcome is unknown.
    pub(super) fn delivered(&mut self, now: Now, attempt: AttemptId, out: &mut Vec<Order>) {
        let Some(gone) = self.detach(attempt) else { return };
        if let Some(hold) = gone.hold {
            match &mut self.entry(hold).state {
                State::Over(end) if end.owed && !end.is_unknown() => self.settle_debt(hold, out),
                State::Over(_) => self.strip_if_done_with(hold, out),
                State::Approved(passage) | State::Forwarding(passage) if passage.carrier == Some(attempt) => {
                    passage.delivered = true;
                }
                _ => {}
            }
        }
        self.settle(now, gone.key, out);
    }

    /// Approved, and waiting for the agent to ask again.
    pub(super) fn arm(&mut self, now: Now, hold: HoldId, void: crate::clock::Moment, out: &mut Vec<Order>) {
        self.entry(hold).course.deadline = now.wall_of(void).0;
        self.turn_to(hold, State::Armed { void }, out);
    }
}
