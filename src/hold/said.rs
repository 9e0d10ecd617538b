//! What the desk is told and what it answers: a request to be held, what a waiting attempt hears, decisions and the
//! errors that they can meet, what a listing wants.

use std::fmt;

use crate::agent::Agent;
use crate::classify::Finding;
use crate::decide::Terms;
use crate::hold::people::{FreezeView, GrantAsk, Who};
use crate::hold::{Answer, Approval, HoldId};
use crate::snapshot::{Digest, Snapshot};

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
    /// The Unix user whose process asks, where it is on this machine and known.
    pub owner: Option<String>,
}

/// Why a request was not taken, or a release may not go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// `max_pending` or `max_pending_per_agent`.
    QueueFull,
    /// The store failed.
    StoreUnavailable,
    /// The audit log failed.
    AuditUnavailable,
    /// A freeze is on, and this may start once it is taken back.
    Frozen,
    /// Shutting down.
    Restarting,
    /// The stored request is not the one that was approved: the hold has `failed`, and nothing was or will be sent.
    Tampered,
    /// The approval no longer stands: a denial, an expiry or the agent's departure came first, or a later release
    /// has taken its place. `Waiting::ended` says what became of the hold.
    Withdrawn,
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

impl Choice {
    /// Its name in the API and on record.
    pub fn as_str(self) -> &'static str {
        match self {
            Choice::Approve => "approve",
            Choice::Deny => "deny",
        }
    }
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
    pub by: Who,
    /// An approval's: like requests are covered too.
    pub grant: Option<GrantAsk>,
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
    /// It was decided otherwise, or has ended (409); how, and by whom.
    Conflict(HoldId, Already),
    /// This person's word does not count for it (403); why, and whose does.
    NotYours(HoldId, String),
    /// Such a grant may not be given with it (422); why.
    NoGrant(HoldId, String),
    /// The edited request cannot be held in its place (422); why.
    NoEdit(HoldId, String),
    /// Another freeze is on than the one that was seen (409).
    OtherFreeze(FreezeView),
    /// There is no such grant or freeze (404).
    NoSuch(String),
    /// There are as many freezes as may be (429); what to do.
    TooMany(String),
    /// The store or the log failed; nothing was decided.
    Unavailable,
}

/// What came first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Already {
    /// The state that the hold is in.
    pub state: &'static str,
    /// Who decided so; nobody where time or the agent did.
    pub by: Vec<String>,
}

impl fmt::Display for Already {
    /// `denied by ana`, `done, approved by ana and ben`, `expired`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = self.by.join(" and ");
        match self.state {
            state if by.is_empty() => f.write_str(state),
            state @ ("approved" | "denied") => write!(f, "{state} by {by}"),
            state => write!(f, "{state}, approved by {by}"),
        }
    }
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
    /// How many agents have something undecided.
    pub agents: usize,
    /// And how much the one with the most of it has.
    pub of_one_agent: usize,
    /// Approve → first byte, in milliseconds, since the last call.
    pub release_ms: Vec<u64>,
}
