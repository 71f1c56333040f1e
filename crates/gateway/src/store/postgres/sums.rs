//! How many sessions there are, and how many bytes they take.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row as SqlRow;

use super::fault::Fault;
use super::statements::query;
use crate::domain::session::Sharer;
use crate::store::entry::Class;
use crate::store::limits::Held;
use crate::store::stored::Corrupt;

/// Sessions and bytes of a class.
pub async fn total(db: &impl GenericClient, class: Class) -> Result<(usize, usize), Fault> {
    let sql = "SELECT sum(sessions)::BIGINT, sum(bytes)::BIGINT FROM totals WHERE class = $1";
    sums(&query(db, sql, &[&(class as i16)]).await?)
}

/// Prints of pictures: the class after those of sessions.
pub async fn prints(db: &impl GenericClient) -> Result<usize, Fault> {
    let sql = "SELECT sum(sessions)::BIGINT, 0::BIGINT FROM totals WHERE class = 4";
    Ok(sums(&query(db, sql, &[]).await?)?.0)
}

/// The sessions with crops, and their bytes, that this one has.
pub async fn held_by(db: &impl GenericClient, sharer: &Sharer) -> Result<Held, Fault> {
    let sql = "SELECT count(*), coalesce(sum(bytes), 0)::BIGINT FROM sessions WHERE class = 1 AND sharer = $1";
    sums(&query(db, sql, &[&sharer.as_str()]).await?)
}

fn sums(rows: &[SqlRow]) -> Result<(usize, usize), Fault> {
    let row = rows.first().ok_or(Corrupt("the totals"))?;
    // Others' changes may be seen in part.
    let part = |value: i64| usize::try_from(value.max(0)).unwrap_or(usize::MAX);
    Ok((part(row.try_get(0)?), part(row.try_get(1)?)))
}
