//! Which kind of file a video is, by its name and by what is in it.

/// The containers that are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VideoFormat {
    /// MP4 and QuickTime.
    Mov,
    /// Matroska and WebM.
    Matroska,
    /// AVI.
    Avi,
}

/// Extensions, and what the files are.
const EXTENSIONS: [(&str, VideoFormat); 5] = [
    ("mp4", VideoFormat::Mov),
    ("avi", VideoFormat::Avi),
    ("mov", VideoFormat::Mov),
    ("webm", VideoFormat::Matroska),
    ("mkv", VideoFormat::Matroska),
];

/// How many bytes of a file tell what it is.
pub const HEAD: usize = 64;

/// The first boxes that MP4 and QuickTime files have.
const BOXES: [&[u8]; 6] = [b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"];

impl VideoFormat {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Mov, Self::Matroska, Self::Avi];

    /// What a file of this name is said to be.
    pub fn of_name(name: &str) -> Option<Self> {
        let (_, extension) = name.rsplit_once('.')?;
        let known = EXTENSIONS.iter().find(|(known, _)| extension.eq_ignore_ascii_case(known));
        known.map(|(_, format)| *format)
    }

    /// What a file that begins like this is.
    pub fn of_content(head: &[u8]) -> Option<Self> {
        if head.starts_with(b"\x1a\x45\xdf\xa3") {
            return Some(Self::Matroska);
        }
        if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"AVI ") {
            return Some(Self::Avi);
        }
        let first = head.get(4..8)?;
        BOXES.contains(&first).then_some(Self::Mov)
    }

    /// Its name in the stores and for ffmpeg: a demuxer's.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mov => "mov",
            Self::Matroska => "matroska",
            Self::Avi => "avi",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_name_and_its_beginning_say() {
        for (name, format) in [
            ("a.mp4", Some(VideoFormat::Mov)),
            ("a.b.MOV", Some(VideoFormat::Mov)),
            ("\u{e9}.webm", Some(VideoFormat::Matroska)),
            (".mkv", Some(VideoFormat::Matroska)),
            ("a.Avi", Some(VideoFormat::Avi)),
            ("mp4", None),
            ("a.mp4.m3u8", None),
            ("a.mp4 ", None),
            ("", None),
        ] {
            assert_eq!(VideoFormat::of_name(name), format, "{name:?}");
        }
        for (head, format) in [
            (&b"\0\0\0\x20ftypisom"[..], Some(VideoFormat::Mov)),
            (b"\0\0\0\x08wide", Some(VideoFormat::Mov)),
            (b"\x1a\x45\xdf\xa3\x01", Some(VideoFormat::Matroska)),
            (b"RIFF\x10\0\0\0AVI LIST", Some(VideoFormat::Avi)),
            (b"RIFF\x10\0\0\0WAVEfmt ", None),
            (b"#EXTM3U\nfile:///etc/passwd", None),
            (b"ffconcat version 1.0", None),
            (b"RIFF", None),
            (b"", None),
        ] {
            assert_eq!(VideoFormat::of_content(head), format, "{head:?}");
        }
    }
}
