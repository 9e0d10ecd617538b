//! What people ask of the desk beside decisions on holds. Whatever it answers is on disk and on record by then.

use std::sync::Arc;

use bytes::Bytes;
use serde::de::DeserializeOwned;
use tokio::sync::broadcast;

use super::Desk;
use crate::agent::Agent;
use crate::classify::Effect;
use crate::clock::Wall;
use crate::hold::address::Address;
use crate::hold::facts::Judged;
use crate::hold::keeper::Message;
use crate::hold::queue::{Edited, Freeze, Order, Unrecorded};
use crate::hold::signature::Signature;
use crate::hold::turn::Look;
use crate::hold::{
    AgentView, DecisionError, Edit, FreezeView, GrantView, Happening, HoldId, HoldView, Permit, Precedent,
    Refused, SeenFreeze, Who, readdress,
};
use crate::limits;
use crate::snapshot::{Body, Digest, Head};
use crate::store::{LoadedThaw, Store, StoreError};

/// The freezes that were on when the process ended.
pub(super) async fn freezes(store: &Store) -> Result<Vec<Freeze>, String> {
    let stored = store.freezes().await.map_err(unread)?;
    stored.iter().map(|text| read("freeze", text)).collect()
}

/// The thaws of the last turn, to be put on record again.
pub(super) async fn thaws(store: &Store, last_turn: i64) -> Result<Vec<Order>, String> {
    let stored = store.thaws().await.map_err(unread)?;
    let lost = stored.iter().filter(|thaw| thaw.turn == last_turn);
    let again = |thaw: &LoadedThaw| {
        let freeze_too = thaw.frozen_in == last_turn;
        Ok(Order::ThawAgain { thawed: read("thaw", &thaw.facts)?, freeze_too })
    };
    lost.map(again).collect()
}

/// The grants that were known then.
pub(super) async fn grants(store: &Store, last_turn: i64) -> Result<Vec<(GrantView, Unrecorded)>, String> {
    let stored = store.grants().await.map_err(unread)?;
    let read = |(text, turn): &(String, i64)| Ok((read("grant", text)?, Unrecorded(*turn == last_turn)));
    stored.iter().map(read).collect()
}

fn unread(error: StoreError) -> String {
    format!("what was stored cannot be read: {error}")
}

fn read<T: DeserializeOwned>(what: &str, text: &str) -> Result<T, String> {
    serde_json::from_str(text)
        .map_err(|error| format!("a stored {what} cannot be read ({error}); the database was changed"))
}

impl Desk {
    /// Grants that are live, and those that ended within `limits::GRANT_SHOWN`; the youngest first.
    pub async fn grants(&self) -> Vec<GrantView> {
        self.ask(|reply| Message::Look(Look::Grants(reply))).await.unwrap_or_default()
    }

    /// Ends a grant. `NoSuch` where there is none with this id; one that has ended stays as it is.
    pub async fn revoke(&self, id: &str, by: &Who) -> Result<GrantView, DecisionError> {
        let revoke = |reply| Message::Revoke(id.to_owned(), by.clone(), reply);
        self.ask(revoke).await.unwrap_or(Err(DecisionError::Unavailable))
    }

    /// Nothing mutating starts any more, of this agent or of all; when it returns, no release that had started is
    /// still to write its first byte. Freezing what is frozen changes nothing and says who froze it.
    pub async fn freeze(
        &self,
        agent: Option<String>,
        reason: Option<String>,
        by: &Who,
    ) -> Result<FreezeView, DecisionError> {
        let freeze = |reply| Message::Freeze(agent, reason, by.clone(), reply);
        self.ask(freeze).await.unwrap_or(Err(DecisionError::Unavailable))
    }

    /// Takes a freeze back, whichever it is by now.
    #[cfg(test)]
    pub async fn unfreeze(&self, agent: Option<String>, by: &Who) -> Result<FreezeView, DecisionError> {
        self.unfreeze_seen(agent, SeenFreeze::default(), by).await
    }

