//! What a store may hold.

use std::collections::HashMap;

use liveness_protocol::{ErrorCode, SessionState};
use uuid::Uuid;

use super::harness::*;
use super::videos::{ids, submitted};
use crate::domain::session::{SessionTerms, Sharer};
use crate::domain::tenants::TenantId;
use crate::store::entry::Class;
use crate::store::limits::TRIM_WITH;
use crate::store::{Claim, Lease, SessionStore, StoreError, StoreLimits};

pub async fn only_sessions_with_crops_take_places<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    let mut holding = Vec::new();
    for expires_at in [100, 200] {
        let id = opened(&*store, 2, expires_at).await;
        store.put_crop(id, at(0), png(1, 10), 0).await.unwrap();
        holding.push(id);
    }
    // However many are opened: those with crops go on, and of the others the newest are there.
    let mut empty = Vec::new();
    for _ in 0..10 {
        empty.push(opened(&*store, 2, 300).await);
    }
    for (index, id) in empty.iter().enumerate() {
        let there = store.get(*id, 0).await.is_ok();
        assert_eq!(there, index >= 7, "{index}");
    }
    store.put_crop(holding[0], at(1), png(1, 10), 0).await.unwrap();
    assert_eq!(store.admits(empty[9], at(0), 0).await, Err(StoreError::Full));
    assert_eq!(store.put_crop(empty[9], at(0), png(1, 10), 0).await, Err(StoreError::Full));

    // The time of the first is over, which makes a place for one.
    store.put_crop(empty[9], at(0), png(1, 10), 100).await.unwrap();
    assert_eq!(store.put_crop(empty[8], at(0), png(1, 10), 100).await, Err(StoreError::Full));
    // So does what is given back, and what is decided.
    store.discard(holding[1], 100).await.unwrap();
    store.put_crop(empty[8], at(0), png(1, 10), 100).await.unwrap();
    store.put_crop(empty[8], at(1), png(1, 10), 100).await.unwrap();
    store.claim(empty[8], 0, LEASE, 100).await.unwrap();
    assert_eq!(store.admits(empty[7], at(0), 100).await, Err(StoreError::Full));
    store.finish(empty[8], FIRST, reply(), 100).await.unwrap();
    store.put_crop(empty[7], at(0), png(1, 10), 100).await.unwrap();
}

pub async fn bytes_of_crops_are_bounded<S: Audited>(make: impl Fn(StoreLimits) -> Made<S>) {
    let store = make(LIMITS);
    let [first, second] = [opened(&*store, 3, 100).await, opened(&*store, 3, 200).await];
    store.put_crop(first, at(0), png(1, 60), 0).await.unwrap();
    assert_eq!(store.put_crop(second, at(0), png(1, 41), 0).await, Err(StoreError::Full));
    store.put_crop(second, at(0), png(1, 40), 0).await.unwrap();
    let known = store.put_crop(first, at(0), png(1, 60), 0).await.unwrap();
    assert!(!known.new, "known bytes need no room");
    // The first one's end makes room.
    store.put_crop(second, at(1), png(2, 60), 100).await.unwrap();
}

async fn opened_by(store: &impl SessionStore, sharer: Option<Sharer>) -> Uuid {
    let terms = SessionTerms { sharer, ..terms(20, 1000) };
    let id = terms.id;
    store.create(terms, None, 0).await.unwrap();
    id
}

pub async fn whoever_takes_all_it_can_leaves_as_much_for_others<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let limits = StoreLimits { max_sessions: 8, max_empty: 50, max_crop_bytes: 1000, ..LIMITS };
    let by = [
        Some(Sharer::of_client("one")),
        Some(Sharer::of_key(&"shop".parse().unwrap())),
        Some(Sharer::of_client("other")),
        // Whoever cannot be told from others takes what there is.
        None,
    ];
    let store = make(limits);
    let mut places = Vec::new();
    for sharer in &by {
        let mut taken = 0;
        loop {
            let id = opened_by(&*store, sharer.clone()).await;
            let admitted = store.admits(id, at(0), 0).await;
            let put = store.put_crop(id, at(0), png(1, 10), 0).await;
            assert_eq!(admitted, put.clone().map(drop));
            if put == Err(StoreError::Full) {
                break;
            }
            taken += 1;
        }
        places.push(taken);
    }
    assert_eq!(places, [4, 2, 1, 1]);

    let store = make(limits);
    let mut crops = Vec::new();
    for sharer in &by {
        let id = opened_by(&*store, sharer.clone()).await;
        let mut taken = 0;
        while store.put_crop(id, at(taken), png(1, 100), 0).await.is_ok() {
            taken += 1;
        }
        crops.push(taken);
    }
    assert_eq!(crops, [5, 3, 1, 1]);
}

