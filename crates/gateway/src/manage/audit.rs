//! `audit`: what was done, and whether the log of it is whole.

use serde_json::{Value, json};

use super::{ManageError, Said, open, require_file};
use crate::config::{AuditCommand, Database};
use crate::domain::audit::{AuditEntry, Head};
use crate::domain::audit_chain::{Chain, Held};
use crate::domain::clock::{Clock as _, SystemClock, iso8601};
use crate::domain::visible::visible_json;
use crate::store::AuditLog;
use crate::store::sqlite::AuditFile;

/// How many entries are read at a time.
const GROUP: usize = 1000;

/// Carries a command out on the audit log in this database. A file is only read, and may be a copy that cannot be written.
///
/// # Errors
/// See [`ManageError`]; [`ManageError::Audit`] names the first entry at which the log does not hold.
pub async fn audit(
    command: AuditCommand,
    database: Option<&Database>,
) -> Result<Said, ManageError> {
    let Some(Database::File(path)) = database else {
        let store = open(database, false, SystemClock.now()).await?;
        return carry_out(command, &*store).await;
    };
    require_file(path)?;
    loop {
        let log = AuditFile::open(path)?;
        let said = carry_out(command, &log).await;
        if log.stood_still() {
            return said;
        }
    }
}

async fn carry_out<S: AuditLog + ?Sized>(
    command: AuditCommand,
    store: &S,
) -> Result<Said, ManageError> {
    let text = match command {
        AuditCommand::List { after, last } => list(store, after, last).await?,
        AuditCommand::Verify { noted } => verify(store, noted).await?,
    };
    Ok(Said { text, key: None })
}

async fn group<S: AuditLog + ?Sized>(
    store: &S,
    after: u64,
) -> Result<Vec<AuditEntry>, ManageError> {
    store.audit_after(after, GROUP).await.map_err(|_| ManageError::Store)
}

async fn list<S: AuditLog + ?Sized>(
    store: &S,
    after: Option<u64>,
    last: Option<u64>,
) -> Result<String, ManageError> {
    let head = store.audit_head().await.map_err(|_| ManageError::Store)?;
    let mut after = after.or(last.map(|last| head.number.saturating_sub(last))).unwrap_or(0);
    let mut lines = Vec::new();
    loop {
        let entries = group(store, after).await?;
        let Some(end) = entries.last() else { break };
        after = end.number;
        lines.extend(entries.iter().map(line));
    }
    Ok(lines.join("\n"))
}

fn line(entry: &AuditEntry) -> String {
    // What is no JSON has been put there by somebody else, and is shown as it is.
    let details = serde_json::from_str(&entry.details)
        .unwrap_or_else(|_| Value::String(entry.details.clone()));
    let line = json!({
        "number": entry.number,
        "at": iso8601(entry.at),
        "actor": entry.actor,
        "action": entry.action,
        "object": entry.object,
        "details": details,
        "previous": entry.previous.to_string(),
        "hash": entry.hash.to_string(),
    });
    // As on a page: nothing that a terminal would take for more than text.
    visible_json(&line)
}

async fn verify<S: AuditLog + ?Sized>(
    store: &S,
    noted: Option<Head>,
) -> Result<String, ManageError> {
    let mut chain = Chain::new(noted);
    let mut after = 0;
    loop {
        let entries = group(store, after).await?;
        let Some(end) = entries.last() else { break };
        after = end.number;
        entries.iter().try_for_each(|entry| chain.check(entry))?;
    }
    let Held { head, entries, forgotten, gone } = chain.end()?;
    if let (Some(forgotten), Some(noted)) = (forgotten, gone) {
        return Err(ManageError::Gone { noted, forgotten, head });
    }
    let before = forgotten.map_or_else(String::new, |forgotten| format!("; {forgotten}"));
    Ok(format!(
        "{head}\nThe log holds: {entries} entries{before}. Keep the line above elsewhere; --noted takes it."
    ))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::audit::{Action, By, Deed};
    use crate::domain::audit_chain::Break;
    use crate::domain::metadata::Metadata;
    use crate::domain::tenants::TenantId;
    use crate::store::memory::MemoryStore;
    use crate::store::{AuditStore as _, StoreLimits};

    #[tokio::test]
    async fn what_a_back_end_writes_is_listed_as_text_and_nothing_else() {
        let store = MemoryStore::new(StoreLimits::new(1, 1, 1));
        let event = r#"{"a": "\u009b2J \u202egnirts \u2028 \u0085 \u007f"}"#;
        let event = Metadata::read(event).unwrap();
        let by = By::server_key(0);
        let deed = Deed::session_noted(Uuid::nil(), &TenantId::default(), &event, by);
        store.note(deed).await.unwrap();
        let list = AuditCommand::List { after: None, last: None };
        let listed = carry_out(list, &store).await.unwrap().text;
        assert!(listed.chars().all(|character| matches!(character, ' '..='~')), "{listed:?}");
        let entry: Value = serde_json::from_str(&listed).unwrap();
        assert_eq!(entry["details"]["event"], event.to_value());
    }

    #[tokio::test]
    async fn the_log_is_listed_and_its_head_is_printed() {
        let store = MemoryStore::new(StoreLimits::new(1, 1, 1));
        let run = async |command| carry_out(command, &store).await.map(|said| said.text);
        for at in 0..2500 {
            store.note(Deed::signed(Action::SignedIn, By::server_key(at))).await.unwrap();
        }
        let lines = run(AuditCommand::List { after: None, last: None }).await.unwrap();
        assert_eq!(lines.lines().count(), 2500);
        let last = run(AuditCommand::List { after: None, last: Some(2) }).await.unwrap();
        let last: Vec<Value> =
            last.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(last.len(), 2);
        assert_eq!(last[1]["number"], 2500);
        assert_eq!(last[1]["previous"], last[0]["hash"]);
        assert_eq!(last[1]["actor"], "server key");
        let after = run(AuditCommand::List { after: Some(2499), last: None }).await.unwrap();
        assert_eq!(serde_json::from_str::<Value>(&after).unwrap(), last[1]);
        let said = run(AuditCommand::Verify { noted: None }).await.unwrap();
        let head: Head = said.lines().next().unwrap().parse().unwrap();
        assert_eq!(head.hash.to_string(), last[1]["hash"].as_str().unwrap());
        run(AuditCommand::Verify { noted: Some(head) }).await.unwrap();
        let lost = Head { number: 2501, ..head };
        let refused = run(AuditCommand::Verify { noted: Some(lost) }).await.unwrap_err();
        assert!(matches!(refused, ManageError::Audit(Break::Noted(2501))), "{refused}");
    }
}
