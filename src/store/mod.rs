//! store: the hold queue on disk. SQLite behind one thread (WAL, synchronous=FULL, read back at start); each step
//! of a hold is one transaction that compares the state before it sets the next. Bodies above
//! `limits::BODY_INLINE_MAX` lie in the spool.
//!
//! When unsure it stops: the first error of the disk or of SQLite poisons the store, and from then on every job is
//! answered `Unavailable`, because nobody knows what an earlier write left behind (CASES HI-32, HI-33).

mod freeze;
pub mod pieces;
mod precedent;
mod replace;
mod schema;
pub mod spool;
mod step;
mod thaw;
mod worker;

#[cfg(test)]
mod tests;

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use crate::audit::Checkpoint;
use crate::limits;

pub use freeze::LoadedThaw;
pub use precedent::{KeptPrecedent, PrecedentRow};
pub use replace::Replacement;
pub use step::{AnswerRow, Loaded, Row, Step};
pub use thaw::{Content, ThawError};

/// Why the store did not do as it was told.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// A write, sync or read failed, now or earlier; the store stays shut until a restart.
    #[error("the database takes nothing more: {0}")]
    Unavailable(String),
    /// A row was not in the state that the step starts from; nothing of the job was written.
    #[error("hold {0} is not in the state that the step starts from")]
    Conflict(Uuid),
    /// The database cannot be opened; the text says what to do.
    #[error("{0}")]
    Open(String),
}

/// The handle. Cheap to clone; the thread ends when the last clone is gone, or with `close`.
#[derive(Clone)]
pub struct Store {
    jobs: mpsc::Sender<Job>,
    shared: Arc<Shared>,
    thread: Arc<Mutex<Option<JoinHandle<()>>>>,
}

/// What the thread and its callers both see.
struct Shared {
    healthy: AtomicBool,
    checkpoint: Mutex<Option<Checkpoint>>,
}

/// A question that the thread has been asked, and that is answered by and by.
pub type Reading<T> = oneshot::Receiver<Result<T, StoreError>>;

/// A question to the database.
type Look = Box<dyn FnOnce(&Connection) -> Result<(), rusqlite::Error> + Send>;

/// What the thread is asked to do.
enum Job {
    /// All steps or none, durable before the reply.
    Write {
        steps: Vec<Step>,
        turn: i64,
        checkpoint: Checkpoint,
        reply: oneshot::Sender<Result<(), StoreError>>,
    },
    /// Looks something up and replies on its own; `false` says that SQLite failed.
    Read(Look),
    /// Closes the database.
    Close,
}

impl Store {
    /// Opens or makes the database (0600), takes the lock that keeps a second process out, brings the schema up to
    /// date, checks that a commit will be durable, and starts the thread. The error is a text for people.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let opened = schema::open(path)?;
        let shared = Arc::new(Shared {
            healthy: AtomicBool::new(true),
            checkpoint: Mutex::new(opened.checkpoint.clone()),
        });
        let (jobs, queue) = mpsc::channel(limits::STORE_QUEUE);
        let worker = worker::Worker::new(opened, queue, shared.clone());
        let thread = std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || worker.run())
            .map_err(|error| StoreError::Open(format!("the store's thread does not start: {error}")))?;
        Ok(Self { jobs, shared, thread: Arc::new(Mutex::new(Some(thread))) })
    }

    /// The last audit checkpoint that was stored: the log on disk must reach it.
    pub fn checkpoint(&self) -> Option<Checkpoint> {
        self.shared.checkpoint.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether writes are taken.
    pub fn healthy(&self) -> bool {
        self.shared.healthy.load(Ordering::SeqCst)
    }

    /// Does all of the steps in one transaction, or none; on disk when it returns `Ok`. `turn` is written on every
    /// row that is touched: after a crash the rows of the last turn are those whose records may be missing from the
    /// audit log. `checkpoint` is the last record that is on disk by now.
    pub async fn write(&self, steps: Vec<Step>, turn: i64, checkpoint: Checkpoint) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.jobs.send(Job::Write { steps, turn, checkpoint, reply }).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Every hold that is stored, in the order of their ids.
    pub async fn load(&self) -> Result<Vec<Loaded>, StoreError> {
        self.read(Loaded::all).await
    }

    /// Codes that rest, with the wall time in milliseconds until which they do.
    pub async fn resting(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.read(step::resting).await
    }

    /// Grants that are stored, as the queue wrote them, with the turn that wrote each last.
    pub async fn grants(&self) -> Result<Vec<(String, i64)>, StoreError> {
        self.read(step::grants).await
    }

    /// The freezes that are on, as the queue wrote them.
    pub async fn freezes(&self) -> Result<Vec<String>, StoreError> {
        self.read(freeze::freezes).await
    }

    /// The last thaws, in their order.
    pub async fn thaws(&self) -> Result<Vec<LoadedThaw>, StoreError> {
        self.read(freeze::thaws).await
    }

    /// The last turn that wrote anything that is still there: its records may be missing from the audit log.
    pub async fn last_turn(&self) -> Result<i64, StoreError> {
        self.read(step::last_turn).await
    }

    /// Asks the thread to look something up. An error of SQLite poisons the store like a failed write.
    async fn read<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Connection) -> Result<T, rusqlite::Error> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (job, reading) = reading(look);
        self.jobs.send(job).await.map_err(|_| closed())?;
        reading.await.map_err(|_| closed())?
    }

    /// Does something to the database behind the store's back.
    #[cfg(test)]
    pub async fn meddle(&self, sql: &'static str) {
        self.read(move |connection| connection.execute_batch(sql)).await.expect("the meddling works");
    }

    /// Ends the thread once it has done what waits, and returns when the database is closed and its lock free.
    pub async fn close(&self) {
        let _ = self.jobs.send(Job::Close).await;
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }
}

/// A question, and where its answer comes.
fn reading<T: Send + 'static>(
    look: impl FnOnce(&Connection) -> Result<T, rusqlite::Error> + Send + 'static,
) -> (Job, Reading<T>) {
    let (reply, answer) = oneshot::channel();
    let job = Job::Read(Box::new(move |connection| {
        let found = look(connection);
        let fault = found.as_ref().err().map(ToString::to_string);
        let _ = reply.send(found.map_err(|error| StoreError::Unavailable(error.to_string())));
        match fault {
            Some(_) => Err(rusqlite::Error::InvalidQuery),
            None => Ok(()),
        }
    }));
    (job, answer)
}

fn closed() -> StoreError {
    StoreError::Unavailable("the store is closed".to_owned())
}
