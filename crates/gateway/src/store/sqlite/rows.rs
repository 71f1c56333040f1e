//! Sessions as rows: what the rules of [`Entry`] work on is read, and what they have changed is written.

use std::collections::BTreeMap;

use liveness_protocol::ModelChoice;
use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow, named_params, params};
use uuid::Uuid;

use super::audit_rows;
use super::worker::Fault;
use crate::domain::clock::UnixMillis;
use crate::domain::metadata::Metadata;
use crate::domain::pictures::print::Print;
use crate::domain::session::{SessionTerms, Sharer};
use crate::domain::tenants::TenantId;
use crate::store::entry::{Class, Entry};
use crate::store::limits::Held;
use crate::store::stored::{
    Known, StageColumns, extendable_to, integer, kind_name, kind_of, metadata_of, size,
    source_name, source_of, unsigned, video_name,
};
use crate::store::{CropKey, Picture};

/// A session as it was read, and as the rules leave it.
pub struct Row {
    key: i64,
    read: Entry<Known>,
    /// To be changed, then saved.
    pub entry: Entry<Known>,
}

const COLUMNS: &str = "key, id, kind, asked_model, asked_version, asked_frames, model, frames_required, \
    needs_fps, source, reference, expires_at, run, stage, turns_at, paid, reply, failure, claims, lapses, tenant, metadata, video, created_at, sharer, extendable_to";

impl Row {
    /// Reads a session; with the file of the crop at `index`.
    pub fn load(db: &Connection, id: Uuid, index: Option<u32>) -> Result<Option<Self>, Fault> {
        let sql = format!("SELECT {COLUMNS} FROM sessions WHERE id = ?");
        let mut statement = db.prepare_cached(&sql)?;
        let mut rows = statement.query([id.as_bytes()])?;
        match rows.next()? {
            Some(row) => Ok(Some(Self::read(db, row, index)?)),
            None => Ok(None),
        }
    }

    fn read(db: &Connection, row: &SqlRow<'_>, index: Option<u32>) -> Result<Self, Fault> {
        let key: i64 = row.get("key")?;
        let stage = StageColumns {
            stage: row.get::<_, String>("stage")?,
            turns_at: row.get("turns_at")?,
            paid: row.get("paid")?,
            reply: row.get("reply")?,
            failure: row.get("failure")?,
        };
        let entry = Entry {
            terms: read_terms(row)?,
            run: unsigned(row.get("run")?)?,
            crops: read_crops(db, key, index)?,
            stage: stage.read()?,
            claims: unsigned(row.get("claims")?)?,
            lapses: unsigned(row.get("lapses")?)?,
        };
        Ok(Self { key, read: entry.clone(), entry })
    }

    /// Whether there is anything to save.
    pub fn is_changed(&self) -> bool {
        self.entry != self.read
    }

    /// Writes what has changed, but for new crops, which are written by [`Row::insert_crop`].
    pub fn save(&self, db: &Connection) -> Result<(), Fault> {
        let Self { key, read, entry } = self;
        if !self.is_changed() {
            return Ok(());
        }
        if !read.crops.is_empty() && (entry.run != read.run || entry.crops.is_empty()) {
            db.prepare_cached("DELETE FROM crops WHERE session = ?")?.execute([key])?;
        }
        let (class, bytes) = entry.cost();
        let columns = StageColumns::of(entry)?;
        let mut update = db.prepare_cached(
            "UPDATE sessions SET expires_at = :expires_at, extendable_to = :extendable_to, run = :run, stage = :stage, turns_at = :turns_at,
                paid = :paid, reply = :reply, failure = :failure, claims = :claims, lapses = :lapses, class = :class, bytes = :bytes
             WHERE key = :key",
        )?;
        let moves = class != read.cost().0;
        if moves {
            // At the end of its new class, before it comes to it: a place is taken once.
            db.prepare_cached(
                "UPDATE sessions SET class = :class, number =
                    (SELECT coalesce(max(number), 0) + 1 FROM sessions WHERE class = :class)
                 WHERE key = :key",
            )?
            .execute(named_params! { ":class": class as i64, ":key": key })?;
        }
        update.execute(named_params! {
            ":expires_at": integer(entry.terms.expires_at),
            ":extendable_to": integer(entry.terms.extendable_to),
            ":run": entry.run,
            ":stage": columns.stage,
            ":turns_at": columns.turns_at,
            ":paid": columns.paid,
            ":reply": columns.reply,
            ":failure": columns.failure,
            ":claims": entry.claims,
            ":lapses": entry.lapses,
            ":class": class as i64,
            ":bytes": size(bytes),
            ":key": key,
        })?;
        let deed = entry.deed_of_its_end(read.has_ended());
        deed.map_or(Ok(()), |deed| audit_rows::append(db, &deed))
    }

