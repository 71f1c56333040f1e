//! The audit log.

use super::harness::*;
use crate::domain::audit::{Action, AuditEntry, By, Deed, Head, HourlyOutcome};
use crate::domain::audit_chain::Chain;
use crate::domain::clock::HOUR_MS;
use crate::domain::keys::{KeyChange, KeyHash, KeyTerms, NewKey};
use crate::domain::session::SessionTerms;
use crate::domain::tenants::{TenantChange, TenantRecord};
use crate::store::audit::TRIM_SLACK_MS;
use crate::store::{Lease, StoreError, StoreLimits};

async fn entries(store: &impl Audited) -> Vec<AuditEntry> {
    store.audit_after(0, 100_000).await.unwrap()
}

async fn actions(store: &impl Audited) -> Vec<String> {
    entries(store).await.into_iter().map(|entry| entry.action).collect()
}

/// The chain as it is, which has to hold.
async fn whole(store: &impl Audited) -> (Head, u64) {
    let mut chain = Chain::new(None);
    entries(store).await.iter().for_each(|entry| chain.check(entry).unwrap());
    let held = chain.end().unwrap();
    assert_eq!(store.audit_head().await, Ok(held.head));
    (held.head, held.entries)
}

pub async fn what_is_done_is_in_the_log_with_who_did_it<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    assert_eq!(store.audit_head().await, Ok(Head::default()));
    let by = By::command_line(7);
    let record = NewKey::make(KeyTerms { name: "till \u{1f600}".into(), ..KeyTerms::default() }, 5);
    let record = record.unwrap().record;
    let id = record.id;
    store.add_key(record.clone(), by).await.unwrap();
    assert_eq!(store.add_key(record, by).await, Err(StoreError::Exists));
    store.change_key(id, KeyChange::Use { at: 8 }, by).await.unwrap();
    let rotate = KeyChange::Rotate { hash: KeyHash([1; 32]), until: 9 };
    store.change_key(id, rotate, by).await.unwrap();
    for _ in 0..2 {
        store.change_key(id, KeyChange::Revoke { at: 9 }, By::server_key(9)).await.unwrap();
    }
    let tenant =
        TenantRecord { credits: Some(3), ..TenantRecord::new("shop".parse().unwrap(), "n", 5) };
    store.add_tenant(tenant.clone(), by).await.unwrap();
    store.change_tenant(&tenant.id, vec![TenantChange::Suspend(true)], by).await.unwrap();
    store.change_tenant(&tenant.id, vec![TenantChange::Charge(1)], by).await.unwrap();
    let opened_by_key = terms(1, 1000);
    let holder = crate::domain::keys::KeyHolder { key: Some(id), ..Default::default() };
    store.create(opened_by_key.clone(), Some(By::holder(&holder, 10)), 10).await.unwrap();
    store.create(terms(1, 1000), None, 10).await.unwrap();
    store.note(Deed::signed(Action::SignedIn, By::server_key(11))).await.unwrap();
    let expected = [
        "key.created",
        "key.rotated",
        "key.revoked",
        "tenant.created",
        "tenant.changed",
        "session.opened",
        "admin.signed_in",
    ];
    assert_eq!(actions(&*store).await, expected);
    let log = entries(&*store).await;
    let key = id.to_string();
    assert_eq!((&*log[0].actor, &log[0].object, log[0].at), ("command line", &key, 7));
    assert!(log[0].details.contains("till \u{1f600}"), "{}", log[0].details);
    assert_eq!((&*log[2].actor, log[2].at), ("server key", 9));
    assert!(log[4].details.contains(r#""suspended":true"#), "{}", log[4].details);
    assert_eq!(log[5].actor, format!("key {id}"));
    assert_eq!(log[5].object, opened_by_key.id.to_string());
    assert_eq!(whole(&*store).await.1, 7);
    assert_eq!(store.audit_after(2, 3).await.unwrap(), log[2..5]);
}

/// The end of a check is in the log once, whatever ends it, and counted by its hour.
pub async fn the_end_of_a_check_is_in_the_log_once<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(StoreLimits { max_sessions: 100, retention_ms: 10 * HOUR_MS, ..LIMITS });
    let now = 5 * HOUR_MS + 1;
    let ready = async || {
        let tenant = "shop".parse().unwrap();
        let terms = SessionTerms { tenant, ..terms(1, 100 * HOUR_MS) };
        let id = terms.id;
        store.create(terms, None, now).await.unwrap();
        store.put_crop(id, at(0), png(1, 1), now).await.unwrap();
        id
    };
    let decided = ready().await;
    store.claim(decided, 0, LEASE, now).await.unwrap();
    store.finish(decided, FIRST, reply(), now).await.unwrap();
    assert_eq!(store.finish(decided, FIRST, reply(), now).await, Err(StoreError::Closed));
    let failed = ready().await;
    store.claim(failed, 0, LEASE, now).await.unwrap();
    let code = liveness_protocol::ErrorCode::UpstreamTimeout;
    store.fail(failed, FIRST, code, now).await.unwrap();
    let released = ready().await;
    store.claim(released, 0, LEASE, now).await.unwrap();
    store.release(released, FIRST, 0).await.unwrap();
    // Whoever had the claim of a paid check is gone.
    let lapsed = ready().await;
    store.claim(lapsed, 0, Lease { ms: 1, paid: true }, now).await.unwrap();
    store.get(lapsed, now + HOUR_MS).await.unwrap();
    store.sweep(now + HOUR_MS).await.unwrap();
    let log = entries(&*store).await;
    let others = (0..30).map(|at| store.note(Deed::signed(Action::SignedIn, By::server_key(at))));
    futures_of(others).await.into_iter().for_each(|noted| noted.unwrap());
    assert_eq!(store.audit_checks(100).await.unwrap(), log, "whatever has come since");
    assert_eq!(store.audit_checks(2).await.unwrap(), log[1..], "the last, in their order");
    let short: Vec<_> = log.iter().map(|entry| (&*entry.action, entry.object.clone())).collect();
    let expected = [
        ("verdict.decided", decided.to_string()),
        ("check.failed", failed.to_string()),
        ("check.failed", lapsed.to_string()),
    ];
    assert_eq!(short, expected);
    assert!(log.iter().all(|entry| entry.actor == "gateway"));
    let details: serde_json::Value = serde_json::from_str(&log[0].details).unwrap();
    let said = serde_json::json!({
        "tenant": "shop", "model": "10", "verdict": "live", "score": 90.0,
    });
    assert_eq!(details, said);
    let counts = store.outcomes(0).await.unwrap();
    let counts: Vec<_> = counts
        .iter()
        .map(|count| {
            let HourlyOutcome { hour, tenant, outcome } = &count.outcome;
            (*hour, &**tenant, &**outcome, count.checks)
        })
        .collect();
    assert_eq!(
        counts,
        [
            (5, "shop", "live", 1),
            (5, "shop", "upstream_timeout", 1),
            (6, "shop", "verdict_lost", 1),
        ]
    );
    assert_eq!(store.outcomes(6).await.unwrap().len(), 1);
    whole(&*store).await;
}

