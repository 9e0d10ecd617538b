//! What came of a hold, in one line: after a decision made here, or when it moved on by itself.

use std::time::Instant;

use super::prompt::{Left, Prompt};
use super::standing::{Place, standing};
use crate::hold::{FreezeView, HoldView};
use crate::limits::{PROMPT_OUTCOME_WAIT, PROMPT_TICK};

impl Prompt<'_> {
    /// Waits a little for what comes of a release: the line to say, and the state it speaks of.
    pub(super) fn outcome(&mut self, id: &str, mut now: HoldView) -> Result<(String, String), Left> {
        let end = Instant::now() + PROMPT_OUTCOME_WAIT;
        while matches!(now.state.as_str(), "approved" | "forwarding") && Instant::now() < end {
            self.tty.pause(PROMPT_TICK)?;
            match self.counter.look(id) {
                Some(view) => now = view,
                None => break,
            }
        }
        let text = told(&now, &self.counter.freezes(), Place::Prompt);
        let text = self.safe(&text);
        Ok((text, now.state))
    }
}

/// What came of a hold that somebody approved, as far as it is known. It may quote what an agent or a service wrote, and is
/// to be made safe before it is shown.
pub fn told(now: &HoldView, freezes: &[FreezeView], place: Place) -> String {
    let code = &now.code;
    let status = now.outcome.as_ref().and_then(|outcome| outcome.status);
    let error = now.outcome.as_ref().and_then(|outcome| outcome.error.as_deref()).unwrap_or_default();
    match (now.state.as_str(), status) {
        ("done", Some(status)) => format!("{code} was released; the service answered {status}"),
        ("done", None) => format!("{code} was released"),
        ("armed" | "held", _) => {
            let waits = standing(now, freezes, place);
            format!("{code}: {}", waits.unwrap_or_default())
        }
        ("failed", _) => format!("{code} was approved; nothing was sent: {error}"),
        ("outcome_unknown", _) => {
            format!("{code} was sent; whether it arrived is unknown, and it is not sent again: {error}")
        }
        ("approved" | "forwarding", _) => format!("{code} is approved and on its way; no answer yet"),
        (state, _) => format!("{code} is {state}"),
    }
}

/// Why a hold is no longer to be asked for, where it is not.
pub fn moved(asked: &HoldView, now: Option<&HoldView>) -> Option<String> {
    let code = &asked.code;
    let Some(now) = now else { return Some(format!("{code} is gone; nothing was decided here")) };
    if now.state == "held" {
        return (now.digest != asked.digest).then(|| format!("{code} was edited; it is shown again"));
    }
    let who = now.decisions.last().map(|last| format!(" by {}", last.approver)).unwrap_or_default();
    Some(match now.state.as_str() {
        "expired" => format!("{code} expired: nobody decided in time"),
        "cancelled" => format!("{code} was cancelled: its agent has gone"),
        "denied" => format!("{code} was refused{who} meanwhile"),
        "approved" | "armed" | "forwarding" | "done" => format!("{code} was released{who} meanwhile"),
        _ => format!("{code} is {} now", now.state),
    })
}