    /// Writes a new session.
    pub fn insert(db: &Connection, entry: &Entry<Known>) -> Result<(), Fault> {
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
                (None, Some(version), Some(frame_count))
            }
        };
        let columns = StageColumns::of(entry)?;
        db.prepare_cached(
            "INSERT INTO sessions (id, kind, asked_model, asked_version, asked_frames, model, frames_required,
                needs_fps, source, reference, expires_at, run, stage, turns_at, paid, class, bytes, tenant, metadata, video, created_at, sharer, extendable_to, number)
             VALUES (:id, :kind, :asked_model, :asked_version, :asked_frames, :model, :frames_required,
                :needs_fps, :source, :reference, :expires_at, :run, :stage, :turns_at, :paid, :class, :bytes, :tenant, :metadata, :video, :created_at, :sharer, :extendable_to,
                (SELECT coalesce(max(number), 0) + 1 FROM sessions WHERE class = :class))",
        )?
        .execute(named_params! {
            ":id": id.as_bytes(),
            ":kind": kind_name(*kind),
            ":asked_model": asked_model,
            ":asked_version": asked_version,
            ":asked_frames": asked_frames,
            ":model": model,
            ":frames_required": frames_required,
            ":needs_fps": needs_fps,
            ":source": source_name(*source),
            ":reference": reference,
            ":expires_at": integer(*expires_at),
            ":run": entry.run,
            ":stage": columns.stage,
            ":turns_at": columns.turns_at,
            ":paid": columns.paid,
            ":class": class as i64,
            ":bytes": size(bytes),
            ":tenant": tenant.as_str(),
            ":metadata": metadata.as_ref().map(Metadata::to_json),
            ":video": video_name(*kind),
            ":created_at": integer(*created_at),
            ":extendable_to": integer(*extendable_to),
            ":sharer": sharer.as_ref().map(Sharer::as_str),
        })?;
        Ok(())
    }

    /// Writes a new crop.
    pub fn insert_crop(
        &self,
        db: &Connection,
        key: CropKey,
        picture: &Picture,
    ) -> Result<(), Fault> {
        let warnings = serde_json::to_string(&picture.warnings)
            .map_err(|_| Fault::Corrupt("a crop's warnings"))?;
        db.prepare_cached(
            "INSERT INTO crops (session, place, bytes, timestamp_ms, warnings, print, near, file)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            self.key,
            key.index,
            size(picture.bytes()),
            picture.timestamp_ms,
            warnings,
            picture.print.map(|print| print.0),
            Print::joined(&picture.near),
            &picture.file[..],
        ])?;
        Ok(())
    }

    /// Reads all of its crops, by index.
    pub fn pictures(db: &Connection, key: i64) -> Result<Vec<Picture>, Fault> {
        let mut statement = db.prepare_cached(
            "SELECT timestamp_ms, warnings, file, print, near FROM crops WHERE session = ? ORDER BY place",
        )?;
        let mut rows = statement.query([key])?;
        let mut pictures = Vec::new();
        while let Some(row) = rows.next()? {
            let warnings: String = row.get(1)?;
            pictures.push(Picture {
                file: row.get::<_, Vec<u8>>(2)?.into(),
                timestamp_ms: row.get(0)?,
                warnings: serde_json::from_str(&warnings)
                    .map_err(|_| Fault::Corrupt("a crop's warnings"))?,
                print: row.get::<_, Option<[u8; Print::LENGTH]>>(3)?.map(Print),
                near: Print::parted(&row.get::<_, Vec<u8>>(4)?),
            });
        }
        Ok(pictures)
    }

    /// Its row's number.
    pub const fn key(&self) -> i64 {
        self.key
    }

    /// Forgets it, with its crops.
    pub fn delete(db: &Connection, id: Uuid) -> Result<(), Fault> {
        db.prepare_cached("DELETE FROM sessions WHERE id = ?")?.execute([id.as_bytes()])?;
        Ok(())
    }
}

/// Whose a row is.
pub fn tenant(row: &SqlRow<'_>) -> Result<TenantId, Fault> {
    let tenant = row.get_ref("tenant")?.as_str().map_err(rusqlite::Error::from)?;
    tenant.parse().map_err(|_| Fault::Corrupt("a tenant"))
}

