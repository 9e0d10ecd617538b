//! What recognisers are given and what they answer: a request, with as much of its content as there is, and a
//! list of opinions. A recogniser that has nothing to say says nothing; silence is no opinion, least of all `read`.

use crate::classify::Effect;
use crate::snapshot::{Body, Head};

/// How much of the content can be seen.
#[derive(Clone, Copy, Debug)]
pub(super) enum Content<'a> {
    /// There is none.
    None,
    /// There will be some; only the head is here yet.
    Announced,
    /// All of it, in memory.
    Memory(&'a [u8]),
    /// Too many to look into: how many, and those at the beginning.
    Beginning(&'a [u8], u64),
}

impl<'a> Content<'a> {
    /// The content of a captured body of which these bytes were read: all of them, or those at its beginning.
    pub(super) fn of(body: &Body, seen: &'a [u8]) -> Self {
        match body.len() {
            0 => Content::None,
            len if len == seen.len() as u64 => Content::Memory(seen),
            len => Content::Beginning(seen, len),
        }
    }
}

/// What a recogniser looks at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Request<'a> {
    pub(super) head: &'a Head,
    pub(super) content: Content<'a>,
}

/// One recogniser's word, with its reason in text of Holdpoint's own: never the agent's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opinion {
    pub(super) effect: Effect,
    pub(super) why: String,
}

/// All that was said of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) opinions: Vec<Opinion>,
    /// Registered methods that something in the request asks the service to see instead of the one sent.
    pub(super) effective: Vec<&'static str>,
    /// The body may change the answer.
    pub(super) needs_body: bool,
}

impl Said {
    /// One opinion.
    pub(super) fn one(effect: Effect, why: impl Into<String>) -> Self {
        let mut said = Self::default();
        said.add(effect, why.into());
        said
    }

    /// No opinion before the body is here.
    pub(super) fn needs_body() -> Self {
        Self { needs_body: true, ..Self::default() }
    }

    /// Adds an opinion.
    pub(super) fn add(&mut self, effect: Effect, why: String) {
        self.opinions.push(Opinion { effect, why });
    }

    /// Takes in what another recogniser said.
    pub(super) fn join(&mut self, other: Said) {
        self.opinions.extend(other.opinions);
        for method in other.effective {
            if !self.effective.contains(&method) {
                self.effective.push(method);
            }
        }
        self.needs_body |= other.needs_body;
    }
}
