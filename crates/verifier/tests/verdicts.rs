//! Verdicts on drawn clips, with a scripted face detector.

use face_vision::{DetectError, Detection, FaceDetector, FrameView, Keypoints, Point, Rect};
use liveness_protocol::{ErrorCode, RiskBand, Verdict};
use liveness_verifier::png_crop::CROP_BYTES;
use liveness_verifier::{Assessment, Cancel, Clip, RgbCrop, Verifier, VerifyError};
use proptest::prelude::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Answers with a box of this share of the side for each `true`, in turn.
struct Scripted {
    size: f32,
    found: Vec<bool>,
    calls: usize,
}

impl FaceDetector for Scripted {
    fn detect(&mut self, _: &FrameView<'_>) -> Result<Vec<Detection>, DetectError> {
        let found = self.found[self.calls % self.found.len()];
        self.calls += 1;
        let side = 224.0 * self.size;
        let bbox = Rect { x: 112.0 - side / 2.0, y: 112.0 - side / 2.0, width: side, height: side };
        let keypoints = Keypoints::from_array([Point { x: 112.0, y: 112.0 }; 6]);
        Ok(if found { vec![Detection { bbox, keypoints, score: 0.9 }] } else { Vec::new() })
    }
}

/// Finds a face everywhere; those of turned crops, which come after the 10 of the clip, have these scores in turn.
struct Turning {
    turned: Vec<f32>,
    calls: usize,
}

impl FaceDetector for Turning {
    fn detect(&mut self, frame: &FrameView<'_>) -> Result<Vec<Detection>, DetectError> {
        let mut faces = Scripted { size: 0.33, found: vec![true], calls: 0 }.detect(frame)?;
        if let Some(turned) = self.calls.checked_sub(10) {
            faces[0].score = self.turned[turned % self.turned.len()];
        }
        self.calls += 1;
        Ok(faces)
    }
}

struct Broken;

impl FaceDetector for Broken {
    fn detect(&mut self, _: &FrameView<'_>) -> Result<Vec<Detection>, DetectError> {
        Err(DetectError::Inference("cut".into()))
    }
}

fn with_faces(size: f32, found: &[bool]) -> Verifier {
    Verifier::new(Some(Box::new(Scripted { size, found: found.to_vec(), calls: 0 })))
}

/// Waves that wander by `speed` pixels a crop; a patch in the middle wanders by `head` more.
fn clip(crops: usize, speed: f64, head: f64, levels: f64) -> Clip {
    let frames = (0..crops).map(|i| {
        let pixels: Vec<u8> = (0..CROP_BYTES)
            .map(|at| {
                let (x, y) = ((at / 3 % 224) as f64, (at / 3 / 224) as f64);
                let inner = (x - 112.0).hypot(y - 112.0) < 55.0;
                let swing = (i as f64 * 0.7).sin();
                let x = x - swing * (speed + if inner { head } else { 0.0 });
                let wave = (x * 0.23 + y * 0.11).sin()
                    + (x * 0.13 - y * 0.27).cos()
                    + (0.3 * x + 0.35 * y).sin();
                (levels + 0.25 * levels * wave) as u8
            })
            .collect();
        RgbCrop::from_rgb(pixels).unwrap()
    });
    Clip::new(frames.collect(), None, None).unwrap()
}

fn at_rate(clip: &Clip, fps: f64) -> Clip {
    Clip::new(clip.frames().to_vec(), None, Some(fps)).unwrap()
}

fn consistent(a: &Assessment) {
    assert!(a.score.is_finite() && (0.0..=100.0).contains(&a.score), "{}", a.score);
    assert!((a.real_score * 100.0 - a.score).abs() < 1e-9);
    assert_eq!(a.risk_band, RiskBand::of_score(a.score));
    match a.verdict {
        Verdict::Live => assert!(a.score >= 65.0),
        Verdict::Fake | Verdict::Inconclusive => assert!(a.score < 65.0),
    }
    assert_eq!(a.signals.len(), 13);
}

