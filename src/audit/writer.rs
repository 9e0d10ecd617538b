//! The writer: a plain thread that owns the chain and the files. It takes all that waits, writes it, syncs once, and
//! only then says so to whoever waits. A write or sync that fails shuts the log for good: after a failed sync
//! nobody knows what is on disk, and trying again can report success over lost data.

use std::io;
use std::sync::Arc;

use serde_json::Value;

use crate::audit::chain::Chain;
use crate::audit::line::{self, Link};
use crate::audit::queue::{Item, Queue};
use crate::audit::record::Record;
use crate::audit::segment::Disk;
use crate::clock::Wall;
use crate::failpoint;
use crate::limits::AUDIT_WRITE_BYTES;

/// The log as the writer has it.
pub(super) struct Writer {
    disk: Box<dyn Disk>,
    pub(super) chain: Chain,
    /// Bytes in the current segment, those in `pending` among them.
    size: u64,
    size_max: u64,
    /// Lines that were not handed to the kernel yet.
    pending: Vec<u8>,
    line: Vec<u8>,
}

impl Writer {
    /// Goes on after `chain`, in a segment that has `size` bytes and is closed at `size_max`.
    pub(super) fn new(disk: Box<dyn Disk>, chain: Chain, size: u64, size_max: u64) -> Self {
        Self { disk, chain, size, size_max, pending: Vec::new(), line: Vec::new() }
    }

    /// Writes records and syncs them.
    pub(super) fn write<'a>(
        &mut self,
        records: impl Iterator<Item = (&'a mut Record, Wall)>,
    ) -> io::Result<()> {
        failpoint::hit("audit.before_write");
        for (record, at) in records {
            let empty = Record::new(record.event);
            self.add(std::mem::replace(record, empty), at)?;
        }
        self.hand_over()?;
        failpoint::hit("audit.after_write");
        self.disk.sync()?;
        failpoint::hit("audit.after_sync");
        Ok(())
    }

    fn add(&mut self, mut record: Record, at: Wall) -> io::Result<()> {
        if let Some(back) = self.chain.clock_back_ms(at) {
            record = record.mark("clock_back_ms", back);
        }
        let (event, fields) = (record.event.as_str(), record.into_fields());
        self.compose(event, at, &fields);
        let length = self.line.len() as u64 + 1;
        if self.size > 0 && self.size + length > self.size_max {
            self.rotate()?;
        }
        self.chain.push(at, &self.line);
        self.pending.extend_from_slice(&self.line);
        self.pending.push(b'\n');
        self.size += length;
        if self.pending.len() >= AUDIT_WRITE_BYTES { self.hand_over() } else { Ok(()) }
    }

    fn compose(&mut self, event: &'static str, at: Wall, fields: &[(&'static str, Value)]) {
        let at = at.rfc3339();
        let link = Link { seq: self.chain.seq() + 1, prev: self.chain.hash(), at: &at, event };
        self.line.clear();
        line::write(&mut self.line, &link, fields);
    }

    /// The whole old segment is on disk before the new one has a record.
    fn rotate(&mut self) -> io::Result<()> {
        self.hand_over()?;
        self.disk.sync()?;
        self.disk.rotate()?;
        self.size = 0;
        Ok(())
    }

    fn hand_over(&mut self) -> io::Result<()> {
        self.disk.write(&self.pending)?;
        self.pending.clear();
        Ok(())
    }

    /// Writes what comes until nothing more does, or until the disk fails.
    pub(super) fn run(mut self, queue: &Arc<Queue>) {
        let mut batch = Vec::new();
        let mut guard = Guard { queue, why: "the audit writer panicked".to_owned() };
        while queue.next(&mut batch) {
            let records = batch.iter_mut().map(|Item { record, at, .. }| (record, *at));
            match self.write(records) {
                Ok(()) => {
                    queue.written(&mut batch, &self.chain);
                    // Nobody waits for the note: it may be behind the log, never ahead of it.
                    self.disk.note(&self.chain.checkpoint());
                }
                Err(error) => {
                    tracing::error!(%error, "the audit log cannot be written; nothing is sent any more");
                    guard.why = error.to_string();
                    queue.shut(&guard.why, std::mem::take(&mut batch));
                    return;
                }
            }
        }
        guard.why = "it was closed".to_owned();
    }
}

/// Whatever ends the thread, also a panic: nobody waits in vain, and no record is taken that nobody will write.
struct Guard<'a> {
    queue: &'a Queue,
    why: String,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.queue.shut(&self.why, Vec::new());
    }
}
