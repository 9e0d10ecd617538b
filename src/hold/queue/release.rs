//! A release on its way: the connection stands, nothing was sent, or something was and this came of it. Each step
//! names its release; one that was overtaken changes nothing (CASES HI-10, HI-14, HI-35).

use std::sync::Arc;

use super::{How, Note, Order, Passage, Phase, Queue, Reconsidered, Sent, State};
use crate::clock::Now;
use crate::hold::view::OutcomeView;
use crate::hold::{Ended, HoldId, Refused};

impl Queue {
    /// approved → forwarding: the last moment at which a denial, an expiry or a departure counts.
    pub(super) fn sending(
        &mut self,
        _now: Now,
        hold: HoldId,
        release: u64,
        out: &mut Vec<Order>,
    ) -> Result<(), Refused> {
        if self.draining {
            return Err(Refused::Restarting);
        }
        let entry = self.holds.get(&hold).ok_or(Refused::Withdrawn)?;
        let State::Approved(passage) = &entry.state else { return Err(Refused::Withdrawn) };
        if passage.release != release {
            return Err(Refused::Withdrawn);
        }
        if self.is_frozen(&entry.facts.agent) {
            return Err(Refused::Frozen);
        }
        let passage = passage.clone();
        let approvers = entry.course.given();
        self.entry(hold).course.outcome = None;
        self.turn_to(hold, State::Forwarding(passage), out);
        out.push(Order::Record { hold, note: Note::Sending { release, approvers } });
        Ok(())
    }

    /// approved, forwarding → armed, and on to approved where another attempt waits. The carrier's own agent is
    /// answered by its caller.
    pub(super) fn unsent(&mut self, now: Now, hold: HoldId, release: u64, error: &str, out: &mut Vec<Order>) {
        let Some((passage, sending)) = self.passage(hold, release) else { return };
        let key = self.entry(hold).key;
        if let Some(carrier) = passage.carrier {
            self.detach(carrier);
        }
        let at = now.wall.rfc3339();
        self.entry(hold).course.outcome =
            Some(OutcomeView { status: None, at, error: Some(error.to_owned()) });
        self.arm(now, hold, passage.void, out);
        if sending {
            let note = Note::Unsent { release, error: error.to_owned() };
            out.push(Order::Record { hold, note });
        }
        if self.first_waiting(hold).is_some() && self.may_be_carried(hold) {
            self.carry(now, hold, passage.void, out);
        }
        self.settle(now, key, out);
    }

    /// forwarding → done, outcome_unknown.
    pub(super) fn ended(&mut self, now: Now, hold: HoldId, release: u64, sent: Sent, out: &mut Vec<Order>) {
        let Some((passage, _)) = self.passage(hold, release) else { return };
        if let Some(carrier) = passage.carrier {
            self.set_phase(carrier, Phase::Told);
        }
        let how = match sent {
            Sent::Answered { status, kept } => How::Done { status, kept },
            Sent::Unknown { error } => How::OutcomeUnknown { error },
        };
        self.finish(now, hold, how, passage.delivered, out);
    }

    /// approved → failed: what is stored is not what was approved, and can never be sent (CASES HI-01).
    pub(super) fn failed(
        &mut self,
        now: Now,
        hold: HoldId,
        release: u64,
        error: String,
        out: &mut Vec<Order>,
    ) {
        let Some((passage, _)) = self.passage(hold, release) else { return };
        if let Some(carrier) = passage.carrier {
            self.set_phase(carrier, Phase::Told);
        }
        self.finish(now, hold, How::Failed { error }, false, out);
    }

    /// approved → held: a rule has grown stricter, and a person must decide anew.
    pub(super) fn reconsider(
        &mut self,
        now: Now,
        hold: HoldId,
        release: u64,
        stricter: Reconsidered,
        out: &mut Vec<Order>,
    ) {
        let Some((_, false)) = self.passage(hold, release) else { return };
        let Reconsidered { why, terms } = stricter;
        let Some(terms) = terms else { return self.hold_again(now, hold, why, out) };
        let entry = self.entry(hold);
        if terms.approvers.is_some() {
            entry.course.approvers.clone_from(&terms.approvers);
        }
        Arc::make_mut(&mut entry.facts).hold_by(terms, &why, entry.course.edited.is_some());
        self.hold_again(now, hold, why, out);
        let state = self.entry(hold).state.name();
        out.push(Order::Restate { hold, state });
    }

    /// An approval was dropped unused: what was not being sent was not sent, and of what was, nobody knows.
    pub(super) fn abandoned(&mut self, now: Now, hold: HoldId, release: u64, out: &mut Vec<Order>) {
        const ERROR: &str = "the release was given up before its end was known";
        let Some((passage, sending)) = self.passage(hold, release) else { return };
        if sending {
            self.finish(now, hold, How::OutcomeUnknown { error: ERROR.to_owned() }, false, out);
            // Nobody else answers the one who carried it.
            if let Some(carrier) = passage.carrier
                && self.attempts.contains_key(&carrier)
            {
                self.tell_end(carrier, hold, out);
            }
        } else {
            if let Some(attempt) = passage.carrier
                && self.attempts.contains_key(&attempt)
            {
                let refused = if self.draining { Refused::Restarting } else { Refused::Withdrawn };
                out.push(Order::Tell { attempt, ended: Ended::Refused(refused) });
            }
            self.unsent(now, hold, release, ERROR, out);
        }
    }

    /// Whether this release may still be sent.
    pub fn stands(&self, hold: HoldId, release: u64) -> bool {
        self.passage(hold, release).is_some()
    }

    /// The passage with this number, and whether it is being sent.
    fn passage(&self, hold: HoldId, release: u64) -> Option<(Passage, bool)> {
        let (passage, sending) = match &self.holds.get(&hold)?.state {
            State::Approved(passage) => (passage, false),
            State::Forwarding(passage) => (passage, true),
            State::Held { .. } | State::Armed { .. } | State::Over(_) => return None,
        };
        (passage.release == release).then(|| (passage.clone(), sending))
    }

    /// The attempt that carries a release waits again, to be told what became of it.
    pub(super) fn stop_carrying(&mut self, hold: HoldId) {
        let State::Approved(Passage { carrier: Some(carrier), .. }) = self.entry(hold).state else { return };
        self.set_phase(carrier, Phase::Waiting);
        self.set_wait_timer(carrier);
    }
}