#[test]
fn a_clip_of_any_rate_is_assessed() {
    let drawn = clip(10, 1.0, 5.0, 110.0);
    for fps in [1e-6, 0.5, 1.0, 5.9, 30.0, 120.0] {
        consistent(&with_faces(0.33, &[true]).assess(&at_rate(&drawn, fps)).unwrap());
    }
}

/// Gives the check up while it looks at the crop of this number.
struct GivesUp {
    at: usize,
    calls: Arc<AtomicUsize>,
    cancel: Cancel,
}

impl FaceDetector for GivesUp {
    fn detect(&mut self, _: &FrameView<'_>) -> Result<Vec<Detection>, DetectError> {
        if self.calls.fetch_add(1, Ordering::Relaxed) == self.at {
            self.cancel.cancel();
        }
        Ok(Vec::new())
    }
}

#[test]
fn a_check_that_is_given_up_ends_at_its_next_step() {
    let drawn = clip(10, 1.0, 5.0, 110.0);
    for at in [0, 4, 9] {
        let (calls, cancel) = (Arc::<AtomicUsize>::default(), Cancel::default());
        let detector = GivesUp { at, calls: calls.clone(), cancel: cancel.clone() };
        let error = Verifier::new(Some(Box::new(detector))).assess_unless(&drawn, &cancel);
        let error = error.unwrap_err();
        assert!(matches!(error, VerifyError::Cancelled(_)), "{error}");
        assert_eq!(error.code(), ErrorCode::UpstreamTimeout);
        assert_eq!(calls.load(Ordering::Relaxed), at + 1);
    }
    let cancel = Cancel::default();
    cancel.cancel();
    assert!(Verifier::new(None).assess_unless(&drawn, &cancel).is_err(), "without a detector too");
}

#[test]
fn any_number_of_threads_gives_the_same_assessment() {
    for drawn in [clip(30, 1.0, 5.0, 110.0), clip(10, 4.0, 0.0, 110.0), clip(12, 1.0, 5.0, 14.0)] {
        let by = |threads| with_faces(0.4, &[true, true, true, false]).with_threads(threads);
        let alone = by(1).assess(&drawn).unwrap();
        for threads in [0, 2, 3, 16] {
            assert_eq!(by(threads).assess(&drawn).unwrap(), alone, "{threads}");
        }
    }
}

#[test]
fn a_moving_head_is_live_and_a_moving_plane_is_not() {
    let head = Verifier::new(None).assess(&clip(30, 1.0, 5.0, 110.0)).unwrap();
    let plane = Verifier::new(None).assess(&clip(30, 4.0, 0.0, 110.0)).unwrap();
    consistent(&head);
    consistent(&plane);
    assert_eq!(head.verdict, Verdict::Live, "{head:#?}");
    assert_eq!(plane.verdict, Verdict::Fake, "{plane:#?}");
}

#[test]
fn a_frozen_clip_is_fake_whatever_else_it_shows() {
    let frozen = Verifier::new(None).assess(&clip(30, 0.0, 0.0, 110.0)).unwrap();
    assert_eq!((frozen.verdict, frozen.risk_band), (Verdict::Fake, RiskBand::VeryLow));
    assert!(frozen.score <= 5.0);
    // Each picture twice: half of the neighbours repeat.
    let lively = clip(30, 1.0, 5.0, 110.0);
    let doubled = lively.frames().iter().flat_map(|f| [f.clone(), f.clone()]).collect();
    let doubled = Verifier::new(None).assess(&Clip::new(doubled, None, None).unwrap()).unwrap();
    assert_eq!(doubled.verdict, Verdict::Fake);
    consistent(&doubled);
}

#[test]
fn no_face_is_inconclusive_and_says_so() {
    let clip = clip(30, 1.0, 5.0, 110.0);
    for found in [&[false][..], &[true, false], &[true, true, false]] {
        let a = with_faces(0.33, found).assess(&clip).unwrap();
        consistent(&a);
        assert_eq!(a.verdict, Verdict::Inconclusive);
        assert!(a.warning.unwrap().contains("of 30 crops"));
    }
    let mostly = with_faces(0.33, &[true, true, true, false]).assess(&clip).unwrap();
    assert_eq!((mostly.verdict, mostly.warning), (Verdict::Live, None));
}

