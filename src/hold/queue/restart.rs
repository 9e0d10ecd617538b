//! A restart: what is pending stays, every unused approval is void, and what was being sent has an unknown outcome
//! (SPEC section 7). Stored wall times become moments of the new process; a wall clock that was moved cannot make a
//! wait longer than it was at first (CASES HI-14, HI-15, HI-26).

use std::sync::Arc;
use std::time::Duration;

use super::{End, Entry, How, Kind, Note, Order, Queue, State};
use crate::clock::{Moment, Now, Wall};
use crate::hold::HoldId;
use crate::hold::facts::{Course, Facts};
use crate::hold::same::Key;
use crate::hold::view::{DecisionView, EditedView};
use crate::limits;
use crate::snapshot::{Digest, Head};

/// Why an approval counts no more.
const VOID: &str = "a restart took it back";

/// A hold as it was stored.
#[derive(Debug)]
pub struct Restored {
    /// Its id.
    pub id: HoldId,
    /// The name of its state.
    pub state: String,
    /// Its records may be missing from the audit log.
    pub unrecorded: bool,
    /// Equal for all requests that are the same.
    pub key: Key,
    /// Its digest.
    pub digest: Digest,
    /// The request without its body.
    pub head: Arc<Head>,
    /// Its body's length.
    pub body_len: u64,
    /// What never changes.
    pub facts: Facts,
    /// What has happened.
    pub course: Course,
}

impl Queue {
    /// Takes what was stored. A state that nobody knows is an error: nothing is guessed at.
    pub fn restore(
        &mut self,
        now: Now,
        holds: Vec<Restored>,
        resting: Vec<(String, i64)>,
    ) -> Result<Vec<Order>, String> {
        let mut out = Vec::new();
        for (code, until) in resting {
            self.codes.rest(&code, moment(now, until, limits::CODE_REST));
        }
        for hold in holds {
            self.restore_one(now, hold, &mut out)?;
        }
        Ok(out)
    }

    fn restore_one(&mut self, now: Now, stored: Restored, out: &mut Vec<Order>) -> Result<(), String> {
        let Restored { id, state, unrecorded, key, digest, head, body_len, facts, mut course } = stored;
        let timeout = Duration::from_millis(facts.timeout_ms);
        let held = |course: &mut Course, left: Moment| {
            let deadline = left.max(now.mono.after(limits::RESTART_GRACE));
            course.deadline = now.wall_of(deadline).0;
            State::Held { deadline }
        };
        let first =
            Wall(facts.created_at.saturating_add(i64::try_from(facts.timeout_ms).unwrap_or(i64::MAX)));
        let edit = course.edited.as_ref().map(edited_again);
        let decisions: Vec<Note> = edit.into_iter().chain(course.decisions.iter().map(said_again)).collect();
        let (from, to, note) = match state.as_str() {
            "held" => {
                let left = moment(now, course.deadline, timeout);
                // The first approvals of several are no more than unused ones.
                let why = match course.given().is_empty() {
                    true => "found at start; nothing of it was sent".to_owned(),
                    false => {
                        "found at start; nothing of it was sent, and a restart voided the approvals so far"
                            .to_owned()
                    }
                };
                course.void_approvals(VOID);
                ("held", held(&mut course, left), Some(Note::HeldAgain { why }))
            }
            "approved" | "armed" => {
                let from = if state == "armed" { "armed" } else { "approved" };
                let left = moment(now, first.0, timeout);
                course.void_approvals(VOID);
                let why = "a restart voided its approval".to_owned();
                (from, held(&mut course, left), Some(Note::HeldAgain { why }))
            }
            "forwarding" => {
                let error = "holdpoint stopped while it was being sent".to_owned();
                let end = End::new(How::OutcomeUnknown { error }, now, self.limits.remember, false);
                course.end(&end, now);
                let note = end.note(false);
                ("forwarding", State::Over(end), Some(note))
            }
            other => {
                let (name, end) = self.end_of(now, other, &course)?;
                let note = unrecorded.then(|| end.note(true));
                (name, State::Over(end), note)
            }
        };
        // What is put on record again is stored again too: it belongs to this turn, and is not lost to a second crash.
        let changed = unrecorded || from != to.name() || matches!(to, State::Held { .. });
        let (attempts, release) = (Vec::new(), 0);
        let code = facts.code.clone();
        let over = to.is_over();
        let entry = Entry {
            id,
            key,
            kind: Kind::of(&facts, &head.origin),
            head,
            body_len,
            digest,
            facts: Arc::new(facts),
            course,
            state: to,
            attempts,
            release,
            asks: Vec::new(),
            alarm: None,
        };
        if matches!(from, "approved" | "armed") {
            out.push(Order::ForgetPrecedent { hold: id, kind: entry.kind });
        }
        let (to, course) = (entry.state.name(), entry.course.clone());
        let ended = entry.course.ended(now.wall).0;
        self.enter(entry);
        if over {
            let until = ended.saturating_add(limits::CODE_REST.as_millis() as i64);
            self.codes.rest(&code, moment(now, until, limits::CODE_REST));
        }
        if changed {
            out.push(Order::Save { hold: id, from, to, course: Box::new(course) });
        }
        if unrecorded {
            out.extend(decisions.into_iter().map(|note| Order::Record { hold: id, note }));
        }
        if let Some(note) = note {
            out.push(Order::Record { hold: id, note });
        }
        self.strip_if_done_with(id, out);
        Ok(())
    }

    /// The end that a stored hold had come to.
    fn end_of(&self, now: Now, state: &str, course: &Course) -> Result<(&'static str, End), String> {
        let error = || course.outcome.as_ref().and_then(|outcome| outcome.error.clone()).unwrap_or_default();
        let status = || course.outcome.as_ref().and_then(|outcome| outcome.status);
        let how = match state {
            "cancelled" => How::Cancelled,
            "denied" => How::Denied { reason: course.reason.clone() },
            "done" => How::Done { status: status().ok_or("a done hold has no status")?, kept: course.kept },
            "expired" => How::Expired,
            "failed" => How::Failed { error: error() },
            "outcome_unknown" => How::OutcomeUnknown { error: error() },
            other => return Err(format!("a stored hold is in the state `{other}`, which nobody knows")),
        };
        let remember = self.limits.remember;
        let lasting = remember.max(limits::KIN_WINDOW);
        let ended = course.ended(now.wall).0;
        let end = End {
            owed: course.owed,
            whole: course.whole,
            remembered: moment(now, ended.saturating_add(remember.as_millis() as i64), remember),
            forgotten: moment(now, ended.saturating_add(lasting.as_millis() as i64), lasting),
            how,
        };
        Ok((end.how.name(), end))
    }
}

/// A decision that was stored, and whose record a crash may have cost.
fn said_again(said: &DecisionView) -> Note {
    Note::Decided {
        approver: said.approver.clone(),
        choice: if said.decision == "approve" { "approve" } else { "deny" },
        named: said.digest.as_deref().and_then(Digest::parse),
        reason: said.reason.clone(),
        again: true,
        tally: None,
        grant: said.grant.clone(),
    }
}

/// An edit, likewise.
fn edited_again(edited: &EditedView) -> Note {
    let (approver, original) = (edited.by.clone(), edited.original.clone());
    Note::Edited { approver, replaced: None, original, again: true }
}

/// The moment of a stored wall time: not in the past, and not further away than `longest`.
fn moment(now: Now, wall: i64, longest: Duration) -> Moment {
    let left = u64::try_from(wall.saturating_sub(now.wall.0)).unwrap_or(0);
    now.mono.after(Duration::from_millis(left).min(longest))
}
