//! Which session without a crop goes where there are too many.

use rusqlite::{Connection, OptionalExtension as _};
use uuid::Uuid;

use super::worker::Fault;
use crate::store::limits::OLDEST_EMPTY;
use crate::store::stored::size;

/// The session without a crop that goes first, as `Sessions::oldest_empty` says.
pub fn oldest(db: &Connection) -> Result<Option<Uuid>, Fault> {
    let sql = "WITH empty AS (
            SELECT sharer, number, coalesce(sharer LIKE 'key:%', FALSE) AS of_key
                FROM sessions WHERE class = 0 ORDER BY number LIMIT ?
        ), sharers AS (
            SELECT of_key, count(*) AS many, min(number) AS first FROM empty GROUP BY sharer, of_key
        )
        SELECT id FROM sessions WHERE class = 0 AND number = (
            SELECT first FROM sharers
                ORDER BY of_key = (SELECT 2 * sum(of_key) > count(*) FROM empty) DESC, many DESC, first LIMIT 1
        )";
    let id = db
        .prepare_cached(sql)?
        .query_row([size(OLDEST_EMPTY)], |row| Ok(Uuid::from_bytes(row.get(0)?)));
    Ok(id.optional()?)
}
