//! The kernels natively, in multiply-adds a second beside the processor's measured peak:
//! `cargo xtask bench vision`. One multiply-add is two floating-point operations.

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use face_vision::bench::{LayerBench, PEAK_PRODUCTS, peak};
use face_vision::{
    BlazeFace, ColorSpace, CropRule, Detection, FaceCrop, FaceDetector, FrameView, Keypoints,
    PlaneLayout, Point, QualityMeter, Rect,
};
use std::collections::HashSet;
use std::hint::black_box;
use std::time::Instant;

fn weights() -> Vec<u8> {
    let file = std::env::var_os("LIVENESS_MODEL_FILE")
        .map_or("../../target/models/blazeface_short_range.bin".into(), std::path::PathBuf::from);
    std::fs::read(&file).unwrap_or_else(|error| {
        panic!("{}: {error}; `cargo xtask models` makes it", file.display())
    })
}

/// Fastest of `rounds`, in seconds.
fn fastest(rounds: usize, mut work: impl FnMut() -> f32) -> f64 {
    let time = |()| {
        let start = Instant::now();
        black_box(work());
        start.elapsed().as_secs_f64()
    };
    std::iter::repeat_n((), rounds).map(time).fold(f64::INFINITY, f64::min)
}

/// GFLOP/s of each layer against the peak measured in the same run.
fn report(blob: &[u8]) {
    let gflops = |products: u64, seconds: f64| 2.0 * products as f64 / seconds / 1e9;
    let peak = gflops(PEAK_PRODUCTS, fastest(300, || peak(black_box(0.5))));
    println!("peak: {peak:.1} GFLOP/s in registers of four f32");
    let mut total = (0, 0.0);
    for mut layer in LayerBench::all(blob).expect("the weights load") {
        let seconds = fastest(300, || layer.run());
        total = (total.0 + layer.products, total.1 + seconds);
        let found = gflops(layer.products, seconds);
        println!(
            "{:<16} {:>8.1} us {found:>6.1} GFLOP/s, {:>3.0} % of the peak",
            layer.name,
            seconds * 1e6,
            100.0 * found / peak
        );
    }
    let found = gflops(total.0, total.1);
    println!("all layers: {found:.1} GFLOP/s, {:.0} % of the peak", 100.0 * found / peak);
}

fn kernels(criterion: &mut Criterion) {
    let blob = weights();
    report(&blob);
    let mut group = criterion.benchmark_group("kernels");
    group.throughput(Throughput::Elements(PEAK_PRODUCTS));
    group.bench_function("peak", |bencher| bencher.iter(|| peak(black_box(0.5))));
    let mut shapes = HashSet::new();
    for mut layer in LayerBench::all(&blob).expect("the weights load") {
        // One of each shape: criterion takes no name twice.
        if !shapes.insert(layer.name.clone()) {
            continue;
        }
        group.throughput(Throughput::Elements(layer.products));
        let id = BenchmarkId::from_parameter(layer.name.clone());
        group.bench_function(id, |bencher| bencher.iter(|| layer.run()));
    }
    group.finish();
}

/// Where a face would be in the frames below: what is measured of one is measured, whatever is there.
fn face() -> Detection {
    let at = |x, y| Point { x, y };
    Detection {
        bbox: Rect { x: 240.0, y: 160.0, width: 160.0, height: 160.0 },
        keypoints: Keypoints {
            right_eye: at(285.0, 205.0),
            left_eye: at(355.0, 205.0),
            nose_tip: at(320.0, 245.0),
            mouth_centre: at(320.0, 280.0),
            right_ear: Some(at(245.0, 215.0)),
            left_ear: Some(at(395.0, 215.0)),
        },
        score: 0.9,
    }
}

/// How long the measures of quality take beside the detection in the same frames, which are as a camera gives them.
fn report_quality(blob: &[u8]) {
    const LUMA: usize = 640 * 480;
    let planes = [(0, 640), (LUMA, 320), (LUMA + LUMA / 4, 320)];
    let planes = planes.map(|(offset, stride)| PlaneLayout { offset, stride });
    let bytes = noise(640 * 480 * 3 / 2);
    let frame =
        FrameView::i420(&bytes, 640, 480, planes, ColorSpace::default()).expect("sizes fit");
    let mut detector = BlazeFace::from_weights(blob).expect("the weights load");
    let mut meter = QualityMeter::default();
    let (faces, mut time_ms) = ([face()], 0.0);
    let (mut detection, mut quality) = (f64::INFINITY, f64::INFINITY);
    // In turn, so that neither has quieter moments than the other.
    for _ in 0..100 {
        detection = detection
            .min(fastest(3, || detector.detect(&frame).map_or(0.0, |found| found.len() as f32)));
        quality = quality.min(fastest(3, || {
            time_ms += 1000.0 / 30.0;
            meter.measure(&frame, time_ms, &faces).sharpness
        }));
    }
    let (ratio, most) = (quality / detection, 0.15);
    println!(
        "quality_ratio: {ratio:.3} (<= {most}: {}), {:.0} us of quality beside {:.0} us of detection",
        if ratio <= most { "pass" } else { "MISS" },
        quality * 1e6,
        detection * 1e6
    );
}

/// So many bytes without any order.
fn noise(bytes: u32) -> Vec<u8> {
    (0..bytes).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect()
}

fn frames(criterion: &mut Criterion) {
    let blob = weights();
    report_quality(&blob);
    let rgb = noise(640 * 480 * 3);
    let frame = FrameView::rgb(&rgb, 640, 480, 640 * 3).expect("sizes fit");
    let input = vec![0.25; 128 * 128 * 3];
    let mut group = criterion.benchmark_group("frame 640x480");
    let mut fused = BlazeFace::from_weights(&blob).expect("the weights load");
    group.bench_function("network", |bencher| bencher.iter(|| fused.run(&input)));
    group.bench_function("detect", |bencher| bencher.iter(|| fused.detect(&frame)));
    let (mut meter, faces) = (QualityMeter::default(), [face()]);
    group.bench_function("quality", |bencher| bencher.iter(|| meter.measure(&frame, 0.0, &faces)));
    let mut stock = BlazeFace::from_weights_stock(&blob).expect("the weights load");
    group.bench_function("network, stock operators", |bencher| bencher.iter(|| stock.run(&input)));
    let face = Rect { x: 260.0, y: 180.0, width: 120.0, height: 120.0 };
    group.bench_function("crop", |bencher| {
        bencher.iter(|| FaceCrop::cut(&frame, &face, CropRule::default()));
    });
    let crop = FaceCrop::cut(&frame, &face, CropRule::default()).expect("a proper box");
    group.bench_function("PNG", |bencher| bencher.iter(|| crop.to_png()));
    group.finish();
}

criterion_group!(benches, kernels, frames);
criterion_main!(benches);
