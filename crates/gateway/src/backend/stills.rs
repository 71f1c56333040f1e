//! The files in what ffmpeg writes one after the other.

use bytes::Bytes;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

/// How frames are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Still {
    /// Without loss, for a verifier in this process.
    Png,
    /// Smaller, for one that is reached over the network.
    Jpeg,
}

impl Still {
    /// ffmpeg's name of the encoder.
    pub const fn encoder(self) -> &'static str {
        match self {
            Self::Png => "png",
            Self::Jpeg => "mjpeg",
        }
    }

    /// The files of a stream; those that are whole, if its end is not.
    pub fn split(self, mut stream: Bytes) -> Vec<Bytes> {
        let mut files = Vec::new();
        while let Some(length) = match self {
            Self::Png => png_length(&stream),
            Self::Jpeg => jpeg_length(&stream),
        } {
            files.push(stream.split_to(length));
        }
        files
    }
}

/// The length of the PNG file that the bytes begin with: its chunks say it.
fn png_length(bytes: &[u8]) -> Option<usize> {
    let mut at = PNG.len();
    if !bytes.starts_with(PNG) {
        return None;
    }
    loop {
        let head = bytes.get(at..at + 8)?;
        let (length, name) = head.split_at(4);
        let length = u32::from_be_bytes(length.try_into().ok()?);
        at = at.checked_add(12)?.checked_add(usize::try_from(length).ok()?)?;
        if at > bytes.len() {
            return None;
        }
        if name == b"IEND" {
            return Some(at);
        }
    }
}

/// The same of a JPEG file: in its data no marker but those of restarts follows 0xFF, so the first end is the end.
fn jpeg_length(bytes: &[u8]) -> Option<usize> {
    if !bytes.starts_with(b"\xff\xd8") {
        return None;
    }
    bytes.windows(2).position(|pair| pair == b"\xff\xd9").map(|at| at + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_apart_and_half_ones_left_out() {
        let pixels = vec![7; 3 * 8 * 8];
        let png = face_vision::encode_png(&pixels, 8, 8).unwrap();
        let jpeg = b"\xff\xd8\xff\xe0\0\x04ab\xff\0\xff\xd0\xff\xd9".to_vec();
        for (still, file) in [(Still::Png, png), (Still::Jpeg, jpeg)] {
            let three = Bytes::from([&file[..], &file, &file].concat());
            assert_eq!(still.split(three.clone()), vec![file.clone(); 3], "{still:?}");
            assert_eq!(still.split(three.slice(..3 * file.len() - 1)).len(), 2, "{still:?}");
            assert_eq!(still.split(Bytes::from_static(b"nothing")), Vec::<Bytes>::new());
            assert_eq!(still.split(Bytes::new()), Vec::<Bytes>::new());
        }
    }
}
