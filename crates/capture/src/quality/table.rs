//! The table: what is measured, how far it may go, what the person is told.
//!
//! A new gate is a row here, its measure in `face-vision` and its words in `js/src/words` (CONTRIBUTING.md).

use liveness_protocol::{CaptureWarning, LEAST_FACE_LUMA, doc_text};

use crate::Help;

use super::bound::{LOOSER, STRICTER};
use super::{Bound, Force};

macro_rules! measures {
    (of_pixels { $( $(#[doc = $doc:literal])* $pixel:ident = $pixel_name:literal; )+ }
     derived { $( $(#[doc = $derived_doc:literal])* $derived:ident = $derived_name:literal; )+ }) => {
        /// Something about a frame that can be measured. Units are in each one's documentation.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Measure { $( $(#[doc = $doc])* $pixel, )+ $( $(#[doc = $derived_doc])* $derived, )+ }

        impl Measure {
            /// Every measure.
            pub const ALL: &'static [Self] = &[ $( Self::$pixel, )+ $( Self::$derived, )+ ];
            /// Those that the worker takes from the frame's pixels, in the order in which it sends them.
            pub const OF_PIXELS: &'static [Self] = &[ $( Self::$pixel, )+ ];

            /// Its name, for those of pixels that of the field of `face_vision::FrameQuality`.
            pub const fn as_str(self) -> &'static str {
                match self { $( Self::$pixel => $pixel_name, )+ $( Self::$derived => $derived_name, )+ }
            }

            /// What it is, and in which unit.
            pub const fn description(self) -> &'static str {
                match self {
                    $( Self::$pixel => doc_text!($($doc)*), )+
                    $( Self::$derived => doc_text!($($derived_doc)*), )+
                }
            }
        }
    };
}

measures! {
    of_pixels {
        /// Median luma of the frame, 0 to 255.
        FrameLuma = "frame_luma";
        /// Standard deviation of the frame's luma, 0 to 127.5.
        FrameDetail = "frame_detail";
        /// Mean difference to the luma of the frame before, 0 to 255.
        FrameChange = "frame_change";
        /// Mean distance between a pixel's strongest and weakest channel, 0 to 255.
        Saturation = "saturation";
        /// Median luma of the face, 0 to 255.
        FaceLuma = "face_luma";
        /// L* between the face's darkest and brightest twentieth, 0 to 100.
        DynamicRange = "dynamic_range";
        /// Median luma around the face less the face's, -255 to 255.
        Backlight = "backlight";
        /// Variance of the Laplacian of the face's luma at the crop's scale, 0 and more.
        Sharpness = "sharpness";
        /// Mean luma around the person's right eye, 0 to 255.
        RightEyeLuma = "right_eye_luma";
        /// Mean luma around the person's left eye, 0 to 255.
        LeftEyeLuma = "left_eye_luma";
        /// Standard deviation of the luma around the right eye, 0 to 127.5.
        RightEyeContrast = "right_eye_contrast";
        /// Standard deviation of the luma around the left eye, 0 to 127.5.
        LeftEyeContrast = "left_eye_contrast";
        /// Share of the eyes' band that is blown out, 0 to 1.
        Glare = "glare";
        /// Tilt of the head in degrees; positive when the eyes' line falls to the right of the picture.
        Roll = "roll";
        /// Turn of the head in degrees; positive when the nose points to the right of the picture.
        Yaw = "yaw";
        /// Nod of the head in degrees; positive when the nose points down.
        Pitch = "pitch";
        /// Speed of the face in its widths per second.
        Motion = "motion";
    }
    derived {
        /// How many faces count.
        Faces = "faces";
        /// The detector's confidence in the main face, 0 to 1; of the best if it is sure of none.
        FaceScore = "face_score";
        /// The main face's area as a fraction of the frame's.
        FaceArea = "face_area";
        /// The face's centre from the frame's, in halves of the width; positive to the right.
        OffsetX = "offset_x";
        /// The face's centre from the frame's, in halves of the height; positive below.
        OffsetY = "offset_y";
        /// From the frame's left edge to the face, as a fraction of the width; negative outside.
        MarginLeft = "margin_left";
        /// From the face to the frame's right edge, likewise.
        MarginRight = "margin_right";
        /// From the frame's upper edge to the face, as a fraction of the height.
        MarginTop = "margin_top";
        /// From the face to the frame's lower edge, likewise.
        MarginBottom = "margin_bottom";
        /// The wider margin of each two that face each other, the smaller of both.
        WiderMargin = "wider_margin";
        /// Median luma of a frame without any face, 0 to 255.
        EmptyFrameLuma = "empty_frame_luma";
        /// Standard deviation of the luma of a frame without any face, 0 to 127.5; of a dark one only if it shows nothing.
        EmptyFrameDetail = "empty_frame_detail";
        /// Median luma around a face that is too dark less the face's, -255 to 255.
        DarkFaceBacklight = "dark_face_backlight";
        /// Mean luma around the brighter eye, 0 to 255.
        BrighterEyeLuma = "brighter_eye_luma";
        /// Mean luma around the darker eye, 0 to 255.
        DarkerEyeLuma = "darker_eye_luma";
        /// Standard deviation of the luma around the eye that has more of it, 0 to 127.5.
        BetterEyeContrast = "better_eye_contrast";
        /// How differently bright the eyes are: the difference as a share of their mean, 0 to 2.
        EyeAsymmetry = "eye_asymmetry";
        /// Sharpness as a share of this session's usual best.
        RelativeSharpness = "relative_sharpness";
        /// For how long the picture has not changed at all, in milliseconds.
        FrozenFor = "frozen_for";
    }
}

/// A row of the table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Gate {
    /// What is wrong when it fails.
    pub cause: Cause,
    /// What it looks at.
    pub measure: Measure,
    /// How far that may go.
    pub bound: Bound,
    /// What follows.
    pub force: Force,
    /// Of the gates that fail, the person hears of one of the lowest rank: the one furthest beyond its bound.
    pub rank: u8,
    /// What the person is told.
    pub guidance: Guidance,
    /// What readers of the verdict are told if it failed in most frames taken.
    pub warning: Option<CaptureWarning>,
}

impl Gate {
    /// Whether a value makes it fail.
    pub fn fails(&self, value: f64, capturing: bool) -> bool {
        self.bound.excess(value, if capturing { LOOSER } else { STRICTER }) > 0.0
    }
}

/// The score from which a face can be the main one.
pub(super) const MAIN_SCORE: f64 = 0.5;

/// The median luma below which a frame without a face is a dark room's.
pub(super) const DARK_FRAME: f64 = 28.0;
/// The face's luma below which no run begins; one that has begun goes on down to `LEAST_FACE_LUMA`.
pub(super) const LEAST_FACE_LUMA_BEFORE: f64 = 30.0;

const fn at_least(enter: f64, leave: f64) -> Bound {
    Bound::AtLeast { enter, leave }
}

const fn at_most(enter: f64, leave: f64) -> Bound {
    Bound::AtMost { enter, leave }
}

/// For what no run breaks by, or by what would not have let it begin: no less than this, throughout.
const fn min(least: f64) -> Bound {
    at_least(least, least)
}

/// No more than this, throughout.
const fn max(most: f64) -> Bound {
    at_most(most, most)
}

macro_rules! gates {
    ($( $(#[doc = $doc:literal])* $cause:ident = $name:literal:
        $measure:ident $bound:ident($($value:expr),+), $force:ident rank $rank:literal,
        $guidance:ident, $warning:expr; )+) => {
        /// Why a frame is not good enough.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Cause { $( $(#[doc = $doc])* $cause, )+ }

        impl Cause {
            /// Its name, for developers.
            pub const fn as_str(self) -> &'static str { match self { $( Self::$cause => $name, )+ } }

            /// What is wrong.
            pub const fn description(self) -> &'static str {
                match self { $( Self::$cause => doc_text!($($doc)*), )+ }
            }
        }

        /// Every gate.
        ///
        /// Boxes are those of BlazeFace short-range, square and from brow to chin. Measured on the test footage
        /// (640x480): usable faces fill 4.2 to 19.5 % of the frame, those too far away below 3 %, those too close
        /// 30 % and more; usable ones are off the centre by at most 0.25 across and 0.27 down, the one at the
        /// frame's left quarter by more than 0.28. The official packages refuse below 3.6 % and ask for 5 to 20 %.
        /// What light, pose and sharpness do to a face is in docs/guidance.md, with each bound's source.
        pub const GATES: &[Gate] = &[ $( Gate {
            cause: Cause::$cause,
            measure: Measure::$measure,
            bound: $bound($($value),+),
            force: Force::$force,
            rank: $rank,
            guidance: Guidance::$guidance,
            warning: $warning,
        }, )+ ];
    };
}

gates! {
    /// A light blinds the camera.
    Blinded = "blinded": EmptyFrameLuma at_most(240.0, 245.0), Blocks rank 0, LessLight, None;
    /// Every part of the picture is as bright as the others: something covers the lens.
    LensCovered = "lens-covered": EmptyFrameDetail at_least(6.0, 5.0), Blocks rank 1, UncoverLens, None;
    /// The picture does not change, not even by a camera's noise.
    PictureFrozen = "picture-frozen": FrozenFor max(600.0), Insists rank 2, PictureFrozen, Some(CaptureWarning::PictureFrozen);
    /// Too dark to find a face.
    DarkWithoutFace = "dark-without-face": EmptyFrameLuma at_least(DARK_FRAME, 20.0), Blocks rank 3, MoreLight, None;
    /// There is no face.
    NoFace = "no-face": Faces at_least(1.0, 1.0), Blocks rank 4, NoFace, None;
    /// There is more than one face.
    SeveralFaces = "several-faces": Faces at_most(1.0, 1.0), Blocks rank 5, MultipleFaces, None;
    /// The face is too dark to be seen, and the light comes from behind.
    Backlit = "backlit": DarkFaceBacklight at_most(110.0, 125.0), Blocks rank 6, FaceTheLight, None;
    /// The face is too dark to be seen.
    TooDark = "too-dark": FaceLuma at_least(LEAST_FACE_LUMA_BEFORE, LEAST_FACE_LUMA), Blocks rank 7, MoreLight, Some(CaptureWarning::LowLight);
    /// The detector is not sure of the face.
    UnsureFace = "unsure-face": FaceScore at_least(0.6, MAIN_SCORE), Blocks rank 8, LookAtCamera, None;
    /// The face is too small.
    TooFar = "too-far": FaceArea at_least(0.033, 0.027), Blocks rank 9, MoveCloser, None;
    /// The face is too large.
    TooClose = "too-close": FaceArea at_most(0.24, 0.28), Blocks rank 9, MoveBack, None;
    /// The face is too far to the left of the picture.
    OffCentreLeft = "off-centre-left": OffsetX at_least(-0.28, -0.34), Blocks rank 10, MoveLeft, Some(CaptureWarning::FaceNotCentered);
    /// The face is too far to the right of the picture.
    OffCentreRight = "off-centre-right": OffsetX at_most(0.28, 0.34), Blocks rank 10, MoveRight, Some(CaptureWarning::FaceNotCentered);
    /// The face is too high.
    OffCentreTop = "off-centre-top": OffsetY at_least(-0.32, -0.40), Blocks rank 10, MoveDown, Some(CaptureWarning::FaceNotCentered);
    /// The face is too low.
    OffCentreBottom = "off-centre-bottom": OffsetY at_most(0.32, 0.40), Blocks rank 10, MoveUp, Some(CaptureWarning::FaceNotCentered);
    /// The face reaches from edge to edge.
    EdgeToEdge = "edge-to-edge": WiderMargin at_least(0.02, 0.0), Blocks rank 11, MoveBack, None;
    /// The face touches the left edge.
    CutLeft = "cut-left": MarginLeft at_least(0.02, 0.0), Blocks rank 12, MoveLeft, None;
    /// The face touches the right edge.
    CutRight = "cut-right": MarginRight at_least(0.02, 0.0), Blocks rank 12, MoveRight, None;
    /// The face touches the upper edge.
    CutTop = "cut-top": MarginTop at_least(0.02, 0.0), Blocks rank 13, MoveDown, None;
    /// The face touches the lower edge.
    CutBottom = "cut-bottom": MarginBottom at_least(0.02, 0.0), Blocks rank 13, MoveUp, None;
    /// The head is turned to the left of the picture.
    TurnedLeft = "turned-left": Yaw at_least(-25.0, -35.0), Blocks rank 14, TurnToCamera, None;
    /// The head is turned to the right of the picture.
    TurnedRight = "turned-right": Yaw at_most(25.0, 35.0), Blocks rank 14, TurnToCamera, None;
    /// The person looks up.
    TurnedUp = "turned-up": Pitch at_least(-25.0, -35.0), Blocks rank 14, TurnToCamera, None;
    /// The person looks down.
    TurnedDown = "turned-down": Pitch at_most(25.0, 35.0), Blocks rank 14, TurnToCamera, None;
    /// The head is tilted to one side.
    TiltedLeft = "tilted-left": Roll at_least(-20.0, -38.0), Yields rank 15, StraightenHead, None;
    /// The head is tilted to the other side.
    TiltedRight = "tilted-right": Roll at_most(20.0, 38.0), Yields rank 15, StraightenHead, None;
    // What blocks goes before all that merely advises: it would never be told of as long as both fail.
    /// Both eyes are in the dark.
    EyesDark = "eyes-dark": BrighterEyeLuma at_least(20.0, 14.0), Blocks rank 16, ShowEyes, None;
    /// Both eyes are blown out.
    EyesBright = "eyes-bright": DarkerEyeLuma at_most(235.0, 242.0), Blocks rank 16, ShowEyes, None;
    /// Something plain is where both eyes should be.
    EyesFlat = "eyes-flat": BetterEyeContrast at_least(2.5, 1.5), Blocks rank 16, ShowEyes, None;
    /// The light comes from behind.
    LitFromBehind = "lit-from-behind": Backlight max(110.0), Advises rank 17, FaceTheLight, Some(CaptureWarning::Backlight);
    /// The face is dark.
    Dark = "dark": FaceLuma min(45.0), Advises rank 18, MoreLight, Some(CaptureWarning::LowLight);
    /// The face is too bright.
    Bright = "bright": FaceLuma max(225.0), Advises rank 18, LessLight, Some(CaptureWarning::Overexposed);
    /// The right eye is in the dark.
    RightEyeDark = "right-eye-dark": RightEyeLuma min(20.0), Advises rank 19, ShowEyes, None;
    /// The left eye is in the dark.
    LeftEyeDark = "left-eye-dark": LeftEyeLuma min(20.0), Advises rank 19, ShowEyes, None;
    /// The right eye is blown out.
    RightEyeBright = "right-eye-bright": RightEyeLuma max(235.0), Advises rank 19, ShowEyes, None;
    /// The left eye is blown out.
    LeftEyeBright = "left-eye-bright": LeftEyeLuma max(235.0), Advises rank 19, ShowEyes, None;
    /// Something plain is where the right eye should be.
    RightEyeFlat = "right-eye-flat": RightEyeContrast min(2.5), Advises rank 19, ShowEyes, None;
    /// Something plain is where the left eye should be.
    LeftEyeFlat = "left-eye-flat": LeftEyeContrast min(2.5), Advises rank 19, ShowEyes, None;
    /// All of the face is about as bright, as in fog or through a dirty lens.
    Flat = "flat": DynamicRange min(15.0), Advises rank 20, WipeLens, None;
    /// Glasses reflect a light.
    Glare = "glare": Glare max(0.15), Advises rank 21, ShowEyes, Some(CaptureWarning::Glasses);
    /// One eye is in the shadow, or covered.
    OneEyeDark = "one-eye-dark": EyeAsymmetry max(0.28), Advises rank 21, ShowEyes, None;
    /// The face moves too fast.
    Moving = "moving": Motion max(2.5), Advises rank 22, HoldSteady, None;
    /// The face is not as sharp as it has been.
    Blurred = "blurred": RelativeSharpness min(0.2), Advises rank 22, HoldSteady, Some(CaptureWarning::Blurred);
    /// The face is not sharp at all.
    NotSharp = "not-sharp": Sharpness min(8.0), Advises rank 22, HoldSteady, Some(CaptureWarning::Blurred);
    /// The picture has no colour.
    NoColor = "no-color": Saturation min(3.0), Notes rank 23, None, Some(CaptureWarning::NoColor);
}

macro_rules! guidances {
    ($( $(#[$doc:meta])* $variant:ident = $name:literal $(=> $help:ident)?; )+) => {
        /// What the person should do or know now.
        ///
        /// Left and right are the person's own, as on a mirrored preview; one that is not mirrored shows them exchanged.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Guidance { $( $(#[$doc])* $variant, )+ }

        impl Guidance {
            /// Every instruction.
            pub const ALL: &'static [Guidance] = &[ $( Guidance::$variant, )+ ];

            /// Its name, in kebab case.
            pub const fn as_str(self) -> &'static str { match self { $( Self::$variant => $name, )+ } }

            /// What helps further, where it has not been enough for a while.
            pub const fn help(self) -> Option<Help> {
                match self { $( Self::$variant => helped_by!($($help)?), )+ }
            }
        }
    };
}

macro_rules! helped_by {
    () => {
        None
    };
    ($help:ident) => {
        Some(Help::$help)
    };
}

guidances! {
    /// Nothing to say.
    None = "none";
    /// Something is loading, or the server is awaited.
    Wait = "wait";
    /// The permission prompt is open.
    AllowCamera = "allow-camera";
    /// No face was found.
    NoFace = "no-face" => CameraAtEyeLevel;
    /// More than one face was found.
    MultipleFaces = "multiple-faces" => PlainBackground;
    /// The face is too small.
    MoveCloser = "move-closer" => CameraAtEyeLevel;
    /// The face is too large.
    MoveBack = "move-back" => CameraAtEyeLevel;
    /// The face is too far to the right of the preview.
    MoveLeft = "move-left" => CameraAtEyeLevel;
    /// The face is too far to the left of the preview.
    MoveRight = "move-right" => CameraAtEyeLevel;
    /// The face is too low.
    MoveUp = "move-up" => CameraAtEyeLevel;
    /// The face is too high.
    MoveDown = "move-down" => CameraAtEyeLevel;
    /// All is well; stay like this.
    HoldStill = "hold-still" => RestTheCamera;
    /// There is a face, but the detector is not sure of it.
    LookAtCamera = "look-at-camera" => BareTheFace;
    /// Something covers the lens, or a light blinds it.
    UncoverLens = "uncover-lens" => AnotherCamera;
    /// The picture is hazy.
    WipeLens = "wipe-lens" => AnotherCamera;
    /// The camera's picture does not change.
    PictureFrozen = "picture-frozen" => AnotherCamera;
    /// It is too dark.
    MoreLight = "more-light" => FaceAWindow;
    /// It is too bright.
    LessLight = "less-light" => LeaveTheGlare;
    /// The light comes from behind.
    FaceTheLight = "face-the-light" => FaceAWindow;
    /// The head is tilted.
    StraightenHead = "straighten-head" => CameraAtEyeLevel;
    /// The head is turned or nodding.
    TurnToCamera = "turn-to-camera" => CameraAtEyeLevel;
    /// An eye cannot be seen: in shadow, covered, or behind a reflection.
    ShowEyes = "show-eyes" => BareTheFace;
    /// The picture is blurred, or the face moves too fast.
    HoldSteady = "hold-steady" => RestTheCamera;
    /// The camera's pictures come too slowly or with pauses.
    UnevenFrames = "uneven-frames" => AnotherCamera;
    /// The page is in the background.
    PageHidden = "page-hidden";
    /// The browser or the system has paused the camera: a call, a closed lid, another page.
    CameraPaused = "camera-paused";
    /// The browser shows nothing until the person has touched the page or pressed a key.
    TapToStart = "tap-to-start";
    /// The crops are on their way.
    Uploading = "uploading";
    /// Uploading takes long.
    UploadingSlowly = "uploading-slowly";
    /// The verdict is awaited.
    Verifying = "verifying";
}
