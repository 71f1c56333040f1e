//! Face crops as they arrive: strict, bounded PNG decoding.

use liveness_protocol::{CROP_SIDE, ErrorCode};

/// Side of a crop in pixels.
pub const SIDE: usize = CROP_SIDE as usize;
/// Bytes of a decoded crop: 224 x 224 x RGB.
pub const CROP_BYTES: usize = SIDE * SIDE * 3;
/// The largest PNG accepted, in bytes: the raw pixels uncompressed, and room for chunks.
pub const MAX_PNG_BYTES: usize = 256 * 1024;

/// One 224x224 crop, 8-bit RGB, rows from the top, no padding between rows.
#[derive(Clone, PartialEq, Eq)]
pub struct RgbCrop(Box<[u8]>);

impl RgbCrop {
    /// Takes `224 * 224 * 3` bytes.
    ///
    /// # Errors
    /// [`DecodeError::WrongLength`] for any other number of bytes.
    pub fn from_rgb(pixels: impl Into<Box<[u8]>>) -> Result<Self, DecodeError> {
        let pixels = pixels.into();
        if pixels.len() == CROP_BYTES {
            Ok(Self(pixels))
        } else {
            Err(DecodeError::WrongLength { bytes: pixels.len() })
        }
    }

    /// The pixels, `224 * 224 * 3` bytes.
    pub fn pixels(&self) -> &[u8] {
        &self.0
    }

    /// Red, green and blue at a pixel; coordinates beyond the crop are clamped to its edge.
    pub fn rgb(&self, x: usize, y: usize) -> [u8; 3] {
        let at = (y.min(SIDE - 1) * SIDE + x.min(SIDE - 1)) * 3;
        [self.0[at], self.0[at + 1], self.0[at + 2]]
    }
}

/// Shows no pixels: crops are pictures of people and do not belong in logs.
impl std::fmt::Debug for RgbCrop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RgbCrop(224x224)")
    }
}

/// Why bytes are not a crop.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// More bytes than [`MAX_PNG_BYTES`].
    #[error("the picture has {bytes} bytes, more than {MAX_PNG_BYTES}")]
    TooLarge {
        /// Size of what was sent.
        bytes: usize,
    },
    /// No PNG signature, or no readable header.
    #[error("not a PNG")]
    NotPng,
    /// A PNG's header, but damaged or cut-off contents.
    #[error("a damaged PNG: {detail}")]
    Damaged {
        /// The decoder's words.
        detail: String,
    },
    /// A size other than 224x224.
    #[error("the picture is {width}x{height}, not {CROP_SIDE}x{CROP_SIDE}")]
    WrongDimensions {
        /// Width in pixels.
        width: u32,
        /// Height in pixels.
        height: u32,
    },
    /// Not 8-bit RGB: grey, palette, alpha or 16 bits.
    #[error("the picture is not 8-bit RGB but {found}")]
    WrongColour {
        /// What it is instead.
        found: String,
    },
    /// Rows in seven passes (Adam7), which costs more to read than it takes to send.
    #[error("the picture is interlaced")]
    Interlaced,
    /// More than one picture.
    #[error("the picture is animated")]
    Animated,
    /// Raw pixels of a length other than 224 x 224 x 3.
    #[error("{bytes} bytes of pixels, not {CROP_BYTES}")]
    WrongLength {
        /// Length of what was given.
        bytes: usize,
    },
}

impl DecodeError {
    /// The code of the API's error table.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::TooLarge { .. } => ErrorCode::PayloadTooLarge,
            Self::NotPng | Self::Damaged { .. } | Self::Animated | Self::Interlaced => {
                ErrorCode::NotPng
            }
            Self::WrongDimensions { .. } | Self::WrongColour { .. } | Self::WrongLength { .. } => {
                ErrorCode::WrongDimensions
            }
        }
    }
}

