//! Proof that a person released a request and had seen its digest. Made by the queue only, one at a time for a
//! hold, consumed by sending.
//!
//! It carries the number of its release: one that a denial, an expiry or a later release has overtaken opens
//! nothing. Dropped before it was used up (a task that panicked), it says so: what was not sent waits again, and
//! what may have been sent is `outcome_unknown`.
//!
//! A JSON-RPC call may be sent with the return address of the attempt that carries it, and a signed request with its
//! signature (`readdress`): then it also knows the digest of that.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::decide::Approvers;
use crate::hold::HoldId;
use crate::hold::address::Address;
use crate::hold::departures::Departures;
use crate::hold::facts::Facts;
use crate::snapshot::Digest;
use crate::store::{Content, Reading};

/// A stored request on its way from the store.
type Stored = Reading<Option<Content>>;

/// Proof: a person released this request and had seen this digest. Made by the queue only, consumed by sending.
pub struct Approval {
    hold: HoldId,
    digest: Digest,
    release: u64,
    /// What the hold was by then.
    facts: Arc<Facts>,
    /// The request as it lay on disk by then, where the store was asked for it with the decision.
    stored: Mutex<Option<Stored>>,
    /// Whose word it needed.
    asked_of: Option<Approvers>,
    /// What is the own of the attempt that carries it, where that is not what was approved.
    address: Option<Address>,
    /// The digest of what is sent, once it was compared with what was approved.
    sends: OnceLock<Digest>,
    alarm: Option<Departures>,
}

impl Approval {
    /// Made by the queue, where an approved hold meets somebody to send it.
    pub(in crate::hold) fn new(hold: HoldId, digest: Digest, release: u64, facts: Arc<Facts>) -> Self {
        Self {
            hold,
            digest,
            release,
            facts,
            stored: Mutex::default(),
            asked_of: None,
            address: None,
            sends: OnceLock::new(),
            alarm: None,
        }
    }

    /// It needed the word of these.
    pub(in crate::hold) fn asked_of(mut self, approvers: Option<Approvers>) -> Self {
        self.asked_of = approvers;
        self
    }

    /// It is sent with this return address or signature.
    pub(in crate::hold) fn with_address(mut self, address: Option<Address>) -> Self {
        self.address = address;
        self
    }

    /// The store was asked for the request with the decision.
    pub(in crate::hold) fn bring(&mut self, stored: Option<Stored>) {
        *self.stored.get_mut().unwrap_or_else(PoisonError::into_inner) = stored;
    }

    /// The request that the store was asked for, if it was; once.
    pub(in crate::hold) fn take_stored(&self) -> Option<Stored> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// From now on a drop is told.
    pub(in crate::hold) fn with_alarm(mut self, departures: Departures) -> Self {
        self.alarm = Some(departures);
        self
    }

    /// Used up in order: the drop is not told.
    pub(in crate::hold) fn use_up(mut self) -> (HoldId, u64) {
        self.alarm = None;
        (self.hold, self.release)
    }

    /// Which release of its hold this is.
    pub(in crate::hold) fn release(&self) -> u64 {
        self.release
    }

    /// The return address or signature that it is sent with, where that is not what was approved.
    pub(in crate::hold) fn address(&self) -> Option<&Address> {
        self.address.as_ref()
    }

    /// What is sent has this digest; false where another was settled before.
    pub(in crate::hold) fn settle(&self, digest: Digest) -> bool {
        *self.sends.get_or_init(|| digest) == digest
    }

    /// The hold it is for.
    pub fn hold(&self) -> HoldId {
        self.hold
    }

    /// Who asks, and what for, as the hold had it when this was made.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The digest that was approved.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Whose word it needed; `None`: anybody's who may decide.
    pub fn approved_by(&self) -> Option<&Approvers> {
        self.asked_of.as_ref()
    }

    /// The digest of what is sent: the one that was approved, but where it is sent with another return address or signature.
    pub fn sends(&self) -> Digest {
        self.sends.get().copied().unwrap_or(self.digest)
    }
}

impl Drop for Approval {
    fn drop(&mut self) {
        if let Some(departures) = self.alarm.take() {
            departures.abandoned(self.hold, self.release);
        }
    }
}

impl fmt::Debug for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Approval({}, {})", self.hold, self.digest)
    }
}
