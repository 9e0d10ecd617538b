//! Reading a stored request back. What is released is hashed anew from what lies on disk, and compared with the
//! digest that was approved: one changed byte and there is nothing to send (CASES HI-01).

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use aws_lc_rs::digest::{Context, SHA256};
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension};
use uuid::Uuid;

use super::pieces::PIECE;
use super::spool::Spool;
use super::step::path_of;
use super::{Reading, Store, StoreError};
use crate::snapshot::{Body, Digest, Snapshot};

/// Why a stored request could not be made whole.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ThawError {
    /// It is not what was stored, or its body is gone.
    #[error("the stored request no longer has its digest: it was changed on disk")]
    Tampered,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What lies on disk of a request or an answer.
#[derive(Debug)]
pub struct Content {
    /// The encoded head of a request, the encoded fields of an answer.
    pub head: Vec<u8>,
    /// An answer's status; 0 for a request.
    pub status: u16,
    len: u64,
    sha256: [u8; 32],
    inline: Option<Vec<u8>>,
    path: Option<PathBuf>,
}

impl Content {
    /// The body as it is named here, not yet read; `None` where it is gone.
    pub fn body(&self, spool: &Spool) -> Option<Body> {
        match (&self.inline, &self.path) {
            (Some(bytes), _) => Some(Body::memory(Bytes::copy_from_slice(bytes))),
            (None, Some(path)) => Some(spool.adopt(path, self.len, self.sha256)),
            (None, None) => None,
        }
    }

    /// Length and hash of the body, as stored beside it.
    pub fn measure(&self) -> (u64, &[u8; 32]) {
        (self.len, &self.sha256)
    }

    /// The request that was approved: hashed as it lies on disk, and compared.
    pub async fn thaw(&self, spool: &Spool, digest: &Digest) -> Result<Snapshot, ThawError> {
        let named = self.body(spool).ok_or(ThawError::Tampered)?;
        let body = match named.path().cloned() {
            None => named,
            Some(path) => {
                let measured = tokio::task::spawn_blocking(move || measure(&path)).await;
                let (len, sha256) = match measured {
                    Ok(Ok(measured)) => measured,
                    Ok(Err(error)) if error.kind() == io::ErrorKind::NotFound => {
                        return Err(ThawError::Tampered);
                    }
                    Ok(Err(error)) => return Err(StoreError::Unavailable(error.to_string()).into()),
                    Err(error) => return Err(StoreError::Unavailable(error.to_string()).into()),
                };
                if (len, &sha256) != (named.len(), named.sha256()) {
                    return Err(ThawError::Tampered);
                }
                named
            }
        };
        Snapshot::thaw(&self.head, body, digest).map_err(|_| ThawError::Tampered)
    }
}

const REQUEST: &str = "SELECT head, 0, body_len, body_sha256, body, body_path FROM request WHERE id = ?1";

impl Store {
    /// A hold's request, as it lies on disk.
    pub async fn request(&self, id: Uuid) -> Result<Option<Content>, StoreError> {
        self.read(move |sql| content(sql, REQUEST, id)).await
    }

    /// Asks for a hold's request ahead of what the thread is told next; `None` where it has too much to do.
    pub fn ask_for_request(&self, id: Uuid) -> Option<Reading<Option<Content>>> {
        let (job, reading) = super::reading(move |sql| content(sql, REQUEST, id));
        self.jobs.try_send(job).ok().map(|()| reading)
    }

    /// A hold's kept answer, as it lies on disk.
    pub async fn answer(&self, id: Uuid) -> Result<Option<Content>, StoreError> {
        const ANSWER: &str =
            "SELECT fields, status, body_len, body_sha256, body, body_path FROM answer WHERE id = ?1";
        self.read(move |sql| content(sql, ANSWER, id)).await
    }
}

pub(super) fn content(sql: &Connection, query: &str, id: Uuid) -> Result<Option<Content>, rusqlite::Error> {
    sql.prepare_cached(query)?
        .query_row([id.as_bytes()], |row| {
            Ok(Content {
                head: row.get(0)?,
                status: row.get(1)?,
                len: row.get::<_, i64>(2)? as u64,
                sha256: row.get(3)?,
                inline: row.get(4)?,
                path: row.get::<_, Option<Vec<u8>>>(5)?.map(path_of),
            })
        })
        .optional()
}

/// Length and hash of a file, read in pieces.
fn measure(path: &Path) -> io::Result<(u64, [u8; 32])> {
    let mut file = File::open(path)?;
    let mut hash = Context::new(&SHA256);
    let mut piece = vec![0; PIECE];
    let mut len = 0;
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 {
            break;
        }
        len += count as u64;
        hash.update(&piece[..count]);
    }
    let mut sha256 = [0; 32];
    sha256.copy_from_slice(hash.finish().as_ref());
    Ok((len, sha256))
}
