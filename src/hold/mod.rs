//! hold: who waits. One keeper task owns the queue; everybody else talks to it through the `Desk`.

pub mod answer;
pub mod desk;
pub mod view;

pub use answer::Answer;
pub use desk::{Desk, Ended, NewHold, Outcome, Refused, Waiting};
pub use view::HoldView;

use std::fmt;

use crate::snapshot::Digest;

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

/// Proof: a person released this request and had seen this digest. Made by the queue only, consumed by sending.
#[derive(Debug)]
pub struct Approval {
    hold: HoldId,
    digest: Digest,
}

impl Approval {
    /// The hold it is for.
    pub fn hold(&self) -> HoldId {
        self.hold
    }

    /// The digest that was approved.
    pub fn digest(&self) -> Digest {
        self.digest
    }
}
