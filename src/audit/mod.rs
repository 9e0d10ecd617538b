//! audit: what happened, on a hash-chained record that shows tampering. A dependency, not a feature: no record,
//! no send. A mutation's record is on disk before its first byte leaves; a read holds a place in the writer's
//! bounded queue before it is sent (SPEC P4, section 10).

use std::marker::PhantomData;
use std::path::Path;

use serde_json::{Map, Value};

use crate::agent::Agent;
use crate::clock::Clock;
use crate::code::Code;
use crate::kind::{Kind, Mutation, Read};
use crate::snapshot::Head;

/// What a record is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A point to compare with one kept elsewhere.
    Checkpoint,
    /// A connection that ended without a request: refused at TLS, opaque bytes in a tunnel.
    Connection,
    /// A person decided.
    Decided,
    /// A hold reached its end: done, failed, denied, expired, cancelled, outcome_unknown.
    Ended,
    /// A request of an agent, and what it was answered.
    Exchange,
    /// A request was parked.
    Held,
    /// A crash left an unfinished line, which was cut off.
    Recovered,
    /// Holdpoint refused a request.
    Refused,
    /// Somebody looked at unmasked bytes.
    Revealed,
    /// The bytes are about to leave.
    Sending,
    /// Holdpoint started.
    Started,
    /// Holdpoint stopped in order.
    Stopped,
}

/// One record, before it has its place in the chain.
#[derive(Clone, Debug)]
pub struct Record {
    /// What it is about.
    pub event: Event,
    /// Everything else, in order.
    pub fields: Map<String, Value>,
}

impl Record {
    /// An empty record.
    pub fn new(event: Event) -> Self {
        Self { event, fields: Map::new() }
    }

    /// Adds a field. Values come from a closed list of what may be on record: no query values, no field values,
    /// no bodies.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.fields.insert(name.to_owned(), value.into());
        self
    }

    /// Adds `agent` and `source`.
    pub fn agent(self, agent: &Agent) -> Self {
        self.with("agent", agent.name.as_str()).with("source", agent.source.to_string())
    }

    /// Adds `method`, `scheme`, `host`, `port` and `path` (without its query).
    pub fn head(self, head: &Head) -> Self {
        self.with("method", head.method.as_str())
            .with("scheme", head.origin.scheme.as_str())
            .with("host", head.origin.host.to_string())
            .with("port", head.origin.port)
            .with("path", head.path())
    }

    /// Adds `code` and the status that the agent got.
    pub fn code(self, code: Code) -> Self {
        self.with("code", code.as_str()).with("status", code.status())
    }
}

/// Proof that a request is on record: durably (a mutation), or with its place taken (a read). Made here only.
#[derive(Debug)]
pub struct Receipt<K: Kind> {
    place: Option<Place>,
    kind: PhantomData<K>,
}

impl Receipt<Read> {
    /// The place, to be filled when the read ends.
    pub fn into_place(self) -> Option<Place> {
        self.place
    }
}

/// A place in the writer's queue. Dropped unfilled it writes the record that it was taken with, marked
/// `"abandoned": true`, so that nothing is lost silently.
#[derive(Debug)]
pub struct Place {}

impl Place {
    /// Hands the finished record in; on disk within `limits::AUDIT_LAG`.
    pub fn fill(self, _record: Record) {
        todo!()
    }
}

/// The log takes no record: nothing may be sent.
#[derive(Clone, Debug, thiserror::Error)]
pub enum AuditError {
    /// As many records wait as may.
    #[error("the audit queue is full")]
    Full,
    /// A write or a sync failed; the log stays shut until a restart.
    #[error("the audit log cannot be written: {0}")]
    Broken(String),
    /// The log found on disk is not the one that was left there.
    #[error("the audit log on disk is not whole: {0}")]
    NotWhole(String),
}

/// A point of the chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// The record's number, from 1.
    pub seq: u64,
    /// SHA-256 of its line, hexadecimal.
    pub hash: String,
}

/// The writer's handle.
#[derive(Clone)]
pub struct Audit {}

impl Audit {
    /// Opens the log in `dir` (0700), cuts off an unfinished last line, goes on with its chain, and starts the
    /// writer thread. `expected` is the checkpoint that the database kept: a log that ends before it, or has
    /// another hash there, is an error.
    pub fn open(_dir: &Path, _clock: Clock, _expected: Option<Checkpoint>) -> Result<Self, AuditError> {
        todo!()
    }

    /// Writes a record and returns once it is on disk.
    pub async fn record(&self, _record: Record) -> Result<Receipt<Mutation>, AuditError> {
        todo!()
    }

    /// Hands a record in without waiting for the disk: refusals and the like, that let nothing leave.
    pub fn note(&self, _record: Record) -> Result<(), AuditError> {
        todo!()
    }

    /// Takes a place for a read that is about to be sent. `started` is what the record has if the read is
    /// abandoned.
    pub fn place(&self, _started: Record) -> Result<Receipt<Read>, AuditError> {
        todo!()
    }

    /// The last record that is on disk.
    pub fn durable(&self) -> Checkpoint {
        todo!()
    }

    /// Records that wait, for `/metrics`; and the age of the oldest of them in milliseconds.
    pub fn lag(&self) -> (usize, u64) {
        todo!()
    }

    /// Whether records are taken.
    pub fn healthy(&self) -> bool {
        todo!()
    }

    /// Writes `stopped`, closes the segment, and returns when all is on disk.
    pub async fn close(&self) {
        todo!()
    }
}
