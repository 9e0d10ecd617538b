//! What a new hold's `why` says of the equal ones of the last hour: an approver should know that the same was asked
//! before, and how that ended (SPEC section 7).

use super::{Entry, How, Queue, State};
use crate::clock::Now;
use crate::hold::same::Key;
use crate::limits;

impl Queue {
    /// A line for each equal hold of the last hour, the newest first, and one for those beyond
    /// `limits::KIN_NAMED_MAX`.
    pub(super) fn kin_of(&self, now: Now, key: Key) -> Vec<String> {
        let Some(kin) = self.kin.get(&key) else { return Vec::new() };
        let recent: Vec<&Entry> = kin
            .iter()
            .rev()
            .filter_map(|hold| self.holds.get(hold))
            .filter(|entry| is_recent(entry, now))
            .collect();
        let mut lines: Vec<String> =
            recent.iter().take(limits::KIN_NAMED_MAX).map(|entry| line(entry, now)).collect();
        if recent.len() > limits::KIN_NAMED_MAX {
            lines.push(format!("and {} more equal requests", recent.len() - limits::KIN_NAMED_MAX));
        }
        lines
    }
}

fn is_recent(entry: &Entry, now: Now) -> bool {
    let age = now.wall.0 - entry.course.ended(now.wall).0;
    age <= limits::KIN_WINDOW.as_millis() as i64
}

fn line(entry: &Entry, now: Now) -> String {
    let seconds = (now.wall.0 - entry.facts.created_at).max(0) / 1000;
    format!("equal to hold {} of {seconds} s ago, which {}", entry.facts.code, fate(&entry.state))
}

fn fate(state: &State) -> String {
    match state {
        State::Held { .. } => "nobody has decided yet".to_owned(),
        State::Approved(_) | State::Armed { .. } => "is approved and not yet sent".to_owned(),
        State::Forwarding(_) => "is being sent now".to_owned(),
        State::Over(end) => match &end.how {
            How::Cancelled => "was cancelled".to_owned(),
            How::Denied { .. } => "was denied".to_owned(),
            How::Done { status, .. } => format!("was sent and answered {status}"),
            How::Expired => "expired".to_owned(),
            How::Failed { .. } => "failed before it was sent".to_owned(),
            How::OutcomeUnknown { .. } => "was sent with an unknown outcome".to_owned(),
        },
    }
}
