//! Opening the database: the lock, what makes a commit durable, and the tables.
//!
//! Everything that a promise rests on is set and then read back: a database that does not do as it was told is not
//! used (CASES HI-34). A schema newer than this program is refused, never guessed at.

use std::fs::{DirBuilder, File, OpenOptions};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use rusqlite::{Connection, OptionalExtension};
use rustix::fs::FlockOperation;

use super::StoreError;
use crate::audit::Checkpoint;
use crate::limits;

/// The changes that lead from an empty database to today's, in order; `PRAGMA user_version` counts them.
const MIGRATIONS: [&str; 5] = [MIGRATION_1, MIGRATION_2, MIGRATION_3, MIGRATION_4, MIGRATION_5];

/// A hold's course is a small row that changes; what was asked and answered are large ones that do not.
const MIGRATION_1: &str = "
CREATE TABLE hold (
    id BLOB PRIMARY KEY NOT NULL,
    state TEXT NOT NULL,
    turn INTEGER NOT NULL,
    kin BLOB NOT NULL,
    digest TEXT NOT NULL,
    facts TEXT NOT NULL,
    course TEXT NOT NULL
) STRICT;
CREATE TABLE request (
    id BLOB PRIMARY KEY NOT NULL REFERENCES hold(id) ON DELETE CASCADE,
    head BLOB NOT NULL,
    body_len INTEGER NOT NULL,
    body_sha256 BLOB NOT NULL,
    body BLOB,
    body_path BLOB
) STRICT;
CREATE TABLE answer (
    id BLOB PRIMARY KEY NOT NULL REFERENCES hold(id) ON DELETE CASCADE,
    status INTEGER NOT NULL,
    fields BLOB NOT NULL,
    body_len INTEGER NOT NULL,
    body_sha256 BLOB NOT NULL,
    body BLOB,
    body_path BLOB
) STRICT;
CREATE TABLE resting (
    code TEXT PRIMARY KEY NOT NULL,
    until INTEGER NOT NULL
) STRICT;
CREATE INDEX resting_until ON resting (until);
CREATE TABLE checkpoint (
    one INTEGER PRIMARY KEY NOT NULL CHECK (one = 1),
    seq INTEGER NOT NULL,
    hash TEXT NOT NULL
) STRICT;
";

/// What was approved last, of each kind of request; the number says in which order.
const MIGRATION_2: &str = "
CREATE TABLE precedent (
    number INTEGER PRIMARY KEY NOT NULL,
    kind BLOB NOT NULL UNIQUE,
    hold BLOB NOT NULL,
    digest TEXT NOT NULL,
    at INTEGER NOT NULL,
    approver TEXT NOT NULL,
    head BLOB NOT NULL,
    body BLOB
) STRICT;
";

/// What people, the breaker and grants say; a freeze goes with its thaw, a grant some time after its end.
const MIGRATION_3: &str = "
CREATE TABLE freeze (
    whom TEXT PRIMARY KEY NOT NULL,
    facts TEXT NOT NULL
) STRICT;
CREATE TABLE granted (
    id BLOB PRIMARY KEY NOT NULL,
    state TEXT NOT NULL,
    used INTEGER NOT NULL,
    turn INTEGER NOT NULL,
    facts TEXT NOT NULL
) STRICT;
";

/// What an agent sent at first, where a person has changed that.
const MIGRATION_4: &str = "
CREATE TABLE original (
    id BLOB PRIMARY KEY NOT NULL REFERENCES hold(id) ON DELETE CASCADE,
    digest TEXT NOT NULL,
    head BLOB NOT NULL,
    body_len INTEGER NOT NULL,
    body_sha256 BLOB NOT NULL,
    body BLOB,
    body_path BLOB
) STRICT;
";

/// A thaw takes its freeze's row away, so that a row of its own must say that it may not be on record yet.
const MIGRATION_5: &str = "
ALTER TABLE freeze ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
CREATE TABLE thaw (
    number INTEGER PRIMARY KEY NOT NULL,
    turn INTEGER NOT NULL,
    frozen_in INTEGER NOT NULL,
    facts TEXT NOT NULL
) STRICT;
";

