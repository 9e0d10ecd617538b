//! `POST /v1/holds/{id}/decision` and `POST /v1/decisions`: what a person says. An approval names the whole digest
//! that the person saw; a batch is taken whole or not at all. Unknown members are refused: they may be a condition
//! that this version would not keep.

use std::sync::Arc;

use axum::body::Body as Content;
use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::admin::answer::{self, refusal};
use crate::admin::asked::{Decider, Named};
use crate::admin::body;
use crate::admin::holds::{Holds, find, is_name};
use crate::admin::people::Person;
use crate::admin::problem::{Kind, Problem};
use crate::admin::routes::Office;
use crate::hold::said::{Choice, Decision, DecisionError};
use crate::hold::{GrantAsk, HoldId, Scope};
use crate::snapshot::Digest;

/// One decision.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Said {
    decision: Word,
    /// What was looked at, whole; an approval must name it.
    digest: Option<String>,
    /// A denial's reason, which the agent is told; an approval's note.
    reason: Option<String>,
    grant: Option<Wish>,
}

/// One decision of a batch.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SaidOf {
    /// The hold's id or code.
    id: String,
    decision: Word,
    /// What was looked at, whole; an approval must name it.
    digest: Option<String>,
    /// A denial's reason, which the agent is told; an approval's note.
    reason: Option<String>,
    grant: Option<Wish>,
}

/// An exact list of decisions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Batch {
    /// All are taken, or none.
    decisions: Vec<SaidOf>,
}

/// Approve or deny.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Word {
    Approve,
    Deny,
}

/// An approval that is to cover like requests for a while.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Wish {
    /// For how long: `90s`, `15m`, `8h`.
    ttl: String,
    /// For how many further requests; one without it.
    uses: Option<u32>,
    /// Which ones; `exact` without it.
    scope: Option<Scope>,
}

/// What a decision should have looked like.
const FORM: &str = "`decision` is approve or deny, and there may be `digest`, `reason` and `grant` (`ttl`, `uses`, \
                    `scope`), once each (in a batch also `id`)";

/// `POST /v1/holds/{id}/decision`
pub async fn one(
    State(office): State<Arc<Office>>,
    Decider(person): Decider,
    Named(id): Named,
    content: Content,
) -> Result<Response, Problem> {
    let Said { decision, digest, reason, grant } = body::read(content, FORM).await?;
    let decision = check(&office, &person, SaidOf { id, decision, digest, reason, grant }).await?;
    let mut views = office.desk.decide(vec![decision]).await.map_err(refusal)?;
    let view = views.pop().ok_or_else(|| refusal(DecisionError::Unavailable))?;
    Ok(answer::json(&view))
}

/// `POST /v1/decisions`
pub async fn batch(
    State(office): State<Arc<Office>>,
    Decider(person): Decider,
    content: Content,
) -> Result<Response, Problem> {
    let batch: Batch = body::read(content, FORM).await?;
    if batch.decisions.is_empty() {
        return Err(bad("`decisions` is empty"));
    }
    let mut decisions: Vec<Decision> = Vec::with_capacity(batch.decisions.len());
    let mut named = std::collections::HashSet::with_capacity(batch.decisions.len());
    for said in batch.decisions {
        let decision = check(&office, &person, said).await?;
        if !named.insert(decision.hold) {
            return Err(bad("a batch decides each hold once").about(decision.hold.to_string()));
        }
        decisions.push(decision);
    }
    let holds = office.desk.decide(decisions).await.map_err(refusal)?;
    Ok(answer::json(&Holds { holds }))
}

async fn check(office: &Office, person: &Person, said: SaidOf) -> Result<Decision, Problem> {
    let (reason, grant) = (body::reason(said.reason)?, said.grant.map(grant).transpose()?);
    let digest = match said.digest.as_deref() {
        None => None,
        Some(text) => Some(Digest::parse(text).ok_or_else(|| {
            bad("`digest` is `sha256:` and all 64 hexadecimal digits, in lower case, as the hold has it")
        })?),
    };
    let choice = match said.decision {
        Word::Approve => Choice::Approve,
        Word::Deny => Choice::Deny,
    };
    if grant.is_some() && choice == Choice::Deny {
        return Err(bad("a denial gives no grant"));
    }
    Ok(Decision {
        hold: resolve(office, &said.id).await?,
        choice,
        digest,
        reason,
        by: person.who.clone(),
        grant,
    })
}

fn grant(wish: Wish) -> Result<GrantAsk, Problem> {
    let ttl = body::duration(&wish.ttl).filter(|ttl| !ttl.is_zero());
    let ttl = ttl.ok_or_else(|| bad("`ttl` of a grant is a time like 15m or 8h"))?;
    let uses = wish.uses.unwrap_or(1);
    if uses == 0 {
        return Err(bad("a grant has one use at the least"));
    }
    Ok(GrantAsk { ttl, uses, scope: wish.scope.unwrap_or(Scope::Exact) })
}

/// An id stands for itself, so that the desk alone says whether there is such a hold; a code is looked up.
async fn resolve(office: &Office, id: &str) -> Result<HoldId, Problem> {
    if !is_name(id) {
        return Err(Problem::new(Kind::NotFound, "`id` is neither a hold's id nor its code"));
    }
    if let Ok(id) = id.parse() {
        return Ok(HoldId(id));
    }
    let view = find(office, id).await?;
    view.id.parse().map(HoldId).map_err(|_| refusal(DecisionError::Unavailable))
}

fn bad(detail: &str) -> Problem {
    Problem::new(Kind::BadRequest, detail)
}
