//! Tenants as rows.

use std::num::NonZeroU32;

use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow, named_params};

use super::worker::Fault;
use crate::domain::metadata::MetadataSchema;
use crate::domain::mode::Mode;
use crate::domain::tenants::{TenantChange, TenantId, TenantRecord};
use crate::store::StoreError;
use crate::store::stored::{integer, mode_of, origins_of, unsigned};

const COLUMNS: &str =
    "id, name, credits, suspended, rate, origins, metadata_schema, mode, created_at";

fn read(row: &SqlRow<'_>) -> Result<TenantRecord, Fault> {
    let id = row.get_ref("id")?.as_str().map_err(rusqlite::Error::from)?;
    Ok(TenantRecord {
        id: id.parse().map_err(|_| Fault::Corrupt("a tenant"))?,
        name: row.get("name")?,
        credits: row.get("credits")?,
        suspended: row.get("suspended")?,
        rate: row
            .get::<_, Option<i64>>("rate")?
            .map(unsigned)
            .transpose()?
            .and_then(NonZeroU32::new),
        metadata_schema: row.get::<_, Option<String>>("metadata_schema")?.map(MetadataSchema::kept),
        origins: origins_of(row.get_ref("origins")?.as_str().map_err(rusqlite::Error::from)?)?,
        mode: mode_of(row.get::<_, Option<String>>("mode")?.as_deref())?,
        created_at: unsigned(row.get("created_at")?)?,
    })
}

/// Reads a tenant.
pub fn load(db: &Connection, id: &TenantId) -> Result<Option<TenantRecord>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM tenants WHERE id = ?");
    db.prepare_cached(&sql)?.query_row([id.as_str()], |row| Ok(read(row))).optional()?.transpose()
}

/// Writes a new tenant.
pub fn add(db: &Connection, record: &TenantRecord) -> Result<(), Fault> {
    if load(db, &record.id)?.is_some() {
        return Err(StoreError::Exists.into());
    }
    db.prepare_cached(
        "INSERT INTO tenants (id, name, credits, suspended, rate, origins, metadata_schema, mode, created_at)
         VALUES (:id, :name, :credits, :suspended, :rate, :origins, :metadata_schema, :mode, :created_at)",
    )?
    .execute(named_params! {
        ":id": record.id.as_str(),
        ":name": record.name,
        ":credits": record.credits,
        ":suspended": record.suspended,
        ":rate": record.rate.map(NonZeroU32::get),
        ":metadata_schema": record.metadata_schema.as_ref().map(MetadataSchema::as_str),
        ":origins": record.origins.text(),
        ":mode": record.mode.map(Mode::as_str),
        ":created_at": integer(record.created_at),
    })?;
    Ok(())
}

/// Makes changes of a tenant.
pub fn change(
    db: &Connection,
    id: &TenantId,
    changes: &[TenantChange],
) -> Result<TenantRecord, Fault> {
    let mut record = load(db, id)?.ok_or(StoreError::NotFound)?;
    changes.iter().for_each(|change| record.apply(change.clone()));
    db.prepare_cached(
        "UPDATE tenants SET name = :name, credits = :credits, suspended = :suspended, rate = :rate, origins = :origins,
            metadata_schema = :metadata_schema, mode = :mode WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": record.id.as_str(),
        ":name": record.name,
        ":credits": record.credits,
        ":suspended": record.suspended,
        ":rate": record.rate.map(NonZeroU32::get),
        ":metadata_schema": record.metadata_schema.as_ref().map(MetadataSchema::as_str),
        ":origins": record.origins.text(),
        ":mode": record.mode.map(Mode::as_str),
    })?;
    Ok(record)
}

/// Charges a tenant for a verdict, if it has a row.
pub fn charge(db: &Connection, (id, charge): (TenantId, TenantChange)) -> Result<(), Fault> {
    match change(db, &id, &[charge]) {
        Ok(_) | Err(Fault::Refused(StoreError::NotFound)) => Ok(()),
        Err(fault) => Err(fault),
    }
}

/// Reads all tenants, in the order in which they were made.
pub fn all(db: &Connection) -> Result<Vec<TenantRecord>, Fault> {
    let mut statement = db.prepare(&format!("SELECT {COLUMNS} FROM tenants ORDER BY number"))?;
    let rows = statement.query_and_then([], read)?;
    rows.collect()
}
