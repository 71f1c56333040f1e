//! Which frames are taken, and how regularly.

use liveness_capture_core::pacing::{Pacer, Spacing};
use proptest::prelude::*;

const INTERVAL_30: f64 = 1000.0 / 30.0;

/// Offers the frames of a camera, `spacing_ms` apart on average, and returns those taken as indices into
/// `timestamps`.
fn taken(pacer: &mut Pacer, spacing_ms: f64, timestamps: &[f64]) -> Vec<usize> {
    let mut indices = Vec::new();
    for (at, &timestamp) in timestamps.iter().enumerate() {
        if let Some(index) = pacer.offer(timestamp, Spacing::of(spacing_ms)) {
            assert_eq!(index as usize, indices.len());
            indices.push(at);
        }
    }
    indices
}

/// A camera's timestamps: regular, plus jitter from -1 to 1 times `jitter_ms`.
fn camera(interval_ms: f64, count: usize, jitter_ms: f64) -> Vec<f64> {
    let jitter = |k: usize| ((k * 7919 % 101) as f64 / 50.0 - 1.0) * jitter_ms;
    (0..count).map(|k| 1_000.0 + k as f64 * interval_ms + jitter(k)).collect()
}

#[test]
fn a_30_fps_camera_at_10_gives_every_third_frame() {
    for jitter_ms in [0.0, 1.0, 3.0, 7.0] {
        let mut pacer = Pacer::new(100.0, 30);
        let indices = taken(&mut pacer, INTERVAL_30, &camera(INTERVAL_30, 200, jitter_ms));
        assert_eq!(indices.len(), 30);
        let (last, others) = indices.split_last().expect("30");
        let every_third: Vec<usize> = (0..29).map(|k| 3 * k).collect();
        assert_eq!(others, every_third, "jitter {jitter_ms}");
        // The last is never taken early: with jitter it may be one frame later.
        assert!((87..=88).contains(last), "jitter {jitter_ms}: {last}");
    }
}

#[test]
fn a_30_fps_camera_at_30_gives_every_frame() {
    for jitter_ms in [0.0, 1.0, 4.0] {
        let mut pacer = Pacer::new(INTERVAL_30, 30);
        let indices = taken(&mut pacer, INTERVAL_30, &camera(INTERVAL_30, 60, jitter_ms));
        let (last, others) = indices.split_last().expect("30");
        assert_eq!(others, (0..29).collect::<Vec<_>>(), "jitter {jitter_ms}");
        assert!((29..=30).contains(last), "jitter {jitter_ms}: {last}");
    }
    // Timestamps in whole microseconds, as browsers give them.
    let micros: Vec<f64> = (0..120).map(|k| (f64::from(k) * 33_333.0) / 1000.0).collect();
    let mut pacer = Pacer::new(INTERVAL_30, 120);
    assert_eq!(taken(&mut pacer, INTERVAL_30, &micros), (0..120).collect::<Vec<_>>());
}

#[test]
fn other_cameras_come_as_close_to_the_target_as_they_can() {
    // (camera FPS, target FPS, expected FPS)
    for (camera_fps, target, expected) in [
        (60.0, 10.0, 10.0),
        (60.0, 30.0, 30.0),
        (25.0, 10.0, 10.0),
        (15.0, 10.0, 7.5),
        (15.0, 30.0, 15.0),
        (12.0, 10.0, 8.0),
        (29.97, 10.0, 9.99),
        (29.97, 30.0, 29.97),
        (30.0, 1.0, 1.0),
        (30.0, 7.0, 6.9),
    ] {
        let mut pacer = Pacer::new(1000.0 / target, 31);
        taken(&mut pacer, 1000.0 / camera_fps, &camera(1000.0 / camera_fps, 2_000, 0.0));
        let report = pacer.report();
        assert!(pacer.is_complete());
        assert!(report.fps <= target + 1e-9, "{camera_fps} at {target}: {}", report.fps);
        assert!(report.fps >= 0.97 * expected, "{camera_fps} at {target}: {}", report.fps);
    }
}

#[test]
fn the_pacer_does_not_catch_up_after_a_delay() {
    let mut timestamps = camera(INTERVAL_30, 30, 0.0);
    timestamps.extend(camera(INTERVAL_30, 60, 0.0).iter().map(|t| t + 1_400.0));
    let mut pacer = Pacer::new(100.0, 20);
    let indices = taken(&mut pacer, INTERVAL_30, &timestamps);
    for pair in indices.windows(2) {
        let gap = timestamps[pair[1]] - timestamps[pair[0]];
        assert!(gap >= 75.0, "{gap}");
    }
}

