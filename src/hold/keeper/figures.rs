//! Questions that change nothing: listings, one hold, figures.

use std::collections::HashMap;

use super::Keeper;
use crate::clock::Moment;
use crate::hold::queue::{Entry, Freeze, State};
use crate::hold::said::Stats;
use crate::hold::turn::Look;
use crate::hold::{HoldId, Outline, STATES};
use crate::limits;

impl Keeper {
    pub(super) fn look(&mut self, look: Look) {
        match look {
            Look::List(filter, reply) => {
                let limit =
                    if filter.limit == 0 { limits::PAGE_MAX } else { filter.limit.min(limits::PAGE_MAX) };
                let views = self
                    .queue
                    .holds(filter.after)
                    .filter(|entry| filter.state.as_deref().is_none_or(|state| entry.state.name() == state))
                    .filter(|entry| filter.agent.as_deref().is_none_or(|agent| entry.facts.agent == agent))
                    .take(limit)
                    .map(|entry| self.queue.view(entry))
                    .collect();
                let _ = reply.send(views);
            }
            Look::Outlines(reply) => {
                let held = |entry: &&Entry| matches!(entry.state, State::Held { .. });
                let _ = reply.send(self.queue.holds(None).filter(held).map(Outline::of).collect());
            }
            Look::Find(text, reply) => {
                let _ = reply.send(self.queue.find(&text).map(|entry| self.queue.view(entry)));
            }
            Look::Head(hold, reply) => {
                let _ = reply.send(self.queue.hold(hold).map(|entry| entry.head.clone()));
            }
            Look::Stands(hold, release, reply) => drop(reply.send(self.queue.stands(hold, release))),
            Look::Each(holds, reply) => {
                let found = holds.iter().map(|hold| self.queue.hold(*hold));
                let views = found.map(|entry| entry.map(|entry| self.queue.view(entry))).collect();
                let _ = reply.send(views);
            }
            Look::Kind(hold, reply) => drop(reply.send(self.queue.hold(hold).map(|entry| entry.kind))),
            Look::Sending(reply) => drop(reply.send(self.queue.is_sending())),
            Look::Agents(reply) => drop(reply.send(self.queue.agents(self.tools.clock.now()))),
            Look::Grants(reply) => drop(reply.send(self.queue.grants())),
            Look::Freezes(reply) => drop(reply.send(self.queue.freezes().map(Freeze::view).collect())),
            Look::Stats(reply) => drop(reply.send(self.stats())),
        }
    }

    pub(super) fn stats(&mut self) -> Stats {
        let now = self.tools.clock.now();
        let mut by_state = STATES.map(|name| (name, 0));
        let mut oldest = 0;
        let mut pending: HashMap<&str, usize> = HashMap::new();
        for entry in self.queue.holds(None) {
            let name = entry.state.name();
            if let Some((_, count)) = by_state.iter_mut().find(|(state, _)| *state == name) {
                *count += 1;
            }
            if matches!(entry.state, State::Held { .. }) {
                oldest = oldest.max(now.wall.0 - entry.facts.created_at);
                *pending.entry(entry.facts.agent.as_str()).or_default() += 1;
            }
        }
        Stats {
            by_state: by_state.to_vec(),
            oldest_pending_ms: u64::try_from(oldest).unwrap_or(0),
            agents: pending.len(),
            of_one_agent: pending.values().copied().max().unwrap_or(0),
            release_ms: self.releases.drain(..).collect(),
        }
    }

    pub(super) fn note_release(&mut self, hold: HoldId) {
        let now: Moment = self.tools.clock.now().mono;
        if let Some(State::Forwarding(passage)) = self.queue.hold(hold).map(|entry| &entry.state) {
            if self.releases.len() == limits::RELEASES_KEPT {
                self.releases.pop_front();
            }
            self.releases.push_back(now.since(passage.since).as_millis() as u64);
        }
    }
}
