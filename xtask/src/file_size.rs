//! What a file of the package weighs.

use serde::Deserialize;

/// What a file weighs, in bytes.
#[derive(Deserialize)]
pub struct Size {
    /// Its name.
    pub file: String,
    /// As it is.
    pub raw: u64,
    /// After gzip.
    pub gzip: u64,
    /// After brotli.
    pub brotli: u64,
}

/// Whether a file's name is the pattern, whose only special sign is one `*`.
pub fn matches(pattern: &str, file: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == file,
        Some((head, tail)) => file.strip_prefix(head).is_some_and(|rest| rest.ends_with(tail)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_letters() {
        for (pattern, file, wanted) in [
            ("a.js", "a.js", true),
            ("a.js", "ba.js", false),
            ("w-*.bin", "w-0123.bin", true),
            ("w-*.bin", "w-0123.js", false),
            ("w-*.bin", "v-0123.bin", false),
        ] {
            assert_eq!(matches(pattern, file), wanted, "{pattern} {file}");
        }
    }
}
