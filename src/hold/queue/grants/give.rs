//! A grant is given with an approval, and used by the requests that it covers.

use std::time::Duration;

use uuid::Uuid;

use super::cover::operation;
use super::{Cover, Grant, Why};
use crate::agent::ANONYMOUS;
use crate::classify::Effect;
use crate::clock::Now;
use crate::decide::Scope;
use crate::hold::queue::{Entry, Note, Order, Queue, Timer};
use crate::hold::view::DecisionView;
use crate::hold::{Choice, Decision, DecisionError, GrantAsk, GrantView, HoldId};
use crate::limits;

impl Queue {
    /// Whether the grant that a decision asks for may be given with it. `new`: the decision changes the hold.
    pub(in crate::hold::queue) fn weigh_grant(
        &self,
        entry: &Entry,
        decision: &Decision,
        new: bool,
    ) -> Result<(), DecisionError> {
        let Some(ask) = &decision.grant else { return Ok(()) };
        let no = |why: String| Err(DecisionError::NoGrant(entry.id, why));
        if decision.choice == Choice::Deny {
            return no("a grant is given with an approval".to_owned());
        }
        if !new {
            return if self.opened_a_grant(entry.id) {
                Ok(())
            } else {
                no("it is approved already, without a grant".to_owned())
            };
        }
        if let Err(why) = may_be_asked(entry, ask) {
            return no(why);
        }
        if self.grants.live.len() >= limits::GRANTS_MAX {
            return no(format!("there are {} grants already: revoke some", limits::GRANTS_MAX));
        }
        Ok(())
    }

    /// Whether a grant was given with this hold's approval.
    pub(in crate::hold::queue) fn opened_a_grant(&self, hold: HoldId) -> bool {
        let id = hold.to_string();
        self.grants.known.values().any(|grant| grant.view.hold == id)
    }

    /// A hold is approved: its grant begins, if everyone on whose word it is released has asked for one; where they
    /// asked for different ones, as narrow as the narrowest of each.
    pub(in crate::hold::queue) fn give_grant(&mut self, now: Now, hold: HoldId, out: &mut Vec<Order>) {
        let entry = self.entry(hold);
        let approvers = entry.course.given();
        let asks = std::mem::take(&mut entry.asks);
        let of = |name: &String| asks.iter().rev().find(|(asker, _)| asker == name).and_then(|(_, ask)| *ask);
        let Some(asked) = approvers.iter().map(of).collect::<Option<Vec<GrantAsk>>>() else { return };
        let Some(ask) = asked.into_iter().reduce(narrower) else { return };
        if self.grants.live.len() >= limits::GRANTS_MAX {
            return;
        }
        let id = self.mint.id().0;
        let until = now.mono.after(ask.ttl);
        let Some(entry) = self.holds.get(&hold) else { return };
        let expires_at = now.wall_of(until).rfc3339();
        let view = view(id, entry, ask, approvers, now.wall.rfc3339(), expires_at);
        self.grants.live.insert(&view.agent, id);
        let cover = Some(Cover::of(entry, ask.scope));
        self.grants.known.insert(id, Grant { cover, view: view.clone(), alarm: until });
        self.timers.insert((until, Timer::Grant(id)));
        let effect = Effect::parse(&view.effect).unwrap_or(Effect::Unknown);
        self.count_opening(now, &view.agent, effect);
        out.push(Order::Grant { from: None, view: Box::new(view.clone()) });
        out.push(Order::Record { hold, note: Note::Granted { view: Box::new(view), again: false } });
    }

    /// A new hold is approved by a grant, where one covers it and nothing is frozen, or is by it. Counted in the same
    /// step.
    pub(in crate::hold::queue) fn use_grant(&mut self, now: Now, hold: HoldId, out: &mut Vec<Order>) {
        let Some(id) = self.holds.get(&hold).and_then(|entry| self.covering(entry)) else { return };
        let effect = self.holds.get(&hold).and_then(|entry| Effect::parse(&entry.facts.effect));
        let agent = self.entry(hold).facts.agent.clone();
        if !self.admit(now, &agent, effect.unwrap_or(Effect::Unknown), out) {
            return;
        }
        let view = self.count_use(now, id, out);
        self.approve_by(now, hold, &view, out);
    }

    fn count_use(&mut self, now: Now, id: Uuid, out: &mut Vec<Order>) -> GrantView {
        let grant = self.grants.known.get_mut(&id).expect("a live grant is known");
        if grant.view.used + 1 >= grant.view.uses {
            return self.end_grant(now, id, &Why::UsedUp, out);
        }
        let from = (grant.view.state.clone(), grant.view.used);
        grant.view.used += 1;
        let view = grant.view.clone();
        out.push(Order::Grant { from: Some(from), view: Box::new(view.clone()) });
        view
    }

