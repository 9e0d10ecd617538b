//! What a rendering is told besides the request itself. All of it is found by the caller, who has the desk and the
//! config; where it is not known, it is not said.

use std::sync::Arc;

use crate::classify::Schema;
use crate::hold::{Desk, HoldId, HoldView, Precedent};
use crate::snapshot::Head;

/// What is known from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The last approved request of the same agent, origin, dialect and operation.
    pub precedent: Option<Precedent>,
    /// What its gRPC messages are made of, by the operator's descriptor sets.
    pub schema: Option<Schema>,
}

/// Says what the messages of a request are made of.
pub type Schemas = Arc<dyn Fn(&Head) -> Option<Schema> + Send + Sync>;

impl Known {
    /// What is known of a hold; the same for every surface.
    pub async fn of(desk: &Desk, schemas: &Schemas, view: &HoldView, head: &Head) -> Self {
        let precedent = match view.id.parse() {
            Ok(id) => desk.precedent(HoldId(id)).await,
            Err(_) => None,
        };
        Self { precedent, schema: schemas(head) }
    }
}
