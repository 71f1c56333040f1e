//! Prints how long a check takes, from the PNG files to the verdict.
//!
//! `cargo run --release -p liveness-verifier --example time [-- [--testdata DIR] [--model FILE] [--repeat N] [--json]]`
//!
//! One line for 30 crops and one for 10: the shortest and the median time of a check, and the processor time of
//! one, over all its threads. Other work on the machine lengthens them all, the shortest least. A process that may
//! use one processor only (`taskset --cpu-list 0`) uses one thread. Then the processor time of a check of 30 crops in a
//! single thread, by stage, and how many such checks a second all processors make against one of them. With `--json`
//! these last figures alone, as `cargo xtask bench gateway` reads them.

mod alone;

#[path = "../eval/cutter.rs"]
mod cutter;
#[path = "../eval/footage.rs"]
#[allow(dead_code)]
mod footage;

use cutter::Cutter;
use face_vision::{BlazeFace, CROP_SIDE, FaceDetector, encode_png};
use liveness_verifier::{Clip, Verifier, parallel};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

const CLIP: &str = "live_man_hoodie";

struct Options {
    testdata: PathBuf,
    model: PathBuf,
    repeat: usize,
    json: bool,
}

fn options() -> Result<Options, String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut options = Options {
        testdata: root.join("../shared/testdata"),
        model: root.join("target/models/blazeface_short_range.bin"),
        repeat: 30,
        json: false,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--testdata" => options.testdata = value()?.into(),
            "--model" => options.model = value()?.into(),
            "--repeat" => {
                options.repeat = value()?.parse().map_err(|error| format!("{arg}: {error}"))?;
            }
            "--json" => options.json = true,
            _ => return Err(format!("unknown option {arg}")),
        }
    }
    if options.repeat == 0 {
        return Err("--repeat has to be at least 1".into());
    }
    Ok(options)
}

fn main() -> ExitCode {
    match options().and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("time: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let blob = std::fs::read(&options.model).map_err(|error| {
        format!("{}: {error}; `cargo xtask models` makes it", options.model.display())
    })?;
    let detector = || {
        let detector = BlazeFace::from_weights(&blob).map_err(|error| error.to_string())?;
        Ok::<Box<dyn FaceDetector + Send>, String>(Box::new(detector))
    };
    let clips = footage::list(&options.testdata)?;
    let one = clips.iter().find(|clip| clip.name == CLIP).ok_or(format!("no clip {CLIP}"))?;
    let crops = Cutter::new(detector()?).cut_all(&footage::decode(&one.path)?)?;
    for count in [30, 10] {
        let indices =
            one.sampling(crops.len(), count, 2).into_iter().next().ok_or("too short a clip")?;
        let pngs = indices.into_iter().map(|i| {
            let crop = crops[i].as_ref().ok_or("a frame without a face")?;
            encode_png(crop.pixels(), CROP_SIDE, CROP_SIDE).map_err(|error| error.to_string())
        });
        let pngs = pngs.collect::<Result<Vec<_>, String>>()?;
        if count == 30 {
            let figures = alone::measure(&pngs, &detector, options.repeat)?;
            if options.json {
                println!("{}", figures.json());
                return Ok(());
            }
            print!("{figures}");
        }
        let verifier = Verifier::new(Some(detector()?));
        let check = || -> Result<f64, String> {
            let clip = Clip::from_pngs(&pngs, None, Some(10.0)).map_err(|e| e.to_string())?;
            Ok(verifier.assess(&clip).map_err(|e| e.to_string())?.score)
        };
        let score = check()?;
        let before = processor_time();
        let mut times = Vec::new();
        for _ in 0..options.repeat {
            let started = Instant::now();
            check()?;
            times.push(started.elapsed());
        }
        let busy = processor_time().zip(before).map(|(after, before)| after - before);
        times.sort_unstable();
        let ms = |time: Duration| time.as_secs_f64() * 1000.0;
        println!(
            "{count} crops, {} threads: shortest {:.0} ms, median {:.0} ms, processor {:.0} ms, score {score:.3}",
            parallel::threads(),
            ms(times[0]),
            ms(times[times.len() / 2]),
            busy.map_or(f64::NAN, |busy| ms(busy) / options.repeat as f64),
        );
    }
    Ok(())
}

/// Of all threads of this process, ended ones included; None where the system does not say so as Linux does.
fn processor_time() -> Option<Duration> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name, in brackets, may contain anything. User and system time are the 14th and 15th field.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
    Some(Duration::from_millis(10 * ticks))
}
