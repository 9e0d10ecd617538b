//! What a hold of the list still waits for.

use crate::hold::HoldView;

/// Of a hold that was in the list and is not any more.
pub(super) const GONE: &str = "no longer held";

/// Approved, and nothing was sent.
pub(super) const ARMED: &str = "armed";

/// Whether it waits for a person.
pub fn waits(hold: &HoldView) -> bool {
    hold.state == "held"
}

/// Whether it waits for a person, or for an agent that asks again.
pub fn stands(hold: &HoldView) -> bool {
    waits(hold) || hold.state == ARMED
}

/// What the list never shows is not kept ten thousand times.
pub fn slim(hold: HoldView) -> HoldView {
    HoldView { headers: Vec::new(), why: Vec::new(), ..hold }
}
