//! Limits on what clients state about their capture, the same at every endpoint.

use liveness_protocol::ErrorCode;

use crate::error::ApiError;

/// The highest rate the API takes, in frames per second.
const MAX_FPS: f64 = 120.0;

/// The most warnings a check may come with.
pub const MAX_WARNINGS: usize = 50;

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
