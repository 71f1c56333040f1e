//! What each measure says of a frame whose light, face and pose are known.
//!
//! Every row of the table says which value a measure has for a drawn frame, by the measure's own definition and unit
//! (`FrameQuality`'s documentation). A measure without rows, or whose rows all expect the same, fails.

mod common;

use common::{Frame, LEFT_HALF, Picture, Pose, ROOM, SKIN, WHOLE, to_i420};
use face_vision::{
    ColorMatrix, ColorSpace, Detection, FrameQuality, FrameView, QualityMeter, Rect,
};

/// A measure of a frame: what it is, and what it has to be, within this much.
struct Row {
    measure: &'static str,
    of: &'static str,
    value: f32,
    expected: f32,
    within: f32,
}

macro_rules! rows {
    ($( $measure:ident: $( $of:literal => $quality:expr, $expected:literal within $within:literal; )+ )+) => {
        vec![ $( $( Row {
            measure: stringify!($measure),
            of: $of,
            value: $quality.$measure,
            expected: $expected,
            within: $within,
        }, )+ )+ ]
    };
}

/// Every row.
fn rows() -> Vec<Row> {
    let frame = Frame::new;
    let bbox = frame().face.bbox;
    let half_face = Rect { width: bbox.width / 2.0, ..bbox };
    let colour = |rgb: [u8; 3]| frame().painted(WHOLE, move |_, _| rgb).alone();
    let black_and = |luma: u8| frame().filled(bbox, 0).filled(half_face, luma).alone();
    let plain = |luma: u8| frame().filled(WHOLE, luma);
    let large = || Frame::with_face(Rect { x: 170.0, y: 90.0, width: 300.0, height: 300.0 });
    let dark = || frame().filled(bbox, 40);
    let posed = |roll, yaw, pitch| frame().posed(Pose { roll, yaw, pitch }).alone();
    let moved = |dx, dy, ms| frame().moved(dx, dy).after(&frame(), ms);
    rows! {
        frame_luma:
            "a dark room" => frame().alone(), 60.0 within 0.0;
            "a bright room" => frame().lit(|luma| luma + 100).alone(), 160.0 within 0.0;
            "a lamp at the edge" => frame().filled(Rect { width: 160.0, ..WHOLE }, 255).alone(), 60.0 within 0.0;
        frame_detail:
            "a covered lens" => plain(20).alone(), 0.0 within 0.0;
            "half black, half white" => plain(0).filled(LEFT_HALF, 255).alone(), 127.5 within 0.1;
        frame_change:
            "the same picture" => frame().after(&frame(), 33.0), 0.0 within 0.0;
            "brighter than before" => frame().lit(|luma| luma + 12).after(&frame(), 33.0), 12.0 within 0.0;
            "darker than before" => frame().lit(|luma| luma - 12).after(&frame(), 33.0), 12.0 within 0.0;
            "half of it brighter" => plain(50).filled(LEFT_HALF, 90).after(&plain(50), 33.0), 20.0 within 0.0;
        saturation:
            "grey" => colour([90; 3]), 0.0 within 0.0;
            "reddish" => colour([200, 120, 140]), 80.0 within 0.0;
            "blue" => colour([20, 60, 220]), 200.0 within 0.0;
        face_luma:
            "a bright face in a dark room" => frame().alone(), 150.0 within 0.0;
            "a dark face" => frame().filled(bbox, 35).alone(), 35.0 within 0.0;
        dynamic_range:
            "a face in fog" => frame().alone(), 0.0 within 0.0;
            "from black to white" => black_and(255), 100.0 within 0.1;
            // Which is the middle to the eye.
            "from black to middle grey" => black_and(119), 50.0 within 1.0;
        backlight:
            "a window behind" => frame().above_and_beside(240).alone(), 90.0 within 0.0;
            "a dark room behind" => frame().alone(), -90.0 within 0.0;
            "a white shirt in a dark room" => frame().below(255).alone(), -90.0 within 0.0;
            "a black shirt before a window" => frame().above_and_beside(240).below(0).alone(), 90.0 within 0.0;
        // The Laplacian of cells that are d above and below their mean is 8 d; its variance the square of that.
        sharpness:
            "cells of a crop's pixel" => frame().checked(2, 10).alone(), 6400.0 within 100.0;
            "half the contrast" => frame().checked(2, 5).alone(), 1600.0 within 30.0;
            "a face twice as large" => large().checked(4, 10).alone(), 6400.0 within 100.0;
            "out of focus" => frame().checked(2, 10).blurred(3).alone(), 0.0 within 64.0;
            "a plain face" => frame().alone(), 0.0 within 0.0;
        right_eye_luma:
            "the right eye in the dark" => frame().around_eye(false, 20).alone(), 20.0 within 0.0;
            "the left eye in the dark" => frame().around_eye(true, 20).alone(), 150.0 within 0.0;
        left_eye_luma:
            "the left eye blown out" => frame().around_eye(true, 250).alone(), 250.0 within 0.0;
            "the right eye blown out" => frame().around_eye(false, 250).alone(), 150.0 within 0.0;
        right_eye_contrast:
            "a drawn right eye" => frame().drawn_eye(false, 40).alone(), 40.0 within 1.0;
            "only the left eye is drawn" => frame().drawn_eye(true, 40).alone(), 0.0 within 0.0;
        left_eye_contrast:
            "a drawn left eye" => frame().drawn_eye(true, 40).alone(), 40.0 within 1.0;
            "only the right eye is drawn" => frame().drawn_eye(false, 40).alone(), 0.0 within 0.0;
        glare:
            "no reflection" => frame().alone(), 0.0 within 0.0;
            "half of the band is white" => frame().half_band(255).alone(), 0.5 within 0.03;
            "all of the band is white" => plain(255).alone(), 1.0 within 0.0;
            "bright, but not white" => frame().half_band(240).alone(), 0.0 within 0.0;
            "a reflection on a dark face" => dark().half_band(150).alone(), 0.5 within 0.03;
            "twice as bright as a dark face" => dark().half_band(80).alone(), 0.0 within 0.0;
        roll:
            "upright" => posed(0.0, 0.0, 0.0), 0.0 within 0.01;
            "tilted to the right of the picture" => posed(20.0, 0.0, 0.0), 20.0 within 0.1;
            "tilted to the left of it, turned" => posed(-35.0, 15.0, 0.0), -35.0 within 0.1;
        yaw:
            "straight ahead" => posed(0.0, 0.0, 0.0), 0.0 within 0.01;
            "turned to the right of the picture" => posed(0.0, 30.0, 0.0), 30.0 within 1.0;
            "turned to the left of it, tilted" => posed(25.0, -20.0, 0.0), -20.0 within 1.0;
        pitch:
            "level" => posed(0.0, 0.0, 0.0), 0.0 within 1.0;
            "looks down" => posed(0.0, 0.0, 25.0), 25.0 within 1.0;
            "looks up, tilted" => posed(-25.0, 0.0, -20.0), -20.0 within 1.0;
            "looks down, turned" => posed(0.0, 20.0, 20.0), 20.0 within 3.0;
        // Half of its width, which is 150 pixels.
        motion:
            "at rest" => moved(0.0, 0.0, 100.0), 0.0 within 0.0;
            "to the right in a tenth of a second" => moved(75.0, 0.0, 100.0), 5.0 within 0.001;
            "up in a twentieth of a second" => moved(0.0, -75.0, 50.0), 10.0 within 0.001;
            "askew in a second" => moved(-45.0, 60.0, 1_000.0), 0.5 within 0.001;
    }
}

