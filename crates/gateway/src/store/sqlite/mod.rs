//! Sessions in one SQLite file. What has been answered is on the disk, and crops are gone from it after the verdict.

mod audit;
mod audit_file;
mod audit_rows;
mod books;
mod empties;
mod keys;
mod open;
mod prints;
mod rows;
mod tenant_rows;
mod tenants;
mod videos;
mod worker;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use liveness_protocol::ErrorCode;
use rusqlite::Connection;
use uuid::Uuid;

use self::books::{Books, recover};
use self::rows::Row;
use self::worker::{Access, Fault, Worker};
use super::entry::Class;
use super::groups::Groups;
use super::limits::{TRIM_A_SWEEP, TRIM_WITH};
use super::{
    AuditStore as _, Claim, CropKey, CropStored, Forgotten, Lease, Picture, SessionStore, Snapshot,
    StoreError, StoreLimits, Ticket, WaitingVideo,
};
use crate::domain::audit::By;
use crate::domain::check::CheckReply;
use crate::domain::clock::UnixMillis;
use crate::domain::pictures::print::Print;
use crate::domain::session::SessionTerms;

pub use audit_file::AuditFile;
pub use open::{OpenError, probe};

/// How many sessions a sweep looks at in one transaction, so that others are not kept waiting.
const SWEEP_GROUP: usize = 500;

/// The store for the gateways of one machine.
pub struct SqliteStore {
    limits: StoreLimits,
    forgotten: Arc<Forgotten>,
    worker: Worker,
}

impl SqliteStore {
    /// Opens the file, or makes it. If no other gateway has it open, the claims in it are of processes that are
    /// gone, and are ended as if they had lapsed.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn open(path: &Path, limits: StoreLimits, now: UnixMillis) -> Result<Self, OpenError> {
        let mut opened = open::open(path)?;
        let file_error = |source| OpenError::File { path: path.to_owned(), source };
        if opened.alone {
            let ended = recover(&mut opened.connection, now).map_err(|fault| match fault {
                Fault::Database(source) => OpenError::Database { path: path.to_owned(), source },
                fault => {
                    OpenError::Unreadable { path: path.to_owned(), what: format!("{fault:?}") }
                }
            })?;
            if ended > 0 {
                tracing::warn!(ended, "checks were cut off when the last gateway ended");
            }
            opened.share().map_err(file_error)?;
        }
        let worker = Worker::start(opened.connection, opened.lock).map_err(file_error)?;
        Ok(Self { limits, forgotten: Arc::default(), worker })
    }

    async fn write<T: Send + 'static>(
        &self,
        work: impl Fn(&Books<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let keeping_bounds = move |books: &Books<'_>| {
            let result = work(books);
            if matches!(result, Ok(_) | Err(Fault::Refused(_))) {
                books.trim(TRIM_WITH)?;
            }
            result
        };
        self.transact(keeping_bounds).await
    }

    /// Does this and no more.
    async fn transact<T: Send + 'static>(
        &self,
        work: impl Fn(&Books<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (limits, forgotten) = (self.limits, Arc::clone(&self.forgotten));
        let job = move |db: &Connection| work(&Books { db, limits, forgotten: &forgotten });
        self.worker.run(Access::Write, job).await
    }

    /// The same for what needs no room of ours: if the disk is full, it is the store that does not work.
    async fn settle<T: Send + 'static>(
        &self,
        work: impl Fn(&Books<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.write(work).await.map_err(|error| match error {
            StoreError::Full => StoreError::Unavailable,
            error => error,
        })
    }
}

#[async_trait]
impl SessionStore for SqliteStore {
    async fn create(
        &self,
        terms: SessionTerms,
        by: Option<By>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.write(move |books| books.create(&terms, by, now)).await
    }

    async fn admits(&self, id: Uuid, key: CropKey, now: UnixMillis) -> Result<(), StoreError> {
        self.write(move |books| {
            books.with_room(now, || {
                let row = books.load_at(id, None, now)?;
                row.entry.admits(key)?;
                books.room(&row).map(drop)
            })
        })
        .await
    }

    async fn put_crop(
        &self,
        id: Uuid,
        key: CropKey,
        picture: Picture,
        now: UnixMillis,
    ) -> Result<CropStored, StoreError> {
        self.write(move |books| books.with_room(now, || books.put(id, key, &picture, now))).await
    }

    async fn claim(
        &self,
        id: Uuid,
        run: u32,
        lease: Lease,
        now: UnixMillis,
    ) -> Result<Claim, StoreError> {
        self.settle(move |books| {
            let claim = books.load_at(id, None, now).and_then(|row| {
                let key = row.key();
                books.change(row, |entry| {
                    entry.claim(run, lease, now, |_| Row::pictures(books.db, key))
                })
            });
            videos::claimed(books.db, id, claim)
        })
        .await
    }

