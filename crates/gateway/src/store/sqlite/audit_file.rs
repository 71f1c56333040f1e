//! The audit log in a file that is only read: one that is in use, or a copy, also where nothing can be written.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use rusqlite::Connection;

use super::audit_rows;
use super::open::{self, OpenError};
use super::worker::Fault;
use crate::domain::audit::{AuditEntry, Head};
use crate::store::{AuditLog, StoreError};

/// A file's audit log. Nothing is written: no later version's tables, no end of a claim, no file beside it that it would need
/// if it were in use.
pub struct AuditFile {
    path: PathBuf,
    opened: Mutex<Opened>,
}

struct Opened {
    db: Connection,
    /// Whether a gateway was using it.
    used: bool,
}

impl Opened {
    fn open(path: &Path) -> Result<Self, OpenError> {
        let used = open::is_used(path);
        Ok(Self { db: open::to_read(path, used)?, used })
    }

    /// Whether what has been read is one state of the file. It may not be if a gateway has begun to use it meanwhile.
    fn stood_still(&self, path: &Path) -> bool {
        self.used || !open::is_used(path)
    }
}

impl AuditFile {
    /// Opens a file that is there.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let opened = Mutex::new(Opened::open(path)?);
        Ok(Self { path: path.to_owned(), opened })
    }

    fn read<T>(&self, work: impl Fn(&Connection) -> Result<T, Fault>) -> Result<T, StoreError> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        let mut result = work(&opened.db);
        while !opened.stood_still(&self.path) {
            *opened = Opened::open(&self.path).map_err(|error| {
                tracing::error!("{error}");
                StoreError::Unavailable
            })?;
            result = work(&opened.db);
        }
        result.map_err(|fault| {
            tracing::error!("the audit log cannot be read: {fault:?}");
            fault.refusal()
        })
    }
}

#[async_trait]
impl AuditLog for AuditFile {
    async fn audit_after(&self, number: u64, limit: usize) -> Result<Vec<AuditEntry>, StoreError> {
        self.read(|db| audit_rows::after(db, number, limit))
    }

    async fn audit_head(&self) -> Result<Head, StoreError> {
        self.read(audit_rows::head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::{Action, By, Deed};
    use crate::store::sqlite::SqliteStore;
    use crate::store::{AuditStore as _, StoreLimits};

    fn files(folder: &Path) -> Vec<PathBuf> {
        let mut files: Vec<_> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        files
    }

    /// A file with two entries, under a name that means something in an address.
    async fn written(folder: &Path) -> (PathBuf, SqliteStore) {
        let path = folder.join("a %20?b#c.db");
        let store = SqliteStore::open(&path, StoreLimits::new(1, 1, 1), 0).unwrap();
        for at in 1..=2 {
            store.note(Deed::signed(Action::SignedIn, By::server_key(at))).await.unwrap();
        }
        (path, store)
    }

    #[tokio::test]
    async fn a_file_is_read_with_and_without_a_gateway_on_it_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (path, store) = written(folder.path()).await;
        let head = store.audit_head().await.unwrap();
        let used = AuditFile::open(&path).unwrap();
        assert_eq!(used.audit_head().await, Ok(head));
        drop((used, store));

        let copies = tempfile::tempdir().unwrap();
        let copy = copies.path().join("copy.db");
        std::fs::copy(&path, &copy).unwrap();
        // As where nothing can be written: what is needed to use it cannot be made.
        std::fs::create_dir(copies.path().join("copy.db-shm")).unwrap();
        for (path, folder) in [(&path, &folder), (&copy, &copies)] {
            let (before, bytes) = (files(folder.path()), std::fs::read(path).unwrap());
            let file = AuditFile::open(path).unwrap();
            assert_eq!(file.audit_head().await, Ok(head));
            assert_eq!(file.audit_after(0, 5).await.unwrap().len(), 2);
            drop(file);
            assert_eq!((files(folder.path()), std::fs::read(path).unwrap()), (before, bytes));
        }
    }

    #[tokio::test]
    async fn a_gateway_that_begins_to_use_the_file_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let (path, store) = written(folder.path()).await;
        drop(store);
        let file = AuditFile::open(&path).unwrap();
        assert_eq!(file.audit_after(0, 5).await.unwrap().len(), 2);
        let store = SqliteStore::open(&path, StoreLimits::new(1, 1, 1), 0).unwrap();
        store.note(Deed::signed(Action::SignedIn, By::server_key(3))).await.unwrap();
        // Not yet in the file itself.
        assert_eq!(file.audit_after(0, 5).await.unwrap().len(), 3);
        assert_eq!(file.audit_head().await, store.audit_head().await);
        drop((file, store));
    }

    #[test]
    fn what_has_no_audit_log_is_told_by_its_version() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("old.db");
        let opened = |sql: &str| {
            let db = Connection::open(&path).unwrap();
            db.execute_batch(sql).unwrap();
            drop(db);
            AuditFile::open(&path).map(drop)
        };
        let nothing = opened("");
        assert!(matches!(nothing, Err(OpenError::NoAuditLog { found: 0, .. })), "{nothing:?}");
        let others = opened("CREATE TABLE theirs (a); PRAGMA user_version = 7");
        assert!(matches!(others, Err(OpenError::OfAnother(_))), "{others:?}");
        let old = opened("PRAGMA application_id = 0x6c766e73; PRAGMA user_version = 5");
        assert!(matches!(old, Err(OpenError::NoAuditLog { found: 5, .. })), "{old:?}");
        let newer = opened("PRAGMA user_version = 1000");
        assert!(matches!(newer, Err(OpenError::Newer { found: 1000, .. })), "{newer:?}");
        std::fs::write(&path, [b'x'; 4096]).unwrap();
        let none = AuditFile::open(&path).map(drop);
        assert!(matches!(none, Err(OpenError::NotADatabase(_))), "{none:?}");
    }
}
