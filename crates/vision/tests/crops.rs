//! Crops: exact goldens, an independent resize, and properties over any box and any frame.

mod common;

use common::{Picture, pattern, to_i420};
use face_vision::{
    CROP_SIDE, ColorMatrix, ColorSpace, CropError, CropRule, FaceCrop, FrameView, Rect,
    frame_to_rgb,
};
use proptest::prelude::*;

const SIDE: usize = CROP_SIDE as usize;

fn rect(x: f32, y: f32, width: f32, height: f32) -> Rect {
    Rect { x, y, width, height }
}

/// First pixel and number of pixels, across and down.
type Region = [(i64, i64); 2];

/// The whole region, black outside the frame, resized by the triangle filter's definition.
fn reference(picture: &Picture, [(x0, columns), (y0, rows)]: Region) -> Vec<f64> {
    let pixel = |x: i64, y: i64, channel: usize| {
        let inside = (0..i64::from(picture.width)).contains(&x)
            && (0..i64::from(picture.height)).contains(&y);
        let index = (y * i64::from(picture.width) + x) * 3;
        if inside { f64::from(picture.rgb[index as usize + channel]) } else { 0.0 }
    };
    // For each target pixel the source pixels it takes and how much of each.
    let weights = |length: i64| -> Vec<Vec<(i64, f64)>> {
        let scale = length as f64 / SIDE as f64;
        let reach = scale.max(1.0);
        (0..SIDE)
            .map(|target| {
                let centre = (target as f64 + 0.5) * scale;
                let raw: Vec<(i64, f64)> = (0..length)
                    .map(|i| (i, 1.0 - ((i as f64 + 0.5 - centre) / reach).abs()))
                    .filter(|(_, weight)| *weight > 0.0)
                    .collect();
                let total: f64 = raw.iter().map(|(_, weight)| weight).sum();
                raw.into_iter().map(|(i, weight)| (i, weight / total)).collect()
            })
            .collect()
    };
    let (across, down) = (weights(columns), weights(rows));
    // Across first, down after, each result clamped and rounded only at the end.
    let mut out = vec![0.0; SIDE * SIDE * 3];
    let mut lines = vec![0.0; rows as usize * SIDE * 3];
    for y in 0..rows {
        for (x, taps) in across.iter().enumerate() {
            for channel in 0..3 {
                lines[(y as usize * SIDE + x) * 3 + channel] =
                    taps.iter().map(|(i, weight)| weight * pixel(x0 + i, y0 + y, channel)).sum();
            }
        }
    }
    for (y, taps) in down.iter().enumerate() {
        for column in 0..SIDE * 3 {
            out[y * SIDE * 3 + column] = taps
                .iter()
                .map(|(i, weight)| weight * lines[*i as usize * SIDE * 3 + column])
                .sum();
        }
    }
    out
}

struct Case {
    name: &'static str,
    frame: (u32, u32),
    face: Rect,
    rule: CropRule,
    region: Region,
    crc: u32,
}

/// Recorded with `RECORD_CROPS=1 cargo test -p face-vision --test crops -- --nocapture`; each is
/// also held against [`reference`].
fn cases() -> Vec<Case> {
    let square = CropRule::SQUARE_CONTEXT;
    let margin = CropRule::FRAME_MARGIN;
    let case = |name, frame, face, rule, region, crc| Case { name, frame, face, rule, region, crc };
    vec![
        case(
            "inside",
            (640, 480),
            rect(250.0, 180.0, 110.0, 120.0),
            square,
            [(125, 360), (60, 360)],
            CRCS[0],
        ),
        case(
            "over two edges",
            (320, 240),
            rect(20.0, 10.0, 90.0, 80.0),
            square,
            [(-70, 270), (-85, 270)],
            CRCS[1],
        ),
        case(
            "larger than the frame",
            (160, 120),
            rect(20.0, 0.0, 120.0, 119.0),
            square,
            [(-100, 360), (-120, 360)],
            CRCS[2],
        ),
        case(
            "enlarged",
            (64, 48),
            rect(20.0, 16.0, 10.0, 12.0),
            square,
            [(7, 36), (4, 36)],
            CRCS[3],
        ),
        case(
            "odd and touching the end",
            (97, 61),
            rect(80.25, 45.5, 20.0, 18.0),
            square,
            [(60, 60), (25, 60)],
            CRCS[4],
        ),
        case(
            "margin",
            (640, 480),
            rect(250.0, 180.0, 110.0, 120.0),
            margin,
            [(122, 366), (84, 312)],
            CRCS[5],
        ),
        case(
            "margin clamped",
            (320, 240),
            rect(-10.0, 100.0, 90.0, 200.0),
            margin,
            [(0, 144), (52, 188)],
            CRCS[6],
        ),
    ]
}

