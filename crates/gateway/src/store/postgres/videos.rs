//! Videos in the database: sessions whose crops are the parts of one.

use bytes::Bytes;
use deadpool_postgres::GenericClient;
use uuid::Uuid;

use super::fault::Fault;
use super::rows::{self, query};
use crate::store::WaitingVideo;
use crate::store::stored::size;

/// Up to `limit` videos that are there as a whole and undecided, oldest first; and those that cannot be read.
pub async fn waiting(
    db: &impl GenericClient,
    limit: usize,
) -> Result<(Vec<WaitingVideo>, Vec<Uuid>), Fault> {
    let sql =
        "SELECT id, tenant FROM sessions WHERE video IS NOT NULL AND stage IN ('open', 'verifying')
            AND (SELECT count(*) FROM crops WHERE session = key) = frames_required
         ORDER BY key LIMIT $1";
    let (mut videos, mut unreadable) = (Vec::new(), Vec::new());
    for row in query(db, sql, &[&size(limit)]).await? {
        let id = row.try_get("id")?;
        match rows::tenant(&row) {
            Ok(tenant) => videos.push(WaitingVideo { id, tenant }),
            Err(Fault::Corrupt(_)) => unreadable.push(id),
            Err(fault) => return Err(fault),
        }
    }
    Ok((videos, unreadable))
}

/// Whether it is a video, and undecided.
pub async fn is_waiting(db: &impl GenericClient, id: Uuid) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM sessions WHERE id = $1 AND video IS NOT NULL AND stage IN ('open', 'verifying')";
    Ok(!query(db, sql, &[&id]).await?.is_empty())
}

/// One part of a video.
pub async fn part(db: &impl GenericClient, id: Uuid, index: u32) -> Result<Option<Bytes>, Fault> {
    let sql = "SELECT file FROM crops WHERE session = (SELECT key FROM sessions WHERE id = $1) AND place = $2";
    let rows = query(db, sql, &[&id, &i64::from(index)]).await?;
    let file = rows.first().map(|row| row.try_get::<_, &[u8]>(0)).transpose()?;
    Ok(file.map(Bytes::copy_from_slice))
}
