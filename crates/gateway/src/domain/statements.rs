//! Limits on what clients state about their capture, the same at every endpoint.

use liveness_protocol::ErrorCode;
use liveness_protocol::check::{MAX_FPS, MAX_WARNINGS};
use liveness_protocol::session::MAX_REFERENCE;

use crate::domain::check;
use crate::domain::error::ApiError;
use crate::domain::visible::is_visible;

/// The most bytes that all of them may have as JSON: they are kept with the verdict.
const MAX_WARNINGS_BYTES: usize = 4096;

/// The most characters of one.
const MAX_WARNING_CHARACTERS: usize = 500;

/// Checks a frame rate.
///
/// # Errors
/// `validation_error` outside 0 < fps <= [`MAX_FPS`], `missing_field` if there is none and the model needs one.
pub fn check_fps(fps: Option<f64>, needed: bool) -> Result<(), ApiError> {
    match fps {
        Some(fps) if fps > 0.0 && fps <= MAX_FPS => Ok(()),
        Some(_) => Err(ApiError::of_field(
            ErrorCode::ValidationError,
            "fps",
            format!("fps has to be in 0 < fps <= {MAX_FPS}"),
        )),
        None if needed => {
            Err(ApiError::of_field(ErrorCode::MissingField, "fps", "this model requires fps"))
        }
        None => Ok(()),
    }
}

/// Checks the times of pictures: those that rise have to give a rate, for which they may lie too far or too little apart. `field`
/// is where they stand in the request.
///
/// # Errors
/// `validation_error`.
pub fn check_times(times_ms: &[f64], field: &str) -> Result<(), ApiError> {
    // Those that do not rise say nothing.
    if times_ms.len() < 2 || check::rising(times_ms).is_none() || check::rate(times_ms).is_some() {
        return Ok(());
    }
    let message = format!("{field}: no rate of pictures follows from these times");
    Err(ApiError::of_field(ErrorCode::ValidationError, field, message))
}

/// Checks the number and the length of warnings.
///
/// # Errors
/// `validation_error`.
pub fn check_warnings(warnings: &[String]) -> Result<(), ApiError> {
    let long = |warning: &String| warning.chars().count() > MAX_WARNING_CHARACTERS;
    if warnings.len() > MAX_WARNINGS
        || warnings.iter().any(long)
        || warnings.iter().map(|warning| written(warning)).sum::<usize>() > MAX_WARNINGS_BYTES
    {
        return Err(too_many_warnings());
    }
    Ok(())
}

/// Each of them once; of more than a check may come with so many that it can be told.
pub fn each_once(warnings: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept = Vec::new();
    for warning in warnings {
        if !kept.contains(&warning) {
            kept.push(warning);
        }
        if kept.len() > MAX_WARNINGS {
            break;
        }
    }
    kept
}

/// Adds those of `more` that are not there and that a check may come with besides.
pub fn add_warnings<'a>(warnings: &mut Vec<String>, more: impl Iterator<Item = &'a String>) {
    let mut bytes: usize = warnings.iter().map(|warning| written(warning)).sum();
    for warning in more {
        let length = written(warning);
        if warnings.len() < MAX_WARNINGS
            && bytes + length <= MAX_WARNINGS_BYTES
            && !warnings.contains(warning)
        {
            warnings.push(warning.clone());
            bytes += length;
        }
    }
}

/// How many bytes a text has as it is kept, with quotes.
fn written(text: &str) -> usize {
    serde_json::to_string(text).map_or(usize::MAX, |text| text.len())
}

/// The answer to more or longer warnings than are taken.
fn too_many_warnings() -> ApiError {
    ApiError::of_field(
        ErrorCode::ValidationError,
        "warnings",
        format!(
            "at most {MAX_WARNINGS} warnings of {MAX_WARNING_CHARACTERS} characters are taken, of {MAX_WARNINGS_BYTES} bytes together"
        ),
    )
}

/// Checks a back end's name for a session: 1 to 256 characters that can be seen, or blanks between them.
///
/// # Errors
/// `validation_error`.
pub fn check_reference(reference: &str) -> Result<(), ApiError> {
    let length = reference.chars().count();
    if !(1..=MAX_REFERENCE).contains(&length)
        || reference.trim() != reference
        || !reference.chars().all(is_visible)
    {
        let message = format!(
            "reference has to have 1 to {MAX_REFERENCE} visible characters, no blank first or last"
        );
        return Err(ApiError::of_field(ErrorCode::ValidationError, "reference", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_are_bounded_together_as_they_are_kept() {
        let taken = |text: &str, count| check_warnings(&vec![text.to_owned(); count]).is_ok();
        assert!(taken(&"w".repeat(500), 8) && !taken(&"w".repeat(500), 9));
        assert!(taken(&"\u{e9}".repeat(500), 4) && !taken(&"\u{e9}".repeat(500), 5));
        assert!(taken(&"\u{1}".repeat(300), 2) && !taken(&"\u{1}".repeat(300), 3), "escaped");
        assert!(taken("w", 50) && !taken("w", 51));
        // What single pictures come with does not make it more.
        let mut warnings = vec!["x".repeat(500)];
        let more: Vec<String> = (0..60).map(|number| format!("{number:0>500}")).collect();
        add_warnings(&mut warnings, more.iter().chain(&more));
        assert_eq!((warnings.len(), &warnings[7]), (8, &more[6]));
        check_warnings(&warnings).unwrap();
    }

    #[test]
    fn no_more_warnings_are_compared_than_a_check_may_come_with() {
        let mut seen = 0;
        let kept = each_once((0..1000).inspect(|_| seen += 1).map(|number| number.to_string()));
        assert_eq!((kept.len(), seen), (MAX_WARNINGS + 1, MAX_WARNINGS + 1));
        check_warnings(&kept).unwrap_err();
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
