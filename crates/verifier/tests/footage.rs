//! Verdicts on the footage, cut as the browser cuts it. Needs ../shared/testdata, ffmpeg and the
//! converted model; says that it skips where they are absent, and fails where `CI=true` expects them.

#[path = "../examples/eval/cutter.rs"]
mod cutter;
#[path = "../examples/eval/footage.rs"]
#[allow(dead_code)]
mod footage;

use cutter::Cutter;
use face_vision::BlazeFace;
use footage::{Class, Footage};
use liveness_protocol::Verdict;
use liveness_verifier::faces::Faces;
use liveness_verifier::png_crop::SIDE;
use liveness_verifier::{Assessment, Cancel, Clip, RgbCrop, Verifier};
use std::path::PathBuf;

struct Bench {
    footage: Vec<Footage>,
    cutter: Cutter,
    verifier: Verifier,
    detector: Box<BlazeFace>,
}

fn bench() -> Option<Bench> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let needed = || -> Result<Bench, String> {
        let model = root.join("target/models/blazeface_short_range.bin");
        let blob = std::fs::read(&model).map_err(|e| format!("{}: {e}", model.display()))?;
        let ffmpeg = std::process::Command::new("ffmpeg").arg("-version").output();
        ffmpeg.map_err(|e| format!("ffmpeg: {e}"))?;
        let detector = || BlazeFace::from_weights(&blob).map(Box::new).map_err(|e| e.to_string());
        Ok(Bench {
            footage: footage::list(&root.join("../shared/testdata"))?,
            cutter: Cutter::new(detector()?),
            verifier: Verifier::new(Some(detector()?)),
            detector: detector()?,
        })
    };
    match needed() {
        Ok(bench) => Some(bench),
        Err(why) if std::env::var("CI").is_ok_and(|ci| ci == "true") => panic!("missing: {why}"),
        Err(why) => {
            eprintln!("skipped: {why}");
            None
        }
    }
}

/// A crop turned clockwise by so many quarters.
fn turned(crop: &RgbCrop, quarters: u32) -> RgbCrop {
    (0..quarters).fold(crop.clone(), |crop, _| {
        let mut pixels = Vec::with_capacity(crop.pixels().len());
        for (x, y) in (0..SIDE).flat_map(|x| (0..SIDE).rev().map(move |y| (x, y))) {
            pixels.extend(crop.rgb(x, y));
        }
        RgbCrop::from_rgb(pixels).unwrap()
    })
}

impl Bench {
    fn assess(&mut self, name: &str, crops: usize, starts: usize) -> Vec<Assessment> {
        let one =
            self.footage.iter().find(|f| f.name == name).expect("named in the manifest").clone();
        let frames = footage::decode(&one.path).unwrap();
        let cut = self.cutter.cut_all(&frames).unwrap();
        one.sampling(cut.len(), crops, starts)
            .into_iter()
            .map(|indices| {
                let face = |i: usize| cut[i].clone().expect("a face in every frame");
                let crops = indices.into_iter().map(face).collect();
                self.verifier.assess(&Clip::new(crops, None, Some(10.0)).unwrap()).unwrap()
            })
            .collect()
    }
}

#[test]
fn the_default_camera_is_live_from_any_start() {
    let Some(mut bench) = bench() else { return };
    for (crops, starts) in [(30, 6), (10, 6)] {
        let assessed = bench.assess("live_man_hoodie (camera)", crops, starts);
        assert_eq!(assessed.len(), starts);
        for a in assessed {
            assert!(
                a.verdict == Verdict::Live && a.score > 80.0 && a.warning.is_none(),
                "{crops}: {a:#?}"
            );
        }
    }
}

#[test]
fn the_simulated_attacks_are_fake() {
    let Some(mut bench) = bench() else { return };
    for name in ["attack_print_simulated", "attack_replay_simulated_soft"] {
        let assessed = bench.assess(name, 30, 3);
        assert!(!assessed.is_empty(), "{name}");
        for a in assessed {
            assert_eq!(a.verdict, Verdict::Fake, "{name}: {a:#?}");
        }
    }
}

/// As a browser shows a phone's file that says how it is to be turned, if the browser does not know of that.
#[test]
fn a_lying_face_is_told_from_an_upright_one() {
    let Some(Bench { footage, mut cutter, mut detector, .. }) = bench() else { return };
    let alone: Vec<_> = footage.iter().filter(|f| !f.still && f.alone && !f.camera).collect();
    let live = alone.iter().filter(|one| one.class == Class::Live).count();
    assert!(live >= 3, "{live} clips of live people");
    for one in alone {
        let frames = footage::decode(&one.path).unwrap();
        let spread: Vec<_> = (0..10).map(|k| frames[k * frames.len() / 10].clone()).collect();
        let crops: Vec<_> = cutter.cut_all(&spread).unwrap().into_iter().flatten().collect();
        let mut lies = |quarters| {
            let crops = crops.iter().map(|crop| turned(crop, quarters)).collect();
            let clip = Clip::new(crops, None, Some(10.0)).unwrap();
            Faces::find(&clip, detector.as_mut(), &Cancel::default()).unwrap().lie()
        };
        assert!(!lies(0), "{}", one.name);
        // The dark one is refused for its darkness.
        if one.class == Class::Live {
            assert!((1..4).all(&mut lies), "{}", one.name);
        }
    }
}

#[test]
fn darkness_allows_no_verdict() {
    let Some(mut bench) = bench() else { return };
    let assessed = bench.assess("dark", 10, 2);
    assert!(!assessed.is_empty());
    for a in assessed {
        assert_eq!(a.verdict, Verdict::Inconclusive, "{a:#?}");
    }
}
