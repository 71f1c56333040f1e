//! Attacks made from the footage by drawing: more sources than the two simulated clips there are.
//!
//! - `+still`: one picture held up to the camera, filling its view: hand tremor in translation, turn, size
//!   and perspective, and sensor noise. No border, no printing dots: only its flatness gives it away.
//! - `+frozen`: one picture fed in, unmoved, as a virtual camera would.
//! - `+screen`: the clip replayed on a screen: pixel grid, bezel, raised black, bands, tremor, noise.
//! - `+clean screen`: the same without grid, bezel and bands: a fine screen that fills the view. No
//!   signal here can recognise it; it is listed to show that, and not fitted.

use crate::footage::{Class, Footage, HEIGHT, WIDTH};

const FRAMES: usize = 90;

/// The attacks of one piece of footage.
pub fn made_from(one: &Footage, frames: &[Vec<u8>]) -> Vec<(Footage, Vec<Vec<u8>>)> {
    if one.camera || !one.alone || frames.is_empty() || (one.class == Class::Attack && !one.still) {
        return Vec::new();
    }
    let attack = |kind: &str, fitted| Footage {
        name: format!("{}+{kind}", one.name),
        class: Class::Attack,
        camera: false,
        fitted,
        ..one.clone()
    };
    let picture = &frames[frames.len() / 2];
    let still = |noise, plane: fn(usize) -> Hand| -> Vec<Vec<u8>> {
        (0..FRAMES)
            .map(|i| Shot { hand: plane(i), noise, ..Shot::plain(i) }.take(picture))
            .collect()
    };
    let mut made = vec![(attack("still", true), still(2.0, Hand::tremor))];
    if one.class == Class::Live {
        let replay = |screen: bool| -> Vec<Vec<u8>> {
            let shot = |i| Shot {
                hand: Hand::tremor(i).scaled(0.25),
                noise: 2.0,
                screen,
                ..Shot::plain(i)
            };
            frames.iter().take(FRAMES).enumerate().map(|(i, frame)| shot(i).take(frame)).collect()
        };
        made.push((attack("frozen", true), vec![picture.clone(); FRAMES]));
        made.push((attack("screen", true), replay(true)));
        made.push((attack("clean screen", false), replay(false)));
    }
    made
}

/// How the picture is held: from the camera's pixel to the picture's.
#[derive(Clone, Copy)]
struct Hand {
    shift: [f64; 2],
    turn: f64,
    size: f64,
    tilt: [f64; 2],
}

impl Hand {
    fn tremor(frame: usize) -> Self {
        let t = frame as f64 / 30.0;
        let swing = |hz: f64, phase: f64| (std::f64::consts::TAU * hz * t + phase).sin();
        Self {
            shift: [
                7.0 * swing(0.45, 0.0) + 1.5 * swing(2.3, 1.0),
                5.0 * swing(0.6, 2.0) + 1.5 * swing(3.1, 0.5),
            ],
            turn: 0.02 * swing(0.5, 1.5),
            size: 0.015 * swing(0.35, 0.7),
            tilt: [0.05 * swing(0.4, 0.2), 0.04 * swing(0.55, 2.5)],
        }
    }

    fn scaled(self, by: f64) -> Self {
        Self {
            shift: self.shift.map(|v| v * by),
            turn: self.turn * by,
            size: self.size * by,
            tilt: self.tilt.map(|v| v * by),
        }
    }

    fn place(&self, x: f64, y: f64) -> [f64; 2] {
        let (w, h) = (WIDTH as f64 / 2.0, HEIGHT as f64 / 2.0);
        let (u, v) = ((x - w) / h, (y - h) / h);
        let depth = 1.0 + self.tilt[0] * u + self.tilt[1] * v;
        let (u, v) = (u / depth * (1.0 + self.size), v / depth * (1.0 + self.size));
        let (u, v) = (u - self.turn * v, v + self.turn * u);
        [w + h * u + self.shift[0], h + h * v + self.shift[1]]
    }
}

