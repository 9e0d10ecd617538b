//! Precedents: what was approved is kept for people to compare the next request of its kind with. Nothing waits for
//! that, so it is stored a little later than the decision, whose release would wait for the larger commit. Whoever
//! looks is shown what was approved before: each look stores what is left to store first. A crash in between costs a
//! comparison, and nothing else.

use std::time::Duration;

use super::Keeper;
use crate::clock::Now;
use crate::hold::HoldId;
use crate::hold::kept::kept;
use crate::hold::turn::{Effect, Turn};
use crate::limits;
use crate::store::{PrecedentRow, Step};

/// One that is to be stored.
pub struct Example {
    pub hold: HoldId,
    /// Wall time in milliseconds.
    at: i64,
    approver: String,
    /// Of the turn that is being planned.
    fresh: bool,
}

impl Keeper {
    /// To be stored by and by.
    pub(super) fn note_precedent(&mut self, now: Now, hold: HoldId) {
        let Some(entry) = self.queue.hold(hold) else { return };
        let approver = entry.course.given().join(", ");
        self.examples.push(Example { hold, at: now.wall.0, approver, fresh: true });
    }

    /// Stores what was noted, unless the turn brings a release, and nobody looks.
    pub(super) fn store_precedents(&mut self, turn: &mut Turn) {
        if self.broken.is_some() {
            return self.examples.clear();
        }
        let looks = turn.effects.iter().any(|effect| matches!(effect, Effect::Look(_)));
        if turn.releases && !looks && self.examples.len() < limits::EXAMPLES_MAX {
            return self.examples.iter_mut().for_each(|example| example.fresh = false);
        }
        let examples = std::mem::take(&mut self.examples);
        let steps = |fresh: bool| -> Vec<Step> {
            let these = examples.iter().filter(|example| example.fresh == fresh);
            these.filter_map(|example| self.precedent(example)).collect()
        };
        // This turn may take the body of an earlier one away, or bring that of a fresh one.
        let (earlier, fresh) = (steps(false), steps(true));
        if !earlier.is_empty() {
            turn.jobs.insert(0, earlier);
        }
        if !fresh.is_empty() {
            turn.jobs.push(fresh);
        }
    }

    /// An approved request as it is kept to compare others with: its secrets stay with the hold, and end with it.
    fn precedent(&self, example: &Example) -> Option<Step> {
        let entry = self.queue.hold(example.hold)?;
        Some(Step::Precedent(Box::new(PrecedentRow {
            kind: entry.kind.0,
            hold: entry.id.0,
            digest: entry.digest.to_string(),
            at: example.at,
            approver: example.approver.clone(),
            head: kept(&entry.head, &entry.digest).encode(),
        })))
    }

    /// How long the keeper may rest before what was noted is stored.
    pub(super) fn rest(&self) -> Option<Duration> {
        (!self.examples.is_empty()).then_some(limits::TIDY_AFTER)
    }

    /// Now and then those go that are too old.
    pub(super) fn sweep_precedents(&mut self, now: Now, turn: &mut Turn) {
        if self.broken.is_none() && now.mono >= self.sweep {
            self.sweep = now.mono.after(limits::PRECEDENT_SWEEP);
            let before = now.wall.0 - limits::PRECEDENT_AGE.as_millis() as i64;
            turn.jobs.push(vec![Step::SweepPrecedents(before)]);
        }
    }
}
