//! Grants are given, used and taken back, and rules let things pass: never more uses than were given, never another
//! agent's request, never past the breaker.

use super::*;
use crate::classify::Effect;

impl World {
    /// A grant as it is stored now.
    pub(super) fn granted(&mut self, from: Option<(String, u32)>, view: &GrantView) {
        let before = self.grants.insert(view.id.clone(), view.clone());
        if from.is_none() {
            self.passes.push((view.agent.clone(), self.now.mono));
        }
        assert_eq!(before.map(|before| (before.state, before.used)), from, "compare and set");
        assert!(view.used <= view.uses, "more uses than were given");
        assert_eq!(view.used == view.uses, view.state == "used_up");
    }

    /// A hold is approved by a grant.
    pub(super) fn approved_by_grant(&mut self, hold: HoldId, grant: &str) {
        let entry = self.queue.hold(hold).expect("it is there");
        let view = &self.grants[grant];
        let facts = Facts::clone(&entry.facts);
        assert_eq!((&view.agent, &view.rule, &view.effect), (&facts.agent, &facts.rule, &facts.effect));
        assert!(matches!(view.state.as_str(), "live" | "used_up"), "an ended grant approves nothing");
        assert!(!self.is_frozen(&facts.agent), "a grant lets nothing pass while frozen");
        let approvers = view.approvers.clone();
        self.votes.entry(hold).or_default().extend(approvers);
        self.by_grant.insert(hold, grant.to_owned());
        self.passed(&facts.agent);
    }

    /// One more without a decision; the breaker must have looked, and counted what opened grants too.
    fn passed(&mut self, agent: &str) {
        let now = self.now.mono;
        self.passes.push((agent.to_owned(), now));
        let lately = |(name, at): &&(String, Moment)| name == agent && now.since(*at) < BREAKER.per;
        let count = self.passes.iter().filter(lately).count();
        assert!(count <= BREAKER.mutations, "{count} passed without a decision, and no freeze came");
    }

    pub(super) fn admit(&mut self) {
        for _ in 0..4 {
            let agent = ["a", "b"][self.chance.below(2)];
            let frozen = self.is_frozen(agent);
            self.tell(Event::Admit(agent.to_owned(), Effect::Write)).expect("a question is always taken");
            if self.queue.is_frozen(agent) {
                assert!(frozen || self.frozen.values().any(|freeze| freeze.by == By::Breaker));
            } else {
                self.passed(agent);
            }
        }
    }

    pub(super) fn revoke(&mut self) {
        let mut ids: Vec<_> = self.grants.keys().cloned().collect();
        ids.sort();
        if ids.is_empty() {
            return;
        }
        let id = ids[self.chance.below(ids.len())].clone();
        self.tell(Event::Revoke(id.clone(), "p".to_owned())).expect("a known grant is revoked");
        assert_ne!(self.grants[&id].state, "live");
        for (hold, grant) in &self.by_grant {
            let state = self.disk.get(hold).map(|row| row.state);
            let undecided =
                grant == &id && self.queue.hold(*hold).and_then(|entry| entry.course.grant()).is_some();
            assert!(!undecided || !matches!(state, Some("approved" | "armed")), "it still releases");
        }
    }

    /// Those who were thawed begin anew.
    pub(super) fn count_anew(&mut self, agent: Option<&str>) {
        self.passes.retain(|(name, _)| agent.is_some_and(|agent| agent != name));
    }
}
