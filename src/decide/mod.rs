//! decide: what the rules say of a request. Pure: no I/O, no clock. All keys of a rule must match; the first rule
//! that matches decides, then `[defaults]` (SPEC section 6).
//!
//! When unsure it takes the strictest answer: a request that a service could read in several ways (an escaped
//! slash in the path, a method override) is decided for each reading, and no `allow` rule matches it.

mod cover;
mod readings;
mod rule;
#[cfg(test)]
mod tests;

pub use rule::{Choice, Defaults, Rule, SafeMethods};

use std::time::Duration;

use readings::{Reading, Readings};
use rule::Match;

use crate::agent::Agent;
use crate::classify::{Effect, Finding};
use crate::pattern::HostPattern;
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
///
/// ```
/// use holdpoint::decide::Pass;
/// fn name(pass: &Pass) -> &str { pass.rule() }
/// ```
///
/// ```compile_fail
/// use holdpoint::decide::Pass;
/// fn forge() -> Pass { Pass { rule: String::new(), read: true } }
/// ```
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
pub struct Policy {
    rules: Vec<Rule>,
    defaults: Defaults,
    /// The hosts of the operator's services, which are known to `unknown_host`.
    declared: Vec<HostPattern>,
}

/// Which rule or default decides, and what it says.
struct Ruling<'a> {
    choice: Choice,
    rule: &'a str,
    timeout: Option<Duration>,
}

impl Policy {
    /// Takes the rules in the order of the file.
    pub fn new(rules: Vec<Rule>, defaults: Defaults) -> Self {
        Self { rules, defaults, declared: Vec::new() }
    }

    /// With the hosts that the operator's services name.
    pub fn with_declared(mut self, hosts: Vec<HostPattern>) -> Self {
        self.declared = hosts;
        self
    }

    /// How many rules there are.
    pub fn rule_count(&self) -> usize {
        self.rules.len()
    }

    /// Rules that can never match because an earlier one covers them: index of the later and of the earlier.
    pub fn covered(&self) -> Vec<(usize, usize)> {
        cover::covered(&self.rules)
    }

    /// Decides where the body cannot matter: the first matching rule is reached by `host`, `path`, `method` and
    /// `agent` alone, with no rule above it that needs to know more. `None`: classify first. A `Pass` from here is
    /// never a read's, because nobody has proven one yet.
    pub fn by_head(&self, agent: &Agent, head: &Head) -> Option<Verdict> {
        if self.is_unknown_host(head) {
            return Some(Verdict::Deny(Denial::UnknownHost));
        }
        let readings = Readings::of(head);
        let rulings = readings.each().map(|reading| self.first(agent, head, reading, None));
        strictest(rulings).map(|ruling| ruling.verdict(false))
    }

    /// Decides with the finding at hand.
    pub fn decide(&self, agent: &Agent, head: &Head, finding: &Finding) -> Verdict {
        if self.is_unknown_host(head) {
            return Verdict::Deny(Denial::UnknownHost);
        }
        let effect = finding.effect;
        let declared = finding.declared.is_some();
        let readings = Readings::of(head);
        let rulings = readings.each().map(|reading| {
            self.first(agent, head, reading, Some(effect)).or_else(|| Some(self.by_default(effect, declared)))
        });
        strictest(rulings).unwrap_or_else(|| self.by_default(effect, declared)).verdict(!effect.is_mutating())
    }

    /// Looks at an approved request again before it is sent: a rule that has come since may only make it stricter,
    /// and a person's approval stands above all but a `deny` (SPEC section 7).
    pub fn still_allows_release(&self, agent: &Agent, head: &Head, finding: &Finding) -> Result<(), Denial> {
        match self.decide(agent, head, finding) {
            Verdict::Deny(denial) => Err(denial),
            Verdict::Hold(_) | Verdict::Pass(_) => Ok(()),
        }
    }

    /// The first rule that matches a reading. `None`: no rule does, or, without an effect, one needs to know it.
    fn first(
        &self,
        agent: &Agent,
        head: &Head,
        reading: Reading<'_>,
        effect: Option<Effect>,
    ) -> Option<Ruling<'_>> {
        for rule in &self.rules {
            match rule.matches(agent, head, reading, effect) {
                Match::No => {}
                Match::NeedsEffect => return None,
                Match::Yes => {
                    return Some(Ruling { choice: rule.verdict, rule: &rule.name, timeout: rule.timeout });
                }
            }
        }
        None
    }

    fn by_default(&self, effect: Effect, declared: bool) -> Ruling<'_> {
        let (rule, choice) = self.defaults.of(effect, declared);
        Ruling { choice, rule, timeout: None }
    }

    fn is_unknown_host(&self, head: &Head) -> bool {
        self.defaults.deny_unknown_hosts
            && !self.rules.iter().flat_map(|rule| &rule.host).any(|host| host.matches(&head.origin))
            && !self.declared.iter().any(|host| host.matches(&head.origin))
    }
}

impl Ruling<'_> {
    fn verdict(&self, read: bool) -> Verdict {
        let rule = self.rule.to_owned();
        match self.choice {
            Choice::Allow => Verdict::Pass(Pass { rule, read }),
            Choice::Hold => Verdict::Hold(Terms { rule, timeout: self.timeout }),
            Choice::Deny => Verdict::Deny(Denial::Rule(rule)),
        }
    }
}

/// The first of the strictest rulings; nothing where one is missing.
fn strictest<'a>(rulings: impl Iterator<Item = Option<Ruling<'a>>>) -> Option<Ruling<'a>> {
    let mut strictest: Option<Ruling<'a>> = None;
    for ruling in rulings {
        let ruling = ruling?;
        if strictest.as_ref().is_none_or(|known| known.choice < ruling.choice) {
            strictest = Some(ruling);
        }
    }
    strictest
}
