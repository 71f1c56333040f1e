//! Prints how the verifier does on the footage at hand, and with `--fit` the weights it would ship.
//!
//! `cargo run -p liveness-verifier --example eval [-- [--fit] [--readings] [--testdata DIR] [--model FILE] [--only NAME]]`
//!
//! Every clip is decoded by ffmpeg, searched for the face and cut as the browser does it, ten pictures
//! a second, from several starts, 30 and 10 crops. "cross-validated" scores come from weights fitted
//! without any clip of the same source: clips that share a person are left out together. `--readings` prints
//! every run's score and readings with all their digits: two versions that print the same measure the same.

mod attacks;
mod cutter;
mod fit;
mod footage;
mod sample;
mod table;

use cutter::Cutter;
use footage::Footage;
use liveness_verifier::model::WEIGHTS;
use liveness_verifier::{Clip, RgbCrop, Verifier};
use sample::Sample;
use std::path::PathBuf;
use std::process::ExitCode;

struct Options {
    fit: bool,
    readings: bool,
    testdata: PathBuf,
    model: PathBuf,
    only: Option<String>,
}

fn options() -> Result<Options, String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut options = Options {
        fit: false,
        readings: false,
        testdata: root.join("../shared/testdata"),
        model: root.join("target/models/blazeface_short_range.bin"),
        only: None,
    };
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match arg.as_str() {
            "--fit" => options.fit = true,
            "--readings" => options.readings = true,
            "--testdata" => options.testdata = value()?.into(),
            "--model" => options.model = value()?.into(),
            "--only" => options.only = Some(value()?),
            _ => return Err(format!("unknown option {arg}")),
        }
    }
    Ok(options)
}

fn main() -> ExitCode {
    match options().and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("eval: {message}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<(), String> {
    let footage = footage::list(&options.testdata)?;
    let blob = std::fs::read(&options.model).map_err(|error| {
        format!("{}: {error}; `cargo xtask models` makes it", options.model.display())
    })?;
    let detector =
        || face_vision::BlazeFace::from_weights(&blob).map_err(|error| error.to_string());
    let verifier = Verifier::new(Some(Box::new(detector()?)));
    let mut cutter = Cutter::new(Box::new(detector()?));
    let mut samples = Vec::new();
    let wanted = |name: &str| options.only.as_ref().is_none_or(|only| name.contains(only));
    for one in &footage {
        let frames = footage::decode(&one.path)?;
        if !one.still && wanted(&one.name) {
            eprintln!("{}", one.name);
            assess(&mut cutter, &verifier, one, &frames, &mut samples)?;
        }
        for (made, frames) in attacks::made_from(one, &frames) {
            if wanted(&made.name) {
                eprintln!("{}", made.name);
                assess(&mut cutter, &verifier, &made, &frames, &mut samples)?;
            }
        }
    }
    fit::cross_validate(&mut samples);
    table::print(&samples);
    if options.readings {
        table::print_readings(&samples);
    }
    if options.fit {
        let weights = fit::fit(&samples, None);
        println!(
            "\nFitted to all clips, for `model.rs`:\n{weights:#.2?}\n(shipped: {WEIGHTS:.2?})"
        );
    }
    Ok(())
}

/// Cuts and assesses one piece of footage from several starts.
fn assess(
    cutter: &mut Cutter,
    verifier: &Verifier,
    one: &Footage,
    frames: &[Vec<u8>],
    samples: &mut Vec<Sample>,
) -> Result<(), String> {
    let crops = cutter.cut_all(frames)?;
    let before = samples.len();
    // Drawn attacks vary little from start to start; the camera is what has to be robust.
    let starts = if one.camera {
        8
    } else if one.name.contains('+') {
        2
    } else {
        4
    };
    for wanted in [30, 10] {
        for indices in one.sampling(frames.len(), wanted, starts) {
            // As in the browser: a frame without a face breaks the run, so no crop comes of it.
            let taken: Option<Vec<RgbCrop>> = indices.iter().map(|&i| crops[i].clone()).collect();
            let Some(taken) = taken else { continue };
            let clip = Clip::new(taken, None, Some(10.0)).map_err(|error| error.to_string())?;
            let shipped = verifier.assess(&clip).map_err(|error| error.to_string())?;
            samples.push(Sample {
                name: one.name.clone(),
                class: one.class,
                source: one.source.clone(),
                fitted: one.fitted,
                crops: wanted,
                shipped,
                validated: 0.0,
            });
        }
    }
    if samples.len() == before {
        println!("{}: no run of frames with a face; nothing to assess", one.name);
    }
    Ok(())
}
