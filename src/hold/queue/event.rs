//! What the queue is told, and what it orders to be done.

use std::sync::Arc;

use uuid::Uuid;

use crate::classify::Effect;
use crate::clock::Moment;
use crate::decide::{Approvers, Terms};
use crate::hold::facts::{Course, Facts};
use crate::hold::queue::{Edited, Freeze, Kind, Thawed};
use crate::hold::same::Key;
use crate::hold::{Approval, Decision, DecisionError, Ended, GrantView, HoldId, Refused};
use crate::snapshot::{Digest, Head};

/// An attempt's number; no two attempts of one process have the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptId(pub u64);

/// A request that asks to be held.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Which attempt it is.
    pub attempt: AttemptId,
    /// Equal for all attempts at the same request.
    pub key: Key,
    /// The request without its body.
    pub head: Arc<Head>,
    /// Its body's length.
    pub body_len: u64,
    /// Its digest.
    pub digest: Digest,
    /// What is known of it; code and time are given by the queue.
    pub facts: Facts,
    /// It says that it is a retry, and takes the place of the one that waits.
    pub retry: bool,
    /// It has an `Idempotency-Key`: it may wait beside another attempt, and both get the answer.
    pub idempotent: bool,
    /// When it came.
    pub at: Moment,
    /// Whose word a hold of its own needs.
    pub approvers: Option<Approvers>,
    /// The Unix user whose process asks, where it is known.
    pub owner: Option<String>,
}

/// What the queue is told.
#[derive(Debug)]
pub enum Event {
    /// A mutation of this agent, with this effect, wants to pass without a decision; whether it may is whether the
    /// agent is frozen afterwards.
    Admit(String, Effect),
    /// A request came.
    Arrive(Box<Arrival>),
    /// An attempt's agent has gone.
    Left(AttemptId),
    /// An attempt's answer was written out whole.
    Delivered(AttemptId),
    /// People decided; all or none.
    Decide(Vec<Decision>),
    /// A person changed a request.
    Edit(Box<Edited>),
    /// The connection stands, and the first byte is about to go.
    Sending(HoldId, u64),
    /// Nothing of this release was sent.
    Unsent(HoldId, u64, String),
    /// A byte was sent, and this came of it.
    Ended(HoldId, u64, Sent),
    /// The stored bytes are not those that were approved.
    Failed(HoldId, u64, String),
    /// A rule has grown stricter since the approval.
    Reconsider(HoldId, u64, Reconsidered),
    /// An approval was dropped unused.
    Abandoned(HoldId, u64),
    /// Nothing mutating starts any more.
    Freeze(Freeze),
    /// It may again: of this agent, or of all; who says so.
    Thaw(Option<String>, String),
    /// A grant covers nothing any more; who says so.
    Revoke(String, String),
    /// The file that freezes everybody is there, with this text, or not.
    File(Option<String>),
    /// Take no more requests.
    Drain,
    /// Time has passed.
    Tick,
}

/// Why an approval counts no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reconsidered {
    /// In words.
    pub why: String,
    /// On what terms it is held from now on, where that is known; approvers only where it needs others.
    pub terms: Option<Terms>,
}

/// What came of a request that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// A whole answer, and whether it is kept.
    Answered {
        /// The upstream's status.
        status: u16,
        /// Whether it is kept for those who come back.
        kept: bool,
    },
    /// No whole answer.
    Unknown {
        /// In words.
        error: String,
    },
}

/// Why an event was not taken. Nothing has changed then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Of a decision.
    Decision(DecisionError),
    /// Of a release.
    Release(Refused),
}

