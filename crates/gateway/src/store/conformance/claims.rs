//! Claims, leases, verdicts.

use liveness_protocol::{ErrorCode, SessionState};
use uuid::Uuid;

use super::harness::*;
use crate::domain::check::CheckReply;
use crate::domain::runner::{DEADLINE, token_grace_ms};
use crate::domain::session::{PictureKind, SessionTerms};
use crate::domain::video::format::VideoFormat;
use crate::store::entry::Class;
use crate::store::{Claim, Lease, StoreError, StoreLimits};

pub async fn a_claim_is_for_one_run<S: Audited>(make: impl Fn(StoreLimits) -> Made<S>) {
    let store = make(LIMITS);
    let id = opened(&*store, 1, 100).await;
    store.put_crop(id, in_run(1, 0), png(1, 10), 0).await.unwrap();
    for run in [0, 2] {
        let claim = store.claim(id, run, LEASE, 0).await;
        assert!(matches!(claim, Err(StoreError::Missing(m)) if m == [0]), "{run}");
    }
    assert!(matches!(store.claim(id, 1, LEASE, 0).await.unwrap(), Claim::Granted { .. }));
}

pub async fn one_claim_at_a_time_and_one_verdict<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    let id = opened(&*store, 2, 100).await;
    assert!(
        matches!(store.claim(id, 0, LEASE, 0).await, Err(StoreError::Missing(m)) if m == [0, 1])
    );
    store.put_crop(id, at(1), png(1, 10), 0).await.unwrap();
    store.put_crop(id, at(0), png(0, 10), 0).await.unwrap();
    let Claim::Granted { pictures, .. } = store.claim(id, 0, LEASE, 0).await.unwrap() else {
        panic!()
    };
    assert_eq!(pictures, [png(0, 10), png(1, 10)], "in the order of their indices");
    assert!(matches!(store.claim(id, 0, LEASE, 0).await.unwrap(), Claim::Running));
    for run in [0, 1] {
        let put = store.put_crop(id, in_run(run, 0), png(0, 10), 0).await;
        assert_eq!(put, Err(StoreError::Closed), "{run}");
    }

    store.release(id, FIRST, 0).await.unwrap();
    assert_eq!(store.release(id, FIRST, 0).await, Err(StoreError::Closed));
    assert!(matches!(store.claim(id, 0, LEASE, 0).await.unwrap(), Claim::Granted { .. }));
    // A check that was running when the time ended still counts.
    store.finish(id, SECOND, reply(), 150).await.unwrap();
    assert_eq!(store.finish(id, SECOND, reply(), 150).await, Err(StoreError::Closed));
    let lost = ErrorCode::VerdictLost;
    assert_eq!(
        store.fail(id, SECOND, lost, 150).await,
        Err(StoreError::Closed),
        "a verdict stands"
    );
    assert!(matches!(store.claim(id, 0, LEASE, 150).await.unwrap(), Claim::Decided(_)));
    assert_eq!(store.put_crop(id, at(0), png(0, 10), 0).await, Err(StoreError::Closed));
    assert_eq!(
        store.totals().await.bytes(Class::Holding),
        0,
        "a decided session keeps no pictures"
    );
}

pub async fn a_check_that_failed_for_good_stays_failed<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    let id = opened(&*store, 1, 100).await;
    assert_eq!(store.fail(id, FIRST, ErrorCode::VerdictLost, 0).await, Err(StoreError::Closed));
    store.put_crop(id, at(0), png(1, 10), 0).await.unwrap();
    store.claim(id, 0, LEASE, 0).await.unwrap();
    store.fail(id, FIRST, ErrorCode::UpstreamTimeout, 50).await.unwrap();
    for now in [50, 100, 1049] {
        let claim = store.claim(id, 0, LEASE, now).await.unwrap();
        assert!(matches!(claim, Claim::Failed(ErrorCode::UpstreamTimeout)), "{claim:?}");
    }
    assert_eq!(store.release(id, FIRST, 0).await, Err(StoreError::Closed));
    assert_eq!(store.put_crop(id, in_run(1, 0), png(1, 10), 50).await, Err(StoreError::Closed));
    let view = store.get(id, 50).await.unwrap();
    assert_eq!(
        (view.state, view.failure),
        (SessionState::Failed, Some(ErrorCode::UpstreamTimeout))
    );
    assert_eq!(store.totals().await.bytes(Class::Holding), 0);
    assert_eq!(store.sweep(1049).await, Ok(0));
    assert_eq!(store.sweep(1050).await, Ok(1));
}

pub async fn verdicts_stay_for_the_retention<S: Audited>(make: impl Fn(StoreLimits) -> Made<S>) {
    let store = make(LIMITS);
    let id = opened(&*store, 1, 100).await;
    store.put_crop(id, at(0), png(1, 10), 0).await.unwrap();
    store.claim(id, 0, LEASE, 50).await.unwrap();
    assert_eq!(store.sweep(10_000).await, Ok(0), "a running check is never swept");
    store.finish(id, FIRST, reply(), 10_000).await.unwrap();
    assert_eq!(store.sweep(10_999).await, Ok(0));
    assert_eq!(store.sweep(11_000).await, Ok(1));
}

