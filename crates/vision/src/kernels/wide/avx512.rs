//! Sixteen f32 with fused multiply-adds: AVX-512.

use super::Wide;
use core::arch::x86_64::*;

/// Proof that this processor has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Avx512(());

impl Avx512 {
    /// Only with VBMI, which is not used, but which tells the processors (since Ice Lake and Zen 4) that keep their
    /// clock while they compute in these registers.
    pub(in super::super) fn found() -> Option<Self> {
        let found = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512vbmi");
        found.then_some(Self(()))
    }
}

/// The first `count` of sixteen.
#[inline(always)]
fn first(count: usize) -> __mmask16 {
    ((1u32 << count.min(16)) - 1) as __mmask16
}

// SAFETY of every intrinsic below: `self` exists only where the processor has what it is made of.
impl Wide for Avx512 {
    type Register = __m512;
    type Row = [f32; 16];
    const WIDTH: usize = 16;
    const MANY: bool = true;

    #[inline(always)]
    fn compiled<R>(self, work: impl FnMut() -> R) -> R {
        #[target_feature(enable = "avx512f")]
        fn inner<R>(mut work: impl FnMut() -> R) -> R {
            work()
        }
        // SAFETY: the processor has what the function is compiled for.
        unsafe { inner(work) }
    }

    #[inline(always)]
    fn rows(values: &[f32]) -> &[Self::Row] {
        values.as_chunks().0
    }

    #[inline(always)]
    fn splat(self, value: f32) -> __m512 {
        // SAFETY: as above.
        unsafe { _mm512_set1_ps(value) }
    }

    #[inline(always)]
    fn load(self, row: &Self::Row) -> __m512 {
        // SAFETY: as above; the reference covers 64 readable bytes, and this load needs no alignment.
        unsafe { _mm512_loadu_ps(row.as_ptr()) }
    }

    #[inline(always)]
    fn load_some(self, values: &[f32]) -> __m512 {
        // SAFETY: as above; only what the slice covers is read.
        unsafe { _mm512_maskz_loadu_ps(first(values.len()), values.as_ptr()) }
    }

    #[inline(always)]
    fn store_some(self, register: __m512, values: &mut [f32]) {
        if let Some(row) = values.first_chunk_mut::<16>() {
            // SAFETY: as above; the reference covers 64 writable bytes, and this store needs no alignment.
            unsafe { _mm512_storeu_ps(row.as_mut_ptr(), register) }
        } else {
            // SAFETY: as above; only what the slice covers is written.
            unsafe { _mm512_mask_storeu_ps(values.as_mut_ptr(), first(values.len()), register) }
        }
    }

    #[inline(always)]
    fn plus(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: as above.
        unsafe { _mm512_add_ps(a, b) }
    }

    #[inline(always)]
    fn plus_product(self, sum: __m512, a: __m512, b: __m512) -> __m512 {
        // SAFETY: as above.
        unsafe { _mm512_fmadd_ps(a, b, sum) }
    }

    #[inline(always)]
    fn max(self, a: __m512, b: __m512) -> __m512 {
        // SAFETY: as above. The operands' order gives `a < b ? b : a`.
        unsafe { _mm512_max_ps(b, a) }
    }
}
