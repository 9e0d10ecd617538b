//! A person changes a request that waits: the hold goes on with other bytes, and nobody has approved those. The agent
//! knows nothing of it: what it sends again still joins, by what it sent at first, and it gets the answer.

use std::sync::Arc;

use super::decide::already;
use super::entry::head_bytes;
use super::{Kind, Note, Order, Queue, State};
use crate::clock::{Moment, Now};
use crate::hold::address::Address;
use crate::hold::facts::Judged;
use crate::hold::view::EditedView;
use crate::hold::{DecisionError, HoldId};
use crate::limits;
use crate::snapshot::{Digest, Head};

/// A changed request, judged anew.
#[derive(Clone, Debug)]
pub struct Edited {
    /// The hold.
    pub hold: HoldId,
    /// The digest of what was changed.
    pub of: Digest,
    /// The request without its body.
    pub head: Arc<Head>,
    /// Its body's length.
    pub body_len: u64,
    /// Its digest.
    pub digest: Digest,
    /// What it is.
    pub judged: Judged,
    /// Who changed it.
    pub by: String,
}

impl Queue {
    /// held, approved, armed → held, with other bytes. Every approval so far is void: it was of other ones.
    pub(super) fn edit(
        &mut self,
        now: Now,
        edited: Edited,
        out: &mut Vec<Order>,
    ) -> Result<(), DecisionError> {
        let Edited { hold, of, head, body_len, digest, mut judged, by } = edited;
        let deadline = self.may_edit(now, hold, of, digest)?;
        judged.address = self.address_of(hold, &head, &judged)?;
        let (old, new) = (head_bytes(&self.entry(hold).head), head_bytes(&head));
        if self.head_bytes - old + new > limits::QUEUE_HEAD_BYTES_MAX {
            return Err(no_edit(hold, "there is no room for so large a head"));
        }
        self.head_bytes = self.head_bytes - old + new;
        self.stop_carrying(hold);
        self.forget_precedent(hold, out);
        let (was, kind) = (self.entry(hold).is_undecided(), self.entry(hold).kind);
        if was {
            self.uncount_like(kind);
        }
        let entry = self.entry(hold);
        let (from, replaced) = (entry.state.name(), entry.digest);
        let original = entry.course.edited.take().map_or(replaced.to_string(), |edited| edited.original);
        (entry.head, entry.body_len, entry.digest) = (head, body_len, digest);
        entry.course.approvers = judged.approvers.take();
        Arc::make_mut(&mut entry.facts).judge(judged);
        entry.kind = Kind::of(&entry.facts, &entry.head.origin);
        entry.course.void_approvals("the request was changed");
        entry.course.deadline = now.wall_of(deadline).0;
        let view = EditedView { by: by.clone(), at: now.wall.rfc3339(), original: original.clone() };
        entry.course.edited = Some(view);
        entry.state = State::Held { deadline };
        let kind = entry.kind;
        self.count_like(kind);
        let first = self.first_waiting(hold);
        self.readdress(hold, first);
        self.set_hold_timer(hold);
        out.push(Order::Replace { hold, from });
        let note = Note::Edited { approver: by, replaced: Some(replaced), original, again: false };
        out.push(Order::Record { hold, note });
        Ok(())
    }

    /// Until when somebody must decide, if it may be edited at all.
    fn may_edit(&self, now: Now, hold: HoldId, of: Digest, digest: Digest) -> Result<Moment, DecisionError> {
        let entry = self.holds.get(&hold).ok_or(DecisionError::NotFound(hold))?;
        let deadline = match &entry.state {
            State::Held { deadline } if *deadline > now.mono => *deadline,
            State::Approved(_) | State::Armed { .. } => {
                now.mono.after(std::time::Duration::from_millis(entry.facts.timeout_ms))
            }
            State::Held { .. } => return Err(already(hold, "expired", Vec::new())),
            state => return Err(already(hold, state.name(), entry.decided_by())),
        };
        if entry.digest != of {
            return Err(DecisionError::OtherDigest(hold));
        }
        if digest == of {
            return Err(no_edit(hold, "nothing was changed"));
        }
        Ok(deadline)
    }

    /// What of the changed request may still be a later attempt's. An agent that finds its answer by an id must find it
    /// still; a signature can be renewed only where what it was made of is as it was.
    fn address_of(
        &self,
        hold: HoldId,
        head: &Head,
        judged: &Judged,
    ) -> Result<Option<Address>, DecisionError> {
        let Some(entry) = self.holds.get(&hold) else { return Ok(None) };
        let same_target = (&entry.head.method, &entry.head.target) == (&head.method, &head.target);
        match (&entry.facts.address, &judged.address) {
            (Some(Address::Call(known)), Some(Address::Call(reply))) if known.is_like(reply) => {
                Ok(judged.address.clone())
            }
            (Some(Address::Call(_)), _) => Err(no_edit(
                hold,
                "the agent finds its answer by this call's `id` and progress token: leave them as they are, and it one call",
            )),
            (Some(Address::Signed(_)), Some(Address::Signed(_))) if same_target => Ok(judged.address.clone()),
            _ => Ok(None),
        }
    }
}

fn no_edit(hold: HoldId, why: &str) -> DecisionError {
    DecisionError::NoEdit(hold, why.to_owned())
}
