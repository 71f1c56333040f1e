//! Ways to change crops so that no pixel's hash is the same.

use std::io::Write as _;
use std::process::{Command, Stdio};

use liveness_verifier::png_crop::CROP_BYTES;

/// A way.
pub struct Way {
    /// What it is called.
    pub name: &'static str,
    how: How,
}

enum How {
    /// So many pixels in a thousand get a random colour; one at least.
    Pixels(usize),
    /// Each level goes up or down at random, by this at most.
    Noise(u64),
    /// All levels go up by one.
    Brighter,
    /// ffmpeg's options of a codec, the container, and the filter behind the decoder.
    Encoded(&'static [&'static str], &'static str, &'static str),
}

/// All of them.
pub const WAYS: [Way; 8] = [
    Way { name: "itself, a pixel of each crop changed", how: How::Pixels(0) },
    Way { name: "itself, 1 % of the pixels of a random colour", how: How::Pixels(10) },
    Way { name: "itself, a level brighter", how: How::Brighter },
    Way { name: "itself, with noise of 3 levels", how: How::Noise(3) },
    Way {
        name: "itself, scaled to 223 pixels and back",
        how: How::Encoded(
            &["-vf", "scale=223:223", "-c:v", "ffv1", "-pix_fmt", "gbrp"],
            "matroska",
            "scale=224:224",
        ),
    },
    Way {
        name: "itself as JPEG (ffmpeg's quality 2, the best)",
        how: How::Encoded(&["-c:v", "mjpeg", "-q:v", "2"], "mjpeg", "null"),
    },
    Way {
        name: "itself as JPEG (quality 5)",
        how: How::Encoded(&["-c:v", "mjpeg", "-q:v", "5"], "mjpeg", "null"),
    },
    Way {
        name: "itself as H.264 (x264, crf 20)",
        how: How::Encoded(
            &["-c:v", "libx264", "-crf", "20", "-pix_fmt", "yuv420p"],
            "matroska",
            "null",
        ),
    },
];

impl Way {
    /// The crops, changed.
    pub fn change(&self, crops: &[Vec<u8>]) -> Result<Vec<Vec<u8>>, String> {
        let mut random = Random(77);
        let each = |change: &mut dyn FnMut(&mut Vec<u8>)| {
            let mut crops = crops.to_vec();
            crops.iter_mut().for_each(change);
            crops
        };
        Ok(match self.how {
            How::Pixels(thousandth) => each(&mut |crop| {
                for _ in 0..(thousandth * CROP_BYTES / 3000).max(1) {
                    let at = random.below(CROP_BYTES as u64 / 3) as usize;
                    crop[3 * at..3 * at + 3].fill_with(|| random.below(256) as u8);
                }
            }),
            How::Noise(most) => each(&mut |crop| {
                for level in crop {
                    let moved = u64::from(*level) + random.below(2 * most + 1);
                    *level = moved.saturating_sub(most).min(255) as u8;
                }
            }),
            How::Brighter => each(&mut |crop| {
                crop.iter_mut().for_each(|level| *level = level.saturating_add(1));
            }),
            How::Encoded(codec, container, back) => encoded(crops, codec, container, back)?,
        })
    }
}

/// xorshift: the same numbers each time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

fn encoded(
    crops: &[Vec<u8>],
    codec: &[&str],
    container: &str,
    back: &str,
) -> Result<Vec<Vec<u8>>, String> {
    const RAW: [&str; 6] = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", "224x224"];
    let there = [&RAW[..], &["-i", "-"], codec, &["-f", container, "-"]].concat();
    let file = ffmpeg(&there, crops.concat())?;
    let back = ["-f", container, "-i", "-", "-vf", back];
    let pixels = ffmpeg(&[&back[..], &RAW[..4], &["-vsync", "0", "-"]].concat(), file)?;
    let out: Vec<Vec<u8>> = pixels.chunks_exact(CROP_BYTES).map(<[u8]>::to_vec).collect();
    if out.len() == crops.len() { Ok(out) } else { Err("ffmpeg lost crops".to_owned()) }
}

fn ffmpeg(arguments: &[&str], input: Vec<u8>) -> Result<Vec<u8>, String> {
    let failed = |error: std::io::Error| format!("ffmpeg: {error}");
    let mut child = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut stdin = child.stdin.take().ok_or("ffmpeg has no input")?;
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().map_err(failed)?;
    writer.join().map_err(|_| "the writer has panicked")?.map_err(failed)?;
    if output.status.success() { Ok(output.stdout) } else { Err("ffmpeg failed".to_owned()) }
}
