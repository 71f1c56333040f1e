//! Which sessions without a crop go where there are too many.

use deadpool_postgres::GenericClient;
use uuid::Uuid;

use super::fault::Fault;
use super::rows::ids;
use super::statements::{execute, query};
use crate::domain::clock::UnixMillis;
use crate::store::stored::{integer, size};

/// Whoever makes room has this lock and the table's number: "lvne".
const ROOM_LOCK: i32 = 0x6c76_6e65;

/// Whether this transaction may make room: one at a time does, and nobody waits for it.
pub async fn may_go(db: &impl GenericClient) -> Result<bool, Fault> {
    let sql = "SELECT pg_try_advisory_xact_lock($1, 'sessions'::regclass::oid::int4)";
    let rows = query(db, sql, &[&ROOM_LOCK]).await?;
    Ok(rows.first().is_some_and(|row| row.get(0)))
}

/// Up to `limit` sessions without a crop, as `Sessions::first_empty` says, of those that nobody else is at, and before this one.
pub async fn first(
    db: &impl GenericClient,
    before: Uuid,
    limit: usize,
) -> Result<Vec<Uuid>, Fault> {
    let sql = "WITH empty AS MATERIALIZED (
            SELECT id, number, coalesce(sharer LIKE 'key:%', FALSE) AS of_key,
                row_number() OVER (PARTITION BY sharer ORDER BY number DESC) AS rank
                FROM sessions WHERE class = 0 AND id <> $1
        ), ranked AS MATERIALIZED (
            SELECT id, number, rank FROM empty
                WHERE of_key = (SELECT 2 * count(*) FILTER (WHERE of_key) > count(*) FROM empty)
        )
        SELECT id FROM ranked WHERE rank >= (SELECT least(2, max(rank)) FROM ranked) ORDER BY rank DESC, number LIMIT $2";
    let first = ids(&query(db, sql, &[&before, &size(limit)]).await?)?;
    let sql = "SELECT id FROM sessions WHERE id = ANY($1) AND class = 0 FOR UPDATE SKIP LOCKED";
    ids(&query(db, sql, &[&first]).await?)
}

/// Forgets those of these whose time is not over; returns the others.
pub async fn delete(
    db: &impl GenericClient,
    of: &[Uuid],
    now: UnixMillis,
) -> Result<Vec<Uuid>, Fault> {
    let sql = "DELETE FROM sessions WHERE id = ANY($1) AND turns_at > $2";
    execute(db, sql, &[&of, &integer(now)]).await?;
    ids(&query(db, "SELECT id FROM sessions WHERE id = ANY($1)", &[&of]).await?)
}
