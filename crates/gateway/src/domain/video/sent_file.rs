//! A video on its way to the store: a private temporary file.

use std::io::{self, SeekFrom};

use liveness_protocol::ErrorCode;
use tokio::fs::File;
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use crate::domain::error::ApiError;

/// The file cannot be made or written. Why has been logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a video cannot be written to a temporary file")]
pub struct CannotWrite;

impl From<io::Error> for CannotWrite {
    fn from(error: io::Error) -> Self {
        let cannot = Self;
        tracing::error!(%error, "{cannot}");
        cannot
    }
}

impl From<CannotWrite> for ApiError {
    fn from(_: CannotWrite) -> Self {
        ErrorCode::ServiceUnavailable.into()
    }
}

/// A file that has been sent. It has no name in the file system, so that nothing is left of it whatever happens.
#[derive(Debug)]
pub struct SentFile {
    /// What its sender calls it.
    pub name: String,
    /// Read from its beginning.
    pub file: File,
    /// How many bytes it has.
    pub bytes: usize,
}

/// Writes one as it arrives.
#[derive(Debug)]
pub struct FileWriter {
    file: File,
    bytes: usize,
}

impl FileWriter {
    /// An empty file.
    ///
    /// # Errors
    /// When none can be made.
    pub async fn new() -> Result<Self, CannotWrite> {
        let made = tokio::task::spawn_blocking(tempfile::tempfile).await;
        let made = made.unwrap_or_else(|error| Err(io::Error::other(error)));
        Ok(Self { file: File::from_std(made?), bytes: 0 })
    }

    /// How many bytes have been written.
    pub const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// When they cannot be written.
    pub async fn write(&mut self, chunk: &[u8]) -> Result<(), CannotWrite> {
        self.file.write_all(chunk).await?;
        self.bytes += chunk.len();
        Ok(())
    }

    /// The file, whole.
    ///
    /// # Errors
    /// When it cannot be written.
    pub async fn finish(mut self, name: String) -> Result<SentFile, CannotWrite> {
        self.file.flush().await?;
        self.file.seek(SeekFrom::Start(0)).await?;
        Ok(SentFile { name, file: self.file, bytes: self.bytes })
    }
}
