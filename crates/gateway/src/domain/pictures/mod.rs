//! Pictures as clients send them: read with care, and brought to the form the verifier takes.

pub mod base64_text;
pub mod frame_input;
pub mod png_input;
pub mod png_structure;
pub mod print;
