//! `GET /v1/agents`: who is at work.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::admin::answer;
use crate::admin::routes::Office;
use crate::hold::AgentView;

/// Agents.
#[derive(Debug, Deserialize, Serialize, JsonSchema)]
pub struct Agents {
    /// Those that have something pending, a freeze or a grant, or that were seen lately.
    pub agents: Vec<AgentView>,
}

/// `GET /v1/agents`
pub async fn list(State(office): State<Arc<Office>>) -> Response {
    answer::json(&Agents { agents: office.desk.agents().await })
}
