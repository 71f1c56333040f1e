//! What is done in one transaction.

use std::sync::atomic::{AtomicBool, Ordering};

use deadpool_postgres::Transaction;
use uuid::Uuid;

use super::fault::Fault;
use super::rows::{self, Lock, Row};
use super::{audit_rows, empties, excess, prints, sums, tenant_rows, videos};
use crate::domain::audit::{By, Deed};
use crate::domain::clock::UnixMillis;
use crate::domain::pictures::print::Print;
use crate::domain::session::{PictureKind, SessionTerms};
use crate::store::entry::{Class, Entry, Stage};
use crate::store::limits::TRIM_WITH;
use crate::store::stored::Known;
use crate::store::{
    Claim, CropKey, CropStored, Forgotten, Lease, Picture, Snapshot, StoreError, StoreLimits,
    Ticket,
};

/// A transaction: reads a session, lets time pass for it, and does something with it. Of other sessions it takes only those
/// that nobody else is at, so that no two transactions wait for each other.
pub struct Books<'a> {
    db: Transaction<'a>,
    limits: StoreLimits,
    forgotten: &'a Forgotten,
    node: Uuid,
    /// Whether a session has ended, so that there may be too many of those.
    ended: AtomicBool,
}

impl<'a> Books<'a> {
    /// What is done with this transaction.
    pub const fn new(
        db: Transaction<'a>,
        limits: StoreLimits,
        forgotten: &'a Forgotten,
        node: Uuid,
    ) -> Self {
        Self { db, limits, forgotten, node, ended: AtomicBool::new(false) }
    }

    async fn load(&self, id: Uuid, index: Option<u32>) -> Result<Row, Fault> {
        Ok(Row::load(&self.db, id, index, Lock::Yes).await?.ok_or(StoreError::NotFound)?)
    }

    /// The session as it is at this time, and written so.
    pub async fn load_at(
        &self,
        id: Uuid,
        index: Option<u32>,
        now: UnixMillis,
    ) -> Result<Row, Fault> {
        let mut row = self.load(id, index).await?;
        row.age(now);
        if row.is_changed() {
            self.save(&row).await?;
            row = self.load(id, index).await?;
        }
        Ok(row)
    }

    /// Lets time pass for a session that nobody asks for. One that cannot be read goes, so that it does not stand in the way of
    /// others.
    async fn age_one(&self, id: Uuid, now: UnixMillis) -> Result<(), Fault> {
        match self.load_at(id, None, now).await {
            Err(Fault::Corrupt(what)) => self.forget_unreadable(id, what).await,
            aged => aged.map(drop),
        }
    }

    async fn forget_unreadable(&self, id: Uuid, what: &str) -> Result<(), Fault> {
        tracing::error!(session = %id, what, "a session that cannot be read is forgotten");
        rows::delete(&self.db, id).await
    }

    /// What a claim has come to. A waiting video that cannot be read is forgotten: it would be claimed again and again.
    pub async fn claimed<T>(&self, id: Uuid, claim: Result<T, Fault>) -> Result<T, Fault> {
        let Err(Fault::Corrupt(what)) = claim else { return claim };
        if !videos::is_waiting(&self.db, id).await? {
            return claim;
        }
        self.forget_unreadable(id, what).await?;
        Err(StoreError::NotFound.into())
    }

    /// Forgets a session that cannot be read.
    pub async fn forget_if_unreadable(&self, id: Uuid) -> Result<(), Fault> {
        match Row::load(&self.db, id, None, Lock::Yes).await {
            Err(Fault::Corrupt(what)) => self.forget_unreadable(id, what).await,
            read => read.map(drop),
        }
    }

