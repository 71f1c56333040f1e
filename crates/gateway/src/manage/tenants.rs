//! `tenants`: who has keys, credits and a rate of their own.

use std::num::NonZeroU32;
use std::path::PathBuf;

use super::{ManageError, Said, open};
use crate::config::{Database, Limit, OwnMode, TenantsCommand};
use crate::domain::audit::By;
use crate::domain::clock::{Clock as _, SystemClock, UnixMillis, iso8601};
use crate::domain::metadata::MetadataSchema;
use crate::domain::origins::Origins;
use crate::domain::tenants::{TenantChange, TenantRecord};
use crate::store::{StoreError, TenantStore};

/// Carries a command out on the tenants in this database.
///
/// # Errors
/// See [`ManageError`].
pub async fn tenants(
    command: TenantsCommand,
    database: Option<&Database>,
) -> Result<Said, ManageError> {
    let now = SystemClock.now();
    let may_make = matches!(command, TenantsCommand::Create { .. });
    let store = open(database, may_make, now).await?;
    carry_out(command, &*store, now).await
}

async fn carry_out(
    command: TenantsCommand,
    store: &dyn TenantStore,
    now: UnixMillis,
) -> Result<Said, ManageError> {
    let text = match command {
        TenantsCommand::Create {
            id,
            name,
            credits: Limit(credits),
            checks_per_minute: Limit(rate),
            origins,
            mode,
        } => {
            let origins = Origins::parse(&origins)?;
            let record =
                TenantRecord { credits, rate, origins, mode, ..TenantRecord::new(id, name, now) };
            let by = By::command_line(now);
            store.add_tenant(record.clone(), by).await.map_err(|error| match error {
                StoreError::Exists => ManageError::TenantExists(record.id.clone()),
                _ => ManageError::Store,
            })?;
            row(&record)
        }
        TenantsCommand::List => {
            let tenants = store.tenants().await.map_err(|_| ManageError::Store)?;
            let rows: Vec<String> = tenants.iter().map(row).collect();
            if rows.is_empty() {
                "no tenants but the default one".to_owned()
            } else {
                rows.join("\n")
            }
        }
        TenantsCommand::Set {
            id,
            name,
            credits,
            add_credits,
            checks_per_minute,
            metadata_schema,
            suspended,
            origins,
            mode,
        } => {
            let metadata_schema = metadata_schema.map(|file| read_schema(file.0)).transpose()?;
            let origins = origins.map(|texts| match &texts[..] {
                [none] if none == "none" => Ok(Origins::default()),
                texts => Origins::parse(texts),
            });
            let changes = [
                name.map(TenantChange::Rename),
                credits.map(|Limit(credits)| TenantChange::SetCredits(credits)),
                add_credits.map(TenantChange::AddCredits),
                checks_per_minute.map(|Limit(rate)| TenantChange::SetRate(rate)),
                metadata_schema.map(TenantChange::SetMetadataSchema),
                suspended.map(TenantChange::Suspend),
                origins.transpose()?.map(TenantChange::SetOrigins),
                mode.map(|OwnMode(mode)| TenantChange::SetMode(mode)),
            ];
            let changes = changes.into_iter().flatten().collect();
            let changed = store.change_tenant(&id, changes, By::command_line(now)).await;
            row(&changed.map_err(|error| match error {
                StoreError::NotFound => ManageError::NoSuchTenant(id),
                _ => ManageError::Store,
            })?)
        }
    };
    Ok(Said { text, key: None })
}

/// The schema in this file; without a file there is none from now on.
fn read_schema(file: Option<PathBuf>) -> Result<Option<MetadataSchema>, ManageError> {
    let Some(path) = file else { return Ok(None) };
    let refuse = |why: String| ManageError::Schema { path: path.clone(), why };
    let text = std::fs::read_to_string(&path).map_err(|error| refuse(error.to_string()))?;
    MetadataSchema::read(&text).map(Some).map_err(|error| refuse(error.to_string()))
}

