//! A frame as the browser handed it over.

use face_vision::{ColorMatrix, ColorSpace, FrameView, PlaneLayout};

use super::error::VisionError;

#[derive(Clone, Copy)]
enum Layout {
    I420([PlaneLayout; 3]),
    Nv12([PlaneLayout; 2]),
    Rgba(PlaneLayout),
}

/// Bytes and layout of one frame. Whatever [`HeldFrame::new`] accepts, [`HeldFrame::view`] can show.
pub(super) struct HeldFrame {
    bytes: Vec<u8>,
    width: u32,
    height: u32,
    layout: Layout,
    color: ColorSpace,
}

/// The matrix of a `VideoColorSpace`. Where the browser gives none, BT.601, the rule for camera frames
/// of this size.
pub(super) fn color_matrix(matrix: &str) -> ColorSpace {
    let matrix = if matrix == "bt709" { ColorMatrix::Bt709 } else { ColorMatrix::Bt601 };
    ColorSpace { matrix, full_range: false }
}

impl HeldFrame {
    pub(super) fn new(
        bytes: Vec<u8>,
        format: &str,
        width: u32,
        height: u32,
        offsets: &[u32],
        strides: &[u32],
        color: ColorSpace,
    ) -> Result<Self, VisionError> {
        let plane = |i: usize| -> Result<PlaneLayout, VisionError> {
            match (offsets.get(i), strides.get(i)) {
                (Some(&offset), Some(&stride)) => {
                    Ok(PlaneLayout { offset: offset as usize, stride: stride as usize })
                }
                _ => Err(VisionError::Frame(format!("plane {i} of {format} has no layout"))),
            }
        };
        let layout = match format {
            "I420" => Layout::I420([plane(0)?, plane(1)?, plane(2)?]),
            "NV12" => Layout::Nv12([plane(0)?, plane(1)?]),
            "RGBA" | "RGBX" => Layout::Rgba(plane(0)?),
            other => return Err(VisionError::Frame(format!("unknown pixel format {other:?}"))),
        };
        let frame = Self { bytes, width, height, layout, color };
        frame.view()?;
        Ok(frame)
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    pub(super) fn view(&self) -> Result<FrameView<'_>, VisionError> {
        let (bytes, width, height) = (&self.bytes[..], self.width, self.height);
        let view = match self.layout {
            Layout::I420(planes) => FrameView::i420(bytes, width, height, planes, self.color),
            Layout::Nv12(planes) => FrameView::nv12(bytes, width, height, planes, self.color),
            Layout::Rgba(plane) => {
                let bytes = bytes.get(plane.offset..).unwrap_or_default();
                FrameView::rgba(bytes, width, height, plane.stride)
            }
        };
        view.map_err(|error| VisionError::Frame(error.to_string()))
    }
}
