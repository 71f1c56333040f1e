//! Each signal on a drawn clip with what it looks for, and on one without.

use super::*;
use crate::area::CENTRAL_FACE;
use crate::cancel::Cancel;
use crate::clip::Clip;
use crate::prepared::Prepared;
use crate::synthetic::{Scene, clip_of};

fn prepared(clip: &Clip) -> Prepared<'_> {
    Prepared::new(clip, &Cancel::default(), 2).unwrap().with_face(CENTRAL_FACE)
}

fn value(signal: Signal, scene: Scene, frames: usize) -> f64 {
    let clip = clip_of(&scene, frames);
    let reading = signal(&prepared(&clip));
    reading.value.unwrap_or_else(|| panic!("{}: {}", reading.name, reading.evidence))
}

fn at_rest() -> Scene {
    Scene::default()
}

#[test]
fn planarity_tells_a_head_from_a_plane() {
    let plane = value(planarity::read, Scene { tremor: 4.0, ..at_rest() }, 30);
    let head = value(planarity::read, Scene { head: 4.0, ..at_rest() }, 30);
    assert!(plane < 0.3, "{plane}");
    assert!(head > 3.0 * plane && head > 0.7, "{head}");
}

#[test]
fn parallax_measures_the_heads_motion_whatever_the_tremor() {
    let still = value(parallax::read, Scene { tremor: 4.0, ..at_rest() }, 30);
    let moving = value(parallax::read, Scene { tremor: 4.0, head: 4.0, ..at_rest() }, 30);
    assert!(still < 0.4, "{still}");
    assert!(moving > 2.0, "{moving}");
}

#[test]
fn non_rigid_sees_a_mouth_but_no_tremor() {
    let still = value(non_rigid::read, Scene { tremor: 4.0, ..at_rest() }, 30);
    let speaking = value(non_rigid::read, Scene { mouth: 2.0, ..at_rest() }, 30);
    assert!(still < 0.6, "{still}");
    assert!(speaking > 3.0 * still && speaking > 1.0, "{speaking}");
}

#[test]
fn non_rigid_is_not_fooled_by_noise() {
    let noisy = value(non_rigid::read, Scene { noise: 5.0, ..at_rest() }, 30);
    assert!(noisy < 1.0, "{noisy}");
}

#[test]
fn duplicates_counts_what_repeats() {
    let scene = Scene { tremor: 0.0, noise: 0.0, ..at_rest() };
    assert_eq!(value(duplicates::read, scene, 12), 1.0);
    assert_eq!(value(duplicates::read, Scene { noise: 1.0, ..scene }, 12), 0.0);
    assert_eq!(value(duplicates::read, at_rest(), 12), 0.0);
    // Near, not exact: one level here and there.
    let near = clip_of(&Scene { noise: 0.08, ..scene }, 12);
    let exact = near.frames().windows(2).filter(|w| w[0] == w[1]).count();
    let reading = duplicates::read(&prepared(&near));
    assert!(exact == 0 && reading.value == Some(1.0), "{exact} {reading:?}");
}

#[test]
fn noise_measures_the_sensor() {
    // The drawn noise's standard deviation is its amplitude.
    let scene = Scene { tremor: 0.0, contrast: 0.1, ..at_rest() };
    for amplitude in [1.0, 3.0] {
        let measured = value(noise::read, Scene { noise: amplitude, contrast: 0.25, ..scene }, 12);
        assert!((0.6..1.5).contains(&(measured / amplitude)), "{amplitude}: {measured}");
    }
}

#[test]
fn moire_sees_a_regular_pattern() {
    let without = value(moire::read, Scene { noise: 2.0, ..at_rest() }, 12);
    let with = value(moire::read, Scene { noise: 2.0, grid: 4.0, ..at_rest() }, 12);
    assert!(with > without + 0.8, "{without} {with}");
}

#[test]
fn frame_edges_sees_a_bezel() {
    let scene = Scene { contrast: 0.3, ..at_rest() };
    let without = value(frame_edges::read, scene, 12);
    let with = value(frame_edges::read, Scene { bezel: true, ..scene }, 12);
    assert!(with > 0.7 && without < 0.3, "{without} {with}");
}

#[test]
fn banding_measures_wandering_rows() {
    let scene = Scene { tremor: 0.5, contrast: 0.25, ..at_rest() };
    let without = value(banding::read, scene, 12);
    let with = value(banding::read, Scene { bands: 3.0, ..scene }, 12);
    assert!(without < 0.4 && with > 1.5, "{without} {with}");
}

#[test]
fn flicker_measures_jumps() {
    let without = value(flicker::read, Scene { tremor: 0.2, ..at_rest() }, 12);
    let with = value(flicker::read, Scene { tremor: 0.2, flicker: 5.0, ..at_rest() }, 12);
    assert!(without < 1.5 && with > 4.0, "{without} {with}");
}

#[test]
fn glare_measures_what_is_burnt_out() {
    assert!(value(glare::read, at_rest(), 12) < 0.5);
    let burnt = value(glare::read, Scene { glare: 0.3, ..at_rest() }, 12);
    assert!((8.0..40.0).contains(&burnt), "{burnt}");
}

#[test]
fn colour_range_measures_contrast() {
    let full = value(colour::read, at_rest(), 12);
    let half = value(colour::read, Scene { contrast: 0.5, ..at_rest() }, 12);
    assert!((0.4..0.6).contains(&(half / full)), "{full} {half}");
}

#[test]
fn sharpness_rises_with_fine_detail() {
    let smooth = value(sharpness::read, Scene { noise: 0.0, ..at_rest() }, 12);
    let fine = value(sharpness::read, Scene { noise: 20.0, ..at_rest() }, 12);
    assert!(fine > smooth + 3.0, "{smooth} {fine}");
}

#[test]
fn pulse_needs_time_and_finds_the_rate() {
    let scene = Scene { tremor: 0.0, contrast: 0.3, pulse: 4.0, ..at_rest() };
    let beating = value(pulse::read, scene, 40);
    let dead = value(pulse::read, Scene { pulse: 0.0, ..scene }, 40);
    assert!(beating > 0.8 && dead < 0.6, "{beating} {dead}");
    let clip = clip_of(&scene, 40);
    let reading = pulse::read(&prepared(&clip));
    let rate: u32 = reading.evidence.split(' ').find_map(|word| word.parse().ok()).unwrap();
    assert!((66..=78).contains(&rate), "{}", reading.evidence);
    let short = clip_of(&scene, 12);
    assert_eq!(pulse::read(&prepared(&short)).value, None);
}

#[test]
fn names_match_the_models_meanings() {
    let clip = clip_of(&at_rest(), 10);
    let prepared = prepared(&clip);
    for (signal, meaning) in ALL.iter().zip(crate::model::MEANINGS) {
        assert_eq!(signal(&prepared).name, meaning.name);
    }
}
