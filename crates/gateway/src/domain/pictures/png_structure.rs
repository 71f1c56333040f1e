//! The structure of a PNG: signature, size, chunks and their sums, without inflating anything. For pictures that are passed on
//! and not decoded here, so that nobody pays for what the upstream could not read.

use liveness_protocol::CROP_SIDE;

/// What a PNG begins with.
pub const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Why bytes are not the structure of one crop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StructureError {
    /// Another signature.
    #[error("not a PNG")]
    Signature,
    /// Another size.
    #[error("{width}x{height} pixels, not {CROP_SIDE}x{CROP_SIDE}")]
    Size {
        /// Its width.
        width: u32,
        /// Its height.
        height: u32,
    },
    /// Bits, colours or methods that no PNG has.
    #[error("its header is not that of a PNG")]
    Header,
    /// The file ends within a chunk, or before its last one.
    #[error("it breaks off")]
    Short,
    /// A chunk is not what its sum says.
    #[error("a chunk is damaged")]
    Sum,
    /// Chunks that are missing, repeated, in another order, or unknown and critical.
    #[error("its chunks are not those of a PNG")]
    Chunks,
    /// More than one picture.
    #[error("it is animated")]
    Animated,
    /// Bytes behind the picture's end.
    #[error("there is something behind its end")]
    Trailing,
}

