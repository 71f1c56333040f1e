//! Keys as rows.

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow, named_params};

use super::SqliteStore;
use super::audit_rows;
use super::worker::{Access, Fault};
use crate::domain::audit::{By, Deed};
use crate::domain::clock::UnixMillis;
use crate::domain::keys::{KeyChange, KeyHash, KeyId, KeyRecord, KeyTerms, Replaced};
use crate::store::stored::{integer, unsigned};
use crate::store::{KeyStore, StoreError};

const COLUMNS: &str = "id, name, tenant, scopes, hash, replaced_hash, replaced_until, created_at, expires_at, \
    revoked_at, last_used_at";

fn text<T: std::str::FromStr>(row: &SqlRow<'_>, column: &'static str) -> Result<T, Fault> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    text.parse().map_err(|_| Fault::Corrupt("a key"))
}

fn time(row: &SqlRow<'_>, column: &'static str) -> Result<Option<UnixMillis>, Fault> {
    Ok(row.get::<_, Option<i64>>(column)?.map(unsigned).transpose()?)
}

fn read(row: &SqlRow<'_>) -> Result<KeyRecord, Fault> {
    let replaced = match (row.get::<_, Option<_>>("replaced_hash")?, time(row, "replaced_until")?) {
        (Some(hash), Some(until)) => Some(Replaced { hash: KeyHash(hash), until }),
        _ => None,
    };
    Ok(KeyRecord {
        id: text(row, "id")?,
        terms: KeyTerms {
            name: row.get("name")?,
            tenant: text(row, "tenant")?,
            scopes: text(row, "scopes")?,
            expires_at: time(row, "expires_at")?,
        },
        hash: KeyHash(row.get("hash")?),
        replaced,
        created_at: unsigned(row.get("created_at")?)?,
        revoked_at: time(row, "revoked_at")?,
        last_used_at: time(row, "last_used_at")?,
    })
}

fn load(db: &Connection, id: KeyId) -> Result<Option<KeyRecord>, Fault> {
    let sql = format!("SELECT {COLUMNS} FROM api_keys WHERE id = ?");
    db.prepare_cached(&sql)?
        .query_row([id.to_string()], |row| Ok(read(row)))
        .optional()?
        .transpose()
}

fn add(db: &Connection, record: &KeyRecord) -> Result<(), Fault> {
    if load(db, record.id)?.is_some() {
        return Err(StoreError::Exists.into());
    }
    let KeyTerms { name, tenant, scopes, expires_at } = &record.terms;
    db.prepare_cached(
        "INSERT INTO api_keys (id, name, tenant, scopes, hash, created_at, expires_at)
         VALUES (:id, :name, :tenant, :scopes, :hash, :created_at, :expires_at)",
    )?
    .execute(named_params! {
        ":id": record.id.to_string(),
        ":name": name,
        ":tenant": tenant.as_str(),
        ":scopes": scopes.to_string(),
        ":hash": record.hash.0,
        ":created_at": integer(record.created_at),
        ":expires_at": expires_at.map(integer),
    })?;
    save(db, record)
}

/// Writes what a change may have changed.
fn save(db: &Connection, record: &KeyRecord) -> Result<(), Fault> {
    db.prepare_cached(
        "UPDATE api_keys SET hash = :hash, replaced_hash = :replaced_hash, replaced_until = :replaced_until,
            revoked_at = :revoked_at, last_used_at = :last_used_at WHERE id = :id",
    )?
    .execute(named_params! {
        ":id": record.id.to_string(),
        ":hash": record.hash.0,
        ":replaced_hash": record.replaced.map(|replaced| replaced.hash.0),
        ":replaced_until": record.replaced.map(|replaced| integer(replaced.until)),
        ":revoked_at": record.revoked_at.map(integer),
        ":last_used_at": record.last_used_at.map(integer),
    })?;
    Ok(())
}

#[async_trait]
impl KeyStore for SqliteStore {
    async fn add_key(&self, record: KeyRecord, by: By) -> Result<(), StoreError> {
        let work = move |db: &Connection| {
            add(db, &record)?;
            audit_rows::append(db, &Deed::key_created(&record, by))
        };
        self.worker.run(Access::Write, work).await
    }

    async fn key(&self, id: KeyId) -> Result<Option<KeyRecord>, StoreError> {
        self.worker.run(Access::Read, move |db| load(db, id)).await
    }

    async fn keys(&self) -> Result<Vec<KeyRecord>, StoreError> {
        let all = |db: &Connection| {
            let mut statement =
                db.prepare(&format!("SELECT {COLUMNS} FROM api_keys ORDER BY number"))?;
            let rows = statement.query_and_then([], read)?;
            rows.collect()
        };
        self.worker.run(Access::Read, all).await
    }

    async fn change_key(
        &self,
        id: KeyId,
        change: KeyChange,
        by: By,
    ) -> Result<KeyRecord, StoreError> {
        let work = move |db: &Connection| {
            let mut record = load(db, id)?.ok_or(StoreError::NotFound)?;
            let deed = Deed::key_changed(&record, change, by);
            record.apply(change);
            save(db, &record)?;
            deed.map_or(Ok(()), |deed| audit_rows::append(db, &deed))?;
            Ok(record)
        };
        self.worker.run(Access::Write, work).await
    }
}
