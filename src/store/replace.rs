//! Another request in the place of a held one. What the agent sent at first stays beside it for as long as the hold.

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::step::{Fault, one_row, put_request};
use super::{Content, Store, StoreError};
use crate::snapshot::{Body, Digest};

/// A request in the place of another.
#[derive(Debug)]
pub struct Replacement {
    /// The hold.
    pub id: Uuid,
    /// The state it must be in; it is `held` from now on.
    pub from: &'static str,
    /// The digest of the new request.
    pub digest: Digest,
    /// Its facts (JSON).
    pub facts: String,
    /// The hold's course (JSON).
    pub course: String,
    /// Its encoded head.
    pub head: Vec<u8>,
    /// Its body; a file is named, not copied.
    pub body: Body,
}

/// Does it; the first request of a hold that was replaced stays.
pub(super) fn apply(sql: &Connection, row: Replacement, turn: i64) -> Result<(), Fault> {
    sql.prepare_cached(
        "INSERT OR IGNORE INTO original (id, digest, head, body_len, body_sha256, body, body_path)
         SELECT h.id, h.digest, r.head, r.body_len, r.body_sha256, r.body, r.body_path
         FROM hold h JOIN request r ON r.id = h.id WHERE h.id = ?1",
    )?
    .execute([row.id.as_bytes()])?;
    let changed = sql
        .prepare_cached(
            "UPDATE hold SET state = 'held', digest = ?3, facts = ?4, course = ?5, turn = ?6
             WHERE id = ?1 AND state = ?2",
        )?
        .execute(params![row.id.as_bytes(), row.from, row.digest.to_string(), row.facts, row.course, turn])?;
    one_row(changed, row.id)?;
    const REQUEST: &str = "UPDATE request SET head = ?2, body_len = ?3, body_sha256 = ?4, body = ?5, body_path = ?6 WHERE id = ?1";
    one_row(put_request(sql, REQUEST, row.id, &row.head, &row.body)?, row.id)
}

impl Store {
    /// What the agent of an edited hold sent at first.
    pub async fn original(&self, id: Uuid) -> Result<Option<Content>, StoreError> {
        const ORIGINAL: &str =
            "SELECT head, 0, body_len, body_sha256, body, body_path FROM original WHERE id = ?1";
        self.read(move |sql| super::thaw::content(sql, ORIGINAL, id)).await
    }
}
