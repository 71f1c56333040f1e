//! The footage: what it shows, MediaPipe's record of it, and what the product finds in it.

use face_vision::{FaceDetector, FrameView, Rect};
use serde::Deserialize;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A face as both detectors give it, in the frame's pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Face {
    /// 0 to 1.
    pub score: f32,
    /// Where.
    pub bbox: Rect,
}

/// All faces found in a frame, best first.
pub type Faces = Vec<Face>;

/// One picture or clip.
#[derive(Debug, Clone)]
pub struct Footage {
    /// File name without its extension.
    pub name: String,
    /// The file.
    pub path: PathBuf,
    /// Whether it is a clip.
    pub clip: bool,
    /// Faces in every frame, according to the manifest.
    pub expected: usize,
    /// Where the only face is, roughly: its box in a picture, around its box in a clip.
    pub place: Option<Rect>,
    /// Width of its frames, in pixels.
    pub width: u32,
    /// Height of its frames, in pixels.
    pub height: u32,
    /// CRC-32 of all frames MediaPipe saw, as RGB.
    pub pixels_crc32: u32,
    /// What MediaPipe found, frame by frame.
    pub mediapipe: Vec<Faces>,
}

#[derive(Deserialize)]
struct Manifest {
    entries: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    file: String,
    expected_faces: Option<usize>,
    detector: Option<Marker>,
}

/// Another detector's main box: a picture's, or a clip's median.
#[derive(Deserialize)]
struct Marker {
    main_box_xywh: Option<[f32; 4]>,
    main_box_xywh_median: Option<[f32; 4]>,
}

/// A file of `models/record_mediapipe.py`.
#[derive(Deserialize)]
struct Recording {
    threshold: f32,
    records: Vec<Record>,
}

#[derive(Deserialize)]
struct Record {
    file: String,
    width: u32,
    height: u32,
    pixels_crc32: u32,
    frames: Vec<Vec<[f32; 5]>>,
}

/// Everything in the manifest, with MediaPipe's record.
///
/// # Errors
/// A sentence, when a file is missing or does not say what it should.
pub fn list(testdata: &Path, recordings: &Path) -> Result<Vec<Footage>, String> {
    let manifest: Manifest = read(&testdata.join("manifest.json"))?;
    let mut recorded = Vec::new();
    let folder = std::fs::read_dir(recordings).map_err(|e| at(recordings, &e))?;
    for file in folder {
        let recording: Recording = read(&file.map_err(|e| at(recordings, &e))?.path())?;
        if recording.threshold != face_vision::DEFAULT_THRESHOLD {
            return Err("recorded at another threshold than the one in use".to_owned());
        }
        recorded.extend(recording.records);
    }
    let of_interest =
        |entry: &&Entry| ["images/", "clips/"].iter().any(|f| entry.file.starts_with(f));
    manifest
        .entries
        .iter()
        .filter(of_interest)
        .map(|entry| {
            let record = recorded.iter().find(|record| record.file == entry.file);
            let record = record.ok_or_else(|| format!("{}: not recorded", entry.file))?;
            Ok(footage(entry, record, testdata))
        })
        .collect()
}

