//! The states of a hold, and what is known in each.

use std::time::Duration;

use crate::clock::{Moment, Now};
use crate::hold::queue::AttemptId;
use crate::limits;

/// Where a hold is.
///
/// ```text
///   arrive ──► held ──approve, somebody waits──► approved ──sending──► forwarding ──ended──► done
///               │ │                               │  ▲  ▲                │    │
///               │ └─approve, nobody waits─► armed │  │  │                │    └─ended, or lost sight of──► outcome_unknown
///               │                           │ ▲ ▲ │  │  └────unsent, another attempt waits
///               │       the agent comes back┼─┼─┼─┼──┘                   │
///               │                           │ │ └─┼───unsent─────────────┘
///               │                           │ └───┴─the carrier left (arm), unsent
///               │                           │
///               ├─deny──► denied ◄──deny────┴──deny (approved)
///               ├─time──► expired ◄─time────┘
///               └─the last attempt left (cancel)──► cancelled ◄── the same from approved
///
///   approved ──the stored bytes have another digest──► failed
///   approved, armed ──restart, a rule grown stricter──► held;   forwarding ──restart──► outcome_unknown
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Nobody has decided.
    Held {
        /// Until then somebody must.
        deadline: Moment,
    },
    /// Released, and somebody is on the way to send it. Not one byte has been sent.
    Approved(Passage),
    /// Released, and waiting for the agent to ask again.
    Armed {
        /// From then on the approval is void.
        void: Moment,
    },
    /// It may have been sent, whole or in part.
    Forwarding(Passage),
    /// It has ended.
    Over(End),
}

/// One release on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passage {
    /// Its number, from 1; an approval with another number opens nothing.
    pub release: u64,
    /// The attempt that carries it; `None` where nobody waits and it is sent all the same.
    pub carrier: Option<AttemptId>,
    /// When it set out.
    pub since: Moment,
    /// From then on the approval is void, unless somebody waits.
    pub void: Moment,
    /// The carrier's agent has the answer already, before its end was known here.
    pub delivered: bool,
}

/// An end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// Which.
    pub how: How,
    /// An agent may still come for the answer.
    pub owed: bool,
    /// Request body and answer are still kept.
    pub whole: bool,
    /// Until then the answer waits.
    pub remembered: Moment,
    /// Then nothing of it is left here.
    pub forgotten: Moment,
}

/// How a hold ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// Nobody waits any more, and `on_disconnect` is `cancel`.
    Cancelled,
    /// An approver said no.
    Denied {
        /// Why, if that was said.
        reason: Option<String>,
    },
    /// It was sent, and a whole answer came.
    Done {
        /// The upstream's status.
        status: u16,
        /// The answer was kept.
        kept: bool,
    },
    /// Nobody decided in time, or nobody came back for the approval.
    Expired,
    /// It can never be sent: the stored bytes are not those that were approved.
    Failed {
        /// In words.
        error: String,
    },
    /// A byte was sent, and no whole answer came.
    OutcomeUnknown {
        /// In words.
        error: String,
    },
}

impl State {
    /// Its name in the API, the store and the audit log.
    pub fn name(&self) -> &'static str {
        match self {
            State::Held { .. } => "held",
            State::Approved(_) => "approved",
            State::Armed { .. } => "armed",
            State::Forwarding(_) => "forwarding",
            State::Over(end) => end.how.name(),
        }
    }

    /// Whether it has ended.
    pub fn is_over(&self) -> bool {
        matches!(self, State::Over(_))
    }
}

impl How {
    /// Its name in the API, the store and the audit log.
    pub fn name(&self) -> &'static str {
        match self {
            How::Cancelled => "cancelled",
            How::Denied { .. } => "denied",
            How::Done { .. } => "done",
            How::Expired => "expired",
            How::Failed { .. } => "failed",
            How::OutcomeUnknown { .. } => "outcome_unknown",
        }
    }

    /// Whether an agent that comes back is told this end; otherwise its request is a new one.
    pub fn is_owed(&self) -> bool {
        match self {
            How::Denied { .. } | How::Done { .. } | How::Expired | How::OutcomeUnknown { .. } => true,
            How::Cancelled | How::Failed { .. } => false,
        }
    }
}

impl End {
    /// An end that has just come. `delivered`: the agent has its answer already.
    pub fn new(how: How, now: Now, remember: Duration, delivered: bool) -> Self {
        let lasting = matches!(how, How::OutcomeUnknown { .. });
        let owed = how.is_owed() && (lasting || !delivered);
        Self {
            owed,
            whole: true,
            remembered: now.mono.after(remember),
            forgotten: now.mono.after(remember.max(limits::KIN_WINDOW)),
            how,
        }
    }

    /// Whether a same request is told this end now.
    pub fn answers(&self, now: Moment) -> bool {
        self.owed && now < self.remembered
    }

    /// Whether it answers every same request, delivered or not.
    pub fn is_unknown(&self) -> bool {
        matches!(self.how, How::OutcomeUnknown { .. })
    }
}
