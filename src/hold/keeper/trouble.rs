//! When the store or the log has failed: everybody who waits is told, and nothing is taken any more.

use std::sync::atomic::Ordering;

use super::{Keeper, Message};
use crate::hold::turn::{Effect, Turn};
use crate::hold::{DecisionError, Ended, Refused};

impl Keeper {
    /// The disk has failed: nobody can be promised anything any more.
    pub(super) fn give_up(&mut self, turn: Turn, refused: Refused) {
        // A commit that failed may be on disk all the same: the next start decides what becomes of its files.
        for body in &turn.kept {
            self.tools.spool.keep(body);
        }
        self.broken = Some(refused.clone());
        self.tools.healthy.store(false, Ordering::SeqCst);
        for effect in turn.effects {
            self.deny(effect, refused.clone());
        }
        for (_, reply) in self.replies.drain() {
            let _ = reply.send(Err(refused.clone()));
        }
        for (_, mailbox) in self.mailboxes.drain() {
            let _ = mailbox.try_send(Box::new(Ended::Refused(refused.clone())));
        }
        self.parked.clear();
        self.tools.changes.send_modify(|count| *count += 1);
    }

    pub(super) fn deny(&mut self, effect: Effect, refused: Refused) {
        match effect {
            Effect::Decided(reply, _) => drop(reply.send(Err(DecisionError::Unavailable))),
            Effect::Receipt(reply, ..) => drop(reply.send(Err(refused))),
            Effect::Admitted(reply, _) => drop(reply.send(Err(refused))),
            Effect::Froze(reply, _) => drop(reply.send(Err(DecisionError::Unavailable))),
            Effect::Revoked(reply, _) => drop(reply.send(Err(DecisionError::Unavailable))),
            Effect::Done(reply) => drop(reply.send(())),
            Effect::Look(look) => self.look(look),
            Effect::Place(..)
            | Effect::Refuse(..)
            | Effect::Tell(..)
            | Effect::Fetch(..)
            | Effect::Release
            | Effect::Orphan(_) => {}
        }
    }

    pub(super) fn refuse(&mut self, message: Message, refused: Refused, turn: &mut Turn) {
        match message {
            Message::Arrive { reply, .. } => drop(reply.send(Err(refused))),
            Message::Decide(_, reply) => drop(reply.send(Err(DecisionError::Unavailable))),
            Message::Edit(_, _, reply) => drop(reply.send(Err(DecisionError::Unavailable))),
            Message::Sending(_, _, _, reply) => drop(reply.send(Err(refused))),
            Message::Admit(_, _, reply) => drop(reply.send(Err(refused))),
            Message::Freeze(agent, _, _, reply) => {
                // It cannot be kept, but it can be done.
                self.tools.brake.add(agent.as_deref());
                let _ = reply.send(Err(DecisionError::Unavailable));
            }
            Message::Revoke(_, _, reply) => drop(reply.send(Err(DecisionError::Unavailable))),
            Message::Thaw(_, _, _, reply) => drop(reply.send(Err(DecisionError::Unavailable))),
            Message::Report(_, reply) | Message::Ended(_, _, _, reply) => drop(reply.send(())),
            Message::Look(look) => turn.effects.push(Effect::Look(look)),
            Message::Close(reply) => drop(reply.send(())),
        }
    }
}
