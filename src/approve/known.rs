//! What a rendering is told besides the request itself. All of it is found by the caller, who has the desk and the
//! config; where it is not known, it is not said.

use std::sync::Arc;

use bytes::Bytes;

use crate::classify::Schema;
use crate::clock::Wall;
use crate::hold::{Desk, HoldView};
use crate::snapshot::{Digest, Head};

/// What is known from elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The last approved request of the same agent, origin, dialect and operation.
    pub precedent: Option<Precedent>,
    /// Undecided holds of the same agent and operation, this one not counted.
    pub like_pending: usize,
    /// What its gRPC messages are made of, by the operator's descriptor sets.
    pub schema: Option<Schema>,
}

/// Says what the messages of a request are made of.
pub type Schemas = Arc<dyn Fn(&Head) -> Option<Schema> + Send + Sync>;

impl Known {
    /// What is known of a hold; the same for every surface.
    pub async fn of(_desk: &Desk, schemas: &Schemas, _view: &HoldView, head: &Head) -> Self {
        Self { schema: schemas(head), ..Self::default() }
    }
}

/// A request that was approved before.
#[derive(Clone, Debug)]
pub struct Precedent {
    /// Its digest.
    pub digest: Digest,
    /// When it was approved.
    pub at: Wall,
    /// By whom.
    pub approver: String,
    /// Its head.
    pub head: Head,
    /// Its body, as far as it is kept.
    pub body: Option<Bytes>,
}