pub async fn one_of_many_claims_at_once_is_granted<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    let id = filled(&*store, 100).await;
    let claims = (0..20).map(|_| store.claim(id, 0, LEASE, 0));
    let claims = futures_of(claims).await;
    let granted = claims.iter().filter(|claim| matches!(claim, Ok(Claim::Granted { .. }))).count();
    let running = claims.iter().filter(|claim| matches!(claim, Ok(Claim::Running))).count();
    assert_eq!((granted, running), (1, 19));
}

pub async fn a_verdict_is_used_once<S: Audited>(make: impl Fn(StoreLimits) -> Made<S>) {
    let store = make(LIMITS);
    let id = filled(&*store, 1000).await;
    // Without a verdict nothing is used.
    for _ in 0..2 {
        let open = store.use_verdict(id, 1).await.unwrap();
        assert!(open.reply.is_none() && open.state == SessionState::Open);
    }
    store.claim(id, 0, LEASE, 2).await.unwrap();
    store.finish(id, FIRST, reply(), 3).await.unwrap();
    let at_once = futures_of((0..4).map(|_| store.use_verdict(id, 4))).await;
    let (used, refused): (Vec<_>, Vec<_>) = at_once.into_iter().partition(Result::is_ok);
    let expected = CheckReply { used_at: Some(4), ..reply() };
    assert_eq!(used.len(), 1);
    assert_eq!(used[0].as_ref().unwrap().reply.as_deref(), Some(&expected));
    assert!(refused.iter().all(|one| one.as_ref().err() == Some(&StoreError::Used)));
    // It can be read as before, and says when.
    assert_eq!(store.get(id, 5).await.unwrap().reply.as_deref(), Some(&expected));
    assert!(matches!(store.claim(id, 0, LEASE, 5).await, Ok(Claim::Decided(_))));
    let unknown = store.use_verdict(uuid::Uuid::new_v4(), 5).await;
    assert_eq!(unknown.err(), Some(StoreError::NotFound));
}

pub async fn a_lapsed_claim_leaves_the_session_open<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    let id = filled(&*store, 100).await;
    let lease = Lease { ms: 500, paid: false };
    assert!(matches!(store.claim(id, 0, lease, 50).await.unwrap(), Claim::Granted { .. }));
    assert!(matches!(store.claim(id, 0, lease, 549).await.unwrap(), Claim::Running));
    // The crops had come in time, so a minute is given to ask for the verdict again.
    let view = store.get(id, 550).await.unwrap();
    assert_eq!((view.state, view.received), (SessionState::Open, vec![0]));
    assert_eq!(view.terms.expires_at, 60_550);
    let Claim::Granted { pictures, .. } = store.claim(id, 0, lease, 60_549).await.unwrap() else {
        panic!()
    };
    assert_eq!(pictures, [png(1, 10)]);
    // Lapsed again it gets no more time than its token has.
    assert_eq!(store.sweep(61_049).await, Ok(0));
    assert_eq!(store.get(id, 61_049).await.unwrap().state, SessionState::Expired);
    assert_eq!(store.totals().await.bytes(Class::Holding), 0);

    // A session with more time of its own keeps that.
    let id = filled(&*store, 1_000_000).await;
    store.claim(id, 0, lease, 0).await.unwrap();
    assert_eq!(store.get(id, 500).await.unwrap().terms.expires_at, 1_000_000);
}

pub async fn a_check_that_was_not_made_can_be_asked_for_again_while_the_token_holds<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(StoreLimits { max_sessions: 9, ..LIMITS });
    let id = filled(&*store, 100).await;
    // However often, and whether it was given back or cut off; the last time was over before the check was.
    let lapses = Lease { ms: 90, paid: false };
    let token_ends = 100 + GRACE_MS;
    for (claimed, released, state, expires_at) in [
        (50, Some(300), SessionState::Open, 60_300),
        (60_290, None, SessionState::Open, token_ends),
        (60_500, Some(60_550), SessionState::Open, token_ends),
        (60_599, Some(70_000), SessionState::Expired, token_ends),
    ] {
        let lease = if released.is_some() { LEASE } else { lapses };
        let claim = store.claim(id, 0, lease, claimed).await.unwrap();
        let Claim::Granted { ticket, .. } = claim else { panic!("{claimed}: {claim:?}") };
        let now = released.unwrap_or(claimed + lapses.ms);
        if released.is_some() {
            store.release(id, ticket, now).await.unwrap();
        }
        let view = store.get(id, now).await.unwrap();
        assert_eq!((view.state, view.terms.expires_at), (state, expires_at), "{claimed}");
    }
    assert_eq!(store.totals().await, store.recounted().await);

    // A session with more time of its own keeps that; a video has its hour.
    let id = filled(&*store, 1_000_000).await;
    store.claim(id, 0, LEASE, 0).await.unwrap();
    store.release(id, FIRST, 500).await.unwrap();
    assert_eq!(store.get(id, 500).await.unwrap().terms.expires_at, 1_000_000);
    let video = PictureKind::Video(VideoFormat::Mov);
    let terms = SessionTerms { kind: video, ..terms(1, 100) };
    let id = terms.id;
    store.create(terms, None, 0).await.unwrap();
    store.put_crop(id, at(0), png(1, 10), 0).await.unwrap();
    store.claim(id, 0, LEASE, 50).await.unwrap();
    store.release(id, FIRST, 99).await.unwrap();
    assert_eq!(store.get(id, 99).await.unwrap().terms.expires_at, 100);
}

