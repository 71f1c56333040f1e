//! Crops and the time for them.

use liveness_protocol::{ModelChoice, SessionState, Source};
use uuid::Uuid;

use super::harness::*;
use crate::domain::metadata::Metadata;
use crate::domain::pictures::print::Print;
use crate::domain::session::{PictureKind, SessionTerms, Sharer};
use crate::domain::video::format::VideoFormat;
use crate::store::entry::Class;
use crate::store::{Claim, Picture, StoreError, StoreLimits};

pub async fn a_session_is_opened_once<S: Audited>(make: impl Fn(StoreLimits) -> Made<S>) {
    let store = make(LIMITS);
    let terms = terms(2, 100);
    store.create(terms.clone(), None, 0).await.unwrap();
    store.put_crop(terms.id, at(0), png(1, 10), 0).await.unwrap();
    assert_eq!(store.create(terms.clone(), None, 0).await, Err(StoreError::Exists));
    assert_eq!(store.get(terms.id, 0).await.unwrap().received, [0], "nothing is lost by that");
}

pub async fn all_terms_are_kept<S: Audited>(make: impl Fn(StoreLimits) -> Made<S>) {
    let store = make(LIMITS);
    let plain = terms(2, 100);
    let other = SessionTerms {
        tenant: "shop-2".parse().unwrap(),
        sharer: Some(Sharer::of_key(&"shop-2".parse().unwrap())),
        kind: PictureKind::Frames,
        choice: ModelChoice::Version { version: "latest".into(), frame_count: 30 },
        model: "mixed-30-v2".into(),
        needs_fps: true,
        source: Source::Media,
        metadata: Some(Metadata::read(r#"{"a": ["\u0000", 1.5, null]}"#).unwrap()),
        reference: Some("order 7 \u{1f600} '".into()),
        extendable_to: u64::from(u32::MAX) * 1001,
        ..terms(u32::MAX, u64::from(u32::MAX) * 1000)
    };
    let video = SessionTerms { kind: PictureKind::Video(VideoFormat::Matroska), ..terms(2, 100) };
    for terms in [plain, other, video] {
        store.create(terms.clone(), None, 0).await.unwrap();
        let view = store.get(terms.id, 0).await.unwrap();
        assert_eq!((view.terms, view.state, view.run), (terms, SessionState::Open, 0));
        assert_eq!((view.received, view.reply, view.failure), (vec![], None, None));
    }
}

pub async fn what_is_said_of_a_picture_is_kept_with_it_and_counted<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    let id = opened(&*store, 1, 100).await;
    let said = Picture {
        near: [1, 2].map(|byte: u8| Print::of(&[byte])).to_vec(),
        timestamp_ms: Some(7.5),
        warnings: vec!["w".repeat(50)],
        print: Some(Print::of(b"1")),
        ..png(1, 40)
    };
    let long = Picture { warnings: vec!["w".repeat(61)], ..png(1, 40) };
    assert_eq!(store.put_crop(id, at(0), long, 0).await, Err(StoreError::Full));
    assert!(store.put_crop(id, at(0), said.clone(), 0).await.unwrap().new);
    // The same picture again, whatever is said of it, changes nothing.
    assert!(!store.put_crop(id, at(0), png(1, 40), 0).await.unwrap().new);
    let Claim::Granted { pictures, .. } = store.claim(id, 0, LEASE, 0).await.unwrap() else {
        panic!()
    };
    assert_eq!(pictures, [said]);
}

pub async fn crops_are_kept_once<S: Audited>(make: impl Fn(StoreLimits) -> Made<S>) {
    let store = make(LIMITS);
    let id = opened(&*store, 2, 100).await;
    let first = store.put_crop(id, at(1), png(1, 10), 0).await.unwrap();
    assert_eq!((first.new, first.frames_received, first.frames_required), (true, 1, 2));
    let again = store.put_crop(id, at(1), png(1, 10), 0).await.unwrap();
    assert_eq!((again.new, again.frames_received), (false, 1));
    assert_eq!(store.put_crop(id, at(1), png(2, 10), 0).await, Err(StoreError::Conflict(1)));
    let out = StoreError::IndexOutOfRange { index: 2, frames_required: 2 };
    assert_eq!(store.put_crop(id, at(2), png(1, 10), 0).await, Err(out.clone()));
    assert_eq!(store.admits(id, at(2), 0).await, Err(out));
    assert_eq!(store.admits(Uuid::new_v4(), at(0), 0).await, Err(StoreError::NotFound));
}

pub async fn the_first_crop_of_a_higher_run_drops_all_of_lower_ones<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    let id = opened(&*store, 2, 100).await;
    store.put_crop(id, at(0), png(1, 40), 0).await.unwrap();
    store.put_crop(id, at(1), png(1, 40), 0).await.unwrap();
    // Runs may be skipped. What was known at this index was another run's, so it is no conflict; and what
    // is dropped makes the room for what comes.
    let first = store.put_crop(id, in_run(3, 1), png(2, 90), 0).await.unwrap();
    assert_eq!((first.new, first.frames_received), (true, 1));
    assert_eq!(store.totals().await.bytes(Class::Holding), 90);
    let view = store.get(id, 0).await.unwrap();
    assert_eq!((view.run, view.received), (3, vec![1]));

    for run in 0..3 {
        let superseded = Err(StoreError::Superseded { by: 3 });
        assert_eq!(store.admits(id, in_run(run, 0), 0).await, superseded);
        let put = store.put_crop(id, in_run(run, 0), png(1, 1), 0).await;
        assert_eq!(put.map(|_| ()), superseded);
    }
    assert_eq!(store.put_crop(id, in_run(3, 1), png(3, 90), 0).await, Err(StoreError::Conflict(1)));
    assert!(!store.put_crop(id, in_run(3, 1), png(2, 90), 0).await.unwrap().new);

    // A crop that is refused is not the first of its run.
    assert_eq!(store.put_crop(id, in_run(4, 0), png(1, 101), 0).await, Err(StoreError::Full));
    assert_eq!(store.get(id, 0).await.unwrap().run, 3);
    let out = StoreError::IndexOutOfRange { index: 2, frames_required: 2 };
    assert_eq!(store.put_crop(id, in_run(4, 2), png(1, 1), 0).await, Err(out));
    assert_eq!(store.get(id, 0).await.unwrap().received, [1]);
}

