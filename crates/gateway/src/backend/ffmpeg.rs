//! ffmpeg as a child process that reads what strangers have sent: bounded in time, processor, memory and output, with no
//! network, no other file, no environment, and nothing left of it when it is not wanted any more.

use std::fs::File;
use std::io::{Seek as _, SeekFrom};
use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, Command};

use super::stills::Still;
use crate::domain::video::format::VideoFormat;
use crate::domain::video::listing::{Listing, MAX_FRAMES, Selection, VideoError};

/// The most bytes of a list: some 80 for each frame, and its head.
const MAX_LIST: usize = 80 * MAX_FRAMES + 4096;

/// The most bytes of all frames together.
const MAX_FRAME_BYTES: usize = 192 * 1024 * 1024;

/// The longest side of a frame: larger ones are made smaller. The face is found, and cut, in 224 pixels anyway.
const MAX_SIDE: u32 = 960;

/// The most pixels that are decoded, whatever the file's head says.
const MAX_PIXELS: u32 = 3840 * 2160;

/// The decoders that videos of cameras need. Others are not opened.
const DECODERS: &str =
    "h264,hevc,vp8,vp9,av1,libdav1d,libaom-av1,mpeg4,mjpeg,aac,opus,vorbis,mp3,mp3float,pcm_s16le";

/// Sets the limits before there is a program for them to hold for: memory, processor time and seconds are arguments. No file
/// is written, and no core. Where the system has what it takes (Debian does), the program also ends with the gateway, however
/// that ends, and after these seconds, whoever is left to look at the time.
const SHELL: &str = r#"ulimit -c 0 && ulimit -f 0 && ulimit -v "$1" && ulimit -t "$2" || exit 126
bound=; timed=; seconds=$3; shift 3
setpriv --pdeathsig KILL true 2>/dev/null && bound='setpriv --pdeathsig KILL'
timeout -s KILL 1 true 2>/dev/null && timed="timeout -s KILL $seconds"
exec $bound $timed $bound "$@""#;

/// The child's standard input, as a file that it can search. A video has no name by which it could be opened, so that nothing
/// is left of it whatever happens.
const INPUT: &str =
    if cfg!(target_os = "linux") { "file:/proc/self/fd/0" } else { "file:/dev/fd/0" };

/// How much longer the child's own limit of time is than ours, which tells what has happened.
const LONGER: Duration = Duration::from_secs(5);

/// How much more processor time than has passed may be counted: some of the work, such as reading, has threads of its own.
const OVERLAP: f64 = 1.25;

/// How long ffmpeg may take to say what it is.
const SAYING: Duration = Duration::from_secs(10);

/// What one run may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChildLimits {
    /// From its start to its end.
    pub time: Duration,
    /// Seconds of a processor.
    pub cpu_seconds: u32,
    /// Bytes of address space.
    pub memory: u64,
}

impl Default for ChildLimits {
    fn default() -> Self {
        Self { time: Duration::from_secs(45), cpu_seconds: 40, memory: 2 << 30 }
    }
}

impl ChildLimits {
    /// Why a program that has ended so, after this time, has not ended by itself.
    fn cut_short(&self, status: ExitStatus, after: Duration) -> Option<VideoError> {
        use rustix::process::Signal;

        // The number is what `timeout` may make of a signal.
        let by_number = status.code().filter(|code| (129..160).contains(code));
        let signal = status.signal().or(by_number.map(|code| code - 128));
        match (signal.and_then(Signal::from_named_raw), status.code()) {
            (Some(Signal::XCPU), _) => Some(VideoError::TooSlow),
            // Of its own limit, if it can have come to that. Sooner, it is anybody's.
            (Some(Signal::KILL), _)
                if OVERLAP * after.as_secs_f64() >= f64::from(self.cpu_seconds) =>
            {
                Some(VideoError::TooSlow)
            }
            (
                Some(
                    Signal::ILL
                    | Signal::TRAP
                    | Signal::ABORT
                    | Signal::BUS
                    | Signal::FPE
                    | Signal::SEGV
                    | Signal::SYS,
                ),
                _,
            ) => Some(VideoError::Unreadable),
            // 255 and 123 are what ffmpeg makes of a signal that asks it to end.
            (Some(_), _) | (None, None | Some(255 | 123)) => Some(VideoError::Killed),
            (None, Some(126 | 127)) => {
                Some(VideoError::NoDecoder("it is not there, or not to be run".into()))
            }
            (None, Some(_)) => None,
        }
    }
}

