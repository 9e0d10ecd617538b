//! The steps that a stored hold can take, as SQL. Each compares before it sets: a row that is not in the state
//! that the step starts from makes the whole job fail (CASES HI-10, HI-11).

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::freeze;
use super::precedent::{self, PrecedentRow};
use super::replace::{self, Replacement};
use crate::snapshot::{Body, Digest};

/// A new hold.
#[derive(Debug)]
pub struct Row {
    /// Its id.
    pub id: Uuid,
    /// The state it begins in.
    pub state: &'static str,
    /// What makes two requests the same.
    pub kin: [u8; 32],
    /// The digest of the whole request.
    pub digest: Digest,
    /// What never changes, as the queue writes it (JSON).
    pub facts: String,
    /// What changes, as the queue writes it (JSON).
    pub course: String,
    /// The encoded head.
    pub head: Vec<u8>,
    /// The body; a file is named, not copied.
    pub body: Body,
}

/// An answer that is kept.
#[derive(Debug)]
pub struct AnswerRow {
    /// The upstream's status.
    pub status: u16,
    /// Its fields, encoded.
    pub fields: Vec<u8>,
    /// Its body.
    pub body: Body,
}

/// One compare-and-set.
#[derive(Debug)]
pub enum Step {
    /// A new hold.
    Insert(Box<Row>),
    /// From one state to the next (or to the same one, with another course).
    Move {
        /// The hold.
        id: Uuid,
        /// The state it must be in.
        from: &'static str,
        /// The state it will be in.
        to: &'static str,
        /// Its course from now on.
        course: String,
        /// The answer that came, if one is kept.
        answer: Option<AnswerRow>,
    },
    /// Its facts are others from now on.
    Restate {
        /// The hold.
        id: Uuid,
        /// The state it must be in.
        state: &'static str,
        /// Its facts from now on.
        facts: String,
    },
    /// The answer goes, and the request's body where it is a file; the hold itself stays for a while.
    Strip {
        /// The hold.
        id: Uuid,
        /// The state it must be in.
        state: &'static str,
        /// Its course from now on.
        course: String,
    },
    /// Another request in its place.
    Replace(Box<Replacement>),
    /// It is what the next request of its kind is compared with.
    Precedent(Box<PrecedentRow>),
    /// Its approval was taken back: the next request of its kind is not compared with it.
    ForgetPrecedent {
        /// The kind of request.
        kind: [u8; 32],
        /// The hold.
        id: Uuid,
    },
    /// What was approved before this wall time (in milliseconds) is compared with no more.
    SweepPrecedents(i64),
    /// Everything of it goes, and its code rests.
    Erase {
        /// The hold.
        id: Uuid,
        /// The state it must be in.
        state: &'static str,
        /// Its code.
        code: String,
        /// Until when the code rests: wall time in milliseconds.
        until: i64,
        /// Codes that have rested until before this time are forgotten.
        now: i64,
    },
    /// A grant: a new one, or from this state and count on.
    Grant {
        /// Its id.
        id: Uuid,
        /// The state and count it must have; none where it is new.
        from: Option<(String, u32)>,
        /// Its state from now on.
        state: String,
        /// Its uses from now on.
        used: u32,
        /// The grant, as the queue writes it (JSON).
        facts: String,
    },
    /// A grant that ended long ago goes.
    ForgetGrant {
        /// Its id.
        id: Uuid,
    },
    /// A freeze is put on.
    Freeze {
        /// Whom it stops.
        whom: String,
        /// The freeze, as the queue writes it (JSON).
        facts: String,
    },
    /// A freeze is taken back.
    Thaw {
        /// Whom it stopped.
        whom: String,
        /// The thaw, as the queue writes it (JSON).
        facts: String,
    },
    /// A thaw that was found at start, and maybe its freeze: they are put on record again in this turn.
    ThawAgain {
        /// The thaw, as the queue writes it (JSON).
        facts: String,
        /// So is its freeze.
        freeze_too: bool,
    },
}

/// Why a step failed.
pub enum Fault {
    /// The row was in another state, or there was none.
    Conflict(Uuid),
    /// SQLite or the disk.
    Sqlite(rusqlite::Error),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Fault::Sqlite(error)
    }
}

