//! Eight f32 with fused multiply-adds: AVX2 and FMA, which nearly all x86-64 processors have had since 2013.

use super::Wide;
use core::arch::x86_64::*;

/// Proof that this processor has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Avx2(());

impl Avx2 {
    pub(in super::super) fn found() -> Option<Self> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Self(()))
    }
}

// SAFETY of every intrinsic below: `self` exists only where the processor has what it is made of.
impl Wide for Avx2 {
    type Register = __m256;
    type Row = [f32; 8];
    const WIDTH: usize = 8;
    const MANY: bool = false;

    #[inline(always)]
    fn compiled<R>(self, work: impl FnMut() -> R) -> R {
        #[target_feature(enable = "avx2,fma")]
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
    fn splat(self, value: f32) -> __m256 {
        // SAFETY: as above.
        unsafe { _mm256_set1_ps(value) }
    }

    #[inline(always)]
    fn load(self, row: &Self::Row) -> __m256 {
        // SAFETY: as above; the reference covers 32 readable bytes, and this load needs no alignment.
        unsafe { _mm256_loadu_ps(row.as_ptr()) }
    }

    #[inline(always)]
    fn load_some(self, values: &[f32]) -> __m256 {
        if let Some(row) = values.first_chunk() {
            return self.load(row);
        }
        match values.first_chunk::<4>() {
            // SAFETY: as above; the reference covers 16 readable bytes, and this load needs no alignment.
            Some(half) => unsafe { _mm256_zextps128_ps256(_mm_loadu_ps(half.as_ptr())) },
            None => self.splat(0.0),
        }
    }

    #[inline(always)]
    fn store_some(self, register: __m256, values: &mut [f32]) {
        if let Some(row) = values.first_chunk_mut::<8>() {
            // SAFETY: as above; the reference covers 32 writable bytes, and this store needs no alignment.
            unsafe { _mm256_storeu_ps(row.as_mut_ptr(), register) }
        } else if let Some(half) = values.first_chunk_mut::<4>() {
            // SAFETY: the same of 16 bytes.
            unsafe { _mm_storeu_ps(half.as_mut_ptr(), _mm256_castps256_ps128(register)) }
        }
    }

    #[inline(always)]
    fn plus(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: as above.
        unsafe { _mm256_add_ps(a, b) }
    }

    #[inline(always)]
    fn plus_product(self, sum: __m256, a: __m256, b: __m256) -> __m256 {
        // SAFETY: as above.
        unsafe { _mm256_fmadd_ps(a, b, sum) }
    }

    #[inline(always)]
    fn max(self, a: __m256, b: __m256) -> __m256 {
        // SAFETY: as above. The operands' order gives `a < b ? b : a`.
        unsafe { _mm256_max_ps(b, a) }
    }
}
