//! Who has gone: told from a drop, on any thread, without waiting and without loss.
//!
//! A drop cannot await room in a channel. Each living `Waiting` and `Approval` leaves at most one entry here, so the
//! list is as bounded as they are.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use crate::hold::HoldId;
use crate::hold::queue::AttemptId;
use crate::limits;

/// One who has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Departure {
    /// The agent has gone.
    Left(AttemptId),
    /// The agent has its answer whole.
    Delivered(AttemptId),
    /// An approval was dropped without being used up.
    Abandoned(HoldId, u64),
}

/// The list, and a bell for the keeper.
#[derive(Clone, Default)]
pub struct Departures(Arc<Inner>);

#[derive(Default)]
struct Inner {
    gone: Mutex<Vec<Departure>>,
    bell: Notify,
    late_bell: Notify,
}

impl Departures {
    /// The agent of this attempt has gone.
    pub fn left(&self, attempt: AttemptId) {
        self.push(Departure::Left(attempt));
    }

    /// This attempt's answer was written out whole. The keeper hears of it a little later: what is left to do is to tidy
    /// up, and a turn for that alone would stand in the way of the next release.
    pub fn delivered(&self, attempt: AttemptId) {
        self.note(Departure::Delivered(attempt));
        self.0.late_bell.notify_one();
    }

    /// Nobody carries this release any more.
    pub fn abandoned(&self, hold: HoldId, release: u64) {
        self.push(Departure::Abandoned(hold, release));
    }

    /// All who have gone since the last call.
    pub fn take(&self) -> Vec<Departure> {
        std::mem::take(&mut self.0.gone.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Returns when somebody who did not have an answer has gone since the last return.
    pub async fn rung(&self) {
        self.0.bell.notified().await;
    }

    /// Returns a little after somebody who was answered has gone.
    pub async fn settled(&self) {
        self.0.late_bell.notified().await;
        tokio::time::sleep(limits::TIDY_AFTER).await;
    }

    fn push(&self, departure: Departure) {
        self.note(departure);
        self.0.bell.notify_one();
    }

    fn note(&self, departure: Departure) {
        self.0.gone.lock().unwrap_or_else(PoisonError::into_inner).push(departure);
    }
}

impl std::fmt::Debug for Departures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Departures")
    }
}
