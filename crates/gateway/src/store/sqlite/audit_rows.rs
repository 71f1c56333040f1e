//! The audit log as rows.

use rusqlite::{Connection, OptionalExtension as _, Row as SqlRow, named_params, params};

use super::worker::Fault;
use crate::domain::audit::{
    AuditEntry, AuditHash, By, Deed, Head, HourlyOutcome, OutcomeCount, hour_of,
};
use crate::domain::clock::UnixMillis;
use crate::store::audit::{OUTCOME_HOURS, TRIM_GROUP, may_be_trimmed, trimmed};
use crate::store::stored::{integer, size, unsigned};

/// In the words of the index, so that it is used.
const CHECKS: &str = "SELECT number, at, actor, action, object, details, previous, hash FROM audit
    WHERE action IN ('verdict.decided', 'check.failed') ORDER BY number DESC LIMIT ?";

/// The last entry.
pub fn head(db: &Connection) -> Result<Head, Fault> {
    let last = db
        .prepare_cached("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get::<_, i64>(0)?, AuditHash(row.get(1)?))))
        .optional()?;
    Ok(match last {
        Some((number, hash)) => Head { number: unsigned(number)?, hash },
        None => Head::default(),
    })
}

/// Adds an entry.
pub fn append(db: &Connection, deed: &Deed) -> Result<(), Fault> {
    let entry = AuditEntry::after(head(db)?, deed);
    db.prepare_cached(
        "INSERT INTO audit (number, at, actor, action, object, details, previous, hash)
         VALUES (:number, :at, :actor, :action, :object, :details, :previous, :hash)",
    )?
    .execute(named_params! {
        ":number": integer(entry.number),
        ":at": integer(entry.at),
        ":actor": entry.actor,
        ":action": entry.action,
        ":object": entry.object,
        ":details": entry.details,
        ":previous": entry.previous.0,
        ":hash": entry.hash.0,
    })?;
    if let Some(HourlyOutcome { hour, tenant, outcome }) = deed.outcome() {
        db.prepare_cached(
            "INSERT INTO outcomes (hour, tenant, outcome, checks) VALUES (?, ?, ?, 1)
             ON CONFLICT DO UPDATE SET checks = checks + 1",
        )?
        .execute(params![integer(hour), tenant, outcome])?;
    }
    Ok(())
}

fn read(row: &SqlRow<'_>) -> Result<AuditEntry, Fault> {
    Ok(AuditEntry {
        number: unsigned(row.get("number")?)?,
        at: unsigned(row.get("at")?)?,
        actor: row.get("actor")?,
        action: row.get("action")?,
        object: row.get("object")?,
        details: row.get("details")?,
        previous: AuditHash(row.get("previous")?),
        hash: AuditHash(row.get("hash")?),
    })
}

/// Up to `limit` entries after the one with this number.
pub fn after(db: &Connection, number: u64, limit: usize) -> Result<Vec<AuditEntry>, Fault> {
    let mut statement = db.prepare_cached(
        "SELECT number, at, actor, action, object, details, previous, hash FROM audit
         WHERE number > ? ORDER BY number LIMIT ?",
    )?;
    let rows = statement.query_and_then([integer(number), size(limit)], read)?;
    rows.collect()
}

/// Up to `limit` of the last entries about the end of a check.
pub fn checks(db: &Connection, limit: usize) -> Result<Vec<AuditEntry>, Fault> {
    let mut statement = db.prepare_cached(CHECKS)?;
    let rows = statement.query_and_then([size(limit)], read)?;
    let mut newest_first = rows.collect::<Result<Vec<_>, _>>()?;
    newest_first.reverse();
    Ok(newest_first)
}

/// How many checks ended how since this hour.
pub fn outcomes(db: &Connection, from_hour: u64) -> Result<Vec<OutcomeCount>, Fault> {
    let mut statement = db.prepare_cached(
        "SELECT hour, tenant, outcome, checks FROM outcomes WHERE hour >= ? ORDER BY hour, tenant, outcome",
    )?;
    let rows = statement.query_and_then([integer(from_hour)], |row| {
        let outcome = HourlyOutcome {
            hour: unsigned(row.get("hour")?)?,
            tenant: row.get("tenant")?,
            outcome: row.get("outcome")?,
        };
        Ok(OutcomeCount { outcome, checks: unsigned(row.get("checks")?)? })
    })?;
    rows.collect()
}

/// Forgets some of the entries whose time is over; whether there were any.
pub fn trim(db: &Connection, now: UnixMillis, audit_ms: u64) -> Result<bool, Fault> {
    let oldest = |limit| -> Result<Vec<_>, Fault> {
        Ok(after(db, 0, limit)?.iter().map(|entry| (entry.head(), entry.at)).collect())
    };
    if !may_be_trimmed(&oldest(1)?, now, audit_ms) {
        return Ok(false);
    }
    let Some(last) = trimmed(&oldest(TRIM_GROUP)?, now, audit_ms) else { return Ok(false) };
    // First, so that the log is never without an end to go on from.
    append(db, &Deed::trimmed(last, By::gateway(now)))?;
    db.prepare_cached("DELETE FROM audit WHERE number <= ?")?.execute([integer(last.number)])?;
    Ok(true)
}

/// Forgets counts of hours long past.
pub fn trim_outcomes(db: &Connection, now: UnixMillis) -> Result<(), Fault> {
    let from_hour = hour_of(now).saturating_sub(OUTCOME_HOURS);
    db.prepare_cached("DELETE FROM outcomes WHERE hour < ?")?.execute([integer(from_hour)])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::audit::Action;
    use crate::store::sqlite::open;

    #[test]
    fn the_last_checks_are_found_by_their_index() {
        let ends = Action::ENDS.map(|action| format!("'{}'", action.as_str())).join(", ");
        assert!(CHECKS.contains(&format!("IN ({ends})")), "{ends}");
        let dir = tempfile::tempdir().unwrap();
        let db = open::open(&dir.path().join("log.db")).unwrap().connection;
        let plan = db.query_row(&format!("EXPLAIN QUERY PLAN {CHECKS}"), [1], |row| {
            row.get::<_, String>("detail")
        });
        assert!(plan.as_ref().is_ok_and(|plan| plan.contains("audit_ends")), "{plan:?}");
    }
}
