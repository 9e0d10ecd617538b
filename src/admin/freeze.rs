//! `/v1/freeze`: stops what mutates, of one agent or of all, and lets it go on.

use std::sync::Arc;

use axum::body::Body as Content;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::admin::answer::{self, refusal};
use crate::admin::asked::Decider;
use crate::admin::body;
use crate::admin::problem::{Kind, Problem};
use crate::admin::routes::Office;
use crate::hold::{FreezeView, SeenFreeze};
use crate::limits;

/// Freezes.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub struct Freezes {
    /// Those that are on.
    pub freezes: Vec<FreezeView>,
}

/// What to freeze.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Wanted {
    /// The agent; without it, all.
    agent: Option<String>,
    /// Why; everyone is told.
    reason: Option<String>,
}

/// Whose freeze.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Whom {
    /// The agent's; without it, the freeze of all.
    agent: String,
    /// Who put on the freeze that was seen: where another is on by now, nothing is done.
    by: Option<String>,
    /// And when, as `GET /v1/freeze` says it.
    at: Option<String>,
}

/// `GET /v1/freeze`
pub async fn list(State(office): State<Arc<Office>>) -> Response {
    answer::json(&Freezes { freezes: office.desk.freezes().await })
}

/// `PUT /v1/freeze`
pub async fn put(
    State(office): State<Arc<Office>>,
    Decider(person): Decider,
    content: Content,
) -> Result<Response, Problem> {
    let wanted: Wanted = body::read(content, "there may be `agent` and `reason`, once each").await?;
    let (agent, reason) = (agent(wanted.agent)?, body::reason(wanted.reason)?);
    let freeze = office.desk.freeze(agent, reason, &person.who).await.map_err(refusal)?;
    Ok(answer::json(&freeze))
}

/// `DELETE /v1/freeze`
pub async fn thaw(
    State(office): State<Arc<Office>>,
    Decider(person): Decider,
    asked: Result<Query<Whom>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(whom) =
        asked.map_err(|_| Problem::new(Kind::BadRequest, "the query has `agent`, `by`, `at`, once each"))?;
    let seen = SeenFreeze { by: whom.by, at: whom.at };
    let agent = agent(Some(whom.agent).filter(|agent| !agent.is_empty()))?;
    let freeze = office.desk.unfreeze_seen(agent, seen, &person.who).await.map_err(refusal)?;
    Ok(answer::json(&freeze))
}

/// A name that an agent can have. An empty one is refused: it must not come to mean everybody.
fn agent(name: Option<String>) -> Result<Option<String>, Problem> {
    if name.as_ref().is_some_and(|name| name.is_empty() || name.len() > limits::NAME_BYTES_MAX) {
        let detail = "`agent` is an agent's name; leave it out to mean all of them";
        return Err(Problem::new(Kind::BadRequest, detail));
    }
    Ok(name)
}