pub async fn an_undecided_session_can_be_given_back<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    let [empty, held] = [opened(&*store, 1, 100).await, opened(&*store, 1, 100).await];
    store.put_crop(held, at(0), png(1, 90), 0).await.unwrap();
    for id in [empty, held] {
        store.discard(id, 0).await.unwrap();
        assert_eq!(store.discard(id, 0).await, Err(StoreError::NotFound));
    }
    assert_eq!(store.totals().await.bytes(Class::Holding), 0);

    let [running, expired] = [opened(&*store, 1, 100).await, opened(&*store, 1, 10).await];
    store.put_crop(running, at(0), png(1, 90), 0).await.unwrap();
    store.claim(running, 0, LEASE, 0).await.unwrap();
    assert_eq!(store.discard(running, 0).await, Err(StoreError::Closed));
    store.finish(running, FIRST, reply(), 0).await.unwrap();
    assert_eq!(store.discard(running, 0).await, Err(StoreError::Closed));
    assert_eq!(store.discard(expired, 10).await, Err(StoreError::Expired));
    assert_eq!(store.get(running, 0).await.unwrap().state, SessionState::Complete);
}

pub async fn sessions_expire_and_are_forgotten<S: Audited>(make: impl Fn(StoreLimits) -> Made<S>) {
    let store = make(LIMITS);
    let id = opened(&*store, 1, 100).await;
    store.put_crop(id, at(0), png(1, 10), 99).await.unwrap();
    assert_eq!(store.get(id, 99).await.unwrap().state, SessionState::Open);
    assert_eq!(store.admits(id, at(0), 100).await, Err(StoreError::Expired));
    assert!(matches!(store.claim(id, 0, LEASE, 100).await, Err(StoreError::Expired)));
    assert_eq!(store.get(id, 100).await.unwrap().state, SessionState::Expired);
    assert_eq!(
        store.totals().await.bytes(Class::Holding),
        0,
        "an expired session keeps no pictures"
    );
    assert_eq!(store.sweep(1099).await, Ok(0));
    assert_eq!(store.sweep(1100).await, Ok(1));
    assert!(matches!(store.get(id, 1100).await, Err(StoreError::NotFound)));
}

pub async fn sweeping_expires_what_nobody_asks_for<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    let id = opened(&*store, 2, 100).await;
    let empty = opened(&*store, 2, 100).await;
    store.put_crop(id, at(0), png(1, 10), 0).await.unwrap();
    assert_eq!(store.sweep(100).await, Ok(0));
    assert_eq!(store.totals().await.count(Class::Expired), 2);
    for id in [id, empty] {
        assert_eq!(store.get(id, 100).await.unwrap().state, SessionState::Expired);
    }
}