/// A tenant in a line.
fn row(record: &TenantRecord) -> String {
    let TenantRecord {
        id,
        name,
        credits,
        suspended,
        rate,
        origins,
        metadata_schema,
        mode,
        created_at,
    } = record;
    let mode = mode.map_or_else(|| "no mode of its own".to_owned(), |mode| format!("mode {mode}"));
    let schema = if metadata_schema.is_some() { "  metadata by a schema" } else { "" };
    let credits = credits.map_or_else(|| "any number of".to_owned(), |number| number.to_string());
    let rate =
        rate.map_or_else(|| "any number of".to_owned(), |number: NonZeroU32| number.to_string());
    let state = if *suspended { "suspended" } else { "active" };
    let made = iso8601(*created_at);
    let origins = match origins.text() {
        none if none.is_empty() => "no origins of its own".to_owned(),
        some => some,
    };
    format!(
        "{id}  {state}  {credits} credits  {rate} checks a minute{schema}  {mode}  {origins}  made {made}  {name}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::mode::Mode;
    use crate::store::StoreLimits;
    use crate::store::memory::MemoryStore;

    #[tokio::test]
    async fn tenants_are_made_changed_and_listed() {
        let store = MemoryStore::new(StoreLimits::new(1, 1, 1));
        let run = async |command| carry_out(command, &store, 0).await.map(|said| said.text);
        let id = "shop".parse::<crate::domain::tenants::TenantId>().unwrap();
        let create = || TenantsCommand::Create {
            id: id.clone(),
            name: "The shop".into(),
            credits: Limit(Some(3)),
            checks_per_minute: Limit(None),
            origins: vec!["https://shop.example".into()],
            mode: Some(Mode::Local),
        };
        let set = |add_credits, checks_per_minute| TenantsCommand::Set {
            id: id.clone(),
            name: None,
            credits: None,
            add_credits,
            checks_per_minute,
            metadata_schema: None,
            suspended: Some(true),
            origins: None,
            mode: None,
        };
        let set_origins = |texts: &[&str]| TenantsCommand::Set {
            id: id.clone(),
            name: None,
            credits: None,
            add_credits: None,
            checks_per_minute: None,
            metadata_schema: None,
            suspended: None,
            origins: Some(texts.iter().map(|text| (*text).to_owned()).collect()),
            mode: Some(OwnMode(None)),
        };
        let unknown = run(set(None, None)).await;
        assert!(matches!(unknown, Err(ManageError::NoSuchTenant(of)) if of == id));
        assert!(run(TenantsCommand::List).await.unwrap().starts_with("no tenants"));
        let made = run(create()).await.unwrap();
        assert!(made.contains("active  3 credits  any number of checks"), "{made}");
        assert!(made.contains("a minute  mode local  https://shop.example"), "{made}");
        assert!(matches!(run(create()).await, Err(ManageError::TenantExists(of)) if of == id));
        let changed = run(set(Some(-5), Some(Limit(NonZeroU32::new(9))))).await.unwrap();
        assert!(changed.contains("suspended  -2 credits  9 checks a minute"), "{changed}");
        assert!(changed.contains("The shop"), "{changed}");
        assert!(changed.contains("mode local  https://shop.example"), "{changed}");
        assert_eq!(run(TenantsCommand::List).await.unwrap(), changed);
        let two = ["https://a.example", "https://*.b.example"];
        let changed = run(set_origins(&two)).await.unwrap();
        let listed = "  no mode of its own  https://a.example https://*.b.example  ";
        assert!(changed.contains(listed), "{changed}");
        let wrong = run(set_origins(&["https://a.example/"])).await;
        assert!(matches!(wrong, Err(ManageError::Origin(_))), "{wrong:?}");
        assert_eq!(run(TenantsCommand::List).await.unwrap(), changed);
        let changed = run(set_origins(&["none"])).await.unwrap();
        assert!(changed.contains("no origins of its own"), "{changed}");
    }
}
