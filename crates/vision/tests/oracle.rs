//! The graph wired from the weights against the converted ONNX file as tract-onnx loads it: two
//! conversions of the source that share neither layout nor wiring.
#![cfg(feature = "onnx")]

mod common;

use common::{decode, model, pictures};
use face_vision::{BlazeFace, FaceDetector};

fn both() -> Option<[BlazeFace; 2]> {
    let wired = BlazeFace::from_weights(&model("bin")?).expect("the weights load");
    let loaded = BlazeFace::from_onnx(&model("onnx")?).expect("the ONNX file loads");
    Some([wired, loaded])
}

fn assert_close(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= 1e-3 * (1.0 + a.abs().min(1.0)), "{a} {b}");
    }
}

#[test]
fn both_graphs_say_the_same_of_noise() {
    let Some([mut wired, mut loaded]) = both() else { return };
    let mut state = 1u32;
    for _ in 0..4 {
        let input: Vec<f32> = (0..128 * 128 * 3)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 23) as f32 - 1.0
            })
            .collect();
        let (a, b) = (wired.run(&input).expect("it runs"), loaded.run(&input).expect("it runs"));
        assert_close(&a.boxes, &b.boxes);
        assert_close(&a.scores, &b.scores);
        // Not all the same number: the comparison means something.
        let spread = a.scores.iter().copied().fold(f32::MIN, f32::max)
            - a.scores.iter().copied().fold(f32::MAX, f32::min);
        assert!(spread > 0.5, "{spread}");
    }
}

#[test]
fn both_graphs_find_the_same_faces() {
    let (Some([mut wired, mut loaded]), Some(folder)) = (both(), pictures()) else { return };
    for name in ["face_03_obama_portrait.jpg", "face_10_two_people.jpg", "none_02_cat_chelsea.png"]
    {
        let picture = decode(&folder.join(name));
        let (a, b) = (
            wired.detect(&picture.view()).expect("it runs"),
            loaded.detect(&picture.view()).expect("it runs"),
        );
        assert_eq!(a.len(), b.len(), "{name}");
        for (a, b) in a.iter().zip(&b) {
            assert!(
                (a.score - b.score).abs() < 1e-3 && a.bbox.overlap(&b.bbox) > 0.99,
                "{name}: {a:?} {b:?}"
            );
        }
    }
}

#[test]
fn other_onnx_files_are_refused() {
    assert!(BlazeFace::from_onnx(b"not a model").is_err());
    assert!(BlazeFace::from_onnx(&[]).is_err());
}
