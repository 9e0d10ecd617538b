//! Freezes and thaws. A freeze has its row for as long as it is on. A thaw has one until the next, because it leaves
//! nothing else by which a restart could see that a crash has cost its record.

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::step::{Fault, one_row};

/// A thaw as it was found at start.
#[derive(Debug)]
pub struct LoadedThaw {
    /// The thaw, as the queue wrote it (JSON).
    pub facts: String,
    /// The turn that wrote it.
    pub turn: i64,
    /// The turn that wrote its freeze.
    pub frozen_in: i64,
}

pub(super) fn put_on(sql: &Connection, whom: &str, facts: &str, turn: i64) -> Result<(), Fault> {
    sql.prepare_cached("INSERT INTO freeze (whom, facts, turn) VALUES (?1, ?2, ?3)")?
        .execute(params![whom, facts, turn])?;
    Ok(())
}

pub(super) fn take_back(sql: &Connection, whom: &str, facts: &str, turn: i64) -> Result<(), Fault> {
    forget_earlier(sql, turn)?;
    let kept = sql
        .prepare_cached(
            "INSERT INTO thaw (turn, frozen_in, facts) SELECT ?2, turn, ?3 FROM freeze WHERE whom = ?1",
        )?
        .execute(params![whom, turn, facts])?;
    one_row(kept, Uuid::nil())?;
    let gone = sql.prepare_cached("DELETE FROM freeze WHERE whom = ?1")?.execute([whom])?;
    one_row(gone, Uuid::nil())
}

pub(super) fn take_back_again(
    sql: &Connection,
    facts: &str,
    freeze_too: bool,
    turn: i64,
) -> Result<(), Fault> {
    forget_earlier(sql, turn)?;
    let frozen_in = if freeze_too { turn } else { 0 };
    sql.prepare_cached("INSERT INTO thaw (turn, frozen_in, facts) VALUES (?1, ?2, ?3)")?
        .execute(params![turn, frozen_in, facts])?;
    Ok(())
}

/// A turn begins when the one before it is on record.
fn forget_earlier(sql: &Connection, turn: i64) -> Result<(), Fault> {
    sql.prepare_cached("DELETE FROM thaw WHERE turn < ?1")?.execute([turn])?;
    Ok(())
}

/// Freezes that are on, as the queue wrote them.
pub(super) fn freezes(sql: &Connection) -> Result<Vec<String>, rusqlite::Error> {
    sql.prepare("SELECT facts FROM freeze ORDER BY whom")?.query_map([], |row| row.get(0))?.collect()
}

/// Thaws that are still there, in their order.
pub(super) fn thaws(sql: &Connection) -> Result<Vec<LoadedThaw>, rusqlite::Error> {
    sql.prepare("SELECT facts, turn, frozen_in FROM thaw ORDER BY number")?
        .query_map([], |row| {
            Ok(LoadedThaw { facts: row.get(0)?, turn: row.get(1)?, frozen_in: row.get(2)? })
        })?
        .collect()
}