fn read_terms(row: &SqlRow<'_>) -> Result<SessionTerms, Fault> {
    let choice = match (row.get("asked_model")?, row.get("asked_version")?) {
        (Some(id), None) => ModelChoice::Id(id),
        (None, Some(version)) => {
            ModelChoice::Version { version, frame_count: unsigned(row.get("asked_frames")?)? }
        }
        _ => return Err(Fault::Corrupt("the model that was asked for")),
    };
    let expires_at = unsigned(row.get("expires_at")?)?;
    Ok(SessionTerms {
        id: Uuid::from_bytes(row.get("id")?),
        tenant: tenant(row)?,
        sharer: row.get::<_, Option<String>>("sharer")?.map(Sharer::kept),
        kind: kind_of(
            row.get_ref("kind")?.as_str().map_err(rusqlite::Error::from)?,
            row.get::<_, Option<String>>("video")?.as_deref(),
        )?,
        choice,
        model: row.get("model")?,
        frames_required: unsigned(row.get("frames_required")?)?,
        needs_fps: row.get("needs_fps")?,
        source: source_of(row.get_ref("source")?.as_str().map_err(rusqlite::Error::from)?)?,
        reference: row.get("reference")?,
        metadata: metadata_of(row.get::<_, Option<String>>("metadata")?.as_deref())?,
        created_at: unsigned(row.get("created_at")?)?,
        expires_at,
        extendable_to: extendable_to(row.get("extendable_to")?, expires_at)?,
    })
}

fn read_crops(
    db: &Connection,
    key: i64,
    index: Option<u32>,
) -> Result<BTreeMap<u32, Known>, Fault> {
    let mut statement = db.prepare_cached("SELECT place, bytes FROM crops WHERE session = ?")?;
    let mut rows = statement.query([key])?;
    let mut crops = BTreeMap::new();
    while let Some(row) = rows.next()? {
        crops.insert(unsigned(row.get(0)?)?, Known::of_size(unsigned(row.get(1)?)?));
    }
    if let Some((index, known)) = index.and_then(|index| Some((index, crops.get_mut(&index)?))) {
        let file: Vec<u8> = db
            .prepare_cached("SELECT file FROM crops WHERE session = ? AND place = ?")?
            .query_row(params![key, index], |row| row.get(0))?;
        known.file = Some(file.into());
    }
    Ok(crops)
}

/// Sessions and bytes of a class.
pub fn total(db: &Connection, class: Class) -> Result<(usize, usize), Fault> {
    let (sessions, bytes) = db
        .prepare_cached("SELECT sessions, bytes FROM totals WHERE class = ?")?
        .query_row([class as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((unsigned(sessions)?, unsigned(bytes)?))
}

/// The sessions with crops, and their bytes, that this one has.
pub fn held_by(db: &Connection, sharer: &Sharer) -> Result<Held, Fault> {
    let sql =
        "SELECT count(*), coalesce(sum(bytes), 0) FROM sessions WHERE class = 1 AND sharer = ?";
    let (sessions, bytes) = db
        .prepare_cached(sql)?
        .query_row([sharer.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok((unsigned(sessions)?, unsigned(bytes)?))
}

/// The session that has been of its class for longest.
pub fn oldest(db: &Connection, class: Class) -> Result<Option<Uuid>, Fault> {
    let id = db
        .prepare_cached("SELECT id FROM sessions WHERE class = ? ORDER BY number LIMIT 1")?
        .query_row([class as i64], |row| Ok(Uuid::from_bytes(row.get(0)?)))
        .optional()?;
    Ok(id)
}

/// Up to `limit` sessions of the class whose time ended at `time` or before, oldest first.
pub fn turned(
    db: &Connection,
    class: Class,
    time: UnixMillis,
    limit: usize,
) -> Result<Vec<Uuid>, Fault> {
    let mut statement = db.prepare_cached(
        "SELECT id FROM sessions WHERE class = ? AND turns_at <= ? ORDER BY number LIMIT ?",
    )?;
    let ids = statement.query_map(params![class as i64, integer(time), size(limit)], |row| {
        Ok(Uuid::from_bytes(row.get(0)?))
    })?;
    Ok(ids.collect::<Result<_, _>>()?)
}

/// Sessions with a claim.
pub fn claimed(db: &Connection) -> Result<Vec<Uuid>, Fault> {
    let mut statement = db.prepare_cached("SELECT id FROM sessions WHERE stage = 'verifying'")?;
    let ids = statement.query_map([], |row| Ok(Uuid::from_bytes(row.get(0)?)))?;
    Ok(ids.collect::<Result<_, _>>()?)
}
