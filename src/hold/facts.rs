//! What is known of a hold beside its bytes: what hardly ever changes (`Facts`) and its course so far (`Course`). Both are
//! stored as JSON in the hold's row; unknown or missing members make the row unreadable, never a guess.

use serde::{Deserialize, Serialize};

use crate::classify::Finding;
use crate::clock::Wall;
use crate::decide::{Approvers, Scope, Terms};
use crate::hold::NewHold;
use crate::hold::address::Address;
use crate::hold::view::{DecisionView, EditedView, OutcomeView};
use crate::limits;

/// What nothing changes but an edit, and a rule that holds it anew.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The four characters that people type; given when the hold begins.
    pub code: String,
    /// The agent's configured name.
    pub agent: String,
    /// Its address.
    pub source: String,
    /// See SPEC section 10.
    pub advisory: bool,
    /// What the agent spoke.
    pub http_version: String,
    /// What the request does.
    pub effect: String,
    /// Who said so.
    pub dialect: String,
    /// What it is called.
    pub operation: String,
    /// The rule that holds it.
    pub rule: String,
    /// What each recogniser and rule said.
    pub why: Vec<String>,
    /// How long it may stay undecided, in milliseconds.
    pub timeout_ms: u64,
    /// Wall time, in milliseconds.
    pub created_at: i64,
    /// Where its answer goes, of a JSON-RPC call; its signature, where it is signed anew for each attempt.
    pub address: Option<Address>,
    /// The widest grant that an approval of it may carry, or that may cover it.
    #[serde(default)]
    pub grantable: Option<Scope>,
}

impl Facts {
    /// A person has changed the request, and this is what it is now.
    pub fn judge(&mut self, judged: Judged) {
        let Judged { effect, dialect, operation, rule, why, address, approvers: _ } = judged;
        (self.effect, self.dialect, self.operation) = (effect, dialect, operation);
        (self.rule, self.why, self.address) = (rule, why, address);
        // What the agent sends next is not what was approved.
        self.grantable = None;
    }

    /// Another rule holds it than did, and this is why. `edited`: by a person, so that no grant covers it.
    pub fn hold_by(&mut self, terms: Terms, why: &str, edited: bool) {
        self.rule = terms.rule;
        self.grantable = terms.grantable.filter(|_| !edited);
        if let Some(timeout) = terms.timeout {
            self.timeout_ms = u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX);
        }
        for line in terms.note.into_iter().chain([why.to_owned()]) {
            if !self.why.contains(&line) && self.why.len() < limits::WHY_LINES_MAX {
                self.why.push(line);
            }
        }
    }

    /// The facts of a request that is about to be held; `timeout` where its terms name none. The code and the time
    /// are given by the queue.
    pub fn of(new: &NewHold, timeout: std::time::Duration) -> Self {
        let timeout = new.terms.timeout.unwrap_or(timeout);
        Self {
            code: String::new(),
            agent: new.agent.name.clone(),
            source: new.agent.source.to_string(),
            advisory: new.agent.advisory,
            http_version: new.http_version.to_owned(),
            effect: new.finding.effect.as_str().to_owned(),
            dialect: new.finding.dialect.to_owned(),
            operation: new.finding.operation.clone(),
            rule: new.terms.rule.clone(),
            why: new.finding.why.clone(),
            timeout_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
            created_at: 0,
            address: None,
            grantable: new.terms.grantable,
        }
    }
}

/// What a changed request is: see `Facts`, and `Course` for the approvers.
#[derive(Clone, Debug)]
pub struct Judged {
    pub effect: String,
    pub dialect: String,
    pub operation: String,
    pub rule: String,
    pub why: Vec<String>,
    pub address: Option<Address>,
    pub approvers: Option<Approvers>,
}

impl Judged {
    /// By what the classifier and the rules say.
    pub fn of(finding: Finding, terms: Terms, address: Option<Address>) -> Self {
        Self {
            effect: finding.effect.as_str().to_owned(),
            dialect: finding.dialect.to_owned(),
            operation: finding.operation,
            rule: terms.rule,
            why: finding.why,
            address,
            approvers: terms.approvers,
        }
    }
}

/// What has happened so far.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Course {
    /// When it expires as things stand: wall time in milliseconds.
    pub deadline: i64,
    /// Attempts so far.
    pub attempts: usize,
    /// What people said.
    pub decisions: Vec<DecisionView>,
    /// How many of them, from the first, a restart or a stricter rule has made void.
    pub void_decisions: usize,
    /// What came of it.
    pub outcome: Option<OutcomeView>,
    /// When it ended: wall time in milliseconds.
    pub ended_at: Option<i64>,
    /// A denial's reason.
    pub reason: Option<String>,
    /// Its answer was kept.
    pub kept: bool,
    /// An agent may still come for its answer.
    pub owed: bool,
    /// Request body and answer are still there.
    pub whole: bool,
    /// It goes out with another return address or signature than was approved.
    pub readdressed: Option<Readdressed>,
    /// Whose word it needs; everybody's who may decide, where that is not said.
    #[serde(default)]
    pub approvers: Option<Approvers>,
    /// A person changed the request.
    #[serde(default)]
    pub edited: Option<EditedView>,
    /// The Unix users whose processes asked for it, as far as they are known.
    #[serde(default)]
    pub owners: Vec<String>,
}

/// An attempt that came with another return address or signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Readdressed {
    /// The attempt's own digest.
    pub digest: String,
    /// Paths of the values that differ, never the values.
    pub differs: Vec<String>,
}

impl Course {
    /// What people said before counts no more, and this is why; it stays to be seen.
    pub fn void_approvals(&mut self, why: &str) {
        for said in
            self.decisions.iter_mut().skip(self.void_decisions).filter(|said| said.decision == "approve")
        {
            said.void = Some(why.to_owned());
        }
        self.void_decisions = self.decisions.len();
        // What kept a release from being sent goes with its approval.
        self.outcome = None;
    }

    /// The grant by which it is released, if its approval is a grant's.
    pub fn grant(&self) -> Option<&str> {
        self.decisions.iter().skip(self.void_decisions).find_map(|said| said.grant.as_deref())
    }

    /// When it ended, or now.
    pub fn ended(&self, now: Wall) -> Wall {
        self.ended_at.map_or(now, Wall)
    }
}
