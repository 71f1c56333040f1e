//! Sessions in a PostgreSQL database that several gateways share. What has been answered is in it.

mod audit;
mod audit_rows;
mod books;
mod empties;
mod excess;
mod fault;
mod keys;
mod open;
mod presence;
mod prints;
mod rows;
mod statements;
mod sums;
mod tenant_rows;
mod tenants;
#[cfg(test)]
mod tests;
mod url;
mod videos;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use deadpool_postgres::{Object, Pool};
use liveness_protocol::ErrorCode;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use self::books::Books;
use self::fault::Fault;
use self::presence::Presence;
use self::rows::{Lock, Row};
use super::entry::Class;
use super::failures::Failures;
use super::groups::Groups;
use super::limits::TRIM_A_SWEEP;
use super::{
    AuditStore as _, Claim, CropKey, CropStored, Forgotten, Lease, Picture, SessionStore, Snapshot,
    StoreError, StoreLimits, Ticket, WaitingVideo,
};
use crate::domain::audit::By;
use crate::domain::check::CheckReply;
use crate::domain::clock::UnixMillis;
use crate::domain::pictures::print::Print;
use crate::domain::session::SessionTerms;

pub use open::{ConnectError, reach};
pub use url::{PostgresUrl, UrlError};

/// How many sessions a sweep looks at in one transaction, so that others are not kept waiting.
const SWEEP_GROUP: usize = 100;

/// How often to look whether another gateway's check has ended, besides being told.
const LOOK: Duration = Duration::from_secs(1);

/// How long an operation may take in all. A database that works ends its statements before that (`url::OPTIONS`), and then says
/// why; one that has taken a connection and does not answer says nothing.
const PATIENCE: Duration = Duration::from_secs(15);

/// The store for the gateways of any number of machines.
pub struct PostgresStore {
    limits: StoreLimits,
    forgotten: Forgotten,
    pool: Pool,
    /// This gateway, for the others.
    node: Uuid,
    presence: Presence,
    /// Held by whoever gives entries of the audit log their places: the others need no connection to wait for that.
    sealing: tokio::sync::Mutex<()>,
    failures: Mutex<Failures>,
}

/// Runs an expression that works on a transaction, `$books`, of a store, and notes how it has gone. A closure could not say that its future may be
/// sent to another thread.
macro_rules! transact {
    ($store:expr, |$books:ident| $work:expr) => {
        $store
            .noted(async {
                let mut client = $store.client().await?;
                let $books = $store.books(&mut client).await?;
                let result = $work;
                $books.close(result).await
            })
            .await
    };
}

/// The same for what needs room: if there is none, sessions whose time is over expire, and it is tried again.
macro_rules! with_room {
    ($books:ident, $now:expr, $attempt:expr) => {
        match $attempt {
            Err(Fault::Refused(StoreError::Full)) => {
                match $books.age(Class::Holding, $now, usize::MAX).await {
                    Ok(_) => $attempt,
                    Err(fault) => Err(fault),
                }
            }
            done => done,
        }
    };
}

impl PostgresStore {
    /// Connects, and brings the schema to this version.
    ///
    /// # Errors
    /// See [`ConnectError`].
    pub async fn open(url: &PostgresUrl, limits: StoreLimits) -> Result<Self, ConnectError> {
        let pool = open::open(url).await?;
        let node = Uuid::new_v4();
        // Before its first claim, so that this is never taken for that of a gateway which is gone.
        presence::announce(&pool, node).await.map_err(|why| open::unusable(url, why))?;
        let presence = Presence::start(url.clone(), open::tls(url)?, node);
        Ok(Self {
            limits,
            forgotten: Forgotten::default(),
            pool,
            node,
            presence,
            sealing: tokio::sync::Mutex::default(),
            failures: Mutex::default(),
        })
    }

    async fn client(&self) -> Result<Object, Fault> {
        Ok(self.pool.get().await?)
    }

    async fn books<'a>(&'a self, client: &'a mut Object) -> Result<Books<'a>, Fault> {
        Ok(Books::new(client.transaction().await?, self.limits, &self.forgotten, self.node))
    }

