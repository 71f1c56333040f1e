//! Ended sessions beyond the bounds of their number and of their verdicts' bytes.

use deadpool_postgres::GenericClient;
use uuid::Uuid;

use super::fault::Fault;
use super::statements::{execute, query};
use super::sums;
use crate::store::StoreLimits;
use crate::store::entry::Class;
use crate::store::stored::size;

/// Forgets up to `limit` of them, oldest first, of those that nobody else is at. Returns how many there were, and how many of
/// these had a verdict that could still have been read.
pub async fn forget(
    db: &impl GenericClient,
    limits: StoreLimits,
    limit: usize,
) -> Result<(usize, usize), Fault> {
    let (count, _) = sums::total(db, Class::Expired).await?;
    let expired = limit.min(count.saturating_sub(limits.max_empty));
    let expired = forget_oldest(db, Class::Expired, expired, usize::MAX).await?;
    let (_, bytes) = sums::total(db, Class::Settled).await?;
    let bytes = bytes.saturating_sub(limits.max_result_bytes);
    let verdicts = forget_oldest(db, Class::Settled, limit - expired, bytes).await?;
    Ok((expired + verdicts, verdicts))
}

/// Forgets up to `limit` sessions that have been of their class for longest, and no more than take these bytes.
async fn forget_oldest(
    db: &impl GenericClient,
    class: Class,
    limit: usize,
    mut bytes: usize,
) -> Result<usize, Fault> {
    if limit == 0 || bytes == 0 {
        return Ok(0);
    }
    let sql = "SELECT id, bytes FROM sessions WHERE class = $1 ORDER BY number LIMIT $2 FOR UPDATE SKIP LOCKED";
    let mut ids: Vec<Uuid> = Vec::new();
    for row in query(db, sql, &[&(class as i16), &size(limit)]).await? {
        if bytes == 0 {
            break;
        }
        ids.push(row.try_get(0)?);
        let own: i64 = row.try_get(1)?;
        bytes = bytes.saturating_sub(usize::try_from(own).unwrap_or(0));
    }
    execute(db, "DELETE FROM sessions WHERE id = ANY($1)", &[&ids]).await?;
    Ok(ids.len())
}
