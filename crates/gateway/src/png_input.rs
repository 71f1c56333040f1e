//! PNG crops from clients that are not ours.
//!
//! `fast-check-crops` documents "224x224 PNG" and no more, and a browser's canvas writes RGBA. The
//! verifier reads 8-bit RGB only, so other colour types are converted here; what was transparent
//! becomes black, as the documentation's canvas sample decodes.

use bytes::Bytes;
use face_vision::encode_png;
use liveness_protocol::CROP_SIDE;
use liveness_verifier::{DecodeError, decode_crop};
use png::{BitDepth, ColorType, Transformations};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
const PIXELS: usize = (CROP_SIDE * CROP_SIDE) as usize;

/// Whether the bytes begin as a PNG does.
pub fn is_png(bytes: &[u8]) -> bool {
    bytes.starts_with(SIGNATURE)
}

/// The same picture as 8-bit RGB; unchanged bytes if it is already so.
///
/// # Errors
/// As [`decode_crop`], for what is not one 224x224 picture.
pub fn to_rgb_png(png: &[u8]) -> Result<Bytes, DecodeError> {
    match decode_crop(png) {
        Ok(_) => Ok(Bytes::copy_from_slice(png)),
        Err(DecodeError::WrongColour { .. }) => {
            let rgb =
                to_rgb(png).map_err(|error| DecodeError::Damaged { detail: error.to_string() })?;
            encode_png(&rgb, CROP_SIDE, CROP_SIDE)
                .map(Bytes::from)
                .map_err(|error| DecodeError::Damaged { detail: error.to_string() })
        }
        Err(error) => Err(error),
    }
}

/// Any 224x224 PNG's pixels as RGB. `decode_crop` has checked size and signature.
fn to_rgb(png: &[u8]) -> Result<Vec<u8>, png::DecodingError> {
    let limits = png::Limits { bytes: 16 * PIXELS };
    let mut decoder = png::Decoder::new_with_limits(std::io::Cursor::new(png), limits);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let mut pixels = vec![0; reader.output_buffer_size().unwrap_or(4 * PIXELS)];
    let info = reader.next_frame(&mut pixels)?;
    reader.finish()?;
    debug_assert_eq!(info.bit_depth, BitDepth::Eight);
    let over_black = |value: u8, alpha: u8| (u16::from(value) * u16::from(alpha) / 255) as u8;
    let pixels = &pixels[..info.buffer_size()];
    Ok(match info.color_type {
        ColorType::Rgb => pixels.to_vec(),
        ColorType::Rgba => pixels
            .chunks_exact(4)
            .flat_map(|p| [over_black(p[0], p[3]), over_black(p[1], p[3]), over_black(p[2], p[3])])
            .collect(),
        ColorType::Grayscale => pixels.iter().flat_map(|grey| [*grey; 3]).collect(),
        ColorType::GrayscaleAlpha => {
            pixels.chunks_exact(2).flat_map(|p| [over_black(p[0], p[1]); 3]).collect()
        }
        // `normalize_to_color8` expands palettes.
        ColorType::Indexed => Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoded(colour: ColorType, depth: BitDepth, side: u32, pixel: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, side, side);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        if colour == ColorType::Indexed {
            encoder.set_palette(vec![9, 8, 7, 30, 20, 10]);
        }
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&pixel.repeat((side * side) as usize)).unwrap();
        writer.finish().unwrap();
        out
    }

    #[test]
    fn every_colour_type_becomes_rgb() {
        use BitDepth::{Eight, Sixteen};
        for (colour, depth, pixel, expected) in [
            (ColorType::Rgb, Eight, &[30, 20, 10][..], [30, 20, 10]),
            (ColorType::Rgba, Eight, &[30, 20, 10, 255], [30, 20, 10]),
            (ColorType::Rgba, Eight, &[30, 20, 10, 0], [0, 0, 0]),
            (ColorType::Rgba, Eight, &[200, 100, 50, 51], [40, 20, 10]),
            (ColorType::Grayscale, Eight, &[77], [77, 77, 77]),
            (ColorType::GrayscaleAlpha, Eight, &[77, 255], [77, 77, 77]),
            (ColorType::Indexed, Eight, &[1], [30, 20, 10]),
            (ColorType::Rgb, Sixteen, &[30, 0, 20, 0, 10, 0], [30, 20, 10]),
        ] {
            let png = to_rgb_png(&encoded(colour, depth, CROP_SIDE, pixel)).unwrap();
            let crop = decode_crop(&png).unwrap();
            assert_eq!(crop.pixels().len(), PIXELS * 3);
            assert_eq!(crop.rgb(0, 0), expected, "{colour:?} {depth:?} {pixel:?}");
            assert_eq!(crop.rgb(223, 223), expected);
        }
    }

    #[test]
    fn rgb_is_passed_on_as_it_is() {
        let png = encoded(ColorType::Rgb, BitDepth::Eight, CROP_SIDE, &[1, 2, 3]);
        assert_eq!(to_rgb_png(&png).unwrap(), png);
    }

    #[test]
    fn other_pictures_are_refused() {
        let small = encoded(ColorType::Rgba, BitDepth::Eight, 100, &[0; 4]);
        assert!(matches!(to_rgb_png(&small), Err(DecodeError::WrongDimensions { .. })));
        assert_eq!(to_rgb_png(b"GIF89a"), Err(DecodeError::NotPng));
        let mut cut = encoded(ColorType::Rgba, BitDepth::Eight, CROP_SIDE, &[9; 4]);
        cut.truncate(cut.len() / 2);
        assert!(matches!(to_rgb_png(&cut), Err(DecodeError::Damaged { .. })));
    }
}
