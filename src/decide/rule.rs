//! A rule and the defaults, compiled. A key that is absent matches everything; a key that is there has at least one
//! value (the config sees to it: an empty list must not mean everything, CASES DE-23).

use std::time::Duration;

use crate::agent::Agent;
use crate::classify::Effect;
use crate::decide::readings::Reading;
use crate::pattern::{HostPattern, PathPattern};
use crate::snapshot::Head;

/// What a rule or a default says, from the least to the most strict (the order has meaning: of several readings of
/// one request the strictest decides).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Choice {
    /// It passes.
    Allow,
    /// A person decides.
    Hold,
    /// It does not pass.
    Deny,
}

/// `[[rule]]`
#[derive(Clone, Debug)]
pub struct Rule {
    /// The name on record and on screens.
    pub name: String,
    /// Effects; without any it matches all of them and needs no finding.
    pub effect: Vec<Effect>,
    /// Hosts.
    pub host: Vec<HostPattern>,
    /// Raw paths.
    pub path: Vec<PathPattern>,
    /// Methods, exactly.
    pub method: Vec<String>,
    /// Names of agents, exactly.
    pub agent: Vec<String>,
    /// What it says.
    pub verdict: Choice,
    /// How long a hold under it may stay undecided.
    pub timeout: Option<Duration>,
}

/// Whether a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    No,
    /// All keys but `effect` match, and the effect is not known yet.
    NeedsEffect,
    Yes,
}

impl Rule {
    /// Compares all keys with one reading of a request.
    pub(super) fn matches(
        &self,
        agent: &Agent,
        head: &Head,
        reading: Reading<'_>,
        effect: Option<Effect>,
    ) -> Match {
        let allows = self.verdict == Choice::Allow;
        let by_head = any(&self.agent, |name| *name == agent.name)
            && any(&self.method, |method| method == reading.method)
            && any(&self.host, |host| host.matches(&head.origin))
            && any(
                &self.path,
                |path| if allows { path.matches(head.path()) } else { path.catches(reading.path) },
            );
        // What may be read in more ways than one matches no `allow` rule: not by its path at all, and not by its
        // method where a rule names methods.
        let unclear = reading.odd_path || (reading.overridden && !self.method.is_empty());
        if !by_head || (allows && unclear) {
            return Match::No;
        }
        match effect {
            _ if self.effect.is_empty() => Match::Yes,
            None => Match::NeedsEffect,
            Some(effect) if self.effect.contains(&effect) => Match::Yes,
            Some(_) => Match::No,
        }
    }
}

fn any<T>(values: &[T], test: impl Fn(&T) -> bool) -> bool {
    values.is_empty() || values.iter().any(test)
}

/// `defaults.safe_methods`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SafeMethods {
    /// Only the reads of declared services are reads.
    Hold,
    /// GET and HEAD of an undeclared service are reads.
    Trust,
}

/// `[defaults]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// For reads.
    pub read: Choice,
    /// For everything else that is not named on its own.
    pub mutating: Choice,
    /// Mutating effects that are named on their own.
    pub named: Vec<(Effect, Choice)>,
    /// See the type.
    pub safe_methods: SafeMethods,
    /// `unknown_host = "deny"`: only hosts that a rule or a service names may be asked.
    pub deny_unknown_hosts: bool,
}

impl Default for Defaults {
    fn default() -> Self {
        Self {
            read: Choice::Allow,
            mutating: Choice::Hold,
            named: Vec::new(),
            safe_methods: SafeMethods::Trust,
            deny_unknown_hosts: false,
        }
    }
}

impl Defaults {
    /// What they say of an effect, and under which name. `declared`: a service vouches for it.
    pub(super) fn of(&self, effect: Effect, declared: bool) -> (&'static str, Choice) {
        let named = self.named.iter().find(|(named, _)| *named == effect).map(|(_, choice)| *choice);
        match (effect, named) {
            (Effect::Read, _) if self.safe_methods == SafeMethods::Hold && !declared => {
                ("defaults.safe_methods", self.read.max(Choice::Hold))
            }
            (Effect::Read, _) => ("defaults.read", self.read),
            (Effect::Write, Some(choice)) => ("defaults.write", choice),
            (Effect::Execute, Some(choice)) => ("defaults.execute", choice),
            (Effect::Delete, Some(choice)) => ("defaults.delete", choice),
            (Effect::Permission, Some(choice)) => ("defaults.permission", choice),
            // What nobody can tell is held or refused; only a rule that says so lets it pass (SPEC section 1, P1).
            (Effect::Unknown, Some(choice)) => ("defaults.unknown", choice.max(Choice::Hold)),
            (Effect::Unknown, None) => ("defaults.mutating", self.mutating.max(Choice::Hold)),
            (_, None) => ("defaults.mutating", self.mutating),
        }
    }
}
