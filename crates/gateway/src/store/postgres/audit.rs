//! The audit log in the database.

use async_trait::async_trait;

use super::fault::Fault;
use super::{PostgresStore, audit_rows};
use crate::domain::audit::{AuditEntry, Deed, Head, OutcomeCount};
use crate::domain::clock::UnixMillis;
use crate::store::{AuditLog, AuditStore, StoreError};

impl PostgresStore {
    /// Gives some of what waits its place in the chain; whether there may be more that waited before. However fast entries come,
    /// a part that is not whole has left none.
    async fn seal_some(&self) -> Result<bool, Fault> {
        let _turn = self.sealing.lock().await;
        let mut client = self.client().await?;
        if !audit_rows::any_wait(&client).await? {
            return Ok(false);
        }
        let db = client.transaction().await?;
        let sealed = audit_rows::seal(&db).await?;
        db.commit().await?;
        Ok(sealed == audit_rows::SEAL_GROUP)
    }

    /// Gives everything that waits its place in the chain, as an operation for each part of it: however much there is, none
    /// takes longer than one may.
    async fn seal(&self) -> Result<(), StoreError> {
        while self.noted(self.seal_some()).await? {}
        Ok(())
    }

    async fn noted_deed(&self, deed: &Deed) -> Result<(), Fault> {
        audit_rows::append(&self.client().await?, deed).await
    }

    async fn entries_after(&self, number: u64, limit: usize) -> Result<Vec<AuditEntry>, Fault> {
        audit_rows::after(&self.client().await?, number, limit).await
    }

    async fn last_checks(&self, limit: usize) -> Result<Vec<AuditEntry>, Fault> {
        audit_rows::checks(&self.client().await?, limit).await
    }

    async fn last_entry(&self) -> Result<Head, Fault> {
        audit_rows::head(&self.client().await?).await
    }

    async fn counted_outcomes(&self, from_hour: u64) -> Result<Vec<OutcomeCount>, Fault> {
        audit_rows::outcomes(&self.client().await?, from_hour).await
    }

    /// Forgets some of the entries whose time is over; whether there may be more.
    async fn trim_some(&self, now: UnixMillis) -> Result<bool, Fault> {
        let mut client = self.client().await?;
        let db = client.transaction().await?;
        let more = audit_rows::trim(&db, now, self.limits.audit_ms).await?;
        db.commit().await?;
        Ok(more)
    }

    async fn trim_outcomes(&self, now: UnixMillis) -> Result<(), Fault> {
        audit_rows::trim_outcomes(&self.client().await?, now).await
    }
}

#[async_trait]
impl AuditLog for PostgresStore {
    async fn audit_after(&self, number: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        self.seal().await?;
        self.noted(self.entries_after(number, limit)).await
    }

    async fn audit_head(&self) -> Result<Head, StoreError> {
        self.seal().await?;
        self.noted(self.last_entry()).await
    }
}

#[async_trait]
impl AuditStore for PostgresStore {
    async fn note(&self, deed: Deed) -> Result<(), StoreError> {
        self.noted(self.noted_deed(&deed)).await
    }

    async fn audit_checks(&self, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        self.seal().await?;
        self.noted(self.last_checks(limit)).await
    }

    async fn outcomes(&self, from_hour: u64) -> Result<Vec<OutcomeCount>, StoreError> {
        self.seal().await?;
        self.noted(self.counted_outcomes(from_hour)).await
    }

    async fn trim_audit(&self, now: UnixMillis) -> Result<(), StoreError> {
        self.seal().await?;
        while self.noted(self.trim_some(now)).await? {}
        self.noted(self.trim_outcomes(now)).await
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::store::StoreLimits;
    use crate::store::audit::{TRIM_GROUP, TRIM_SLACK_MS};
    use crate::store::postgres::PATIENCE;
    use crate::store::postgres::tests::{available, place};

    /// As on a slow database with a gateway that was away for long: each part is within the time of an operation, all are not.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn trimming_much_takes_no_longer_at_once_than_an_operation_may() {
        if !available() {
            return;
        }
        const PARTS: u64 = 3;
        const PAUSE: u64 = 6;
        assert!(PARTS * PAUSE > PATIENCE.as_secs() && PAUSE * 2 < PATIENCE.as_secs());
        let limits = StoreLimits { audit_ms: 1000, ..StoreLimits::new(1, 1, 1) };
        let store = PostgresStore::open(&place().await, limits).await.unwrap();
        let client = store.client().await.unwrap();
        let entries = PARTS * TRIM_GROUP as u64;
        let fill = format!(
            "INSERT INTO audit_waiting (at, actor, action, object, details)
                SELECT 1, 'gateway', 'signed.in', '', '{{}}' FROM generate_series(1, {entries})"
        );
        client.batch_execute(&fill).await.unwrap();
        store.seal().await.unwrap();
        let slow = format!(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep({PAUSE}); RETURN NULL; END $$;
             CREATE TRIGGER slow AFTER DELETE ON audit EXECUTE FUNCTION slow()"
        );
        client.batch_execute(&slow).await.unwrap();
        drop(client);
        let begun = Instant::now();
        assert_eq!(store.trim_audit(TRIM_SLACK_MS + 5000).await, Ok(()));
        assert!(begun.elapsed() > PATIENCE, "there was enough to do");
        let left = store.audit_after(0, 10).await.unwrap();
        assert!(left.iter().all(|entry| entry.number > entries), "{}", left.len());
    }

    /// As on a database where entries come faster than they get their places.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn whoever_reads_the_log_does_not_wait_until_nobody_adds_to_it() {
        if !available() {
            return;
        }
        let store = PostgresStore::open(&place().await, StoreLimits::new(1, 1, 1)).await.unwrap();
        let entry = "INSERT INTO audit_waiting (at, actor, action, object, details)
            SELECT 1, 'gateway', 'signed.in', '', '{}' FROM generate_series(1, $1)";
        let steady = format!(
            "CREATE FUNCTION steady() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN {}; RETURN NULL; END $$;
             CREATE TRIGGER steady AFTER INSERT ON audit EXECUTE FUNCTION steady()",
            entry.replace("$1", "1")
        );
        let client = store.client().await.unwrap();
        let waited = audit_rows::SEAL_GROUP as u64 * 2 + 1;
        client.batch_execute(&entry.replace("$1", &waited.to_string())).await.unwrap();
        client.batch_execute(&steady).await.unwrap();
        drop(client);
        let head = tokio::time::timeout(PATIENCE / 2, store.audit_head()).await;
        let head = head.expect("it ends").unwrap();
        assert!(head.number >= waited, "what had come before is in it: {}", head.number);
    }
}
