//! The brake: what a freeze stops, as the hands see it. The queue decides and puts it on record; this is the copy that
//! is looked at in the moment when a mutation's first byte is written.
//!
//! A release that was let through before a freeze may be anywhere between its record and its first byte. It writes that
//! byte under a `Start`, which a freeze waits for (one `poll_write`, which never blocks) and which cannot be had after
//! it: so that nothing starts once `Desk::freeze` has returned (SPEC section 7).

use std::collections::HashSet;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// Who is stopped.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stopped {
    /// Everybody.
    pub all: bool,
    /// These.
    pub agents: HashSet<String>,
}

impl Stopped {
    /// Whether this agent is.
    pub fn stops(&self, agent: &str) -> bool {
        self.all || self.agents.contains(agent)
    }
}

/// Shared by the keeper, which sets it, and everybody who sends.
#[derive(Clone, Default)]
pub struct Brake(Arc<RwLock<Stopped>>);

impl Brake {
    /// From now on, and once whoever writes a first byte at this moment has written it.
    pub fn set(&self, stopped: Stopped) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = stopped;
    }

    /// Stops one more, or everybody (`None`).
    pub fn add(&self, agent: Option<&str>) {
        let mut stopped = self.0.write().unwrap_or_else(PoisonError::into_inner);
        match agent {
            Some(agent) => drop(stopped.agents.insert(agent.to_owned())),
            None => stopped.all = true,
        }
    }

    /// Whether this agent is stopped now.
    pub fn stops(&self, agent: &str) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).stops(agent)
    }

    /// A permit for this agent.
    pub(in crate::hold) fn permit(&self, agent: &str) -> Permit {
        Permit { brake: self.clone(), agent: agent.to_owned() }
    }
}

/// Proof: when this mutation was let through, no freeze was on. Made by the desk only; what it opens is looked at once
/// more with the first byte.
pub struct Permit {
    brake: Brake,
    agent: String,
}

impl Permit {
    /// Leave to write the first byte, for as long as it is kept; `None` where a freeze has come since.
    pub fn start(&self) -> Option<Start<'_>> {
        let stopped = self.brake.0.read().unwrap_or_else(PoisonError::into_inner);
        (!stopped.stops(&self.agent)).then_some(Start { _stopped: stopped })
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Permit({})", self.agent)
    }
}

/// While it lives no freeze can be put on. Not to be kept while anything is waited for.
pub struct Start<'a> {
    _stopped: RwLockReadGuard<'a, Stopped>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permit_opens_for_its_agent_until_a_freeze_and_again_after_it() {
        let brake = Brake::default();
        let (one, two) = (brake.permit("one"), brake.permit("two"));
        assert!(one.start().is_some());
        brake.add(Some("one"));
        assert!(one.start().is_none() && two.start().is_some());
        brake.add(None);
        assert!(two.start().is_none());
        brake.set(Stopped::default());
        assert!(one.start().is_some() && two.start().is_some());
    }

    #[test]
    fn a_freeze_waits_for_a_first_byte_that_is_being_written() {
        let brake = Brake::default();
        let permit = brake.permit("one");
        let start = permit.start().unwrap();
        let (told, hears) = std::sync::mpsc::channel();
        let other = brake.clone();
        let freezes = std::thread::spawn(move || {
            other.add(None);
            told.send(()).unwrap();
        });
        assert!(hears.try_recv().is_err(), "the byte is not written yet");
        drop(start);
        hears.recv().unwrap();
        freezes.join().unwrap();
        assert!(permit.start().is_none());
    }
}
