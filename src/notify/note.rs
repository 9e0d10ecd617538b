//! One thing to be told: what happened to which hold, grant or freeze, as far as it may leave this machine.

use serde::Serialize;

use crate::hold::{FreezeView, GrantView, Happening, HoldView};
use crate::limits;

/// A thing to be told. What it says is fixed when it is made.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Note {
    /// The same each time that this is told, also after a restart, so that who listens can leave out the second.
    pub id: String,
    /// `held`, `frozen`, …
    pub event: String,
    /// RFC 3339, UTC: when it happened.
    pub at: String,
    /// The hold.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldNote>,
    /// The freeze.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub freeze: Option<FreezeNote>,
    /// The grant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<GrantNote>,
    /// Where to look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// What may be told of a hold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HoldNote {
    /// Its id.
    pub id: String,
    /// What people type.
    pub code: String,
    /// Its state then.
    pub state: String,
    /// Whose it is.
    pub agent: String,
    /// From where.
    pub source: String,
    /// The agent could approve on its own.
    pub advisory: bool,
    /// The agent's word: the method.
    pub method: String,
    /// Host and port.
    pub authority: String,
    /// The agent's words: the path without its query, cut where it is long.
    pub path: String,
    /// What it does.
    pub effect: String,
    /// How it is written.
    pub dialect: String,
    /// The agent's words: what it asks for, without a query.
    pub operation: String,
    /// The rule that holds it.
    pub rule: String,
    /// What an approval must name.
    pub digest: String,
    /// Length of the body.
    pub body_bytes: u64,
    /// When it expires.
    pub deadline: String,
    /// How many approvers it needs.
    pub approvals_needed: usize,
    /// Who has approved it.
    pub approvals_given: Vec<String>,
    /// Others like it.
    pub like_pending: usize,
}

/// What may be told of a freeze.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FreezeNote {
    /// The agent; none: all.
    pub agent: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Who.
    pub by: String,
}

/// What may be told of a grant.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GrantNote {
    /// Its id.
    pub id: String,
    /// Its state then.
    pub state: String,
    /// Whose requests it covers.
    pub agent: String,
    /// How widely.
    pub scope: &'static str,
    /// How many.
    pub uses: u32,
    /// Until when.
    pub expires_at: String,
    /// Who gave it.
    pub approvers: Vec<String>,
}

impl Note {
    /// Of something that has just happened.
    pub fn of(happening: Happening, link: Option<&str>) -> Self {
        let Happening { seq: _, at, what, hold, grant, freeze } = happening;
        match hold {
            Some(hold) => Self { grant: grant.map(GrantNote::of), ..Self::of_hold(&what, &at, &hold, link) },
            None => {
                let about = match (&grant, &freeze) {
                    (Some(grant), _) => grant.id.clone(),
                    (None, Some(freeze)) => freeze.agent.clone().unwrap_or_else(|| "*".into()),
                    (None, None) => String::new(),
                };
                Self {
                    id: format!("{what}:{about}:{at}"),
                    event: what,
                    at,
                    hold: None,
                    freeze: freeze.map(FreezeNote::of),
                    grant: grant.map(GrantNote::of),
                    link: link.map(str::to_owned),
                }
            }
        }
    }

    /// Of a hold. A hold is held once with each digest; all else has its time.
    pub fn of_hold(what: &str, at: &str, hold: &HoldView, link: Option<&str>) -> Self {
        Self {
            id: if what == HELD { held_id(hold) } else { format!("{what}:{}:{at}", hold.id) },
            event: what.to_owned(),
            at: at.to_owned(),
            hold: Some(HoldNote::of(hold)),
            freeze: None,
            grant: None,
            // As it stands: a hold has no page of its own that it could lead to.
            link: link.map(str::to_owned),
        }
    }
}

/// The one event that is told again after a restart.
pub const HELD: &str = "held";

/// What the note that this hold waits is known by.
pub fn held_id(hold: &HoldView) -> String {
    format!("{HELD}:{}:{}", hold.id, hold.digest)
}

impl HoldNote {
    fn of(hold: &HoldView) -> Self {
        let rest = hold.url.split_once("://").map_or(hold.url.as_str(), |(_, rest)| rest);
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, target) = rest.split_at(end);
        Self {
            id: hold.id.clone(),
            code: hold.code.clone(),
            state: hold.state.clone(),
            agent: hold.agent.clone(),
            source: hold.source.clone(),
            advisory: hold.advisory,
            method: hold.method.clone(),
            authority: authority.to_owned(),
            path: without_query(target),
            effect: hold.effect.clone(),
            dialect: hold.dialect.clone(),
            operation: without_query(&hold.operation),
            rule: hold.rule.clone(),
            digest: hold.digest.clone(),
            body_bytes: hold.body_bytes,
            deadline: hold.deadline.clone(),
            approvals_needed: hold.approvals.needed,
            approvals_given: hold.approvals.given.clone(),
            like_pending: hold.like_pending,
        }
    }
}

/// And no longer than what a listener takes: a path may have 16 KiB, and thousands of notes may wait.
fn without_query(text: &str) -> String {
    let text = text.split(['?', '#']).next().unwrap_or_default();
    match text.floor_char_boundary(limits::NOTIFY_WORDS_MAX) {
        end if end < text.len() => format!("{}...", &text[..end]),
        _ => text.to_owned(),
    }
}

impl FreezeNote {
    fn of(freeze: FreezeView) -> Self {
        Self { agent: freeze.agent, reason: freeze.reason, by: freeze.by }
    }
}

impl GrantNote {
    /// What it covers may have a query in it, and stays here.
    fn of(grant: GrantView) -> Self {
        Self {
            id: grant.id,
            state: grant.state,
            agent: grant.agent,
            scope: grant.scope.as_str(),
            uses: grant.uses,
            expires_at: grant.expires_at,
            approvers: grant.approvers,
        }
    }
}
