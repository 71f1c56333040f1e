//! A check in a single thread, by stage, and as many such checks at once as there are processors.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use face_vision::FaceDetector;
use liveness_verifier::faces::Faces;
use liveness_verifier::prepared::Prepared;
use liveness_verifier::signals::ALL;
use liveness_verifier::{Cancel, Clip, Verifier, decode_crop};
use rustix::time::{ClockId, clock_gettime};

/// How long checks are counted, on one processor and on all of them, and how often.
const COUNTED: Duration = Duration::from_secs(2);
const COUNTS: usize = 5;

type Detector = Box<dyn FaceDetector + Send>;

/// What was measured, in milliseconds of processor time.
pub struct Figures {
    whole: f64,
    decode: f64,
    detect: f64,
    signals: f64,
    /// Checks a second on all processors, over those on one and the number of processors: 1 where they do not disturb
    /// each other.
    scaling: f64,
    processors: usize,
}

/// Median times of `repeat` checks of these crops.
pub fn measure(
    pngs: &[Vec<u8>],
    detector: &dyn Fn() -> Result<Detector, String>,
    repeat: usize,
) -> Result<Figures, String> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let mut alone = detector()?;
    let detectors = (0..processors).map(|_| detector()).collect::<Result<Vec<_>, _>>()?;
    let verifier = Verifier::with_detectors(detectors).with_threads(1);
    let cancel = Cancel::default();
    let mut times = [(); 4].map(|()| Vec::new());
    for _ in 0..repeat {
        let start = processor_time();
        let clip = decode(pngs)?;
        let decoded = processor_time();
        let faces = Faces::find(&clip, alone.as_mut(), &cancel).map_err(|e| e.to_string())?;
        let detected = processor_time();
        let prepared = Prepared::new(&clip, &cancel, 1).map_err(|e| e.to_string())?;
        let prepared = prepared.with_face(faces.area.ok_or("no face")?);
        let readings = ALL.map(|signal| signal(&prepared));
        let read = processor_time();
        drop((prepared, readings));
        let again = processor_time();
        check(&verifier, pngs)?;
        let end = processor_time();
        let spans = [end - again, decoded - start, detected - decoded, read - detected];
        for (times, span) in times.iter_mut().zip(spans) {
            times.push(1000.0 * span.as_secs_f64());
        }
    }
    let [whole, decode, detect, signals] = times.map(median);
    let mut ratios = Vec::new();
    for _ in 0..COUNTS {
        let one = rate(&verifier, pngs, 1)?;
        ratios.push(rate(&verifier, pngs, processors)? / one / processors as f64);
    }
    Ok(Figures { whole, decode, detect, signals, scaling: median(ratios), processors })
}

fn decode(pngs: &[Vec<u8>]) -> Result<Clip, String> {
    let crops = pngs.iter().map(|png| decode_crop(png)).collect::<Result<Vec<_>, _>>();
    Clip::new(crops.map_err(|e| e.to_string())?, None, Some(10.0)).map_err(|e| e.to_string())
}

fn check(verifier: &Verifier, pngs: &[Vec<u8>]) -> Result<(), String> {
    verifier.assess(&decode(pngs)?).map_err(|e| e.to_string())?;
    Ok(())
}

/// Checks a second of so many threads.
fn rate(verifier: &Verifier, pngs: &[Vec<u8>], threads: usize) -> Result<f64, String> {
    let made = AtomicUsize::new(0);
    let began = Instant::now();
    let work = || -> Result<(), String> {
        while began.elapsed() < COUNTED {
            check(verifier, pngs)?;
            made.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a panic")?)
    })?;
    Ok(made.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64())
}

/// Of this thread: other work on the machine does not count.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

impl Figures {
    /// The shares of decoding, detection and signals.
    fn shares(&self) -> [f64; 3] {
        let stages = [self.decode, self.detect, self.signals];
        stages.map(|stage| stage / stages.iter().sum::<f64>())
    }

    /// As `cargo xtask bench gateway` reports them.
    pub fn json(&self) -> serde_json::Value {
        let [decode, detect, signals] = self.shares();
        serde_json::json!({
            "verify_ms": self.whole,
            "verify_shares": { "decode": decode, "detect": detect, "signals": signals },
            "verify_scaling": self.scaling,
        })
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "30 crops in one thread: {:.1} ms of processor time: decoding {:.1}, detection {:.1}, signals {:.1}",
            self.whole, self.decode, self.detect, self.signals
        )?;
        writeln!(
            f,
            "{} such checks at once: {:.2} of as many times one",
            self.processors, self.scaling
        )
    }
}