impl Step {
    /// Does it, inside the caller's transaction. `turn` is written on every row that is touched.
    pub fn apply(self, sql: &Connection, turn: i64) -> Result<(), Fault> {
        match self {
            Step::Insert(row) => insert(sql, *row, turn),
            Step::Move { id, from, to, course, answer } => {
                set(sql, id, from, to, &course, turn)?;
                answer.map_or(Ok(()), |answer| keep_answer(sql, id, &answer))
            }
            Step::Strip { id, state, course } => strip(sql, id, state, &course, turn),
            Step::Restate { id, state, facts } => {
                let changed = sql
                    .prepare_cached("UPDATE hold SET facts = ?3, turn = ?4 WHERE id = ?1 AND state = ?2")?
                    .execute(params![id.as_bytes(), state, facts, turn])?;
                one_row(changed, id)
            }
            Step::Replace(row) => replace::apply(sql, *row, turn),
            Step::Precedent(row) => Ok(precedent::keep(sql, *row)?),
            Step::ForgetPrecedent { kind, id } => Ok(precedent::forget(sql, kind, id)?),
            Step::SweepPrecedents(before) => Ok(precedent::sweep(sql, before)?),
            Step::Erase { id, state, code, until, now } => {
                let gone = sql
                    .prepare_cached("DELETE FROM hold WHERE id = ?1 AND state = ?2")?
                    .execute(params![id.as_bytes(), state])?;
                one_row(gone, id)?;
                sql.prepare_cached("INSERT OR REPLACE INTO resting (code, until) VALUES (?1, ?2)")?
                    .execute(params![code, until])?;
                sql.prepare_cached("DELETE FROM resting WHERE until < ?1")?.execute(params![now])?;
                Ok(())
            }
            Step::Grant { id, from, state, used, facts } => {
                grant(sql, id, from, (&state, used, &facts), turn)
            }
            Step::ForgetGrant { id } => {
                let gone =
                    sql.prepare_cached("DELETE FROM granted WHERE id = ?1")?.execute([id.as_bytes()])?;
                one_row(gone, id)
            }
            Step::Freeze { whom, facts } => freeze::put_on(sql, &whom, &facts, turn),
            Step::Thaw { whom, facts } => freeze::take_back(sql, &whom, &facts, turn),
            Step::ThawAgain { facts, freeze_too } => freeze::take_back_again(sql, &facts, freeze_too, turn),
        }
    }
}

pub(super) fn one_row(count: usize, id: Uuid) -> Result<(), Fault> {
    if count == 1 { Ok(()) } else { Err(Fault::Conflict(id)) }
}

fn grant(
    sql: &Connection,
    id: Uuid,
    from: Option<(String, u32)>,
    (state, used, facts): (&str, u32, &str),
    turn: i64,
) -> Result<(), Fault> {
    let Some((from_state, from_used)) = from else {
        sql.prepare_cached("INSERT INTO granted (id, state, used, turn, facts) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![id.as_bytes(), state, used, turn, facts])?;
        return Ok(());
    };
    let changed = sql
        .prepare_cached(
            "UPDATE granted SET state = ?4, used = ?5, turn = ?6, facts = ?7
             WHERE id = ?1 AND state = ?2 AND used = ?3",
        )?
        .execute(params![id.as_bytes(), from_state, from_used, state, used, turn, facts])?;
    one_row(changed, id)
}

fn insert(sql: &Connection, row: Row, turn: i64) -> Result<(), Fault> {
    sql.prepare_cached(
        "INSERT INTO hold (id, state, turn, kin, digest, facts, course) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        row.id.as_bytes(),
        row.state,
        turn,
        row.kin,
        row.digest.to_string(),
        row.facts,
        row.course
    ])?;
    const REQUEST: &str = "INSERT INTO request (id, head, body_len, body_sha256, body, body_path) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
    put_request(sql, REQUEST, row.id, &row.head, &row.body)?;
    Ok(())
}

/// Writes a request; the statement takes its id, head, and the body's length, hash, bytes and path.
pub(super) fn put_request(
    sql: &Connection,
    statement: &str,
    id: Uuid,
    head: &[u8],
    body: &Body,
) -> Result<usize, rusqlite::Error> {
    sql.prepare_cached(statement)?.execute(params![
        id.as_bytes(),
        head,
        body.len() as i64,
        body.sha256(),
        body.bytes().map(|bytes| &bytes[..]),
        body.path().map(|path| path.as_os_str().as_bytes()),
    ])
}

fn set(sql: &Connection, id: Uuid, from: &str, to: &str, course: &str, turn: i64) -> Result<(), Fault> {
    let changed = sql
        .prepare_cached("UPDATE hold SET state = ?3, course = ?4, turn = ?5 WHERE id = ?1 AND state = ?2")?
        .execute(params![id.as_bytes(), from, to, course, turn])?;
    one_row(changed, id)
}