    async fn finish(
        &self,
        id: Uuid,
        ticket: Ticket,
        reply: CheckReply,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.settle(move |books| {
            let row = books.load(id, None)?;
            let charge = row.entry.charge(&reply);
            books.change(row, |entry| Ok(entry.finish(ticket, reply.clone(), now)?))?;
            charge.map_or(Ok(()), |charge| tenant_rows::charge(books.db, charge))
        })
        .await
    }

    async fn fail(
        &self,
        id: Uuid,
        ticket: Ticket,
        code: ErrorCode,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.settle(move |books| {
            let row = books.load(id, None)?;
            books.change(row, |entry| Ok(entry.fail(ticket, code, now)?))
        })
        .await
    }

    async fn release(&self, id: Uuid, ticket: Ticket, now: UnixMillis) -> Result<(), StoreError> {
        self.settle(move |books| {
            let row = books.load(id, None)?;
            books.change(row, |entry| Ok(entry.release(ticket, now)?))
        })
        .await
    }

    async fn extend(
        &self,
        id: Uuid,
        ticket: Ticket,
        lease: Lease,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        self.settle(move |books| {
            let row = books.load(id, None)?;
            books.change(row, |entry| Ok(entry.extend(ticket, lease, now)?))
        })
        .await
    }

    async fn videos(&self, limit: usize) -> Result<Vec<WaitingVideo>, StoreError> {
        let waiting = move |db: &Connection| videos::waiting(db, limit);
        let (videos, unreadable) = self.worker.run(Access::Read, waiting).await?;
        if !unreadable.is_empty() {
            let forget = move |books: &Books<'_>| {
                unreadable.iter().try_for_each(|id| books.forget_if_unreadable(*id))
            };
            self.settle(forget).await?;
        }
        Ok(videos)
    }

    async fn picture(&self, id: Uuid, index: u32) -> Result<Option<Bytes>, StoreError> {
        self.worker.run(Access::Read, move |db| videos::part(db, id, index)).await
    }

    async fn discard(&self, id: Uuid, now: UnixMillis) -> Result<(), StoreError> {
        self.settle(move |books| {
            books.load_at(id, None, now)?.entry.may_be_discarded()?;
            Row::delete(books.db, id)
        })
        .await
    }

    async fn get(&self, id: Uuid, now: UnixMillis) -> Result<Snapshot, StoreError> {
        let read = move |db: &Connection| {
            let mut row = Row::load(db, id, None)?.ok_or(StoreError::NotFound)?;
            row.entry.age(now);
            Ok(if row.is_changed() { None } else { Some(row.entry.snapshot()) })
        };
        match self.worker.run(Access::Read, read).await? {
            Some(snapshot) => Ok(snapshot),
            // Its time is over, which is to be written.
            None => {
                self.settle(move |books| Ok(books.load_at(id, None, now)?.entry.snapshot())).await
            }
        }
    }

    async fn use_verdict(&self, id: Uuid, now: UnixMillis) -> Result<Snapshot, StoreError> {
        self.settle(move |books| {
            let row = books.load_at(id, None, now)?;
            books.change(row, |entry| {
                entry.use_verdict(now)?;
                Ok(entry.snapshot())
            })
        })
        .await
    }

    async fn remember(
        &self,
        id: Uuid,
        prints: Vec<Print>,
        since: UnixMillis,
        now: UnixMillis,
    ) -> Result<Vec<Print>, StoreError> {
        self.settle(move |books| prints::remember(books.db, id, &prints, since, now)).await
    }

    async fn take_back(
        &self,
        id: Uuid,
        ticket: Ticket,
        prints: Vec<Print>,
        since: UnixMillis,
    ) -> Result<(), StoreError> {
        self.settle(move |books| {
            books.load(id, None)?.entry.require_claimed(ticket)?;
            prints::take_back(books.db, id, &prints, since)
        })
        .await
    }

    async fn sweep(&self, now: UnixMillis) -> Result<usize, StoreError> {
        let mut groups = Groups::new(SWEEP_GROUP);
        for class in [Class::Empty, Class::Holding] {
            groups.all(|size| self.transact(move |books| books.age(class, now, size))).await;
        }
        let mut forgotten = 0;
        for class in [Class::Settled, Class::Expired] {
            let forget = |size| self.transact(move |books| books.forget(class, now, size));
            forgotten += groups.all(forget).await;
        }
        let trim = |size| self.transact(move |books| books.trim(size));
        groups.up_to(TRIM_A_SWEEP, trim).await;
        self.forgotten.say();
        let (until, most) = (now.checked_sub(self.limits.prints_ms), self.limits.max_prints);
        let forget = |size| self.transact(move |books| prints::forget(books.db, until, most, size));
        // As many as come, and more: what is over at once, as after an update, may take its time.
        groups.up_to(10 * TRIM_A_SWEEP, forget).await;
        groups.whole(self.trim_audit(now)).await;
        self.worker.tidy().await;
        groups.end(forgotten)
    }
}

#[cfg(test)]
mod tests;
