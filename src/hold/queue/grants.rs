//! Grants: an approval that also covers like requests for a while (SPEC sections 2, 6, 7; CASES HI-21, HI-22, HI-26).
//! Each is one agent's, counted, revocable, and ends by the monotonic clock. A request that one covers becomes a hold as
//! always and is approved in the same event, so that everything else stays as it is: digest, record, at most once.
//!
//! When unsure a grant covers nothing: what it is compared with must be equal, and an operation must be one whole name.

mod cover;
mod give;
mod live;

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use super::{Note, Order, Queue, State, Timer};
use crate::clock::{Moment, Now, Wall};
use crate::hold::{DecisionError, GrantView, HoldId};
use crate::limits;

use cover::Cover;
use live::Live;

/// All grants that are live, and those that are still shown.
#[derive(Debug, Default)]
pub(super) struct Grants {
    known: HashMap<Uuid, Grant>,
    live: Live,
    /// The others, the first to be forgotten first.
    over: BTreeSet<(Moment, Uuid)>,
}

/// Why a grant ends.
enum Why<'a> {
    Expired,
    Revoked(&'a str),
    UsedUp,
}

/// Whether a stored grant's records may be missing from the audit log.
#[derive(Clone, Copy, Debug)]
pub struct Unrecorded(pub bool);

/// One grant.
#[derive(Debug)]
struct Grant {
    /// `None` once it covers nothing any more.
    cover: Option<Cover>,
    view: GrantView,
    /// When it expires; once it has ended, when it is forgotten.
    alarm: Moment,
}

impl Queue {
    /// All grants that are shown, the youngest first.
    pub fn grants(&self) -> Vec<GrantView> {
        let mut views: Vec<_> = self.grants.known.values().map(|grant| grant.view.clone()).collect();
        views.sort_by(|one, two| two.id.cmp(&one.id));
        views
    }

    /// One grant.
    pub fn grant(&self, id: &str) -> Option<&GrantView> {
        self.grants.known.get(&id.parse().ok()?).map(|grant| &grant.view)
    }

    /// Agents that have a live grant.
    pub fn granted_agents(&self) -> impl Iterator<Item = &str> {
        self.grants.live.agents()
    }

    /// A grant covers nothing from now on, and what it approved and is not yet sent needs a person again.
    pub(super) fn revoke(
        &mut self,
        now: Now,
        id: &str,
        by: &str,
        out: &mut Vec<Order>,
    ) -> Result<(), DecisionError> {
        let known = id.parse().ok().filter(|id| self.grants.known.contains_key(id));
        let Some(grant) = known else {
            return Err(DecisionError::NoSuch("there is no such grant, or it ended long ago".to_owned()));
        };
        if self.grants.live.has(&grant) {
            self.take_back(now, grant, by, out);
        }
        for hold in self.released_by(id) {
            self.hold_again(now, hold, format!("grant {id} was revoked"), out);
        }
        Ok(())
    }

