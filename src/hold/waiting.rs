//! An attempt's place at a hold, as the gate has it.

use tokio::sync::mpsc;

use crate::hold::departures::Departures;
use crate::hold::queue::AttemptId;
use crate::hold::{Ended, HoldId, Refused};

/// An attempt's place at a hold. Dropping it means that the agent has gone.
#[derive(Debug)]
pub struct Waiting {
    hold: HoldId,
    /// Boxed, because a channel sets aside 32 places, whatever its bound.
    mailbox: mpsc::Receiver<Box<Ended>>,
    seat: Seat,
}

impl Waiting {
    pub(in crate::hold) fn new(hold: HoldId, mailbox: mpsc::Receiver<Box<Ended>>, seat: Seat) -> Self {
        Self { hold, mailbox, seat }
    }

    /// The hold that this is an attempt of.
    pub fn hold(&self) -> HoldId {
        self.hold
    }

    /// Waits for the end, `hold.wait` at the most. Cancel-safe. After `Released` it may be asked again: when
    /// `Desk::sending` was refused because the approval no longer stands, it says why.
    pub async fn ended(&mut self) -> Ended {
        self.mailbox.recv().await.map_or(Ended::Refused(Refused::StoreUnavailable), |ended| *ended)
    }

    /// The answer to this attempt (whatever `ended` said, a `Ticket` aside) was written out whole to an open
    /// connection. Dropped without it, the answer stays for the next attempt.
    pub fn delivered(mut self) {
        self.seat.delivered = true;
    }
}

/// Tells the keeper when it is dropped. It is taken before the keeper hears of the attempt, so that an attempt that
/// is given up at any point is given back.
#[derive(Debug)]
pub struct Seat {
    attempt: AttemptId,
    delivered: bool,
    departures: Departures,
}

impl Seat {
    pub fn take(attempt: AttemptId, departures: Departures) -> Self {
        Self { attempt, delivered: false, departures }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if self.delivered {
            self.departures.delivered(self.attempt);
        } else {
            self.departures.left(self.attempt);
        }
    }
}
