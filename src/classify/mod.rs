//! classify: what a request *is*. Pure: no I/O, no clock.
//!
//! Any recogniser may raise an answer; only a declared service may lower one. What cannot be parsed, decoded or
//! placed is `unknown`, and `unknown` is not `read`.

use std::fmt;

use crate::snapshot::{Head, Snapshot};

/// What a request does to the service, from the least to the most cautious reading (the order has meaning:
/// opinions combine with `max`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Changes or adds data.
    Write,
    /// Runs code, sends messages, moves money: what cannot be undone by writing again.
    Execute,
    /// Removes data.
    Delete,
    /// Changes who may see or do what.
    Permission,
    /// Nobody can tell.
    Unknown,
}

impl Effect {
    /// All of them.
    pub const ALL: [Effect; 6] =
        [Effect::Read, Effect::Write, Effect::Execute, Effect::Delete, Effect::Permission, Effect::Unknown];

    /// Its name in config, API and audit.
    pub fn as_str(self) -> &'static str {
        match self {
            Effect::Read => "read",
            Effect::Write => "write",
            Effect::Execute => "execute",
            Effect::Delete => "delete",
            Effect::Permission => "permission",
            Effect::Unknown => "unknown",
        }
    }

    /// Reads `as_str`.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effect| effect.as_str() == text)
    }

    /// Everything but `read`.
    pub fn is_mutating(self) -> bool {
        self != Effect::Read
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What the classifier says of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The most cautious of the recognisers' opinions.
    pub effect: Effect,
    /// The dialect that named the operation (SPEC section 2), `http` where none did.
    pub dialect: &'static str,
    /// A label that a person understands: `POST /posts`.
    pub operation: String,
    /// What each recogniser said.
    pub why: Vec<String>,
}

/// What the head alone could tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByHead {
    /// The body cannot change this.
    Settled(Finding),
    /// The body must be captured first.
    NeedsBody,
}

/// All recognisers and what the operator declared for them.
#[derive(Clone, Debug, Default)]
pub struct Classifier {}

impl Classifier {
    /// Judges by the head. `has_body`: the request announces content (a length above 0, or chunked).
    /// Only `Settled` with `read` lets a request stream through.
    pub fn by_head(&self, _head: &Head, _has_body: bool) -> ByHead {
        todo!()
    }

    /// Judges the whole request.
    pub fn whole(&self, _snapshot: &Snapshot) -> Finding {
        todo!()
    }
}
