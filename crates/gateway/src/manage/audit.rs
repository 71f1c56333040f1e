//! `audit`: what was done, and whether the log of it is whole.

use std::io::{ErrorKind, Write};

use serde_json::{Value, json};

use super::{ManageError, open, require_file};
use crate::config::{AuditCommand, Database};
use crate::domain::audit::{AuditEntry, Head};
use crate::domain::audit_chain::{Break, Chain, Held};
use crate::domain::clock::{Clock as _, SystemClock, iso8601};
use crate::domain::visible::visible_json;
use crate::store::AuditLog;
use crate::store::sqlite::AuditFile;

/// How many entries are read at a time.
const GROUP: usize = 1000;

/// Carries a command out on the audit log in this database, and writes what it says to `output` as it is found. A file is only
/// read, and may be a copy that cannot be written. Nothing is wrong where whoever reads has had enough (a broken pipe).
///
/// # Errors
/// See [`ManageError`]; [`ManageError::Audit`] names the first entry at which the log does not hold.
pub async fn audit(
    command: AuditCommand,
    database: Option<&Database>,
    output: &mut impl Write,
) -> Result<(), ManageError> {
    let done = if let Some(Database::File(path)) = database {
        require_file(path)?;
        carry_out(command, &AuditFile::open(path)?, output).await
    } else {
        let store = open(database, false, SystemClock.now()).await?;
        carry_out(command, &*store, output).await
    };
    match done {
        Err(ManageError::Output(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        done => done,
    }
}

async fn carry_out<S: AuditLog + ?Sized>(
    command: AuditCommand,
    store: &S,
    output: &mut impl Write,
) -> Result<(), ManageError> {
    match command {
        AuditCommand::List { after, last } => list(store, after, last, output).await,
        AuditCommand::Verify { noted } => {
            let said = verify(store, noted).await?;
            writeln!(output, "{said}")?;
            Ok(output.flush()?)
        }
    }
}

async fn group<S: AuditLog + ?Sized>(
    store: &S,
    after: u64,
) -> Result<Vec<AuditEntry>, ManageError> {
    store.audit_after(after, GROUP).await.map_err(|_| ManageError::Store)
}

/// Writes the entries up to the one that is the last now: a gateway may add some for as long as this reads.
async fn list<S: AuditLog + ?Sized>(
    store: &S,
    after: Option<u64>,
    last: Option<u64>,
    output: &mut impl Write,
) -> Result<(), ManageError> {
    let end = store.audit_head().await.map_err(|_| ManageError::Store)?.number;
    let mut after = after.or(last.map(|last| end.saturating_sub(last))).unwrap_or(0);
    while after < end {
        let mut entries = group(store, after).await?;
        entries.retain(|entry| entry.number <= end);
        let Some(read_to) = entries.last() else { break };
        after = read_to.number;
        for entry in &entries {
            writeln!(output, "{}", line(entry))?;
        }
        output.flush()?;
    }
    Ok(())
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
    let chain = loop {
        let mut first = None;
        let gone_through = go_through(store, Chain::new(noted), &mut first).await;
        let trimmed = async || Ok::<_, ManageError>(first != first_of(&group(store, 0).await?));
        match gone_through {
            // A gateway has forgotten entries between one group and the next: what is there now says so.
            Err(ManageError::Audit(Break::Missing { .. })) if trimmed().await? => {}
            chain => break chain?,
        }
    };
    let Held { head, entries, forgotten, gone } = chain.end()?;
    if let (Some(forgotten), Some(noted)) = (forgotten, gone) {
        return Err(ManageError::Gone { noted, forgotten, head });
    }
    let before = forgotten.map_or_else(String::new, |forgotten| format!("; {forgotten}"));
    Ok(format!(
        "{head}\nThe log holds: {entries} entries{before}. Keep the line above elsewhere; --noted takes it."
    ))
}

async fn go_through<S: AuditLog + ?Sized>(
    store: &S,
    mut chain: Chain,
    first: &mut Option<u64>,
) -> Result<Chain, ManageError> {
    let mut after = 0;
    loop {
        let entries = group(store, after).await?;
        let Some(end) = entries.last() else { return Ok(chain) };
        after = end.number;
        *first = first.or_else(|| first_of(&entries));
        entries.iter().try_for_each(|entry| chain.check(entry))?;
    }
}

fn first_of(entries: &[AuditEntry]) -> Option<u64> {
    entries.first().map(|entry| entry.number)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use uuid::Uuid;

    use super::*;
    use crate::domain::audit::{Action, By, Deed};
    use crate::domain::metadata::Metadata;
    use crate::domain::tenants::TenantId;
    use crate::store::memory::MemoryStore;
    use crate::store::{AuditStore as _, StoreError, StoreLimits};

    #[tokio::test]
    async fn what_a_back_end_writes_is_listed_as_text_and_nothing_else() {
        let store = MemoryStore::new(StoreLimits::new(1, 1, 1));
        let event = r#"{"a": "\u009b2J \u202egnirts \u2028 \u0085 \u007f"}"#;
        let event = Metadata::read(event).unwrap();
        let by = By::server_key(0);
        let deed = Deed::session_noted(Uuid::nil(), &TenantId::default(), &event, by);
        store.note(deed).await.unwrap();
        let list = AuditCommand::List { after: None, last: None };
        let mut listed = Vec::new();
        carry_out(list, &store, &mut listed).await.unwrap();
        let listed = String::from_utf8(listed).unwrap();
        let listed = listed.strip_suffix('\n').unwrap();
        assert!(listed.chars().all(|character| matches!(character, ' '..='~')), "{listed:?}");
        let entry: Value = serde_json::from_str(listed).unwrap();
        assert_eq!(entry["details"]["event"], event.to_value());
    }

    #[tokio::test]
    async fn the_log_is_listed_and_its_head_is_printed() {
        let store = MemoryStore::new(StoreLimits::new(1, 1, 1));
        let run = async |command| {
            let mut said = Vec::new();
            carry_out(command, &store, &mut said).await?;
            Ok::<_, ManageError>(String::from_utf8(said).unwrap())
        };
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

    /// A log to which an entry is added whenever it is read, and which counts how often that is.
    struct Busy {
        log: MemoryStore,
        reads: Arc<AtomicUsize>,
    }

    #[async_trait::async_trait]
    impl AuditLog for Busy {
        async fn audit_after(
            &self,
            number: u64,
            limit: usize,
        ) -> Result<Vec<AuditEntry>, StoreError> {
            let reads = self.reads.fetch_add(1, Ordering::SeqCst);
            assert!(reads < 50, "there is no end");
            self.log.note(Deed::signed(Action::SignedIn, By::server_key(1))).await?;
            self.log.audit_after(number, limit).await
        }

        async fn audit_head(&self) -> Result<Head, StoreError> {
            self.log.audit_head().await
        }
    }

    /// A log whose older half is forgotten when it has been read once.
    struct Trimmed(MemoryStore, AtomicUsize);

    #[async_trait::async_trait]
    impl AuditLog for Trimmed {
        async fn audit_after(
            &self,
            number: u64,
            limit: usize,
        ) -> Result<Vec<AuditEntry>, StoreError> {
            let entries = self.0.audit_after(number, limit).await?;
            if self.1.fetch_add(1, Ordering::SeqCst) == 0 {
                self.0.trim_audit(RETENTION_MS + 1_500 * HOUR_MS).await?;
            }
            Ok(entries)
        }

        async fn audit_head(&self) -> Result<Head, StoreError> {
            self.0.audit_head().await
        }
    }

    const RETENTION_MS: u64 = 1_000_000;
    const HOUR_MS: u64 = 3_600_000;

    #[tokio::test]
    async fn what_is_forgotten_while_it_is_gone_through_is_no_break() {
        let log =
            MemoryStore::new(StoreLimits { audit_ms: RETENTION_MS, ..StoreLimits::new(1, 1, 1) });
        for at in 0..2500 {
            log.note(Deed::signed(Action::SignedIn, By::server_key(at * HOUR_MS))).await.unwrap();
        }
        let said = verify(&Trimmed(log, AtomicUsize::new(0)), None).await.unwrap();
        assert!(said.contains("were forgotten"), "{said}");
    }

    /// Notes how often the log had been read when a line came.
    struct Lines {
        reads: Arc<AtomicUsize>,
        came_after: Vec<usize>,
    }

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            if bytes.contains(&b'\n') {
                self.came_after.push(self.reads.load(Ordering::SeqCst));
            }
            Ok(bytes.len())
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_list_is_written_as_it_is_read_and_has_an_end_beside_a_busy_gateway() {
        let reads = Arc::new(AtomicUsize::new(0));
        let log = MemoryStore::new(StoreLimits::new(1, 1, 1));
        for at in 0..2500 {
            log.note(Deed::signed(Action::SignedIn, By::server_key(at))).await.unwrap();
        }
        let store = Busy { log, reads: Arc::clone(&reads) };
        let mut lines = Lines { reads, came_after: Vec::new() };
        let list = AuditCommand::List { after: Some(0), last: None };
        carry_out(list, &store, &mut lines).await.unwrap();
        assert_eq!(lines.came_after.len(), 2500, "those that were there");
        assert_eq!(lines.came_after[..GROUP], [1; GROUP], "none waits for those after it");
    }
}
