//! decide: what the rules say of a request. Pure: no I/O, no clock. All keys of a rule must match; the first rule
//! that matches decides, then `[defaults]` (SPEC section 6).
//!
//! When unsure it takes the strictest answer: a request that a service could read in several ways (an escaped
//! slash in the path, a method override) is decided for each reading, and no `allow` rule matches it.

mod approvers;
mod cover;
mod explain;
mod grantable;
mod readings;
mod rule;
#[cfg(test)]
mod tests;
mod when;

pub use approvers::Approvers;
pub use explain::{Explained, Step};
pub use grantable::{Grantable, Scope};
pub use rule::{Choice, Defaults, Rule, SafeMethods};
pub use when::{Fault, When};

use std::borrow::Cow;
use std::time::Duration;

use readings::{Reading, Readings};
use rule::{Match, Miss};
use when::{Content, Facts};

use crate::agent::Agent;
use crate::classify::{Effect, Finding, query_chooses};
use crate::pattern::HostPattern;
use crate::snapshot::{Body, Head};

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
    /// Whose word it needs; everybody's who may decide, where the rule says nothing.
    pub approvers: Option<Approvers>,
    /// What the rule has to say besides its name: that its `when` could not be evaluated.
    pub note: Option<String>,
    /// The widest grant that an approval may carry; `None`: no grant.
    pub grantable: Option<Scope>,
}

/// Why a request may not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Denial {
    /// A rule with `verdict = "deny"`, or a default of `deny`.
    Rule(String),
    /// It can be read in several ways, which rules hold for groups that have nobody to approve for both; the stricter
    /// of the rules.
    Apart(String),
    /// `defaults.unknown_host = "deny"`, and no rule or service names the host.
    UnknownHost,
}

/// Why an approval is not enough any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stricter {
    /// A rule forbids the request now.
    Denies(Denial),
    /// A rule asks for the word of others, or of more; on which terms it holds the request.
    AsksMore(Terms),
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
    approvers: Option<Cow<'a, Approvers>>,
    /// See `Terms`.
    note: Option<String>,
    grantable: Grantable,
    /// It denies because nobody could approve for all readings.
    apart: bool,
}

/// A request as the rules look at it.
struct Asked<'a> {
    agent: &'a Agent,
    head: &'a Head,
    finding: Option<&'a Finding>,
    facts: Facts<'a>,
}

impl<'a> Asked<'a> {
    fn new(agent: &'a Agent, head: &'a Head, finding: Option<&'a Finding>, content: Content<'a>) -> Self {
        Self { agent, head, finding, facts: Facts::new(agent, head, finding, content) }
    }
}

impl Policy {
    /// Whether some rule wants the word of more than one person.
    pub fn asks_for_several(&self) -> bool {
        let quorum = |rule: &Rule| rule.approvers.as_ref().map_or(1, |approvers| approvers.quorum);
        self.rules.iter().any(|rule| quorum(rule) > 1)
    }

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

    /// Whether a finding counts as a read: with `safe_methods = "hold"` only a declared service's word makes one.
    pub fn takes_for_read(&self, finding: &Finding) -> bool {
        let trusted = finding.declared.is_some() || self.defaults.safe_methods == SafeMethods::Trust;
        finding.effect == Effect::Read && trusted
    }

    /// Decides before the body is here, where it cannot matter: with the finding, if the head was enough for one;
    /// else where the first matching rule is reached by `host`, `path`, `method` and `agent` alone, with no rule
    /// above it that needs to know more. `None`: the body must be seen first. A `Pass` without a finding is never a
    /// read's, because nobody has proven one yet.
    pub fn by_head(
        &self,
        agent: &Agent,
        head: &Head,
        finding: Option<&Finding>,
        has_body: bool,
    ) -> Option<Verdict> {
        if self.is_unknown_host(head) {
            return Some(Verdict::Deny(Denial::UnknownHost));
        }
        let content = if has_body { Content::Announced } else { Content::None };
        let ruling = self.ruling(&Asked::new(agent, head, finding, content))?;
        Some(ruling.verdict(finding.map(|finding| finding.effect)))
    }

    /// Decides with everything at hand.
    pub fn decide(&self, agent: &Agent, head: &Head, finding: &Finding, body: &Body) -> Verdict {
        if self.is_unknown_host(head) {
            return Verdict::Deny(Denial::UnknownHost);
        }
        let ruling = self.ruling(&Asked::new(agent, head, Some(finding), Content::Whole(body)));
        let mut verdict = ruling.unwrap_or_else(|| self.by_default(finding)).verdict(Some(finding.effect));
        if let Verdict::Hold(terms) = &mut verdict
            && chooses_by_query(head, finding)
        {
            terms.grantable = terms.grantable.map(|widest| widest.min(Scope::Exact));
        }
        verdict
    }

    /// Looks at an approved request again before it is sent: a rule that has come since may only make it stricter,
    /// and the approval of those whom the hold asked for (`approved_by`) stands above all but a `deny` and a rule that
    /// asks for others or for more (SPEC section 7).
    pub fn still_allows_release(
        &self,
        agent: &Agent,
        head: &Head,
        finding: &Finding,
        body: &Body,
        approved_by: Option<&Approvers>,
    ) -> Result<(), Stricter> {
        match self.decide(agent, head, finding, body) {
            Verdict::Deny(denial) => Err(Stricter::Denies(denial)),
            Verdict::Hold(terms)
                if terms.approvers.as_ref().is_some_and(|them| them.ask_more_than(approved_by)) =>
            {
                Err(Stricter::AsksMore(terms))
            }
            Verdict::Hold(_) | Verdict::Pass(_) => Ok(()),
        }
    }

