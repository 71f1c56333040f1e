//! Wide registers against narrow ones.

use super::depthwise::Depthwise;
use super::pad;
use super::pointwise::Pointwise;
use super::registers::Registers;
use super::shape::{Shortcut, TILE};
use super::stem::Stem;
use super::wide::{Avx2, Avx512};

/// The kinds that this processor has.
fn kinds() -> Vec<Registers> {
    let kinds = [Avx2::found().map(Registers::Avx2), Avx512::found().map(Registers::Avx512)];
    let kinds: Vec<_> = kinds.into_iter().flatten().collect();
    if kinds.len() < 2 {
        eprintln!("only {kinds:?} here, the rest is skipped");
    }
    kinds
}

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

/// Every number of panels, whole and in part, every share that a shortcut can have of them, and tiles of eight pixels
/// with and without one of four.
#[test]
fn wide_registers_compute_what_narrow_ones_do() {
    for (kind, outputs) in kinds()
        .into_iter()
        .flat_map(|kind| (4..=112).step_by(4).map(move |outputs| (kind, outputs)))
    {
        let inputs = 4 + outputs % 28;
        let pixels = TILE * (1 + outputs % 3);
        let (kernel, bias) = (noise(1, outputs * inputs), noise(2, outputs));
        let pointwise = [kind, Registers::Narrow].map(|kind| Pointwise::with(kind, &kernel, &bias));
        let input = noise(3, pixels * inputs);
        for channels in (0..=outputs).step_by(4) {
            let beside = noise(4, pixels * channels);
            let shortcut = Shortcut { pixels: &beside, channels };
            let [wide, narrow] = pointwise.each_ref().map(|pointwise| {
                let mut out = vec![9.0; pixels * outputs];
                pointwise.run::<true>(&input, Some(shortcut), &mut out);
                out
            });
            let what =
                format!("{kind:?}: {pixels} pixels, {inputs}-{outputs}, shortcut {channels}");
            assert_near(&wide, &narrow, &what);
            assert!(wide.contains(&0.0) && wide.iter().all(|value| *value >= 0.0));
        }
        let [wide, narrow] = pointwise.each_ref().map(|pointwise| {
            let mut out = vec![9.0; pixels * outputs];
            pointwise.run::<false>(&input, None, &mut out);
            out
        });
        assert_near(&wide, &narrow, &format!("{kind:?}: {pixels} pixels, {inputs}-{outputs}"));
    }
}

#[test]
fn rows_of_every_length_and_depth_are_convolved_alike() {
    let shapes = [(1, 4), (1, 8), (2, 12), (3, 24), (4, 28), (7, 44), (5, 64), (16, 96)];
    for (kind, (pixels, channels)) in
        kinds().into_iter().flat_map(|kind| shapes.map(|shape| (kind, shape)))
    {
        let (kernel, bias) = (noise(5, 9 * channels), noise(6, channels));
        let depthwise = [kind, Registers::Narrow].map(|kind| Depthwise::with(kind, &kernel, &bias));
        let length = pixels * pad(channels);
        let rows = [7, 8, 9].map(|seed| noise(seed, 2 * length));
        let what = format!("{kind:?}: {pixels} pixels, {channels} channels");
        let [wide, narrow] = depthwise.each_ref().map(|depthwise| {
            let mut out = vec![9.0; length];
            depthwise.row(rows.each_ref().map(|row| &row[..length]), &mut out);
            out
        });
        assert_near(&wide, &narrow, &what);
        let [(wide, pool), (narrow, narrow_pool)] = depthwise.each_ref().map(|depthwise| {
            let [mut out, mut pool] = [(); 2].map(|()| vec![9.0; length]);
            depthwise.row_halved(rows.each_ref().map(|row| &row[..]), &mut out, &mut pool);
            (out, pool)
        });
        assert_near(&wide, &narrow, &what);
        assert_eq!(pool, narrow_pool, "{what}");
    }
}

#[test]
fn the_stem_is_the_same_with_any_number_of_panels() {
    let side = 16;
    let input = noise(10, side * side * 3);
    for (kind, outputs) in kinds()
        .into_iter()
        .flat_map(|kind| [8, 16, 24, 28, 32, 40, 64].map(|outputs| (kind, outputs)))
    {
        let (kernel, bias) = (noise(11, outputs * 75), noise(12, outputs));
        let [wide, narrow] = [kind, Registers::Narrow].map(|kind| {
            let mut out = vec![9.0; side * side / 4 * outputs];
            Stem::with(kind, &kernel, &bias).run(&input, side, &mut out);
            out
        });
        assert_near(&wide, &narrow, &format!("{kind:?}: {outputs} outputs"));
    }
}
