//! Sessions as rows: what the rules of [`Entry`] work on is read, and what they have changed is written.

use std::collections::BTreeMap;

use bytes::Bytes;
use deadpool_postgres::GenericClient;
use liveness_protocol::ModelChoice;
use tokio_postgres::Row as SqlRow;
use uuid::Uuid;

use super::audit_rows;
use super::fault::Fault;
pub use super::statements::{execute, query};
use super::sums;
use crate::domain::clock::UnixMillis;
use crate::domain::metadata::Metadata;
use crate::domain::pictures::print::Print;
use crate::domain::session::{SessionTerms, Sharer};
use crate::domain::tenants::TenantId;
use crate::store::entry::{Class, Entry, Stage};
use crate::store::stored::{
    Corrupt, Known, StageColumns, extendable_to, integer, kind_name, kind_of, metadata_of, size,
    source_name, source_of, unsigned, video_name,
};
use crate::store::{CropKey, Picture, StoreLimits};

/// True for the claim of a gateway that has not been heard of for this long, and has had the time to be heard since the
/// database started. Both by the database's clock. What may have been paid for keeps its time.
macro_rules! orphaned {
    () => {
        "(stage = 'verifying' AND NOT paid
            AND NOT EXISTS (SELECT 1 FROM nodes
                WHERE nodes.id = sessions.node AND seen > clock_timestamp() - interval '6 seconds')
            AND pg_postmaster_start_time() < clock_timestamp() - interval '6 seconds')"
    };
}

macro_rules! load {
    ($crops:literal, $locks:literal) => {
        concat!(
            "SELECT key, id, kind, asked_model, asked_version, asked_frames, model, frames_required, needs_fps, source,
                reference, expires_at, run, stage, turns_at, paid, claims, lapses, reply, failure, tenant, metadata, video, created_at, sharer, extendable_to, ",
            orphaned!(),
            " AS orphaned",
            $crops,
            " FROM sessions WHERE id = $1",
            $locks
        )
    };
}

/// Whether a session that is read is kept for the rest of the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Others may change it meanwhile.
    No,
    /// Whoever wants to change it waits.
    Yes,
}

/// A session as it was read, and as the rules leave it.
pub struct Row {
    key: i64,
    read: Entry<Known>,
    /// Whether a gateway that is gone has its claim.
    pub orphaned: bool,
    /// To be changed, then saved.
    pub entry: Entry<Known>,
}

impl Row {
    /// Reads a session; one that is locked with the file of the crop at `index`.
    pub async fn load(
        db: &impl GenericClient,
        id: Uuid,
        index: Option<u32>,
        lock: Lock,
    ) -> Result<Option<Self>, Fault> {
        // Without a lock all is read at once, so that it fits together. With one the crops are read after it: their
        // statement sees what whoever had the lock before has written.
        let sql = match lock {
            Lock::No => load!(
                ", (SELECT array_agg(place ORDER BY place) FROM crops WHERE session = key) AS places,
                (SELECT array_agg(bytes ORDER BY place) FROM crops WHERE session = key) AS sizes",
                ""
            ),
            Lock::Yes => load!("", " FOR UPDATE"),
        };
        let Some(row) = query(db, sql, &[&id]).await?.pop() else { return Ok(None) };
        let key: i64 = row.try_get("key")?;
        let stage = StageColumns {
            stage: row.try_get("stage")?,
            turns_at: row.try_get("turns_at")?,
            paid: row.try_get("paid")?,
            reply: row.try_get("reply")?,
            failure: row.try_get("failure")?,
        };
        let crops = match lock {
            Lock::No => sizes(&row)?,
            Lock::Yes => read_crops(db, key, index).await?,
        };
        let entry = Entry {
            terms: read_terms(&row)?,
            run: unsigned(row.try_get("run")?)?,
            crops,
            stage: stage.read()?,
            claims: unsigned(row.try_get("claims")?)?,
            lapses: unsigned(row.try_get("lapses")?)?,
        };
        let orphaned = row.try_get("orphaned")?;
        Ok(Some(Self { key, read: entry.clone(), orphaned, entry }))
    }

    /// Lets time pass for it; a claim whose holder is gone ends.
    pub fn age(&mut self, now: UnixMillis) {
        if self.orphaned { self.entry.abandon(now) } else { self.entry.age(now) }
    }

    /// Whether there is anything to save.
    pub fn is_changed(&self) -> bool {
        self.entry != self.read
    }