/// However many add to it at once, there is one chain, and nothing is lost.
pub async fn entries_that_come_at_once_make_one_chain<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    let notes = (0..40).map(|at| store.note(Deed::signed(Action::SignedIn, By::server_key(at))));
    futures_of(notes).await.into_iter().for_each(|noted| noted.unwrap());
    let heads = futures_of((0..8).map(|_| store.audit_head())).await;
    assert!(heads.iter().all(|head| *head == heads[0]), "{heads:?}");
    assert_eq!(whole(&*store).await.1, 40);
    let mut times: Vec<_> = entries(&*store).await.iter().map(|entry| entry.at).collect();
    times.sort_unstable();
    assert_eq!(times, (0..40).collect::<Vec<_>>());
}

/// At first a check that counts, from then on something else.
fn signed_or_failed(at: u64) -> Deed {
    if at > 0 {
        return Deed::signed(Action::SignedIn, By::server_key(at));
    }
    let code = liveness_protocol::ErrorCode::InternalError;
    Deed::check_failed(&terms(1, 1000).asked(), code, at)
}

pub async fn entries_are_forgotten_after_their_time_and_the_chain_still_holds<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(StoreLimits { audit_ms: 100, ..LIMITS });
    for group in 0..30 {
        let notes = (0..50).map(|at| store.note(signed_or_failed(group * 50 + at)));
        futures_of(notes).await.into_iter().for_each(|noted| noted.unwrap());
    }
    assert_eq!(store.outcomes(0).await.unwrap().len(), 1);
    let head = store.audit_head().await.unwrap();
    store.sweep(99 + TRIM_SLACK_MS).await.unwrap();
    assert_eq!(whole(&*store).await, (head, 1500), "not yet");
    let now = 1399 + 100 + TRIM_SLACK_MS;
    store.sweep(now).await.unwrap();
    let log = entries(&*store).await;
    // All of them are over by then; a group at a time, each with an entry that says so.
    let left: Vec<_> = log.iter().map(|entry| (&*entry.action, entry.at)).collect();
    assert_eq!(left, [("log.trimmed", now), ("log.trimmed", now)]);
    let (first, _) = (whole(&*store).await.0, store.sweep(now).await.unwrap());
    assert_eq!(whole(&*store).await, (first, 2), "once");
    let much_later = now + 31 * 24 * HOUR_MS;
    store.sweep(much_later).await.unwrap();
    assert_eq!(actions(&*store).await, ["log.trimmed"]);
    whole(&*store).await;
    assert!(store.outcomes(0).await.unwrap().is_empty());

    // A clock was years ahead for one entry, which comes to be the first.
    for at in [much_later + 1000 * 24 * HOUR_MS, much_later + 9 * TRIM_SLACK_MS] {
        store.note(signed_or_failed(at)).await.unwrap();
    }
    store.sweep(much_later + 100 + TRIM_SLACK_MS).await.unwrap();
    assert_eq!(actions(&*store).await, ["admin.signed_in", "admin.signed_in", "log.trimmed"]);
    store.sweep(much_later + 100 + 10 * TRIM_SLACK_MS).await.unwrap();
    assert_eq!(actions(&*store).await, ["log.trimmed"]);
    whole(&*store).await;

    // One that was behind takes none along that are young.
    let store = make(StoreLimits { audit_ms: 100, ..LIMITS });
    let now = 9 * TRIM_SLACK_MS;
    for at in [1, now, 0] {
        store.note(signed_or_failed(at)).await.unwrap();
    }
    store.sweep(now).await.unwrap();
    let left: Vec<_> = entries(&*store).await.iter().map(|entry| entry.at).collect();
    assert_eq!(left, [now, 0, now]);
}
