//! What a grant covers: every word is compared whole, and nothing is made out of patterns (CASES HI-21).

use crate::agent::ANONYMOUS;
use crate::decide::{Approvers, Scope};
use crate::hold::facts::Facts;
use crate::hold::queue::Entry;
use crate::hold::same::Key;
use crate::origin::Origin;
use crate::snapshot::Head;

/// What must be equal.
#[derive(Debug)]
pub(super) struct Cover {
    pub(super) scope: Scope,
    agent: String,
    /// Of an agent that is everyone and no one.
    source: Option<String>,
    origin: Origin,
    effect: String,
    rule: String,
    approvers: Option<Approvers>,
    /// As whom the agent ran: where a rule says whose word it takes, it is not the agent's own.
    owners: Vec<String>,
    key: Key,
    method: String,
    path: String,
    dialect: String,
    operation: Option<String>,
}

impl Cover {
    /// Everything like this hold's request.
    pub(super) fn of(entry: &Entry, scope: Scope) -> Self {
        let (facts, head) = (&entry.facts, &entry.head);
        Self {
            scope,
            agent: facts.agent.clone(),
            source: (facts.agent == ANONYMOUS).then(|| facts.source.clone()),
            origin: head.origin.clone(),
            effect: facts.effect.clone(),
            rule: facts.rule.clone(),
            approvers: entry.course.approvers.clone(),
            owners: entry.course.owners.clone(),
            key: entry.key,
            method: head.method.clone(),
            path: head.path().to_owned(),
            dialect: facts.dialect.clone(),
            operation: operation(facts).map(str::to_owned),
        }
    }

    /// Whether it is like it. The rule that holds it now must still let a grant be this wide.
    pub(super) fn covers(&self, entry: &Entry) -> bool {
        let (facts, head) = (&entry.facts, &*entry.head);
        let same = facts.grantable.is_some_and(|widest| self.scope <= widest)
            && facts.agent == self.agent
            && self.source.as_ref().is_none_or(|source| *source == facts.source)
            && head.origin == self.origin
            && facts.effect == self.effect
            && facts.rule == self.rule
            && entry.course.approvers == self.approvers
            && (self.approvers.is_none() || entry.course.owners == self.owners);
        same && match self.scope {
            Scope::Exact => entry.key == self.key,
            Scope::Route => self.is_same_operation(facts) && self.is_same_route(head),
            Scope::Operation => {
                let anywhere = NAMED_ABOVE_PATHS.contains(&self.dialect.as_str());
                self.is_same_operation(facts) && (anywhere || self.is_same_route(head))
            }
        }
    }

    fn is_same_route(&self, head: &Head) -> bool {
        head.method == self.method && head.path() == self.path
    }

    fn is_same_operation(&self, facts: &Facts) -> bool {
        facts.dialect == self.dialect
            && self.operation.is_some()
            && operation(facts) == self.operation.as_deref()
    }
}

/// Dialects whose operations have the same name at every path of a host. In the others the path says as much as the
/// name does: which repository, which server behind a gateway.
const NAMED_ABOVE_PATHS: [&str; 2] = ["aws", "openapi"];

/// The one operation of a request, where its label is all of it: not a batch's worst, and not cut. SQL's labels are the
/// beginnings of statements.
pub(super) fn operation(facts: &Facts) -> Option<&str> {
    let label = facts.operation.as_str();
    let whole = !label.is_empty() && !label.ends_with('…') && !label.contains("(worst of ");
    let name = match facts.dialect.as_str() {
        "sql" => return None,
        // `deleteMail (DELETE /mail/7)`
        "openapi" => label.rsplit_once(" (").map_or(label, |(name, _)| name),
        _ => label,
    };
    whole.then_some(name)
}
