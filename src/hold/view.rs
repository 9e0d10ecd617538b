//! A hold as people see it: the JSON of SPEC section 10, the same everywhere. The values of fields that may be a
//! secret are masked; when unsure they are.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::clock::Wall;
use crate::hold::Scope;
use crate::hold::facts::Readdressed;
use crate::hold::queue::Entry;
use crate::snapshot::Field;

/// One hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// What came of it; of an `armed` hold, why nothing was sent when it was tried.
    pub outcome: Option<OutcomeView>,
    /// Whose word it needs.
    #[serde(default)]
    pub approvals: ApprovalsView,
    /// The widest scope that a grant given with it may have; `None`: no grant.
    #[serde(default)]
    pub grantable: Option<Scope>,
    /// The grant that released it.
    #[serde(default)]
    pub grant: Option<String>,
    /// Other undecided holds of the same agent and operation.
    #[serde(default)]
    pub like_pending: usize,
    /// A person changed the request.
    #[serde(default)]
    pub edited: Option<EditedView>,
    /// A freeze keeps it from being released.
    #[serde(default)]
    pub frozen: bool,
}

/// Whose word a hold needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ApprovalsView {
    /// How many different approvers.
    pub needed: usize,
    /// Those whose approval counts now.
    pub given: Vec<String>,
    /// The groups whose members count; none: everybody who may decide.
    pub groups: Vec<String>,
}

impl Default for ApprovalsView {
    fn default() -> Self {
        Self { needed: 1, given: Vec::new(), groups: Vec::new() }
    }
}

/// What is left of a request that a person changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct EditedView {
    /// Who changed it last.
    pub by: String,
    /// RFC 3339, UTC.
    pub at: String,
    /// The digest of what the agent sent.
    pub original: String,
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
    /// Why an approval counts no more, where something has taken it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void: Option<String>,
    /// The grant that it was said with, where nobody looked at this very request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
}

/// The end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OutcomeView {
    /// The upstream's status.
    pub status: Option<u16>,
    /// RFC 3339, UTC.
    pub at: String,
    /// What went wrong.
    pub error: Option<String>,
}

impl HoldView {
    /// What there is to see of a hold.
    pub(in crate::hold) fn of(entry: &Entry) -> Self {
        let (facts, course) = (&entry.facts, &entry.course);
        Self {
            id: entry.id.to_string(),
            code: facts.code.clone(),
            state: entry.state.name().to_owned(),
            agent: facts.agent.clone(),
            source: facts.source.clone(),
            advisory: facts.advisory,
            method: entry.head.method.clone(),
            url: entry.head.url(),
            http_version: facts.http_version.clone(),
            effect: facts.effect.clone(),
            dialect: facts.dialect.clone(),
            operation: facts.operation.clone(),
            rule: facts.rule.clone(),
            why: facts.why.iter().cloned().chain(course.readdressed.as_ref().map(readdressed)).collect(),
            digest: entry.digest.to_string(),
            body_bytes: entry.body_len,
            headers: entry.head.fields.iter().map(masked).collect(),
            created_at: Wall(facts.created_at).rfc3339(),
            deadline: Wall(course.deadline).rfc3339(),
            waiting: entry.attempts.len(),
            attempts: course.attempts,
            decisions: course.decisions.clone(),
            outcome: course.outcome.clone(),
            approvals: entry.approvals(),
            grantable: facts.grantable,
            grant: course.grant().map(str::to_owned),
            like_pending: 0,
            edited: course.edited.clone(),
            frozen: false,
        }
    }
}

/// What an approver is told of an attempt that came with another return address or signature.
fn readdressed(other: &Readdressed) -> String {
    let names: Vec<_> = other.differs.iter().map(|path| format!("`{path}`")).collect();
    let is_signed = other.differs.iter().any(|name| name == "authorization");
    let which = if is_signed {
        "signed by the same key over the same content"
    } else {
        "by which the agent finds its answer"
    };
    format!(
        "asked again with another {}, {which}: that is sent as it was asked last ({}), all else as it stands here",
        names.join(" and "),
        other.digest
    )
}

/// A field with its value, or with the value's length where it may be a secret. Bytes that are not UTF-8 are shown
/// as replacement characters here; the source bytes are in the request itself.
pub(in crate::hold) fn masked((name, value): &Field) -> (String, String) {
    let shown = if is_secret_name(name) {
        format!("[masked, {} bytes]", value.len())
    } else {
        String::from_utf8_lossy(value).into_owned()
    };
    (name.clone(), shown)
}

/// Whether a field of this name (in any case) may hold a secret: credentials by their registered names, those that
/// large services use, and everything that calls itself a key, token, secret, password, signature or session.
pub fn is_secret_name(name: &str) -> bool {
    const NAMES: [&str; 10] = [
        "authorization",
        "cookie",
        "cookie2",
        "dpop",
        "proxy-authorization",
        "set-cookie",
        "x-auth",
        "x-csrf",
        "x-jwt-assertion",
        "authentication",
    ];
    const ENDS: [&str; 15] = [
        "-authorization",
        "-token",
        "_token",
        "-secret",
        "_secret",
        "apikey",
        "api-key",
        "api_key",
        "-key",
        "_key",
        "-password",
        "-signature",
        "-credential",
        "-credentials",
        "-session",
    ];
    const WHOLE: [&str; 6] = ["token", "secret", "password", "signature", "session", "key"];
    // A key that names a request, not its sender, and that an approver wants to see.
    const OPEN: [&str; 3] = ["idempotency-key", "x-idempotency-key", "sec-websocket-key"];
    let name = name.to_ascii_lowercase();
    let name = name.as_str();
    !OPEN.contains(&name)
        && (NAMES.contains(&name) || WHOLE.contains(&name) || ENDS.iter().any(|end| name.ends_with(end)))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    #[test]
    fn secrets_are_masked_with_their_length_and_other_fields_are_shown() {
        let field = |name: &str| masked(&(name.to_owned(), Bytes::from_static(b"hunter2"))).1;
        for name in [
            "authorization",
            "Authorization",
            "cookie",
            "set-cookie",
            "proxy-authorization",
            "x-api-key",
            "api-key",
            "x-goog-api-key",
            "x-amz-security-token",
            "x-vault-token",
            "client-secret",
            "ocp-apim-subscription-key",
            "x-hub-signature",
            "private_token",
        ] {
            assert_eq!(field(name), "[masked, 7 bytes]", "{name}");
        }
        for name in ["content-type", "idempotency-key", "x-request-id", "host", "x-keyboard", "tokenizer"] {
            assert_eq!(field(name), "hunter2", "{name}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_do_not_vanish() {
        assert_eq!(masked(&("x".to_owned(), Bytes::from_static(b"caf\xe9"))).1, "caf\u{fffd}");
    }
}
