//! Which session without a crop goes where there are too many.

use deadpool_postgres::GenericClient;
use uuid::Uuid;

use super::fault::Fault;
use super::rows::{self, ids};
use super::statements::query;
use crate::store::entry::Class;
use crate::store::limits::OLDEST_EMPTY;
use crate::store::stored::size;

/// The session without a crop that goes first, as `Sessions::oldest_empty` says, of those that nobody else is at, and before this
/// one.
pub async fn oldest(db: &impl GenericClient, before: Uuid) -> Result<Option<Uuid>, Fault> {
    let sql = "WITH empty AS MATERIALIZED (
            SELECT sharer, number, coalesce(sharer LIKE 'key:%', FALSE) AS of_key
                FROM sessions WHERE class = 0 AND id <> $1 ORDER BY number LIMIT $2
        ), sharers AS (
            SELECT sharer, of_key, count(*) AS many, min(number) AS first FROM empty GROUP BY sharer, of_key
        )
        SELECT sharer FROM sharers
            ORDER BY of_key = (SELECT 2 * count(*) FILTER (WHERE of_key) > count(*) FROM empty) DESC, many DESC, first LIMIT 1";
    let sharers = query(db, sql, &[&before, &size(OLDEST_EMPTY)]).await?;
    let Some(row) = sharers.first() else { return Ok(None) };
    let sharer: Option<&str> = row.try_get(0)?;
    let of = if sharer.is_some() { "sharer = $2" } else { "sharer IS NULL AND $2::TEXT IS NULL" };
    let sql = format!(
        "SELECT id FROM sessions WHERE class = 0 AND {of} AND id <> $1 ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED"
    );
    match ids(&query(db, &sql, &[&before, &sharer]).await?)?.pop() {
        None => rows::oldest(db, Class::Empty).await,
        found => Ok(found),
    }
}
