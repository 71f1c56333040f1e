//! Prints of pictures that have been seen, and the session that showed each first.

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::worker::Fault;
use crate::domain::clock::UnixMillis;
use crate::domain::pictures::print::Print;
use crate::store::stored::{integer, size, unsigned};

/// Remembers what is new, and says what other sessions than this one, opened at `since`, have shown.
pub fn remember(
    db: &Connection,
    id: Uuid,
    prints: &[Print],
    since: UnixMillis,
    now: UnixMillis,
) -> Result<Vec<Print>, Fault> {
    let mut insert = db.prepare_cached(
        "INSERT INTO prints (print, session, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
    )?;
    let mut first =
        db.prepare_cached("SELECT session <> ? OR at < ? FROM prints WHERE print = ?")?;
    let mut known = Vec::new();
    for print in prints {
        if insert.execute(params![print.0, id.as_bytes(), integer(now.max(since))])? == 0 {
            let is_known: bool = first
                .query_row(params![id.as_bytes(), integer(since), print.0], |row| row.get(0))?;
            if is_known {
                known.push(*print);
            }
        }
    }
    Ok(known)
}

/// Forgets what no session has shown before this one did, at this time or later.
pub fn take_back(
    db: &Connection,
    id: Uuid,
    prints: &[Print],
    since: UnixMillis,
) -> Result<(), Fault> {
    let delete = "DELETE FROM prints WHERE print = ? AND session = ? AND at >= ?";
    let mut delete = db.prepare_cached(delete)?;
    for print in prints {
        delete.execute(params![print.0, id.as_bytes(), integer(since)])?;
    }
    Ok(())
}

/// Forgets up to `limit` prints of this time or before, and of those beyond the most that are kept; returns how many.
pub fn forget(
    db: &Connection,
    until: Option<UnixMillis>,
    most: usize,
    limit: usize,
) -> Result<usize, Fault> {
    let over = db
        .prepare_cached(
            "DELETE FROM prints WHERE print IN (SELECT print FROM prints WHERE at <= ? LIMIT ?)",
        )?
        .execute(params![until.map_or(-1, integer), size(limit)])?;
    let held: i64 = db
        .prepare_cached("SELECT sessions FROM totals WHERE class = 4")?
        .query_row([], |row| row.get(0))?;
    let held: usize = unsigned(held)?;
    let excess = held.saturating_sub(most).min(limit - over);
    if excess == 0 {
        return Ok(over);
    }
    let mut delete = db.prepare_cached(
        "DELETE FROM prints WHERE print IN (SELECT print FROM prints ORDER BY at LIMIT ?)",
    )?;
    Ok(over + delete.execute([size(excess)])?)
}
