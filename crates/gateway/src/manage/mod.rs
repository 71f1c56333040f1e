//! The commands that look after what a gateway keeps. They work on its database, also while it runs.

pub mod audit;
pub mod tenants;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::SecretString;

use crate::config::{Database, KeysCommand};
use crate::domain::audit::{By, Head};
use crate::domain::audit_chain::{Break, Forgotten};
use crate::domain::clock::{Clock as _, DAY_MS, HOUR_MS, SystemClock, UnixMillis, iso8601};
use crate::domain::keys::{self, KeyChange, KeyId, KeyRecord, KeyTerms, NewKey};
use crate::domain::origins::OriginError;
use crate::domain::tenants::TenantId;
use crate::store::postgres::{ConnectError, PostgresStore};
use crate::store::sqlite::{OpenError, SqliteStore};
use crate::store::{Store, StoreError, StoreLimits};

/// Why a command has not been carried out.
#[derive(Debug, thiserror::Error)]
pub enum ManageError {
    /// Nothing says where the keys are.
    #[error(
        "keys, tenants and the audit log are kept in a database: name it with --database, as the gateway does"
    )]
    NoDatabase,
    /// It is in a file that is not there.
    #[error(
        "there is no database {0:?}: a gateway makes it, or `keys create`, or `tenants create`; is --database the gateway's?"
    )]
    NoFile(PathBuf),
    /// The database cannot be used.
    #[error(transparent)]
    Database(#[from] OpenError),
    /// The database cannot be reached, or used.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The audit log is not whole.
    #[error("the audit log does not hold: {0}")]
    Audit(#[from] Break),
    /// The audit log is whole in itself, and no longer has what was noted.
    #[error(
        "entry {noted}, which was noted, is no longer there: {forgotten}, as one would that somebody has forged with all \
         that is left; which holds, up to {head}"
    )]
    Gone {
        /// The entry that was noted.
        noted: u64,
        /// Why it is gone.
        forgotten: Forgotten,
        /// The last entry.
        head: Head,
    },
    /// There is no key of this id.
    #[error("there is no key {0}")]
    NoSuchKey(KeyId),
    /// The key has expired or is revoked, which no new secret changes.
    #[error("the key {0} holds no more: make another")]
    Ended(KeyId),
    /// There is no tenant of this id.
    #[error("there is no tenant {0}: make it with `tenants create`")]
    NoSuchTenant(TenantId),
    /// There is one already.
    #[error("there is a tenant {0}")]
    TenantExists(TenantId),
    /// The schema cannot be read, or is not a schema.
    #[error("--metadata-schema {path:?}: {why}")]
    Schema {
        /// Its file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// An origin that no browser sends.
    #[error("--origin {0}")]
    Origin(#[from] OriginError),
    /// The database fails, and has logged why.
    #[error("the database does not work")]
    Store,
    /// What was found cannot be written out.
    #[error("it cannot be written out: {0}")]
    Output(#[from] std::io::Error),
    /// The machine has no source of random numbers.
    #[error("no random key could be made: {0}")]
    Random(#[from] getrandom::Error),
}

impl ManageError {
    /// The command's exit code.
    pub const fn exit_code(&self) -> u8 {
        // Neither yes nor no.
        if matches!(self, Self::Gone { .. }) { 3 } else { 1 }
    }
}

/// What a command says.
#[derive(Debug)]
pub struct Said {
    /// For people.
    pub text: String,
    /// The key, where one was made. It cannot be shown again.
    pub key: Option<SecretString>,
}

/// Carries a command out on the keys in this database.
///
/// # Errors
/// See [`ManageError`].
pub async fn keys(command: KeysCommand, database: Option<&Database>) -> Result<Said, ManageError> {
    let now = SystemClock.now();
    let may_make = matches!(command, KeysCommand::Create { .. });
    let store = open(database, may_make, now).await?;
    carry_out(command, &*store, now).await
}

fn require_file(path: &Path) -> Result<(), ManageError> {
    if path.exists() { Ok(()) } else { Err(ManageError::NoFile(path.to_owned())) }
}

/// The store. A file that is not there is made if that is what the command is for, and not where its name is mistyped.
async fn open(
    database: Option<&Database>,
    may_make: bool,
    now: UnixMillis,
) -> Result<Arc<dyn Store>, ManageError> {
    let database = database.ok_or(ManageError::NoDatabase)?;
    if let Database::File(path) = database {
        match require_file(path) {
            Err(_) if may_make => {
                tracing::warn!("there is no database {path:?} yet: it is made");
            }
            found => found?,
        }
    }
    // Of no consequence: no session is touched.
    let limits = StoreLimits::new(1_000_000, usize::MAX, u64::MAX);
    Ok(match database {
        Database::File(path) => Arc::new(SqliteStore::open(path, limits, now)?),
        Database::Postgres(url) => Arc::new(PostgresStore::open(url, limits).await?),
    })
}

async fn carry_out(
    command: KeysCommand,
    store: &dyn Store,
    now: UnixMillis,
) -> Result<Said, ManageError> {
    let change = async |id, change| {
        store.change_key(id, change, By::command_line(now)).await.map_err(|error| match error {
            StoreError::NotFound => ManageError::NoSuchKey(id),
            _ => ManageError::Store,
        })
    };
    match command {
        KeysCommand::Create { name, scopes, tenant, expires_in_days } => {
            let known = store.tenant(&tenant).await.map_err(|_| ManageError::Store)?;
            if known.is_none() && tenant != TenantId::default() {
                return Err(ManageError::NoSuchTenant(tenant));
            }
            let lives = expires_in_days.map(|days| u64::from(days) * DAY_MS);
            let expires_at = lives.map(|ms| now.saturating_add(ms));
            let scopes = scopes.into_iter().collect();
            let terms = KeyTerms { name, tenant, scopes, expires_at };
            let NewKey { record, text } = NewKey::make(terms, now)?;
            let said = format!("{}\nThe key is shown this once:", row(&record, now));
            let added = store.add_key(record, By::command_line(now)).await;
            added.map_err(|_| ManageError::Store)?;
            Ok(Said { text: said, key: Some(text) })
        }
        KeysCommand::List => {
            let keys = store.keys().await.map_err(|_| ManageError::Store)?;
            let rows: Vec<String> = keys.iter().map(|record| row(record, now)).collect();
            let text = if rows.is_empty() { "no keys".to_owned() } else { rows.join("\n") };
            Ok(Said { text, key: None })
        }
        KeysCommand::Revoke { id } => {
            let record = change(id, KeyChange::Revoke { at: now }).await?;
            Ok(Said { text: row(&record, now), key: None })
        }
        KeysCommand::Rotate { id, overlap_hours } => {
            let known = store.key(id).await.map_err(|_| ManageError::Store)?;
            if known.is_some_and(|known| !known.holds(now)) {
                return Err(ManageError::Ended(id));
            }
            let (hash, key) = keys::new_secret(id)?;
            let until = now.saturating_add(u64::from(overlap_hours) * HOUR_MS);
            let record = change(id, KeyChange::Rotate { hash, until }).await?;
            let text = format!(
                "{}\nThe old secret holds until {}. The new key is shown this once:",
                row(&record, now),
                iso8601(until)
            );
            Ok(Said { text, key: Some(key) })
        }
    }
}

/// A key in a line.
fn row(record: &KeyRecord, now: UnixMillis) -> String {
    let KeyTerms { name, tenant, scopes, expires_at } = &record.terms;
    let scopes = match scopes.to_string() {
        all if all.is_empty() => "all scopes".to_owned(),
        some => some.replace(' ', ","),
    };
    let state = match (record.revoked_at, expires_at) {
        (Some(at), _) => format!("revoked {}", iso8601(at)),
        (None, Some(end)) if now >= *end => format!("expired {}", iso8601(*end)),
        (None, Some(end)) => format!("holds until {}", iso8601(*end)),
        (None, None) => "holds".to_owned(),
    };
    let used = record.last_used_at.map_or_else(|| "never".to_owned(), iso8601);
    let (id, made) = (record.id, iso8601(record.created_at));
    format!("{id}  tenant {tenant}  {scopes}  {state}  made {made}  last used {used}  {name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::keys::{KeyRefusal, SentKey, admit};
    use crate::domain::scopes::Scope;
    use crate::domain::tenants::TenantRecord;
    use crate::store::memory::MemoryStore;
    use crate::store::{KeyStore as _, TenantStore as _};
    use secrecy::ExposeSecret as _;

    fn create(expires_in_days: Option<u32>) -> KeysCommand {
        KeysCommand::Create {
            name: "till".into(),
            scopes: vec![Scope::SessionRead],
            tenant: "shop".parse().unwrap(),
            expires_in_days,
        }
    }

    #[tokio::test]
    async fn keys_are_made_listed_rotated_and_revoked() {
        let store = MemoryStore::new(StoreLimits::new(1, 1, 1));
        let run = async |command, now| carry_out(command, &store, now).await.unwrap();
        assert_eq!(run(KeysCommand::List, 0).await.text, "no keys");
        let refused = carry_out(create(None), &store, 0).await;
        assert!(matches!(refused, Err(ManageError::NoSuchTenant(of)) if of.as_str() == "shop"));
        store
            .add_tenant(
                TenantRecord::new("shop".parse().unwrap(), "The shop", 0),
                By::command_line(0),
            )
            .await
            .unwrap();
        let day = DAY_MS;
        let first = run(create(Some(1)), 0).await.key.unwrap();
        let id = store.keys().await.unwrap()[0].id;
        let allowed = async |key: &SecretString, now| {
            let kept = store.key(id).await.unwrap();
            let sent = SentKey::read(key.expose_secret()).unwrap().unwrap();
            admit(&sent, kept.as_ref(), Some(Scope::SessionRead), now).map(drop)
        };
        assert_eq!(allowed(&first, day - 1).await, Ok(()));
        assert_eq!(allowed(&first, day).await, Err(KeyRefusal::Invalid));
        let listed = run(KeysCommand::List, 0).await;
        for part in [&*id.to_string(), "till", "shop", "session:read", "1970-01-02", "never"] {
            assert!(listed.text.contains(part), "{part}: {}", listed.text);
        }
        assert!(run(KeysCommand::List, day).await.text.contains("expired"));
        let second = run(KeysCommand::Rotate { id, overlap_hours: 1 }, 0).await.key.unwrap();
        assert_eq!(allowed(&first, HOUR_MS - 1).await, Ok(()));
        assert_eq!(allowed(&first, HOUR_MS).await, Err(KeyRefusal::Invalid));
        assert_eq!(allowed(&second, HOUR_MS).await, Ok(()));
        assert!(run(KeysCommand::Revoke { id }, 5).await.text.contains("revoked 1970"));
        assert_eq!(allowed(&second, 6).await, Err(KeyRefusal::Invalid));
        let refused = carry_out(KeysCommand::Rotate { id, overlap_hours: 1 }, &store, 7).await;
        assert!(matches!(refused, Err(ManageError::Ended(of)) if of == id));
        let unknown = KeyId(id.0 ^ 1);
        let refused = carry_out(KeysCommand::Revoke { id: unknown }, &store, 0).await;
        assert!(matches!(refused, Err(ManageError::NoSuchKey(of)) if of == unknown));
        let refused = keys(KeysCommand::List, None).await;
        assert!(matches!(refused, Err(ManageError::NoDatabase)));
    }

    #[tokio::test]
    async fn only_what_makes_something_makes_a_database() {
        use crate::config::{AuditCommand, TenantsCommand};

        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sessions.db");
        let database = Database::File(path.clone());
        let (id, at) = (KeyId(7), Some(&database));
        let refused = [
            keys(KeysCommand::List, at).await,
            keys(KeysCommand::Revoke { id }, at).await,
            keys(KeysCommand::Rotate { id, overlap_hours: 1 }, at).await,
            tenants::tenants(TenantsCommand::List, at).await,
        ];
        let mut refused: Vec<_> = refused.into_iter().map(|refused| refused.map(drop)).collect();
        let output = &mut Vec::new();
        for command in
            [AuditCommand::List { after: None, last: None }, AuditCommand::Verify { noted: None }]
        {
            refused.push(audit::audit(command, at, output).await);
        }
        assert!(output.is_empty());
        for refused in refused {
            assert!(matches!(refused, Err(ManageError::NoFile(of)) if of == path));
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "not even a lock");
        let create = KeysCommand::Create {
            name: "till".into(),
            scopes: Vec::new(),
            tenant: TenantId::default(),
            expires_in_days: None,
        };
        assert!(keys(create, at).await.unwrap().key.is_some());
        assert!(keys(KeysCommand::List, at).await.unwrap().text.contains("till"));
    }
}
