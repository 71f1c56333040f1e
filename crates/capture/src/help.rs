//! What helps a person for whom the instruction alone has not been enough.

use crate::Guidance;

macro_rules! helps {
    ($( $(#[$doc:meta])* $variant:ident = $name:literal; )+) => {
        /// Advice that goes further than the instruction.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Help { $( $(#[$doc])* $variant, )+ }

        impl Help {
            /// Every advice.
            pub const ALL: &'static [Help] = &[ $( Help::$variant, )+ ];

            /// Its name, in kebab case.
            pub const fn as_str(self) -> &'static str { match self { $( Self::$variant => $name, )+ } }
        }
    };
}

helps! {
    /// Face a window, or a lamp behind the screen.
    FaceAWindow = "face-a-window";
    /// Leave the glaring light.
    LeaveTheGlare = "leave-the-glare";
    /// Take off cap, glasses and mask.
    BareTheFace = "bare-the-face";
    /// Put the camera at the height of the eyes, an arm's length away.
    CameraAtEyeLevel = "camera-at-eye-level";
    /// Put the device on something firm.
    RestTheCamera = "rest-the-camera";
    /// Sit in front of a plain wall, alone.
    PlainBackground = "plain-background";
    /// Take another camera, or another device.
    AnotherCamera = "another-camera";
}

impl Help {
    /// What helps where this instruction has not been enough.
    pub const fn beyond(guidance: Guidance) -> Option<Self> {
        Some(match guidance {
            Guidance::MoreLight | Guidance::FaceTheLight | Guidance::LookAtCamera => {
                Self::FaceAWindow
            }
            Guidance::LessLight => Self::LeaveTheGlare,
            Guidance::ShowEyes => Self::BareTheFace,
            Guidance::NoFace
            | Guidance::MoveCloser
            | Guidance::MoveBack
            | Guidance::MoveLeft
            | Guidance::MoveRight
            | Guidance::MoveUp
            | Guidance::MoveDown
            | Guidance::StraightenHead
            | Guidance::TurnToCamera => Self::CameraAtEyeLevel,
            // Held still too briefly: the run keeps breaking.
            Guidance::HoldSteady | Guidance::HoldStill => Self::RestTheCamera,
            Guidance::MultipleFaces => Self::PlainBackground,
            Guidance::UncoverLens | Guidance::PictureFrozen | Guidance::UnevenFrames => {
                Self::AnotherCamera
            }
            Guidance::None
            | Guidance::Wait
            | Guidance::AllowCamera
            | Guidance::PageHidden
            | Guidance::CameraPaused
            | Guidance::TapToStart
            | Guidance::Uploading
            | Guidance::UploadingSlowly
            | Guidance::Verifying => return None,
        })
    }
}

impl serde::Serialize for Help {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What a person in front of the camera gets beside the instruction. Nothing of it where nobody can follow it, as in
/// a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Aid {
    /// Advice that goes further, once nothing has improved for a while.
    pub help: Option<Help>,
    /// With an instruction to move: whether there is far to go.
    pub far: bool,
    /// Whether the check gives up soon, unless it is extended.
    pub time_runs_out: bool,
}
