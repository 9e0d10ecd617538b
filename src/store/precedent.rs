//! Precedents: of every kind of request the last one that was approved, for a person to compare the next one with.
//! Their number and age are bounded, and one whose approval was taken back goes. They are for looking at only: nothing is
//! ever sent from here, so the values of secret fields and parameters are not kept.

use std::fs::File;
use std::io::Read;

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use super::step::path_of;
use super::{Store, StoreError};
use crate::limits;
use crate::secret::sha256;

/// A precedent to be kept; its body is that of the hold's stored request.
#[derive(Debug)]
pub struct PrecedentRow {
    /// What kind of request.
    pub kind: [u8; 32],
    /// The hold.
    pub hold: Uuid,
    /// Its digest.
    pub digest: String,
    /// Wall time in milliseconds.
    pub at: i64,
    /// On whose word.
    pub approver: String,
    /// The encoded head, its secrets masked.
    pub head: Vec<u8>,
}

/// A precedent as it is kept.
#[derive(Debug)]
pub struct KeptPrecedent {
    /// The hold that it was.
    pub hold: Uuid,
    /// Its digest.
    pub digest: String,
    /// Wall time in milliseconds.
    pub at: i64,
    /// On whose word.
    pub approver: String,
    /// The encoded head, its secrets masked.
    pub head: Vec<u8>,
    /// The body, where it was small enough.
    pub body: Option<Vec<u8>>,
}

/// Keeps one in the place of the earlier one of its kind.
pub(super) fn keep(sql: &Connection, row: PrecedentRow) -> Result<(), rusqlite::Error> {
    let body = body(sql, row.hold)?;
    sql.prepare_cached(
        "INSERT OR REPLACE INTO precedent (kind, hold, digest, at, approver, head, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        row.kind,
        row.hold.as_bytes(),
        row.digest,
        row.at,
        row.approver,
        row.head,
        body
    ])?;
    // Counting costs more than a row: it is done now and then, and the bound is passed by that much.
    if sql.last_insert_rowid() % limits::PRECEDENTS_SLACK == 0 {
        sql.prepare_cached(
            "DELETE FROM precedent WHERE number <= (SELECT number FROM precedent ORDER BY number DESC LIMIT 1 OFFSET ?1)",
        )?
        .execute([limits::PRECEDENTS_MAX])?;
    }
    Ok(())
}

/// The approval was taken back: it is an example of nothing. Another hold's of this kind stays.
pub(super) fn forget(sql: &Connection, kind: [u8; 32], hold: Uuid) -> Result<(), rusqlite::Error> {
    sql.prepare_cached("DELETE FROM precedent WHERE kind = ?1 AND hold = ?2")?
        .execute(params![kind, hold.as_bytes()])?;
    Ok(())
}

/// Those that were approved before this wall time go.
pub(super) fn sweep(sql: &Connection, before: i64) -> Result<(), rusqlite::Error> {
    sql.prepare_cached("DELETE FROM precedent WHERE at < ?1")?.execute([before])?;
    Ok(())
}

/// The stored body of a hold's request, where it is short enough and as it was.
fn body(sql: &Connection, hold: Uuid) -> Result<Option<Vec<u8>>, rusqlite::Error> {
    let found = sql
        .prepare_cached("SELECT body, body_path, body_sha256 FROM request WHERE id = ?1 AND body_len <= ?2")?
        .query_row(params![hold.as_bytes(), limits::PRECEDENT_BODY_MAX as i64], |row| {
            Ok((row.get(0)?, row.get::<_, Option<Vec<u8>>>(1)?, row.get::<_, [u8; 32]>(2)?))
        })
        .optional()?;
    Ok(match found {
        Some((Some(body), ..)) => Some(body),
        Some((None, Some(path), hash)) => read(path).filter(|bytes| sha256(bytes) == hash),
        Some((None, None, _)) | None => None,
    })
}

fn read(path: Vec<u8>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path_of(path)).ok()?;
    file.take(limits::PRECEDENT_BODY_MAX as u64 + 1).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

impl Store {
    /// The last approved request of a kind, if it was approved at this wall time or later.
    pub async fn precedent(&self, kind: [u8; 32], since: i64) -> Result<Option<KeptPrecedent>, StoreError> {
        self.read(move |sql| {
            sql.prepare_cached(
                "SELECT hold, digest, at, approver, head, body FROM precedent WHERE kind = ?1 AND at >= ?2",
            )?
            .query_row(params![kind, since], |row| {
                Ok(KeptPrecedent {
                    hold: Uuid::from_bytes(row.get(0)?),
                    digest: row.get(1)?,
                    at: row.get(2)?,
                    approver: row.get(3)?,
                    head: row.get(4)?,
                    body: row.get(5)?,
                })
            })
            .optional()
        })
        .await
    }
}