#[test]
fn a_tiny_face_is_inconclusive_and_a_tight_crop_gets_a_warning() {
    let clip = clip(30, 1.0, 5.0, 110.0);
    let tiny = with_faces(0.1, &[true]).assess(&clip).unwrap();
    assert_eq!(tiny.verdict, Verdict::Inconclusive);
    assert!(tiny.warning.unwrap().contains("face is 10% of image"));
    let tight = with_faces(0.72, &[true]).assess(&clip).unwrap();
    assert_ne!(tight.verdict, Verdict::Inconclusive);
    assert_eq!(
        tight.warning.unwrap(),
        "Crop appears too tight (face is 72% of image). Ensure crops include adequate margin around the face (face should be ~30% of crop)."
    );
}

#[test]
fn darkness_is_inconclusive() {
    let dark = with_faces(0.33, &[true]).assess(&clip(12, 1.0, 5.0, 14.0)).unwrap();
    consistent(&dark);
    assert_eq!(dark.verdict, Verdict::Inconclusive);
    assert!(dark.warning.unwrap().contains("dark"));
}

#[test]
fn faces_that_look_better_turned_are_lying() {
    let drawn = clip(10, 1.0, 5.0, 110.0);
    // A crop is turned until it looks better, at most three times.
    for (turned, lying) in [
        (&[0.89][..], false),
        (&[0.9], false),
        (&[0.91], true),
        (&[0.5, 0.5, 0.95], true),
        // Every other crop.
        (&[0.95, 0.5, 0.5, 0.5], false),
        // Two crops of three.
        (&[0.95, 0.95, 0.5, 0.5, 0.5], true),
    ] {
        let detector = Turning { turned: turned.to_vec(), calls: 0 };
        let a = Verifier::new(Some(Box::new(detector))).assess(&drawn).unwrap();
        consistent(&a);
        assert_eq!(a.verdict == Verdict::Inconclusive, lying, "{turned:?}");
        assert_eq!(a.warning.is_some_and(|text| text.contains("not upright")), lying);
    }
}

#[test]
fn a_failing_detector_is_an_internal_error() {
    let error =
        Verifier::new(Some(Box::new(Broken))).assess(&clip(10, 1.0, 1.0, 110.0)).unwrap_err();
    assert!(matches!(error, VerifyError::Detector(_)));
    assert_eq!(error.code(), ErrorCode::InternalError);
    let frame = FrameView::rgb(&[], 224, 224, 672).unwrap_err();
    assert_eq!(VerifyError::from(frame).code(), ErrorCode::InternalError);
}

#[test]
fn the_model_is_named_as_ours() {
    assert_eq!(Verifier::model_id(30), "local-1-30");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]
    #[test]
    fn any_clip_gets_a_finite_score(
        crops in 10usize..14,
        seed in any::<u32>(),
        noise in 0u32..=255,
        base in 0u8..=255,
        black in 0usize..224,
        faces in proptest::collection::vec(any::<bool>(), 1..4),
        size in 0.0f32..3.0,
    ) {
        let mut state = seed | 1;
        let frames = (0..crops).map(|_| {
            let mut pixels = vec![base; CROP_BYTES];
            for p in &mut pixels[black * 672..] {
                state ^= state << 13;
                state ^= state >> 17;
                state ^= state << 5;
                *p = p.wrapping_add((state % (noise + 1)) as u8);
            }
            pixels[..black * 672].fill(0);
            RgbCrop::from_rgb(pixels).unwrap()
        });
        let clip = Clip::new(frames.collect(), None, None).unwrap();
        consistent(&with_faces(size, &faces).assess(&clip).unwrap());
        consistent(&Verifier::new(None).assess(&clip).unwrap());
    }
}
