//! Compressed files beside those that they were made of: `main.js.br` and `main.js.gz` beside `main.js`.

use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::time::Duration;

use tower_http::services::fs::{Backend, TokioBackend, TokioFile};

/// How much older than its file a compressed one may be: whoever copies a folder copies one after the other.
const OLDER: Duration = Duration::from_secs(10);

/// The file system, but for compressed files whose original has changed since: those are not there, as nothing is whose name is
/// longer than names can be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Siblings;

type Opening<T> = Pin<Box<dyn Future<Output = io::Result<T>> + Send>>;

impl Backend for Siblings {
    type File = TokioFile;
    type Metadata = std::fs::Metadata;
    type OpenFuture = Opening<TokioFile>;
    type MetadataFuture = Opening<std::fs::Metadata>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        Box::pin(async move {
            fresh(&path).await?;
            TokioBackend.open(path).await.map_err(impossible_is_missing)
        })
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        Box::pin(async move {
            fresh(&path).await?;
            tokio::fs::metadata(path).await.map_err(impossible_is_missing)
        })
    }
}

fn impossible_is_missing(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::InvalidFilename => io::ErrorKind::NotFound.into(),
        _ => error,
    }
}

async fn fresh(path: &Path) -> io::Result<()> {
    if !path.extension().is_some_and(|ending| ending == "br" || ending == "gz") {
        return Ok(());
    }
    let compressed = tokio::fs::metadata(path).await.map_err(impossible_is_missing)?;
    let Ok(original) = tokio::fs::metadata(path.with_extension("")).await else { return Ok(()) };
    match original.modified()?.duration_since(compressed.modified()?) {
        Ok(older) if older > OLDER => Err(io::ErrorKind::NotFound.into()),
        _ => Ok(()),
    }
}