    /// Does it, if it can be done in time.
    async fn within<T>(&self, work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
        let done = tokio::time::timeout(PATIENCE, work).await;
        done.unwrap_or_else(|_elapsed| {
            // What was under way is back in the pool by now, and as silent as before.
            self.pool.retain(|_, _| false);
            let why = format!("it has not answered within {} seconds", PATIENCE.as_secs());
            Err(Fault::Database(why))
        })
    }

    /// What the caller gets; the first of a row of failures is logged, and the row's end.
    async fn noted<T>(
        &self,
        work: impl Future<Output = Result<T, Fault>>,
    ) -> Result<T, StoreError> {
        let result = self.within(work).await;
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        match result {
            Ok(value) => {
                failures.works();
                Ok(value)
            }
            Err(Fault::Refused(error)) => Err(error),
            Err(Fault::Database(why)) => {
                failures.fails(&why);
                Err(StoreError::Unavailable)
            }
            Err(Fault::Corrupt(what)) => {
                failures.cannot_read(what);
                Err(StoreError::Unavailable)
            }
        }
    }

    /// A session as it is, if time has changed nothing about it.
    async fn unchanged(&self, id: Uuid, now: UnixMillis) -> Result<Option<Row>, Fault> {
        let client = self.client().await?;
        let mut row = Row::load(&client, id, None, Lock::No).await?.ok_or(StoreError::NotFound)?;
        row.age(now);
        Ok((!row.is_changed()).then_some(row))
    }