struct Shot {
    frame: usize,
    hand: Hand,
    noise: f64,
    screen: bool,
}

impl Shot {
    fn plain(frame: usize) -> Self {
        Self { frame, hand: Hand::tremor(0).scaled(0.0), noise: 0.0, screen: false }
    }

    fn take(&self, picture: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(picture.len());
        for y in 0..HEIGHT {
            let band = if self.screen {
                1.0 + 0.025 * (0.045 * y as f64 + 1.7 * self.frame as f64).sin()
            } else {
                1.0
            };
            for x in 0..WIDTH {
                let rgb = if self.screen {
                    self.on_screen(picture, x, y)
                } else {
                    self.plainly(picture, x, y)
                };
                let seed = ((self.frame * HEIGHT + y) * WIDTH + x) as u64;
                for (c, value) in rgb.into_iter().enumerate() {
                    out.push(
                        (value * band + self.noise * normal(3 * seed + c as u64))
                            .round()
                            .clamp(0.0, 255.0) as u8,
                    );
                }
            }
        }
        out
    }

    fn plainly(&self, picture: &[u8], x: usize, y: usize) -> [f64; 3] {
        let [u, v] = self.hand.place(x as f64, y as f64);
        sample(picture, u, v)
    }

    /// The screen stands a little away, so that its bezel is seen; each camera pixel gathers 3x3 points.
    fn on_screen(&self, picture: &[u8], x: usize, y: usize) -> [f64; 3] {
        const PITCH: f64 = 1.3;
        let mut sum = [0.0; 3];
        for (dx, dy) in
            [-0.33, 0.0, 0.33].iter().flat_map(|&dy| [-0.33, 0.0, 0.33].map(|dx| (dx, dy)))
        {
            let [u, v] = self.hand.place(x as f64 + dx, y as f64 + dy);
            let (u, v) = ((u - 320.0) * 1.15 + 320.0, (v - 240.0) * 1.15 + 240.0);
            if !(0.0..WIDTH as f64).contains(&u) || !(0.0..HEIGHT as f64).contains(&v) {
                sum.iter_mut().for_each(|s| *s += 14.0);
                continue;
            }
            let row = 0.85 + 0.15 * (std::f64::consts::TAU * v / PITCH).cos();
            for (c, value) in sample(picture, u, v).into_iter().enumerate() {
                let stripe =
                    0.6 + 0.4 * (std::f64::consts::TAU * (u / PITCH + c as f64 / 3.0)).cos();
                sum[c] += 18.0 + 1.35 * value * row * stripe;
            }
        }
        sum.map(|s| s / 9.0)
    }
}

fn sample(picture: &[u8], x: f64, y: f64) -> [f64; 3] {
    let (x, y) = (x.clamp(0.0, (WIDTH - 1) as f64), y.clamp(0.0, (HEIGHT - 1) as f64));
    let (x0, y0) = ((x as usize).min(WIDTH - 2), (y as usize).min(HEIGHT - 2));
    let (fx, fy) = (x - x0 as f64, y - y0 as f64);
    std::array::from_fn(|c| {
        let at = |x: usize, y: usize| f64::from(picture[(y * WIDTH + x) * 3 + c]);
        let top = at(x0, y0) * (1.0 - fx) + at(x0 + 1, y0) * fx;
        let below = at(x0, y0 + 1) * (1.0 - fx) + at(x0 + 1, y0 + 1) * fx;
        top * (1.0 - fy) + below * fy
    })
}

/// A fixed sequence, nearly normal: the sum of four uniform numbers, scaled to a deviation of 1.
fn normal(seed: u64) -> f64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15).wrapping_add(0x632B_E59B_D9B4_E019);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^= z >> 31;
    let sum: f64 = (0..4).map(|k| f64::from((z >> (16 * k)) as u16) / 65535.0).sum();
    (sum - 2.0) * 3f64.sqrt()
}
