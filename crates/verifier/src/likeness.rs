//! What a picture shares with itself after it was changed a little: encoded anew, brightened, with some pixels painted over.
//!
//! A difference hash (Neal Krawetz, "Kind of Like That", 2013): of a grid of block means, where it grows darker from left to
//! right; here by some levels of grey at least, since where nothing changes noise alone would decide. Its bits are compared in bands,
//! of which one at least is the same where fewer bits differ than there are bands. How well that tells a recording that was
//! touched from another of the same person is measured by the example `likeness`.

/// Blocks are compared with their right neighbour, so many in a row and in a column.
const GRID: usize = 16;
/// Bands of a picture.
pub const BANDS: usize = 4;
/// By how much a block has to be lighter than the next, in levels of grey.
const STEP: u64 = 4;
/// Parts of a level in which means are counted.
const PARTS: u64 = 16;
/// How many such steps a band needs to say something: plain pictures are all alike.
const LEAST_STEPS: u32 = 8;

/// Every fourth bit of a picture's 256, from all over it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Band {
    /// Which, 0 to 3.
    pub number: u8,
    /// Its bits, row by row.
    pub bits: u64,
}

/// The bands of a picture, RGB, rows from the top: [`BANDS`], without those that are too plain to say anything.
pub fn bands(pixels: &[u8], width: usize) -> Vec<Band> {
    let height = pixels.len() / (3 * width.max(1));
    if width <= GRID || height < GRID {
        return Vec::new();
    }
    let mut bits = [0u64; BANDS];
    for row in 0..GRID {
        let rows = row * height / GRID..(row + 1) * height / GRID;
        let block = |column: usize| {
            let columns = column * width / (GRID + 1)..(column + 1) * width / (GRID + 1);
            let area = (rows.len() * columns.len()) as u64;
            let line =
                |y: usize| &pixels[3 * (y * width + columns.start)..3 * (y * width + columns.end)];
            let sum: u64 = rows.clone().map(|y| grey(line(y))).sum();
            sum * (PARTS / 4) / area
        };
        let means: [u64; GRID + 1] = std::array::from_fn(block);
        for (column, pair) in means.windows(2).enumerate() {
            let (band, step) = ((column + row) % BANDS, pair[0] > pair[1] + STEP * PARTS);
            bits[band] = bits[band] << 1 | u64::from(step);
        }
    }
    let numbered = (0..).zip(bits).map(|(number, bits)| Band { number, bits });
    numbered.filter(|band| band.bits.count_ones() >= LEAST_STEPS).collect()
}

/// Four times the sum of the pixels' grey, as 1 2 1 parts of red, green and blue.
fn grey(pixels: &[u8]) -> u64 {
    let [r, g, b] = pixels.as_chunks::<3>().0.iter().fold([0u64; 3], |sums, pixel| {
        std::array::from_fn(|channel| sums[channel] + u64::from(pixel[channel]))
    });
    r + 2 * g + b
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::png_crop::{CROP_BYTES, SIDE};

    /// Blobs, moved to the right by this much.
    fn picture(moved: usize) -> Vec<u8> {
        let level = |at: usize| {
            let (x, y) = ((at % SIDE + moved) as f32, (at / SIDE) as f32);
            (128.0
                + 60.0 * (x * 0.13).sin() * (y * 0.07).cos()
                + 40.0 * (x * 0.05 + y * 0.11).sin()) as u8
        };
        (0..SIDE * SIDE).flat_map(|at| [level(at); 3]).collect()
    }

    fn same(one: &[u8], other: &[u8]) -> usize {
        let (one, other) = (bands(one, SIDE), bands(other, SIDE));
        assert_eq!(one.len(), BANDS);
        one.iter().filter(|band| other.contains(band)).count()
    }

    #[test]
    fn a_picture_that_was_touched_shares_bands_and_another_does_not() {
        let original = picture(0);
        let mut touched = original.clone();
        (0..touched.len()).step_by(997).for_each(|at| touched[at] ^= 0xff);
        let brighter: Vec<u8> = original.iter().map(|level| level + 1).collect();
        assert_ne!(touched, original);
        assert!(same(&original, &touched) >= 1);
        assert_eq!(same(&original, &brighter), BANDS);
        assert_eq!(same(&original, &picture(20)), 0);
    }

    #[test]
    fn what_is_plain_or_too_small_says_nothing() {
        assert_eq!(bands(&[90; CROP_BYTES], SIDE), []);
        let noise: Vec<u8> = (0..CROP_BYTES).map(|at| 90 + (at * 7 % 5) as u8).collect();
        assert_eq!(bands(&noise, SIDE), []);
        assert_eq!(bands(&[90; 3 * 16 * 16], 16), []);
        assert_eq!(bands(&[], 0), []);
        // Blocks of unequal sizes are compared by their means.
        assert_eq!(bands(&vec![200; 3 * 641 * 479], 641), []);
    }

    #[test]
    fn each_band_takes_every_fourth_place() {
        // Each block is lighter than the next, but for the top half, which is plain.
        let level = |at: usize| if at / SIDE < SIDE / 2 { 90 } else { 250 - (at % SIDE) as u8 };
        let falling: Vec<u8> = (0..SIDE * SIDE).flat_map(|at| [level(at); 3]).collect();
        let half = u64::from(u32::MAX);
        assert_eq!(
            bands(&falling, SIDE),
            (0..4).map(|number| Band { number, bits: half }).collect::<Vec<_>>()
        );
    }
}
