//! The audit log as rows. What is done adds a row to those that wait, in its own transaction and without waiting for anybody;
//! one gateway at a time gives them their places in the chain.

use std::collections::BTreeMap;

use deadpool_postgres::{GenericClient, Transaction};
use tokio_postgres::Row as SqlRow;

use super::fault::Fault;
use super::statements::{execute, query};
use crate::domain::audit::{
    AuditEntry, AuditHash, By, Deed, Head, HourlyOutcome, OutcomeCount, hour_of,
};
use crate::domain::clock::UnixMillis;
use crate::store::audit::{OUTCOME_HOURS, TRIM_GROUP, may_be_trimmed, trimmed};
use crate::store::stored::{Corrupt, integer, size, unsigned};

/// How many entries are given their places at once.
pub const SEAL_GROUP: usize = 500;

/// Adds an entry to those that wait.
pub async fn append(db: &impl GenericClient, deed: &Deed) -> Result<(), Fault> {
    execute(
        db,
        "INSERT INTO audit_waiting (at, actor, action, object, details) VALUES ($1, $2, $3, $4, $5)",
        &[
            &integer(deed.by.at),
            &deed.by.actor.to_string(),
            &deed.action.as_str(),
            &deed.object,
            &deed.details,
        ],
    )
    .await?;
    Ok(())
}

fn hash(row: &SqlRow, column: &str) -> Result<AuditHash, Fault> {
    let bytes: &[u8] = row.try_get(column)?;
    Ok(AuditHash(bytes.try_into().map_err(|_| Corrupt("an audit entry's hash"))?))
}

fn read_texts(row: &SqlRow) -> Result<AuditEntry, Fault> {
    Ok(AuditEntry {
        number: unsigned(row.try_get("number")?)?,
        at: unsigned(row.try_get("at")?)?,
        actor: row.try_get("actor")?,
        action: row.try_get("action")?,
        object: row.try_get("object")?,
        details: row.try_get("details")?,
        previous: AuditHash::default(),
        hash: AuditHash::default(),
    })
}

fn read(row: &SqlRow) -> Result<AuditEntry, Fault> {
    Ok(AuditEntry {
        previous: hash(row, "previous")?,
        hash: hash(row, "hash")?,
        ..read_texts(row)?
    })
}

/// The last entry that has a place.
pub async fn head(db: &impl GenericClient) -> Result<Head, Fault> {
    let sql = "SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1";
    match query(db, sql, &[]).await?.first() {
        Some(row) => {
            Ok(Head { number: unsigned(row.try_get("number")?)?, hash: hash(row, "hash")? })
        }
        None => Ok(Head::default()),
    }
}

/// Up to `limit` entries after the one with this number.
pub async fn after(
    db: &impl GenericClient,
    number: u64,
    limit: usize,
) -> Result<Vec<AuditEntry>, Fault> {
    let sql = "SELECT number, at, actor, action, object, details, previous, hash FROM audit
        WHERE number > $1 ORDER BY number LIMIT $2";
    query(db, sql, &[&integer(number), &size(limit)]).await?.iter().map(read).collect()
}

/// Up to `limit` of the last entries about the end of a check.
pub async fn checks(db: &impl GenericClient, limit: usize) -> Result<Vec<AuditEntry>, Fault> {
    // In the words of the index, so that it is used.
    let sql = "SELECT number, at, actor, action, object, details, previous, hash FROM audit
        WHERE action IN ('verdict.decided', 'check.failed') ORDER BY number DESC LIMIT $1";
    query(db, sql, &[&size(limit)]).await?.iter().rev().map(read).collect()
}

/// Whoever appends to the chain keeps the others waiting by this lock and the table's number: "lvna".
const CHAIN_LOCK: i32 = 0x6c76_6e61;

/// Locks the chain for this transaction: nobody else appends to it until the transaction ends. The table may be vacuumed
/// meanwhile. A gateway of an earlier version locks the table alone, and before it takes anything: it is waited for by the
/// weakest lock that keeps it out.
async fn take_chain(db: &Transaction<'_>) -> Result<Head, Fault> {
    let sql = "SELECT pg_advisory_xact_lock($1, 'audit'::regclass::oid::int4)";
    execute(db, sql, &[&CHAIN_LOCK]).await?;
    execute(db, "LOCK TABLE audit IN ROW EXCLUSIVE MODE", &[]).await?;
    head(db).await
}

