//! Finds the faces in pictures and says how long it took:
//! `cargo run --release -p face-vision --example detect -- target/models/blazeface_short_range.bin PICTURE...`

use face_vision::{BlazeFace, CropRule, FaceCrop, FaceDetector, FrameView};
use std::error::Error;
use std::time::Instant;

const RUNS: u32 = 50;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let weights = arguments.next().ok_or("usage: detect WEIGHTS PICTURE...")?;
    let start = Instant::now();
    let mut detector = BlazeFace::from_weights(&std::fs::read(weights)?)?;
    println!("detector built in {:.1} ms", milliseconds(start, 1));
    for path in arguments {
        let picture = image::open(&path)?.into_rgb8();
        let (width, height) = picture.dimensions();
        let frame = FrameView::rgb(&picture, width, height, 3 * width as usize)?;
        let mut faces = detector.detect(&frame)?;
        let start = Instant::now();
        for _ in 0..RUNS {
            faces = detector.detect(&frame)?;
        }
        println!("{path}: {width} x {height}, {:.2} ms a frame", milliseconds(start, RUNS));
        for face in faces {
            let start = Instant::now();
            let crop = FaceCrop::cut(&frame, &face.bbox, CropRule::default())?;
            let cut = milliseconds(start, 1);
            let start = Instant::now();
            let file = crop.to_png()?;
            let encoded = milliseconds(start, 1);
            println!("  {:.3} {:?}", face.score, face.bbox);
            println!("  crop {cut:.2} ms, PNG {encoded:.2} ms, {} bytes", file.len());
        }
    }
    Ok(())
}

fn milliseconds(start: Instant, runs: u32) -> f64 {
    start.elapsed().as_secs_f64() * 1e3 / f64::from(runs)
}
