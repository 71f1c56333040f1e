//! Loops compiled for several kinds of processor, of which the right one runs.

use pulp::{Arch, NullaryFnOnce};

/// Does the work in registers as wide as this processor has, if all that the closure calls is inlined, and the closure
/// itself (`#[inline(always)]`).
// Of the closure's kinds, `FnMut` is called directly: `FnOnce` may be called by way of a function that is not inlined, and
// whatever is, is compiled for no processor in particular.
pub(crate) fn wide<R>(work: impl FnMut() -> R) -> R {
    Arch::new().dispatch(Work(work))
}

struct Work<F>(F);

impl<R, F: FnMut() -> R> NullaryFnOnce for Work<F> {
    type Output = R;

    #[inline(always)]
    fn call(mut self) -> R {
        (self.0)()
    }
}
