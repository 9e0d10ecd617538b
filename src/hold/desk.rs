//! The desk: how the gate and the people talk to the keeper.

use tokio::sync::watch;

use crate::agent::Agent;
use crate::audit::{Audit, Receipt};
use crate::classify::Finding;
use crate::clock::Clock;
use crate::config::Hold as Limits;
use crate::decide::Terms;
use crate::hold::{Answer, Approval, HoldId, HoldView};
use crate::kind::Mutation;
use crate::snapshot::{Digest, Field, Head, Snapshot};
use crate::store::spool::Spool;

/// A request to be held.
#[derive(Debug)]
pub struct NewHold {
    /// The frozen request.
    pub snapshot: Snapshot,
    /// Whose it is.
    pub agent: Agent,
    /// What it is.
    pub finding: Finding,
    /// On what terms it is held.
    pub terms: Terms,
    /// What the agent spoke: `HTTP/1.1`, `HTTP/2`.
    pub http_version: &'static str,
}

/// Why a request was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// `max_pending` or `max_pending_per_agent`.
    QueueFull,
    /// The store failed.
    StoreUnavailable,
    /// The audit log failed.
    AuditUnavailable,
    /// Shutting down.
    Restarting,
}

/// What an attempt that waits is told.
#[derive(Debug)]
pub enum Ended {
    /// Approved: this attempt carries the release.
    Released(Approval),
    /// Nobody decided within `hold.wait`, or a retry took this attempt's place.
    Ticket,
    /// An approver said no.
    Denied {
        /// The reason, if one was given.
        reason: Option<String>,
    },
    /// Nobody decided in time, or the approval was not used in time.
    Expired,
    /// Cancelled; nobody will decide.
    Cancelled,
    /// It was sent, by this or an earlier attempt, and this is the answer.
    Answer(Answer),
    /// It was sent and its answer was not kept; the upstream's status.
    AnswerLost(u16),
    /// A byte was sent and no whole answer came.
    OutcomeUnknown,
    /// Holdpoint is shutting down, or its store or log failed while this waited.
    Refused(Refused),
}

/// An attempt's place at a hold. Dropping it means that the agent has gone.
pub struct Waiting {}

impl Waiting {
    /// The hold that this is an attempt of.
    pub fn hold(&self) -> HoldId {
        todo!()
    }

    /// Waits for the end, `hold.wait` at the most.
    pub async fn ended(&mut self) -> Ended {
        todo!()
    }

    /// The answer to this attempt (whatever `ended` said, a `Ticket` aside) was written out whole to an open
    /// connection. Dropped without it, the answer stays for the next attempt.
    pub fn delivered(self) {
        todo!()
    }
}

/// How a release ended.
#[derive(Debug)]
pub enum Outcome {
    /// A whole answer came; `None`: it was too large to keep.
    Done {
        /// The upstream's status.
        status: u16,
        /// The answer, where it was kept.
        answer: Option<Answer>,
    },
    /// A byte was sent and no whole answer came.
    Unknown {
        /// What went wrong, in words.
        error: String,
    },
}

/// What a person says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Release it.
    Approve,
    /// Refuse it.
    Deny,
}

/// One decision as it comes in.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The hold.
    pub hold: HoldId,
    /// What is decided.
    pub choice: Choice,
    /// The digest that the approver saw; an approval must name it.
    pub digest: Option<Digest>,
    /// A deny's reason, an approval's note.
    pub reason: Option<String>,
    /// Who.
    pub approver: String,
}

/// Why a decision was not taken. A batch is taken whole or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DecisionError {
    /// There is no such hold.
    NotFound(HoldId),
    /// The named digest is not the hold's (412).
    OtherDigest(HoldId),
    /// An approval that names no digest (412).
    NoDigest(HoldId),
    /// It was decided otherwise, or has ended (409); the state it is in.
    Conflict(HoldId, &'static str),
    /// The store or the log failed; nothing was decided.
    Unavailable,
}

