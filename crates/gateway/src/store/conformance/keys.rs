//! Keys.

use super::harness::*;
use crate::domain::audit::By;
use crate::domain::keys::{KeyChange, KeyHash, KeyId, KeyRecord, KeyTerms, NewKey, Replaced};
use crate::domain::scopes::Scope;
use crate::store::{StoreError, StoreLimits};

const BY: By = By::command_line(5);

fn record(name: &str) -> KeyRecord {
    let terms = KeyTerms { name: name.to_owned(), ..KeyTerms::default() };
    NewKey::make(terms, 5).unwrap().record
}

pub async fn a_key_is_kept_whole<S: Audited>(make: impl Fn(StoreLimits) -> Made<S>) {
    let store = make(LIMITS);
    let plain = record("plain");
    let terms = KeyTerms {
        name: "till \u{1f600} '".to_owned(),
        tenant: "shop-2".parse().unwrap(),
        scopes: [Scope::SessionWrite, Scope::HostsWrite].into_iter().collect(),
        expires_at: Some(7),
    };
    let full = KeyRecord {
        id: KeyId(u64::MAX),
        terms,
        replaced: Some(Replaced { hash: KeyHash([7; 32]), until: 9 }),
        revoked_at: Some(11),
        last_used_at: Some(13),
        ..record("full")
    };
    for record in [plain, full] {
        assert_eq!(store.key(record.id).await, Ok(None));
        store.add_key(record.clone(), BY).await.unwrap();
        assert_eq!(store.key(record.id).await, Ok(Some(record.clone())));
        let other = KeyRecord { hash: KeyHash([1; 32]), ..record.clone() };
        assert_eq!(store.add_key(other, BY).await, Err(StoreError::Exists));
        assert_eq!(store.key(record.id).await, Ok(Some(record)), "nothing is lost by that");
    }
}

pub async fn changes_stay<S: Audited>(make: impl Fn(StoreLimits) -> Made<S>) {
    let store = make(LIMITS);
    let mut expected = record("changed");
    let other = record("other");
    let id = expected.id;
    let change = KeyChange::Revoke { at: 1 };
    assert_eq!(store.change_key(id, change, BY).await, Err(StoreError::NotFound));
    store.add_key(expected.clone(), BY).await.unwrap();
    store.add_key(other.clone(), BY).await.unwrap();
    for change in [
        KeyChange::Use { at: 20 },
        KeyChange::Rotate { hash: KeyHash([2; 32]), until: 50 },
        KeyChange::Revoke { at: 30 },
    ] {
        expected.apply(change);
        assert_eq!(store.change_key(id, change, BY).await, Ok(expected.clone()));
        assert_eq!(store.key(id).await, Ok(Some(expected.clone())));
    }
    assert_eq!(store.key(other.id).await, Ok(Some(other)), "only that one");
}

pub async fn keys_are_listed_as_they_were_made<S: Audited>(make: impl Fn(StoreLimits) -> Made<S>) {
    let store = make(LIMITS);
    let records: Vec<KeyRecord> = (0..5).map(|number| record(&number.to_string())).collect();
    for record in &records {
        store.add_key(record.clone(), BY).await.unwrap();
    }
    store.change_key(records[0].id, KeyChange::Use { at: 1 }, BY).await.unwrap();
    let names: Vec<String> =
        store.keys().await.unwrap().into_iter().map(|record| record.terms.name).collect();
    assert_eq!(names, ["0", "1", "2", "3", "4"]);
}