async fn write(db: &Transaction<'_>, entries: &[AuditEntry]) -> Result<(), Fault> {
    let integers = |of: fn(&AuditEntry) -> u64| -> Vec<i64> {
        entries.iter().map(|entry| integer(of(entry))).collect()
    };
    let texts = |of: fn(&AuditEntry) -> &String| -> Vec<&str> {
        entries.iter().map(|entry| of(entry).as_str()).collect()
    };
    let hashes = |of: fn(&AuditEntry) -> &AuditHash| -> Vec<&[u8]> {
        entries.iter().map(|entry| &of(entry).0[..]).collect()
    };
    execute(
        db,
        "INSERT INTO audit (number, at, actor, action, object, details, previous, hash)
         SELECT * FROM unnest($1::BIGINT[], $2::BIGINT[], $3::TEXT[], $4::TEXT[], $5::TEXT[], $6::TEXT[],
            $7::BYTEA[], $8::BYTEA[])",
        &[
            &integers(|entry| entry.number),
            &integers(|entry| entry.at),
            &texts(|entry| &entry.actor),
            &texts(|entry| &entry.action),
            &texts(|entry| &entry.object),
            &texts(|entry| &entry.details),
            &hashes(|entry| &entry.previous),
            &hashes(|entry| &entry.hash),
        ],
    )
    .await?;
    Ok(())
}

/// Whether an entry has no place yet.
pub async fn any_wait(db: &impl GenericClient) -> Result<bool, Fault> {
    let rows = query(db, "SELECT 1 FROM audit_waiting LIMIT 1", &[]).await?;
    Ok(!rows.is_empty())
}

/// Gives up to [`SEAL_GROUP`] of the waiting entries their places; returns how many there were.
pub async fn seal(db: &Transaction<'_>) -> Result<usize, Fault> {
    let mut head = take_chain(db).await?;
    let sql = "DELETE FROM audit_waiting WHERE number IN
        (SELECT number FROM audit_waiting ORDER BY number LIMIT $1)
        RETURNING number, at, actor, action, object, details";
    let rows = query(db, sql, &[&size(SEAL_GROUP)]).await?;
    let mut waiting = rows.iter().map(read_texts).collect::<Result<Vec<_>, Fault>>()?;
    waiting.sort_by_key(|entry| entry.number);
    let mut entries = Vec::with_capacity(waiting.len());
    let mut counts: BTreeMap<HourlyOutcome, i64> = BTreeMap::new();
    for entry in waiting {
        let entry = entry.placed_after(head);
        head = entry.head();
        if let Some(outcome) = entry.outcome() {
            *counts.entry(outcome).or_default() += 1;
        }
        entries.push(entry);
    }
    write(db, &entries).await?;
    for (HourlyOutcome { hour, tenant, outcome }, checks) in &counts {
        execute(
            db,
            "INSERT INTO outcomes (hour, tenant, outcome, checks) VALUES ($1, $2, $3, $4)
             ON CONFLICT (hour, tenant, outcome) DO UPDATE SET checks = outcomes.checks + excluded.checks",
            &[&integer(*hour), tenant, outcome, checks],
        )
        .await?;
    }
    Ok(entries.len())
}

/// How many checks ended how since this hour.
pub async fn outcomes(db: &impl GenericClient, from_hour: u64) -> Result<Vec<OutcomeCount>, Fault> {
    let sql = r#"SELECT hour, tenant, outcome, checks FROM outcomes WHERE hour >= $1
        ORDER BY hour, tenant COLLATE "C", outcome COLLATE "C""#;
    let rows = query(db, sql, &[&integer(from_hour)]).await?;
    let counts = rows.iter().map(|row| {
        let outcome = HourlyOutcome {
            hour: unsigned(row.try_get("hour")?)?,
            tenant: row.try_get("tenant")?,
            outcome: row.try_get("outcome")?,
        };
        Ok(OutcomeCount { outcome, checks: unsigned(row.try_get("checks")?)? })
    });
    counts.collect()
}

/// Forgets some of the entries whose time is over; whether there were any.
pub async fn trim(db: &Transaction<'_>, now: UnixMillis, audit_ms: u64) -> Result<bool, Fault> {
    let oldest = async |limit| -> Result<Vec<_>, Fault> {
        Ok(after(db, 0, limit).await?.iter().map(|entry| (entry.head(), entry.at)).collect())
    };
    // Before anybody has to wait for it.
    if !may_be_trimmed(&oldest(1).await?, now, audit_ms) {
        return Ok(false);
    }
    let head = take_chain(db).await?;
    let Some(last) = trimmed(&oldest(TRIM_GROUP).await?, now, audit_ms) else { return Ok(false) };
    write(db, &[AuditEntry::after(head, &Deed::trimmed(last, By::gateway(now)))]).await?;
    execute(db, "DELETE FROM audit WHERE number <= $1", &[&integer(last.number)]).await?;
    Ok(true)
}

/// Forgets counts of hours long past.
pub async fn trim_outcomes(db: &impl GenericClient, now: UnixMillis) -> Result<(), Fault> {
    let from_hour = hour_of(now).saturating_sub(OUTCOME_HOURS);
    execute(db, "DELETE FROM outcomes WHERE hour < $1", &[&integer(from_hour)]).await?;
    Ok(())
}
