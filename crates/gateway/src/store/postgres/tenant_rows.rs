//! Tenants as rows.

use std::num::NonZeroU32;

use deadpool_postgres::GenericClient;
use tokio_postgres::Row as SqlRow;

use super::fault::Fault;
use super::rows::{execute, query};
use crate::domain::metadata::MetadataSchema;
use crate::domain::mode::Mode;
use crate::domain::tenants::{TenantChange, TenantId, TenantRecord};
use crate::store::StoreError;
use crate::store::stored::{Corrupt, integer, mode_of, origins_of, unsigned};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, credits, suspended, rate, origins, metadata_schema, mode, created_at FROM tenants ",
            $rest
        )
    };
}

fn read(row: &SqlRow) -> Result<TenantRecord, Fault> {
    let id: &str = row.try_get("id")?;
    let rate: Option<i64> = row.try_get("rate")?;
    Ok(TenantRecord {
        id: id.parse().map_err(|_| Corrupt("a tenant"))?,
        name: row.try_get("name")?,
        credits: row.try_get("credits")?,
        suspended: row.try_get("suspended")?,
        rate: rate.map(unsigned).transpose()?.and_then(NonZeroU32::new),
        metadata_schema: row
            .try_get::<_, Option<String>>("metadata_schema")?
            .map(MetadataSchema::kept),
        origins: origins_of(row.try_get("origins")?)?,
        mode: mode_of(row.try_get("mode")?)?,
        created_at: unsigned(row.try_get("created_at")?)?,
    })
}

fn rate(record: &TenantRecord) -> Option<i64> {
    record.rate.map(|rate| i64::from(rate.get()))
}

fn schema(record: &TenantRecord) -> Option<&str> {
    record.metadata_schema.as_ref().map(MetadataSchema::as_str)
}

/// Writes a new tenant.
pub async fn add(db: &impl GenericClient, record: &TenantRecord) -> Result<(), Fault> {
    let inserted = execute(
        db,
        "INSERT INTO tenants (id, name, credits, suspended, rate, origins, metadata_schema, mode, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (id) DO NOTHING",
        &[
            &record.id.as_str(),
            &record.name,
            &record.credits,
            &record.suspended,
            &rate(record),
            &record.origins.text(),
            &schema(record),
            &record.mode.map(Mode::as_str),
            &integer(record.created_at),
        ],
    )
    .await?;
    if inserted == 1 { Ok(()) } else { Err(StoreError::Exists.into()) }
}

/// Makes changes of a tenant, within a transaction.
pub async fn change(
    db: &impl GenericClient,
    id: &TenantId,
    changes: &[TenantChange],
) -> Result<TenantRecord, Fault> {
    let rows = query(db, select!("WHERE id = $1 FOR UPDATE"), &[&id.as_str()]).await?;
    let mut record = read(rows.first().ok_or(StoreError::NotFound)?)?;
    changes.iter().for_each(|change| record.apply(change.clone()));
    execute(
        db,
        "UPDATE tenants SET name = $2, credits = $3, suspended = $4, rate = $5, origins = $6, metadata_schema = $7, mode = $8
         WHERE id = $1",
        &[
            &id.as_str(),
            &record.name,
            &record.credits,
            &record.suspended,
            &rate(&record),
            &record.origins.text(),
            &schema(&record),
            &record.mode.map(Mode::as_str),
        ],
    )
    .await?;
    Ok(record)
}

/// Charges a tenant for a verdict, if it has a row.
pub async fn charge(
    db: &impl GenericClient,
    (id, charge): (TenantId, TenantChange),
) -> Result<(), Fault> {
    match change(db, &id, &[charge]).await {
        Ok(_) | Err(Fault::Refused(StoreError::NotFound)) => Ok(()),
        Err(fault) => Err(fault),
    }
}

/// All of them, in the order in which they were made.
pub async fn all(db: &impl GenericClient) -> Result<Vec<TenantRecord>, Fault> {
    query(db, select!("ORDER BY number"), &[]).await?.iter().map(read).collect()
}

/// The one of this id.
pub async fn one(db: &impl GenericClient, id: &TenantId) -> Result<Option<TenantRecord>, Fault> {
    let rows = query(db, select!("WHERE id = $1"), &[&id.as_str()]).await?;
    rows.first().map(read).transpose()
}