pub async fn prints_are_known_again_from_other_sessions_for_a_time<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(LIMITS);
    let prints = |range: std::ops::Range<u8>| -> Vec<Print> {
        range.map(|byte| Print::of(&[byte])).collect()
    };
    let known =
        async |id, prints, since, now| store.remember(id, prints, since, now).await.unwrap().len();
    let [two, three] = [(); 2].map(|()| Uuid::new_v4());
    let [one, four] = [filled(&*store, 100).await, filled(&*store, 100).await];
    for id in [one, four] {
        store.claim(id, 0, LEASE, 0).await.unwrap();
    }
    assert_eq!(known(one, prints(0..8), 0, 0).await, 0);
    // A check that is made again shows its own pictures.
    assert_eq!(known(one, prints(0..8), 0, 10).await, 0);
    assert_eq!(known(two, prints(5..12), 0, 10).await, 3);
    let mut those = store.remember(two, prints(6..12), 0, 10).await.unwrap();
    those.sort_unstable();
    let mut shown = prints(6..8);
    shown.sort_unstable();
    assert_eq!(those, shown);
    assert_eq!(known(two, Vec::new(), 0, 10).await, 0);
    store.sweep(LIMITS.prints_ms - 1).await.unwrap();
    assert_eq!(known(three, prints(0..12), 0, 20).await, 12);
    // Only what was shown first can be taken back, and is then as new.
    assert_eq!(known(four, prints(10..14), 0, 0).await, 2);
    for (id, ticket, refused) in
        [(four, SECOND, StoreError::Closed), (two, FIRST, StoreError::NotFound)]
    {
        // Nothing by whoever has not the claim.
        assert_eq!(store.take_back(id, ticket, prints(0..14), 0).await, Err(refused));
    }
    store.take_back(four, FIRST, prints(10..14), 0).await.unwrap();
    assert_eq!(known(one, prints(10..14), 0, 20).await, 2);
    // Nor what a session of the same id showed that was there before this one was opened.
    store.take_back(one, FIRST, prints(12..14), 21).await.unwrap();
    assert_eq!(known(three, prints(12..14), 0, 20).await, 2);
    store.take_back(one, FIRST, prints(12..14), 20).await.unwrap();
    // What was shown under an id before its session was opened, another session of that id has shown.
    let five = Uuid::new_v4();
    assert_eq!(known(five, prints(20..24), 30, 40).await, 0);
    assert_eq!(known(five, prints(20..24), 40, 50).await, 0);
    assert_eq!(known(five, prints(20..26), 41, 50).await, 4);
    // By a gateway whose clock is slow: its own pictures are not those of another.
    assert_eq!(known(one, prints(30..34), 60, 55).await, 0);
    assert_eq!(known(one, prints(30..34), 60, 65).await, 0);
    store.take_back(one, FIRST, prints(30..34), 60).await.unwrap();
    assert_eq!(known(five, prints(30..34), 60, 65).await, 0);
    // Each for as long as it is since it was seen first.
    store.sweep(LIMITS.prints_ms).await.unwrap();
    assert_eq!(known(three, prints(0..12), 0, 30).await, 4);
}

pub async fn prints_are_bounded_and_the_oldest_go<S: Audited>(
    make: impl Fn(StoreLimits) -> Made<S>,
) {
    let store = make(StoreLimits { max_prints: 1000, ..LIMITS });
    let prints = |check: u64| -> Vec<Print> {
        (0..16u64).map(|place| Print::of(&(16 * check + place).to_be_bytes())).collect()
    };
    let known = async |check| {
        let other = Uuid::new_v4();
        let known = store.remember(other, prints(check), 0, 300).await.unwrap();
        known.len()
    };
    // More than are forgotten in one transaction.
    for check in 0..120 {
        let id = Uuid::new_v4();
        assert_eq!(store.remember(id, prints(check), 0, check).await, Ok(Vec::new()));
    }
    store.sweep(200).await.unwrap();
    assert_eq!((known(119).await, known(58).await), (16, 16), "the last 62 and a half");
    assert_eq!(known(56).await, 0);
    // What has come again counts again, and what is taken back does not.
    let claimed = filled(&*store, 100).await;
    store.claim(claimed, 0, LEASE, 0).await.unwrap();
    for _ in 0..10 {
        store.remember(claimed, prints(200), 0, 200).await.unwrap();
        store.take_back(claimed, FIRST, prints(200), 0).await.unwrap();
    }
    store.sweep(200).await.unwrap();
    assert_eq!((known(60).await, known(119).await), (16, 16));
}
