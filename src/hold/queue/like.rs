//! Which holds are like one another to a person who decides: the same agent asks for the same operation at the same
//! place. Counted as they come and go, never searched for: a list of ten thousand says of each how many there are.

use super::{Entry, Queue, State};
use crate::agent::ANONYMOUS;
use crate::hold::HoldView;
use crate::hold::facts::Facts;
use crate::origin::Origin;
use crate::secret::sha256;

/// Equal for all holds that are like one another; also what a precedent is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind(pub [u8; 32]);

impl Kind {
    /// The kind of a request of this agent. Everybody who is anonymous is known by the address.
    pub fn of(facts: &Facts, origin: &Origin) -> Self {
        let source = if facts.agent == ANONYMOUS { facts.source.as_str() } else { "" };
        let mut out = b"holdpoint like v1\0".to_vec();
        for part in [&facts.agent, source, &origin.to_string(), &facts.dialect, &facts.operation] {
            out.extend_from_slice(&(part.len() as u64).to_be_bytes());
            out.extend_from_slice(part.as_bytes());
        }
        Self(sha256(&out))
    }
}

impl Queue {
    /// A hold as people see it.
    pub fn view(&self, entry: &Entry) -> HoldView {
        let all = self.like.get(&entry.kind).copied().unwrap_or(0);
        let others = all - usize::from(entry.is_undecided());
        let frozen = !entry.state.is_over() && self.is_frozen(&entry.facts.agent);
        HoldView { like_pending: others, frozen, ..HoldView::of(entry) }
    }

    /// One more undecided hold of this kind.
    pub(super) fn count_like(&mut self, kind: Kind) {
        *self.like.entry(kind).or_default() += 1;
    }

    /// One less.
    pub(super) fn uncount_like(&mut self, kind: Kind) {
        if let Some(count) = self.like.get_mut(&kind) {
            *count -= 1;
            if *count == 0 {
                self.like.remove(&kind);
            }
        }
    }
}

impl Entry {
    /// Whether somebody must still decide.
    pub(super) fn is_undecided(&self) -> bool {
        matches!(self.state, State::Held { .. })
    }
}