pub async fn a_back_ends_session_outlasts_those_of_clients_without_a_key<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    let key = Some(Sharer::of_key(&TenantId::default()));
    let of_key = opened_by(&*store, key.clone()).await;
    for mark in ["a", "b", "c", "d", "e"] {
        opened_by(&*store, Some(Sharer::of_client(mark))).await;
    }
    assert!(store.get(of_key, 0).await.is_ok());
    // Of its own kind the oldest goes.
    for _ in 0..3 {
        opened_by(&*store, key.clone()).await;
    }
    assert_eq!(store.get(of_key, 0).await.err(), Some(StoreError::NotFound));
    let without = opened_by(&*store, None).await;
    assert!(store.get(without, 0).await.is_ok(), "there is always room for one more");
}

/// Nor do a few addresses end those of all others.
pub async fn one_tenant_does_not_end_others_empty_sessions<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let limits = StoreLimits { max_empty: 12, ..LIMITS };
    let key = |tenant: &str| Some(Sharer::of_key(&tenant.parse().unwrap()));
    let client = |mark: &str| Some(Sharer::of_client(mark));
    for flood in [
        vec![key("flood")],
        vec![key("flood"), key("another")],
        ["a", "b", "c", "d"].map(client).to_vec(),
        vec![None],
    ] {
        let store = make(limits);
        let open_all = async |rounds: usize| {
            let mut all = Vec::new();
            for _ in 0..rounds {
                for sharer in &flood {
                    all.push(opened_by(&*store, sharer.clone()).await);
                }
            }
            all
        };
        let first = open_all(12).await;
        let visitor = opened_by(&*store, client("visitor")).await;
        let shop = opened_by(&*store, key("shop")).await;
        let last = open_all(12).await;
        for (id, whose) in [(visitor, "visitor"), (shop, "shop")] {
            assert!(store.get(id, 0).await.is_ok(), "{whose} {flood:?}");
        }
        assert!(store.get(first[0], 0).await.is_err(), "{flood:?}");
        assert!(store.get(last[last.len() - 1], 0).await.is_ok(), "{flood:?}");
        assert_eq!(store.totals().await.count(Class::Empty), 12);
    }
}

/// To choose them takes a look at all, which whoever opens sessions is not to have made each time.
pub async fn several_empty_sessions_go_at_once<S: Audited>(make: impl Fn(StoreLimits) -> Made<S>) {
    let limits = StoreLimits { max_empty: 300, ..LIMITS };
    let client = |mark: &str| Some(Sharer::of_client(mark));
    let store = make(limits);
    let counts = async |times: usize| {
        let mut counts = Vec::new();
        for _ in 0..times {
            opened_by(&*store, client("flood")).await;
            counts.push(store.totals().await.count(Class::Empty));
        }
        counts
    };
    let visitors = [opened_by(&*store, client("visitor")).await, opened_by(&*store, None).await];
    assert_eq!(counts(302).await[297..], [300, 298, 299, 300, 298]);
    // Of two that take all there is both lose some, and nobody else loses any.
    for round in 0..200 {
        opened_by(&*store, client("second")).await;
        assert!(store.totals().await.count(Class::Empty) >= 298, "{round}");
    }
    assert_eq!(counts(3).await.iter().filter(|count| **count == 298).count(), 1);
    for id in visitors {
        assert!(store.get(id, 0).await.is_ok());
    }

    // Where few go the others' only ones are no less safe.
    let store = make(StoreLimits { max_empty: 200, ..LIMITS });
    let mut singles = Vec::new();
    for index in 0..198 {
        singles.push(opened_by(&*store, client(&index.to_string())).await);
    }
    for _ in 0..6 {
        opened_by(&*store, client("flood")).await;
    }
    assert_eq!(store.totals().await.count(Class::Empty), 200);
    for id in &singles {
        assert!(store.get(*id, 0).await.is_ok());
    }
}

