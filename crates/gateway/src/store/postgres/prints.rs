//! Prints of pictures that have been seen, and the session that showed each first.

use deadpool_postgres::GenericClient;
use uuid::Uuid;

use super::fault::Fault;
use super::rows::{execute, query};
use crate::domain::clock::UnixMillis;
use crate::domain::pictures::print::Print;
use crate::store::stored::{Corrupt, integer, size, unsigned};

/// Remembers what is new, and counts what other sessions than this one, opened at `since`, have shown.
pub async fn remember(
    db: &impl GenericClient,
    id: Uuid,
    prints: &[Print],
    since: UnixMillis,
    now: UnixMillis,
) -> Result<usize, Fault> {
    let mut prints: Vec<&[u8]> = prints.iter().map(|print| &print.0[..]).collect();
    // In one order, so that no two transactions wait for each other.
    prints.sort_unstable();
    let insert = "INSERT INTO prints (print, session, at) SELECT unnest($1::BYTEA[]), $2, $3 ON CONFLICT DO NOTHING";
    execute(db, insert, &[&prints, &id, &integer(now.max(since))]).await?;
    let count =
        "SELECT count(*) FROM prints WHERE print = ANY($1::BYTEA[]) AND (session <> $2 OR at < $3)";
    let rows = query(db, count, &[&prints, &id, &integer(since)]).await?;
    let known: i64 = rows.first().ok_or(Corrupt("a count"))?.try_get(0)?;
    Ok(unsigned(known)?)
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

/// Forgets up to `limit` prints of this time or before; returns how many there were.
pub async fn forget(
    db: &impl GenericClient,
    until: UnixMillis,
    limit: usize,
) -> Result<usize, Fault> {
    let delete = "DELETE FROM prints WHERE print IN
        (SELECT print FROM prints WHERE at <= $1 LIMIT $2 FOR UPDATE SKIP LOCKED)";
    let gone = execute(db, delete, &[&integer(until), &size(limit)]).await?;
    Ok(usize::try_from(gone).unwrap_or(usize::MAX))
}
