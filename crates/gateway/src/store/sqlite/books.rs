//! What is done with sessions within one transaction: the bounds of the store, and what time does.

use rusqlite::{Connection, TransactionBehavior};
use uuid::Uuid;

use super::rows::Row;
use super::worker::Fault;
use super::{audit_rows, empties, rows};
use crate::domain::audit::{By, Deed};
use crate::domain::clock::UnixMillis;
use crate::domain::session::SessionTerms;
use crate::store::entry::{Class, Entry};
use crate::store::stored::Known;
use crate::store::{CropKey, CropStored, Forgotten, Picture, StoreError, StoreLimits};

/// Reads a session, lets time pass for it, and does something with it.
pub struct Books<'a> {
    /// Where they are.
    pub db: &'a Connection,
    /// How many there may be.
    pub limits: StoreLimits,
    /// What had to go before its time.
    pub forgotten: &'a Forgotten,
}

impl Books<'_> {
    /// The session as it was left.
    pub fn load(&self, id: Uuid, index: Option<u32>) -> Result<Row, Fault> {
        Ok(Row::load(self.db, id, index)?.ok_or(StoreError::NotFound)?)
    }

    /// The session as it is at this time, and written so.
    pub fn load_at(&self, id: Uuid, index: Option<u32>, now: UnixMillis) -> Result<Row, Fault> {
        let mut row = self.load(id, index)?;
        row.entry.age(now);
        if row.is_changed() {
            row.save(self.db)?;
            row = self.load(id, index)?;
        }
        Ok(row)
    }

    /// Lets time pass for a session that nobody asks for. One that cannot be read goes, so that it does not stand in the way of
    /// others.
    fn age_one(&self, id: Uuid, now: UnixMillis) -> Result<(), Fault> {
        match self.load_at(id, None, now) {
            Err(Fault::Corrupt(what)) => forget_unreadable(self.db, id, what),
            aged => aged.map(drop),
        }
    }

    /// Forgets a session that cannot be read.
    pub fn forget_if_unreadable(&self, id: Uuid) -> Result<(), Fault> {
        match Row::load(self.db, id, None) {
            Err(Fault::Corrupt(what)) => forget_unreadable(self.db, id, what),
            read => read.map(drop),
        }
    }

    /// Changes a session, and writes it.
    pub fn change<T>(
        &self,
        mut row: Row,
        change: impl FnOnce(&mut Entry<Known>) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let result = change(&mut row.entry)?;
        row.save(self.db)?;
        Ok(result)
    }

    fn count(&self, class: Class) -> Result<usize, Fault> {
        Ok(rows::total(self.db, class)?.0)
    }

    /// The bytes there are for a session's crops; refuses one that needs a place if there is none.
    pub fn room(&self, row: &Row) -> Result<usize, Fault> {
        let all = rows::total(self.db, Class::Holding)?;
        let own = match &row.entry.terms.sharer {
            Some(sharer) if self.limits.are_near(all) => rows::held_by(self.db, sharer)?,
            _ => (0, 0),
        };
        Ok(row.entry.room(self.limits.left(own, all))?)
    }

    /// Ends up to `limit` sessions of this class whose time is over; returns how many there were.
    pub fn age(&self, class: Class, now: UnixMillis, limit: usize) -> Result<usize, Fault> {
        let ids = rows::turned(self.db, class, now, limit)?;
        ids.iter().try_for_each(|id| self.age_one(*id, now))?;
        Ok(ids.len())
    }

    /// Runs what needs room; if there is none, expires sessions whose time is over and runs it again.
    pub fn with_room<T>(
        &self,
        now: UnixMillis,
        attempt: impl Fn() -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        match attempt() {
            Err(Fault::Refused(StoreError::Full)) => {
                self.age(Class::Holding, now, usize::MAX)?;
                attempt()
            }
            done => done,
        }
    }

    /// Opens a session; where there are too many without a crop some of these go.
    pub fn create(
        &self,
        terms: &SessionTerms,
        by: Option<By>,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        if Row::load(self.db, terms.id, None)?.is_some() {
            return Err(StoreError::Exists.into());
        }
        let to_go = self.limits.empty_to_go(self.count(Class::Empty)? + 1);
        if to_go > 0 {
            for id in empties::first(self.db, to_go)? {
                // It goes, unless its time is over anyway.
                self.age_one(id, now)?;
                empties::delete(self.db, id)?;
            }
        }
        Row::insert(self.db, &Entry::new(terms.clone()))?;
        by.map_or(Ok(()), |by| audit_rows::append(self.db, &Deed::session_opened(terms, by)))
    }

    /// Keeps a crop, for which there has to be room.
    pub fn put(
        &self,
        id: Uuid,
        key: CropKey,
        picture: &Picture,
        now: UnixMillis,
    ) -> Result<CropStored, Fault> {
        let mut row = self.load_at(id, Some(key.index), now)?;
        row.entry.admits(key)?;
        let room = self.room(&row)?;
        let stored = row.entry.put(key, picture.clone(), room)?;
        row.save(self.db)?;
        if stored.new {
            row.insert_crop(self.db, key, picture)?;
        }
        Ok(stored)
    }

    /// Forgets up to `limit` of the ended sessions that exceed their bounds, oldest first; returns how many there were.
    pub fn trim(&self, limit: usize) -> Result<usize, Fault> {
        let mut gone = 0;
        while gone < limit && self.count(Class::Expired)? > self.limits.max_empty {
            self.forget_oldest(Class::Expired)?;
            gone += 1;
        }
        let expired = gone;
        while gone < limit && rows::total(self.db, Class::Settled)?.1 > self.limits.max_result_bytes
        {
            self.forget_oldest(Class::Settled)?;
            gone += 1;
        }
        self.forgotten.note(gone - expired);
        Ok(gone)
    }

    fn forget_oldest(&self, class: Class) -> Result<(), Fault> {
        match rows::oldest(self.db, class)? {
            Some(id) => Row::delete(self.db, id),
            None => Err(Fault::Corrupt("the totals")),
        }
    }

    /// Forgets up to `limit` sessions of this class whose retention is over.
    pub fn forget(&self, class: Class, now: UnixMillis, limit: usize) -> Result<usize, Fault> {
        let Some(since) = now.checked_sub(self.limits.retention_ms) else { return Ok(0) };
        let ids = rows::turned(self.db, class, since, limit)?;
        ids.iter().try_for_each(|id| Row::delete(self.db, *id))?;
        Ok(ids.len())
    }
}

/// Ends the claims of processes that are gone.
pub fn recover(db: &mut Connection, now: UnixMillis) -> Result<usize, Fault> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let ids = rows::claimed(&transaction)?;
    for id in &ids {
        match Row::load(&transaction, *id, None) {
            Ok(Some(mut row)) => {
                row.entry.abandon(now);
                row.save(&transaction)?;
            }
            Ok(None) => {}
            Err(Fault::Corrupt(what)) => forget_unreadable(&transaction, *id, what)?,
            Err(fault) => return Err(fault),
        }
    }
    transaction.commit()?;
    Ok(ids.len())
}

/// Forgets a session of which this cannot be read.
pub fn forget_unreadable(db: &Connection, id: Uuid, what: &str) -> Result<(), Fault> {
    tracing::error!(session = %id, what, "a session that cannot be read is forgotten");
    Row::delete(db, id)
}
