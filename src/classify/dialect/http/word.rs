//! The word of a plain request: what its method says, raised by what path and query say. Every request's way leads
//! here, so that nothing is allocated until the word is written.

use crate::classify::methods::{self, Method};
use crate::classify::{Effect, acts, rest};
use crate::snapshot::Head;

/// What a request says of itself. Its text is Holdpoint's own.
#[derive(Clone, Copy, Debug)]
pub(in crate::classify) struct Word {
    pub(in crate::classify) effect: Effect,
    method: Option<&'static Method>,
    /// How what follows is joined, and what it is.
    more: Option<(&'static str, &'static str)>,
    envelope: bool,
}

impl Word {
    /// Of method, path and query, content aside.
    pub(super) fn of(head: &Head) -> Self {
        let Some(method) = methods::lookup(&head.method) else {
            let more = Some(("", "its method is not in the registry of methods"));
            return Self { effect: Effect::Unknown, method: None, more, envelope: false };
        };
        let raised = match method.effect {
            Effect::Read => acts::look(head).map(|(effect, why)| (effect, (", but ", why))),
            Effect::Write => rest::raise(head.path()).map(|(effect, why)| (effect, ("; ", why))),
            _ => None,
        };
        let (effect, more) = raised.map_or((method.effect, None), |(effect, why)| (effect, Some(why)));
        Self { effect, method: Some(method), more, envelope: false }
    }

    pub(super) fn safe_with_content() -> Self {
        let more = Some(("", "a safe method with content may ask for anything"));
        Self { effect: Effect::Unknown, method: None, more, envelope: false }
    }

    pub(super) fn in_an_envelope(self) -> Self {
        Self { effect: Effect::Unknown, envelope: true, ..self }
    }

    /// Its text in pieces; one allocation writes them all (`concat`).
    pub(in crate::classify) fn parts(&self) -> [&'static str; 6] {
        let (name, blank, why) = self.method.map_or(("", "", ""), |method| (method.name, " ", method.why));
        let (joint, more) = self.more.unwrap_or(("", ""));
        let envelope = if self.envelope { "; its content type can carry requests of its own" } else { "" };
        [name, blank, why, joint, more, envelope]
    }
}
