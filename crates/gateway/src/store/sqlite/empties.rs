//! Which sessions without a crop go where there are too many.

use rusqlite::Connection;
use uuid::Uuid;

use super::worker::Fault;
use crate::store::stored::size;

/// Up to `limit` sessions without a crop, as `Sessions::first_empty` says.
pub fn first(db: &Connection, limit: usize) -> Result<Vec<Uuid>, Fault> {
    let sql = "WITH empty AS (
            SELECT id, number, coalesce(sharer LIKE 'key:%', FALSE) AS of_key,
                row_number() OVER (PARTITION BY sharer ORDER BY number DESC) AS rank
                FROM sessions WHERE class = 0
        ), ranked AS (
            SELECT id, number, rank FROM empty WHERE of_key = (SELECT 2 * sum(of_key) > count(*) FROM empty)
        )
        SELECT id FROM ranked WHERE rank >= (SELECT min(2, max(rank)) FROM ranked) ORDER BY rank DESC, number LIMIT ?";
    let mut statement = db.prepare_cached(sql)?;
    let ids = statement.query_map([size(limit)], |row| Ok(Uuid::from_bytes(row.get(0)?)))?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Forgets a session if it is still without a crop.
pub fn delete(db: &Connection, id: Uuid) -> Result<(), Fault> {
    db.prepare_cached("DELETE FROM sessions WHERE id = ? AND class = 0")?
        .execute([id.as_bytes()])?;
    Ok(())
}
