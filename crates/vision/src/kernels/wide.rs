//! The loops in registers of eight f32 with fused multiply-adds, for the x86-64 processors that have them (AVX2 and
//! FMA: nearly all since 2013). Which kind runs is asked when the program does; results differ by rounding.

use super::lanes::Quad;
use super::shape::{KERNEL, SPAN, STEP, Shortcut, TAPS, TILE};
use core::arch::x86_64::*;

/// f32 in a register.
pub(super) const WIDTH: usize = 8;

/// Panels of eight outputs computed together: with four pixels they fill twelve accumulators, which is as many as
/// leave room for the weights in sixteen registers, and more than the latency of a multiply-add asks for.
const PANELS: usize = 3;

/// Whether this processor has what everything else here needs.
#[inline]
pub(super) fn available() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn load(values: &[f32; WIDTH]) -> __m256 {
    // SAFETY: the reference covers 32 readable bytes; this load needs no alignment.
    unsafe { _mm256_loadu_ps(values.as_ptr()) }
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn store(register: __m256, values: &mut [f32; WIDTH]) {
    // SAFETY: the reference covers 32 writable bytes; this store needs no alignment.
    unsafe { _mm256_storeu_ps(values.as_mut_ptr(), register) }
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn load_half(values: &[f32; 4]) -> __m128 {
    // SAFETY: the reference covers 16 readable bytes; this load needs no alignment.
    unsafe { _mm_loadu_ps(values.as_ptr()) }
}

/// 1 x 1 convolution, as [`super::Pointwise::run`] describes it. `panels` and `bias` are its own.
#[target_feature(enable = "avx2,fma")]
pub(super) fn pointwise<const RELU: bool>(
    [inputs, outputs]: [usize; 2],
    panels: &[Quad],
    bias: &[Quad],
    input: &[f32],
    shortcut: Shortcut<'_>,
    out: &mut [f32],
) {
    let (panels, bias) = (Quad::values(panels), Quad::values(bias));
    let Shortcut { pixels, channels } = shortcut;
    let tiles = out.chunks_exact_mut(TILE * outputs);
    for ((index, out), input) in tiles.enumerate().zip(input.chunks_exact(TILE * inputs)) {
        let shortcut = &pixels[index * TILE * channels..][..TILE * channels];
        let mut first = 0;
        while first + PANELS * WIDTH <= outputs {
            let weights = &panels[first * inputs..];
            tile::<PANELS, RELU>(first, inputs, weights, bias, input, shortcut, out);
            first += PANELS * WIDTH;
        }
        while first + WIDTH <= outputs {
            let weights = &panels[first * inputs..];
            tile::<1, RELU>(first, inputs, weights, bias, input, shortcut, out);
            first += WIDTH;
        }
        if first < outputs {
            let weights = &panels[first * inputs..];
            half_tile::<RELU>(first, inputs, weights, bias, input, shortcut, out);
        }
    }
}

/// `P` panels of outputs from the output `first` on, for one tile of pixels.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn tile<const P: usize, const RELU: bool>(
    first: usize,
    inputs: usize,
    weights: &[f32],
    bias: &[f32],
    input: &[f32],
    shortcut: &[f32],
    out: &mut [f32],
) {
    let mut sums = [[_mm256_setzero_ps(); P]; TILE];
    let bias = bias[first..].as_chunks::<WIDTH>().0;
    let (channels, outputs) = (shortcut.len() / TILE, out.len() / TILE);
    for pixel in 0..TILE {
        let shortcut = &shortcut[pixel * channels..][..channels];
        for panel in 0..P {
            let at = first + panel * WIDTH;
            let sum = load(&bias[panel]);
            sums[pixel][panel] = if let Some(values) = shortcut.get(at..at + WIDTH) {
                _mm256_add_ps(sum, load(values.first_chunk().unwrap_or(&[0.0; WIDTH])))
            } else if let Some(values) = shortcut.get(at..at + WIDTH / 2) {
                let half = load_half(values.first_chunk().unwrap_or(&[0.0; 4]));
                _mm256_add_ps(sum, _mm256_insertf128_ps::<0>(_mm256_setzero_ps(), half))
            } else {
                sum
            };
        }
    }
    let weights = &weights.as_chunks::<WIDTH>().0[..P * inputs];
    let pixels = [0, 1, 2, 3].map(|pixel| &input[pixel * inputs..][..inputs]);
    for at in 0..inputs {
        let mut row = [_mm256_setzero_ps(); P];
        for panel in 0..P {
            row[panel] = load(&weights[panel * inputs + at]);
        }
        for pixel in 0..TILE {
            let value = _mm256_broadcast_ss(&pixels[pixel][at]);
            for panel in 0..P {
                sums[pixel][panel] = _mm256_fmadd_ps(value, row[panel], sums[pixel][panel]);
            }
        }
    }
    for pixel in 0..TILE {
        let out = out[pixel * outputs + first..].as_chunks_mut::<WIDTH>().0;
        for panel in 0..P {
            let sum = sums[pixel][panel];
            let sum = if RELU { _mm256_max_ps(sum, _mm256_setzero_ps()) } else { sum };
            store(sum, &mut out[panel]);
        }
    }
}

/// The last four outputs, where there are four more than panels.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn half_tile<const RELU: bool>(
    first: usize,
    inputs: usize,
    weights: &[f32],
    bias: &[f32],
    input: &[f32],
    shortcut: &[f32],
    out: &mut [f32],
) {
    const HALF: usize = WIDTH / 2;
    let (channels, outputs) = (shortcut.len() / TILE, out.len() / TILE);
    let weights = &weights.as_chunks::<HALF>().0[..inputs];
    let bias = load_half(bias[first..].first_chunk().unwrap_or(&[0.0; HALF]));
    let mut sums = [bias; TILE];
    for pixel in 0..TILE {
        let shortcut = &shortcut[pixel * channels..][..channels];
        if let Some(values) = shortcut.get(first..).and_then(|rest| rest.first_chunk()) {
            sums[pixel] = _mm_add_ps(sums[pixel], load_half(values));
        }
    }
    let [a, b, c, d] = [0, 1, 2, 3].map(|pixel| &input[pixel * inputs..][..inputs]);
    for at in 0..inputs {
        let row = load_half(&weights[at]);
        let values = [a[at], b[at], c[at], d[at]];
        for pixel in 0..TILE {
            sums[pixel] = _mm_fmadd_ps(_mm_set1_ps(values[pixel]), row, sums[pixel]);
        }
    }
    for pixel in 0..TILE {
        let sum = if RELU { _mm_max_ps(sums[pixel], _mm_setzero_ps()) } else { sums[pixel] };
        if let Some(out) = out[pixel * outputs + first..].first_chunk_mut::<HALF>() {
            // SAFETY: the reference covers 16 writable bytes; this store needs no alignment.
            unsafe { _mm_storeu_ps(out.as_mut_ptr(), sum) }
        }
    }
}