    async fn save(&self, row: &Row) -> Result<(), Fault> {
        let came_to = row.save(&self.db, self.node).await?;
        if matches!(came_to, Some(Class::Settled | Class::Expired)) {
            self.ended.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    async fn count(&self, class: Class) -> Result<usize, Fault> {
        Ok(sums::total(&self.db, class).await?.0)
    }

    async fn room(&self, row: &Row) -> Result<usize, Fault> {
        row.room(&self.db, self.limits).await
    }

    /// Ends up to `limit` sessions of this class whose time is over; returns how many there were.
    pub async fn age(&self, class: Class, now: UnixMillis, limit: usize) -> Result<usize, Fault> {
        let ids = rows::turned(&self.db, class, now, limit).await?;
        for id in &ids {
            self.age_one(*id, now).await?;
        }
        Ok(ids.len())
    }

    /// Opens a session.
    pub async fn create(
        &self,
        terms: &SessionTerms,
        by: Option<By>,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        if !Row::insert(&self.db, &Entry::<Known>::new(terms.clone())).await? {
            return Err(StoreError::Exists.into());
        }
        if let Some(by) = by {
            audit_rows::append(&self.db, &Deed::session_opened(terms, by)).await?;
        }
        if self.count(Class::Empty).await? > self.limits.max_empty
            && empties::may_go(&self.db).await?
        {
            // Another may have made room until now.
            let to_go = self.limits.empty_to_go(self.count(Class::Empty).await?);
            if to_go > 0 {
                let first = empties::first(&self.db, terms.id, to_go).await?;
                for over in empties::delete(&self.db, &first, now).await? {
                    self.age_one(over, now).await?;
                }
            }
        }
        Ok(())
    }

    /// Whether a crop would be taken.
    pub async fn admits(&self, id: Uuid, key: CropKey, now: UnixMillis) -> Result<(), Fault> {
        let row = self.load_at(id, None, now).await?;
        row.entry.admits(key)?;
        self.room(&row).await.map(drop)
    }

    /// Keeps a crop.
    pub async fn put(
        &self,
        id: Uuid,
        key: CropKey,
        picture: &Picture,
        now: UnixMillis,
    ) -> Result<CropStored, Fault> {
        let mut row = self.load_at(id, Some(key.index), now).await?;
        row.entry.admits(key)?;
        let room = self.room(&row).await?;
        let stored = row.entry.put(key, picture.clone(), room)?;
        self.save(&row).await?;
        if stored.new {
            row.insert_crop(&self.db, key, picture).await?;
        }
        Ok(stored)
    }

    /// Asks for the right to decide.
    pub async fn claim(
        &self,
        id: Uuid,
        run: u32,
        lease: Lease,
        now: UnixMillis,
    ) -> Result<Claim, Fault> {
        let mut row = self.load_at(id, None, now).await?;
        let mut claim = row.entry.claim::<StoreError>(run, lease, now, |_| Ok(Vec::new()))?;
        if let Claim::Granted { pictures, .. } = &mut claim
            && !matches!(row.entry.terms.kind, PictureKind::Video(_))
        {
            *pictures = row.pictures(&self.db).await?;
        }
        self.save(&row).await?;
        Ok(claim)
    }

    /// Ends a claim, charges for a verdict that was paid for, and tells whoever waits for it.
    pub async fn end_claim(
        &self,
        id: Uuid,
        end: impl FnOnce(&mut Entry<Known>) -> Result<(), StoreError>,
    ) -> Result<(), Fault> {
        let mut row = self.load(id, None).await?;
        let before = row.entry.clone();
        end(&mut row.entry)?;
        self.save(&row).await?;
        if let Stage::Decided { reply, .. } = &row.entry.stage
            && let Some(charge) = before.charge(reply)
        {
            tenant_rows::charge(&self.db, charge).await?;
        }
        rows::announce(&self.db, id).await
    }

    /// Lets a claim hold anew.
    pub async fn extend(
        &self,
        id: Uuid,
        ticket: Ticket,
        lease: Lease,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        let mut row = self.load(id, None).await?;
        row.entry.extend(ticket, lease, now)?;
        self.save(&row).await
    }

    /// Forgets an open session.
    pub async fn discard(&self, id: Uuid, now: UnixMillis) -> Result<(), Fault> {
        self.load_at(id, None, now).await?.entry.may_be_discarded()?;
        rows::delete(&self.db, id).await
    }

    /// Marks a verdict as used.
    pub async fn use_verdict(&self, id: Uuid, now: UnixMillis) -> Result<Snapshot, Fault> {
        let mut row = self.load_at(id, None, now).await?;
        row.entry.use_verdict(now)?;
        self.save(&row).await?;
        Ok(row.entry.snapshot())
    }

    /// Remembers prints, and says what other sessions than this one, opened at `since`, have shown.
    pub async fn remember(
        &self,
        id: Uuid,
        prints: &[Print],
        since: UnixMillis,
        now: UnixMillis,
    ) -> Result<Vec<Print>, Fault> {
        prints::remember(&self.db, id, prints, since, now).await
    }

    /// Forgets prints that no session has shown before this one, for whoever has its claim.
    pub async fn take_back(
        &self,
        id: Uuid,
        ticket: Ticket,
        prints: &[Print],
        since: UnixMillis,
    ) -> Result<(), Fault> {
        self.load(id, None).await?.entry.require_claimed(ticket)?;
        prints::take_back(&self.db, id, prints, since).await
    }

    /// Forgets up to `limit` prints whose time is over, or beyond the most that are kept.
    pub async fn forget_prints(&self, now: UnixMillis, limit: usize) -> Result<usize, Fault> {
        let until = now.checked_sub(self.limits.prints_ms);
        prints::forget(&self.db, until, self.limits.max_prints, limit).await
    }

    /// Forgets up to `limit` sessions of this class whose retention is over.
    pub async fn forget(
        &self,
        class: Class,
        now: UnixMillis,
        limit: usize,
    ) -> Result<usize, Fault> {
        let Some(since) = now.checked_sub(self.limits.retention_ms) else { return Ok(0) };
        let ids = rows::turned(&self.db, class, since, limit).await?;
        for id in &ids {
            rows::delete(&self.db, *id).await?;
        }
        Ok(ids.len())
    }

    /// Forgets up to `limit` of the ended sessions that exceed their bounds.
    pub async fn trim(&self, limit: usize) -> Result<usize, Fault> {
        let (gone, verdicts) = excess::forget(&self.db, self.limits, limit).await?;
        self.forgotten.note(verdicts);
        Ok(gone)
    }

    /// Keeps what has been changed, also by what was then refused.
    pub async fn close<T>(self, result: Result<T, Fault>) -> Result<T, Fault> {
        if matches!(result, Ok(_) | Err(Fault::Refused(_))) {
            if self.ended.load(Ordering::Relaxed) {
                self.trim(TRIM_WITH).await?;
            }
            self.db.commit().await?;
        }
        result
    }
}