pub async fn what_has_ended_is_bounded_too<S: Audited>(make: impl Fn(StoreLimits) -> Made<S>) {
    let store = make(StoreLimits { max_result_bytes: 20_000, ..LIMITS });
    let mut decided = Vec::new();
    for index in 0..100 {
        let id = opened(&*store, 1, 1_000_000).await;
        store.put_crop(id, at(0), png(1, 10), 0).await.unwrap();
        store.claim(id, 0, LEASE, 0).await.unwrap();
        let mut reply = reply();
        reply.verdict.warnings = Some(vec!["w".repeat(1000)]);
        if index % 2 == 0 {
            store.finish(id, FIRST, reply, 0).await.unwrap();
        } else {
            store.fail(id, FIRST, ErrorCode::VerdictLost, 0).await.unwrap();
        }
        assert!(store.totals().await.bytes(Class::Settled) <= 20_000);
        decided.push(id);
    }
    assert!(store.get(decided[99], 0).await.is_ok(), "the newest stay");
    assert!(store.get(decided[0], 0).await.is_err());
    for round in 0..100 {
        opened(&*store, 1, round).await;
        assert!(store.totals().await.count(Class::Empty) <= 3);
        store.sweep(round).await.unwrap();
        assert!(store.totals().await.count(Class::Expired) <= 3);
    }
}

/// The last of many are followed by none that would have them said.
pub async fn all_that_is_forgotten_early_is_said_in_the_end<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    store.forgotten().left_unsaid(5);
    opened(&*store, 1, 1000).await;
    assert_eq!(store.forgotten().count(), 5);
    store.sweep(0).await.unwrap();
    assert_eq!(store.forgotten().count(), 0);
}

/// Room for `MANY` verdicts, and for a tenth of them.
const MANY: usize = 300;
pub const WIDE: StoreLimits = StoreLimits {
    max_sessions: 1000,
    max_empty: 1000,
    max_crop_bytes: 1_000_000,
    max_result_bytes: 10_000_000,
    ..LIMITS
};
pub const NARROW: StoreLimits = StoreLimits { max_result_bytes: 50_000, ..WIDE };

/// Two stores on one database, with bounds `WIDE` and `NARROW`, as before and after a restart with another limit.
pub async fn what_exceeds_a_lowered_bound_goes_in_parts<S: Audited>(wide: &S, narrow: &S) {
    let decided = async |store: &S| {
        let id = filled(store, 1000).await;
        store.claim(id, 0, LEASE, 0).await.unwrap();
        store.finish(id, FIRST, reply(), 0).await.unwrap();
        id
    };
    for _ in 0..MANY / 50 {
        futures_of((0..50).map(|_| decided(wide))).await;
    }
    let before = wide.totals().await;
    assert_eq!(before.count(Class::Settled), MANY);
    assert!(before.bytes(Class::Settled) > 4 * NARROW.max_result_bytes);
    // Whoever comes first does not wait until all is gone, and what it writes is no excess.
    let first = decided(narrow).await;
    let left = narrow.totals().await.count(Class::Settled);
    let writes = 4;
    assert!((MANY - writes * TRIM_WITH..MANY).contains(&left), "{left}");
    narrow.sweep(0).await.unwrap();
    let after = narrow.totals().await;
    assert!(after.bytes(Class::Settled) <= NARROW.max_result_bytes);
    let size = before.bytes(Class::Settled) / MANY;
    assert!(after.bytes(Class::Settled) + size > NARROW.max_result_bytes, "and no more");
    assert!(narrow.get(first, 0).await.unwrap().reply.is_some(), "the newest stay");
    assert_eq!(after, narrow.recounted().await);
}

/// What to make of a row that it cannot be read. Whose it is, is all that is read of a video that waits.
pub const SPOILT: [&str; 2] = ["tenant = 'No body'", "metadata = 'No body'"];