/// As a gateway of an earlier version writes a session, beside this one or before it: `insert` takes SQL, and the id that is `$1`.
pub async fn a_session_of_an_earlier_gateway_has_the_time_of_its_token<S: Audited>(
    store: &S,
    insert: impl AsyncFn(&'static str, Uuid),
) {
    let (id, grace) = (Uuid::new_v4(), token_grace_ms(DEADLINE));
    let sql = "INSERT INTO sessions (id, kind, asked_model, model, frames_required, needs_fps, source, \
            expires_at, run, tenant, stage, turns_at, paid, claims, class, number, bytes) \
         VALUES ($1, 'crops', '10', '10', 1, FALSE, 'live', 1000, 0, 'default', 'open', 1000, FALSE, 0, 0, 1, 1024)";
    insert(sql, id).await;
    let limit = async |now| store.get(id, now).await.unwrap().terms.extendable_to;
    assert_eq!(limit(0).await, 1000 + grace);
    store.put_crop(id, at(0), png(1, 10), 0).await.unwrap();
    // It stays that, however often the session is open again.
    for (ticket, now) in [(FIRST, 990), (SECOND, 60_000)] {
        store.claim(id, 0, LEASE, now).await.unwrap();
        store.release(id, ticket, now).await.unwrap();
        let view = store.get(id, now).await.unwrap();
        assert_eq!((view.state, view.terms.expires_at), (SessionState::Open, now + 60_000));
        assert_eq!(limit(now).await, 1000 + grace);
    }
    assert_eq!(store.totals().await, store.recounted().await);
}

pub async fn a_lapsed_claim_of_a_paid_check_is_a_lost_verdict<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    let lease = Lease { ms: 500, paid: true };
    let [asked, swept] = [filled(&*store, 100).await, filled(&*store, 100).await];
    for id in [asked, swept] {
        assert!(matches!(store.claim(id, 0, lease, 50).await.unwrap(), Claim::Granted { .. }));
        assert_eq!(store.get(id, 549).await.unwrap().state, SessionState::Verifying);
    }
    let claim = store.claim(asked, 0, lease, 550).await.unwrap();
    assert!(matches!(claim, Claim::Failed(ErrorCode::VerdictLost)), "{claim:?}");
    store.sweep(550).await.unwrap();
    assert_eq!(store.totals().await.bytes(Class::Holding), 0, "it keeps no pictures");
    assert_eq!(store.totals().await.count(Class::Settled), 2);
    assert_eq!(store.get(swept, 600).await.unwrap().failure, Some(ErrorCode::VerdictLost));
    assert_eq!(store.finish(asked, FIRST, reply(), 600).await, Err(StoreError::Closed));
    assert_eq!(store.sweep(1550).await, Ok(2));
}

pub async fn a_verdict_counts_until_somebody_has_seen_the_claim_lapse<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    let ids = [filled(&*store, 100).await, filled(&*store, 100).await];
    for (id, paid) in ids.into_iter().zip([false, true]) {
        store.claim(id, 0, Lease { ms: 10, paid }, 0).await.unwrap();
        store.finish(id, FIRST, reply(), 5000).await.unwrap();
        assert_eq!(store.get(id, 5000).await.unwrap().reply, Some(Box::new(reply())));
    }
}

pub async fn whoever_has_lost_a_claim_cannot_decide<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    let id = filled(&*store, 1000).await;
    let lease = Lease { ms: 10, paid: false };
    let granted = async |now| match store.claim(id, 0, lease, now).await.unwrap() {
        Claim::Granted { ticket, .. } => ticket,
        other => panic!("{other:?}"),
    };
    let (slow, other) = (granted(0).await, granted(10).await);
    assert_ne!(slow, other);
    let mut late = reply();
    late.verdict.score = 1.0;
    assert_eq!(store.finish(id, slow, late, 11).await, Err(StoreError::Closed));
    assert_eq!(store.fail(id, slow, ErrorCode::VerdictLost, 11).await, Err(StoreError::Closed));
    assert_eq!(store.release(id, slow, 11).await, Err(StoreError::Closed));
    assert_eq!(store.get(id, 11).await.unwrap().state, SessionState::Verifying);
    store.finish(id, other, reply(), 12).await.unwrap();
    assert_eq!(store.get(id, 12).await.unwrap().reply, Some(Box::new(reply())));
}
