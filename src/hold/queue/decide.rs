//! People decide. A batch is looked at whole before anything changes, and is taken whole or not at all.
//!
//! The same decision twice is fine; another one is a conflict, but that a denial takes an approval back for as long
//! as nothing has been sent. An approval names the digest that its approver saw (CASES HI-10, HI-11, HI-19).

use std::collections::HashMap;

use super::{End, Entry, How, Note, Order, Queue, State};
use crate::clock::Now;
use crate::hold::view::DecisionView;
use crate::hold::{Already, Choice, Decision, DecisionError, HoldId};

/// What a decision does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// It changes the hold.
    New,
    /// It says what was said before.
    Again,
}

impl Queue {
    /// Takes decisions, all or none.
    pub(super) fn decide(
        &mut self,
        now: Now,
        decisions: Vec<Decision>,
        out: &mut Vec<Order>,
    ) -> Result<(), DecisionError> {
        let mut said: HashMap<HoldId, Choice> = HashMap::new();
        let mut weighed = Vec::with_capacity(decisions.len());
        for decision in decisions {
            let entry = self.named(&decision)?;
            let weight = match said.get(&decision.hold) {
                Some(choice) if *choice != decision.choice => {
                    return Err(already(decision.hold, "decided twice in one batch", Vec::new()));
                }
                Some(_) => Weight::Again,
                None => weigh(entry, now, &decision)?,
            };
            self.weigh_grant(entry, &decision, weight == Weight::New)?;
            said.insert(decision.hold, decision.choice);
            weighed.push((decision, weight));
        }
        for (decision, weight) in weighed {
            self.take(now, decision, weight, out);
        }
        Ok(())
    }

    /// The hold that a decision is about, if it is about these bytes.
    fn named(&self, decision: &Decision) -> Result<&Entry, DecisionError> {
        let entry = self.holds.get(&decision.hold).ok_or(DecisionError::NotFound(decision.hold))?;
        match decision.digest {
            None if decision.choice == Choice::Approve => Err(DecisionError::NoDigest(entry.id)),
            Some(digest) if digest != entry.digest => Err(DecisionError::OtherDigest(entry.id)),
            _ => Ok(entry),
        }
    }

    fn take(&mut self, now: Now, decision: Decision, weight: Weight, out: &mut Vec<Order>) {
        let hold = decision.hold;
        let again = weight == Weight::Again;
        if !again {
            let entry = self.entry(hold);
            entry.note_decision(&decision, now);
            entry.asks.push((decision.by.name.clone(), decision.grant));
        }
        let entry = self.entry(hold);
        let tally = (entry.needed() > 1).then(|| (entry.course.given().len(), entry.needed()));
        let note = Note::Decided {
            approver: decision.by.name.clone(),
            choice: decision.choice.as_str(),
            named: decision.digest,
            reason: decision.reason.clone(),
            again,
            tally,
            grant: None,
        };
        out.push(Order::Record { hold, note });
        if again {
            return;
        }
        match decision.choice {
            Choice::Approve if self.entry(hold).has_enough() => self.approve(now, hold, out),
            Choice::Approve => self.wait_for_more(hold, out),
            Choice::Deny => {
                self.revoke_given_with(now, hold, &decision.by.name, out);
                self.deny(now, hold, decision.reason, out);
            }
        }
    }

    /// held → approved, where somebody waits or it is sent all the same, and nothing is frozen; else → armed.
    pub(super) fn approve(&mut self, now: Now, hold: HoldId, out: &mut Vec<Order>) {
        self.give_grant(now, hold, out);
        self.entry(hold).course.outcome = None;
        let void = now.mono.after(self.limits.armed);
        if self.may_be_carried(hold) {
            self.entry(hold).course.deadline = now.wall_of(void).0;
            self.carry(now, hold, void, out);
        } else {
            self.arm(now, hold, void, out);
        }
        out.push(Order::Precedent { hold });
    }

    /// An approval is taken back before anything was sent: the next request is not compared with what it was of.
    pub(super) fn forget_precedent(&mut self, hold: HoldId, out: &mut Vec<Order>) {
        let entry = self.entry(hold);
        if matches!(entry.state, State::Approved(_) | State::Armed { .. }) {
            out.push(Order::ForgetPrecedent { hold, kind: entry.kind });
        }
    }

    /// held → held: others must approve it too.
    fn wait_for_more(&mut self, hold: HoldId, out: &mut Vec<Order>) {
        let entry = self.entry(hold);
        let state = entry.state.name();
        out.push(Order::Save { hold, from: state, to: state, course: Box::new(entry.course.clone()) });
    }

    /// held, approved, armed → denied. One that carries the release is told too: its approval opens nothing now.
    fn deny(&mut self, now: Now, hold: HoldId, reason: Option<String>, out: &mut Vec<Order>) {
        self.stop_carrying(hold);
        self.forget_precedent(hold, out);
        self.finish(now, hold, How::Denied { reason }, false, out);
    }
}

/// What a decision does to a hold in its state.
fn weigh(entry: &Entry, now: Now, decision: &Decision) -> Result<Weight, DecisionError> {
    let conflict = |state| Err(already(entry.id, state, entry.decided_by()));
    let choice = decision.choice;
    if choice == Choice::Approve && !entry.state.is_over() {
        entry.must_count(&decision.by)?;
    }
    match (&entry.state, choice) {
        (State::Held { deadline }, _) if *deadline <= now.mono => {
            Err(already(entry.id, "expired", Vec::new()))
        }
        (State::Held { .. }, Choice::Approve) if entry.course.given().contains(&decision.by.name) => {
            Ok(Weight::Again)
        }
        (State::Held { .. }, _) => Ok(Weight::New),
        (State::Approved(_) | State::Armed { .. }, Choice::Approve) => Ok(Weight::Again),
        (State::Approved(_) | State::Armed { .. }, Choice::Deny) => Ok(Weight::New),
        (State::Forwarding(_), Choice::Approve) => Ok(Weight::Again),
        (State::Forwarding(_), Choice::Deny) => conflict(entry.state.name()),
        (State::Over(end), choice) => match (&end.how, choice) {
            (How::Done { .. } | How::OutcomeUnknown { .. }, Choice::Approve) => Ok(Weight::Again),
            (How::Denied { .. }, Choice::Deny) => Ok(Weight::Again),
            _ => conflict(entry.state.name()),
        },
    }
}

pub(super) fn already(hold: HoldId, state: &'static str, by: Vec<String>) -> DecisionError {
    DecisionError::Conflict(hold, Already { state, by })
}

impl Entry {
    /// On whose word it is what it is.
    pub(super) fn decided_by(&self) -> Vec<String> {
        match &self.state {
            State::Over(End { how: How::Denied { .. }, .. }) => {
                let mut denials = self.course.decisions.iter().rev().filter(|said| said.decision == "deny");
                denials.next().map(|said| said.approver.clone()).into_iter().collect()
            }
            State::Over(End { how: How::Cancelled | How::Expired | How::Failed { .. }, .. }) => Vec::new(),
            _ => self.course.given(),
        }
    }

    fn note_decision(&mut self, decision: &Decision, now: Now) {
        self.course.decisions.push(DecisionView {
            approver: decision.by.name.clone(),
            decision: decision.choice.as_str().to_owned(),
            digest: decision.digest.map(|digest| digest.to_string()),
            reason: decision.reason.clone(),
            at: now.wall.rfc3339(),
            void: None,
            grant: None,
        });
    }
}
