//! The bounded queue before the writer. What counts against its bound: places taken by running reads, records that
//! wait, and records that are being written but not yet on disk. Unsure whether there is room, the answer is no.
//!
//! A record gets its time when it is handed in, under the lock, so that the order of the records is the order of
//! their times.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Instant;

use tokio::sync::oneshot;

use crate::audit::chain::Chain;
use crate::audit::{AuditError, Checkpoint, Record};
use crate::clock::{Clock, Wall};
use crate::limits::{AUDIT_BATCH, AUDIT_GATHER, AUDIT_QUEUE, AUDIT_RESERVE};

/// Told once the record is on disk, or that it never will be.
pub(super) type Reply = oneshot::Sender<Result<(), AuditError>>;

/// A record on its way to the writer.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) record: Record,
    pub(super) at: Wall,
    pub(super) reply: Option<Reply>,
}

/// What the handles and the writer share.
pub(super) struct Queue {
    clock: Clock,
    waiting: Mutex<Waiting>,
    wake: Condvar,
    taken: AtomicUsize,
    shut: OnceLock<String>,
    durable: Mutex<Checkpoint>,
}

#[derive(Default)]
struct Waiting {
    items: Vec<Item>,
    /// Since when the first of the items waits.
    since: Option<Instant>,
    /// Somebody waits for the disk, or many records have come together.
    urgent: bool,
    /// No more comes.
    ending: bool,
    /// Records that the writer has taken and that are not on disk yet, and since when the first of them waits.
    in_hand: usize,
    in_hand_since: Option<Instant>,
}

impl Queue {
    pub(super) fn new(clock: Clock, chain: &Chain) -> Self {
        Self {
            clock,
            waiting: Mutex::default(),
            wake: Condvar::new(),
            taken: AtomicUsize::new(0),
            shut: OnceLock::new(),
            durable: Mutex::new(chain.checkpoint()),
        }
    }

    /// Takes a place that others may have too: reads and notes.
    pub(super) fn take_shared(&self) -> Result<(), AuditError> {
        self.take(AUDIT_QUEUE - AUDIT_RESERVE)
    }

    /// Takes a place, if need be one of those kept free for records that somebody waits for.
    pub(super) fn take_any(&self) -> Result<(), AuditError> {
        self.take(AUDIT_QUEUE)
    }

    fn take(&self, max: usize) -> Result<(), AuditError> {
        self.open()?;
        if self.taken.fetch_add(1, Ordering::Relaxed) < max {
            return Ok(());
        }
        self.taken.fetch_sub(1, Ordering::Relaxed);
        Err(AuditError::Full)
    }

    /// Whether records are taken, and why not.
    pub(super) fn open(&self) -> Result<(), AuditError> {
        self.shut.get().map_or(Ok(()), |why| Err(AuditError::Broken(why.clone())))
    }

    /// Hands in a record whose place was taken before.
    pub(super) fn hand_in(&self, record: Record, reply: Option<Reply>) {
        let mut waiting = self.lock();
        if let Err(error) = self.open() {
            drop(waiting);
            return refuse(reply, error);
        }
        self.push(&mut waiting, record, reply);
    }

    /// Hands in the last record of all; nothing is taken after it.
    pub(super) fn end_with(&self, record: Record, reply: Reply) {
        let mut waiting = self.lock();
        if let Err(error) = self.open() {
            drop(waiting);
            return refuse(Some(reply), error);
        }
        let _ = self.shut.set("it was closed".to_owned());
        waiting.ending = true;
        // It must be written even where the queue is full.
        self.taken.fetch_add(1, Ordering::Relaxed);
        self.push(&mut waiting, record, Some(reply));
    }

    /// Nothing more comes, because nobody holds the log any longer.
    pub(super) fn end(&self) {
        self.lock().ending = true;
        self.wake.notify_one();
    }

    fn push(&self, waiting: &mut Waiting, record: Record, reply: Option<Reply>) {
        let first = waiting.items.is_empty();
        if first {
            waiting.since = Some(Instant::now());
        }
        let was_urgent = waiting.urgent;
        waiting.urgent |= reply.is_some() || waiting.items.len() + 1 >= AUDIT_BATCH;
        waiting.items.push(Item { record, at: self.clock.now().wall, reply });
        // The writer sleeps without end only while nothing waits: one wake-up a batch is enough.
        if first || waiting.urgent && !was_urgent {
            self.wake.notify_one();
        }
    }

    /// For the writer: swaps what waits into `batch`, which is empty, once it is time to write. False: nothing is
    /// left and nothing more comes.
    pub(super) fn next(&self, batch: &mut Vec<Item>) -> bool {
        let mut waiting = self.lock();
        loop {
            let left = waiting.since.map(|since| AUDIT_GATHER.saturating_sub(since.elapsed()));
            match left {
                None if waiting.ending => return false,
                None => waiting = self.wake.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                Some(left) if !left.is_zero() && !waiting.urgent && !waiting.ending => {
                    let woken = self.wake.wait_timeout(waiting, left);
                    waiting = woken.unwrap_or_else(PoisonError::into_inner).0;
                }
                Some(_) => break,
            }
        }
        std::mem::swap(&mut waiting.items, batch);
        waiting.urgent = false;
        waiting.in_hand = batch.len();
        waiting.in_hand_since = waiting.since.take();
        true
    }

    /// For the writer: the batch is on disk, up to `end`.
    pub(super) fn written(&self, batch: &mut Vec<Item>, end: &Chain) {
        *self.durable.lock().unwrap_or_else(PoisonError::into_inner) = end.checkpoint();
        let mut waiting = self.lock();
        waiting.in_hand = 0;
        waiting.in_hand_since = None;
        drop(waiting);
        self.taken.fetch_sub(batch.len(), Ordering::Relaxed);
        for item in batch.drain(..) {
            if let Some(reply) = item.reply {
                let _ = reply.send(Ok(()));
            }
        }
    }

    /// For the writer: no record is taken any more, and those that wait learn it.
    pub(super) fn shut(&self, why: &str, batch: Vec<Item>) {
        let mut waiting = self.lock();
        let _ = self.shut.set(why.to_owned());
        let left = std::mem::take(&mut waiting.items);
        drop(waiting);
        for item in batch.into_iter().chain(left) {
            refuse(item.reply, AuditError::Broken(why.to_owned()));
        }
    }

    /// The last record that is on disk.
    pub(super) fn durable(&self) -> Checkpoint {
        self.durable.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Records that are not on disk yet, and the age of the oldest in milliseconds.
    pub(super) fn lag(&self) -> (usize, u64) {
        let waiting = self.lock();
        let oldest = waiting.in_hand_since.or(waiting.since);
        let age = oldest.map_or(0, |since| since.elapsed().as_millis() as u64);
        (waiting.items.len() + waiting.in_hand, age)
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A record that nobody waits for is lost here; the log says so where logs still can.
fn refuse(reply: Option<Reply>, error: AuditError) {
    match reply {
        Some(reply) => {
            let _ = reply.send(Err(error));
        }
        None => tracing::error!(%error, "an audit record was lost"),
    }
}
