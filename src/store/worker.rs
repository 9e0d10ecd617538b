//! The store's thread: takes what waits, commits it together, and answers. Jobs that wait together share one sync
//! of the disk; each is still all or nothing, by a savepoint of its own.

use std::fs::File;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::schema::Opened;
use super::step::Fault;
use super::{Job, Look, Shared, Step, StoreError};
use crate::audit::Checkpoint;
use crate::failpoint;
use crate::limits;

/// A write that waits for its commit.
struct Write {
    steps: Vec<Step>,
    turn: i64,
    checkpoint: Checkpoint,
    reply: oneshot::Sender<Result<(), StoreError>>,
}

/// The same without the one who asked.
struct Task {
    steps: Vec<Step>,
    turn: i64,
    checkpoint: Checkpoint,
}

/// What the thread owns.
pub struct Worker {
    connection: Connection,
    queue: mpsc::Receiver<Job>,
    shared: Arc<Shared>,
    fault: Option<String>,
    _lock: File,
}

impl Worker {
    pub fn new(opened: Opened, queue: mpsc::Receiver<Job>, shared: Arc<Shared>) -> Self {
        Self { connection: opened.connection, queue, shared, fault: None, _lock: opened.lock }
    }

    pub fn run(mut self) {
        let mut writes = Vec::new();
        while let Some(job) = self.queue.blocking_recv() {
            let mut next = Some(job);
            while let Some(job) = next {
                match job {
                    Job::Write { steps, turn, checkpoint, reply } => {
                        writes.push(Write { steps, turn, checkpoint, reply });
                    }
                    // Whoever was told that a write is done asks after its commit; one that still waits is not
                    // in the database yet, and need not be hurried.
                    Job::Read(look) => self.look(look),
                    Job::Close => {
                        self.commit(&mut writes);
                        return;
                    }
                }
                next = (writes.len() < limits::STORE_QUEUE).then(|| self.queue.try_recv().ok()).flatten();
            }
            self.commit(&mut writes);
        }
    }

    fn look(&mut self, look: Look) {
        // A poisoned store drops the question, which its asker sees as unavailable.
        if self.fault.is_none() && look(&self.connection).is_err() {
            self.poison("a read failed".to_owned());
        }
    }

    /// Commits what waits and answers; after the first error nothing is written any more.
    fn commit(&mut self, writes: &mut Vec<Write>) {
        if writes.is_empty() {
            return;
        }
        let (tasks, replies): (Vec<_>, Vec<_>) = writes
            .drain(..)
            .map(|write| {
                (Task { steps: write.steps, turn: write.turn, checkpoint: write.checkpoint }, write.reply)
            })
            .unzip();
        let outcome = match &self.fault {
            Some(fault) => Err(fault.clone()),
            None => self.transact(tasks).map_err(|error| error.to_string()),
        };
        match outcome {
            Ok(results) => {
                for (reply, result) in replies.into_iter().zip(results) {
                    let _ = reply.send(result);
                }
            }
            Err(fault) => {
                self.poison(fault.clone());
                for reply in replies {
                    let _ = reply.send(Err(StoreError::Unavailable(fault.clone())));
                }
            }
        }
    }

    fn transact(&mut self, tasks: Vec<Task>) -> Result<Vec<Result<(), StoreError>>, rusqlite::Error> {
        let sql = &self.connection;
        // An error anywhere leaves the transaction open: nothing is written any more, and closing undoes it.
        run(sql, "BEGIN IMMEDIATE")?;
        let mut results = Vec::with_capacity(tasks.len());
        let mut checkpoint = Checkpoint::default();
        for task in tasks {
            results.push(all_or_nothing(sql, task.steps, task.turn)?);
            checkpoint = task.checkpoint;
        }
        keep_checkpoint(sql, &checkpoint)?;
        failpoint::hit("store.before_commit");
        run(sql, "COMMIT")?;
        if checkpoint.seq > 0 {
            *self.shared.checkpoint.lock().unwrap_or_else(PoisonError::into_inner) = Some(checkpoint);
        }
        Ok(results)
    }

    fn poison(&mut self, fault: String) {
        if self.fault.is_none() {
            tracing::error!(%fault, "the database failed; nothing is held or released until a restart");
            self.shared.healthy.store(false, Ordering::SeqCst);
            self.fault = Some(fault);
        }
    }
}

fn all_or_nothing(
    sql: &Connection,
    steps: Vec<Step>,
    turn: i64,
) -> Result<Result<(), StoreError>, rusqlite::Error> {
    run(sql, "SAVEPOINT job")?;
    for step in steps {
        match step.apply(sql, turn) {
            Ok(()) => {}
            Err(Fault::Conflict(id)) => {
                run(sql, "ROLLBACK TO job")?;
                run(sql, "RELEASE job")?;
                return Ok(Err(StoreError::Conflict(id)));
            }
            Err(Fault::Sqlite(error)) => return Err(error),
        }
    }
    run(sql, "RELEASE job")?;
    Ok(Ok(()))
}

/// A statement that says where a transaction begins and ends; like all others it is prepared once.
fn run(sql: &Connection, statement: &'static str) -> Result<(), rusqlite::Error> {
    sql.prepare_cached(statement)?.execute(())?;
    Ok(())
}

fn keep_checkpoint(sql: &Connection, checkpoint: &Checkpoint) -> Result<(), rusqlite::Error> {
    if checkpoint.seq > 0 {
        sql.prepare_cached("INSERT OR REPLACE INTO checkpoint (one, seq, hash) VALUES (1, ?1, ?2)")?
            .execute((checkpoint.seq as i64, &checkpoint.hash))?;
    }
    Ok(())
}