/// The first layer for one tile of pixels: `panels` panels of eight outputs, ReLU.
#[target_feature(enable = "avx2,fma")]
pub(super) fn stem(
    panels: usize,
    weights: &[Quad],
    bias: &[Quad],
    spans: [&[f32; SPAN]; KERNEL],
    out: &mut [f32],
) {
    let (weights, bias) = (Quad::values(weights), Quad::values(bias));
    let mut first = 0;
    while first + PANELS <= panels {
        stem_tile::<PANELS>(first, weights, bias, spans, out);
        first += PANELS;
    }
    while first < panels {
        stem_tile::<1>(first, weights, bias, spans, out);
        first += 1;
    }
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn stem_tile<const P: usize>(
    first: usize,
    weights: &[f32],
    bias: &[f32],
    spans: [&[f32; SPAN]; KERNEL],
    out: &mut [f32],
) {
    const ALL: usize = KERNEL * TAPS;
    let weights = &weights.as_chunks::<WIDTH>().0[first * ALL..][..P * ALL];
    let bias = &bias.as_chunks::<WIDTH>().0[first..][..P];
    let outputs = out.len() / TILE;
    let mut sums = [[_mm256_setzero_ps(); P]; TILE];
    for sums in &mut sums {
        for panel in 0..P {
            sums[panel] = load(&bias[panel]);
        }
    }
    for (ky, span) in spans.into_iter().enumerate() {
        for tap in 0..TAPS {
            let mut row = [_mm256_setzero_ps(); P];
            for panel in 0..P {
                row[panel] = load(&weights[panel * ALL + ky * TAPS + tap]);
            }
            for pixel in 0..TILE {
                let value = _mm256_broadcast_ss(&span[pixel * STEP + tap]);
                for panel in 0..P {
                    sums[pixel][panel] = _mm256_fmadd_ps(value, row[panel], sums[pixel][panel]);
                }
            }
        }
    }
    for pixel in 0..TILE {
        let out = out[pixel * outputs + first * WIDTH..].as_chunks_mut::<WIDTH>().0;
        for panel in 0..P {
            store(_mm256_max_ps(sums[pixel][panel], _mm256_setzero_ps()), &mut out[panel]);
        }
    }
}

/// The nine taps and the bias of eight channels: those of two groups of four.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn taps(groups: &[[Quad; 10]; 2]) -> [__m256; 10] {
    let mut taps = [_mm256_setzero_ps(); 10];
    for tap in 0..10 {
        taps[tap] = _mm256_set_m128(load_half(&groups[1][tap].0), load_half(&groups[0][tap].0));
    }
    taps
}