fn footage(entry: &Entry, record: &Record, testdata: &Path) -> Footage {
    let path = testdata.join(&entry.file);
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let expected = entry.expected_faces.unwrap_or(0);
    let marker = entry.detector.as_ref();
    // A clip's face moves about its median: half a face to each side.
    let place =
        marker.and_then(|m| m.main_box_xywh.or(m.main_box_xywh_median)).map(|[x, y, w, h]| {
            let around = if entry.file.starts_with("clips/") { 0.5 } else { 0.0 };
            let (dx, dy) = (around * w, around * h);
            Rect { x: x - dx, y: y - dy, width: w + 2.0 * dx, height: h + 2.0 * dy }
        });
    let face =
        |[score, x, y, width, height]: [f32; 5]| Face { score, bbox: Rect { x, y, width, height } };
    Footage {
        name,
        path,
        clip: entry.file.starts_with("clips/"),
        expected,
        place: place.filter(|_| expected == 1),
        width: record.width,
        height: record.height,
        pixels_crc32: record.pixels_crc32,
        mediapipe: record.frames.iter().map(|f| f.iter().copied().map(face).collect()).collect(),
    }
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> Result<T, String> {
    let text = std::fs::read_to_string(path).map_err(|error| at(path, &error))?;
    serde_json::from_str(&text).map_err(|error| at(path, &error))
}

fn at(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}

impl Footage {
    /// Passes on every frame's RGB in turn, without row padding; returns the CRC-32 of it all.
    ///
    /// # Errors
    /// A sentence, when ffmpeg is absent, cannot read the file, or gives other frames than recorded.
    pub fn each_frame(
        &self,
        mut look: impl FnMut(usize, &[u8]) -> Result<(), String>,
    ) -> Result<u32, String> {
        // As models/record_mediapipe.py.
        let mut decoder = Command::new("ffmpeg")
            .args(["-v", "error", "-bitexact", "-i"])
            .arg(&self.path)
            .args(["-sws_flags", "bilinear+accurate_rnd+full_chroma_int+full_chroma_inp+bitexact"])
            .args(["-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|e| {
                format!("ffmpeg does not start: {e}; on Debian: apt-get install ffmpeg")
            })?;
        let mut pixels = decoder.stdout.take().ok_or("ffmpeg has no output")?;
        let mut frame = vec![0; 3 * self.width as usize * self.height as usize];
        let mut crc = crc32fast::Hasher::new();
        for index in 0..self.mediapipe.len() {
            pixels.read_exact(&mut frame).map_err(|e| at(&self.path, &e))?;
            crc.update(&frame);
            look(index, &frame)?;
        }
        if pixels.read(&mut frame).map_err(|e| at(&self.path, &e))? > 0 {
            return Err(at(&self.path, &"more frames than recorded"));
        }
        let ended = decoder.wait().map_err(|e| at(&self.path, &e))?;
        if ended.success() { Ok(crc.finalize()) } else { Err(at(&self.path, &ended)) }
    }

    /// What the detector finds, frame by frame; says on standard error if the pixels are not those
    /// that MediaPipe saw (another version of ffmpeg).
    ///
    /// # Errors
    /// A sentence, as [`Footage::each_frame`], or when the detector fails.
    pub fn detect(&self, detector: &mut dyn FaceDetector) -> Result<Vec<Faces>, String> {
        let mut found = Vec::new();
        let all = [0, 0, self.width as usize, self.height as usize];
        let crc = self.each_frame(|_, rgb| {
            found.push(self.detect_within(detector, rgb, all)?);
            Ok(())
        })?;
        if crc != self.pixels_crc32 {
            eprintln!("{}: this ffmpeg gives other pixels than were recorded", self.name);
        }
        Ok(found)
    }

    /// The faces in a region of a frame: left, top, width and height in whole pixels. The boxes are
    /// the frame's.
    ///
    /// # Errors
    /// The detector's own.
    pub fn detect_within(
        &self,
        detector: &mut dyn FaceDetector,
        rgb: &[u8],
        [left, top, width, height]: [usize; 4],
    ) -> Result<Faces, String> {
        let stride = 3 * self.width as usize;
        let first = top * stride + 3 * left;
        let view = FrameView::rgb(&rgb[first..], width as u32, height as u32, stride);
        let view = view.map_err(|error| at(&self.path, &error))?;
        let faces = detector.detect(&view).map_err(|error| error.to_string())?;
        let face = |score, bbox: Rect| {
            let (x, y) = (bbox.x + left as f32, bbox.y + top as f32);
            Face { score, bbox: Rect { x, y, ..bbox } }
        };
        Ok(faces.iter().map(|found| face(found.score, found.bbox)).collect())
    }
}
