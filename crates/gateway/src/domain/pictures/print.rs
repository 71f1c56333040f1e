//! What a picture is known again by.

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
}