    /// An approval is taken back, and with it what was granted with it.
    pub(super) fn revoke_given_with(&mut self, now: Now, hold: HoldId, by: &str, out: &mut Vec<Order>) {
        if self.grants.live.len() == 0 {
            return;
        }
        let hold = hold.to_string();
        let given =
            self.grants.known.iter().filter(|(_, grant)| grant.cover.is_some() && grant.view.hold == hold);
        for grant in given.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.take_back(now, grant, by, out);
        }
    }

    fn take_back(&mut self, now: Now, grant: Uuid, by: &str, out: &mut Vec<Order>) {
        let view = self.end_grant(now, grant, &Why::Revoked(by), out);
        out.push(Order::RecordRevoked { view: Box::new(view), again: false });
    }

    /// Its time is over, or nobody needs to see it any more.
    pub(super) fn grant_due(&mut self, now: Now, grant: Uuid, out: &mut Vec<Order>) {
        if self.grants.live.has(&grant) {
            self.end_grant(now, grant, &Why::Expired, out);
        } else {
            self.forget_grant(grant, out);
        }
    }

    /// What was granted before the process ended covers nothing any more; it is still shown for a while. Of those that
    /// may not be on record it is put there again; stored again too, so that a second crash does not lose it.
    pub fn restore_grants(
        &mut self,
        now: Now,
        grants: Vec<(GrantView, Unrecorded)>,
    ) -> Result<Vec<Order>, String> {
        let mut out = Vec::new();
        for (view, Unrecorded(unrecorded)) in grants {
            let id: Uuid = view.id.parse().map_err(|_| "a stored grant has no id".to_owned())?;
            let live = view.state == "live";
            if unrecorded {
                record_again(&view, live, &mut out);
            }
            self.grants.known.insert(id, Grant { cover: None, view, alarm: now.mono });
            if live {
                self.take_back(now, id, "restart", &mut out);
            } else {
                self.show_for_a_while(now, id, &mut out);
            }
        }
        Ok(out)
    }

    /// Live → used up (with the last use), expired, revoked.
    fn end_grant(&mut self, now: Now, id: Uuid, why: &Why<'_>, out: &mut Vec<Order>) -> GrantView {
        let grant = self.grants.known.get_mut(&id).expect("only what is known is ended");
        let from = (grant.view.state.clone(), grant.view.used);
        grant.cover = None;
        grant.view.ended_at = Some(now.wall.rfc3339());
        match why {
            Why::Expired => grant.view.state = "expired".to_owned(),
            Why::Revoked(by) => {
                grant.view.state = "revoked".to_owned();
                grant.view.revoked_by = Some((*by).to_owned());
            }
            Why::UsedUp => {
                grant.view.state = "used_up".to_owned();
                grant.view.used += 1;
            }
        }
        let view = grant.view.clone();
        self.timers.remove(&(grant.alarm, Timer::Grant(id)));
        self.grants.live.remove(&view.agent, id);
        out.push(Order::Grant { from: Some(from), view: Box::new(view.clone()) });
        self.show_for_a_while(now, id, out);
        view
    }

    fn show_for_a_while(&mut self, now: Now, id: Uuid, out: &mut Vec<Order>) {
        let Some(grant) = self.grants.known.get_mut(&id) else { return };
        let ended = grant.view.ended_at.as_deref().and_then(Wall::parse).unwrap_or(now.wall);
        let shown = u64::try_from(now.wall.0.saturating_sub(ended.0)).unwrap_or(0);
        let left = limits::GRANT_SHOWN.saturating_sub(std::time::Duration::from_millis(shown));
        grant.alarm = now.mono.after(left);
        self.timers.insert((grant.alarm, Timer::Grant(id)));
        self.grants.over.insert((grant.alarm, id));
        if self.grants.over.len() > limits::GRANTS_MAX
            && let Some((_, oldest)) = self.grants.over.first().copied()
        {
            self.forget_grant(oldest, out);
        }
    }

    fn forget_grant(&mut self, id: Uuid, out: &mut Vec<Order>) {
        if let Some(grant) = self.grants.known.remove(&id) {
            self.timers.remove(&(grant.alarm, Timer::Grant(id)));
            self.grants.over.remove(&(grant.alarm, id));
            out.push(Order::ForgetGrant(id));
        }
    }

    /// Holds that this grant approved and of which nothing was sent.
    fn released_by(&self, grant: &str) -> Vec<HoldId> {
        let unsent = |state: &State| matches!(state, State::Approved(_) | State::Armed { .. });
        let holds = self.holds.values().filter(|entry| unsent(&entry.state));
        holds.filter(|entry| entry.course.grant() == Some(grant)).map(|entry| entry.id).collect()
    }

    /// approved, armed → held: a person must decide anew. Whoever carried the release goes on waiting.
    pub(super) fn hold_again(&mut self, now: Now, hold: HoldId, why: String, out: &mut Vec<Order>) {
        self.stop_carrying(hold);
        self.forget_precedent(hold, out);
        let timeout = std::time::Duration::from_millis(self.entry(hold).facts.timeout_ms);
        let deadline = now.mono.after(timeout);
        let course = &mut self.entry(hold).course;
        course.deadline = now.wall_of(deadline).0;
        course.void_approvals(&why);
        self.turn_to(hold, State::Held { deadline }, out);
        out.push(Order::Record { hold, note: Note::HeldAgain { why } });
    }
}

fn record_again(view: &GrantView, live: bool, out: &mut Vec<Order>) {
    let view = || Box::new(view.clone());
    if let Ok(hold) = view().hold.parse() {
        out.push(Order::Record { hold: HoldId(hold), note: Note::Granted { view: view(), again: true } });
    }
    if !live {
        let from = Some((view().state, view().used));
        out.push(Order::Grant { from, view: view() });
    }
    if view().state == "revoked" {
        out.push(Order::RecordRevoked { view: view(), again: true });
    }
}
