//! What the detector finds on real pictures, against the reference runtime's record.

mod common;

use common::{Picture, decode, detector, pictures, to_i420};
use face_vision::{ColorMatrix, ColorSpace, Detection, FaceDetector, FrameView, Point};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A file of `models/record_goldens.py`.
#[derive(Deserialize)]
struct Golden {
    picture: String,
    width: u32,
    height: u32,
    threshold: f32,
    highest_score: f32,
    faces: Vec<GoldenFace>,
}

#[derive(Deserialize)]
struct GoldenFace {
    score: f32,
    #[serde(rename = "box")]
    bbox: [f32; 4],
    keypoints: BTreeMap<String, [f32; 2]>,
}

fn goldens() -> Vec<Golden> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/goldens");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("goldens are committed")
        .map(|entry| entry.expect("readable").path())
        .collect();
    files.sort();
    assert!(files.len() >= 20, "only {} goldens", files.len());
    files
        .iter()
        .map(|file| {
            serde_json::from_slice(&std::fs::read(file).expect("readable"))
                .expect("a golden parses")
        })
        .collect()
}

fn named(face: &Detection) -> [(&'static str, Point); 6] {
    let k = face.keypoints;
    [
        ("right_eye", k.right_eye),
        ("left_eye", k.left_eye),
        ("nose_tip", k.nose_tip),
        ("mouth_centre", k.mouth_centre),
        ("right_ear", k.right_ear.expect("BlazeFace marks ears")),
        ("left_ear", k.left_ear.expect("BlazeFace marks ears")),
    ]
}

/// Largest distance between corners or points, as a fraction of the face's size.
fn assert_same_face(found: &Detection, golden: &GoldenFace, picture: &str) {
    let [x, y, width, height] = golden.bbox;
    let tolerance = 0.02 * width.max(height);
    let b = found.bbox;
    let edges = [(b.x, x), (b.y, y), (b.x + b.width, x + width), (b.y + b.height, y + height)];
    for (found, golden) in edges {
        assert!(
            (found - golden).abs() <= tolerance,
            "{picture}: edge at {found}, recorded {golden}"
        );
    }
    for (name, point) in named(found) {
        let [x, y] = golden.keypoints[name];
        let distance = (point.x - x).hypot(point.y - y);
        assert!(distance <= tolerance, "{picture}: {name} at {point:?}, recorded {x} {y}");
    }
    assert!(
        (found.score - golden.score).abs() <= 0.01,
        "{picture}: {} recorded {}",
        found.score,
        golden.score
    );
}

#[test]
fn faces_are_where_the_reference_runtime_finds_them() {
    let (Some(folder), Some(mut detector)) = (pictures(), detector()) else { return };
    for golden in goldens() {
        let picture = decode(&folder.join(&golden.picture));
        assert_eq!(
            (picture.width, picture.height),
            (golden.width, golden.height),
            "{}",
            golden.picture
        );
        assert_eq!(
            golden.threshold,
            face_vision::DEFAULT_THRESHOLD,
            "recorded at another threshold"
        );
        let found = detector.detect(&picture.view()).expect("the detector runs");
        println!(
            "{}: {:?}",
            golden.picture,
            found.iter().map(|face| face.score).collect::<Vec<_>>()
        );
        assert_eq!(found.len(), golden.faces.len(), "{}: {found:?}", golden.picture);
        assert!(found.is_sorted_by(|a, b| a.score >= b.score));
        for (found, golden_face) in found.iter().zip(&golden.faces) {
            assert_same_face(found, golden_face, &golden.picture);
        }
    }
}

#[test]
fn the_best_score_agrees_even_where_there_is_no_face() {
    let (Some(folder), Some(detector)) = (pictures(), detector()) else { return };
    let mut detector = detector.with_threshold(0.0).expect("a valid threshold");
    for golden in goldens() {
        let found = detector
            .detect(&decode(&folder.join(&golden.picture)).view())
            .expect("the detector runs");
        let best = found.first().expect("at threshold 0 there is always a row").score;
        println!("{}: {best:.4}, recorded {}", golden.picture, golden.highest_score);
        // PNG decodes to the same pixels everywhere; JPEG decoders differ by a few levels, most
        // in the dark, and a picture without a face has no score to hold on to.
        let tolerance = if golden.picture.ends_with(".png") { 0.0005 } else { 0.02 };
        assert!((best - golden.highest_score).abs() <= tolerance, "{}: {best}", golden.picture);
    }
}

#[test]
fn nothing_is_found_where_there_is_no_face() {
    let (Some(folder), Some(mut detector)) = (pictures(), detector()) else { return };
    let mut seen = 0;
    for golden in goldens().iter().filter(|golden| golden.picture.starts_with("none_")) {
        let found = detector
            .detect(&decode(&folder.join(&golden.picture)).view())
            .expect("the detector runs");
        assert!(found.is_empty(), "{}: {found:?}", golden.picture);
        seen += 1;
    }
    assert!(seen >= 8, "only {seen} pictures without a face");
}

#[test]
fn the_keypoints_are_the_persons_own_right_and_left() {
    let (Some(folder), Some(mut detector)) = (pictures(), detector()) else { return };
    let picture = decode(&folder.join("face_03_obama_portrait.jpg"));
    let face = detector.detect(&picture.view()).expect("the detector runs")[0];
    let k = face.keypoints;
    let [right_ear, left_ear] =
        [k.right_ear, k.left_ear].map(|ear| ear.expect("BlazeFace marks ears"));
    // Looking into the camera, the person's right is on the picture's left.
    assert!(right_ear.x < k.right_eye.x && k.right_eye.x < k.nose_tip.x);
    assert!(k.nose_tip.x < k.left_eye.x && k.left_eye.x < left_ear.x);
    assert!(k.right_eye.y < k.nose_tip.y && k.nose_tip.y < k.mouth_centre.y);
}

/// Same faces, boxes within 2 % of their size, scores within 0.02.
fn assert_agree(a: &[Detection], b: &[Detection], what: &str) {
    assert_eq!(a.len(), b.len(), "{what}: {a:?} {b:?}");
    for (a, b) in a.iter().zip(b) {
        let tolerance = 0.02 * a.bbox.width.max(a.bbox.height);
        let (p, q) = (a.bbox.centre(), b.bbox.centre());
        assert!((p.x - q.x).hypot(p.y - q.y) <= tolerance, "{what}: {a:?} {b:?}");
        assert!((a.bbox.width - b.bbox.width).abs() <= tolerance, "{what}: {a:?} {b:?}");
        assert!((a.score - b.score).abs() <= 0.02, "{what}: {} {}", a.score, b.score);
    }
}

#[test]
fn every_format_of_a_frame_shows_the_same_faces() {
    let (Some(folder), Some(mut detector)) = (pictures(), detector()) else { return };
    for name in ["face_02_grace_hopper.jpg", "face_10_two_people.jpg", "face_21_man_smile.jpg"] {
        let Picture { mut rgb, mut width, height } = decode(&folder.join(name));
        // An odd width: the last column of chroma covers one column of luma.
        if width.is_multiple_of(2) {
            let row = 3 * width as usize;
            rgb = rgb.chunks_exact(row).flat_map(|row| row[..row.len() - 3].to_vec()).collect();
            width -= 1;
        }
        let picture = Picture { rgb, width, height };
        let from_rgb = detector.detect(&picture.view()).expect("the detector runs");
        assert!(!from_rgb.is_empty(), "{name}");

        let rgba: Vec<u8> =
            picture.rgb.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 7]).collect();
        let view = FrameView::rgba(&rgba, width, height, 4 * width as usize).expect("sizes fit");
        assert_eq!(detector.detect(&view).expect("the detector runs"), from_rgb, "{name} as RGBA");

        for (matrix, full_range) in
            [(ColorMatrix::Bt601, true), (ColorMatrix::Bt601, false), (ColorMatrix::Bt709, false)]
        {
            let what = format!("{name} as {matrix:?}, full range {full_range}");
            let yuv = to_i420(&picture, ColorSpace { matrix, full_range }, 5);
            let from_i420 = detector.detect(&yuv.view(width, height)).expect("the detector runs");
            assert_agree(&from_rgb, &from_i420, &what);
            let (bytes, planes) = yuv.to_nv12(width, height);
            let view =
                FrameView::nv12(&bytes, width, height, planes, yuv.color).expect("sizes fit");
            assert_eq!(detector.detect(&view).expect("the detector runs"), from_i420, "{what}");
        }
    }
}

#[test]
fn running_again_changes_nothing() {
    let Some(mut detector) = detector() else { return };
    let picture = common::pattern(97, 61);
    let first = detector.run(&vec![0.25; 128 * 128 * 3]).expect("the network runs");
    detector.detect(&picture.view()).expect("the detector runs");
    let again = detector.run(&vec![0.25; 128 * 128 * 3]).expect("the network runs");
    assert_eq!(first, again);
    assert!(detector.run(&[0.0; 12]).is_err());
}

#[test]
fn a_threshold_has_to_be_a_probability() {
    for threshold in [-0.1, 1.1, f32::NAN] {
        let Some(detector) = detector() else { return };
        assert!(detector.with_threshold(threshold).is_err());
    }
}

#[test]
fn frames_of_any_shape_are_searched() {
    let Some(mut detector) = detector() else { return };
    for (width, height) in [(1, 1), (1, 3), (3, 1), (2, 301), (301, 2), (127, 129), (17, 19)] {
        let picture = common::pattern(width, height);
        detector.detect(&picture.view()).expect("the detector runs");
        let yuv = to_i420(&picture, ColorSpace::default(), 3);
        detector.detect(&yuv.view(width, height)).expect("the detector runs");
    }
}
