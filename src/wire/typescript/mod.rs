//! Writes what is generated from Rust: `js/src/generated/`, the gates for the demo page, and the documentation's tables.
//!
//! `cargo xtask generate` runs the test below with `LIVENESS_GENERATE` set, and it writes the files.
//! Otherwise the test fails if a file is stale.

mod documents;
mod head;
mod messages;
pub mod option_table;
mod quality;
mod retry;
mod tables;

pub use documents::Lost;

/// A generated file: its path from the repository's root, and how its content is made.
pub struct Generated {
    /// Relative to the root, with slashes.
    pub path: &'static str,
    /// The new content, given the current one.
    pub content: fn(&str) -> Result<String, Lost>,
}

/// Every generated file.
pub const FILES: &[Generated] = &[
    Generated { path: "js/src/generated/api.ts", content: |_| Ok(messages::api()) },
    Generated { path: "js/src/generated/codes.ts", content: |_| Ok(tables::codes()) },
    Generated { path: "js/src/generated/options.ts", content: |_| Ok(tables::options()) },
    Generated { path: "js/src/generated/retry.ts", content: |_| Ok(retry::retry()) },
    Generated { path: "js/src/generated/wire.ts", content: |_| Ok(messages::wire()) },
    Generated { path: "www/src/generated/gates.ts", content: |_| Ok(quality::gates_script()) },
    Generated { path: "docs/guidance.md", content: documents::guidance },
    Generated { path: "docs/errors.md", content: documents::errors },
    Generated { path: "docs/sessions.md", content: documents::sessions },
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn generated_files_are_up_to_date() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let write = std::env::var_os("LIVENESS_GENERATE").is_some();
        let mut stale = Vec::new();
        for Generated { path, content } in FILES {
            let file = root.join(path);
            let present = std::fs::read_to_string(&file).unwrap_or_default();
            let wanted = content(&present)
                .unwrap_or_else(|Lost(marker)| panic!("{path} has lost its {marker}"));
            if wanted == present {
                continue;
            }
            stale.push(*path);
            if write {
                std::fs::create_dir_all(file.parent().expect("a folder"))
                    .expect("create the file's folder");
                std::fs::write(&file, wanted).expect("write the file");
            }
        }
        assert!(write || stale.is_empty(), "stale: {stale:?}; run `cargo xtask generate`");
    }
}