/// An open database that is this process's alone.
pub struct Opened {
    pub connection: Connection,
    pub checkpoint: Option<Checkpoint>,
    /// Held until the database is closed.
    pub lock: File,
}

/// Opens, locks, checks and migrates.
pub fn open(path: &Path) -> Result<Opened, StoreError> {
    let lock = take_lock(path)?;
    let refuse = |error: rusqlite::Error| {
        StoreError::Open(format!(
            "the database {} cannot be used: {error}; look at the disk and its permissions",
            path.display()
        ))
    };
    let mut connection = Connection::open(path).map_err(refuse)?;
    connection.set_prepared_statement_cache_capacity(limits::STATEMENTS_KEPT);
    make_durable(&connection, path)?;
    migrate(&mut connection, path)?;
    let checkpoint = checkpoint(&connection).map_err(refuse)?;
    Ok(Opened { connection, checkpoint, lock })
}

/// Makes the files 0600 before SQLite could make them wider, and locks out a second process (CASES HI-30).
fn take_lock(path: &Path) -> Result<File, StoreError> {
    let fault = |what: &Path, error: std::io::Error| {
        StoreError::Open(format!("{} cannot be opened: {error}", what.display()))
    };
    if let Some(dir) = path.parent().filter(|dir| !dir.as_os_str().is_empty() && !dir.exists()) {
        DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|error| fault(dir, error))?;
    }
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = Path::new(&name);
    let private = |path: &Path| {
        OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
    };
    let lock = private(name).map_err(|error| fault(name, error))?;
    rustix::fs::flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|_| {
        StoreError::Open(format!(
            "another holdpoint uses {}: stop it, or give this one a [state] dir of its own",
            path.display()
        ))
    })?;
    private(path).map_err(|error| fault(path, error))?;
    Ok(lock)
}

/// Sets what a durable commit needs and reads it back.
fn make_durable(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let set = |pragma: &str, value: &str, expected: &str| {
        let found = connection
            .execute_batch(&format!("PRAGMA {pragma} = {value}"))
            .and_then(|()| connection.pragma_query_value(None, pragma, text))
            .map_err(|error| StoreError::Open(format!("{}: {pragma}: {error}", path.display())))?;
        if found == expected {
            return Ok(());
        }
        Err(StoreError::Open(format!(
            "{}: {pragma} is `{found}` where `{expected}` is needed; use a local disk",
            path.display()
        )))
    };
    set("locking_mode", "EXCLUSIVE", "exclusive")?;
    set("journal_mode", "WAL", "wal")?;
    // FULL syncs the WAL with each commit; NORMAL could lose a `forwarding` at a power cut (CASES HI-34).
    set("synchronous", "FULL", "2")?;
    // What undoes a part of a transaction is no matter of the disk: a crash undoes all of it.
    set("temp_store", "MEMORY", "2")?;
    set("foreign_keys", "ON", "1")?;
    set("trusted_schema", "OFF", "0")
}

fn text(row: &rusqlite::Row<'_>) -> Result<String, rusqlite::Error> {
    use rusqlite::types::Value;
    Ok(match row.get(0)? {
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text,
        other => format!("{other:?}"),
    })
}

fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let fault = |error: rusqlite::Error| StoreError::Open(format!("{}: {error}", path.display()));
    let found: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(fault)?;
    let known = MIGRATIONS.len() as i64;
    if !(0..=known).contains(&found) {
        return Err(StoreError::Open(format!(
            "{} has schema {found}, this holdpoint knows up to {known}: use the newer holdpoint that wrote it",
            path.display()
        )));
    }
    for (index, migration) in MIGRATIONS.iter().enumerate().skip(found as usize) {
        let transaction = connection.transaction().map_err(fault)?;
        transaction.execute_batch(migration).map_err(fault)?;
        transaction.pragma_update(None, "user_version", index as i64 + 1).map_err(fault)?;
        transaction.commit().map_err(fault)?;
    }
    Ok(())
}

fn checkpoint(connection: &Connection) -> Result<Option<Checkpoint>, rusqlite::Error> {
    connection
        .query_row("SELECT seq, hash FROM checkpoint", [], |row| {
            Ok(Checkpoint { seq: row.get::<_, i64>(0)? as u64, hash: row.get(1)? })
        })
        .optional()
}
