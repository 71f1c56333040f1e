//! Base64 as clients write it: with line breaks, in the URL-safe alphabet, without padding.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

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

    #[test]
    fn other_texts_are_refused() {
        for text in
            ["*", "A", "AA=A", "====", "AAAA*AAA", "AAA\u{e9}", "AAAA====", "A===", "%2B%2B"]
        {
            assert_eq!(decode(text), None, "{text:?}");
        }
    }
}
