//! The proof that a request is on record, and the place that a read holds in the writer's queue until it ends.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use crate::audit::{Handle, Record};
use crate::kind::{Kind, Mutation, Read};

/// Proof that a request is on record: durably (a mutation), or with its place taken (a read). Made by `Audit`
/// only.
#[derive(Debug)]
pub struct Receipt<K: Kind> {
    place: Option<Place>,
    kind: PhantomData<K>,
}

impl Receipt<Mutation> {
    /// Only for `Audit::record`, after the sync.
    pub(super) fn durable() -> Self {
        Self { place: None, kind: PhantomData }
    }
}

impl Receipt<Read> {
    /// Only for `Audit::place`.
    pub(super) fn placed(place: Place) -> Self {
        Self { place: Some(place), kind: PhantomData }
    }

    /// The place, to be filled when the read ends.
    pub fn into_place(self) -> Option<Place> {
        self.place
    }
}

/// A place in the writer's queue. Dropped unfilled it writes the record that it was taken with, marked
/// `"abandoned": true`, so that nothing is lost silently.
pub struct Place {
    audit: Arc<Handle>,
    /// What is known of the read; taken when the place is filled.
    started: Option<Record>,
}

impl Place {
    /// Only for `Audit::place`, which has taken the place.
    pub(super) fn new(audit: Arc<Handle>, started: Record) -> Self {
        Self { audit, started: Some(started) }
    }

    /// Hands the finished record in; on disk within `limits::AUDIT_LAG`.
    pub fn fill(mut self, record: Record) {
        self.started = None;
        self.audit.queue.hand_in(record, None);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(started) = self.started.take() {
            self.audit.queue.hand_in(started.mark("abandoned", true), None);
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Place").field("started", &self.started).finish_non_exhaustive()
    }
}
