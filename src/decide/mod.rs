//! decide: what the rules say of a request. Pure: no I/O, no clock. All keys of a rule must match; the first rule
//! that matches decides, then `[defaults]` (SPEC section 6).

use std::time::Duration;

use crate::agent::Agent;
use crate::classify::Finding;
use crate::snapshot::Head;

/// What the rules say.
#[derive(Debug)]
pub enum Verdict {
    /// It may pass without a person.
    Pass(Pass),
    /// A person decides.
    Hold(Terms),
    /// It may not pass.
    Deny(Denial),
}

/// Proof that the rules let a request pass. Made here only.
#[derive(Debug)]
pub struct Pass {
    /// The rule's name, or `defaults.read` and the like.
    rule: String,
    /// Proven a read (by finding); otherwise a mutation, or something undecided, that a rule allows.
    read: bool,
}

impl Pass {
    /// The rule that let it pass.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// Whether it is a read; what is not goes on a fresh connection and on record first.
    pub fn is_read(&self) -> bool {
        self.read
    }
}

/// On what terms a request is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The rule's name, or `defaults.mutating` and the like.
    pub rule: String,
    /// How long it may stay undecided; `hold.timeout` where the rule says nothing.
    pub timeout: Option<Duration>,
}

/// Why a request may not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// A rule with `verdict = "deny"`, or a default of `deny`.
    Rule(String),
    /// `defaults.unknown_host = "deny"`, and no rule or service names the host.
    UnknownHost,
}

/// The compiled rules and defaults.
#[derive(Clone, Debug, Default)]
pub struct Policy {}

impl Policy {
    /// Decides where the body cannot matter: the first matching rule is reached by `host`, `path`, `method` and
    /// `agent` alone, with no rule above it that needs to know more. `None`: classify first.
    pub fn by_head(&self, _agent: &Agent, _head: &Head) -> Option<Verdict> {
        todo!()
    }

    /// Decides with the finding at hand.
    pub fn decide(&self, _agent: &Agent, _head: &Head, _finding: &Finding) -> Verdict {
        todo!()
    }
}