    /// The narrowest of the live grants that cover it, and of those the oldest.
    fn covering(&self, entry: &Entry) -> Option<Uuid> {
        let agent = &entry.facts.agent;
        let live = self.grants.live.of(agent);
        if live.is_empty() || self.is_frozen(agent) {
            return None;
        }
        let covers = |id: &&Uuid| {
            let cover = self.grants.known.get(*id).and_then(|grant| grant.cover.as_ref());
            cover.is_some_and(|cover| cover.covers(entry))
        };
        let scope = |id: &&Uuid| self.grants.known.get(*id).map(|grant| grant.view.scope);
        live.iter().filter(covers).min_by_key(scope).copied()
    }

    /// held → approved, on the word of those who gave the grant.
    fn approve_by(&mut self, now: Now, hold: HoldId, grant: &GrantView, out: &mut Vec<Order>) {
        let entry = self.entry(hold);
        let digest = entry.digest;
        for approver in &grant.approvers {
            entry.course.decisions.push(DecisionView {
                approver: approver.clone(),
                decision: Choice::Approve.as_str().to_owned(),
                digest: Some(digest.to_string()),
                reason: None,
                at: now.wall.rfc3339(),
                void: None,
                grant: Some(grant.id.clone()),
            });
            let note = Note::Decided {
                approver: approver.clone(),
                choice: Choice::Approve.as_str(),
                named: None,
                reason: None,
                again: false,
                tally: None,
                grant: Some(grant.id.clone()),
            };
            out.push(Order::Record { hold, note });
        }
        self.approve(now, hold, out);
    }
}

fn may_be_asked(entry: &Entry, ask: &GrantAsk) -> Result<(), String> {
    if ask.ttl < Duration::from_secs(1) || ask.ttl > limits::GRANT_TIME_MAX {
        return Err("a grant lasts between a second and 8 hours".to_owned());
    }
    if !(1..=limits::GRANT_USES_MAX).contains(&ask.uses) {
        return Err(format!("a grant has between 1 and {} uses", limits::GRANT_USES_MAX));
    }
    if entry.course.edited.is_some() {
        return Err("it was changed by a person, and what comes next will not be".to_owned());
    }
    let rule = &entry.facts.rule;
    match entry.facts.grantable {
        None => return Err(format!("under `{rule}` every request is decided on its own")),
        Some(widest) if ask.scope > widest => {
            return Err(format!("under `{rule}` a grant is no wider than `{}`", widest.as_str()));
        }
        Some(_) => {}
    }
    if ask.scope > Scope::Exact && operation(&entry.facts).is_none() {
        return Err("it is no single operation with a whole name: only `exact` could be granted".to_owned());
    }
    Ok(())
}

fn narrower(one: GrantAsk, two: GrantAsk) -> GrantAsk {
    GrantAsk { ttl: one.ttl.min(two.ttl), uses: one.uses.min(two.uses), scope: one.scope.min(two.scope) }
}

fn view(
    id: Uuid,
    entry: &Entry,
    ask: GrantAsk,
    approvers: Vec<String>,
    created_at: String,
    expires_at: String,
) -> GrantView {
    let facts = &entry.facts;
    GrantView {
        id: id.to_string(),
        state: "live".to_owned(),
        agent: facts.agent.clone(),
        source: (facts.agent == ANONYMOUS).then(|| facts.source.clone()),
        scope: ask.scope,
        covers: in_words(entry, ask.scope),
        effect: facts.effect.clone(),
        rule: facts.rule.clone(),
        hold: entry.id.to_string(),
        approvers,
        used: 0,
        uses: ask.uses,
        created_at,
        expires_at,
        ended_at: None,
        revoked_by: None,
    }
}

/// What a grant covers, for people; the query stays out of it, where keys may stand.
fn in_words(entry: &Entry, scope: Scope) -> String {
    let (head, facts) = (&entry.head, &entry.facts);
    let place = format!("{}{}", head.origin, head.path());
    match scope {
        Scope::Exact => format!("{} {place} again, like {}", head.method, entry.digest),
        _ if facts.operation == format!("{} {}", head.method, head.path()) => {
            format!("{} {place}", head.method)
        }
        Scope::Route => format!("{} at {} {place}", facts.operation, head.method),
        Scope::Operation => format!("{} at {}", operation(facts).unwrap_or(&facts.operation), head.origin),
    }
}
