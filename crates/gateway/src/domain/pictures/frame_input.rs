//! Whole frames from clients: PNG, as the API recommends, or JPEG.

use face_vision::FrameView;
use liveness_protocol::ErrorCode;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use super::png_input;

/// The most pixels a frame may have: those of a 4K camera.
pub const MAX_PIXELS: u64 = 3840 * 2160;
/// The shortest side a frame may have: below it there is no face to find.
const MIN_SIDE: u32 = 64;
/// The longest side: a strip of allowed area is no camera's picture.
const MAX_SIDE: u32 = 8192;

/// Why bytes are no frame.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameInputError {
    /// Neither PNG nor JPEG.
    #[error("neither PNG nor JPEG")]
    Format,
    /// Too small, too large, or too long.
    #[error(
        "{width}x{height} pixels; a frame has sides of {MIN_SIDE} to {MAX_SIDE} and at most {MAX_PIXELS} pixels"
    )]
    Size {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// It begins as a picture and cannot be decoded.
    #[error("damaged: {detail}")]
    Damaged {
        /// The decoder's words.
        detail: String,
    },
}

impl FrameInputError {
    /// The code that callers get.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Format | Self::Size { .. } | Self::Damaged { .. } => ErrorCode::ValidationError,
        }
    }
}

/// A decoded frame.
pub struct RgbFrame {
    pixels: Vec<u8>,
    width: u32,
    height: u32,
}

impl RgbFrame {
    /// Its pixels, 3 bytes each.
    pub fn pixels(&self) -> &[u8] {
        &self.pixels
    }

    /// Its width in pixels.
    pub const fn width(&self) -> usize {
        self.width as usize
    }

    /// The frame as the detector takes it.
    ///
    /// # Errors
    /// `Size`; what [`decode`] has made has none.
    pub fn view(&self) -> Result<FrameView<'_>, FrameInputError> {
        FrameView::rgb(&self.pixels, self.width, self.height, 3 * self.width as usize)
            .map_err(|_| FrameInputError::Size { width: self.width, height: self.height })
    }
}

fn damaged(error: impl std::fmt::Display) -> FrameInputError {
    // A decoder may quote what it has read.
    FrameInputError::Damaged { detail: error.to_string().chars().take(100).collect() }
}

/// Width and height by the file's head, without decoding any pixel.
///
/// # Errors
/// `Format`, `Size`, and `Damaged` for a head that breaks off.
pub fn size(file: &[u8]) -> Result<(u32, u32), FrameInputError> {
    let (width, height) = if png_input::is_png(file) {
        let mut decoder = png::Decoder::new(std::io::Cursor::new(file));
        let header = decoder.read_header_info().map_err(damaged)?;
        (header.width, header.height)
    } else if file.starts_with(b"\xff\xd8\xff") {
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), jpeg_options());
        decoder.decode_headers().map_err(damaged)?;
        let info = decoder.info().ok_or_else(|| damaged("no size"))?;
        (u32::from(info.width), u32::from(info.height))
    } else {
        return Err(FrameInputError::Format);
    };
    let sides = MIN_SIDE..=MAX_SIDE;
    let pixels = u64::from(width) * u64::from(height);
    if !sides.contains(&width) || !sides.contains(&height) || pixels > MAX_PIXELS {
        return Err(FrameInputError::Size { width, height });
    }
    Ok((width, height))
}

fn jpeg_options() -> DecoderOptions {
    DecoderOptions::default()
        .set_max_width(MAX_SIDE as usize)
        .set_max_height(MAX_SIDE as usize)
        // A progressive picture of endless scans takes for ever.
        .jpeg_set_max_scans(64)
        .jpeg_set_out_colorspace(ColorSpace::RGB)
}

/// Decodes a frame. Memory is bounded by [`size`], which comes first.
///
/// # Errors
/// [`FrameInputError`]; any bytes get an answer, none cause a panic.
pub fn decode(file: &[u8]) -> Result<RgbFrame, FrameInputError> {
    let (width, height) = size(file)?;
    let count = width as usize * height as usize;
    let pixels = if png_input::is_png(file) {
        png_input::to_rgb(file, count).map_err(damaged)?
    } else {
        let mut decoder = JpegDecoder::new_with_options(ZCursor::new(file), jpeg_options());
        decoder.decode().map_err(damaged)?
    };
    if pixels.len() != 3 * count {
        return Err(damaged("its pixels are not as many as its head says"));
    }
    Ok(RgbFrame { pixels, width, height })
}

#[cfg(test)]
mod tests {
    use face_vision::encode_png;

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let pixels: Vec<u8> = (0..width * height * 3).map(|i| (i % 251) as u8).collect();
        encode_png(&pixels, width, height).unwrap()
    }

    fn jpeg(width: u32, height: u32) -> Vec<u8> {
        let picture = image::RgbImage::from_fn(width, height, |x, y| {
            image::Rgb([(x % 200) as u8, (y % 200) as u8, 90])
        });
        let mut file = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut file, image::ImageFormat::Jpeg).unwrap();
        file.into_inner()
    }

    #[test]
    fn both_formats_are_decoded_at_their_size() {
        for (width, height) in [(64, 64), (640, 480), (480, 641)] {
            for file in [png(width, height), jpeg(width, height)] {
                assert_eq!(size(&file), Ok((width, height)));
                let frame = decode(&file).unwrap();
                assert_eq!((frame.width, frame.height), (width, height));
                assert_eq!(frame.view().unwrap().width(), width);
            }
        }
        let frame = decode(&jpeg(100, 100)).unwrap();
        let at = 3 * (50 * 100 + 20);
        for (value, wanted) in frame.pixels[at..at + 3].iter().zip([20, 50, 90]) {
            assert!(value.abs_diff(wanted) < 8, "{:?}", &frame.pixels[at..at + 3]);
        }
    }

    #[test]
    fn other_bytes_have_their_word_and_code() {
        assert_eq!(size(b"GIF89a"), Err(FrameInputError::Format));
        assert_eq!(size(b""), Err(FrameInputError::Format));
        let small = FrameInputError::Size { width: 63, height: 64 };
        assert_eq!(size(&png(63, 64)), Err(small.clone()));
        // The head alone says that it is too large, and nothing is allocated for it.
        let mut bomb = png(64, 64);
        bomb[16..24].copy_from_slice(&[0, 0, 0x20, 0, 0, 0, 0x20, 0]);
        let crc = crc32(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        assert_eq!(size(&bomb), Err(FrameInputError::Size { width: 8192, height: 8192 }));
        for whole in [png(320, 240), jpeg(320, 240)] {
            for cut in [8, 20, whole.len() / 2] {
                let result = decode(&whole[..cut]);
                // A JPEG that breaks off may be shown as far as it goes.
                let shown = result.is_ok() && cut == whole.len() / 2 && whole[0] == 0xff;
                assert!(shown || matches!(result, Err(FrameInputError::Damaged { .. })), "{cut}");
            }
        }
        for error in [FrameInputError::Format, small, damaged("x".repeat(500))] {
            assert_eq!(error.code(), ErrorCode::ValidationError);
            assert!(error.to_string().len() < 200);
        }
    }

    fn crc32(bytes: &[u8]) -> u32 {
        let mut crc = flate2::Crc::new();
        crc.update(bytes);
        crc.sum()
    }
}
