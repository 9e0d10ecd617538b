//! A hold as people see it: the JSON of SPEC section 10, the same everywhere.

use serde::{Deserialize, Serialize};

/// One hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldView {
    /// UUIDv7.
    pub id: String,
    /// Four characters, unique among the pending.
    pub code: String,
    /// `held`, `approved`, `armed`, `forwarding`, `done`, `failed`, `outcome_unknown`, `denied`, `expired`,
    /// `cancelled`.
    pub state: String,
    /// The agent's configured name.
    pub agent: String,
    /// Its address.
    pub source: String,
    /// The agent could approve on its own (SPEC section 10).
    pub advisory: bool,
    /// As sent.
    pub method: String,
    /// Scheme, authority and target.
    pub url: String,
    /// What the agent spoke: `HTTP/1.1`, `HTTP/2`.
    pub http_version: String,
    /// See SPEC section 2.
    pub effect: String,
    /// See SPEC section 2.
    pub dialect: String,
    /// A label for people.
    pub operation: String,
    /// The rule that holds it.
    pub rule: String,
    /// What each recogniser and rule said.
    pub why: Vec<String>,
    /// `sha256:…`
    pub digest: String,
    /// Body length.
    pub body_bytes: u64,
    /// Pairs in order; the values of secret fields are masked.
    pub headers: Vec<(String, String)>,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC: when it expires as things stand.
    pub deadline: String,
    /// Attempts connected now.
    pub waiting: usize,
    /// Attempts so far.
    pub attempts: usize,
    /// What people said.
    pub decisions: Vec<DecisionView>,
    /// What came of it.
    pub outcome: Option<OutcomeView>,
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionView {
    /// Who.
    pub approver: String,
    /// `approve` or `deny`.
    pub decision: String,
    /// The digest that was named; a deny may name none.
    pub digest: Option<String>,
    /// Why, or a note.
    pub reason: Option<String>,
    /// RFC 3339, UTC.
    pub at: String,
}

/// The end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutcomeView {
    /// The upstream's status.
    pub status: Option<u16>,
    /// RFC 3339, UTC.
    pub at: String,
    /// What went wrong.
    pub error: Option<String>,
}
