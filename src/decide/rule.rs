//! A rule and the defaults, compiled. A key that is absent matches everything; a key that is there has at least one
//! value (the config sees to it: an empty list must not mean everything, CASES DE-23).

use std::time::Duration;

use crate::classify::Effect;
use crate::decide::grantable::Grantable;
use crate::decide::readings::Reading;
use crate::decide::when::{Failure, Outcome, When};
use crate::decide::{Approvers, Asked};
use crate::pattern::{HostPattern, PathPattern};

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
    /// What no other key can say.
    pub when: Option<When>,
    /// What it says.
    pub verdict: Choice,
    /// How long a hold under it may stay undecided.
    pub timeout: Option<Duration>,
    /// Whose word a hold under it needs.
    pub approvers: Option<Approvers>,
    /// How far an approval of a hold under it may reach.
    pub grantable: Grantable,
}

/// Whether a rule matches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Match {
    No(Miss),
    /// All that is known matches, and the effect or the body is not known yet.
    NeedsMore,
    /// With what its `when` failed with, where the rule matches because of that.
    Yes(Option<Failure>),
}

/// The first thing by which a rule does not match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Miss {
    Agent,
    Effect,
    Host,
    Method,
    Path,
    /// It would allow what can be read in more ways than one.
    Unclear,
    /// Its `when` is false.
    When,
    /// It would allow, and its `when` cannot be evaluated.
    WhenFailed(Failure),
}

impl Rule {
    /// Compares all keys with one reading of a request.
    pub(super) fn matches(&self, asked: &Asked<'_>, reading: Reading<'_>) -> Match {
        if let Err(miss) = self.by_head(asked, reading) {
            return Match::No(miss);
        }
        match asked.finding.map(|finding| finding.effect) {
            _ if self.effect.is_empty() => self.by_when(asked, reading),
            None => Match::NeedsMore,
            Some(effect) if self.effect.contains(&effect) => self.by_when(asked, reading),
            Some(_) => Match::No(Miss::Effect),
        }
    }

    fn by_head(&self, asked: &Asked<'_>, reading: Reading<'_>) -> Result<(), Miss> {
        let head = asked.head;
        let path = |path: &PathPattern| {
            if self.allows() { path.matches(head.path()) } else { path.catches(reading.path) }
        };
        // What may be read in more ways than one matches no `allow` rule: not by its path at all, and not by its
        // method where a rule asks for the method.
        let asks_for_method =
            !self.method.is_empty() || self.when.as_ref().is_some_and(When::asks_for_method);
        let unclear = reading.odd_path || (reading.overridden && asks_for_method);
        for (found, miss) in [
            (any(&self.agent, |name| *name == asked.agent.name), Miss::Agent),
            (any(&self.method, |method| method == reading.method), Miss::Method),
            (any(&self.host, |host| host.matches(&head.origin)), Miss::Host),
            (any(&self.path, path), Miss::Path),
            (!(self.allows() && unclear), Miss::Unclear),
        ] {
            if !found {
                return Err(miss);
            }
        }
        Ok(())
    }

    /// The last key, because it costs the most.
    fn by_when(&self, asked: &Asked<'_>, reading: Reading<'_>) -> Match {
        let Some(when) = &self.when else { return Match::Yes(None) };
        match when.holds(&asked.facts, reading.method, reading.path) {
            Outcome::False => Match::No(Miss::When),
            Outcome::Failed(failure) if self.allows() => Match::No(Miss::WhenFailed(failure)),
            Outcome::Failed(failure) => Match::Yes(Some(failure)),
            Outcome::NeedsMore => Match::NeedsMore,
            Outcome::True => Match::Yes(None),
        }
    }

    fn allows(&self) -> bool {
        self.verdict == Choice::Allow
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
