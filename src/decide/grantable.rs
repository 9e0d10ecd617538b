//! How far an approval may reach beyond its own request: what a rule's `grantable` says, and what holds without it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::classify::Effect;

/// What a grant covers beside the request that it was given for; always the same agent, host, port and effect, under
/// the same rule. From the narrowest (the order has meaning: a grant is never wider than `grantable`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The same request again (SPEC section 7), body and all.
    Exact,
    /// The same method, path and operation, whatever the query and what else the body says.
    Route,
    /// The same operation of the same dialect, also at another path where the dialect's names stand above paths.
    Operation,
}

impl Scope {
    /// All of them, from the narrowest.
    pub const ALL: [Self; 3] = [Self::Exact, Self::Route, Self::Operation];

    /// Its name in the config, the command line and the API.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Route => "route",
            Self::Operation => "operation",
        }
    }
}

/// `rule.grantable`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Grantable {
    /// Not said: by what the request does.
    #[default]
    ByEffect,
    /// No grant at all.
    Never,
    /// At most this wide.
    UpTo(Scope),
}

impl Grantable {
    /// The widest grant that an approval of a request with this effect may carry. What nobody can tell is covered
    /// exactly or not at all, whatever a rule says. `several`: the rule asks for more than one approver's word, or for
    /// certain approvers', so that it grants nothing unless it says so.
    pub fn widest(self, effect: Effect, several: bool) -> Option<Scope> {
        let widest = match (self, effect) {
            (Self::Never, _) => return None,
            (Self::ByEffect, _) if several => return None,
            (Self::ByEffect, Effect::Write | Effect::Execute | Effect::Delete) => Scope::Operation,
            (Self::ByEffect, _) => Scope::Exact,
            (Self::UpTo(scope), _) => scope,
        };
        Some(if effect == Effect::Unknown { Scope::Exact } else { widest })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_rule_says_depends_on_what_the_request_does() {
        let widest = |effect| Grantable::ByEffect.widest(effect, false);
        for effect in [Effect::Write, Effect::Execute, Effect::Delete] {
            assert_eq!(widest(effect), Some(Scope::Operation), "{effect:?}");
        }
        for effect in [Effect::Permission, Effect::Unknown, Effect::Read] {
            assert_eq!(widest(effect), Some(Scope::Exact), "{effect:?}");
        }
    }

    #[test]
    fn a_rule_that_needs_several_grants_only_what_it_says() {
        assert_eq!(Grantable::ByEffect.widest(Effect::Write, true), None);
        assert_eq!(Grantable::UpTo(Scope::Route).widest(Effect::Write, true), Some(Scope::Route));
    }

    #[test]
    fn what_nobody_can_tell_is_never_covered_by_more_than_itself() {
        assert_eq!(Grantable::UpTo(Scope::Operation).widest(Effect::Unknown, false), Some(Scope::Exact));
        assert_eq!(
            Grantable::UpTo(Scope::Operation).widest(Effect::Permission, false),
            Some(Scope::Operation)
        );
        assert_eq!(Grantable::Never.widest(Effect::Write, false), None);
    }
}