    /// The same as [`Books::admits`], where it can be said without changing anything.
    async fn admits_as_it_is(
        &self,
        id: Uuid,
        key: CropKey,
        now: UnixMillis,
    ) -> Result<bool, Fault> {
        let Some(row) = self.unchanged(id, now).await? else { return Ok(false) };
        row.entry.admits(key)?;
        if row.entry.cost().0 == Class::Holding {
            return Ok(true);
        }
        match row.room(&self.client().await?, self.limits).await {
            Ok(_) => Ok(true),
            // Time may make some.
            Err(Fault::Refused(StoreError::Full)) => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    async fn waiting_videos(&self, limit: usize) -> Result<(Vec<WaitingVideo>, Vec<Uuid>), Fault> {
        videos::waiting(&self.client().await?, limit).await
    }

    async fn part_of_video(&self, id: Uuid, index: u32) -> Result<Option<Bytes>, Fault> {
        videos::part(&self.client().await?, id, index).await
    }

    async fn is_claimed(&self, id: Uuid) -> Result<bool, Fault> {
        rows::is_claimed(&self.client().await?, id).await
    }
}

#[async_trait]
impl SessionStore for PostgresStore {
    async fn create(
        &self,
        terms: SessionTerms,
        by: Option<By>,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        transact!(self, |books| books.create(&terms, by, now).await)
    }

    async fn admits(&self, id: Uuid, key: CropKey, now: UnixMillis) -> Result<(), StoreError> {
        if self.noted(self.admits_as_it_is(id, key, now)).await? {
            return Ok(());
        }
        transact!(self, |books| with_room!(books, now, books.admits(id, key, now).await))
    }

    async fn put_crop(
        &self,
        id: Uuid,
        key: CropKey,
        picture: Picture,
        now: UnixMillis,
    ) -> Result<CropStored, StoreError> {
        transact!(self, |books| with_room!(books, now, books.put(id, key, &picture, now).await))
    }

    async fn claim(
        &self,
        id: Uuid,
        run: u32,
        lease: Lease,
        now: UnixMillis,
    ) -> Result<Claim, StoreError> {
        transact!(self, |books| {
            let claim = books.claim(id, run, lease, now).await;
            books.claimed(id, claim).await
        })
    }

    async fn finish(
        &self,
        id: Uuid,
        ticket: Ticket,
        reply: CheckReply,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        transact!(self, |books| books.end_claim(id, |entry| entry.finish(ticket, reply, now)).await)
    }

    async fn fail(
        &self,
        id: Uuid,
        ticket: Ticket,
        code: ErrorCode,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        transact!(self, |books| books.end_claim(id, |entry| entry.fail(ticket, code, now)).await)
    }

    async fn release(&self, id: Uuid, ticket: Ticket, now: UnixMillis) -> Result<(), StoreError> {
        transact!(self, |books| books.end_claim(id, |entry| entry.release(ticket, now)).await)
    }

    async fn changed(&self, id: Uuid) {
        let mut endings = self.presence.endings();
        match self.within(self.is_claimed(id)).await {
            // Before anybody listened.
            Ok(false) => return,
            Ok(true) => {}
            // Whoever asks again is told so.
            Err(_) => return tokio::time::sleep(LOOK).await,
        }
        let told = async {
            loop {
                match endings.recv().await {
                    Ok(ended) if ended == id => return,
                    Ok(_) => {}
                    // Among those that were missed it may be.
                    Err(RecvError::Lagged(_) | RecvError::Closed) => return,
                }
            }
        };
        tokio::time::timeout(LOOK, told).await.ok();
    }

    async fn extend(
        &self,
        id: Uuid,
        ticket: Ticket,
        lease: Lease,
        now: UnixMillis,
    ) -> Result<(), StoreError> {
        transact!(self, |books| books.extend(id, ticket, lease, now).await)
    }

    async fn videos(&self, limit: usize) -> Result<Vec<WaitingVideo>, StoreError> {
        let (videos, unreadable) = self.noted(self.waiting_videos(limit)).await?;
        for id in unreadable {
            transact!(self, |books| books.forget_if_unreadable(id).await)?;
        }
        Ok(videos)
    }

    async fn picture(&self, id: Uuid, index: u32) -> Result<Option<Bytes>, StoreError> {
        self.noted(self.part_of_video(id, index)).await
    }

    async fn discard(&self, id: Uuid, now: UnixMillis) -> Result<(), StoreError> {
        transact!(self, |books| books.discard(id, now).await)
    }

    async fn get(&self, id: Uuid, now: UnixMillis) -> Result<Snapshot, StoreError> {
        match self.noted(self.unchanged(id, now)).await? {
            Some(row) => Ok(row.entry.snapshot()),
            // Its time is over, which is to be written.
            None => transact!(self, |books| books
                .load_at(id, None, now)
                .await
                .map(|row| row.entry.snapshot())),
        }
    }

    async fn use_verdict(&self, id: Uuid, now: UnixMillis) -> Result<Snapshot, StoreError> {
        transact!(self, |books| books.use_verdict(id, now).await)
    }

    async fn remember(
        &self,
        id: Uuid,
        prints: Vec<Print>,
        since: UnixMillis,
        now: UnixMillis,
    ) -> Result<Vec<Print>, StoreError> {
        transact!(self, |books| books.remember(id, &prints, since, now).await)
    }

    async fn take_back(
        &self,
        id: Uuid,
        ticket: Ticket,
        prints: Vec<Print>,
        since: UnixMillis,
    ) -> Result<(), StoreError> {
        transact!(self, |books| books.take_back(id, ticket, &prints, since).await)
    }

    async fn sweep(&self, now: UnixMillis) -> Result<usize, StoreError> {
        let mut groups = Groups::new(SWEEP_GROUP);
        for class in [Class::Empty, Class::Holding] {
            let age = async |size| transact!(self, |books| books.age(class, now, size).await);
            groups.all(age).await;
        }
        let mut forgotten = 0;
        for class in [Class::Settled, Class::Expired] {
            let forget = async |size| transact!(self, |books| books.forget(class, now, size).await);
            forgotten += groups.all(forget).await;
        }
        let trim = async |size| transact!(self, |books| books.trim(size).await);
        groups.up_to(TRIM_A_SWEEP, trim).await;
        self.forgotten.say();
        let forget = async |size| transact!(self, |books| books.forget_prints(now, size).await);
        // As many as come, and more: what is over at once, as after an update, may take its time.
        groups.up_to(10 * TRIM_A_SWEEP, forget).await;
        groups.whole(self.trim_audit(now)).await;
        groups.end(forgotten)
    }
}
