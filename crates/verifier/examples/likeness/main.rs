//! How well a recording that was touched is told from another one of the same person, by `likeness`.
//!
//! `cargo run -p liveness-verifier --example likeness`
//!
//! Checks of ten crops, ten a second, of every clip of the footage, cut as the browser does it. Each is compared, as the gateway
//! does it, with itself changed, with one of the same clip that began later, and with those of other people.

#[path = "../eval/cutter.rs"]
mod cutter;
#[path = "../eval/footage.rs"]
#[allow(dead_code)]
mod footage;
mod touched;

use std::collections::BTreeSet;
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::path::PathBuf;

use cutter::Cutter;
use footage::{Class, Footage};
use liveness_verifier::likeness::{Band, bands};
use liveness_verifier::png_crop::SIDE;

/// As the gateway does it: bands of a check that are compared, and of these how many make it look like another.
const SAMPLE: usize = 8;
const ENOUGH: usize = 5;
/// Crops of a check, and frames from one to the next.
const CROPS: usize = 10;
const STRIDE: usize = 3;
/// Frames from one check to the next.
const NEXT: usize = 2;

/// Clips that are played forwards and then backwards: their second half is the first one again, in another encoding.
const THERE_AND_BACK: [&str; 4] = ["live_man_hoodie", "offcentre_tilted", "far_small_face", "dark"];
/// Clips whose frames come twice or more, or go round after so many: not other pictures of the same person.
const REPEATS: [&str; 3] = ["head_turn_woman_12fps", "two_faces", "live_woman_occluded"];

struct Clip {
    one: Footage,
    /// Each frame's bands; None where there is no face.
    bands: Vec<Option<Vec<Band>>>,
    crops: Vec<Option<Vec<u8>>>,
}

type Sample = BTreeSet<(u64, Band)>;

/// The bands by which a check is known again: some, always the same ones.
fn sample<'a>(pictures: impl IntoIterator<Item = &'a Vec<Band>>) -> Sample {
    let hashed = |band: &Band| {
        let mut hasher = DefaultHasher::new();
        (band.number, band.bits).hash(&mut hasher);
        (hasher.finish(), *band)
    };
    let all: Sample = pictures.into_iter().flatten().map(hashed).collect();
    all.into_iter().take(SAMPLE).collect()
}

impl Clip {
    /// The check that begins at this frame, if there is a face in all of its frames.
    fn check(&self, start: usize) -> Option<Sample> {
        let at = (0..CROPS).map(|index| self.bands.get(start + STRIDE * index)?.as_ref());
        at.collect::<Option<Vec<_>>>().map(sample)
    }

    fn checks(&self) -> Vec<Sample> {
        (0..self.bands.len()).step_by(NEXT).filter_map(|start| self.check(start)).collect()
    }
}

/// What comes of many comparisons.
#[derive(Default)]
struct Count {
    known: Vec<usize>,
    alike: usize,
}

impl Count {
    fn add(&mut self, one: &Sample, other: &Sample) {
        let known = one.intersection(other).count();
        self.known.push(known);
        self.alike += usize::from(one.len() == SAMPLE && known >= ENOUGH);
    }

    fn print(mut self, name: &str) {
        self.known.sort_unstable();
        let part = |tenths: usize| self.known[(self.known.len() - 1) * tenths / 10];
        let count = self.known.len();
        let share = 100.0 * self.alike as f64 / count as f64;
        println!(
            "| {name} | {count} | {} / {} / {} | {} | {share:.1} % |",
            part(1),
            part(5),
            part(9),
            self.alike
        );
    }
}

fn main() -> Result<(), String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let model = root.join("target/models/blazeface_short_range.bin");
    let blob = std::fs::read(&model)
        .map_err(|error| format!("{}: {error}; `cargo xtask models` makes it", model.display()))?;
    let detector =
        face_vision::BlazeFace::from_weights(&blob).map_err(|error| error.to_string())?;
    let mut cutter = Cutter::new(Box::new(detector));
    let mut clips = Vec::new();
    for one in footage::list(&root.join("../shared/testdata"))? {
        if one.still || one.camera {
            continue;
        }
        let cut = cutter.cut_all(&footage::decode(&one.path)?)?;
        let crops: Vec<Option<Vec<u8>>> =
            cut.into_iter().map(|crop| crop.map(|crop| crop.pixels().to_vec())).collect();
        let bands = crops.iter().map(|crop| crop.as_ref().map(|crop| bands(crop, SIDE))).collect();
        clips.push(Clip { one, bands, crops });
    }
    println!(
        "| a check, and | pairs | bands of {SAMPLE} in both: 10 % / middle / 90 % | alike | |"
    );
    println!("|---|---|---|---|---|");
    for way in touched::WAYS {
        let mut count = Count::default();
        for clip in clips.iter().filter(|clip| clip.one.class != Class::Attack) {
            let there: Vec<Vec<u8>> = clip.crops.iter().flatten().cloned().collect();
            let mut changed = way.change(&there)?.into_iter().map(|crop| bands(&crop, SIDE));
            let touched = Clip {
                one: clip.one.clone(),
                bands: clip
                    .crops
                    .iter()
                    .map(|crop| crop.as_ref().and_then(|_| changed.next()))
                    .collect(),
                crops: Vec::new(),
            };
            clip.checks()
                .iter()
                .zip(touched.checks())
                .for_each(|(one, other)| count.add(one, &other));
        }
        count.print(way.name);
    }
    for later in [4, 16, 31, 46, 61, 91, 121] {
        let mut count = Count::default();
        let people = clips.iter().filter(|clip| clip.one.class != Class::Attack);
        for clip in people.filter(|clip| !REPEATS.contains(&clip.one.name.as_str())) {
            let whole = clip.bands.len();
            let there = THERE_AND_BACK.contains(&clip.one.name.as_str());
            let last =
                if there { whole / 2 } else { whole }.saturating_sub(later + STRIDE * (CROPS - 1));
            for start in (0..last).step_by(NEXT) {
                if let (Some(one), Some(other)) = (clip.check(start), clip.check(start + later)) {
                    count.add(&one, &other);
                }
            }
        }
        count.print(&format!("one that began {:.1} s later", later as f64 / 30.0));
    }
    let mut count = Count::default();
    for (at, one) in clips.iter().enumerate() {
        for other in clips[..at].iter().filter(|other| other.one.source != one.one.source) {
            for check in one.checks() {
                other.checks().iter().for_each(|other| count.add(&check, other));
            }
        }
    }
    count.print("one of somebody else");
    Ok(())
}
