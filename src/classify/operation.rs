//! What a dialect reads in a request: operations by name, each with what the protocol itself says of it. What a
//! *service* says of a name comes later and in one place (`service`), so that no dialect can lower an answer.

use crate::classify::Effect;
use crate::classify::names::Name;

/// One operation of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Operation {
    /// As `reads`, `effects` and the catalog name it: `iam:PutUserPolicy`, `tools/call get_issue`, `POST /v1/search`.
    pub(super) name: String,
    /// As a person reads it: `AWS iam:PutUserPolicy`. Shown escaped; may hold the agent's own words, but bounded.
    pub(super) label: String,
    /// The protocol's own bound: no declaration goes below it (a GraphQL mutation is never a read).
    pub(super) at_least: Effect,
    /// What the protocol or its verbs say where no declaration names the operation; `None`: nobody can tell.
    pub(super) says: Option<Effect>,
    /// Why it says so, in text of Holdpoint's own.
    pub(super) why: String,
    /// What patterns with a query compare: the query's pairs, a form's, the named members of a JSON body. Only where
    /// the name is a route (`POST /path`).
    pub(super) parameters: Vec<(String, String)>,
}

impl Operation {
    /// An operation of which only a declaration knows what it does.
    pub(super) fn named(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            label: label.into(),
            at_least: Effect::Read,
            says: None,
            why: "the protocol says nothing of what it does".to_owned(),
            parameters: Vec::new(),
        }
    }

    /// With what the protocol says, and why; a declaration may say otherwise.
    pub(super) fn says(mut self, effect: Effect, why: impl Into<String>) -> Self {
        self.says = Some(effect);
        self.why = why.into();
        self
    }

    /// As tables look it up.
    pub(super) fn lookup(&self) -> Name<'_> {
        match self.name.split_once(' ') {
            Some((method, path)) if path.starts_with('/') => {
                Name::Route { method, path, parameters: &self.parameters }
            }
            _ => Name::Plain(&self.name),
        }
    }

    /// With a bound that no declaration goes below.
    pub(super) fn at_least(mut self, effect: Effect) -> Self {
        self.at_least = self.at_least.max(effect);
        self
    }
}

/// Why a dialect read no operations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Otherwise {
    /// The request is not in this dialect; the next service of the host may know it.
    NotMine,
    /// The body must be captured first.
    NeedsBody,
    /// It is in this dialect, and nobody can tell what it does: why, in text of Holdpoint's own.
    Unclear(String),
}

impl Otherwise {
    /// In this dialect, but unclear.
    pub(super) fn unclear(why: impl Into<String>) -> Self {
        Self::Unclear(why.into())
    }
}

/// What a dialect makes of a request: at least one operation, or why none.
pub(super) type Reading = Result<Vec<Operation>, Otherwise>;