fn keep_answer(sql: &Connection, id: Uuid, answer: &AnswerRow) -> Result<(), Fault> {
    sql.prepare_cached(
        "INSERT INTO answer (id, status, fields, body_len, body_sha256, body, body_path)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        id.as_bytes(),
        answer.status,
        answer.fields,
        answer.body.len() as i64,
        answer.body.sha256(),
        answer.body.bytes().map(|bytes| &bytes[..]),
        answer.body.path().map(|path| path.as_os_str().as_bytes()),
    ])?;
    Ok(())
}

fn strip(sql: &Connection, id: Uuid, state: &str, course: &str, turn: i64) -> Result<(), Fault> {
    set(sql, id, state, state, course, turn)?;
    // A small body stays in its row for as long as the row does, so that people can still look at it.
    sql.prepare_cached("UPDATE request SET body_path = NULL WHERE id = ?1 AND body_path IS NOT NULL")?
        .execute(params![id.as_bytes()])?;
    sql.prepare_cached("UPDATE original SET body_path = NULL WHERE id = ?1 AND body_path IS NOT NULL")?
        .execute(params![id.as_bytes()])?;
    sql.prepare_cached("DELETE FROM answer WHERE id = ?1")?.execute(params![id.as_bytes()])?;
    Ok(())
}

/// A hold as it was found at start.
#[derive(Debug)]
pub struct Loaded {
    /// Its id.
    pub id: Uuid,
    /// The state it was left in.
    pub state: String,
    /// The turn that wrote it last.
    pub turn: i64,
    /// What makes two requests the same.
    pub kin: [u8; 32],
    /// Its digest, as stored.
    pub digest: String,
    /// What never changes.
    pub facts: String,
    /// What changes.
    pub course: String,
    /// The encoded head.
    pub head: Vec<u8>,
    /// The body's length.
    pub body_len: u64,
    /// Spool files that it names, with their lengths and hashes.
    pub files: Vec<(PathBuf, u64, [u8; 32])>,
}

impl Loaded {
    pub(super) fn all(sql: &Connection) -> Result<Vec<Self>, rusqlite::Error> {
        let mut statement = sql.prepare(
            "SELECT h.id, h.state, h.turn, h.kin, h.digest, h.facts, h.course, r.head, r.body_len, r.body_sha256,
                    r.body_path, a.body_len, a.body_sha256, a.body_path, o.body_len, o.body_sha256, o.body_path
             FROM hold h JOIN request r ON r.id = h.id LEFT JOIN answer a ON a.id = h.id
             LEFT JOIN original o ON o.id = h.id ORDER BY h.id",
        )?;
        let rows = statement.query_map([], |row| {
            let mut files = Vec::new();
            let body_len = row.get::<_, i64>(8)? as u64;
            if let Some(path) = row.get::<_, Option<Vec<u8>>>(10)? {
                files.push((path_of(path), body_len, row.get(9)?));
            }
            if let Some(path) = row.get::<_, Option<Vec<u8>>>(13)? {
                files.push((path_of(path), row.get::<_, i64>(11)? as u64, row.get(12)?));
            }
            if let Some(path) = row.get::<_, Option<Vec<u8>>>(16)? {
                let original = (path_of(path), row.get::<_, i64>(14)? as u64, row.get(15)?);
                if !files.contains(&original) {
                    files.push(original);
                }
            }
            Ok(Self {
                id: Uuid::from_bytes(row.get(0)?),
                state: row.get(1)?,
                turn: row.get(2)?,
                kin: row.get(3)?,
                digest: row.get(4)?,
                facts: row.get(5)?,
                course: row.get(6)?,
                head: row.get(7)?,
                body_len,
                files,
            })
        })?;
        rows.collect()
    }
}

/// The path that was stored.
pub fn path_of(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes))
}

/// Codes that rest.
pub fn resting(sql: &Connection) -> Result<Vec<(String, i64)>, rusqlite::Error> {
    sql.prepare("SELECT code, until FROM resting")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Grants, as the queue wrote them, with the turn that wrote each last.
pub fn grants(sql: &Connection) -> Result<Vec<(String, i64)>, rusqlite::Error> {
    sql.prepare("SELECT facts, turn FROM granted ORDER BY id")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// The last turn that wrote anything that is still there.
pub fn last_turn(sql: &Connection) -> Result<i64, rusqlite::Error> {
    const LAST: &str = "SELECT max(turn) FROM (SELECT max(turn) AS turn FROM hold UNION ALL
         SELECT max(turn) FROM granted UNION ALL SELECT max(turn) FROM freeze UNION ALL SELECT max(turn) FROM thaw)";
    sql.query_row(LAST, [], |row| Ok(row.get::<_, Option<i64>>(0)?.unwrap_or(0)))
}
