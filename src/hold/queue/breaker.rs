//! The breaker: how much an agent may change without a decision of its own, by a rule or a grant, within a sliding time
//! (SPEC section 6, `[breaker]`). What would go over a limit is not let through: the agent is frozen instead, on
//! record, until a person thaws it. A person's own approval is a decision on exactly those bytes, and does not count; but
//! where a grant is given with it, it opens the grant and counts as the first of what that lets through.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::{By, Entry, Freeze, Order, Queue, State};
use crate::classify::Effect;
use crate::clock::{Moment, Now};
use crate::config::Breaker as Limits;

/// What has passed, by agent; names come from the config, so that there are few.
#[derive(Debug)]
pub(super) struct Breaker {
    limits: Limits,
    passed: HashMap<String, Passed>,
}

/// When the last ones passed; never more than the limit of each.
#[derive(Debug, Default)]
struct Passed {
    mutations: VecDeque<Moment>,
    deletes: VecDeque<Moment>,
    permissions: VecDeque<Moment>,
}

impl Breaker {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, passed: HashMap::new() }
    }

    /// How many mutations of an agent passed within the time.
    pub(super) fn passed(&mut self, now: Moment, agent: &str) -> usize {
        let per = self.limits.per;
        self.passed.get_mut(agent).map_or(0, |passed| {
            forget(&mut passed.mutations, now, per);
            passed.mutations.len()
        })
    }

    /// The agent begins anew.
    pub(super) fn reset(&mut self, agent: &str) {
        self.passed.remove(agent);
    }

    /// The same for everybody.
    pub(super) fn reset_all(&mut self) {
        self.passed.clear();
    }

    /// Counts one more, or says which limit it would go over; then nothing is counted.
    fn count(&mut self, now: Moment, agent: &str, effect: Effect) -> Result<(), String> {
        let per = self.limits.per;
        let mut counters = self.counters(agent, effect);
        for (name, limit, times) in &mut counters {
            forget(times, now, per);
            if times.len() >= *limit {
                return Err(format!("more than {limit} {name} within {}", in_words(per)));
            }
        }
        for (_, _, times) in counters {
            times.push_back(now);
        }
        Ok(())
    }

    /// Counts one that a person decided over, whatever the limits. Where they are reached already the oldest goes for
    /// it: nothing passes any sooner by that.
    fn count_decided(&mut self, now: Moment, agent: &str, effect: Effect) {
        for (_, limit, times) in self.counters(agent, effect) {
            times.push_back(now);
            while times.len() > limit {
                times.pop_front();
            }
        }
    }

    /// Each limit that an effect counts for: its name, what it is, and when the last ones passed.
    fn counters(&mut self, agent: &str, effect: Effect) -> Vec<(&'static str, usize, &mut VecDeque<Moment>)> {
        let Limits { mutations, deletes, permissions, .. } = self.limits;
        let passed = self.passed.entry(agent.to_owned()).or_default();
        let mut counters = vec![("mutations", mutations, &mut passed.mutations)];
        match effect {
            Effect::Delete => counters.push(("deletes", deletes, &mut passed.deletes)),
            Effect::Permission => counters.push(("permissions", permissions, &mut passed.permissions)),
            _ => {}
        }
        counters
    }
}

fn forget(times: &mut VecDeque<Moment>, now: Moment, per: Duration) {
    while times.front().is_some_and(|time| now.since(*time) >= per) {
        times.pop_front();
    }
}

fn in_words(time: Duration) -> String {
    let ms = time.as_millis();
    match (ms % 60_000, ms % 1000) {
        (0, _) => format!("{} min", ms / 60_000),
        (_, 0) => format!("{} s", ms / 1000),
        _ => format!("{ms} ms"),
    }
}

impl Queue {
    /// A request of this agent wants to pass without a decision of its own. It may not where the agent is frozen, or
    /// would go over a limit; then it is frozen from now on. What is likely to be a read does not count.
    pub(super) fn admit(&mut self, now: Now, agent: &str, effect: Effect, out: &mut Vec<Order>) -> bool {
        if self.is_frozen(agent) || effect == Effect::Read {
            return !self.is_frozen(agent);
        }
        let Err(limit) = self.breaker.count(now.mono, agent, effect) else { return true };
        let reason = Some(format!("{limit} ([breaker])"));
        let freeze = Freeze { agent: Some(agent.to_owned()), reason, by: By::Breaker, at: now.wall.0 };
        self.put_on(now, freeze, out);
        false
    }