/// Runs ffmpeg.
#[derive(Debug, Clone)]
pub struct Ffmpeg {
    program: PathBuf,
    limits: ChildLimits,
}

/// The child and whatever it has started, ended with this unless they have ended by themselves.
struct Group(Option<rustix::process::Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        Self(id.and_then(rustix::process::Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0.take() {
            // Fails if all of it has ended.
            rustix::process::kill_process_group(group, rustix::process::Signal::KILL).ok();
        }
    }
}

impl Ffmpeg {
    /// Runs `program`.
    pub const fn new(program: PathBuf, limits: ChildLimits) -> Self {
        Self { program, limits }
    }

    /// Whether the program is an ffmpeg that runs within its limits.
    ///
    /// # Errors
    /// [`VideoError::NoDecoder`], with the reason; [`VideoError::TooSlow`] if it says nothing, or is ended by its limits;
    /// [`VideoError::Killed`].
    pub async fn is_one(&self) -> Result<(), VideoError> {
        let limits = ChildLimits { time: SAYING, ..self.limits };
        let limited = Self { limits, ..self.clone() };
        let mut command = limited.limited();
        command.arg("-version").stdin(Stdio::null());
        let (said, _) = limited.run(command, MAX_LIST).await?;
        match said.starts_with(b"ffmpeg version ") {
            true => Ok(()),
            false => Err(VideoError::NoDecoder("it does not say that it is an ffmpeg".into())),
        }
    }

    /// What is in a file, without decoding it.
    ///
    /// # Errors
    /// See [`VideoError`].
    pub async fn list(&self, file: &File, format: VideoFormat) -> Result<Listing, VideoError> {
        let mut command = self.reading(file, format)?;
        command.args(["-map", "0:v:0", "-c", "copy", "-f", "framecrc", "pipe:1"]);
        let (list, status) = self.run(command, MAX_LIST).await?;
        if !status.success() {
            return Err(VideoError::Unreadable);
        }
        Listing::read(&String::from_utf8_lossy(&list))
    }

    /// The frames that were selected, each as a file of its own.
    ///
    /// # Errors
    /// See [`VideoError`].
    pub async fn frames(
        &self,
        file: &File,
        format: VideoFormat,
        selection: &Selection,
        still: Still,
    ) -> Result<Vec<Bytes>, VideoError> {
        let frames = &selection.frames;
        let chosen: Vec<String> = frames.iter().map(|frame| format!("eq(n,{frame})")).collect();
        let filter = format!(
            "select='{}',scale=w='min({MAX_SIDE},iw)':h='min({MAX_SIDE},ih)':force_original_aspect_ratio=decrease",
            chosen.join("+")
        );
        let mut command = self.reading(file, format)?;
        command.args(["-map", "0:v:0", "-vf", &filter, "-vsync", "passthrough"]);
        command.args(["-frames:v", &frames.len().to_string(), "-c:v", still.encoder()]);
        command.args(["-q:v", "2", "-threads", "1", "-f", "image2pipe", "pipe:1"]);
        let (stream, _) = self.run(command, MAX_FRAME_BYTES).await?;
        // What could be decoded counts, not what ffmpeg thinks of the rest.
        let files = still.split(stream.into());
        if files.len() == frames.len() { Ok(files) } else { Err(VideoError::Unreadable) }
    }

    /// ffmpeg within its limits.
    fn limited(&self) -> Command {
        let ChildLimits { time, cpu_seconds, memory } = self.limits;
        let seconds = (time + LONGER).as_secs().to_string();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SHELL, "sh", &(memory / 1024).to_string(), &cpu_seconds.to_string()]);
        command.arg(seconds).arg(&self.program);
        command
    }

    /// ffmpeg on this file: by one demuxer, and by nothing that could lead to another file.
    fn reading(&self, file: &File, format: VideoFormat) -> Result<Command, VideoError> {
        let demuxers = match format {
            VideoFormat::Mov => "mov,mp4,m4a,3gp,3g2,mj2",
            VideoFormat::Matroska => "matroska,webm",
            VideoFormat::Avi => "avi",
        };
        let mut command = self.limited();
        command.args(["-nostdin", "-hide_banner", "-v", "error"]);
        command.args(["-threads", "1", "-filter_threads", "1"]);
        command.args(["-protocol_whitelist", "file,pipe", "-format_whitelist", demuxers]);
        command.args(["-codec_whitelist", DECODERS, "-max_pixels", &MAX_PIXELS.to_string()]);
        command.args(["-f", format.as_str()]);
        if format == VideoFormat::Mov {
            command.args(["-enable_drefs", "0", "-use_absolute_path", "0"]);
        }
        command.args(["-i", INPUT, "-an", "-sn", "-dn"]);
        // Where the descriptor is handed on as it is, it is also where the last run left it.
        let mut input = file.try_clone().map_err(no_decoder)?;
        input.seek(SeekFrom::Start(0)).map_err(no_decoder)?;
        command.stdin(input);
        Ok(command)
    }

    /// Runs it to its end: what it has written, and how it has ended.
    async fn run(
        &self,
        mut command: Command,
        most: usize,
    ) -> Result<(Vec<u8>, ExitStatus), VideoError> {
        command
            .env_clear()
            .current_dir("/")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .kill_on_drop(true);
        let began = Instant::now();
        let mut child = command.spawn().map_err(no_decoder)?;
        let mut group = Group::of(&child);
        let Some(out) = child.stdout.take() else { return Err(VideoError::Unreadable) };
        let mut written = Vec::new();
        let work = async {
            out.take(most as u64 + 1).read_to_end(&mut written).await.map_err(no_decoder)?;
            if written.len() > most {
                return Err(VideoError::TooLong);
            }
            child.wait().await.map_err(no_decoder)
        };
        let status = tokio::time::timeout(self.limits.time, work)
            .await
            .map_err(|_| VideoError::TooSlow)??;
        // It has ended, and its number may be another's from now on.
        group.0 = None;
        match self.limits.cut_short(status, began.elapsed()) {
            Some(error) => Err(error),
            None => Ok((written, status)),
        }
    }
}

