//! Detectors that somebody else brings, as ONNX files.
#![cfg(feature = "onnx")]

mod common;
#[path = "common/onnx.rs"]
mod onnx;

use common::{decode, detector, model, pictures};
use face_vision::{
    CustomDetector, CustomError, Detection, DetectorKind, FaceDetector, FrameView, Point, Rect,
};
use onnx::{Builder, Dim, FLOAT, changed, ints, set_input_dims};
use serde::Deserialize;

const PICTURES: [&str; 4] = [
    "face_03_obama_portrait.jpg",
    "face_10_two_people.jpg",
    "face_07_partial_left_edge.jpg",
    "none_02_cat_chelsea.png",
];

/// Both outputs in the other order, and the picture as NCHW: the graph's first step is to make it so.
fn rearranged(bytes: &[u8]) -> Vec<u8> {
    changed(bytes, |graph| {
        graph.output.reverse();
        let first = graph.node.remove(0);
        assert_eq!((first.op_type.as_str(), &first.input[0]), ("Transpose", &graph.input[0].name));
        graph.input[0].name = first.output[0].clone();
        set_input_dims(graph, &[1, 3, 128, 128]);
    })
}

fn assert_same(a: &[Detection], b: &[Detection], what: &str) {
    assert_eq!(a.len(), b.len(), "{what}: {a:?} {b:?}");
    for (a, b) in a.iter().zip(b) {
        assert!((a.score - b.score).abs() < 1e-3, "{what}: {a:?} {b:?}");
        assert!(a.bbox.overlap(&b.bbox) > 0.99, "{what}: {a:?} {b:?}");
        for (a, b) in a.keypoints.to_array().into_iter().zip(b.keypoints.to_array()) {
            let (a, b) = (a.expect("marked"), b.expect("marked"));
            assert!((a.x - b.x).hypot(a.y - b.y) < 1.0, "{what}: {a:?} {b:?}");
        }
    }
}

#[test]
fn a_blazeface_file_finds_what_the_built_in_detector_finds() {
    let (Some(mut own), Some(file), Some(folder)) = (detector(), model("onnx"), pictures()) else {
        return;
    };
    for (what, file) in [("as converted", file.clone()), ("rearranged", rearranged(&file))] {
        let mut custom = CustomDetector::from_onnx(&file, DetectorKind::BlazeFace, None)
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        assert_eq!(custom.side(), 128);
        for name in PICTURES {
            let picture = decode(&folder.join(name));
            let found = custom.detect(&picture.view()).expect("it runs");
            let expected = own.detect(&picture.view()).expect("it runs");
            assert_eq!(expected.is_empty(), name.starts_with("none"), "{name}");
            assert_same(&found, &expected, &format!("{name}, {what}"));
        }
    }
}

const STRIDES: [i64; 3] = [8, 16, 32];