    /// A person has approved a request of this agent and given a grant with it.
    pub(super) fn count_opening(&mut self, now: Now, agent: &str, effect: Effect) {
        if effect != Effect::Read {
            self.breaker.count_decided(now.mono, agent, effect);
        }
    }

    /// A thaw lets them begin anew, but for what a grant has let through and nobody has sent yet: it goes after the thaw.
    pub(super) fn count_pending(&mut self, now: Now, agent: Option<&str>) {
        let waits = |entry: &&Entry| matches!(entry.state, State::Approved(_) | State::Armed { .. });
        let theirs = |entry: &&Entry| agent.is_none_or(|name| entry.facts.agent == name);
        let by_grant = |entry: &&Entry| entry.course.grant().is_some() || self.opened_a_grant(entry.id);
        let pending = self.holds.values().filter(waits).filter(theirs).filter(by_grant);
        let counted: Vec<_> =
            pending.map(|entry| (entry.facts.agent.clone(), entry.facts.effect.clone())).collect();
        for (agent, effect) in counted {
            self.count_opening(now, &agent, Effect::parse(&effect).unwrap_or(Effect::Unknown));
        }
    }

    /// Whether it asked for a mutation within that time.
    pub(super) fn was_seen_lately(&self, now: Now, agent: &str) -> bool {
        let per = self.breaker.limits.per.as_millis() as i64;
        self.seen.get(agent).is_some_and(|at| now.wall.0.saturating_sub(*at) <= per)
    }

    /// How many mutations of this agent counted within `[breaker] per`.
    pub fn passed(&mut self, now: Now, agent: &str) -> usize {
        self.breaker.passed(now.mono, agent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaker() -> Breaker {
        Breaker::new(Limits { mutations: 3, deletes: 2, permissions: 0, per: Duration::from_secs(60) })
    }

    #[test]
    fn each_effect_has_its_limit_and_all_of_them_share_one() {
        let mut breaker = breaker();
        let now = Moment(1000);
        assert!(breaker.count(now, "a", Effect::Delete).is_ok());
        assert!(breaker.count(now, "a", Effect::Delete).is_ok());
        let error = breaker.count(now, "a", Effect::Delete).unwrap_err();
        assert_eq!(error, "more than 2 deletes within 1 min");
        // What was not let through did not count.
        assert!(breaker.count(now, "a", Effect::Write).is_ok());
        assert_eq!(breaker.count(now, "a", Effect::Write).unwrap_err(), "more than 3 mutations within 1 min");
        assert!(breaker.count(now, "b", Effect::Permission).is_err(), "0 lets none pass");
        assert!(breaker.count(now, "b", Effect::Write).is_ok(), "each agent for itself");
    }

    #[test]
    fn what_opens_a_grant_counts_and_goes_at_any_limit() {
        let mut breaker = breaker();
        breaker.count_decided(Moment(0), "a", Effect::Delete);
        assert!(breaker.count(Moment(1), "a", Effect::Delete).is_ok());
        assert!(breaker.count(Moment(2), "a", Effect::Delete).is_err(), "two in all");
        // One more that a person decides over goes, and is the youngest of two from now on.
        breaker.count_decided(Moment(30_000), "a", Effect::Delete);
        assert!(breaker.count(Moment(60_000), "a", Effect::Delete).is_err());
        assert!(breaker.count(Moment(60_001), "a", Effect::Delete).is_ok());
        breaker.count_decided(Moment(60_002), "a", Effect::Permission);
        assert!(breaker.count(Moment(60_003), "a", Effect::Permission).is_err(), "0 lets none pass");
    }

    #[test]
    fn the_window_slides() {
        let mut breaker = breaker();
        for second in [0, 20, 40] {
            assert!(breaker.count(Moment(second * 1000), "a", Effect::Write).is_ok());
        }
        assert!(breaker.count(Moment(59_999), "a", Effect::Write).is_err());
        assert!(breaker.count(Moment(60_000), "a", Effect::Write).is_ok());
        assert!(breaker.count(Moment(79_999), "a", Effect::Write).is_err());
        assert_eq!(breaker.passed(Moment(80_000), "a"), 2);
        breaker.reset("a");
        assert_eq!(breaker.passed(Moment(80_000), "a"), 0);
    }
}
