//! Tenants, and what is charged to them.

use std::num::NonZeroU32;

use liveness_protocol::ModelChoice;

use super::harness::*;
use crate::domain::audit::By;
use crate::domain::metadata::MetadataSchema;
use crate::domain::mode::{Engine, Mode};
use crate::domain::origins::Origins;
use crate::domain::tenants::{TenantChange, TenantId, TenantRecord};
use crate::store::{Claim, Lease, StoreError, StoreLimits};

const BY: By = By::command_line(5);

fn record(id: &str, credits: Option<i64>) -> TenantRecord {
    TenantRecord {
        credits,
        ..TenantRecord::new(id.parse().unwrap(), format!("the {id}'s \u{1f600}"), 5)
    }
}

pub async fn tenants_are_kept_and_changed<S: Audited>(make: impl Fn(StoreLimits) -> Made<S>) {
    let store = make(LIMITS);
    let plain = record("plain", None);
    let schema = MetadataSchema::read("{\"title\": \"\u{e9}'\"}").unwrap();
    let origins = |texts: &[&str]| Origins::parse(texts).unwrap();
    let full = TenantRecord {
        suspended: true,
        rate: NonZeroU32::new(9),
        origins: origins(&["https://a.example", "https://*.b.example"]),
        metadata_schema: Some(schema.clone()),
        mode: Some(Mode::LocalFirst),
        ..record("full", Some(-3))
    };
    assert_eq!(store.tenant(&plain.id).await, Ok(None));
    for record in [&plain, &full] {
        store.add_tenant(record.clone(), BY).await.unwrap();
        assert_eq!(store.tenant(&record.id).await, Ok(Some(record.clone())));
        let other = TenantRecord { credits: Some(7), ..record.clone() };
        assert_eq!(store.add_tenant(other, BY).await, Err(StoreError::Exists));
    }
    let changes = vec![
        TenantChange::Rename("other".into()),
        TenantChange::SetCredits(Some(4)),
        TenantChange::AddCredits(2),
        TenantChange::Suspend(true),
        TenantChange::SetRate(NonZeroU32::new(u32::MAX)),
        TenantChange::SetMetadataSchema(Some(schema)),
        TenantChange::SetOrigins(origins(&["capacitor://localhost"])),
        TenantChange::SetMode(Some(Mode::Upstream)),
    ];
    let mut expected = plain;
    changes.iter().for_each(|change| expected.apply(change.clone()));
    assert_eq!(store.change_tenant(&expected.id, changes, BY).await, Ok(expected.clone()));
    assert_eq!(store.tenants().await, Ok(vec![expected.clone(), full]));
    for mode in Mode::ALL.map(Some).into_iter().chain([None]) {
        let changed =
            store.change_tenant(&expected.id, vec![TenantChange::SetMode(mode)], BY).await;
        assert_eq!(changed.unwrap().mode, mode);
        assert_eq!(store.tenant(&expected.id).await.unwrap().unwrap().mode, mode);
    }
    let unknown: TenantId = "unknown".parse().unwrap();
    assert_eq!(store.change_tenant(&unknown, vec![], BY).await, Err(StoreError::NotFound));
}

/// A verdict is charged once, whatever comes before and after it; what was not paid for is not.
pub async fn a_paid_verdict_is_charged_once<S: Audited>(make: impl Fn(StoreLimits) -> Made<S>) {
    let store = make(StoreLimits { max_sessions: 100, ..LIMITS });
    let shop = record("shop", Some(5));
    store.add_tenant(shop.clone(), BY).await.unwrap();
    store.add_tenant(record("default", Some(5)), BY).await.unwrap();
    let credits = async |id: &TenantId| store.tenant(id).await.unwrap().unwrap().credits;
    let paid = Lease { paid: true, ..LEASE };
    for (tenant, model, lease, left) in [
        (shop.id.clone(), "mixed-10-v2", LEASE, 5),
        (shop.id.clone(), "mixed-10-v2", paid, 4),
        (shop.id.clone(), "mixed-120-v2", paid, 2),
        (shop.id.clone(), "of-the-upstream-only", paid, 1),
        ("unknown".parse().unwrap(), "mixed-10-v2", paid, 1),
    ] {
        let choice = ModelChoice::Id(model.to_owned());
        let terms = crate::domain::session::SessionTerms { tenant, choice, ..terms(1, 1_000_000) };
        let id = terms.id;
        store.create(terms, None, 0).await.unwrap();
        store.put_crop(id, at(0), png(1, 1), 0).await.unwrap();
        // A check that was not made after all.
        assert!(matches!(store.claim(id, 0, lease, 0).await.unwrap(), Claim::Granted { .. }));
        store.release(id, FIRST, 0).await.unwrap();
        assert!(matches!(store.claim(id, 0, lease, 0).await.unwrap(), Claim::Granted { .. }));
        store.finish(id, SECOND, reply(), 0).await.unwrap();
        assert_eq!(store.finish(id, SECOND, reply(), 0).await, Err(StoreError::Closed));
        assert!(matches!(store.claim(id, 0, lease, 0).await.unwrap(), Claim::Decided(_)));
        assert_eq!(credits(&shop.id).await, Some(left));
    }
    // A verdict for which nobody was asked.
    let mut unasked_reply = reply();
    unasked_reply.notices.engine = Some(Engine::Gateway);
    let unasked = filled(&*store, 1_000_000).await;
    store.claim(unasked, 0, paid, 0).await.unwrap();
    store.finish(unasked, FIRST, unasked_reply, 0).await.unwrap();
    // One that is to be paid for only from its second half on, and one that did not come so far.
    for (asked, left) in [(false, 5), (true, 4)] {
        let borderline = filled(&*store, 1_000_000).await;
        store.claim(borderline, 0, LEASE, 0).await.unwrap();
        if asked {
            store.extend(borderline, FIRST, paid, 0).await.unwrap();
        }
        store.finish(borderline, FIRST, reply(), 0).await.unwrap();
        assert_eq!(credits(&TenantId::default()).await, Some(left));
    }
    // One without a verdict.
    let failed = filled(&*store, 1_000_000).await;
    store.claim(failed, 0, paid, 0).await.unwrap();
    store.fail(failed, FIRST, liveness_protocol::ErrorCode::VerdictLost, 0).await.unwrap();
    assert_eq!(credits(&TenantId::default()).await, Some(4));
}