/// Decodes a crop: exactly one 224x224 picture, 8-bit RGB, checksums right, at most
/// [`MAX_PNG_BYTES`] bytes. Memory is bounded: the size is checked before pixels are allocated.
///
/// # Errors
/// [`DecodeError`]; any bytes get an answer, none cause a panic.
pub fn decode_crop(png: &[u8]) -> Result<RgbCrop, DecodeError> {
    if png.len() > MAX_PNG_BYTES {
        return Err(DecodeError::TooLarge { bytes: png.len() });
    }
    if !png.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Err(DecodeError::NotPng);
    }
    let limits = png::Limits { bytes: 4 * CROP_BYTES };
    let mut decoder = png::Decoder::new_with_limits(std::io::Cursor::new(png), limits);
    decoder.ignore_checksums(false);
    // A few bytes of a colour profile or a text may inflate to all of that.
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(png::Transformations::IDENTITY);
    let header = decoder.read_header_info().map_err(|_| DecodeError::NotPng)?;
    let (width, height) = (header.width, header.height);
    if (width, height) != (CROP_SIDE, CROP_SIDE) {
        return Err(DecodeError::WrongDimensions { width, height });
    }
    if (header.color_type, header.bit_depth) != (png::ColorType::Rgb, png::BitDepth::Eight) {
        return Err(DecodeError::WrongColour {
            found: format!("{:?}, {:?} bits", header.color_type, header.bit_depth),
        });
    }
    if header.interlaced {
        return Err(DecodeError::Interlaced);
    }
    let damaged = |error: png::DecodingError| DecodeError::Damaged { detail: error.to_string() };
    let mut reader = decoder.read_info().map_err(damaged)?;
    if reader.info().animation_control.is_some() {
        return Err(DecodeError::Animated);
    }
    if reader.info().trns.is_some() {
        return Err(DecodeError::WrongColour { found: "RGB with transparency".into() });
    }
    let mut pixels = vec![0; CROP_BYTES];
    reader.next_frame(&mut pixels).map_err(damaged)?;
    reader.finish().map_err(damaged)?;
    RgbCrop::from_rgb(pixels)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn encode(
        width: u32,
        height: u32,
        colour: png::ColorType,
        depth: png::BitDepth,
        pixels: &[u8],
    ) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        if colour == png::ColorType::Indexed {
            encoder.set_palette(vec![0; 6]);
        }
        encoder.write_header().unwrap().write_image_data(pixels).unwrap();
        out
    }

    fn good() -> (Vec<u8>, Vec<u8>) {
        let pixels: Vec<u8> = (0..CROP_BYTES).map(|i| (i * 7 % 251) as u8).collect();
        (encode(224, 224, png::ColorType::Rgb, png::BitDepth::Eight, &pixels), pixels)
    }

    #[test]
    fn pixels_survive() {
        let (file, pixels) = good();
        let crop = decode_crop(&file).unwrap();
        assert_eq!(crop.pixels(), pixels);
        assert_eq!(
            crop.rgb(1, 2),
            [
                pixels[(2 * 224 + 1) * 3],
                pixels[(2 * 224 + 1) * 3 + 1],
                pixels[(2 * 224 + 1) * 3 + 2]
            ]
        );
        assert_eq!(format!("{crop:?}"), "RgbCrop(224x224)");
    }

    #[test]
    fn what_is_not_a_crop_is_named() {
        use png::{BitDepth::*, ColorType::*};
        let of = |w: u32, h: u32, colour, depth, bytes: usize| {
            decode_crop(&encode(w, h, colour, depth, &vec![9; bytes])).unwrap_err()
        };
        assert_eq!(
            of(223, 224, Rgb, Eight, 223 * 224 * 3),
            DecodeError::WrongDimensions { width: 223, height: 224 }
        );
        assert_eq!(of(1, 1, Rgb, Eight, 3), DecodeError::WrongDimensions { width: 1, height: 1 });
        assert!(matches!(
            of(224, 224, Rgba, Eight, 224 * 224 * 4),
            DecodeError::WrongColour { .. }
        ));
        assert!(matches!(
            of(224, 224, Grayscale, Eight, 224 * 224),
            DecodeError::WrongColour { .. }
        ));
        assert!(matches!(
            of(224, 224, Rgb, Sixteen, 224 * 224 * 6),
            DecodeError::WrongColour { .. }
        ));
        assert!(matches!(
            decode_crop(&encode(224, 224, Indexed, Eight, &vec![1; 224 * 224])).unwrap_err(),
            DecodeError::WrongColour { .. }
        ));
        assert_eq!(decode_crop(b"").unwrap_err(), DecodeError::NotPng);
        assert_eq!(decode_crop(b"\xff\xd8\xff\xe0 a jpeg").unwrap_err(), DecodeError::NotPng);
        assert_eq!(decode_crop(b"\x89PNG\r\n\x1a\n").unwrap_err(), DecodeError::NotPng);
        assert_eq!(
            decode_crop(&vec![0; MAX_PNG_BYTES + 1]).unwrap_err(),
            DecodeError::TooLarge { bytes: MAX_PNG_BYTES + 1 }
        );
        assert_eq!(
            RgbCrop::from_rgb(vec![0; 5]).unwrap_err(),
            DecodeError::WrongLength { bytes: 5 }
        );
        let (file, _) = good();
        assert!(matches!(
            decode_crop(&file[..file.len() / 2]).unwrap_err(),
            DecodeError::Damaged { .. }
        ));
        let mut flipped = file.clone();
        let middle = flipped.len() / 2;
        flipped[middle] ^= 0x55;
        assert!(matches!(decode_crop(&flipped).unwrap_err(), DecodeError::Damaged { .. }));
    }

    #[test]
    fn animated_and_transparent_pictures_are_refused() {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, 224, 224);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_animated(1, 0).unwrap();
        encoder.write_header().unwrap().write_image_data(&vec![0; CROP_BYTES]).unwrap();
        assert_eq!(decode_crop(&out).unwrap_err(), DecodeError::Animated);

        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, 224, 224);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_trns(vec![0u8, 1, 0, 1, 0, 1]);
        encoder.write_header().unwrap().write_image_data(&vec![0; CROP_BYTES]).unwrap();
        assert!(matches!(decode_crop(&out).unwrap_err(), DecodeError::WrongColour { .. }));
    }

    #[test]
    fn every_error_has_its_code() {
        let table = [
            (DecodeError::TooLarge { bytes: 1 }, ErrorCode::PayloadTooLarge),
            (DecodeError::NotPng, ErrorCode::NotPng),
            (DecodeError::Damaged { detail: String::new() }, ErrorCode::NotPng),
            (DecodeError::Animated, ErrorCode::NotPng),
            (DecodeError::Interlaced, ErrorCode::NotPng),
            (DecodeError::WrongDimensions { width: 1, height: 1 }, ErrorCode::WrongDimensions),
            (DecodeError::WrongColour { found: String::new() }, ErrorCode::WrongDimensions),
            (DecodeError::WrongLength { bytes: 1 }, ErrorCode::WrongDimensions),
        ];
        for (error, code) in table {
            assert_eq!(error.code(), code, "{error}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_get_an_answer(bytes in proptest::collection::vec(any::<u8>(), 0..2000)) {
            prop_assert!(decode_crop(&bytes).is_err());
        }

        #[test]
        fn any_damage_gets_an_answer(at in 0usize..100_000, by in 1u8..=255, cut in 0usize..100_000) {
            let (mut file, _) = good();
            let at = at % file.len();
            file[at] ^= by;
            file.truncate(file.len() - cut % 64);
            let _ = decode_crop(&file);
        }
    }
}
