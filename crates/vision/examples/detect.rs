//! Finds the faces in pictures and says how long it took:
//! `cargo run --release -p face-vision --example detect -- target/models/blazeface_short_range.bin PICTURE...`

use face_vision::{BlazeFace, CropRule, FaceCrop, FaceDetector, FrameView};
use std::error::Error;
use std::time::Instant;

const RUNS: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let weights = arguments.next().ok_or("usage: detect WEIGHTS PICTURE...")?;
    let start = Instant::now();
    let mut detector = BlazeFace::from_weights(&std::fs::read(weights)?)?;
    println!("detector built in {:.1} ms", milliseconds(start));
    for path in arguments {
        let picture = image::open(&path)?.into_rgb8();
        let (width, height) = picture.dimensions();
        let frame = FrameView::rgb(&picture, width, height, 3 * width as usize)?;
        let mut faces = detector.detect(&frame)?;
        let mut times = Vec::new();
        for _ in 0..RUNS {
            let start = Instant::now();
            faces = detector.detect(&frame)?;
            times.push(milliseconds(start));
        }
        times.sort_by(f64::total_cmp);
        let (fastest, median) = (times[0], times[times.len() / 2]);
        println!("{path}: {width} x {height}, {fastest:.2} ms a frame, median {median:.2}");
        for face in faces {
            let start = Instant::now();
            let crop = FaceCrop::cut(&frame, &face.bbox, CropRule::default())?;
            let cut = milliseconds(start);
            let start = Instant::now();
            let file = crop.to_png()?;
            let encoded = milliseconds(start);
            println!("  {:.3} {:?}", face.score, face.bbox);
            println!("  crop {cut:.2} ms, PNG {encoded:.2} ms, {} bytes", file.len());
        }
    }
    Ok(())
}

fn milliseconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}
