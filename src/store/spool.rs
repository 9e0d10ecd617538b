//! The spool: Holdpoint's own copies of bodies (0600 files in `state/spool`), bounded by `hold.max_spool`.

use std::path::Path;

use bytes::Bytes;

use crate::snapshot::Body;

/// Where bodies are kept.
#[derive(Clone)]
pub struct Spool {}

/// A body on its way in.
pub struct Draft {}

/// The spool takes no more.
#[derive(Debug, thiserror::Error)]
pub enum SpoolError {
    /// `hold.max_spool` is reached.
    #[error("the spool is full (hold.max_spool)")]
    Full,
    /// The disk refused.
    #[error("the spool cannot be written: {0}")]
    Io(#[from] std::io::Error),
}

impl Spool {
    /// Opens the directory (0700), with room for `max` bytes.
    pub fn open(_dir: &Path, _max: u64) -> Result<Self, SpoolError> {
        todo!()
    }

    /// Starts a body.
    pub fn draft(&self) -> Draft {
        todo!()
    }

    /// Bytes in files now.
    pub fn used(&self) -> u64 {
        todo!()
    }
}

impl Draft {
    /// Adds a piece. Up to `limits::BODY_INLINE_MAX` in memory, then in a file, written off the runtime's thread.
    pub async fn write(&mut self, _piece: Bytes) -> Result<(), SpoolError> {
        todo!()
    }

    /// Bytes so far.
    pub fn len(&self) -> u64 {
        todo!()
    }

    /// Closes the body; a file is synced. The file is deleted when the last clone of the body is dropped, unless
    /// the store has taken it over with a hold.
    pub async fn finish(self) -> Result<Body, SpoolError> {
        todo!()
    }
}
