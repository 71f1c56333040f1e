//! Inputs for parsers: valid ones, changed a little at a time. Those that lead to an outcome which has not been seen are
//! changed further.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use fastrand::Rng;

/// How long each parser has without `LIVENESS_FUZZ_SECONDS`, and how many inputs at least, on however slow a machine.
const SHORT: Duration = Duration::from_millis(150);
const LEAST: usize = 200;
/// The longest input.
const MAX_LENGTH: usize = 256 * 1024;
/// How many inputs are kept to go on from.
const MAX_KEPT: usize = 2000;
/// Bytes and words at which parsers decide something.
const TELLING: [&[u8]; 24] = [
    b"",
    b"\0",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\"",
    b"\\",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"null",
    b"-1",
    b"1e999",
    b"4294967296",
    b"\\ud800",
    b"*",
    b"/",
    b"-",
    b".",
    b"\xff\xd8\xff",
    b"\0\0\0\rIHDR",
];

/// What is put right again in every other input, since all else would be refused at its door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixed {
    /// Nothing.
    Nothing,
    /// The checksums of a PNG's chunks.
    PngSums,
}

/// One parser's run.
pub struct Fuzz {
    kept: Vec<Vec<u8>>,
    fixed: Fixed,
    rng: Rng,
}

impl Fuzz {
    /// Starts from these.
    pub fn from_seeds<T: Into<Vec<u8>>>(seeds: impl IntoIterator<Item = T>) -> Self {
        // The same inputs each time, so that what one change has broken is not found in another's run.
        let seed = std::env::var("LIVENESS_FUZZ_SEED").ok().and_then(|seed| seed.parse().ok());
        let rng = Rng::with_seed(seed.unwrap_or(0));
        Self { kept: seeds.into_iter().map(Into::into).collect(), fixed: Fixed::Nothing, rng }
    }

    /// Puts something right again in every other input.
    pub fn repaired(self, fixed: Fixed) -> Self {
        Self { fixed, ..self }
    }

    /// Gives `parse` one input after the other; it returns a word for what came of it. The first seed is one that is `taken`, in
    /// these words: a parser that refuses everything has nothing to show.
    pub fn run(mut self, name: &str, taken: &str, parse: impl Fn(&[u8]) -> String) {
        let seed = self.rng.get_seed();
        let seconds = std::env::var("LIVENESS_FUZZ_SECONDS").ok().and_then(|s| s.parse().ok());
        let time = seconds.map_or(SHORT, Duration::from_secs);
        let first = checked(name, seed, &self.kept[0], &parse);
        assert!(first.contains(taken), "{name}: the first seed comes to {first:?}");
        let mut outcomes: HashSet<String> =
            self.kept.iter().map(|input| checked(name, seed, input, &parse)).collect();
        let mut runs = 0;
        let began = Instant::now();
        while runs < LEAST || began.elapsed() < time {
            let input = self.next();
            runs += 1;
            if outcomes.insert(checked(name, seed, &input, &parse)) && self.kept.len() < MAX_KEPT {
                self.kept.push(input);
            }
        }
        println!("{name}: {runs} inputs, {} outcomes, {:?}", outcomes.len(), began.elapsed());
    }

    fn next(&mut self) -> Vec<u8> {
        let mut input = self.kept[self.rng.usize(..self.kept.len())].clone();
        for _ in 0..self.rng.usize(1..=6) {
            self.change(&mut input);
        }
        input.truncate(MAX_LENGTH);
        if self.fixed == Fixed::PngSums && self.rng.bool() {
            repair_sums(&mut input);
        }
        input
    }

    fn change(&mut self, input: &mut Vec<u8>) {
        let at = self.rng.usize(..=input.len());
        let end = (at + self.rng.usize(..=16)).min(input.len());
        match self.rng.u8(..8) {
            0 if at < input.len() => input[at] ^= 1 << self.rng.u8(..8),
            1 if at < input.len() => input[at] = self.rng.u8(..),
            2 => drop(input.drain(at..end)),
            3 => {
                let again = input[at..end].to_vec();
                input.splice(at..at, again);
            }
            4 => drop(input.splice(at..end, TELLING[self.rng.usize(..TELLING.len())].to_vec())),
            5 => {
                let other = &self.kept[self.rng.usize(..self.kept.len())];
                let from = self.rng.usize(..=other.len());
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            6 if self.rng.u8(..8) == 0 => input.truncate(at),
            // Near the beginning, where heads are.
            _ if !input.is_empty() => {
                let at = self.rng.usize(..input.len().min(64));
                input[at] = self.rng.u8(..);
            }
            _ => input.push(self.rng.u8(..)),
        }
    }
}

/// What came of an input; one that breaks the parser is shown.
fn checked(name: &str, seed: u64, input: &[u8], parse: &impl Fn(&[u8]) -> String) -> String {
    catch_unwind(AssertUnwindSafe(|| parse(input))).unwrap_or_else(|_| {
        let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.input"));
        std::fs::write(&file, input).unwrap();
        panic!("{name}, LIVENESS_FUZZ_SEED={seed}: see {}", file.display())
    })
}

/// Writes the right sum behind each chunk, as far as the lengths lead.
fn repair_sums(png: &mut [u8]) {
    let mut at = 8;
    while let Some(head) = png.get(at..at + 8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let Some(end) = length.checked_add(at + 8).filter(|end| end + 4 <= png.len()) else {
            return;
        };
        let sum = crc32fast::hash(&png[at + 4..end]);
        png[end..end + 4].copy_from_slice(&sum.to_be_bytes());
        at = end + 4;
    }
}