    /// Writes what has changed, but for new crops, which are written by [`Row::insert_crop`]; returns the class that it
    /// has come to, if that is another one. `node` has the claim that has been granted.
    pub async fn save(&self, db: &impl GenericClient, node: Uuid) -> Result<Option<Class>, Fault> {
        let Self { key, read, entry, .. } = self;
        if !self.is_changed() {
            return Ok(None);
        }
        if !read.crops.is_empty() && (entry.run != read.run || entry.crops.is_empty()) {
            execute(db, "DELETE FROM crops WHERE session = $1", &[key]).await?;
        }
        let (class, bytes) = entry.cost();
        let moves = class != read.cost().0;
        let columns = StageColumns::of(entry)?;
        let claimed = matches!(entry.stage, Stage::Verifying { .. });
        let node = claimed.then_some(node);
        execute(
            db,
            "UPDATE sessions SET expires_at = $2, run = $3, stage = $4, turns_at = $5, paid = $6, node = $7,
                claims = $8, reply = $9, failure = $10, class = $11, bytes = $12,
                number = CASE WHEN $13 THEN nextval('numbers') ELSE number END, lapses = $14, extendable_to = $15
             WHERE key = $1",
            &[
                key,
                &integer(entry.terms.expires_at),
                &i64::from(entry.run),
                &columns.stage,
                &columns.turns_at,
                &columns.paid,
                &node,
                &i64::from(entry.claims),
                &columns.reply,
                &columns.failure,
                &(class as i16),
                &size(bytes),
                &moves,
                &i64::from(entry.lapses),
                &integer(entry.terms.extendable_to),
            ],
        )
        .await?;
        if let Some(deed) = entry.deed_of_its_end(read.has_ended()) {
            audit_rows::append(db, &deed).await?;
        }
        Ok(moves.then_some(class))
    }

    /// The bytes there are for its crops; refuses one that needs a place if there is none.
    pub async fn room(&self, db: &impl GenericClient, limits: StoreLimits) -> Result<usize, Fault> {
        let all = sums::total(db, Class::Holding).await?;
        let own = match &self.entry.terms.sharer {
            Some(sharer) if limits.are_near(all) => sums::held_by(db, sharer).await?,
            _ => (0, 0),
        };
        Ok(self.entry.room(limits.left(own, all))?)
    }

    /// Writes a new session; `false` if there is one of its id.
    pub async fn insert(db: &impl GenericClient, entry: &Entry<Known>) -> Result<bool, Fault> {
        let SessionTerms {
            id,
            tenant,
            sharer,
            kind,
            choice,
            model,
            frames_required,
            needs_fps,
            source,
            reference,
            metadata,
            created_at,
            expires_at,
            extendable_to,
        } = &entry.terms;
        let (class, bytes) = entry.cost();
        let (asked_model, asked_version, asked_frames) = match choice {
            ModelChoice::Id(id) => (Some(id), None, None),
            ModelChoice::Version { version, frame_count } => {
                (None, Some(version), Some(i64::from(*frame_count)))
            }
        };
        let columns = StageColumns::of(entry)?;
        let inserted = execute(
            db,
            "INSERT INTO sessions (id, kind, asked_model, asked_version, asked_frames, model, frames_required,
                needs_fps, source, reference, expires_at, run, stage, turns_at, paid, claims, class, bytes, tenant, metadata, video, created_at, sharer, extendable_to)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)
             ON CONFLICT (id) DO NOTHING",
            &[
                id,
                &kind_name(*kind),
                &asked_model,
                &asked_version,
                &asked_frames,
                model,
                &i64::from(*frames_required),
                needs_fps,
                &source_name(*source),
                reference,
                &integer(*expires_at),
                &i64::from(entry.run),
                &columns.stage,
                &columns.turns_at,
                &columns.paid,
                &i64::from(entry.claims),
                &(class as i16),
                &size(bytes),
                &tenant.as_str(),
                &metadata.as_ref().map(Metadata::to_json),
                &video_name(*kind),
                &integer(*created_at),
                &sharer.as_ref().map(Sharer::as_str),
                &integer(*extendable_to),
            ],
        )
        .await?;
        Ok(inserted == 1)
    }

    /// Writes a new crop.
    pub async fn insert_crop(
        &self,
        db: &impl GenericClient,
        key: CropKey,
        picture: &Picture,
    ) -> Result<(), Fault> {
        let warnings =
            serde_json::to_string(&picture.warnings).map_err(|_| Corrupt("a crop's warnings"))?;
        execute(
            db,
            "INSERT INTO crops (session, place, bytes, timestamp_ms, warnings, file, print, near)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                &self.key,
                &i64::from(key.index),
                &size(picture.bytes()),
                &picture.timestamp_ms,
                &warnings,
                &&picture.file[..],
                &picture.print.as_ref().map(|print| &print.0[..]),
                &Print::joined(&picture.near),
            ],
        )
        .await?;
        Ok(())
    }

    /// Reads all of its crops, by index.
    pub async fn pictures(&self, db: &impl GenericClient) -> Result<Vec<Picture>, Fault> {
        let sql = "SELECT timestamp_ms, warnings, file, print, near FROM crops WHERE session = $1 ORDER BY place";
        let mut pictures = Vec::new();
        for row in query(db, sql, &[&self.key]).await? {
            let warnings: &str = row.try_get(1)?;
            let print: Option<&[u8]> = row.try_get(3)?;
            let print = print.map(<[u8; Print::LENGTH]>::try_from).transpose();
            let print = print.map_err(|_| Corrupt("a crop's print"))?;
            pictures.push(Picture {
                file: Bytes::copy_from_slice(row.try_get(2)?),
                timestamp_ms: row.try_get(0)?,
                warnings: serde_json::from_str(warnings)
                    .map_err(|_| Corrupt("a crop's warnings"))?,
                print: print.map(Print),
                near: Print::parted(row.try_get(4)?),
            });
        }
        Ok(pictures)
    }
}

