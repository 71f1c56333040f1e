//! What helps a person for whom the instruction alone has not been enough.

macro_rules! helps {
    ($( $(#[$doc:meta])* $variant:ident = $name:literal; )+) => {
        /// Advice that goes further than the instruction. `quality/table.rs` says which for which.
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
