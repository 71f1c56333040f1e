//! Turns the pinned model file into what the product loads.
//!
//! The source is a TensorFlow Lite flatbuffer with f16 weights from an npm package. It becomes two
//! files in `target/models/`: the weights blob that the detector wires its graph from, in the
//! browser and at the gateway, and an ONNX file of the same network, the oracle of the tests.

mod blob;
mod onnx;
mod onnx_proto;
mod pin;
mod schema;
#[cfg(test)]
mod tests;
mod tflite;

use std::path::{Path, PathBuf};
use thiserror::Error;

pub use blob::BlobError;
pub use pin::PinError;
pub use tflite::TfliteError;

const NAME: &str = "blazeface_short_range";

/// The converted files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelPaths {
    /// Weights for `face_vision::BlazeFace::from_weights`.
    pub blob: PathBuf,
    /// The same network as ONNX, opset 13.
    pub onnx: PathBuf,
}

/// Why the models could not be made.
#[derive(Debug, Error)]
pub enum ModelsError {
    /// The source is missing or is not the pinned one.
    #[error(transparent)]
    Pin(#[from] PinError),
    /// The source could not be read.
    #[error("{NAME}: {0}")]
    Tflite(#[from] TfliteError),
    /// The source is not the network the detector knows.
    #[error("{NAME}: {0}")]
    Blob(#[from] BlobError),
    /// An output could not be written.
    #[error("cannot write {}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Converts the pinned model into `target/models/`.
///
/// Converting takes milliseconds, so it always runs; a file is only written when its content
/// changes, which keeps its timestamp for whoever depends on it.
pub fn build(workspace_root: &Path) -> Result<ModelPaths, ModelsError> {
    let pin = pin::Pin::load(&workspace_root.join("models").join(format!("{NAME}.toml")))?;
    let graph = tflite::read(&pin.source(&workspace_root.join("node_modules"))?)?;
    let folder = workspace_root.join("target").join("models");
    let paths = ModelPaths {
        blob: folder.join(format!("{NAME}.bin")),
        onnx: folder.join(format!("{NAME}.onnx")),
    };
    write_if_changed(&paths.blob, &blob::write(&graph)?)?;
    write_if_changed(&paths.onnx, &onnx::write(&graph, &pin.origin())?)?;
    Ok(paths)
}

fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<(), ModelsError> {
    if std::fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    let failed = |source| ModelsError::Write { path: path.to_owned(), source };
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    // Renamed into place, so that a reader never sees half a file.
    let partial = path.with_extension("partial");
    std::fs::write(&partial, bytes).map_err(failed)?;
    std::fs::rename(&partial, path).map_err(failed)
}