/// A network with YuNet's input and outputs that takes cells of pure blue for faces.
///
/// The score of a cell of 8 x 8 pixels is (B - G - R) / 255 of its mean, 2 x 3 cells its size, and its
/// points lie on a diagonal from its corner. The coarser grids stay silent.
fn blue_finder(dims: [Dim; 2], rows: impl Fn(i64) -> i64) -> Builder {
    let mut builder = Builder::default();
    builder.input("input", FLOAT, &[Dim::Fixed(1), Dim::Fixed(3), dims[0], dims[1]]);
    builder.floats("blue", &[1, 3, 1, 1], &[1.0 / 255.0, -1.0 / 255.0, -1.0 / 255.0]);
    for (columns, bias) in [
        (1, vec![0.0]),
        (4, vec![0.5, 0.5, 2f32.ln(), 3f32.ln()]),
        (10, (0..10).map(|n| (n / 2) as f32).collect()),
    ] {
        builder.floats(
            &format!("none{columns}"),
            &[columns, 3, 1, 1],
            &vec![0.0; 3 * columns as usize],
        );
        builder.floats(&format!("bias{columns}"), &[columns], &bias);
    }
    for stride in STRIDES {
        let mean = format!("mean_{stride}");
        let window = vec![ints("kernel_shape", &[stride; 2]), ints("strides", &[stride; 2])];
        builder.node("AveragePool", &["input"], &mean, window);
        for (part, columns) in [("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)] {
            let output = format!("{part}_{stride}");
            let (planes, last, shape) =
                (format!("{output}.c"), format!("{output}.t"), format!("{output}.shape"));
            let weights =
                if columns == 1 && stride == 8 { "blue" } else { &format!("none{columns}") };
            builder.node("Conv", &[&mean, weights, &format!("bias{columns}")], &planes, vec![]);
            builder.node("Transpose", &[&planes], &last, vec![ints("perm", &[0, 2, 3, 1])]);
            builder.integers(&shape, &[1, rows(stride), columns]);
            builder.node("Reshape", &[&last, &shape], &output, vec![]);
            builder.output(&output);
        }
    }
    builder
}

fn fixed(side: i64) -> Builder {
    blue_finder([Dim::Fixed(side); 2], |_| -1)
}

fn yunet(file: &Builder, side: Option<usize>) -> Result<CustomDetector, CustomError> {
    CustomDetector::from_onnx(&file.bytes(), DetectorKind::YuNet, side)
}

/// 640 x 480 black pixels with a square of the colour, 16 pixels wide, at (192, 80).
fn with_square(color: [u8; 3]) -> Vec<u8> {
    let mut pixels = vec![[0; 3]; 640 * 480];
    for y in 80..96 {
        pixels[640 * y + 192..][..16].fill(color);
    }
    pixels.into_flattened()
}

fn found(detector: &mut CustomDetector, color: [u8; 3]) -> Vec<Detection> {
    let pixels = with_square(color);
    let view = FrameView::rgb(&pixels, 640, 480, 3 * 640).expect("a valid frame");
    detector.detect(&view).expect("it runs")
}

fn assert_blue_square(faces: &[Detection]) {
    assert_eq!(faces.len(), 1, "{faces:?}");
    let Detection { bbox, keypoints, score } = faces[0];
    assert!((score - 1.0).abs() < 1e-5, "{score}");
    // Cell (24, 20) of 8 pixels at a scale of 2, 80 frame pixels of border above.
    let expected = [200.0 - 16.0, 88.0 - 24.0, 32.0, 48.0];
    for (value, expected) in [bbox.x, bbox.y, bbox.width, bbox.height].into_iter().zip(expected) {
        assert!((value - expected).abs() < 1e-2, "{bbox:?}");
    }
    let at = |n: f32| Point { x: 192.0 + 16.0 * n, y: 80.0 + 16.0 * n };
    assert_eq!(
        [keypoints.right_eye, keypoints.left_eye, keypoints.nose_tip],
        [at(0.0), at(1.0), at(2.0)]
    );
    // Between the corners, the fourth and fifth points.
    assert_eq!(keypoints.mouth_centre, at(3.5));
    assert_eq!((keypoints.right_ear, keypoints.left_ear), (None, None));
}

#[test]
fn yunets_convention_reads_blue_green_red_up_to_255() {
    let mut detector = yunet(&fixed(320), None).expect("it loads");
    assert_eq!(detector.side(), 320);
    assert_blue_square(&found(&mut detector, [0, 0, 255]));
    assert_eq!(found(&mut detector, [255, 0, 0]), []);
    assert_eq!(found(&mut detector, [255, 255, 255]), []);
    // Half of the blue is half of the score, below the threshold.
    assert_eq!(found(&mut detector, [0, 0, 128]), []);
    let mut lenient = detector.with_threshold(0.5).expect("a threshold");
    let faces = found(&mut lenient, [0, 0, 128]);
    assert!((faces[0].score - 128.0 / 255.0).abs() < 1e-4, "{faces:?}");
}

#[test]
fn yunets_side_is_320_unless_asked_for_or_fixed() {
    let open = blue_finder([Dim::Open("height"), Dim::Open("width")], |_| -1);
    for (file, asked, side) in [
        (&open, None, 320),
        (&open, Some(640), 640),
        (&fixed(640), None, 320),
        (&fixed(640), Some(96), 96),
        // A reshape to the rows of 640 leaves no other side.
        (&blue_finder([Dim::Fixed(640); 2], |stride| (640 / stride).pow(2)), None, 640),
    ] {
        let mut detector = yunet(file, asked).unwrap_or_else(|error| panic!("{asked:?}: {error}"));
        assert_eq!(detector.side(), side);
        if side == 320 {
            assert_blue_square(&found(&mut detector, [0, 0, 255]));
        }
        if side == 640 {
            // The square covers four cells.
            assert_eq!(found(&mut detector, [0, 0, 255])[0].score, 1.0);
        }
    }
}

fn error(bytes: &[u8], kind: DetectorKind) -> CustomError {
    CustomDetector::from_onnx(bytes, kind, None).map(|_| ()).expect_err("it must not load")
}

#[test]
fn anything_but_an_onnx_file_is_refused_as_such() {
    let whole = fixed(320).bytes();
    for bytes in [
        &b"<!doctype html><title>Not found</title>"[..],
        b"",
        b"BZFW\x01\x00\x10\x00",
        b"\x89PNG\r\n\x1a\n",
        &whole[..whole.len() / 2],
        &Builder::default().bytes(),
    ] {
        let error = error(bytes, DetectorKind::YuNet);
        assert!(matches!(error, CustomError::NotOnnx(_)), "{bytes:.20?}: {error}");
    }
    let mut dangling = fixed(320);
    dangling.output("nowhere");
    assert_eq!(
        error(&dangling.bytes(), DetectorKind::YuNet).to_string(),
        "not an ONNX model: nothing computes its output \"nowhere\""
    );
}

#[test]
fn unsupported_operators_are_named_wherever_they_are() {
    let mut file = fixed(320);
    let mut inner = Builder::default();
    inner.node("DeformConv", &["input"], "x", vec![]);
    file.node("FaceMagic", &["input"], "a", vec![]);
    file.node("FaceMagic", &["a"], "b", vec![]);
    file.node("If", &["a"], "c", vec![onnx::subgraph("then_branch", inner.graph)]);
    // The name is ONNX's, the domain is not.
    file.node("Conv", &["b"], "d", vec![]);
    file.graph.node.last_mut().expect("just added").domain = "com.example".into();
    let error = error(&file.bytes(), DetectorKind::YuNet);
    let names = ["DeformConv", "FaceMagic", "com.example.Conv"];
    assert_eq!(error, CustomError::Operators(names.map(str::to_owned).to_vec()));
    assert_eq!(
        error.to_string(),
        "the ONNX model uses operators that are not supported: DeformConv, FaceMagic, com.example.Conv"
    );
}

#[test]
fn a_graph_that_does_not_fit_together_names_the_place() {
    let mut file = fixed(320);
    file.floats("four", &[1, 4, 1, 1], &[0.0; 4]);
    file.node("Conv", &["input", "four"], "wrong", vec![]);
    file.output("wrong");
    let error = error(&file.bytes(), DetectorKind::YuNet);
    assert!(matches!(&error, CustomError::Graph(why) if why.contains("Conv_wrong")), "{error}");
}

#[test]
fn outputs_of_another_kind_are_listed_with_what_is_missing() {
    let mismatch = |bytes: &[u8], kind| match error(bytes, kind) {
        error @ CustomError::Mismatch { .. } => error.to_string(),
        other => panic!("{other}"),
    };
    let text = mismatch(&fixed(128).bytes(), DetectorKind::BlazeFace);
    assert!(
        text.starts_with("the ONNX model is not a blazeface detector: its outputs at"),
        "{text}"
    );
    assert!(text.contains("cls_8 [1, 256, 1]") && text.contains("missing: [1, 896, 16]"), "{text}");
    let mut renamed = fixed(320);
    for node in &mut renamed.graph.node {
        node.output.iter_mut().filter(|name| *name == "kps_32").for_each(|name| *name = "k".into());
    }
    renamed.graph.output.last_mut().expect("there are twelve").name = "k".into();
    let text = mismatch(&renamed.bytes(), DetectorKind::YuNet);
    assert!(text.ends_with("missing: kps_32 [1, 100, 10]"), "{text}");
    if let Some(blazeface) = model("onnx") {
        let text = mismatch(&blazeface, DetectorKind::YuNet);
        assert!(text.contains("classificators [1, 896, 1]"), "{text}");
    }
}

#[test]
fn an_input_that_is_not_an_image_is_described() {
    let with_input = |element, dims: &[i64]| {
        let mut file = fixed(320);
        let dims: Vec<Dim> = dims.iter().map(|side| Dim::Fixed(*side)).collect();
        file.graph.input.clear();
        file.input("input", element, &dims);
        error(&file.bytes(), DetectorKind::YuNet).to_string()
    };
    let text = with_input(FLOAT, &[1, 1, 320, 320]);
    assert!(
        text.ends_with("its input \"input\" has shape [1, 1, 320, 320], not that of one image")
    );
    let text = with_input(FLOAT, &[2, 3, 320, 320]);
    assert!(text.ends_with("shape [2, 3, 320, 320], not that of one image"), "{text}");
    let text = with_input(2, &[1, 3, 320, 320]);
    assert!(text.ends_with("its input \"input\" has element type 2, not 1 (float)"), "{text}");
    let mut two = fixed(320);
    two.input("size", FLOAT, &[Dim::Fixed(2)]);
    let text = error(&two.bytes(), DetectorKind::YuNet).to_string();
    assert!(text.ends_with("it has 2 inputs, not one"), "{text}");
}

#[test]
fn sides_and_thresholds_are_checked() {
    for (kind, side) in [
        (DetectorKind::YuNet, 300),
        (DetectorKind::YuNet, 0),
        (DetectorKind::YuNet, 1312),
        (DetectorKind::BlazeFace, 256),
    ] {
        let error = CustomDetector::from_onnx(&fixed(320).bytes(), kind, Some(side));
        let error = error.map(|_| ()).expect_err("no such side");
        assert_eq!(error, CustomError::Side { kind, side });
    }
    let error = yunet(&fixed(320), None).and_then(|d| d.with_threshold(1.5)).map(|_| ());
    assert_eq!(error, Err(CustomError::Threshold(1.5)));
}

#[derive(Deserialize)]
struct Golden {
    picture: String,
    faces: Vec<GoldenFace>,
}

#[derive(Deserialize)]
struct GoldenFace {
    score: f32,
    #[serde(rename = "box")]
    bbox: [f32; 4],
    keypoints: [[f32; 2]; 5],
}

/// A YuNet with its authors' weights against their own library: `models/README.md` says how to make
/// the file. Skipped without it, since it does not come with the packages of a build.
#[test]
fn a_real_yunet_finds_what_its_own_library_finds() {
    let Some(folder) = pictures() else { return };
    let Some(file) = common::optional_model("yunet_for_tests.onnx") else { return };
    let goldens: Vec<Golden> =
        serde_json::from_str(include_str!("yunet.json")).expect("the goldens parse");
    let mut detector =
        CustomDetector::from_onnx(&file, DetectorKind::YuNet, None).expect("it loads");
    // The file declares 640.
    assert_eq!(detector.side(), 320);
    let mut seen = 0;
    for Golden { picture: name, faces } in goldens {
        let picture = decode(&folder.join(&name));
        let found = detector.detect(&picture.view()).expect("it runs");
        let expected: Vec<_> = faces.iter().filter(|face| face.score >= 0.6).collect();
        assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
        for golden in expected {
            let [x, y, width, height] = golden.bbox;
            let bbox = Rect { x, y, width, height };
            let face = found
                .iter()
                .max_by(|a, b| a.bbox.overlap(&bbox).total_cmp(&b.bbox.overlap(&bbox)))
                .expect("as many as recorded");
            // The library gives the best box and whole pixels of its input; here it is a mean.
            assert!(face.bbox.overlap(&bbox) > 0.85, "{name}: {face:?}, recorded {bbox:?}");
            assert!((face.score - golden.score).abs() < 0.02, "{name}: {face:?}");
            let k = face.keypoints;
            let [right_eye, left_eye, nose, right, left] = golden.keypoints;
            let mouth = [(right[0] + left[0]) / 2.0, (right[1] + left[1]) / 2.0];
            for (point, [x, y]) in [
                (k.right_eye, right_eye),
                (k.left_eye, left_eye),
                (k.nose_tip, nose),
                (k.mouth_centre, mouth),
            ] {
                let distance = (point.x - x).hypot(point.y - y);
                assert!(distance < 0.06 * height, "{name}: {point:?}, recorded {x} {y}");
            }
            seen += 1;
        }
    }
    assert!(seen >= 15, "only {seen} faces");
}