/// CRC-32 of the pixels, in the order of [`cases`].
const CRCS: [u32; 7] =
    [0xf063bf5c, 0xb6ddf5ff, 0x56167d56, 0x3b1f10e2, 0x4bd397bf, 0x4fb8dac7, 0x14b6e8ce];

#[test]
fn crops_are_exactly_the_recorded_ones() {
    let record = std::env::var_os("RECORD_CROPS").is_some();
    for case in cases() {
        let picture = pattern(case.frame.0, case.frame.1);
        let crop = FaceCrop::cut(&picture.view(), &case.face, case.rule).expect(case.name);
        let worst = crop
            .pixels()
            .iter()
            .zip(reference(&picture, case.region))
            .map(|(found, expected)| (f64::from(*found) - expected).abs())
            .fold(0.0, f64::max);
        assert!(worst <= 1.2, "{}: off by {worst}", case.name);
        let crc = crc32fast::hash(crop.pixels());
        if record {
            println!("{:#010x}, // {} (worst {worst:.2})", crc, case.name);
        } else {
            assert_eq!(crc, case.crc, "{}: {crc:#010x}", case.name);
        }
    }
}

#[test]
fn a_region_of_the_crops_size_is_copied() {
    let picture = pattern(300, 260);
    // 3 x 224/3, centred on (150, 40): 28 to 252 across, -72 to 152 down.
    let third = 224.0 / 3.0;
    let face = rect(140.0 - third / 2.0, 40.0 - third / 2.0, third, third);
    let crop =
        FaceCrop::cut(&picture.view(), &face, CropRule::SQUARE_CONTEXT).expect("a valid crop");
    for y in 0..SIDE {
        for x in 0..SIDE {
            let found = &crop.pixels()[(y * SIDE + x) * 3..][..3];
            let expected: &[u8] = match y.checked_sub(72) {
                Some(row) => &picture.rgb[(row * 300 + x + 28) * 3..][..3],
                None => &[0; 3],
            };
            assert_eq!(found, expected, "{x} {y}");
        }
    }
}

#[test]
fn the_face_is_a_third_of_the_side() {
    // White frame, black box: measure the box in the crop.
    let (width, height) = (640usize, 480usize);
    let face = rect(270.0, 170.0, 90.0, 120.0);
    let mut rgb = vec![255; width * height * 3];
    for y in 170..290 {
        rgb[(y * width + 270) * 3..(y * width + 360) * 3].fill(0);
    }
    let picture = Picture { rgb, width: 640, height: 480 };
    let crop = FaceCrop::cut(&picture.view(), &face, CropRule::default()).expect("a valid crop");
    let dark = |index: usize| crop.pixels()[index * 3] < 128;
    let tall = (0..SIDE).filter(|y| dark(y * SIDE + SIDE / 2)).count() as f64;
    let wide = (0..SIDE).filter(|x| dark(SIDE / 2 * SIDE + x)).count() as f64;
    assert!((tall - SIDE as f64 / 3.0).abs() <= 1.0, "{tall}");
    assert!((wide - SIDE as f64 / 4.0).abs() <= 1.0, "{wide}");
}