    /// Takes a freeze back: the one of this agent, or the one of all, if it is the one that was seen. `NoSuch` where there
    /// is none, `OtherFreeze` where another has come in its place.
    pub async fn unfreeze_seen(
        &self,
        agent: Option<String>,
        seen: SeenFreeze,
        by: &Who,
    ) -> Result<FreezeView, DecisionError> {
        let thaw = |reply| Message::Thaw(agent, seen, by.clone(), reply);
        self.ask(thaw).await.unwrap_or(Err(DecisionError::Unavailable))
    }

    /// The freezes that are on.
    pub async fn freezes(&self) -> Vec<FreezeView> {
        self.ask(|reply| Message::Look(Look::Freezes(reply))).await.unwrap_or_default()
    }

    /// A mutation that no person decides over may start now: a rule lets it pass. Refused while a freeze is on, and
    /// where it would go over a limit of `[breaker]`, which freezes the agent.
    pub async fn admit(&self, agent: &Agent, effect: Effect) -> Result<Permit, Refused> {
        let name = agent.name.clone();
        self.ask(|reply| Message::Admit(name, effect, reply)).await.unwrap_or(Err(Refused::StoreUnavailable))
    }

    /// Whether a freeze covers this agent, at this moment.
    pub fn is_frozen(&self, agent: &str) -> bool {
        self.0.brake.stops(agent)
    }

    /// Every agent that has something pending, a freeze or a grant, or that was seen within `[breaker] per`.
    pub async fn agents(&self) -> Vec<AgentView> {
        self.ask(|reply| Message::Look(Look::Agents(reply))).await.unwrap_or_default()
    }

    /// Puts a changed request in the place of a held one; the original stays on record. It needs approving anew.
    pub async fn edit(&self, edit: Edit) -> Result<HoldView, DecisionError> {
        let Edit { hold, of, snapshot, finding, terms, by } = edit;
        let address = readdress::read(finding.dialect, snapshot.head(), snapshot.body())
            .await
            .map_err(|_| DecisionError::Unavailable)?
            .map(|(_, reply)| Address::Call(reply))
            .or_else(|| Signature::read(snapshot.head(), snapshot.body()).map(Address::Signed));
        let edited = Box::new(Edited {
            hold,
            of,
            head: Arc::new(snapshot.head().clone()),
            body_len: snapshot.body().len(),
            digest: snapshot.digest(),
            judged: Judged::of(finding, terms, address),
            by: by.name,
        });
        let snapshot = Box::new(snapshot);
        let views = self.ask(|reply| Message::Edit(edited, snapshot, reply)).await;
        views.unwrap_or(Err(DecisionError::Unavailable))?.pop().ok_or(DecisionError::Unavailable)
    }

    /// What the agent sent at first, of a hold that was edited; its body where it still is there.
    pub async fn original(&self, hold: HoldId) -> Option<(Head, Option<Body>)> {
        let stored = self.0.store.original(hold.0).await.ok()??;
        Some((Head::decode(&stored.head)?, stored.body(&self.0.spool)))
    }

    /// What a person can compare a hold with: the last approved request of the same kind, if it is another one and not
    /// older than `limits::PRECEDENT_AGE`. Its secret fields and query parameters are masked.
    pub async fn precedent(&self, hold: HoldId) -> Option<Precedent> {
        let kind = self.ask(|reply| Message::Look(Look::Kind(hold, reply))).await??;
        let oldest = self.0.clock.now().wall.0 - limits::PRECEDENT_AGE.as_millis() as i64;
        let kept = self.0.store.precedent(kind.0, oldest).await.ok()??;
        (kept.hold != hold.0).then_some(())?;
        Some(Precedent {
            digest: Digest::parse(&kept.digest)?,
            at: Wall(kept.at).rfc3339(),
            approver: kept.approver,
            head: Head::decode(&kept.head)?,
            body: kept.body.map(Bytes::from),
        })
    }

    /// What happens from now on, and what happened after `seq`, as far as it is remembered
    /// (`limits::HAPPENINGS_KEPT`). A receiver that lags has lost some and is told so by the channel.
    pub fn happenings(&self, after: Option<u64>) -> (Vec<Happening>, broadcast::Receiver<Happening>) {
        self.0.board.listen(after)
    }
}
