//! What a frame is like, beyond where its faces are: light, sharpness, pose, motion.
//!
//! One pure function a measure, each in a file of its own and with its line in the list below. All look at
//! the same [`Scene`], sampled once from the frame: a few thousand samples, whatever the frame's size.

mod backlight;
mod dynamic_range;
mod eyes;
mod face_luma;
mod frame_change;
mod frame_detail;
mod frame_luma;
mod glare;
mod motion;
mod pose;
mod saturation;
mod scene;
mod sharpness;

use scene::{Past, Scene};

use crate::{Detection, FrameView};

macro_rules! measures {
    ($( $(#[doc = $doc:literal])+ $name:ident = $function:path; )+) => {
        /// Every measure of one frame; NaN for what it does not allow to measure.
        ///
        /// Those of a face are of the main one: the largest of which the detector is sure.
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct FrameQuality { $( $(#[doc = $doc])+ pub $name: f32, )+ }

        impl FrameQuality {
            /// Names of the measures, in the order of the fields.
            pub const NAMES: &'static [&'static str] = &[ $( stringify!($name), )+ ];

            /// A measure by its name.
            pub fn get(&self, name: &str) -> Option<f32> {
                match name { $( stringify!($name) => Some(self.$name), )+ _ => None }
            }

            fn of(scene: &Scene<'_>) -> Self {
                Self { $( $name: $function(scene), )+ }
            }
        }
    };
}

measures! {
    /// Median luma of the frame, 0 to 255.
    frame_luma = frame_luma::frame_luma;
    /// Standard deviation of the frame's luma, 0 to 127.5: next to nothing for a covered lens.
    frame_detail = frame_detail::frame_detail;
    /// Mean absolute difference to the luma of the frame before, 0 to 255; exactly 0 for the same picture.
    frame_change = frame_change::frame_change;
    /// Mean distance between a pixel's strongest and weakest channel, 0 to 255; next to nothing without colour.
    saturation = saturation::saturation;
    /// Median luma of the face, 0 to 255.
    face_luma = face_luma::face_luma;
    /// Lightness (CIE L*) between the face's darkest and brightest twentieth, 0 to 100.
    dynamic_range = dynamic_range::dynamic_range;
    /// Median luma of what surrounds the face less that of the face, -255 to 255.
    backlight = backlight::backlight;
    /// Variance of the Laplacian of the face's luma, at the scale of the crop; 0 and more.
    sharpness = sharpness::sharpness;
    /// Mean luma around the person's right eye, 0 to 255.
    right_eye_luma = eyes::right_luma;
    /// Mean luma around the person's left eye, 0 to 255.
    left_eye_luma = eyes::left_luma;
    /// Standard deviation of the luma around the person's right eye, 0 to 127.5.
    right_eye_contrast = eyes::right_contrast;
    /// Standard deviation of the luma around the person's left eye, 0 to 127.5.
    left_eye_contrast = eyes::left_contrast;
    /// Share of the eyes' band that is blown out, 0 to 1.
    glare = glare::glare;
    /// Tilt of the line between the eyes in degrees; positive when it falls to the right of the picture.
    roll = pose::roll;
    /// Turn of the head in degrees, estimated; positive when the nose points to the right of the picture.
    yaw = pose::yaw;
    /// Nod of the head in degrees, estimated; positive when the nose points down.
    pitch = pose::pitch;
    /// Speed of the face in face widths per second.
    motion = motion::motion;
}

/// Measures frame after frame; some measures compare a frame with the one before.
#[derive(Debug, Default)]
pub struct QualityMeter {
    before: Option<Past>,
}

impl QualityMeter {
    /// Measures the next frame, given its own time in milliseconds and the faces found in it.
    pub fn measure(
        &mut self,
        frame: &FrameView<'_>,
        timestamp_ms: f64,
        faces: &[Detection],
    ) -> FrameQuality {
        let scene = Scene::new(frame, timestamp_ms, faces, self.before.take());
        let quality = FrameQuality::of(&scene);
        self.before = Some(scene.into_past());
        quality
    }
}
