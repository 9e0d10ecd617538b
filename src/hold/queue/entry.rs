//! One hold, as the queue has it.

use std::sync::Arc;

use super::event::{AttemptId, Note};
use super::like::Kind;
use super::state::{End, How, State};
use crate::clock::{Moment, Now};
use crate::hold::facts::{Course, Facts};
use crate::hold::same::Key;
use crate::hold::view::OutcomeView;
use crate::hold::{GrantAsk, HoldId};
use crate::snapshot::{Digest, Head};

/// One hold.
#[derive(Debug)]
pub struct Entry {
    /// Its id.
    pub id: HoldId,
    /// Equal for all requests that are the same.
    pub key: Key,
    /// Equal for all requests that are like one another.
    pub kind: Kind,
    /// The request without its body.
    pub head: Arc<Head>,
    /// Its body's length.
    pub body_len: u64,
    /// Its digest.
    pub digest: Digest,
    /// What never changes.
    pub facts: Arc<Facts>,
    /// What has happened.
    pub course: Course,
    /// Where it is.
    pub state: State,
    /// Connected now, the longest first.
    pub attempts: Vec<AttemptId>,
    /// Releases so far.
    pub release: u64,
    /// Which grant each approver has asked for, if any, until its approval is whole.
    pub(super) asks: Vec<(String, Option<GrantAsk>)>,
    pub(super) alarm: Option<Moment>,
}

impl Entry {
    /// The next moment at which time changes something.
    pub(super) fn next_alarm(&self) -> Option<Moment> {
        match &self.state {
            State::Held { deadline } => Some(*deadline),
            State::Armed { void } => Some(*void),
            State::Approved(passage) => self.attempts.is_empty().then_some(passage.void),
            State::Forwarding(_) => None,
            State::Over(end) if end.owed => Some(end.remembered),
            State::Over(end) => Some(end.forgotten),
        }
    }

    /// What its head takes in memory, roughly.
    pub(super) fn head_bytes(&self) -> usize {
        head_bytes(&self.head)
    }
}

/// What a head takes in memory, roughly: its bytes, and what each field costs beside them.
pub(super) fn head_bytes(head: &Head) -> usize {
    let fields: usize = head.fields.iter().map(|(name, value)| name.len() + value.len() + 64).sum();
    head.method.len() + head.target.len() + fields
}

impl End {
    /// As it stands on record.
    pub(super) fn note(&self, again: bool) -> Note {
        let (status, error) = self.how.outcome();
        Note::Ended { state: self.how.name(), status, error: error.map(str::to_owned), again }
    }
}

impl How {
    /// The upstream's status, and what went wrong.
    fn outcome(&self) -> (Option<u16>, Option<&str>) {
        match self {
            How::Done { status, .. } => (Some(*status), None),
            How::Failed { error } | How::OutcomeUnknown { error } => (None, Some(error)),
            How::Cancelled | How::Denied { .. } | How::Expired => (None, None),
        }
    }
}

impl Course {
    /// Takes an end down.
    pub(super) fn end(&mut self, end: &End, now: Now) {
        self.ended_at = Some(now.wall.0);
        self.owed = end.owed;
        self.whole = end.whole;
        let (status, error) = end.how.outcome();
        // What kept an earlier release from being sent is no outcome of the hold's.
        self.outcome = (status.is_some() || error.is_some()).then(|| OutcomeView {
            status,
            at: now.wall.rfc3339(),
            error: error.map(str::to_owned),
        });
        match &end.how {
            How::Done { kept, .. } => self.kept = *kept,
            How::Denied { reason } => self.reason = reason.clone(),
            _ => {}
        }
    }
}
