//! One turn of the keeper: what several events order, done in the order that the promises need. First the store, in
//! one commit; then the audit log, in one sync; then, and only then, attempts are woken and people answered. Only who
//! carries a release hears of it before, to make ready (`keeper::ready`); to send it needs a receipt of the log.

use std::collections::HashMap;

use tokio::sync::oneshot;

use crate::audit::{Receipt, Record};
use crate::failpoint;
use crate::hold::happenings::News;
use crate::hold::queue::{AttemptId, Kind, Note, Order};
use crate::hold::said::{Filter, Stats};
use crate::hold::{
    AgentView, Answer, Approval, DecisionError, Ended, FreezeView, GrantView, HoldId, HoldView, Outline,
    Permit, Refused,
};
use crate::kind::Mutation;
use crate::snapshot::{Body, Head};
use crate::store::Step;

/// Where a sender waits for what it needs.
pub type Cleared = oneshot::Sender<Result<(Receipt<Mutation>, Permit), Refused>>;

/// What happens once everything is on disk.
pub enum Effect {
    /// The attempt has its place.
    Place(AttemptId, HoldId),
    /// The attempt gets none.
    Refuse(AttemptId, Refused),
    /// The attempt is told.
    Tell(AttemptId, Ended),
    /// The attempt is told the kept answer; the status where it cannot be read.
    Fetch(AttemptId, HoldId, u16),
    /// Somebody must send this.
    Orphan(Approval),
    /// The deciders are answered.
    Decided(oneshot::Sender<Result<Vec<HoldView>, DecisionError>>, Vec<HoldId>),
    /// The sender gets the receipt of the record with this index, and a permit for this agent.
    Receipt(Cleared, usize, String),
    /// Whoever reported something may go on.
    Done(oneshot::Sender<()>),
    /// Whoever asked to pass without a decision is answered.
    Admitted(oneshot::Sender<Result<Permit, Refused>>, Result<Permit, Refused>),
    /// Whoever froze or thawed is answered.
    Froze(oneshot::Sender<Result<FreezeView, DecisionError>>, Option<FreezeView>),
    /// Whoever revoked a grant is answered.
    Revoked(oneshot::Sender<Result<GrantView, DecisionError>>, Option<GrantView>),
    /// The brake comes off, as far as no freeze is on.
    Release,
    /// Somebody looks.
    Look(Look),
}

/// Questions, answered with what is on disk.
pub enum Look {
    /// A listing.
    List(Filter, oneshot::Sender<Vec<HoldView>>),
    /// All that is undecided, in the order of its creation.
    Outlines(oneshot::Sender<Vec<Outline>>),
    /// One hold.
    Find(String, oneshot::Sender<Option<HoldView>>),
    /// A hold's head.
    Head(HoldId, oneshot::Sender<Option<std::sync::Arc<Head>>>),
    /// A hold's kind.
    Kind(HoldId, oneshot::Sender<Option<Kind>>),
    /// Whether this release of a hold may still be sent.
    Stands(HoldId, u64, oneshot::Sender<bool>),
    /// Some holds, in their order; `None` where one is gone.
    Each(Vec<HoldId>, oneshot::Sender<Vec<Option<HoldView>>>),
    /// Whether anything may be on its way to an upstream.
    Sending(oneshot::Sender<bool>),
    /// Agents.
    Agents(oneshot::Sender<Vec<AgentView>>),
    /// Grants.
    Grants(oneshot::Sender<Vec<GrantView>>),
    /// The freezes that are on.
    Freezes(oneshot::Sender<Vec<FreezeView>>),
    /// Figures.
    Stats(oneshot::Sender<Stats>),
}

/// The steps of a hold between which a test may end the process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Point {
    Held,
    Decided,
    Sending,
    Ended,
    /// A freeze, a thaw, the end of a grant.
    Stopped,
    Other,
}

impl Point {
    /// Which point an event's orders belong to.
    pub fn of(orders: &[Order]) -> Self {
        let note = orders.iter().find_map(|order| match order {
            Order::Record { note, .. } => Some(note),
            _ => None,
        });
        let stops = |order: &Order| {
            matches!(order, Order::Freeze { .. } | Order::Thaw(_) | Order::RecordRevoked { .. })
        };
        match note {
            Some(Note::Held { .. } | Note::HeldAgain { .. }) => Point::Held,
            Some(Note::Decided { .. } | Note::Edited { .. } | Note::Granted { .. }) => Point::Decided,
            Some(Note::Sending { .. }) => Point::Sending,
            Some(Note::Ended { .. } | Note::Unsent { .. }) => Point::Ended,
            None if orders.iter().any(stops) => Point::Stopped,
            None => Point::Other,
        }
    }

    /// Whether all that an event brings is a yes or a no, or that what was approved is about to be sent.
    pub fn is_plain(orders: &[Order]) -> bool {
        orders.iter().all(|order| match order {
            Order::Record { note, .. } => matches!(note, Note::Decided { .. } | Note::Sending { .. }),
            Order::Save { .. } | Order::Precedent { .. } | Order::Tell { .. } => true,
            _ => false,
        })
    }

    fn names(self) -> [&'static str; 4] {
        match self {
            Point::Held => ["held.before_store", "held.after_store", "held.after_audit", "held.after_wake"],
            Point::Decided => {
                ["decided.before_store", "decided.after_store", "decided.after_audit", "decided.after_wake"]
            }
            Point::Sending => {
                ["sending.before_store", "sending.after_store", "sending.after_audit", "sending.after_wake"]
            }
            Point::Ended => {
                ["ended.before_store", "ended.after_store", "ended.after_audit", "ended.after_wake"]
            }
            Point::Stopped => {
                ["stopped.before_store", "stopped.after_store", "stopped.after_audit", "stopped.after_wake"]
            }
            Point::Other => {
                ["other.before_store", "other.after_store", "other.after_audit", "other.after_wake"]
            }
        }
    }
}

/// Between which two steps a turn is.
#[derive(Clone, Copy)]
pub enum Stage {
    BeforeStore = 0,
    AfterStore = 1,
    AfterAudit = 2,
    AfterWake = 3,
}

/// All that a turn has to do.
#[derive(Default)]
pub struct Turn {
    /// A job for each event: all of its steps or none.
    pub jobs: Vec<Vec<Step>>,
    /// In order.
    pub records: Vec<Record>,
    /// In order.
    pub effects: Vec<Effect>,
    /// Answers that came in this turn, so that they need not be read back.
    pub answers: HashMap<HoldId, Answer>,
    /// Bodies that the store names from now on.
    pub kept: Vec<Body>,
    /// Holds whose files go.
    pub stripped: Vec<HoldId>,
    /// What people are told once it is on disk.
    pub news: Vec<News>,
    points: Vec<Point>,
    /// Some event of it is more than a plain yes or no, or a plain start.
    pub more: bool,
    /// A release was handed out, and its sender waits for this turn.
    pub releases: bool,
    /// Something has changed that people may see.
    pub changed: bool,
}

impl Turn {
    /// An event of this kind is part of the turn.
    pub fn pass(&mut self, point: Point) {
        self.points.push(point);
    }

    /// Tells the fail points, once for each event, where the turn is.
    pub fn reach(&self, stage: Stage) {
        for point in &self.points {
            failpoint::hit(point.names()[stage as usize]);
        }
    }
}