/// Checks the structure of a 224x224 PNG of any colour type.
///
/// # Errors
/// See [`StructureError`].
pub fn check(png: &[u8]) -> Result<(), StructureError> {
    let mut rest = png.strip_prefix(SIGNATURE).ok_or(StructureError::Signature)?;
    let (mut seen_head, mut data, mut palette) = (false, Data::NotYet, false);
    loop {
        let Chunk { kind, content, behind } = chunk(rest)?;
        rest = behind;
        if seen_head == (kind == *b"IHDR") {
            return Err(StructureError::Chunks);
        }
        if data == Data::Begun && kind != *b"IDAT" {
            data = Data::Ended;
        }
        match &kind {
            b"IHDR" => {
                check_head(content)?;
                seen_head = true;
            }
            b"PLTE" if data == Data::NotYet && !palette => palette = true,
            b"IDAT" if data != Data::Ended => data = Data::Begun,
            b"IEND" if data == Data::NotYet || !content.is_empty() => {
                return Err(StructureError::Chunks);
            }
            b"IEND" if rest.is_empty() => return Ok(()),
            b"IEND" => return Err(StructureError::Trailing),
            b"acTL" | b"fcTL" | b"fdAT" => return Err(StructureError::Animated),
            // A lower-case first letter: whoever does not know it may do without it.
            [first, ..] if first.is_ascii_lowercase() => {}
            _ => return Err(StructureError::Chunks),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Data {
    NotYet,
    Begun,
    Ended,
}

struct Chunk<'a> {
    kind: [u8; 4],
    content: &'a [u8],
    behind: &'a [u8],
}

fn chunk(bytes: &[u8]) -> Result<Chunk<'_>, StructureError> {
    let (length, rest) = bytes.split_first_chunk::<4>().ok_or(StructureError::Short)?;
    let length = u32::from_be_bytes(*length) as usize;
    let (summed, rest) =
        rest.split_at_checked(length.saturating_add(4)).ok_or(StructureError::Short)?;
    let (sum, behind) = rest.split_first_chunk::<4>().ok_or(StructureError::Short)?;
    if crc32fast::hash(summed) != u32::from_be_bytes(*sum) {
        return Err(StructureError::Sum);
    }
    let (kind, content) = summed.split_first_chunk::<4>().ok_or(StructureError::Short)?;
    Ok(Chunk { kind: *kind, content, behind })
}

fn check_head(content: &[u8]) -> Result<(), StructureError> {
    let (sides, rest) = content.split_first_chunk::<8>().ok_or(StructureError::Chunks)?;
    let side =
        |at: usize| u32::from_be_bytes([sides[at], sides[at + 1], sides[at + 2], sides[at + 3]]);
    let (width, height) = (side(0), side(4));
    let &[depth, colour, compression, filter, interlace] = rest else {
        return Err(StructureError::Chunks);
    };
    if (width, height) != (CROP_SIDE, CROP_SIDE) {
        return Err(StructureError::Size { width, height });
    }
    // Table 11.1 of the PNG specification.
    let depths: &[u8] = match colour {
        0 => &[1, 2, 4, 8, 16],
        2 | 4 | 6 => &[8, 16],
        3 => &[1, 2, 4, 8],
        _ => &[],
    };
    if !depths.contains(&depth) || (compression, filter) != (0, 0) || interlace > 1 {
        return Err(StructureError::Header);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use face_vision::encode_png;

    use super::*;

    fn picture(side: u32) -> Vec<u8> {
        encode_png(&vec![90; (side * side * 3) as usize], side, side).unwrap()
    }

    fn chunk_of(kind: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let mut bytes = (content.len() as u32).to_be_bytes().to_vec();
        let summed: Vec<u8> = kind.iter().chain(content).copied().collect();
        bytes.extend(&summed);
        bytes.extend(crc32fast::hash(&summed).to_be_bytes());
        bytes
    }

    /// Where the chunk begins that comes after the head.
    const BEHIND_HEAD: usize = 8 + 25;

    fn with(chunk: &[u8], at: usize) -> Vec<u8> {
        let mut png = picture(CROP_SIDE);
        png.splice(at..at, chunk.iter().copied());
        png
    }

    /// A crop whose head says this of its pixels.
    fn headed(head: [u8; 5]) -> Vec<u8> {
        let side = CROP_SIDE.to_be_bytes();
        let ihdr = chunk_of(b"IHDR", &[&side[..], &side, &head].concat());
        [SIGNATURE, &ihdr, &picture(CROP_SIDE)[BEHIND_HEAD..]].concat()
    }

    #[test]
    fn a_crop_is_fine_with_what_others_may_ignore() {
        assert_eq!(check(&picture(CROP_SIDE)), Ok(()));
        for kind in [b"tEXt", b"gAMA", b"tRNS"] {
            assert_eq!(check(&with(&chunk_of(kind, b"x"), BEHIND_HEAD)), Ok(()));
        }
    }

    #[test]
    fn what_is_no_crop_has_a_reason() {
        let png = picture(CROP_SIDE);
        let end = png.len() - 12;
        let cases: Vec<(Vec<u8>, StructureError)> = vec![
            (b"GIF89a".to_vec(), StructureError::Signature),
            (SIGNATURE.to_vec(), StructureError::Short),
            (picture(223), StructureError::Size { width: 223, height: 223 }),
            (png[..end].to_vec(), StructureError::Short),
            (png[..png.len() - 1].to_vec(), StructureError::Short),
            ([&png[..], b"x"].concat(), StructureError::Trailing),
            (with(&chunk_of(b"acTL", &[0; 8]), BEHIND_HEAD), StructureError::Animated),
            (with(&chunk_of(b"ABCD", b""), BEHIND_HEAD), StructureError::Chunks),
            (with(&chunk_of(b"IHDR", &[0; 13]), BEHIND_HEAD), StructureError::Chunks),
            (with(&chunk_of(b"tEXt", b""), 8), StructureError::Chunks),
            ([SIGNATURE, &png[8..BEHIND_HEAD], &png[end..]].concat(), StructureError::Chunks),
            (with(&[255, 255, 255, 255], BEHIND_HEAD), StructureError::Short),
        ];
        for (number, (bytes, error)) in cases.into_iter().enumerate() {
            assert_eq!(check(&bytes), Err(error), "{number}");
        }
        // Bits, colours, compression, filter and interlacing, each as none is.
        for head in
            [[3, 2, 0, 0, 0], [4, 2, 0, 0, 0], [8, 1, 0, 0, 0], [16, 3, 0, 0, 0], [8, 7, 0, 0, 0]]
                .into_iter()
                .chain([[8, 2, 1, 0, 0], [8, 2, 0, 1, 0], [8, 2, 0, 0, 2], [0, 0, 0, 0, 0]])
        {
            assert_eq!(check(&headed(head)), Err(StructureError::Header), "{head:?}");
        }
        for head in
            [[8, 2, 0, 0, 0], [8, 2, 0, 0, 1], [1, 0, 0, 0, 0], [16, 6, 0, 0, 0], [4, 3, 0, 0, 0]]
        {
            assert_eq!(check(&headed(head)), Ok(()), "{head:?}");
        }
        let mut damaged = png.clone();
        damaged[60] ^= 1;
        assert_eq!(check(&damaged), Err(StructureError::Sum));
        // Data in two places, with something between.
        let idat = chunk_of(b"IDAT", b"x");
        let apart = [&idat[..], &chunk_of(b"tEXt", b"")].concat();
        assert_eq!(check(&with(&apart, BEHIND_HEAD)), Err(StructureError::Chunks));
    }

    #[test]
    fn every_prefix_is_refused() {
        let png = picture(CROP_SIDE);
        assert!((0..png.len()).all(|length| check(&png[..length]).is_err()));
    }
}