#[test]
fn every_measure_has_its_value_in_its_unit() {
    let rows = rows();
    let wrong: Vec<_> = rows
        .iter()
        // What is no number is within nothing.
        .filter(|row| !(row.expected - row.within..=row.expected + row.within).contains(&row.value))
        .map(|Row { measure, of, value, expected, within }| {
            format!("{measure}, {of}: {value} instead of {expected} ± {within}")
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    for name in FrameQuality::NAMES {
        let expected: Vec<_> =
            rows.iter().filter(|row| row.measure == *name).map(|row| row.expected).collect();
        let differ = expected.iter().any(|value| *value != expected[0]);
        assert!(differ, "{name} needs rows that expect different values: {expected:?}");
    }
}

/// What says something about a face, which a frame without one does not allow to measure.
const OF_THE_FRAME: [&str; 4] = ["frame_luma", "frame_detail", "frame_change", "saturation"];

#[test]
fn what_a_frame_does_not_allow_to_measure_is_no_number() {
    let frame = Frame::new().checked(2, 10);
    let numbers = |quality: FrameQuality| -> Vec<&str> {
        let known = |name: &&&str| quality.get(name).is_some_and(|value| !value.is_nan());
        FrameQuality::NAMES.iter().filter(known).copied().collect()
    };
    assert_eq!(numbers(frame.after(&frame, 33.0)), FrameQuality::NAMES);
    let of_pairs = ["frame_change", "motion"];
    let single: Vec<_> =
        FrameQuality::NAMES.iter().filter(|name| !of_pairs.contains(name)).copied().collect();
    assert_eq!(numbers(frame.alone()), single, "the first frame");
    assert!(frame.after(&frame, 0.0).motion.is_nan(), "no time has passed");
    let unsure = Detection { score: 0.4, ..frame.face };
    for faces in [&[][..], &[unsure]] {
        let mut meter = QualityMeter::default();
        for ms in [0.0, 33.0] {
            let quality = meter.measure(&frame.picture.view(), ms, faces);
            let first = |name: &&&str| ms > 0.0 || **name != "frame_change";
            let expected: Vec<_> = OF_THE_FRAME.iter().filter(first).copied().collect();
            assert_eq!(numbers(quality), expected, "{faces:?}");
        }
    }
}

#[test]
fn the_main_face_is_the_largest_of_which_the_detector_is_sure() {
    let frame = Frame::new();
    let other = |side: f32, score: f32| Detection {
        bbox: Rect { x: 10.0, y: 10.0, width: side, height: side },
        score,
        ..frame.face
    };
    let luma = |others: &[Detection]| {
        let faces = [&[frame.face], others].concat();
        QualityMeter::default().measure(&frame.picture.view(), 0.0, &faces).face_luma
    };
    assert_eq!(luma(&[other(140.0, 0.99)]), f32::from(SKIN), "a smaller one");
    assert_eq!(luma(&[other(230.0, 0.45)]), f32::from(SKIN), "a larger one that may be none");
    assert_eq!(luma(&[other(180.0, 0.6)]), f32::from(ROOM), "a larger one");
}

#[test]
fn the_measures_do_not_depend_on_the_frame_format() {
    // Colour in even blocks survives halved chroma.
    let frame = Frame::new().checked(2, 10).drawn_eye(true, 40).half_band(255);
    let frame = frame.painted(Rect { height: 100.0, ..LEFT_HALF }, |_, _| [180, 90, 60]);
    let Picture { rgb, width, height } = &frame.picture;
    let (width, height) = (*width, *height);
    let before = frame.clone().lit(|value| value.saturating_sub(3));
    let rgba = |rgb: &[u8]| -> Vec<u8> {
        rgb.chunks_exact(3).flat_map(|pixel| [pixel[0], pixel[1], pixel[2], 0]).collect()
    };
    let measured = |views: [FrameView<'_>; 2]| {
        let mut meter = QualityMeter::default();
        let _ = meter.measure(&views[0], 0.0, &[frame.face]);
        meter.measure(&views[1], 33.0, &[frame.face])
    };
    let expected = measured([before.picture.view(), frame.picture.view()]);
    let same = |quality: FrameQuality, format: &str| {
        for name in FrameQuality::NAMES {
            let [value, wanted] = [quality, expected].map(|all| all.get(name).expect("a measure"));
            // A level of rounding, which the Laplacian's square makes more of.
            let within = if *name == "sharpness" { 0.05 * wanted } else { 1.5 };
            assert!((value - wanted).abs() <= within, "{name} as {format}: {value}, {wanted}");
        }
    };
    let with_alpha = [&before.picture.rgb, rgb].map(|rgb| rgba(rgb));
    let stride = 4 * width as usize;
    let views = with_alpha
        .each_ref()
        .map(|rgba| FrameView::rgba(rgba, width, height, stride).expect("sizes fit"));
    same(measured(views), "RGBA");
    for (matrix, full_range) in [(ColorMatrix::Bt601, true), (ColorMatrix::Bt601, false)] {
        let color = ColorSpace { matrix, full_range };
        let yuv = [&before.picture, &frame.picture].map(|picture| to_i420(picture, color, 2));
        same(measured(yuv.each_ref().map(|yuv| yuv.view(width, height))), "I420");
        let nv12 = yuv.each_ref().map(|yuv| yuv.to_nv12(width, height));
        let views = nv12.each_ref().map(|(bytes, planes)| {
            FrameView::nv12(bytes, width, height, *planes, color).expect("sizes fit")
        });
        same(measured(views), "NV12");
    }
}
