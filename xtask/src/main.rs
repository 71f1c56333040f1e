//! Build, test, demo and bench driver.

mod models;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."));
    match models::build(root) {
        Ok(paths) => {
            println!("{}\n{}", paths.blob.display(), paths.onnx.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
