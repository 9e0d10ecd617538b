//! Agents, as people see them: all that have something pending, a freeze or a grant, or that changed something lately.

use std::collections::{BTreeMap, BTreeSet};

use super::{Queue, State};
use crate::clock::{Now, Wall};
use crate::hold::AgentView;

impl Queue {
    /// In the order of their names. Looks at every hold; nothing but a person's question asks for it.
    pub fn agents(&mut self, now: Now) -> Vec<AgentView> {
        let mut counts: BTreeMap<String, (usize, usize)> = BTreeMap::new();
        for entry in self.holds.values().filter(|entry| !entry.state.is_over() || !entry.attempts.is_empty())
        {
            let (held, waiting) = counts.entry(entry.facts.agent.clone()).or_default();
            *held += usize::from(matches!(entry.state, State::Held { .. }));
            *waiting += entry.attempts.len();
        }
        let frozen = self.freezes().filter_map(|freeze| freeze.agent.clone());
        let granted = self.granted_agents().map(str::to_owned);
        let lately = self.seen.keys().filter(|agent| self.was_seen_lately(now, agent)).cloned();
        let names: BTreeSet<String> =
            frozen.chain(granted).chain(lately).chain(counts.keys().cloned()).collect();
        names.into_iter().map(|name| self.agent(now, counts.get(&name).copied(), name)).collect()
    }

    fn agent(&mut self, now: Now, counts: Option<(usize, usize)>, name: String) -> AgentView {
        let (held, waiting) = counts.unwrap_or_default();
        AgentView {
            held,
            waiting,
            passed: self.passed(now, &name),
            frozen: self.is_frozen(&name),
            last_seen: self.seen.get(&name).map(|at| Wall(*at).rfc3339()),
            name,
        }
    }
}