/// Which holds a listing wants.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Only this state.
    pub state: Option<String>,
    /// Only this agent.
    pub agent: Option<String>,
    /// Only holds created after this one.
    pub after: Option<HoldId>,
    /// At most this many; `limits::PAGE_MAX` where it is zero.
    pub limit: usize,
}

/// Figures for `/metrics`.
#[derive(Clone, Debug, Default)]
pub struct Stats {
    /// Holds by state name; pending ones and those still remembered.
    pub by_state: Vec<(&'static str, usize)>,
    /// The age of the oldest undecided hold, in milliseconds.
    pub oldest_pending_ms: u64,
    /// Approve → first byte, in milliseconds, since the last call.
    pub release_ms: Vec<u64>,
}

/// The handle that everybody has.
#[derive(Clone)]
pub struct Desk {}

impl Desk {
    /// Opens the database, brings a crashed process's holds into order (SPEC section 7, restart), and starts the
    /// keeper on the current runtime.
    pub async fn open(
        _store: crate::store::Store,
        _spool: Spool,
        _audit: Audit,
        _clock: Clock,
        _limits: Limits,
    ) -> Result<Self, String> {
        todo!()
    }

    /// A request that must be held: joins an earlier hold or becomes one. Returns when it is durable and on
    /// record.
    pub async fn arrive(&self, _new: NewHold) -> Result<Waiting, Refused> {
        todo!()
    }

    /// The stored form of an approved request, its digest compared.
    pub async fn thaw(&self, _approval: &Approval) -> Result<Snapshot, Refused> {
        todo!()
    }

    /// The connection stands: makes `forwarding` and its record durable. Refused when a denial or an expiry came
    /// first, or nothing can be promised; then nothing may be sent.
    pub async fn sending(&self, _approval: &Approval) -> Result<Receipt<Mutation>, Refused> {
        todo!()
    }

    /// No byte was sent: the hold is `armed` again (before or after `sending`), the attempts that wait get
    /// `Refused`-free way: the caller answers its own agent.
    pub async fn unsent(&self, _approval: Approval, _error: String) {
        todo!()
    }

    /// A byte was sent, and this came of it.
    pub async fn ended(&self, _approval: Approval, _outcome: Outcome) {
        todo!()
    }

    /// Approvals of holds that nobody waits on and that are to be sent all the same (`on_disconnect = "forward"`).
    /// One taker: `serve`.
    pub async fn orphan(&self) -> Option<Approval> {
        todo!()
    }

    /// Takes decisions, all or none.
    pub async fn decide(&self, _decisions: Vec<Decision>) -> Result<Vec<HoldView>, DecisionError> {
        todo!()
    }

    /// Holds in the order of their creation.
    pub async fn list(&self, _filter: Filter) -> Vec<HoldView> {
        todo!()
    }

    /// One hold, by id or code (codes of the pending first).
    pub async fn find(&self, _id_or_code: &str) -> Option<HoldView> {
        todo!()
    }

    /// A hold's request: its head, and its body where it still is there.
    pub async fn request(&self, _hold: HoldId) -> Option<(Head, Option<crate::snapshot::Body>)> {
        todo!()
    }

    /// Changes whenever a hold changes; what a long poll or the prompt waits on.
    pub fn changes(&self) -> watch::Receiver<u64> {
        todo!()
    }

    /// Figures.
    pub async fn stats(&self) -> Stats {
        todo!()
    }

    /// Whether the store takes writes.
    pub fn healthy(&self) -> bool {
        todo!()
    }

    /// No new holds; attempts that wait are told `Restarting`; returns when nothing is `forwarding` or the wait is
    /// over.
    pub async fn drain(&self) {
        todo!()
    }
}

/// The fields of which nobody sees the value unless the bytes are asked for raw.
pub fn is_secret(_field: &Field) -> bool {
    todo!()
}
