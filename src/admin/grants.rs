//! `/v1/grants`: what was approved for a while, and how to end it.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::admin::answer::{self, refusal};
use crate::admin::asked::Decider;
use crate::admin::holds::is_name;
use crate::admin::problem::{Kind, Problem};
use crate::admin::routes::Office;
use crate::hold::GrantView;

/// Grants.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub struct Grants {
    /// The youngest first.
    pub grants: Vec<GrantView>,
}

/// `GET /v1/grants`
pub async fn list(State(office): State<Arc<Office>>) -> Response {
    answer::json(&Grants { grants: office.desk.grants().await })
}

/// `DELETE /v1/grants/{id}`
pub async fn revoke(
    State(office): State<Arc<Office>>,
    Decider(person): Decider,
    id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let id = match id {
        Ok(Path(id)) if is_name(&id) => id,
        _ => return Err(Problem::new(Kind::NotFound, "this is no grant's id")),
    };
    let grant = office.desk.revoke(&id, &person.who).await.map_err(refusal)?;
    Ok(answer::json(&grant))
}
