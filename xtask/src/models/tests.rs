//! The converter against hand-made files and, where npm packages are installed, the real one.

use super::{ModelsError, PinError, blob, build, tflite};
use half::f16;
use std::path::{Path, PathBuf};

fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned()
}

/// The pinned source, or nothing on a machine without npm packages (never under CI).
fn source() -> Option<Vec<u8>> {
    let root = workspace_root();
    let pin = super::pin::Pin::load(&root.join("models/blazeface_short_range.toml"))
        .expect("the pin is committed");
    match pin.source(&root.join("node_modules")) {
        Ok(bytes) => Some(bytes),
        Err(PinError::Read { .. }) if std::env::var("CI").as_deref() != Ok("true") => {
            eprintln!("skipped: npm packages are not installed");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn the_blob_has_the_documented_bytes() {
    let layer = blob::Layer {
        kind: blob::Kind::BoxHead,
        stride: 1,
        side: 8,
        inputs: 2,
        outputs: 1,
        weights: [1.0, -2.0, 0.5].map(f16::from_f32).to_vec(),
    };
    let bytes = blob::encode(&[layer]).expect("one layer fits");
    let mut expected = b"BZFW\x01\x00\x01\x00".to_vec();
    expected.extend([3, 1, 8, 0, 2, 0, 1, 0, 0, 0, 0, 0, 3, 0, 0, 0]);
    expected.extend([0x00, 0x3c, 0x00, 0xc0, 0x00, 0x38]);
    // CRC-32 of the 30 bytes above, computed with zlib.
    expected.extend(CRC_OF_EXAMPLE.to_le_bytes());
    assert_eq!(bytes, expected);
}

const CRC_OF_EXAMPLE: u32 = 0x7ed9c488;

#[test]
fn the_pinned_model_is_a_blazeface() {
    let Some(bytes) = source() else { return };
    let graph = tflite::read(&bytes).expect("the pinned file is readable");
    let layers = blob::layers(&graph).expect("the pinned file is a BlazeFace");
    let kinds: Vec<_> = layers.iter().map(|layer| layer.kind).collect();
    assert_eq!(kinds[0], blob::Kind::Stem);
    assert!(kinds[1..17].iter().all(|kind| *kind == blob::Kind::Block));
    use blob::Kind::{BoxHead, ScoreHead};
    assert_eq!(kinds[17..], [ScoreHead, ScoreHead, BoxHead, BoxHead]);
    // Rows of the outputs: 16 x 16 x 2 anchors first, then 8 x 8 x 6.
    let heads: Vec<_> =
        layers[17..].iter().map(|head| (head.side, head.inputs, head.outputs)).collect();
    assert_eq!(heads, [(16, 88, 2), (8, 96, 6), (16, 88, 32), (8, 96, 96)]);
}

#[test]
fn a_graph_with_an_operator_too_many_is_refused() {
    let Some(bytes) = source() else { return };
    let mut graph = tflite::read(&bytes).expect("the pinned file is readable");
    let extra = graph.nodes[1].clone();
    graph.nodes.push(extra);
    assert!(matches!(blob::layers(&graph), Err(blob::BlobError::Pattern(_))));
}

#[test]
fn damaged_files_are_refused_without_a_panic() {
    let Some(bytes) = source() else { return };
    assert!(tflite::read(&[]).is_err());
    assert!(tflite::read(&bytes[..bytes.len() / 2]).is_err());
    let mut renamed = bytes.clone();
    renamed[4..8].copy_from_slice(b"TFL9");
    assert!(tflite::read(&renamed).is_err());
    // The tables lie at the end: flip bytes there, whatever comes out must come out as a value.
    let tables = bytes.len().saturating_sub(20_000);
    for position in (tables..bytes.len()).step_by(37) {
        let mut damaged = bytes.clone();
        damaged[position] ^= 0x55;
        if let Ok(graph) = tflite::read(&damaged) {
            let _ = blob::write(&graph);
            let _ = super::onnx::write(&graph, "");
        }
    }
}

#[test]
fn building_twice_leaves_the_files_alone() {
    if source().is_none() {
        return;
    }
    let root = temporary_workspace("twice");
    let paths = build(&root).expect("the pinned file converts");
    let first = std::fs::metadata(&paths.blob).and_then(|m| m.modified()).expect("the blob exists");
    assert_eq!(build(&root).expect("the pinned file converts"), paths);
    assert_eq!(
        std::fs::metadata(&paths.blob).and_then(|m| m.modified()).expect("the blob exists"),
        first
    );
    std::fs::remove_dir_all(root).expect("the folder is ours");
}

#[test]
fn another_file_or_version_is_refused() {
    if source().is_none() {
        return;
    }
    let root = temporary_workspace("refused");
    let pin = root.join("models/blazeface_short_range.toml");
    let text = std::fs::read_to_string(&pin).expect("the pin was copied");

    std::fs::write(&pin, text.replace("sha256 = \"3", "sha256 = \"4")).expect("writable");
    assert!(matches!(build(&root), Err(ModelsError::Pin(PinError::Digest { .. }))));

    std::fs::write(&pin, text.replace("version = \"0.4", "version = \"0.5")).expect("writable");
    assert!(matches!(build(&root), Err(ModelsError::Pin(PinError::Version { .. }))));

    std::fs::write(&pin, "package = 1").expect("writable");
    assert!(matches!(build(&root), Err(ModelsError::Pin(PinError::Parse { .. }))));

    std::fs::write(&pin, text.replace("@mediapipe/face_detection", "@mediapipe/absent"))
        .expect("writable");
    let error = build(&root).expect_err("the package is not installed");
    assert!(error.to_string().contains("npm ci"), "{error}");
    std::fs::remove_dir_all(root).expect("the folder is ours");
}

/// A workspace of its own with a copied pin and the installed packages linked in.
fn temporary_workspace(name: &str) -> PathBuf {
    let root = std::env::temp_dir().join(format!("xtask-models-{name}-{}", std::process::id()));
    std::fs::create_dir_all(root.join("models")).expect("the temporary folder is writable");
    std::fs::create_dir_all(root.join("node_modules/@mediapipe"))
        .expect("the temporary folder is writable");
    let from = workspace_root();
    let pin = "models/blazeface_short_range.toml";
    std::fs::copy(from.join(pin), root.join(pin)).expect("the pin is committed");
    let package = "node_modules/@mediapipe/face_detection";
    std::fs::create_dir_all(root.join(package)).expect("the temporary folder is writable");
    for file in ["package.json", "face_detection_short_range.tflite"] {
        std::fs::copy(from.join(package).join(file), root.join(package).join(file))
            .expect("the package is installed");
    }
    root
}
