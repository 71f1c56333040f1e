//! The flags about videos that are submitted.

use std::path::{Path, PathBuf};

use clap::Args;

use super::error::ConfigError;
use crate::domain::video::source::VideoHosts;

// A documentation comment here would become the command's description.
#[derive(Debug, Clone, Args)]
#[allow(missing_docs, reason = "see above")]
pub struct VideoFlags {
    /// The program that decodes videos; without one on the PATH, or here, no videos are taken.
    #[arg(long, env = "LIVENESS_FFMPEG", value_name = "FILE")]
    pub ffmpeg: Option<PathBuf>,

    /// A host that videos may be fetched from, by `video_url`: its name, `*.` and a domain for all hosts below it, with a port
    /// if that is not 443; may be repeated.
    #[arg(long, env = "LIVENESS_VIDEO_URL_HOST", value_delimiter = ',', value_name = "HOST")]
    pub video_url_host: Vec<String>,

    /// How many megabytes a video may have.
    #[arg(long, env = "LIVENESS_MAX_VIDEO_MEGABYTES", default_value_t = 64, value_name = "MB",
        value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub max_video_megabytes: u32,

    /// How many videos may wait for their check at once. One tenant may have no more of them than are left for the others.
    #[arg(long, env = "LIVENESS_MAX_WAITING_VIDEOS", default_value_t = 16, value_name = "NUMBER",
        value_parser = clap::value_parser!(u32).range(1..=64))]
    pub max_waiting_videos: u32,
}

/// What is done with videos.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VideoSettings {
    /// The program that decodes them, if there is one.
    pub ffmpeg: Option<PathBuf>,
    /// Where they may be fetched from.
    pub hosts: VideoHosts,
    /// The most bytes of one.
    pub max_bytes: usize,
    /// The most that wait.
    pub max_waiting: usize,
}

impl VideoFlags {
    /// Checks them. `path` is the value of PATH.
    ///
    /// # Errors
    /// [`ConfigError::Ffmpeg`] for one that is not there, [`ConfigError::VideoHost`].
    pub fn check(&self, path: Option<&str>) -> Result<VideoSettings, ConfigError> {
        let ffmpeg = match &self.ffmpeg {
            // The child is started in another folder.
            Some(program) => match std::path::absolute(program) {
                Ok(program) if program.is_file() => Some(program),
                _ => return Err(ConfigError::Ffmpeg(program.clone())),
            },
            None => path.and_then(find),
        };
        let max_bytes = (self.max_video_megabytes as usize).saturating_mul(1 << 20);
        let hosts = VideoHosts::parse(&self.video_url_host).map_err(ConfigError::VideoHost)?;
        Ok(VideoSettings {
            ffmpeg,
            hosts,
            max_bytes,
            max_waiting: self.max_waiting_videos as usize,
        })
    }
}

fn find(path: &str) -> Option<PathBuf> {
    let folders = std::env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join("ffmpeg")).find(|program: &PathBuf| Path::is_file(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags(ffmpeg: Option<&Path>) -> VideoFlags {
        let ffmpeg = ffmpeg.map(Path::to_owned);
        let video_url_host = vec!["video.example".to_owned()];
        VideoFlags { ffmpeg, video_url_host, max_video_megabytes: 1, max_waiting_videos: 2 }
    }

    #[test]
    fn a_decoder_is_named_or_found() {
        let dir = tempfile::tempdir().unwrap();
        let program = dir.path().join("ffmpeg");
        let path = std::env::join_paths(["relative".into(), dir.path().to_owned()]).unwrap();
        let path = path.to_str();
        assert_eq!(flags(None).check(path).unwrap().ffmpeg, None, "it may be absent");
        let named = flags(Some(&program)).check(path);
        assert_eq!(named, Err(ConfigError::Ffmpeg(program.clone())), "but not if it is named");
        std::fs::write(&program, "").unwrap();
        let hosts = VideoHosts::parse(&["video.example"]).unwrap();
        let settings = VideoSettings {
            ffmpeg: Some(program.clone()),
            hosts,
            max_bytes: 1 << 20,
            max_waiting: 2,
        };
        assert_eq!(flags(None).check(path), Ok(settings.clone()));
        assert_eq!(flags(Some(&program)).check(None), Ok(settings));
    }
}
