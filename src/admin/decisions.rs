//! `POST /v1/holds/{id}/decision` and `POST /v1/decisions`: what a person says. An approval names the whole digest
//! that the person saw; a batch is taken whole or not at all. Unknown members are refused: they may be a condition
//! that this version would not keep.

use std::sync::Arc;

use axum::Extension;
use axum::body::Body as Content;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::HeaderValue;
use http::header::CONTENT_TYPE;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::admin::holds::{Holds, find, is_name, name};
use crate::admin::json;
use crate::admin::people::Person;
use crate::admin::problem::{Kind, Problem};
use crate::admin::routes::Office;
use crate::hold::HoldId;
use crate::hold::said::{Choice, Decision, DecisionError};
use crate::limits;
use crate::snapshot::Digest;

/// One decision.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    decision: Word,
    digest: Option<String>,
    reason: Option<String>,
    grant: Option<IgnoredAny>,
}

/// One decision of a batch.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SaidOf {
    id: String,
    decision: Word,
    digest: Option<String>,
    reason: Option<String>,
    grant: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Batch {
    decisions: Vec<SaidOf>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Word {
    Approve,
    Deny,
}

/// `POST /v1/holds/{id}/decision`
pub async fn one(
    State(office): State<Arc<Office>>,
    Extension(person): Extension<Person>,
    id: Result<Path<String>, PathRejection>,
    body: Content,
) -> Result<Response, Problem> {
    person.must_decide()?;
    let id = name(id)?;
    let Said { decision, digest, reason, grant } = read(body).await?;
    let decision = check(&office, &person, SaidOf { id, decision, digest, reason, grant }).await?;
    let mut views = office.desk.decide(vec![decision]).await.map_err(refusal)?;
    let view = views.pop().ok_or_else(|| refusal(DecisionError::Unavailable))?;
    Ok(answer(json::text(&view)))
}

/// `POST /v1/decisions`
pub async fn batch(
    State(office): State<Arc<Office>>,
    Extension(person): Extension<Person>,
    body: Content,
) -> Result<Response, Problem> {
    person.must_decide()?;
    let batch: Batch = read(body).await?;
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
    Ok(answer(json::text(&Holds { holds })))
}

/// The whole body, within its bounds of size and time, as JSON of the one form.
async fn read<T: DeserializeOwned>(body: Content) -> Result<T, Problem> {
    let whole = Limited::new(body, limits::ADMIN_BODY_MAX).collect();
    let bytes = match tokio::time::timeout(limits::ADMIN_BODY_WAIT, whole).await {
        Ok(Ok(whole)) => whole.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let detail = format!("a body has at most {} bytes; send several batches", limits::ADMIN_BODY_MAX);
            return Err(Problem::new(Kind::BodyTooLarge, detail));
        }
        Ok(Err(_)) => return Err(bad("the body did not arrive whole")),
        Err(_) => return Err(Problem::new(Kind::RequestTimeout, "the body did not arrive in time")),
    };
    serde_json::from_slice(&bytes).map_err(|error| {
        bad(&format!(
            "this is not a decision as JSON, see line {}, column {}: `decision` is approve or deny, and there may be \
             `digest` and `reason`, once each (in a batch also `id`)",
            error.line(),
            error.column()
        ))
    })
}

async fn check(office: &Office, person: &Person, said: SaidOf) -> Result<Decision, Problem> {
    if said.grant.is_some() {
        return Err(bad("`grant` is not in this version: approve each request on its own"));
    }
    if said.reason.as_ref().is_some_and(|reason| reason.len() > limits::REASON_BYTES_MAX) {
        return Err(bad(&format!("`reason` has at most {} bytes", limits::REASON_BYTES_MAX)));
    }
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
    let reason = said.reason.filter(|reason| !reason.is_empty());
    Ok(Decision {
        hold: resolve(office, &said.id).await?,
        choice,
        digest,
        reason,
        by: person.who.clone(),
        grant: None,
    })
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

fn refusal(error: DecisionError) -> Problem {
    match error {
        DecisionError::NotFound(hold) => {
            Problem::new(Kind::NotFound, "there is no such hold; nothing was decided").about(hold.to_string())
        }
        DecisionError::OtherDigest(hold) => {
            let detail = "the digest is not this hold's: look at the hold again; nothing was decided";
            Problem::new(Kind::OtherDigest, detail).about(hold.to_string())
        }
        DecisionError::NoDigest(hold) => {
            let detail = "an approval names the digest of what was looked at; nothing was decided";
            Problem::new(Kind::NoDigest, detail).about(hold.to_string())
        }
        DecisionError::Conflict(hold, state) => {
            let detail = format!("the hold is already {state}; nothing was decided");
            Problem::new(Kind::Conflict, detail).about(hold.to_string())
        }
        DecisionError::NotYours(hold, why) => Problem::new(Kind::Forbidden, why).about(hold.to_string()),
        DecisionError::NoGrant(hold, why) | DecisionError::NoEdit(hold, why) => {
            Problem::new(Kind::BadRequest, why).about(hold.to_string())
        }
        DecisionError::NoSuch(what) => Problem::new(Kind::NotFound, what),
        DecisionError::Unavailable => Problem::new(
            Kind::Unavailable,
            "this cannot be stored and put on record now; nothing was decided",
        ),
    }
}

fn answer(text: String) -> Response {
    let mut response = text.into_response();
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

fn bad(detail: &str) -> Problem {
    Problem::new(Kind::BadRequest, detail)
}
