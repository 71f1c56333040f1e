//! PNG crops from clients that are not ours.
//!
//! `fast-check-crops` documents "224x224 PNG" and no more, and a browser's canvas writes RGBA. The
//! verifier reads 8-bit RGB only, so other colour types are converted here; what was transparent
//! becomes black, as the documentation's canvas sample decodes.

use std::io::{self, Read};

use bytes::Bytes;
use face_vision::encode_png;
use flate2::read::ZlibDecoder;
use liveness_protocol::CROP_SIDE;
use liveness_verifier::{DecodeError, RgbCrop, decode_crop};
use png::{BitDepth, ColorType, Transformations};

use super::png_structure::{self, SIGNATURE};

const PIXELS: usize = (CROP_SIDE * CROP_SIDE) as usize;

/// Whether the bytes begin as a PNG does.
pub fn is_png(bytes: &[u8]) -> bool {
    bytes.starts_with(SIGNATURE)
}

/// The most that a 224x224 picture inflates to: 16-bit RGBA, and a byte for the filter of each row (an
/// interlaced picture has up to twice as many rows).
const MOST_INFLATED: u64 = 8 * PIXELS as u64 + 2 * CROP_SIDE as u64;

/// Decodes a crop as the verifier does, and refuses one that inflates to more than any picture of its size, or has
/// something behind its end: the decoder stops at the last row, but others who read the file may not.
///
/// # Errors
/// As [`decode_crop`].
pub fn read_crop(png: &[u8]) -> Result<RgbCrop, DecodeError> {
    let crop = decode_crop(png)?;
    check_inflated(png)?;
    png_structure::check(png)
        .map_err(|error| DecodeError::Damaged { detail: error.to_string() })?;
    Ok(crop)
}

fn check_inflated(png: &[u8]) -> Result<(), DecodeError> {
    let mut inflated =
        ZlibDecoder::new(ImageData(png.get(SIGNATURE.len()..).unwrap_or_default(), 0))
            .take(MOST_INFLATED + 1);
    // Whatever else is wrong with it, the decoder has the word for it.
    let bytes = io::copy(&mut inflated, &mut io::sink()).unwrap_or_default();
    if bytes > MOST_INFLATED {
        let detail = "it holds more than its rows".to_owned();
        return Err(DecodeError::Damaged { detail });
    }
    Ok(())
}

/// The contents of a PNG's `IDAT` chunks, one after the other: what is left of the file, and of the chunk.
struct ImageData<'a>(&'a [u8], usize);

impl Read for ImageData<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.1 == 0 {
            let Some((head, rest)) = self.0.split_first_chunk::<8>() else { return Ok(0) };
            let (length, kind) = (&head[..4], &head[4..]);
            let length = u32::from_be_bytes([length[0], length[1], length[2], length[3]]) as usize;
            match kind {
                b"IDAT" => (self.0, self.1) = (rest, length),
                _ => self.0 = rest.get(length.saturating_add(4)..).unwrap_or_default(),
            }
            if self.1 == 0 && kind == b"IDAT" {
                self.0 = self.0.get(4..).unwrap_or_default();
            }
        }
        let count = buffer.len().min(self.1).min(self.0.len());
        let (data, rest) = self.0.split_at(count);
        buffer[..count].copy_from_slice(data);
        (self.0, self.1) = (rest, self.1 - count);
        if self.1 == 0 {
            // Behind the chunk comes its checksum.
            self.0 = self.0.get(4..).unwrap_or_default();
        }
        Ok(count)
    }
}

/// The same picture as 8-bit RGB; unchanged bytes if it is already so.
///
/// # Errors
/// As [`decode_crop`], for what is not one 224x224 picture.
pub fn to_rgb_png(png: &[u8]) -> Result<Bytes, DecodeError> {
    match read_crop(png) {
        Ok(_) => Ok(Bytes::copy_from_slice(png)),
        Err(DecodeError::WrongColour { .. } | DecodeError::Interlaced) => {
            check_inflated(png)?;
            let rgb = to_rgb(png, PIXELS)
                .map_err(|error| DecodeError::Damaged { detail: error.to_string() })?;
            encode_png(&rgb, CROP_SIDE, CROP_SIDE)
                .map(Bytes::from)
                .map_err(|error| DecodeError::Damaged { detail: error.to_string() })
        }
        Err(error) => Err(error),
    }
}