fn no_decoder(error: std::io::Error) -> VideoError {
    VideoError::NoDecoder(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::*;

    /// A program of this script.
    fn scripted(dir: &Path, script: &str) -> PathBuf {
        let program = dir.join("program");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        program
    }

    fn nothing() -> File {
        tempfile::tempfile().unwrap()
    }

    /// Whether any process has been started with this among its arguments.
    fn runs(argument: &str) -> bool {
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let lines = processes.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
        lines
            .into_iter()
            .any(|line| line.split(|byte| *byte == 0).any(|part| part == argument.as_bytes()))
    }

    async fn until(holds: impl Fn() -> bool) {
        for _ in 0..500 {
            if holds() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("waited for nothing");
    }

    #[tokio::test]
    async fn a_child_that_hangs_ends_with_all_that_it_has_started() {
        let dir = tempfile::tempdir().unwrap();
        let program = scripted(dir.path(), "sleep 4242.5 & sleep 4243.5; wait");
        let limits = ChildLimits { time: Duration::from_millis(500), ..ChildLimits::default() };
        let hangs = Ffmpeg::new(program.clone(), limits);
        let listed = hangs.list(&nothing(), VideoFormat::Mov).await;
        assert_eq!(listed, Err(VideoError::TooSlow));
        until(|| !runs("4242.5") && !runs("4243.5")).await;
        // The same when nobody waits any more.
        let patient = Ffmpeg::new(program, ChildLimits::default());
        let work = tokio::spawn(async move { patient.list(&nothing(), VideoFormat::Mov).await });
        until(|| runs("4242.5") && runs("4243.5")).await;
        work.abort();
        until(|| !runs("4242.5") && !runs("4243.5")).await;
    }

    #[tokio::test]
    async fn a_child_has_limits_and_nothing_of_ours() {
        let dir = tempfile::tempdir().unwrap();
        let script = "ulimit -v; ulimit -t; ulimit -f; ulimit -c; /usr/bin/env; cat";
        let ffmpeg = Ffmpeg::new(scripted(dir.path(), script), ChildLimits::default());
        let command = ffmpeg.reading(&nothing(), VideoFormat::Mov).unwrap();
        let (said, status) = ffmpeg.run(command, 4096).await.unwrap();
        assert!(status.success());
        let said = String::from_utf8(said).unwrap();
        let lines: Vec<&str> = said.lines().collect();
        assert_eq!(lines[..4], ["2097152", "40", "0", "0"], "{said}");
        // What a shell sets by itself.
        let set = lines[4..].iter().filter(|line| {
            !["PWD=", "OLDPWD=", "SHLVL=", "_="].iter().any(|name| line.starts_with(name))
        });
        assert_eq!(set.count(), 0, "{said}");
    }

    #[tokio::test]
    async fn what_writes_without_end_or_is_no_program_has_a_reason() {
        let dir = tempfile::tempdir().unwrap();
        let list = async |program: PathBuf| {
            let ffmpeg = Ffmpeg::new(program, ChildLimits::default());
            ffmpeg.list(&nothing(), VideoFormat::Avi).await
        };
        assert_eq!(
            list(scripted(dir.path(), "while :; do echo 0, 1, 1, 1, 1, 0x0; done")).await,
            Err(VideoError::TooLong)
        );
        for (script, reason) in [
            ("exit 1", VideoError::Unreadable),
            ("kill -SEGV $$", VideoError::Unreadable),
            ("kill -XCPU $$", VideoError::TooSlow),
            // What comes from outside says nothing of the file.
            ("kill -KILL $$", VideoError::Killed),
            ("kill -TERM $$", VideoError::Killed),
            ("exit 137", VideoError::Killed),
            ("exit 255", VideoError::Killed),
        ] {
            assert_eq!(list(scripted(dir.path(), script)).await, Err(reason), "{script}");
        }
        let limits = ChildLimits { cpu_seconds: 1, ..ChildLimits::default() };
        let busy = Ffmpeg::new(scripted(dir.path(), "while :; do :; done"), limits);
        let listed = busy.list(&nothing(), VideoFormat::Avi).await;
        assert_eq!(listed, Err(VideoError::TooSlow), "a limit of its own");
        let absent = list(dir.path().join("absent")).await;
        assert!(matches!(absent, Err(VideoError::NoDecoder(_))), "{absent:?}");
    }

    #[test]
    fn a_kill_is_its_own_limits_if_that_can_have_been_reached() {
        let limits = ChildLimits::default();
        for status in [9, 137 << 8].map(ExitStatus::from_raw) {
            for (seconds, reason) in [
                (1, VideoError::Killed),
                (20, VideoError::Killed),
                (31, VideoError::Killed),
                (32, VideoError::TooSlow),
                (44, VideoError::TooSlow),
            ] {
                let after = Duration::from_secs(seconds);
                assert_eq!(limits.cut_short(status, after), Some(reason), "{seconds} {status}");
            }
        }
    }

    #[tokio::test]
    async fn what_is_no_ffmpeg_is_known_by_what_it_says() {
        let dir = tempfile::tempdir().unwrap();
        let said = async |script: &str| {
            Ffmpeg::new(scripted(dir.path(), script), ChildLimits::default()).is_one().await
        };
        assert_eq!(said("echo ffmpeg version 5.1 \"$@\"").await, Ok(()));
        for script in ["true", "echo hello", "exit 127", "echo ffplay version 5.1"] {
            let refused = said(script).await;
            assert!(matches!(refused, Err(VideoError::NoDecoder(_))), "{script}: {refused:?}");
        }
    }
}
