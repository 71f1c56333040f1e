//! Wide registers against narrow ones.

use super::depthwise::Depthwise;
use super::pad;
use super::pointwise::Pointwise;
use super::shape::{Shortcut, TILE};
use super::stem::Stem;
use super::wide::available;

/// Numbers in -1..1.
fn noise(seed: u32, length: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / (1u32 << 31) as f32 - 1.0
    };
    std::iter::repeat_with(next).take(length).collect()
}

fn assert_near(wide: &[f32], narrow: &[f32], what: &str) {
    assert_eq!(wide.len(), narrow.len());
    for (wide, narrow) in wide.iter().zip(narrow) {
        assert!((wide - narrow).abs() < 1e-4, "{what}: {wide} {narrow}");
    }
}

/// Every number of panels, with and without half a panel, and every share that a shortcut can have of them.
#[test]
fn wide_registers_compute_what_narrow_ones_do() {
    if !available() {
        return eprintln!("skipped: no AVX2 and FMA here");
    }
    for outputs in (4..=96).step_by(4) {
        let inputs = 4 + outputs % 28;
        let pointwise = Pointwise::new(&noise(1, outputs * inputs), &noise(2, outputs));
        let input = noise(3, 2 * TILE * inputs);
        for channels in (0..=outputs).step_by(4) {
            let pixels = noise(4, 2 * TILE * channels);
            let shortcut = Shortcut { pixels: &pixels, channels };
            let [mut wide, mut narrow] = [(); 2].map(|()| vec![9.0; 2 * TILE * outputs]);
            pointwise.run::<true>(&input, Some(shortcut), &mut wide);
            pointwise.run_narrow::<true>(&input, Some(shortcut), &mut narrow);
            assert_near(&wide, &narrow, &format!("{inputs}-{outputs}, shortcut {channels}"));
            assert!(wide.contains(&0.0) && wide.iter().all(|value| *value >= 0.0));
        }
        let [mut wide, mut narrow] = [(); 2].map(|()| vec![9.0; 2 * TILE * outputs]);
        pointwise.run::<false>(&input, None, &mut wide);
        pointwise.run_narrow::<false>(&input, None, &mut narrow);
        assert_near(&wide, &narrow, &format!("{inputs}-{outputs}"));
    }
}

#[test]
fn rows_of_every_length_and_depth_are_convolved_alike() {
    for (pixels, channels) in [(1, 4), (1, 8), (2, 12), (3, 24), (4, 28), (7, 44), (16, 96)] {
        let depthwise = Depthwise::new(&noise(5, 9 * channels), &noise(6, channels));
        let length = pixels * pad(channels);
        let rows = [7, 8, 9].map(|seed| noise(seed, 2 * length));
        let whole = rows.each_ref().map(|row| &row[..length]);
        let what = format!("{pixels} pixels, {channels} channels");
        let [mut wide, mut narrow] = [(); 2].map(|()| vec![9.0; length]);
        depthwise.row(whole, &mut wide);
        depthwise.row_narrow(0, whole, &mut narrow);
        assert_near(&wide, &narrow, &what);
        let rows = rows.each_ref().map(|row| &row[..]);
        let [mut pool, mut narrow_pool] = [(); 2].map(|()| vec![9.0; length]);
        depthwise.row_halved(rows, &mut wide, &mut pool);
        depthwise.row_halved_narrow(0, rows, &mut narrow, &mut narrow_pool);
        assert_near(&wide, &narrow, &what);
        assert_eq!(pool, narrow_pool, "{what}");
    }
}

#[test]
fn the_stem_is_the_same_with_any_number_of_panels() {
    let side = 16;
    let input = noise(10, side * side * 3);
    for outputs in [8, 16, 24, 28, 32, 40] {
        let stem = Stem::new(&noise(11, outputs * 75), &noise(12, outputs));
        let length = side * side / 4 * outputs;
        let [mut wide, mut narrow] = [(); 2].map(|()| vec![9.0; length]);
        stem.run(&input, side, &mut wide);
        stem.run_by(false, &input, side, &mut narrow);
        assert_near(&wide, &narrow, &format!("{outputs} outputs"));
    }
}