/// A PNG's pixels as RGB, whatever its colour type; what was transparent is black. The caller has checked signature
/// and size, of so many pixels.
pub fn to_rgb(png: &[u8], pixels: usize) -> Result<Vec<u8>, png::DecodingError> {
    let limits = png::Limits { bytes: 16 * pixels };
    let mut decoder = png::Decoder::new_with_limits(std::io::Cursor::new(png), limits);
    // A few bytes of a colour profile or a text may inflate to all of that.
    decoder.set_ignore_iccp_chunk(true);
    decoder.set_ignore_text_chunk(true);
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info()?;
    let mut decoded = vec![0; reader.output_buffer_size().unwrap_or(4 * pixels)];
    let info = reader.next_frame(&mut decoded)?;
    reader.finish()?;
    debug_assert_eq!(info.bit_depth, BitDepth::Eight);
    let over_black = |value: u8, alpha: u8| (u16::from(value) * u16::from(alpha) / 255) as u8;
    let pixels = &decoded[..info.buffer_size()];
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

    /// A picture of one colour, its rows in the seven passes of Adam7.
    fn interlaced(pixel: [u8; 3]) -> Vec<u8> {
        use std::io::Write as _;
        let mut rows = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        // Of each pass its first column and row, and the distance of columns and rows.
        for (x, y, dx, dy) in [
            (0, 0, 8, 8),
            (4, 0, 8, 8),
            (0, 4, 4, 8),
            (2, 0, 4, 4),
            (0, 2, 2, 4),
            (1, 0, 2, 2),
            (0, 1, 1, 2),
        ] {
            let columns = (CROP_SIDE as usize - x).div_ceil(dx);
            for _ in (y..CROP_SIDE).step_by(dy) {
                rows.write_all(&[0]).unwrap();
                rows.write_all(&pixel.repeat(columns)).unwrap();
            }
        }
        let rows = rows.finish().unwrap();
        let mut out = Vec::new();
        let encoder = png::Encoder::new(&mut out, CROP_SIDE, CROP_SIDE);
        let mut writer = encoder.write_header().unwrap();
        writer.write_chunk(png::chunk::IDAT, &rows).unwrap();
        writer.finish().unwrap();
        out[25] = ColorType::Rgb as u8;
        out[28] = 1;
        let sum = crc32fast::hash(&out[12..29]);
        out[29..33].copy_from_slice(&sum.to_be_bytes());
        out
    }

    #[test]
    fn an_interlaced_picture_is_no_crop_but_can_be_made_one() {
        let png = interlaced([30, 20, 10]);
        assert_eq!(read_crop(&png), Err(DecodeError::Interlaced));
        let crop = decode_crop(&to_rgb_png(&png).unwrap()).unwrap();
        assert_eq!((crop.rgb(0, 0), crop.rgb(223, 223)), ([30, 20, 10], [30, 20, 10]));
    }

    #[test]
    fn nothing_is_hidden_behind_the_end() {
        let png = encoded(ColorType::Rgb, BitDepth::Eight, CROP_SIDE, &[1, 2, 3]);
        for behind in [&b"\0"[..], b"PK\x03\x04", &png] {
            let read = read_crop(&[&png, behind].concat());
            assert!(matches!(read, Err(DecodeError::Damaged { .. })), "{behind:?}");
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

    /// Rows, and as much more as is asked for, in chunks of `chunk` bytes.
    fn with_excess(colour: ColorType, excess: usize, chunk: usize) -> Vec<u8> {
        use std::io::Write as _;
        let mut rows = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        let row = 1 + CROP_SIDE as usize * colour.samples();
        rows.write_all(&vec![0; CROP_SIDE as usize * row]).unwrap();
        let megabyte = vec![0; 1 << 20];
        for at in (0..excess).step_by(1 << 20) {
            rows.write_all(&megabyte[..(excess - at).min(1 << 20)]).unwrap();
        }
        let rows = rows.finish().unwrap();
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, CROP_SIDE, CROP_SIDE);
        encoder.set_color(colour);
        let mut writer = encoder.write_header().unwrap();
        for part in rows.chunks(chunk) {
            writer.write_chunk(png::chunk::IDAT, part).unwrap();
        }
        writer.finish().unwrap();
        out
    }

    #[test]
    fn what_inflates_far_beyond_its_rows_is_refused_without_being_inflated() {
        for colour in
            [ColorType::Rgb, ColorType::Rgba, ColorType::Grayscale, ColorType::GrayscaleAlpha]
        {
            for chunk in [usize::MAX, 5_000, 7] {
                let good = with_excess(colour, 0, chunk);
                assert!(to_rgb_png(&good).is_ok(), "{colour:?} {chunk}");
            }
            for chunk in [usize::MAX, 5_000] {
                let bomb = with_excess(colour, 100 << 20, chunk);
                assert!(bomb.len() < liveness_verifier::MAX_PNG_BYTES, "{}", bomb.len());
                let refused = to_rgb_png(&bomb);
                assert!(matches!(refused, Err(DecodeError::Damaged { .. })), "{colour:?}");
            }
        }
        // The work is bounded by what a picture has, whatever the file claims.
        let bomb = with_excess(ColorType::Rgb, 100 << 20, 5_000);
        let mut inflated = 0;
        let mut reader = CountingReader { inner: ImageData(&bomb[8..], 0), read: &mut inflated };
        assert!(
            io::copy(&mut ZlibDecoder::new(&mut reader).take(MOST_INFLATED + 1), &mut io::sink())
                .is_ok()
        );
        assert!(inflated < bomb.len() / 3, "{inflated} of {}", bomb.len());
    }

    /// A picture of one colour, with a colour profile of so many bytes.
    fn with_profile(width: u32, height: u32, bytes: usize) -> Vec<u8> {
        use std::io::Write as _;
        let mut profile =
            flate2::write::ZlibEncoder::new(b"profile\0\0".to_vec(), flate2::Compression::best());
        profile.write_all(&vec![0; bytes]).unwrap();
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, width, height);
        encoder.set_color(ColorType::Rgb);
        let mut writer = encoder.write_header().unwrap();
        writer.write_chunk(png::chunk::iCCP, &profile.finish().unwrap()).unwrap();
        writer.write_image_data(&[30, 20, 10].repeat((width * height) as usize)).unwrap();
        writer.finish().unwrap();
        out
    }

    /// What a decoder may take would go into the profile, and too little be left for the rows.
    const SPARED: std::ops::Range<usize> = 0..16_000;

    #[test]
    fn a_frames_colour_profile_is_not_inflated() {
        let (width, height) = (320, 240);
        let pixels = (width * height) as usize;
        for spared in SPARED.step_by(250) {
            let frame = with_profile(width, height, 16 * pixels - spared);
            assert!(frame.len() < 10_000, "{}", frame.len());
            let rgb = to_rgb(&frame, pixels).unwrap_or_else(|error| panic!("{spared}: {error}"));
            assert_eq!(rgb[..3], [30, 20, 10]);
        }
    }

    #[test]
    fn a_crops_colour_profile_is_not_inflated() {
        for spared in SPARED.step_by(250) {
            let crop = with_profile(CROP_SIDE, CROP_SIDE, 4 * 3 * PIXELS - spared);
            assert_eq!(decode_crop(&crop).unwrap().rgb(0, 0), [30, 20, 10], "{spared}");
        }
    }

    struct CountingReader<'a, R> {
        inner: R,
        read: &'a mut usize,
    }

    impl<R: Read> Read for CountingReader<'_, R> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.inner.read(buffer)?;
            *self.read += count;
            Ok(count)
        }
    }

    #[test]
    fn any_bytes_have_an_end() {
        let good = encoded(ColorType::Rgb, BitDepth::Eight, CROP_SIDE, &[1, 2, 3]);
        for cut in 0..good.len().min(200) {
            assert_eq!(check_inflated(&good[..cut]), Ok(()), "{cut}");
        }
        for value in [0, 1, 0x7f, 0xff] {
            assert_eq!(check_inflated(&vec![value; 1000]), Ok(()));
            let mut lengths = good.clone();
            lengths[33..37].fill(value);
            let _ = check_inflated(&lengths);
        }
    }
}
