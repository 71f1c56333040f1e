//! Videos in the file: sessions whose crops are the parts of one.

use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension as _, params};
use uuid::Uuid;

use super::books::forget_unreadable;
use super::rows;
use super::worker::Fault;
use crate::store::stored::size;
use crate::store::{StoreError, WaitingVideo};

/// Up to `limit` videos that are there as a whole and undecided, oldest first; and those that cannot be read.
pub fn waiting(db: &Connection, limit: usize) -> Result<(Vec<WaitingVideo>, Vec<Uuid>), Fault> {
    let mut statement = db.prepare_cached(
        "SELECT id, tenant FROM sessions WHERE video IS NOT NULL AND stage IN ('open', 'verifying')
            AND (SELECT count(*) FROM crops WHERE session = key) = frames_required
         ORDER BY key LIMIT ?",
    )?;
    let (mut videos, mut unreadable) = (Vec::new(), Vec::new());
    let mut found = statement.query([size(limit)])?;
    while let Some(row) = found.next()? {
        let id = Uuid::from_bytes(row.get("id")?);
        match rows::tenant(row) {
            Ok(tenant) => videos.push(WaitingVideo { id, tenant }),
            Err(Fault::Corrupt(_)) => unreadable.push(id),
            Err(fault) => return Err(fault),
        }
    }
    Ok((videos, unreadable))
}

/// What a claim has come to. A waiting video that cannot be read is forgotten: it would be claimed again and again.
pub fn claimed<T>(db: &Connection, id: Uuid, claim: Result<T, Fault>) -> Result<T, Fault> {
    let Err(Fault::Corrupt(what)) = claim else { return claim };
    let sql = "SELECT 1 FROM sessions WHERE id = ? AND video IS NOT NULL AND stage IN ('open', 'verifying')";
    if !db.prepare_cached(sql)?.exists([id.as_bytes()])? {
        return claim;
    }
    forget_unreadable(db, id, what)?;
    Err(StoreError::NotFound.into())
}

/// One part of a video.
pub fn part(db: &Connection, id: Uuid, index: u32) -> Result<Option<Bytes>, Fault> {
    let file: Option<Vec<u8>> = db
        .prepare_cached(
            "SELECT file FROM crops WHERE session = (SELECT key FROM sessions WHERE id = ?) AND place = ?",
        )?
        .query_row(params![id.as_bytes(), index], |row| row.get(0))
        .optional()?;
    Ok(file.map(Bytes::from))
}
