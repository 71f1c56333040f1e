//! What a picture is known again by.

use liveness_verifier::likeness;
use sha2::{Digest, Sha256};

/// A picture's print: the first half of the SHA-256 of its pixels, so that the same picture in another file has the same.
/// Nothing of the picture can be made from it, but whoever has the picture can make it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Print(pub [u8; Print::LENGTH]);

impl Print {
    /// How many bytes it has.
    pub const LENGTH: usize = 16;

    /// That of pixels, as the decoder gives them.
    pub fn of(pixels: &[u8]) -> Self {
        let digest = Sha256::digest(pixels);
        let mut print = [0; Self::LENGTH];
        print.copy_from_slice(&digest[..Self::LENGTH]);
        Self(print)
    }

    /// Those of what a picture, RGB, shares with itself after it was changed a little: hashes of the [`likeness`] of its pixels.
    /// Whoever has the picture, or one nearly the same, can make them; nobody can make a picture of them.
    pub fn near(pixels: &[u8], width: usize) -> Vec<Self> {
        let bands = likeness::bands(pixels, width).into_iter();
        let bytes = |likeness::Band { number, bits }| [&[number][..], &bits.to_be_bytes()].concat();
        bands.map(|band| Self::of(&bytes(band))).collect()
    }

    /// Several as a database has them, one after the other.
    pub fn joined(prints: &[Self]) -> Vec<u8> {
        prints.iter().flat_map(|print| print.0).collect()
    }

    /// Several again.
    pub fn parted(joined: &[u8]) -> Vec<Self> {
        joined.as_chunks().0.iter().map(|print| Self(*print)).collect()
    }

    /// Its beginning: enough to tell a client's mistake, and shorter to keep.
    pub const fn short(self) -> u32 {
        let [a, b, c, d, ..] = self.0;
        u32::from_be_bytes([a, b, c, d])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_print_follows_the_pixels() {
        assert_eq!(Print::of(b"a"), Print::of(b"a"));
        assert_ne!(Print::of(b"a"), Print::of(b"b"));
        // The SHA-256 of nothing begins so.
        assert_eq!(Print::of(b"").0[..4], [0xe3, 0xb0, 0xc4, 0x42]);
    }

    #[test]
    fn near_prints_are_hashes_of_a_band_and_its_number() {
        // Falling from left to right: all bits are set, so that the bands differ by their numbers alone.
        let falling: Vec<u8> = (0..224 * 224).flat_map(|at| [250 - (at % 224) as u8; 3]).collect();
        let near = Print::near(&falling, 224);
        let hashed = |number| Print::of(&[number, 255, 255, 255, 255, 255, 255, 255, 255]);
        assert_eq!(near, [0, 1, 2, 3].map(hashed));
        assert_eq!(Print::parted(&Print::joined(&near)), near);
        assert_eq!(Print::parted(&[]), []);
    }
}
