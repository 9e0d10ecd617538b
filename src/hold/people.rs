//! What people say to the desk beside a plain yes or no, and what it tells them: grants, freezes, edits, agents, and
//! what happens. Each `…View` is the JSON of the admin API (SPEC section 10).

use std::time::Duration;

use bytes::Bytes;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::classify::Finding;
use crate::config::Approver;
pub use crate::decide::Scope;
use crate::decide::Terms;
use crate::hold::{HoldId, HoldView};
use crate::snapshot::{Digest, Head, Snapshot};

/// Who decides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Who {
    /// The name on record: an `[[approver]]`'s, or the user's where none is configured.
    pub name: String,
    /// The groups that the config gives the approver.
    pub groups: Vec<String>,
    /// The approver's Unix user, where one is known.
    pub user: Option<String>,
}

impl Who {
    /// Somebody of whom only the name is known.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

impl From<&Approver> for Who {
    fn from(approver: &Approver) -> Self {
        let Approver { name, user, groups, token_hash: _ } = approver;
        Self { name: name.clone(), groups: groups.clone(), user: user.clone() }
    }
}

/// An approval that is also to cover like requests for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrantAsk {
    /// For how long, from the decision.
    pub ttl: Duration,
    /// For how many further requests.
    pub uses: u32,
    /// Which ones.
    pub scope: Scope,
}

/// A grant, as people see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct GrantView {
    /// UUIDv7.
    pub id: String,
    /// `live`, `used_up`, `expired`, `revoked`.
    pub state: String,
    /// Whose requests it covers.
    pub agent: String,
    /// The agent's address, where the agent is `anonymous`.
    pub source: Option<String>,
    /// See `Scope`.
    pub scope: Scope,
    /// What it covers, in words: a digest, a method and URL, or an operation and its host.
    pub covers: String,
    /// The effect that it covers, and no other.
    pub effect: String,
    /// The rule under which it was given; a request that another rule holds is not covered.
    pub rule: String,
    /// The hold that it was given with.
    pub hold: String,
    /// Who gave it; of several approvers all.
    pub approvers: Vec<String>,
    /// Uses so far.
    pub used: u32,
    /// Uses in all.
    pub uses: u32,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// RFC 3339, UTC; a monotonic clock decides.
    pub expires_at: String,
    /// RFC 3339, UTC: when it was used up, expired or was revoked.
    pub ended_at: Option<String>,
    /// Who revoked it: an approver, or `restart`.
    pub revoked_by: Option<String>,
}

/// A freeze, as people see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FreezeView {
    /// The agent that is frozen; `None`: all of them.
    pub agent: Option<String>,
    /// Why.
    pub reason: Option<String>,
    /// Who: an approver, `breaker`, or `file` for `state/freeze`.
    pub by: String,
    /// RFC 3339, UTC.
    pub at: String,
}

/// The freeze that somebody saw who takes it back; what is not said is not compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeenFreeze {
    /// Who had put it on.
    pub by: Option<String>,
    /// When: RFC 3339, UTC.
    pub at: Option<String>,
}

impl SeenFreeze {
    /// Whether it is this one, and no later one in its place.
    pub fn is(&self, freeze: &FreezeView) -> bool {
        self.by.as_ref().is_none_or(|by| *by == freeze.by)
            && self.at.as_ref().is_none_or(|at| *at == freeze.at)
    }
}

impl From<&FreezeView> for SeenFreeze {
    fn from(freeze: &FreezeView) -> Self {
        Self { by: Some(freeze.by.clone()), at: Some(freeze.at.clone()) }
    }
}

/// An agent, as people see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AgentView {
    /// Its name.
    pub name: String,
    /// Undecided holds.
    pub held: usize,
    /// Attempts connected now.
    pub waiting: usize,
    /// Mutations that rules or grants let through within `[breaker] per`, and those that grants were given with.
    pub passed: usize,
    /// Whether a freeze covers it.
    pub frozen: bool,
    /// RFC 3339, UTC: when it last asked for something that was held or was let through as a mutation.
    pub last_seen: Option<String>,
}

/// A request that a person changed, judged anew.
#[derive(Debug)]
pub struct Edit {
    /// The hold.
    pub hold: HoldId,
    /// The digest of the request that was changed; another one is refused.
    pub of: Digest,
    /// The request from now on.
    pub snapshot: Snapshot,
    /// What it is.
    pub finding: Finding,
    /// On what terms it is held.
    pub terms: Terms,
    /// Who changed it.
    pub by: Who,
}

/// The last approved request of the same agent, origin, dialect and operation.
#[derive(Clone, Debug)]
pub struct Precedent {
    /// Its digest.
    pub digest: Digest,
    /// RFC 3339, UTC: when it was approved.
    pub at: String,
    /// Who approved it.
    pub approver: String,
    /// The request without its body; the values of secret fields are masked as in `HoldView::headers`.
    pub head: Head,
    /// Its body, where it was small enough to be kept.
    pub body: Option<Bytes>,
}

/// Something that happened, as it is told on `/v1/events` and to those who are notified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Happening {
    /// One more than the one before; starts anew with the process.
    pub seq: u64,
    /// RFC 3339, UTC.
    pub at: String,
    /// `held` (also again, after a restart or a stricter rule), `decided`, `edited`, `sending`, `unsent` (nothing was
    /// sent after all), `ended`; `granted`, `revoked`; `frozen`, `thawed`.
    pub what: String,
    /// The hold, as it was then.
    pub hold: Option<Box<HoldView>>,
    /// The grant.
    pub grant: Option<GrantView>,
    /// The freeze.
    pub freeze: Option<FreezeView>,
}