    /// The strictest of what the readings of a request come to; the first of equals. What can be read in more ways than
    /// one is covered by no grant, and none is given with it.
    fn ruling(&self, asked: &Asked<'_>) -> Option<Ruling<'_>> {
        let readings = Readings::of(asked.head);
        let ruling = strictest(readings.each().map(|reading| self.first(asked, reading)))?;
        Some(if readings.are_many() { Ruling { grantable: Grantable::Never, ..ruling } } else { ruling })
    }

    /// The first rule that matches a reading, else the default. `None`: something must be known first.
    fn first(&self, asked: &Asked<'_>, reading: Reading<'_>) -> Option<Ruling<'_>> {
        // The first rule that would allow it, if that could be told.
        let mut doubt = None;
        for rule in &self.rules {
            match rule.matches(asked, reading) {
                Match::No(Miss::WhenFailed(failure)) => doubt = doubt.or(Some((rule, failure))),
                Match::No(_) => {}
                Match::NeedsMore => return None,
                Match::Yes(failure) => return Some(Ruling::of(rule, failure).doubting(doubt)),
            }
        }
        asked.finding.map(|finding| self.by_default(finding).doubting(doubt))
    }

    fn by_default(&self, finding: &Finding) -> Ruling<'_> {
        let (rule, choice) = self.defaults.of(finding.effect, finding.declared.is_some());
        let grantable = Grantable::ByEffect;
        Ruling { choice, rule, timeout: None, approvers: None, note: None, grantable, apart: false }
    }

    fn is_unknown_host(&self, head: &Head) -> bool {
        self.defaults.deny_unknown_hosts
            && !self.rules.iter().flat_map(|rule| &rule.host).any(|host| host.matches(&head.origin))
            && !self.declared.iter().any(|host| host.matches(&head.origin))
    }
}

impl<'a> Ruling<'a> {
    fn of(rule: &'a Rule, failure: Option<when::Failure>) -> Self {
        let note = failure.map(|failure| {
            format!("rule `{}` matches because its `when` cannot be evaluated: {failure}", rule.name)
        });
        let Rule { verdict: choice, timeout, grantable, ref name, ref approvers, .. } = *rule;
        Self {
            choice,
            rule: name,
            timeout,
            approvers: approvers.as_ref().map(Cow::Borrowed),
            note,
            grantable,
            apart: false,
        }
    }

    /// A person who decides in the place of a rule is told which, and why it could not.
    fn doubting(self, doubt: Option<(&Rule, when::Failure)>) -> Self {
        let Some((rule, failure)) = doubt.filter(|_| self.choice == Choice::Hold) else { return self };
        let doubt = format!(
            "rule `{}` does not allow it, because its `when` cannot be evaluated: {failure}",
            rule.name
        );
        let note = self.note.map_or(doubt.clone(), |note| format!("{doubt}; {note}"));
        Self { note: Some(note), ..self }
    }

    /// More is stricter; of two that hold, the one that asks for more people.
    fn strength(&self) -> (Choice, Option<(usize, bool)>) {
        let demand = |approvers: &Approvers| (approvers.quorum, !approvers.groups.is_empty());
        (self.choice, self.approvers.as_deref().map(demand))
    }

    /// `effect`: where it is known by now.
    fn verdict(self, effect: Option<Effect>) -> Verdict {
        let rule = self.rule.to_owned();
        let read = effect.is_some_and(|effect| !effect.is_mutating());
        let grantable = self.grantable.widest(effect.unwrap_or(Effect::Unknown), self.approvers.is_some());
        match self.choice {
            Choice::Allow => Verdict::Pass(Pass { rule, read }),
            Choice::Hold => {
                let approvers = self.approvers.map(Cow::into_owned);
                Verdict::Hold(Terms { rule, timeout: self.timeout, approvers, note: self.note, grantable })
            }
            Choice::Deny if self.apart => Verdict::Deny(Denial::Apart(rule)),
            Choice::Deny => Verdict::Deny(Denial::Rule(rule)),
        }
    }
}

/// Where one path does several things by its query, neither path nor operation says enough to be granted; but in the
/// dialect that names its operations there.
fn chooses_by_query(head: &Head, finding: &Finding) -> bool {
    finding.dialect != "aws" && query_chooses(head)
}

/// The first of the strictest rulings; nothing where one is missing. Where several hold, it asks for whoever satisfies
/// all of them.
fn strictest<'a>(rulings: impl Iterator<Item = Option<Ruling<'a>>>) -> Option<Ruling<'a>> {
    let mut strictest: Option<Ruling<'a>> = None;
    let mut all_of = Some(None);
    for ruling in rulings {
        let ruling = ruling?;
        if ruling.choice == Choice::Hold {
            all_of = all_of.and_then(|known| both(known, ruling.approvers.clone()));
        }
        if strictest.as_ref().is_none_or(|known| known.strength() < ruling.strength()) {
            strictest = Some(ruling);
        }
    }
    let strictest = strictest?;
    Some(match (strictest.choice, all_of) {
        (Choice::Hold, Some(approvers)) => Ruling { approvers, ..strictest },
        (Choice::Hold, None) => Ruling { choice: Choice::Deny, apart: true, ..strictest },
        _ => strictest,
    })
}

/// Whose word satisfies two rules; `None` where nobody's does.
fn both<'a>(
    one: Option<Cow<'a, Approvers>>,
    other: Option<Cow<'a, Approvers>>,
) -> Option<Option<Cow<'a, Approvers>>> {
    match (one, other) {
        (None, approvers) | (approvers, None) => Some(approvers),
        (Some(one), Some(other)) if one == other => Some(Some(one)),
        (Some(one), Some(other)) => one.and(&other).map(Cow::Owned).map(Some),
    }
}