/// What is to be done: the writes of all orders of an event first, then their records, then the rest in order.
#[derive(Debug)]
pub enum Order {
    /// Store a new hold, from the request that came with this attempt.
    Insert { attempt: AttemptId, hold: HoldId },
    /// Move a stored hold from one state to another.
    Save { hold: HoldId, from: &'static str, to: &'static str, course: Box<Course> },
    /// Store what a hold's facts say now.
    Restate { hold: HoldId, state: &'static str },
    /// Store another request in the place of a held one; it is `held` from now on.
    Replace { hold: HoldId, from: &'static str },
    /// The next request of its kind is compared with this approved one.
    Precedent { hold: HoldId },
    /// And is not any more: the approval was taken back.
    ForgetPrecedent { hold: HoldId, kind: Kind },
    /// Delete a hold's bodies.
    Strip { hold: HoldId, state: &'static str, course: Box<Course> },
    /// Delete a hold; its code rests until this wall time.
    Erase { hold: HoldId, state: &'static str, code: String, until: i64 },
    /// Put something on record.
    Record { hold: HoldId, note: Note },
    /// The attempt has its place.
    Place { attempt: AttemptId, hold: HoldId },
    /// The attempt gets no place.
    Refuse { attempt: AttemptId, refused: Refused },
    /// Tell an attempt.
    Tell { attempt: AttemptId, ended: Ended },
    /// Tell an attempt the answer that was kept.
    Fetch { attempt: AttemptId, hold: HoldId, status: u16 },
    /// Somebody must send this although no agent waits.
    Orphan(Approval),
    /// Store a grant: a new one, or from this state and count on.
    Grant { from: Option<(String, u32)>, view: Box<GrantView> },
    /// A grant was revoked: put it on record; `again`: the record may have been lost in a crash.
    RecordRevoked { view: Box<GrantView>, again: bool },
    /// Delete a grant that ended long ago.
    ForgetGrant(Uuid),
    /// Store a freeze and put it on record; `again`: it was found at start.
    Freeze { freeze: Freeze, again: bool },
    /// Take it out of the store, and put that on record.
    Thaw(Thawed),
    /// Put a thaw on record again, and its freeze too: a crash may have cost their records.
    ThawAgain { thawed: Thawed, freeze_too: bool },
}

/// What is put on record of a hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// It was parked.
    Held { code: String },
    /// A restart or a stricter rule voided its approval, or it was found at start.
    HeldAgain { why: String },
    /// A person decided; `again`: as before, nothing changed, or the record may have been lost in a crash.
    /// `grant`: by that, and nobody looked at this very request.
    Decided {
        approver: String,
        choice: &'static str,
        named: Option<Digest>,
        reason: Option<String>,
        again: bool,
        /// Approvals so far and how many it needs, where it needs more than one.
        tally: Option<(usize, usize)>,
        grant: Option<String>,
    },
    /// A person changed it, from this request; `original` is the digest of what the agent sent. `again` as above.
    Edited { approver: String, replaced: Option<Digest>, original: String, again: bool },
    /// An approval of it also covers like requests. `again` as above.
    Granted { view: Box<GrantView>, again: bool },
    /// It is about to be sent.
    Sending { release: u64, approvers: Vec<String> },
    /// After `Sending`, nothing was sent.
    Unsent { release: u64, error: String },
    /// It has ended; `again`: the record may have been lost in a crash.
    Ended { state: &'static str, status: Option<u16>, error: Option<String>, again: bool },
}

impl Note {
    /// What it is called where people are told; `None` where nothing has changed.
    pub fn happening(&self) -> Option<&'static str> {
        match self {
            Note::Held { .. } | Note::HeldAgain { .. } => Some("held"),
            Note::Decided { again: true, .. }
            | Note::Edited { again: true, .. }
            | Note::Granted { again: true, .. }
            | Note::Ended { again: true, .. } => None,
            Note::Edited { .. } => Some("edited"),
            Note::Decided { .. } => Some("decided"),
            Note::Granted { .. } => Some("granted"),
            Note::Sending { .. } => Some("sending"),
            Note::Unsent { .. } => Some("unsent"),
            Note::Ended { .. } => Some("ended"),
        }
    }
}