/// Adds one column of three pixels.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn column(sum: __m256, x: [__m256; 3], k: [__m256; 3]) -> __m256 {
    _mm256_fmadd_ps(x[2], k[2], _mm256_fmadd_ps(x[1], k[1], _mm256_fmadd_ps(x[0], k[0], sum)))
}

/// Eight channels of three rows at one place.
#[inline]
#[target_feature(enable = "avx2,fma")]
fn three(rows: [&[f32]; 3], at: usize) -> [__m256; 3] {
    let mut x = [_mm256_setzero_ps(); 3];
    for row in 0..3 {
        x[row] = load(rows[row][at..].first_chunk().unwrap_or(&[0.0; WIDTH]));
    }
    x
}

/// Depthwise convolution of stride 1 as [`super::depthwise::Depthwise::row`] describes it, for the eight channels from
/// `first` on of `channels`.
#[target_feature(enable = "avx2,fma")]
pub(super) fn depthwise(
    groups: &[[Quad; 10]; 2],
    first: usize,
    channels: usize,
    rows: [&[f32]; 3],
    out: &mut [f32],
) {
    let [k0, k1, k2, k3, k4, k5, k6, k7, k8, bias] = taps(groups);
    let pixels = out.len() / channels;
    let x = three(rows, first);
    let mut current = column(bias, x, [k1, k4, k7]);
    let mut next = column(bias, x, [k0, k3, k6]);
    for pixel in 1..pixels {
        let at = pixel * channels + first;
        let x = three(rows, at);
        put(column(current, x, [k2, k5, k8]), out, at - channels);
        current = column(next, x, [k1, k4, k7]);
        next = column(bias, x, [k0, k3, k6]);
    }
    put(current, out, (pixels - 1) * channels + first);
}

/// The same of stride 2 and the largest of each 2 x 2 pixels, as [`super::depthwise::Depthwise::row_halved`].
#[target_feature(enable = "avx2,fma")]
pub(super) fn depthwise_halved(
    groups: &[[Quad; 10]; 2],
    first: usize,
    channels: usize,
    rows: [&[f32]; 3],
    out: &mut [f32],
    pool: &mut [f32],
) {
    let [k0, k1, k2, k3, k4, k5, k6, k7, k8, bias] = taps(groups);
    let pixels = out.len() / channels;
    let mut current = bias;
    for pixel in 0..pixels {
        let at = pixel * channels + first;
        let source = 2 * pixel * channels + first;
        let (x, y) = (three(rows, source), three(rows, source + channels));
        let most = _mm256_max_ps(_mm256_max_ps(x[0], x[1]), _mm256_max_ps(y[0], y[1]));
        put(most, pool, at);
        if pixel > 0 {
            put(column(current, x, [k2, k5, k8]), out, at - channels);
        }
        current = column(column(bias, x, [k0, k3, k6]), y, [k1, k4, k7]);
    }
    put(current, out, (pixels - 1) * channels + first);
}

#[inline]
#[target_feature(enable = "avx2,fma")]
fn put(register: __m256, out: &mut [f32], at: usize) {
    if let Some(values) = out[at..].first_chunk_mut() {
        store(register, values);
    }
}
