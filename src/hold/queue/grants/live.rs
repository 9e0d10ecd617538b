//! Live grants by agent, so that a request is compared with its own agent's alone.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

/// See above.
#[derive(Debug, Default)]
pub(super) struct Live {
    of: BTreeMap<String, Vec<Uuid>>,
    all: BTreeSet<Uuid>,
}

impl Live {
    pub(super) fn insert(&mut self, agent: &str, grant: Uuid) {
        self.of.entry(agent.to_owned()).or_default().push(grant);
        self.all.insert(grant);
    }

    pub(super) fn remove(&mut self, agent: &str, grant: Uuid) {
        self.all.remove(&grant);
        if let Some(grants) = self.of.get_mut(agent) {
            grants.retain(|other| *other != grant);
            if grants.is_empty() {
                self.of.remove(agent);
            }
        }
    }

    pub(super) fn has(&self, grant: &Uuid) -> bool {
        self.all.contains(grant)
    }

    /// The agent's, the oldest first.
    pub(super) fn of(&self, agent: &str) -> &[Uuid] {
        self.of.get(agent).map_or(&[], Vec::as_slice)
    }

    pub(super) fn agents(&self) -> impl Iterator<Item = &str> {
        self.of.keys().map(String::as_str)
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }
}
