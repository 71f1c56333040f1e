//! Base64 as clients write it: with line breaks, in the URL-safe alphabet, without padding.

use std::ops::Range;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use liveness_protocol::check::strip_data_url;

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// How a picture's text is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// This part of it, the rest being a `data:` prefix and white space, is base64 as everybody reads it: the standard
    /// alphabet with padding and nothing else. It can stand in a JSON string as it is.
    Plainly(Range<usize>),
    /// In another of the usual forms.
    Otherwise,
}

/// Reads a picture's text, with or without a `data:` prefix, into `bytes` (whatever was in there goes). `None` if it is not
/// base64 in any of its usual forms.
pub fn read(text: &[u8], bytes: &mut Vec<u8>) -> Option<Written> {
    bytes.clear();
    if base64_simd::STANDARD.decode_append(text, bytes).is_ok() {
        return Some(Written::Plainly(0..text.len()));
    }
    let whole = std::str::from_utf8(text).ok()?;
    let data = strip_data_url(whole.trim_ascii());
    bytes.clear();
    if base64_simd::STANDARD.decode_append(data, bytes).is_ok() {
        let end = whole.trim_ascii_end().len();
        return Some(Written::Plainly(end - data.len()..end));
    }
    *bytes = decode(data)?;
    Some(Written::Otherwise)
}

/// The bytes as base64: the standard alphabet, with padding.
pub fn encode(bytes: &[u8]) -> Bytes {
    base64_simd::STANDARD.encode_type::<Vec<u8>>(bytes).into()
}

/// The bytes that `text` stands for; `None` if it is not base64 in any of its usual forms.
pub fn decode(text: &str) -> Option<Vec<u8>> {
    let standard = |byte: u8| match byte {
        b'-' => b'+',
        b'_' => b'/',
        other => other,
    };
    let text: Vec<u8> =
        text.bytes().filter(|byte| !byte.is_ascii_whitespace()).map(standard).collect();
    LENIENT.decode(text).ok()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};

    use super::*;

    #[test]
    fn every_usual_form_of_every_length_is_read() {
        // All byte values, so that both alphabets' special characters occur.
        let bytes: Vec<u8> = (0..=255).rev().collect();
        for length in 0..bytes.len() {
            let bytes = &bytes[..length];
            for engine in [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD] {
                let text = engine.encode(bytes);
                let lines: Vec<&str> =
                    text.as_bytes().chunks(76).map(|l| std::str::from_utf8(l).unwrap()).collect();
                let wrapped = [lines.join("\r\n"), lines.join("\n"), format!(" {text}\t\n")];
                for text in wrapped.iter().chain([&text]) {
                    assert_eq!(decode(text).as_deref(), Some(bytes), "{text:?}");
                }
            }
        }
    }

    fn read(text: &str) -> Option<(Vec<u8>, Written)> {
        // What was in there before must not count.
        let mut bytes = b"before".to_vec();
        super::read(text.as_bytes(), &mut bytes).map(|written| (bytes, written))
    }

    #[test]
    fn what_can_be_passed_on_as_it_is_is_found_in_its_text() {
        let bytes: Vec<u8> = (0..=255).rev().collect();
        for length in 1..bytes.len() {
            let bytes = &bytes[..length];
            let plain = STANDARD.encode(bytes);
            let whole = Written::Plainly(0..plain.len());
            assert_eq!(read(&plain), Some((bytes.to_vec(), whole)));
            assert_eq!(encode(bytes), plain);
            for (before, behind) in
                [(" ", "\r\n"), ("data:image/png;base64,", ""), ("\ndata:;,", " ")]
            {
                let part = Written::Plainly(before.len()..before.len() + plain.len());
                let text = format!("{before}{plain}{behind}");
                assert_eq!(read(&text), Some((bytes.to_vec(), part)), "{text:?}");
            }
            for text in [URL_SAFE_NO_PAD.encode(bytes), plain.replace('/', "_")] {
                let written = if text == plain {
                    Written::Plainly(0..plain.len())
                } else {
                    Written::Otherwise
                };
                assert_eq!(read(&text), Some((bytes.to_vec(), written)), "{text:?}");
            }
        }
    }

    #[test]
    fn what_others_might_refuse_is_not_passed_on_as_it_is() {
        // Bits behind the last byte, no padding, a line break within.
        for (text, bytes) in
            [("AB==", &b"\0"[..]), ("AAB=", b"\0\0"), ("AA", b"\0"), ("AA\nAA", b"\0\0\0")]
        {
            assert_eq!(read(text), Some((bytes.to_vec(), Written::Otherwise)), "{text:?}");
        }
        for text in ["*", "data:image/png;base64,*", "data:AAAA", "\u{e9}AAA", "\"AAAA"] {
            assert_eq!(read(text), None, "{text:?}");
        }
        assert_eq!(super::read(b"AAA\xff", &mut Vec::new()), None);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["*", "A", "AA=A", "====", "AAAA*AAA", "AAA\u{e9}", "AAAA====", "A===", "%2B%2B"]
        {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
