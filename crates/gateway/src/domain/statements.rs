//! Limits on what clients state about their capture, the same at every endpoint.

use liveness_protocol::ErrorCode;
use liveness_protocol::session::MAX_REFERENCE;

use crate::domain::completion::MAX_WARNINGS;
use crate::domain::error::ApiError;
use crate::domain::timing::MAX_FPS;

/// The most characters of one.
const MAX_WARNING_CHARACTERS: usize = 500;

/// Checks a frame rate.
///
/// # Errors
/// `validation_error` outside 0 < fps <= 120, `missing_field` if there is none and the model needs one.
pub fn check_fps(fps: Option<f64>, needed: bool) -> Result<(), ApiError> {
    match fps {
        Some(fps) if fps > 0.0 && fps <= MAX_FPS => Ok(()),
        Some(_) => Err(ApiError::with_message(
            ErrorCode::ValidationError,
            "fps has to be in 0 < fps <= 120",
        )),
        None if needed => {
            Err(ApiError::with_message(ErrorCode::MissingField, "this model requires fps"))
        }
        None => Ok(()),
    }
}

/// Checks the number and the length of warnings.
///
/// # Errors
/// `validation_error`.
pub fn check_warnings(warnings: &[String]) -> Result<(), ApiError> {
    let long = |warning: &String| warning.chars().count() > MAX_WARNING_CHARACTERS;
    if warnings.len() > MAX_WARNINGS || warnings.iter().any(long) {
        return Err(too_many_warnings());
    }
    Ok(())
}

/// The answer to more or longer warnings than are taken.
pub fn too_many_warnings() -> ApiError {
    ApiError::with_message(
        ErrorCode::ValidationError,
        format!("at most {MAX_WARNINGS} warnings of {MAX_WARNING_CHARACTERS} characters are taken"),
    )
}

/// Checks a back end's name for a session: 1 to 256 characters that can be seen, or blanks between them.
///
/// # Errors
/// `validation_error`.
pub fn check_reference(reference: &str) -> Result<(), ApiError> {
    let seen = |character: char| character == ' ' || is_visible(character);
    let length = reference.chars().count();
    if !(1..=MAX_REFERENCE).contains(&length)
        || reference.trim() != reference
        || !reference.chars().all(seen)
    {
        let message = format!(
            "reference has to have 1 to {MAX_REFERENCE} visible characters, no blank first or last"
        );
        return Err(ApiError::with_message(ErrorCode::ValidationError, message));
    }
    Ok(())
}

/// Neither a blank nor one of those that only change how others are shown.
fn is_visible(character: char) -> bool {
    let invisible = matches!(character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}');
    !(invisible || character.is_control() || character.is_whitespace())
}

/// JSON in which characters that cannot be seen are escaped: whoever reads it on a screen sees all that it says, in the order
/// in which it says it.
pub fn visible_json(value: &serde_json::Value) -> String {
    let json = value.to_string();
    let mut visible = String::with_capacity(json.len());
    let mut units = [0; 2];
    for character in json.chars() {
        if character == ' ' || is_visible(character) {
            visible.push(character);
        } else {
            // Only texts hold such characters, and there they may be escaped.
            let units = character.encode_utf16(&mut units);
            visible.extend(units.iter().map(|unit| format!("\\u{unit:04x}")));
        }
    }
    visible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_escaped_and_read_back_as_it_was() {
        let value = serde_json::json!({ "a b": "\u{202e}live\u{200b} \u{e0041}\u{85}\n\"é参\"" });
        let json = visible_json(&value);
        assert_eq!(json, r#"{"a b":"\u202elive\u200b \udb40\udc41\u0085\n\"é参\""}"#);
        assert_eq!(serde_json::from_str::<serde_json::Value>(&json).unwrap(), value);
    }

    #[test]
    fn references_are_short_and_can_be_seen() {
        let longest = "\u{e9}".repeat(MAX_REFERENCE);
        for reference in
            ["7", "order 4711/b", "M\u{fc}ller-\u{53c2}\u{7167}", "{\"id\": 1}", &longest]
        {
            assert_eq!(check_reference(reference), Ok(()), "{reference}");
        }
        let long = "x".repeat(MAX_REFERENCE + 1);
        for reference in [
            "",
            " ",
            " 7",
            "7 ",
            "7\n",
            "a\tb",
            "a\0b",
            "a\u{7f}b",
            "a\u{85}b",
            "a\u{a0}b",
            "a\u{200b}b",
            "a\u{202e}b",
            "\u{feff}a",
            "a\u{2028}b",
            &long,
        ] {
            let error = check_reference(reference).unwrap_err();
            assert_eq!(error.code, ErrorCode::ValidationError, "{reference:?}");
        }
    }
}