/// A session whose row `spoil` makes unreadable: time is let pass for the others, and new ones are opened in its place.
pub async fn a_session_that_cannot_be_read_is_in_nobodys_way<S: Audited>(
    store: &S,
    spoil: impl AsyncFn(Uuid),
) {
    let [spoilt, beside] = [opened(store, 1, 10).await, opened(store, 1, 10).await];
    let [held, held_beside] = [filled(store, 10).await, filled(store, 10).await];
    spoil(spoilt).await;
    spoil(held).await;
    store.sweep(20).await.unwrap();
    for id in [beside, held_beside] {
        assert_eq!(store.get(id, 20).await.unwrap().state, SessionState::Expired);
    }
    for id in [spoilt, held] {
        assert_eq!(store.get(id, 20).await.err(), Some(StoreError::NotFound));
    }
    for oldest in [true, false, false] {
        let id = opened(store, 1, 1000).await;
        if oldest {
            spoil(id).await;
        }
    }
    opened(store, 1, 1000).await;
    let [spoilt, beside] = [submitted(store, 1).await, submitted(store, 1).await];
    for id in [spoilt, beside] {
        store.put_crop(id, at(0), png(1, 10), 20).await.unwrap();
    }
    spoil(spoilt).await;
    // Whoever takes up what waits.
    for id in ids(store, 9).await {
        let claim = store.claim(id, 0, LEASE, 20).await;
        let expected = if id == spoilt { Some(StoreError::NotFound) } else { None };
        assert_eq!(claim.err(), expected);
    }
    assert_eq!(ids(store, 9).await, [beside]);
    assert_eq!(store.get(spoilt, 20).await.err(), Some(StoreError::NotFound));
    store.fail(beside, FIRST, ErrorCode::InternalError, 20).await.unwrap();
    assert_eq!(store.totals().await, store.recounted().await);
}

/// Does `steps` things by chance, the same for every store; returns what came of each.
pub async fn sequence<S: Audited>(store: &S, limits: StoreLimits, steps: usize) -> Vec<String> {
    let mut random = fastrand::Rng::with_seed(7);
    let (mut ids, mut now) = (vec![Uuid::from_u128(random.u128(..))], 0);
    let mut outcomes = Vec::new();
    let of_key = Sharer::of_key(&TenantId::default());
    let sharers = [None, Some(Sharer::of_client("one")), Some(of_key)];
    let mut tickets = HashMap::new();
    for _ in 0..steps {
        now += random.u64(0..3);
        let id = ids[random.usize(ids.len().saturating_sub(8)..ids.len())];
        let key = in_run(random.u32(0..3), random.u32(0..3));
        let ticket = tickets.get(&id).copied().unwrap_or_default();
        let lease = Lease { ms: random.u64(0..40), paid: random.bool() };
        outcomes.push(match random.u32(0..12) {
            0 => {
                let id = Uuid::from_u128(random.u128(..));
                ids.push(id);
                let terms = terms(random.u32(1..3), now + random.u64(0..60));
                let sharer = random.choice(&sharers).cloned().flatten();
                let extendable_to = terms.expires_at + random.u64(0..60);
                let terms = SessionTerms { id, sharer, extendable_to, ..terms };
                format!("{:?}", store.create(terms, None, now).await)
            }
            1..=4 => {
                let png = png(random.u8(0..2), random.usize(1..40));
                format!("{:?}", store.put_crop(id, key, png, now).await)
            }
            5 => format!("{:?}", store.admits(id, key, now).await),
            6 => {
                let claim = store.claim(id, key.run, lease, now).await;
                // Some holders have an old ticket.
                if let Ok(Claim::Granted { ticket, .. }) = &claim
                    && random.u32(0..4) > 0
                {
                    tickets.insert(id, *ticket);
                }
                format!("{claim:?}")
            }
            7 => format!("{:?}", store.finish(id, ticket, reply(), now).await),
            8 => format!("{:?}", store.fail(id, ticket, ErrorCode::UpstreamTimeout, now).await),
            9 => format!("{:?}", store.release(id, ticket, now).await),
            10 if random.bool() => format!("{:?}", store.discard(id, now).await),
            10 => format!("{:?}", store.sweep(now).await),
            _ => format!("{:?}", store.get(id, now).await),
        });
        let totals = store.totals().await;
        assert_eq!(totals, store.recounted().await, "{outcomes:?}");
        assert!(totals.count(Class::Empty) <= limits.max_empty);
        assert!(totals.count(Class::Holding) <= limits.max_sessions);
        assert!(totals.bytes(Class::Holding) <= limits.max_crop_bytes);
        assert!(totals.bytes(Class::Settled) <= limits.max_result_bytes);
        assert!(totals.count(Class::Expired) <= limits.max_empty);
    }
    assert!(ids.len() > steps / 20);
    outcomes
}

/// Whatever is done in whatever order: the sums are those of what is there, and no bound is exceeded.
pub async fn the_sums_are_right_after_any_sequence_of_operations<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let limits = StoreLimits { max_result_bytes: 9_000, ..LIMITS };
    sequence(&*make(limits), limits, S::STEPS).await;
}
