//! audit: what happened, on a hash-chained record that shows tampering. A dependency, not a feature: no record,
//! no send. A mutation's record is on disk before its first byte leaves; a read holds a place in the writer's
//! bounded queue before it is sent (SPEC P4, section 10).
//!
//! `line` is the one spelling of a record, `chain` the rule by which one follows another. `queue` bounds what waits,
//! `writer` is the thread that writes it to the files of `segment`. `recover` finds the end that an earlier
//! process left; `verify` trusts nothing and reads everything.

mod chain;
mod line;
mod lines;
mod queue;
mod receipt;
mod record;
mod recover;
mod segment;
mod verify;
mod writer;

#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::kind::{Mutation, Read};
use crate::limits::AUDIT_SEGMENT_BYTES;
use crate::secret::hex;

pub use line::{Hash, Line, read as read_line};
pub use lines::{Lines, Next, Spot};
pub use receipt::{Place, Receipt};
pub use record::{Event, Record};
pub use verify::{Broken, Summary, verify};

use queue::Queue;
use segment::Segments;
use writer::Writer;

/// The log takes no record: nothing may be sent.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuditError {
    /// As many records wait as may.
    #[error("the audit queue is full")]
    Full,
    /// A write or a sync failed, or the log was closed; it stays shut until a restart.
    #[error("the audit log cannot be written: {0}")]
    Broken(String),
    /// The log found on disk is not the one that was left there.
    #[error("the audit log on disk is not whole: {0}")]
    NotWhole(String),
}

/// A point of the chain. Written `SEQ:HASH`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// The record's number, from 1; 0 where there is no record yet.
    pub seq: u64,
    /// SHA-256 of its line, 64 lower-case hexadecimal digits; empty where there is no record yet.
    pub hash: String,
}

impl Checkpoint {
    fn of(seq: u64, hash: &Hash) -> Self {
        if seq == 0 { Self::default() } else { Self { seq, hash: hex(hash) } }
    }

    /// Whether it is the point before the first record.
    pub fn is_start(&self) -> bool {
        *self == Self::default()
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.seq, self.hash)
    }
}

impl FromStr for Checkpoint {
    type Err = String;

    /// Reads `SEQ:HASH`, the hash whole: a shorter one would fit many logs.
    fn from_str(text: &str) -> Result<Self, String> {
        let (seq, hash) = text.split_once(':').ok_or("a checkpoint is written SEQ:HASH")?;
        let seq: u64 = seq.parse().map_err(|_| format!("`{seq}` is not a record's number"))?;
        if seq == 0 || line::unhex(hash).is_none() {
            return Err(
                "the hash of a checkpoint has 64 lower-case hexadecimal digits, its number is 1 or more"
                    .to_owned(),
            );
        }
        Ok(Self { seq, hash: hash.to_owned() })
    }
}

/// The writer's handle. The last one that is dropped waits until the writer has written what it was given.
#[derive(Clone)]
pub struct Audit(Arc<Handle>);

struct Handle {
    queue: Arc<Queue>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// A record on its way to the disk.
pub struct Pending(oneshot::Receiver<Result<(), AuditError>>);

impl Pending {
    /// Returns once it is on disk.
    pub async fn durable(self) -> Result<Receipt<Mutation>, AuditError> {
        self.0.await.unwrap_or_else(|_| Err(AuditError::Broken("the audit writer is gone".to_owned())))?;
        Ok(Receipt::durable())
    }
}

impl Audit {
    /// Opens the log in `dir` (0700), cuts off an unfinished last line, goes on with its chain, and starts the
    /// writer thread. `expected` is the checkpoint that the database kept: a log that ends before it, or has
    /// another hash there, is an error. That no second process has the log is for the caller to see to.
    pub fn open(dir: &Path, clock: Clock, expected: Option<Checkpoint>) -> Result<Self, AuditError> {
        Self::open_with_segments_of(AUDIT_SEGMENT_BYTES, dir, clock, expected)
    }

    /// `open`, with segments that are closed at `size_max` bytes.
    pub fn open_with_segments_of(
        size_max: u64,
        dir: &Path,
        clock: Clock,
        expected: Option<Checkpoint>,
    ) -> Result<Self, AuditError> {
        let broken = |error| AuditError::Broken(format!("{}: {error}", dir.display()));
        segment::prepare(dir).map_err(broken)?;
        let end = recover::find(dir, expected)?;
        let segments = Segments::open(dir, end.segment, end.size).map_err(broken)?;
        let mut writer = Writer::new(Box::new(segments), end.chain, end.size, size_max);
        if let Some(torn) = end.torn {
            let mut record = Record::new(Event::Recovered)
                .with(
                    "segment",
                    torn.file.file_name().map_or("".into(), |name| name.to_string_lossy().into_owned()),
                )
                .with("cut_bytes", torn.bytes)
                .with("cut_sha256", torn.sha256);
            writer.write([(&mut record, clock.now().wall)].into_iter()).map_err(broken)?;
        }
        Self::start(writer, clock)
    }

    fn start(writer: Writer, clock: Clock) -> Result<Self, AuditError> {
        let queue = Arc::new(Queue::new(clock, &writer.chain));
        let shared = Arc::clone(&queue);
        let thread = std::thread::Builder::new()
            .name("audit".to_owned())
            .spawn(move || writer.run(&shared))
            .map_err(|error| AuditError::Broken(format!("its thread does not start: {error}")))?;
        Ok(Self(Arc::new(Handle { queue, thread: Mutex::new(Some(thread)) })))
    }

    /// Writes a record and returns once it is on disk. Dropping the future does not take the record back.
    pub async fn record(&self, record: Record) -> Result<Receipt<Mutation>, AuditError> {
        self.begin(record)?.durable().await
    }

    /// Hands a record in that somebody will wait for: it comes before all that are handed in later.
    pub fn begin(&self, record: Record) -> Result<Pending, AuditError> {
        self.0.queue.take_any()?;
        let (reply, told) = oneshot::channel();
        self.0.queue.hand_in(record, Some(reply));
        Ok(Pending(told))
    }

    /// Hands a record in without waiting for the disk: refusals and the like, that let nothing leave.
    pub fn note(&self, record: Record) -> Result<(), AuditError> {
        self.0.queue.take_shared()?;
        self.0.queue.hand_in(record, None);
        Ok(())
    }

    /// Takes a place for a read that is about to be sent. `started` is what the record has if the read is
    /// abandoned.
    pub fn place(&self, started: Record) -> Result<Receipt<Read>, AuditError> {
        self.0.queue.take_shared()?;
        Ok(Receipt::placed(Place::new(Arc::clone(&self.0), started)))
    }

    /// The last record that is on disk.
    pub fn durable(&self) -> Checkpoint {
        self.0.queue.durable()
    }

    /// Records that wait, for `/metrics`; and the age of the oldest of them in milliseconds.
    pub fn lag(&self) -> (usize, u64) {
        self.0.queue.lag()
    }

    /// Whether records are taken.
    pub fn healthy(&self) -> bool {
        self.0.queue.open().is_ok()
    }

    /// Writes `stopped`, takes no more records, and returns when all is on disk.
    pub async fn close(&self) {
        let (reply, told) = oneshot::channel();
        self.0.queue.end_with(Record::new(Event::Stopped), reply);
        // An error here was told to the log already, and there is nobody left to refuse anything to.
        let _ = told.await;
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.queue.end();
        if let Some(thread) = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _ = thread.join();
        }
    }
}
