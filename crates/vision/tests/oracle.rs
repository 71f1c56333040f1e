//! The network of fused operators against the same from tract's own operators, and against the converted
//! ONNX file as tract-onnx loads it: two conversions of the source that share neither layout nor wiring.
#![cfg(feature = "onnx")]

mod common;

use common::{decode, model, pictures};
use face_vision::{BlazeFace, FaceDetector};

/// The product's network, and its two oracles.
fn networks() -> Option<(BlazeFace, [BlazeFace; 2])> {
    let weights = model("bin")?;
    let fused = BlazeFace::from_weights(&weights).expect("the weights load");
    let stock = BlazeFace::from_weights_stock(&weights).expect("the weights load");
    let loaded = BlazeFace::from_onnx(&model("onnx")?).expect("the ONNX file loads");
    Some((fused, [stock, loaded]))
}

fn assert_close(a: &[f32], b: &[f32]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= 1e-3 * (1.0 + a.abs().min(1.0)), "{a} {b}");
    }
}

#[test]
fn all_networks_agree_on_noise() {
    let Some((mut fused, oracles)) = networks() else { return };
    let mut state = 1u32;
    let inputs: Vec<Vec<f32>> = (0..4)
        .map(|_| {
            let next = |_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 8) as f32 / (1 << 23) as f32 - 1.0
            };
            (0..128 * 128 * 3).map(next).collect()
        })
        .collect();
    for mut oracle in oracles {
        for input in &inputs {
            let a = fused.run(input).expect("it runs");
            let b = oracle.run(input).expect("it runs");
            assert_close(&a.boxes, &b.boxes);
            assert_close(&a.scores, &b.scores);
            // Not all the same number: the comparison means something.
            let spread = a.scores.iter().copied().fold(f32::MIN, f32::max)
                - a.scores.iter().copied().fold(f32::MAX, f32::min);
            assert!(spread > 0.5, "{spread}");
        }
    }
}

#[test]
fn all_networks_find_the_same_faces() {
    let (Some((mut fused, mut oracles)), Some(folder)) = (networks(), pictures()) else { return };
    let files = std::fs::read_dir(folder).expect("the folder is readable");
    let mut faces = 0;
    for file in files {
        let path = file.expect("the folder is readable").path();
        let picture = decode(&path);
        let found = fused.detect(&picture.view()).expect("it runs");
        faces += found.len();
        for oracle in &mut oracles {
            let expected = oracle.detect(&picture.view()).expect("it runs");
            assert_eq!(found.len(), expected.len(), "{}", path.display());
            for (a, b) in found.iter().zip(&expected) {
                assert!(
                    (a.score - b.score).abs() < 1e-3 && a.bbox.overlap(&b.bbox) > 0.99,
                    "{}: {a:?} {b:?}",
                    path.display()
                );
            }
        }
    }
    assert!(faces > 10, "{faces} faces in all pictures");
}

#[test]
fn other_onnx_files_are_refused() {
    assert!(BlazeFace::from_onnx(b"not a model").is_err());
    assert!(BlazeFace::from_onnx(&[]).is_err());
}
