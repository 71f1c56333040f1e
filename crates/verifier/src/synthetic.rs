//! Drawn clips for tests: a textured plane, and in front of it a head that may move on its own.

use crate::clip::Clip;
use crate::png_crop::{RgbCrop, SIDE};

/// What is drawn.
#[derive(Debug, Clone, Copy)]
pub struct Scene {
    /// Motion of everything, pixels per frame (a tremor: it swings to and fro).
    pub tremor: f64,
    /// Motion of the head against the rest, amplitude in pixels.
    pub head: f64,
    /// Motion of the mouth against the head, amplitude in pixels.
    pub mouth: f64,
    /// Noise, standard deviation in levels.
    pub noise: f64,
    /// A regular pattern over everything, amplitude in levels.
    pub grid: f64,
    /// Bands that wander from frame to frame, amplitude in per cent.
    pub bands: f64,
    /// Brightness that jumps from frame to frame, amplitude in per cent.
    pub flicker: f64,
    /// A dark frame around the head.
    pub bezel: bool,
    /// Share of the head's height that is burnt out from the top.
    pub glare: f64,
    /// Factor on the contrast.
    pub contrast: f64,
    /// Heartbeat, amplitude in levels of green, at 1.2 Hz and 10 frames a second.
    pub pulse: f64,
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            tremor: 2.0,
            head: 0.0,
            mouth: 0.0,
            noise: 1.0,
            grid: 0.0,
            bands: 0.0,
            flicker: 0.0,
            bezel: false,
            glare: 0.0,
            contrast: 1.0,
            pulse: 0.0,
        }
    }
}

/// A fixed sequence of numbers in -1..1.
pub fn hash(seed: u64) -> f64 {
    let mut z = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
}

fn texture(x: f64, y: f64, seed: f64) -> f64 {
    let wave = |fx: f64, fy: f64, p: f64| (x * fx + y * fy + p * seed).sin();
    128.0
        + 22.0 * wave(0.23, 0.11, 1.0)
        + 22.0 * wave(-0.13, 0.27, 2.0)
        + 16.0 * wave(0.37, -0.31, 3.0)
        + 14.0 * wave(0.05, 0.07, 5.0)
}

/// Draws it.
pub fn clip_of(scene: &Scene, frames: usize) -> Clip {
    let crops = (0..frames).map(|i| draw(scene, i)).collect();
    Clip::new(crops, None, Some(10.0)).unwrap()
}

fn draw(scene: &Scene, frame: usize) -> RgbCrop {
    let t = frame as f64;
    let shift = [scene.tremor * (t * 0.9).sin(), scene.tremor * (t * 1.3).cos()];
    let head = [scene.head * (t * 0.6).sin(), 0.4 * scene.head * (t * 0.5).cos()];
    let mouth = scene.mouth * (t * 0.8).sin();
    let jump = 1.0 + scene.flicker / 100.0 * if frame.is_multiple_of(2) { 1.0 } else { -1.0 };
    let mut pixels = Vec::with_capacity(SIDE * SIDE * 3);
    for (y, x) in (0..SIDE).flat_map(|y| (0..SIDE).map(move |x| (y, x))) {
        let (px, py) = (x as f64 - shift[0], y as f64 - shift[1]);
        let (hx, hy) = (px - head[0] - 112.0, py - head[1] - 105.0);
        let in_head = (hx / 42.0).powi(2) + (hy / 55.0).powi(2) < 1.0;
        let mut v = if in_head {
            let in_mouth = hx.abs() < 20.0 && (18.0..42.0).contains(&hy);
            texture(hx, hy + if in_mouth { mouth } else { 0.0 }, 7.0)
        } else {
            texture(px, py, 1.0)
        };
        let (fx, fy) = (px - 112.0, py - 112.0);
        if scene.bezel && (fx.abs().max(fy.abs()) > 88.0) {
            v = 8.0;
        }
        v = 128.0 + scene.contrast * (v - 128.0);
        if in_head && hy < -55.0 + 110.0 * scene.glare {
            v = 255.0;
        }
        v += scene.grid * (1.7 * x as f64 + 1.1 * y as f64).sin();
        v *= jump * (1.0 + scene.bands / 100.0 * (0.2 * y as f64 + 1.9 * t).sin());
        let beat = scene.pulse * (std::f64::consts::TAU * 1.2 * t / 10.0).sin();
        for (channel, add) in [0.0, beat, 0.0].into_iter().enumerate() {
            let seed = (((frame * SIDE + y) * SIDE + x) * 3 + channel) as u64;
            // The sum of three uniform distributions is near enough to a normal one.
            let noise = scene.noise * (hash(3 * seed) + hash(3 * seed + 1) + hash(3 * seed + 2));
            pixels.push((v + noise + add).round().clamp(0.0, 255.0) as u8);
        }
    }
    RgbCrop::from_rgb(pixels).unwrap()
}
