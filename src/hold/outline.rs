//! An undecided hold in outline: what puts a list in order and finds something in it. It shares what the queue has and
//! copies nothing, so that a list of thousands takes none of the keeper's time; the rows that are shown are asked for
//! whole.

use std::sync::Arc;

use crate::hold::HoldId;
use crate::hold::facts::Facts;
use crate::hold::queue::Entry;
use crate::snapshot::{Digest, Head};

/// One hold, as it was when it was asked for.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Its id.
    pub id: HoldId,
    /// Of what would be released.
    pub digest: Digest,
    /// The request without its body.
    pub head: Arc<Head>,
    /// What it is, and whose.
    pub facts: Arc<Facts>,
}

impl Outline {
    pub(in crate::hold) fn of(entry: &Entry) -> Self {
        let Entry { id, digest, head, facts, .. } = entry;
        Self { id: *id, digest: *digest, head: Arc::clone(head), facts: Arc::clone(facts) }
    }
}
