//! Which registers the kernels compute in: asked once, when a layer is made, since its weights lie as they are read.

use super::lanes::Quad;
use super::pad;
use super::shape::PANEL;
#[cfg(target_arch = "x86_64")]
use super::wide::{Avx2, Avx512, Wide as _};

/// What this processor is found to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Registers {
    /// Registers of four, which every processor has.
    Narrow,
    /// Of eight.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// Of sixteen.
    #[cfg(target_arch = "x86_64")]
    Avx512(Avx512),
}

impl Registers {
    /// The widest there are.
    pub(super) fn widest() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let wide = Avx512::found().map(Self::Avx512);
            if let Some(wide) = wide.or_else(|| Avx2::found().map(Self::Avx2)) {
                return wide;
            }
        }
        Self::Narrow
    }

    /// Outputs of a full panel of weights.
    pub(super) fn panel(self) -> usize {
        match self {
            Self::Narrow => PANEL,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => Avx2::WIDTH,
            #[cfg(target_arch = "x86_64")]
            Self::Avx512(_) => Avx512::WIDTH,
        }
    }

    /// Outputs of the panels that hold so many, a multiple of four: wide registers have none but full panels.
    pub(super) fn filled(self, outputs: usize) -> usize {
        if self == Self::Narrow { outputs } else { outputs.next_multiple_of(self.panel()) }
    }

    /// A bias as the panels need it, `[out]` before.
    pub(super) fn bias(self, bias: &[f32]) -> Vec<Quad> {
        let filled = self.filled(pad(bias.len()));
        Quad::from_values((0..filled).map(|at| bias.get(at).copied().unwrap_or_default()))
    }
}