#[test]
fn boxes_that_make_no_picture_are_typed_errors() {
    let picture = pattern(40, 30);
    let cut = |face: Rect, rule| FaceCrop::cut(&picture.view(), &face, rule).map(|_| ());
    let square = CropRule::SQUARE_CONTEXT;
    let fine = rect(10.0, 10.0, 5.0, 5.0);
    for face in [
        rect(f32::NAN, 0.0, 5.0, 5.0),
        rect(0.0, 0.0, f32::INFINITY, 5.0),
        rect(0.0, 0.0, 0.0, 5.0),
        rect(0.0, 0.0, 5.0, -1.0),
    ] {
        assert!(matches!(cut(face, square), Err(CropError::Box(_))), "{face:?}");
        assert!(matches!(cut(face, CropRule::FRAME_MARGIN), Err(CropError::Box(_))), "{face:?}");
    }
    let outside = rect(400.0, 10.0, 5.0, 5.0);
    assert_eq!(cut(outside, square), Err(CropError::OutsideFrame(outside)));
    assert_eq!(cut(outside, CropRule::FRAME_MARGIN), Err(CropError::OutsideFrame(outside)));
    let huge = rect(-1e30, -1e30, 2e30, 2e30);
    assert_eq!(cut(huge, square), Err(CropError::TooLarge(huge)));
    assert_eq!(cut(huge, CropRule::FRAME_MARGIN), Ok(()));
    for factor in [0.0, -3.0, f32::NAN, 101.0] {
        assert!(matches!(cut(fine, CropRule::SquareContext { factor }), Err(CropError::Rule(_))));
    }
    for margin in [-0.1, 1.1, f32::NAN] {
        assert!(matches!(cut(fine, CropRule::FrameMargin { margin }), Err(CropError::Rule(_))));
    }
}

/// Any f32 at all, and those near a frame's size more often.
fn number() -> impl Strategy<Value = f32> {
    prop_oneof![4 => -300.0f32..600.0, 2 => 0.0f32..2.0, 1 => any::<f32>(), 1 => Just(f32::NAN), 1 => Just(f32::MAX)]
}

fn rule() -> impl Strategy<Value = CropRule> {
    prop_oneof![
        3 => Just(CropRule::SQUARE_CONTEXT),
        2 => Just(CropRule::FRAME_MARGIN),
        1 => number().prop_map(|factor| CropRule::SquareContext { factor }),
        1 => number().prop_map(|margin| CropRule::FrameMargin { margin }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_box_on_any_frame_is_a_crop_or_an_error(
        (width, height) in (1u32..90, 1u32..90),
        padding in 0usize..4,
        face in (number(), number(), number(), number()).prop_map(|(x, y, w, h)| rect(x, y, w, h)),
        rule in rule(),
        full_range in any::<bool>(),
    ) {
        let picture = pattern(width, height);
        let color = ColorSpace { matrix: ColorMatrix::Bt709, full_range };
        let yuv = to_i420(&picture, color, padding);
        let frame = yuv.view(width, height);
        let cut = FaceCrop::cut(&frame, &face, rule);
        // Converting only the pixels needed gives what converting everything gives.
        let whole = frame_to_rgb(&frame);
        prop_assert_eq!(whole.len(), (width * height * 3) as usize);
        let converted = FrameView::rgb(&whole, width, height, 3 * width as usize).expect("sizes fit");
        prop_assert_eq!(&FaceCrop::cut(&converted, &face, rule).map_err(|e| e.to_string()), &cut.clone().map_err(|e| e.to_string()));
        if let Ok(crop) = cut {
            prop_assert_eq!(crop.pixels().len(), SIDE * SIDE * 3);
            let file = crop.to_png().expect("a crop encodes");
            let decoded = image::load_from_memory(&file).expect("a valid PNG");
            prop_assert_eq!(decoded.color(), image::ColorType::Rgb8);
            let decoded = decoded.into_rgb8();
            prop_assert_eq!(decoded.dimensions(), (CROP_SIDE, CROP_SIDE));
            prop_assert_eq!(decoded.as_raw().as_slice(), crop.pixels());
        }
    }

    #[test]
    fn a_proper_box_inside_the_frame_always_has_a_crop(
        (width, height) in (1u32..400, 1u32..400),
        (x, y, w, h) in (0.0f32..1.0, 0.0f32..1.0, 0.001f32..1.0, 0.001f32..1.0),
        rule in prop_oneof![Just(CropRule::SQUARE_CONTEXT), Just(CropRule::FRAME_MARGIN)],
    ) {
        let picture = Picture { rgb: vec![200; (width * height * 3) as usize], width, height };
        let (fw, fh) = (width as f32, height as f32);
        let face = rect(x * fw, y * fh, w * fw, h * fh);
        let crop = FaceCrop::cut(&picture.view(), &face, rule).expect("a crop");
        // A flat frame stays flat: nothing but its colour, black, and their mixtures.
        prop_assert!(crop.pixels().iter().all(|value| *value <= 200));
        prop_assert!(crop.pixels().iter().any(|value| *value > 0));
    }
}
