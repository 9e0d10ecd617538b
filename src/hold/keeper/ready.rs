//! Making ready: who carries a release hears of it before the decision is on disk, reads the request back, asks the
//! rules again and connects. The turn waits a moment for that, so that the decision and the start of what was decided
//! share one commit and one sync. Not a byte is sent before both: that needs the receipt of the start's own record.

use tokio::sync::oneshot;
use tokio::time::sleep;

use super::{Keeper, Message};
use crate::hold::said::Choice;
use crate::hold::turn::{Effect, Turn};
use crate::hold::{Decision, Ended};
use crate::limits;

impl Keeper {
    /// Hands out the releases of a turn and takes what comes until they have all started, or for a moment. The reply of
    /// a closing that came meanwhile.
    pub(super) async fn make_ready(&mut self, turn: &mut Turn) -> Option<oneshot::Sender<()>> {
        let mut away = self.hand_out(turn);
        let moment = sleep(limits::START_WAIT);
        tokio::pin!(moment);
        for _ in 0..limits::KEEPER_BATCH {
            if away == 0 {
                return None;
            }
            let message = tokio::select! {
                biased;
                () = &mut moment => return None,
                message = self.inbox.recv() => message?,
            };
            // Whoever has gone has gone before what is said now: nothing is sent for it, and what it got it has.
            self.take_departures(turn);
            match message {
                Message::Close(reply) => return Some(reply),
                message => {
                    away = away.saturating_sub(usize::from(tells_of_a_start(&message)));
                    self.take(message, turn);
                    away += self.hand_out(turn);
                }
            }
        }
        None
    }

    /// Asks the store for what is about to be sent; it reads while the queue decides. Where there are many each carrier
    /// asks for its own, because all of these are in memory at once.
    pub(super) fn ask_ahead(&mut self, decisions: &[Decision]) {
        let approved = decisions.iter().filter(|decision| decision.choice == Choice::Approve);
        for hold in approved.map(|decision| decision.hold) {
            let waits = self.queue.hold(hold).is_some_and(|entry| !entry.attempts.is_empty());
            if waits && self.asked.len() < limits::READ_BACK_MAX {
                let reading = self.tools.store.ask_for_request(hold.0);
                self.asked.extend(reading.map(|reading| (hold, reading)));
            }
        }
    }

    /// Gives releases to those who carry them, with what the store was asked for; how many. Of a turn that brings more
    /// than decisions and starts, nothing is known before it is on disk.
    fn hand_out(&mut self, turn: &mut Turn) -> usize {
        // What was asked for is of this moment: what is left over is nobody's.
        let mut asked = std::mem::take(&mut self.asked);
        if turn.more || self.broken.is_some() {
            return 0;
        }
        let mut count = 0;
        for effect in std::mem::take(&mut turn.effects) {
            match effect {
                Effect::Tell(attempt, Ended::Released(mut approval)) => {
                    let found = asked.iter().position(|(hold, _)| *hold == approval.hold());
                    approval.bring(found.map(|index| asked.swap_remove(index).1));
                    self.post(attempt, Ended::Released(approval));
                    turn.releases = true;
                    count += 1;
                }
                other => turn.effects.push(other),
            }
        }
        count
    }
}

/// Whether somebody who made ready says how that went.
fn tells_of_a_start(message: &Message) -> bool {
    matches!(message, Message::Sending(..) | Message::Report(..))
}
