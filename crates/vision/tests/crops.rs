//! Crops: exact goldens, an independent resize, and properties over any box and any frame.

mod common;

use common::{Picture, Yuv, pattern, to_i420};
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

/// The whole region of a plane, resized by the triangle filter's definition; positions in samples.
fn resized(sample: impl Fn(i64, i64) -> f64, [across, down]: [(f64, f64); 2]) -> Vec<f64> {
    // For each target pixel the samples it takes and how much of each.
    let weights = |(start, length): (f64, f64)| -> Vec<Vec<(i64, f64)>> {
        let scale = length / SIDE as f64;
        let reach = scale.max(1.0);
        (0..SIDE)
            .map(|target| {
                let centre = start + (target as f64 + 0.5) * scale;
                let raw: Vec<(i64, f64)> = (start.floor() as i64..(start + length).ceil() as i64)
                    .map(|i| (i, 1.0 - ((i as f64 + 0.5 - centre) / reach).abs()))
                    .filter(|(_, weight)| *weight > 0.0)
                    .collect();
                let total: f64 = raw.iter().map(|(_, weight)| weight).sum();
                raw.into_iter().map(|(i, weight)| (i, weight / total)).collect()
            })
            .collect()
    };
    let (columns, rows) = (weights(across), weights(down));
    let first = down.0.floor() as i64;
    let lines: Vec<Vec<f64>> = (first..(down.0 + down.1).ceil() as i64)
        .map(|y| {
            let mix = |taps: &Vec<(i64, f64)>| taps.iter().map(|(x, w)| w * sample(*x, y)).sum();
            columns.iter().map(mix).collect()
        })
        .collect();
    let pixel = |x: usize, taps: &[(i64, f64)]| -> f64 {
        taps.iter().map(|(y, weight)| weight * lines[(y - first) as usize][x]).sum()
    };
    rows.iter()
        .flat_map(|taps| (0..SIDE).map(move |x| pixel(x, taps)).collect::<Vec<_>>())
        .collect()
}

/// The crop of an RGB picture, black outside the frame; no value is rounded.
fn reference(picture: &Picture, region: Region) -> Vec<f64> {
    let (width, height) = (i64::from(picture.width), i64::from(picture.height));
    let region = region.map(|(start, length)| (start as f64, length as f64));
    let planes = [0, 1, 2].map(|channel| {
        let sample = |x: i64, y: i64| {
            let inside = (0..width).contains(&x) && (0..height).contains(&y);
            if inside {
                f64::from(picture.rgb[(y * width + x) as usize * 3 + channel])
            } else {
                0.0
            }
        };
        resized(sample, region)
    });
    (0..SIDE * SIDE * 3).map(|i| planes[i % 3][i / 3]).collect()
}