/// Forgets a session, with its crops.
pub async fn delete(db: &impl GenericClient, id: Uuid) -> Result<(), Fault> {
    execute(db, "DELETE FROM sessions WHERE id = $1", &[&id]).await?;
    Ok(())
}

/// Whose a row is.
pub fn tenant(row: &SqlRow) -> Result<TenantId, Fault> {
    let tenant: &str = row.try_get("tenant")?;
    Ok(tenant.parse().map_err(|_| Corrupt("a tenant"))?)
}

fn read_terms(row: &SqlRow) -> Result<SessionTerms, Fault> {
    let choice = match (row.try_get("asked_model")?, row.try_get("asked_version")?) {
        (Some(id), None) => ModelChoice::Id(id),
        (None, Some(version)) => {
            ModelChoice::Version { version, frame_count: unsigned(row.try_get("asked_frames")?)? }
        }
        _ => return Err(Corrupt("the model that was asked for").into()),
    };
    let expires_at = unsigned(row.try_get("expires_at")?)?;
    Ok(SessionTerms {
        id: row.try_get("id")?,
        tenant: tenant(row)?,
        sharer: row.try_get::<_, Option<String>>("sharer")?.map(Sharer::kept),
        kind: kind_of(row.try_get("kind")?, row.try_get("video")?)?,
        choice,
        model: row.try_get("model")?,
        frames_required: unsigned(row.try_get("frames_required")?)?,
        needs_fps: row.try_get("needs_fps")?,
        source: source_of(row.try_get("source")?)?,
        reference: row.try_get("reference")?,
        metadata: metadata_of(row.try_get("metadata")?)?,
        created_at: unsigned(row.try_get("created_at")?)?,
        expires_at,
        extendable_to: extendable_to(row.try_get("extendable_to")?, expires_at)?,
    })
}

/// The crops' sizes, where they were read with the session.
fn sizes(row: &SqlRow) -> Result<BTreeMap<u32, Known>, Fault> {
    let places: Option<Vec<i64>> = row.try_get("places")?;
    let sizes: Option<Vec<i64>> = row.try_get("sizes")?;
    let crops = places.into_iter().flatten().zip(sizes.into_iter().flatten());
    crops.map(|(place, bytes)| Ok((unsigned(place)?, Known::of_size(unsigned(bytes)?)))).collect()
}

async fn read_crops(
    db: &impl GenericClient,
    key: i64,
    index: Option<u32>,
) -> Result<BTreeMap<u32, Known>, Fault> {
    let sql =
        "SELECT place, bytes, CASE WHEN place = $2 THEN file END FROM crops WHERE session = $1";
    let index = index.map(i64::from);
    let mut crops = BTreeMap::new();
    for row in query(db, sql, &[&key, &index]).await? {
        let mut known = Known::of_size(unsigned(row.try_get(1)?)?);
        known.file = row.try_get::<_, Option<&[u8]>>(2)?.map(Bytes::copy_from_slice);
        crops.insert(unsigned(row.try_get(0)?)?, known);
    }
    Ok(crops)
}

/// The ids of rows.
pub fn ids(rows: &[SqlRow]) -> Result<Vec<Uuid>, Fault> {
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Up to `limit` sessions of the class whose time ended at `time` or before, or whose claim is orphaned, oldest first; of
/// those that nobody else is at.
pub async fn turned(
    db: &impl GenericClient,
    class: Class,
    time: UnixMillis,
    limit: usize,
) -> Result<Vec<Uuid>, Fault> {
    let sql = concat!(
        "SELECT id FROM sessions WHERE class = $1 AND (turns_at <= $2 OR ",
        orphaned!(),
        ") ORDER BY number LIMIT $3 FOR UPDATE SKIP LOCKED"
    );
    ids(&query(db, sql, &[&(class as i16), &integer(time), &size(limit)]).await?)
}

/// Whether somebody has the session's claim.
pub async fn is_claimed(db: &impl GenericClient, id: Uuid) -> Result<bool, Fault> {
    let sql = "SELECT 1 FROM sessions WHERE id = $1 AND stage = 'verifying'";
    Ok(!query(db, sql, &[&id]).await?.is_empty())
}

/// Tells all gateways that a session's check has ended, once the transaction has.
pub async fn announce(db: &impl GenericClient, id: Uuid) -> Result<(), Fault> {
    query(db, "SELECT pg_notify('liveness_checks', $1)", &[&id.to_string()]).await?;
    Ok(())
}
