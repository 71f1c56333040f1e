//! Prints of pictures that have been seen, and the session that showed each first.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row as SqlRow;
use uuid::Uuid;

use super::fault::Fault;
use super::rows::{execute, query};
use super::sums;
use crate::domain::clock::UnixMillis;
use crate::domain::pictures::print::Print;
use crate::store::stored::{Corrupt, integer, size};

/// Remembers what is new, and says what other sessions than this one, opened at `since`, have shown.
pub async fn remember(
    db: &impl GenericClient,
    id: Uuid,
    prints: &[Print],
    since: UnixMillis,
    now: UnixMillis,
) -> Result<Vec<Print>, Fault> {
    let mut prints: Vec<&[u8]> = prints.iter().map(|print| &print.0[..]).collect();
    // In one order, so that no two transactions wait for each other.
    prints.sort_unstable();
    let insert = "INSERT INTO prints (print, session, at) SELECT unnest($1::BYTEA[]), $2, $3 ON CONFLICT DO NOTHING";
    execute(db, insert, &[&prints, &id, &integer(now.max(since))]).await?;
    let known =
        "SELECT print FROM prints WHERE print = ANY($1::BYTEA[]) AND (session <> $2 OR at < $3)";
    let rows = query(db, known, &[&prints, &id, &integer(since)]).await?;
    let read = |row: &SqlRow| -> Result<Print, Fault> {
        let print = <[u8; Print::LENGTH]>::try_from(row.try_get::<_, &[u8]>(0)?);
        Ok(Print(print.map_err(|_| Corrupt("a print"))?))
    };
    rows.iter().map(read).collect()
}

/// Forgets what no session has shown before this one did, at this time or later.
pub async fn take_back(
    db: &impl GenericClient,
    id: Uuid,
    prints: &[Print],
    since: UnixMillis,
) -> Result<(), Fault> {
    let prints: Vec<&[u8]> = prints.iter().map(|print| &print.0[..]).collect();
    let delete = "DELETE FROM prints WHERE print = ANY($1::BYTEA[]) AND session = $2 AND at >= $3";
    execute(db, delete, &[&prints, &id, &integer(since)]).await?;
    Ok(())
}

/// Forgets up to `limit` prints of this time or before, and of those beyond the most that are kept; returns how many.
pub async fn forget(
    db: &impl GenericClient,
    until: Option<UnixMillis>,
    most: usize,
    limit: usize,
) -> Result<usize, Fault> {
    let count = |gone| usize::try_from(gone).unwrap_or(usize::MAX);
    let delete = "DELETE FROM prints WHERE print IN
        (SELECT print FROM prints WHERE at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";
    let over = count(execute(db, delete, &[&until.map_or(-1, integer), &size(limit)]).await?);
    let excess = sums::prints(db).await?.saturating_sub(most).min(limit.saturating_sub(over));
    if excess == 0 {
        return Ok(over);
    }
    let delete = "DELETE FROM prints WHERE print IN
        (SELECT print FROM prints ORDER BY at LIMIT $1 FOR UPDATE SKIP LOCKED)";
    Ok(over + count(execute(db, delete, &[&size(excess)]).await?))
}
