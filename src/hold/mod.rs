//! hold: who waits. One keeper task owns the queue; everybody else talks to it through the `Desk`.
//!
//! `queue` decides and does nothing else (no I/O, no clock, no tokio); `keeper` carries its orders out: first the
//! store, then the audit log, and only when both are on disk are attempts woken and deciders answered. When unsure,
//! nothing is released.

mod address;
pub mod answer;
mod approval;
mod brake;
mod credential;
mod departures;
pub mod desk;
mod facts;
mod happenings;
mod keeper;
pub mod kept;
mod multipart;
mod orphans;
pub mod outline;
pub mod people;
mod queue;
mod readdress;
mod records;
pub mod said;
pub mod same;
mod signature;
pub mod tally;
mod turn;
pub mod view;
mod waiting;

#[cfg(test)]
pub mod sample;
#[cfg(test)]
mod tests;

pub use answer::Answer;
pub use approval::Approval;
pub use brake::{Permit, Start};
pub use credential::is_signature;
pub use desk::{Desk, Stops, is_secret};
pub use outline::Outline;
pub use people::{
    AgentView, Edit, FreezeView, GrantAsk, GrantView, Happening, Precedent, Scope, SeenFreeze, Who,
};
pub use queue::ANYBODY;
pub use said::{Already, Choice, Decision, DecisionError, Ended, Filter, NewHold, Outcome, Refused, Stats};
pub use tally::Figures;
pub use view::{ApprovalsView, EditedView, HoldView};
pub use waiting::Waiting;

use std::fmt;

/// The states that a hold can be in (SPEC section 7).
pub const STATES: [&str; 10] = [
    "held",
    "approved",
    "armed",
    "forwarding",
    "done",
    "failed",
    "outcome_unknown",
    "denied",
    "expired",
    "cancelled",
];

/// A hold's id: a UUIDv7 in its usual form.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct HoldId(pub uuid::Uuid);

impl fmt::Display for HoldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.hyphenated().fmt(f)
    }
}

impl fmt::Debug for HoldId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
