//! How much of a request a connection has taken, and the end of it: once sealed it takes nothing more, so that what
//! was reported as not sent cannot leave a buffer later.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use crate::hold::{Permit, Start};

/// Bytes of a request are being written, or were.
const BEGUN: u8 = 1;
/// Nothing more may be written.
const SEALED: u8 = 2;

/// Bytes of requests that a connection has taken.
#[derive(Clone, Debug, Default)]
pub struct Tally(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    bytes: AtomicU64,
    state: AtomicU8,
    permit: OnceLock<Permit>,
    stopped: AtomicBool,
}

impl Tally {
    /// The count.
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::SeqCst)
    }

    /// Adds what was taken.
    pub fn add(&self, count: u64) {
        self.0.bytes.fetch_add(count, Ordering::SeqCst);
    }

    /// From now on the first byte needs this permit.
    pub fn needs(&self, permit: Permit) {
        let _ = self.0.permit.set(permit);
    }

    /// Leave to write, to be kept for as long as that takes; there is nothing to keep once the first byte has gone, or
    /// where none is needed. Fails while a freeze is on.
    pub fn start(&self) -> io::Result<Option<Start<'_>>> {
        let Some(permit) = self.0.permit.get().filter(|_| self.bytes() == 0) else { return Ok(None) };
        let start = permit.start();
        if start.is_none() {
            self.0.stopped.store(true, Ordering::SeqCst);
            return Err(io::Error::other("a freeze is on"));
        }
        Ok(start)
    }

    /// Whether a freeze has kept the first byte back.
    pub fn was_stopped(&self) -> bool {
        self.0.stopped.load(Ordering::SeqCst)
    }

    /// Before bytes of a request are written. Fails once sealed.
    pub fn begin(&self) -> io::Result<()> {
        let before = self.0.state.fetch_or(BEGUN, Ordering::SeqCst);
        if before & SEALED == 0 { Ok(()) } else { Err(io::Error::other("the request was given up")) }
    }

    /// What was begun took no byte.
    pub fn undo(&self) {
        if self.bytes() == 0 {
            self.0.state.fetch_and(!BEGUN, Ordering::SeqCst);
        }
    }

    /// From now on nothing is taken. Tells whether anything was: a write that runs at this moment counts.
    pub fn seal(&self) -> bool {
        self.0.state.fetch_or(SEALED, Ordering::SeqCst) & BEGUN != 0 || self.bytes() > 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_before_its_first_byte_never_takes_one() {
        let tally = Tally::default();
        tally.begin().unwrap();
        tally.undo();
        assert!(!tally.seal());
        assert!(tally.begin().is_err());
    }

    #[test]
    fn a_write_that_runs_counts_as_sent_and_so_does_one_that_is_over() {
        let running = Tally::default();
        running.begin().unwrap();
        assert!(running.seal());
        let over = Tally::default();
        over.begin().unwrap();
        over.add(1);
        over.undo();
        assert!(over.seal());
    }
}