/// The crop of a frame in planes, each of them resized by itself; black where no luma of the frame is.
fn planar_reference(yuv: &Yuv, (width, height): (u32, u32), region: Region) -> Vec<f64> {
    let full_range = yuv.color.full_range;
    let (black, luma_scale, chroma_scale) =
        if full_range { (0.0, 1.0, 1.0) } else { (16.0, 255.0 / 219.0, 255.0 / 224.0) };
    let planes = [0, 1, 2].map(|plane| {
        let block = if plane == 0 { 1 } else { 2 };
        let (columns, rows) = (width.div_ceil(block), height.div_ceil(block));
        let layout = yuv.planes[plane];
        let sample = |x: i64, y: i64| {
            let inside = (0..i64::from(columns)).contains(&x) && (0..i64::from(rows)).contains(&y);
            let outside = if plane == 0 { black } else { 128.0 };
            let at = || yuv.bytes[layout.offset + y as usize * layout.stride + x as usize];
            if inside { f64::from(at()) } else { outside }
        };
        let block = f64::from(block);
        resized(sample, region.map(|(start, length)| (start as f64 / block, length as f64 / block)))
    });
    let (kr, kb) = match yuv.color.matrix {
        ColorMatrix::Bt601 => (0.299, 0.114),
        ColorMatrix::Bt709 => (0.2126, 0.0722),
    };
    let inside = |x: i64, y: i64| {
        f64::from((0..i64::from(width)).contains(&x) && (0..i64::from(height)).contains(&y))
    };
    let shown = resized(inside, region.map(|(start, length)| (start as f64, length as f64)));
    let pixel = |i: usize| {
        if shown[i] == 0.0 {
            return [0.0; 3];
        }
        let [y, u, v] = [0, 1, 2].map(|plane| planes[plane][i]);
        let y = (y - black) * luma_scale;
        let (u, v) = ((u - 128.0) * chroma_scale, (v - 128.0) * chroma_scale);
        let (red, blue) = (y + 2.0 * (1.0 - kr) * v, y + 2.0 * (1.0 - kb) * u);
        let green = (y - kr * red - kb * blue) / (1.0 - kr - kb);
        [red, green, blue].map(|value| value.clamp(0.0, 255.0))
    };
    (0..SIDE * SIDE).flat_map(pixel).collect()
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
fn planes_are_resized_each_by_itself() {
    for case in cases() {
        for (matrix, full_range) in
            [(ColorMatrix::Bt601, false), (ColorMatrix::Bt601, true), (ColorMatrix::Bt709, false)]
        {
            let (width, height) = case.frame;
            let color = ColorSpace { matrix, full_range };
            let yuv = to_i420(&pattern(width, height), color, 3);
            let crop =
                FaceCrop::cut(&yuv.view(width, height), &case.face, case.rule).expect(case.name);
            // Every plane is rounded twice, and red takes 1.2 of one and 1.8 of another.
            let worst = crop
                .pixels()
                .iter()
                .zip(planar_reference(&yuv, case.frame, case.region))
                .map(|(found, expected)| (f64::from(*found) - expected).abs())
                .fold(0.0, f64::max);
            assert!(worst <= 4.0, "{}, {color:?}: off by {worst}", case.name);
            let (bytes, planes) = yuv.to_nv12(width, height);
            let nv12 = FrameView::nv12(&bytes, width, height, planes, color).expect("sizes fit");
            assert_eq!(FaceCrop::cut(&nv12, &case.face, case.rule), Ok(crop), "{}", case.name);
        }
    }
}

#[test]
fn outside_the_frame_is_black_whatever_its_colour() {
    let red = Picture { rgb: [255, 0, 0].repeat(320 * 240), width: 320, height: 240 };
    let yuv = to_i420(&red, ColorSpace::default(), 0);
    // From large regions, which shrink, to small ones, which grow. Much enlarged, colour fades over more
    // pixels than luma does.
    for (side, trace) in [(100.0, 0), (60.0, 0), (40.0, 0), (21.0, 16)] {
        for shift in [0.0, 0.7, 1.4, 2.1] {
            let face = rect(-side / 2.0 + shift, -side / 2.0 - shift, side, side);
            let cut = |frame: &FrameView<'_>| FaceCrop::cut(frame, &face, CropRule::SQUARE_CONTEXT);
            let planar = cut(&yuv.view(320, 240)).expect("a crop");
            let packed = cut(&red.view()).expect("a crop");
            let [planar, packed] = [&planar, &packed].map(|crop| crop.pixels().chunks_exact(3));
            for (i, (found, expected)) in planar.zip(packed).enumerate() {
                let black = expected != [0; 3] || found.iter().all(|value| *value <= trace);
                assert!(black, "{side} {shift}: {found:?} at {}, {}", i % SIDE, i / SIDE);
            }
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
fn boxes_that_yield_no_picture_are_typed_errors() {
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
        prop_assert_eq!(frame_to_rgb(&frame).len(), (width * height * 3) as usize);
        // A box has a crop or has none, whatever the format.
        let rgba: Vec<u8> = picture.rgb.chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 77]).collect();
        let rgba = FrameView::rgba(&rgba, width, height, 4 * width as usize).expect("sizes fit");
        let packed = FaceCrop::cut(&picture.view(), &face, rule);
        prop_assert!(packed.as_ref().ok() == FaceCrop::cut(&rgba, &face, rule).as_ref().ok(), "RGB and RGBA");
        prop_assert_eq!(packed.map(|_| ()).map_err(|e| e.to_string()), cut.clone().map(|_| ()).map_err(|e| e.to_string()));
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
