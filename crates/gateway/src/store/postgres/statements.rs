//! Statements that are prepared once for each connection.

use deadpool_postgres::GenericClient;
use tokio_postgres::Row as SqlRow;
use tokio_postgres::types::ToSql;

use super::fault::Fault;

/// Runs a statement that is prepared once for each connection.
pub async fn execute(
    db: &impl GenericClient,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<u64, Fault> {
    let statement = db.prepare_cached(sql).await?;
    Ok(db.execute(&statement, values).await?)
}

/// The same for one that answers with rows.
pub async fn query(
    db: &impl GenericClient,
    sql: &str,
    values: &[&(dyn ToSql + Sync)],
) -> Result<Vec<SqlRow>, Fault> {
    let statement = db.prepare_cached(sql).await?;
    Ok(db.query(&statement, values).await?)
}