#[test]
fn after_a_delay_the_target_rate_resumes_at_once() {
    let mut timestamps = camera(20.0, 20, 0.0);
    timestamps.extend(camera(20.0, 100, 0.0).iter().map(|t| t + 1_400.0));
    let mut pacer = Pacer::new(100.0, 20);
    let indices = taken(&mut pacer, 20.0, &timestamps);
    let after: Vec<f64> =
        indices.iter().filter(|&&at| at >= 20).map(|&at| timestamps[at]).collect();
    assert_eq!(after.len(), 16);
    assert!(after[15] - after[0] >= 15.0 * 100.0 - 25.0, "{after:?}");
}

#[test]
fn spacing_follows_the_source() {
    let mut spacing = Spacing::default();
    for gap_ms in [20.0, 46.0, 33.0, 31.0, 37.0, 30.0] {
        spacing.observe(gap_ms);
    }
    // 12 ms early: nearer than the next frame if frames are 33 ms apart, but not if they are 20 ms apart.
    for (spacing, early) in
        [(spacing, true), (Spacing::of(20.0), false), (Spacing::default(), true)]
    {
        let mut pacer = Pacer::new(100.0, 9);
        assert_eq!(pacer.offer(1_000.0, spacing), Some(0));
        assert_eq!(pacer.offer(1_088.0, spacing).is_some(), early);
    }
}

#[test]
fn frames_between_two_pictures_are_not_wanted() {
    let mut pacer = Pacer::new(100.0, 3);
    assert_eq!(pacer.wanted_from_ms(Spacing::default()), None);
    pacer.offer(1_000.0, Spacing::default());
    // A quarter of an interval early is early enough, but not for the last, nor if another frame is nearer.
    let near = |wanted: f64| move |from: f64| (from - wanted).abs() < 0.1;
    assert!(pacer.wanted_from_ms(Spacing::default()).is_some_and(near(1_075.0)));
    assert!(pacer.wanted_from_ms(Spacing::of(20.0)).is_some_and(near(1_091.0)));
    pacer.offer(1_080.0, Spacing::default());
    assert!(pacer.wanted_from_ms(Spacing::default()).is_some_and(near(1_200.0)));
}

#[test]
fn the_report_states_rate_and_jitter() {
    let mut pacer = Pacer::new(100.0, 4);
    taken(&mut pacer, 100.0, &[50.0, 150.0, 270.0, 350.0]);
    let report = pacer.report();
    assert_eq!(report.timestamps_ms, [0.0, 100.0, 220.0, 300.0]);
    assert!((report.fps - 10.0).abs() < 1e-9);
    // Intervals 100, 120, 80: variance 800 / 3.
    assert!((report.jitter_ms - (800.0_f64 / 3.0).sqrt()).abs() < 1e-9);
    assert!(report.warnings.is_empty());

    let mut slow = Pacer::new(100.0, 3);
    taken(&mut slow, 150.0, &[0.0, 150.0, 500.0]);
    let report = slow.report();
    let texts: Vec<_> = report.warnings.iter().map(|warning| warning.text()).collect();
    assert_eq!(
        texts,
        ["Frame rate was 4.0 FPS instead of 10.0 FPS", "Frame intervals varied by 100 ms"]
    );

    let mut single = Pacer::new(100.0, 1);
    taken(&mut single, 33.0, &[7.0]);
    assert_eq!(single.report().fps, 0.0);
    assert_eq!(single.report().timestamps_ms, [0.0]);
    assert_eq!(Pacer::new(100.0, 1).report().timestamps_ms, Vec::<f64>::new());
}

proptest! {
    /// Whatever the camera does, the mean rate never exceeds the target, and two neighbours are
    /// never closer than the interval less the tolerances of both.
    #[test]
    fn never_faster_than_the_target(
        target in 1.0..=30.0_f64,
        frames in 2_u32..60,
        intervals in prop::collection::vec(0.1..200.0_f64, 10..400),
        spacing in prop::option::of(0.1..200.0_f64),
    ) {
        let spacing = spacing.map_or_else(Spacing::default, Spacing::of);
        let interval = 1000.0 / target;
        let mut pacer = Pacer::new(interval, frames);
        let mut now = 0.0;
        for gap in intervals {
            now += gap;
            let wanted = pacer.wanted_from_ms(spacing).is_none_or(|from| now >= from);
            let wanted = wanted && !pacer.is_complete();
            prop_assert_eq!(pacer.offer(now, spacing).is_some(), wanted);
        }
        let timestamps = pacer.report().timestamps_ms;
        prop_assert!(timestamps.len() <= frames as usize);
        let tolerance = interval / 4.0;
        for (index, pair) in timestamps.windows(2).enumerate() {
            prop_assert!(pair[1] - pair[0] >= interval - tolerance - 0.06);
            let due = (index + 1) as f64 * interval;
            prop_assert!(pair[1] >= due - tolerance - 1e-6);
        }
        if pacer.is_complete() {
            let span = timestamps[timestamps.len() - 1];
            prop_assert!(span + 0.05 + 1e-6 >= f64::from(frames - 1) * interval);
            prop_assert!(pacer.offer(now + 1e6, spacing).is_none());
        }
    }
}
