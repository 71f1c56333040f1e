//! Crops for the load: noise that takes as many bytes as a face does.

use png::{BitDepth, ColorType, Encoder, EncodingError};

/// Pixels along a crop's side.
const SIDE: u32 = 224;
/// So many values are noise and the others grey: a crop then has about 13,500 bytes, as one from a camera does.
const NOISE: usize = 13_000;

/// Crops, no two alike.
pub fn crops(count: u32) -> Result<Vec<Vec<u8>>, EncodingError> {
    (1..=count).map(crop).collect()
}

fn crop(seed: u32) -> Result<Vec<u8>, EncodingError> {
    let mut state = seed.wrapping_mul(0x9e37_79b9);
    let mut noise = |at: usize| {
        if at >= NOISE {
            return 90;
        }
        // Xorshift: the same pictures in every run.
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        (state >> 16) as u8
    };
    let pixels: Vec<u8> = (0..(SIDE * SIDE * 3) as usize).map(&mut noise).collect();
    let mut file = Vec::new();
    let mut encoder = Encoder::new(&mut file, SIDE, SIDE);
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&pixels)?;
    writer.finish()?;
    Ok(file)
}

/// The id of a check's session begins with this; what follows is [`ID_DIGITS`] digits.
pub const ID_BEGINNING: &str = r#""session_id":"550e8400-e29b-41d4-a716-"#;

/// How many digits of an id a round may choose.
pub const ID_DIGITS: usize = 12;

/// The body of a `fast-check-crops` with these.
pub fn check(crops: &[Vec<u8>]) -> String {
    let crops: Vec<String> = (0..)
        .zip(crops)
        .map(|(index, png)| format!(r#"{{"index":{index},"pixels":"{}"}}"#, base64(png)))
        .collect();
    let crops = crops.join(",");
    format!(
        r#"{{{ID_BEGINNING}446655440000","model":"mixed-30-v2","source":"live","crops":[{crops}]}}"#
    )
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |group: &[u8]| {
        let bits = (0..3).fold(0, |bits, at| bits << 8 | u32::from(*group.get(at).unwrap_or(&0)));
        let letter = move |at: u32| ALPHABET[(bits >> (18 - 6 * at)) as usize & 63] as char;
        let letters = group.len() as u32 + 1;
        (0..4).map(move |at| if at < letters { letter(at) } else { '=' })
    };
    bytes.chunks(3).flat_map(group).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crops_have_the_size_of_faces_and_differ() {
        let crops = crops(3).unwrap();
        assert!(
            crops.iter().all(|crop| (11_000..16_000).contains(&crop.len())),
            "{}",
            crops[0].len()
        );
        assert!(crops[0] != crops[1] && crops[1] != crops[2]);
        let body = check(&crops);
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert!(body["crops"][2]["pixels"].as_str().unwrap().starts_with("iVBORw0KGgo"));
        assert_eq!(
            ["", "f", "fo", "foo"].map(|text| base64(text.as_bytes())),
            ["", "Zg==", "Zm8=", "Zm9v"]
        );
    }
}
