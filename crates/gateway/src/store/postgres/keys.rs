//! Keys as rows.

use async_trait::async_trait;
use deadpool_postgres::GenericClient;
use tokio_postgres::Row as SqlRow;

use super::PostgresStore;
use super::audit_rows;
use super::fault::Fault;
use super::rows::{execute, query};
use crate::domain::audit::{By, Deed};
use crate::domain::clock::UnixMillis;
use crate::domain::keys::{KeyChange, KeyHash, KeyId, KeyRecord, KeyTerms, Replaced};
use crate::store::stored::{Corrupt, integer, unsigned};
use crate::store::{KeyStore, StoreError};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, name, tenant, scopes, hash, replaced_hash, replaced_until, created_at, expires_at,
                revoked_at, last_used_at FROM api_keys ",
            $rest
        )
    };
}

fn text<T: std::str::FromStr>(row: &SqlRow, column: &str) -> Result<T, Fault> {
    let text: &str = row.try_get(column)?;
    Ok(text.parse().map_err(|_| Corrupt("a key"))?)
}

fn time(row: &SqlRow, column: &str) -> Result<Option<UnixMillis>, Fault> {
    let time: Option<i64> = row.try_get(column)?;
    Ok(time.map(unsigned).transpose()?)
}

fn hash(bytes: &[u8]) -> Result<KeyHash, Corrupt> {
    Ok(KeyHash(bytes.try_into().map_err(|_| Corrupt("a key's hash"))?))
}

fn read(row: &SqlRow) -> Result<KeyRecord, Fault> {
    let replaced_hash: Option<&[u8]> = row.try_get("replaced_hash")?;
    let replaced = match (replaced_hash, time(row, "replaced_until")?) {
        (Some(bytes), Some(until)) => Some(Replaced { hash: hash(bytes)?, until }),
        _ => None,
    };
    Ok(KeyRecord {
        id: text(row, "id")?,
        terms: KeyTerms {
            name: row.try_get("name")?,
            tenant: text(row, "tenant")?,
            scopes: text(row, "scopes")?,
            expires_at: time(row, "expires_at")?,
        },
        hash: hash(row.try_get("hash")?)?,
        replaced,
        created_at: unsigned(row.try_get("created_at")?)?,
        revoked_at: time(row, "revoked_at")?,
        last_used_at: time(row, "last_used_at")?,
    })
}

async fn add(db: &impl GenericClient, record: &KeyRecord) -> Result<(), Fault> {
    let KeyTerms { name, tenant, scopes, expires_at } = &record.terms;
    let inserted = execute(
        db,
        "INSERT INTO api_keys (id, name, tenant, scopes, hash, replaced_hash, replaced_until, created_at, expires_at,
            revoked_at, last_used_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (id) DO NOTHING",
        &[
            &record.id.to_string(),
            name,
            &tenant.as_str(),
            &scopes.to_string(),
            &&record.hash.0[..],
            &record.replaced.as_ref().map(|replaced| &replaced.hash.0[..]),
            &record.replaced.as_ref().map(|replaced| integer(replaced.until)),
            &integer(record.created_at),
            &expires_at.map(integer),
            &record.revoked_at.map(integer),
            &record.last_used_at.map(integer),
        ],
    )
    .await?;
    if inserted == 1 { Ok(()) } else { Err(StoreError::Exists.into()) }
}

/// Writes what a change may have changed.
async fn save(db: &impl GenericClient, record: &KeyRecord) -> Result<(), Fault> {
    execute(
        db,
        "UPDATE api_keys SET hash = $2, replaced_hash = $3, replaced_until = $4, revoked_at = $5, last_used_at = $6
         WHERE id = $1",
        &[
            &record.id.to_string(),
            &&record.hash.0[..],
            &record.replaced.as_ref().map(|replaced| &replaced.hash.0[..]),
            &record.replaced.as_ref().map(|replaced| integer(replaced.until)),
            &record.revoked_at.map(integer),
            &record.last_used_at.map(integer),
        ],
    )
    .await?;
    Ok(())
}

impl PostgresStore {
    async fn all_keys(&self) -> Result<Vec<KeyRecord>, Fault> {
        let client = self.client().await?;
        query(&client, select!("ORDER BY number"), &[]).await?.iter().map(read).collect()
    }

    async fn one_key(&self, id: KeyId) -> Result<Option<KeyRecord>, Fault> {
        let client = self.client().await?;
        let rows = query(&client, select!("WHERE id = $1"), &[&id.to_string()]).await?;
        rows.first().map(read).transpose()
    }

    async fn changed_key(&self, id: KeyId, change: KeyChange, by: By) -> Result<KeyRecord, Fault> {
        let mut client = self.client().await?;
        let db = client.transaction().await?;
        let rows = query(&db, select!("WHERE id = $1 FOR UPDATE"), &[&id.to_string()]).await?;
        let mut record = read(rows.first().ok_or(StoreError::NotFound)?)?;
        let deed = Deed::key_changed(&record, change, by);
        record.apply(change);
        save(&db, &record).await?;
        if let Some(deed) = deed {
            audit_rows::append(&db, &deed).await?;
        }
        db.commit().await?;
        Ok(record)
    }

    async fn added_key(&self, record: &KeyRecord, by: By) -> Result<(), Fault> {
        let mut client = self.client().await?;
        let db = client.transaction().await?;
        add(&db, record).await?;
        audit_rows::append(&db, &Deed::key_created(record, by)).await?;
        Ok(db.commit().await?)
    }
}

#[async_trait]
impl KeyStore for PostgresStore {
    async fn add_key(&self, record: KeyRecord, by: By) -> Result<(), StoreError> {
        self.noted(self.added_key(&record, by)).await
    }

    async fn key(&self, id: KeyId) -> Result<Option<KeyRecord>, StoreError> {
        self.noted(self.one_key(id)).await
    }

    async fn keys(&self) -> Result<Vec<KeyRecord>, StoreError> {
        self.noted(self.all_keys()).await
    }

    async fn change_key(
        &self,
        id: KeyId,
        change: KeyChange,
        by: By,
    ) -> Result<KeyRecord, StoreError> {
        self.noted(self.changed_key(id, change, by)).await
    }
}
