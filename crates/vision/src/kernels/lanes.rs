//! Four f32 lanes: a SIMD register on wasm32 and x86-64, an array elsewhere.
//!
//! All of them compute `a + b * c` with two roundings, except with wasm's relaxed SIMD and wherever the
//! compiler is told to fuse them.

/// Lanes in a register.
pub(crate) const LANES: usize = 4;

#[cfg(target_arch = "wasm32")]
mod register {
    use core::arch::wasm32::*;

    pub(super) type Register = v128;

    #[inline(always)]
    pub(super) fn splat(value: f32) -> Register {
        f32x4_splat(value)
    }

    #[inline(always)]
    pub(super) fn load(values: &[f32; 4]) -> Register {
        // SAFETY: the reference covers 16 readable bytes; v128.load needs no alignment.
        unsafe { v128_load(values.as_ptr().cast()) }
    }

    #[inline(always)]
    pub(super) fn store(register: Register, values: &mut [f32; 4]) {
        // SAFETY: the reference covers 16 writable bytes; v128.store needs no alignment.
        unsafe { v128_store(values.as_mut_ptr().cast(), register) }
    }

    #[inline(always)]
    pub(super) fn add(a: Register, b: Register) -> Register {
        f32x4_add(a, b)
    }

    #[cfg(not(feature = "relaxed-simd"))]
    #[inline(always)]
    pub(super) fn add_product(sum: Register, a: Register, b: Register) -> Register {
        f32x4_add(sum, f32x4_mul(a, b))
    }

    #[cfg(feature = "relaxed-simd")]
    #[inline(always)]
    pub(super) fn add_product(sum: Register, a: Register, b: Register) -> Register {
        f32x4_relaxed_madd(a, b, sum)
    }

    /// `a < b ? b : a`, one instruction on every processor, unlike the maximum that orders NaN.
    #[inline(always)]
    pub(super) fn max(a: Register, b: Register) -> Register {
        f32x4_pmax(a, b)
    }
}

#[cfg(target_arch = "x86_64")]
mod register {
    use core::arch::x86_64::*;

    pub(super) type Register = __m128;

    #[inline(always)]
    pub(super) fn splat(value: f32) -> Register {
        // SAFETY: SSE is part of every x86-64 processor; likewise below.
        unsafe { _mm_set1_ps(value) }
    }

    #[inline(always)]
    pub(super) fn load(values: &[f32; 4]) -> Register {
        // SAFETY: the reference covers 16 readable bytes; this load needs no alignment.
        unsafe { _mm_loadu_ps(values.as_ptr()) }
    }

    #[inline(always)]
    pub(super) fn store(register: Register, values: &mut [f32; 4]) {
        // SAFETY: the reference covers 16 writable bytes; this store needs no alignment.
        unsafe { _mm_storeu_ps(values.as_mut_ptr(), register) }
    }

    #[inline(always)]
    pub(super) fn add(a: Register, b: Register) -> Register {
        // SAFETY: as `splat`.
        unsafe { _mm_add_ps(a, b) }
    }

    #[inline(always)]
    pub(super) fn add_product(sum: Register, a: Register, b: Register) -> Register {
        // SAFETY: as `splat`.
        unsafe { _mm_add_ps(sum, _mm_mul_ps(a, b)) }
    }

    #[inline(always)]
    pub(super) fn max(a: Register, b: Register) -> Register {
        // SAFETY: as `splat`. The operands' order gives `a < b ? b : a`.
        unsafe { _mm_max_ps(b, a) }
    }
}

#[cfg(not(any(target_arch = "wasm32", target_arch = "x86_64")))]
mod register {
    pub(super) use super::portable::*;
}

/// The same in plain Rust, for other processors and for the test that all agree.
#[cfg(any(test, not(any(target_arch = "wasm32", target_arch = "x86_64"))))]
mod portable {
    use core::array::from_fn;

    pub(super) type Register = [f32; 4];

    #[inline(always)]
    pub(super) fn splat(value: f32) -> Register {
        [value; 4]
    }

    #[inline(always)]
    pub(super) fn load(values: &[f32; 4]) -> Register {
        *values
    }

    #[inline(always)]
    pub(super) fn store(register: Register, values: &mut [f32; 4]) {
        *values = register;
    }

    #[inline(always)]
    pub(super) fn add(a: Register, b: Register) -> Register {
        from_fn(|i| a[i] + b[i])
    }

    #[inline(always)]
    pub(super) fn add_product(sum: Register, a: Register, b: Register) -> Register {
        from_fn(|i| sum[i] + a[i] * b[i])
    }

    #[inline(always)]
    pub(super) fn max(a: Register, b: Register) -> Register {
        from_fn(|i| if a[i] < b[i] { b[i] } else { a[i] })
    }
}

/// Four f32 in memory, aligned like a register: a load that crosses a cache line costs twice.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
#[repr(C, align(16))]
pub(crate) struct Quad(pub(crate) [f32; LANES]);

impl Quad {
    /// The values in quads, the last one filled up with zeros.
    pub(crate) fn from_values(values: impl IntoIterator<Item = f32>) -> Vec<Self> {
        let mut quads = Vec::new();
        for (index, value) in values.into_iter().enumerate() {
            if index % LANES == 0 {
                quads.push(Self::default());
            }
            if let Some(Self(quad)) = quads.last_mut() {
                quad[index % LANES] = value;
            }
        }
        quads
    }

    /// Zeros; `length` is a multiple of four.
    pub(crate) fn zeros(length: usize) -> Vec<Self> {
        vec![Self::default(); length / LANES]
    }

    /// The values one after the other.
    pub(crate) fn values(quads: &[Self]) -> &[f32] {
        // SAFETY: a quad is four f32 without padding (16 bytes, as its alignment), and may be read as such.
        unsafe { core::slice::from_raw_parts(quads.as_ptr().cast(), quads.len() * LANES) }
    }

    /// The values one after the other.
    pub(crate) fn values_mut(quads: &mut [Self]) -> &mut [f32] {
        // SAFETY: as `values`; the borrow is exclusive, and any four f32 make a quad.
        unsafe { core::slice::from_raw_parts_mut(quads.as_mut_ptr().cast(), quads.len() * LANES) }
    }
}

/// One register of four f32.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lanes(register::Register);

impl Lanes {
    /// The same value in every lane.
    #[inline(always)]
    pub(crate) fn splat(value: f32) -> Self {
        Self(register::splat(value))
    }

    /// Four values from memory.
    #[inline(always)]
    pub(crate) fn load(values: &[f32; LANES]) -> Self {
        Self(register::load(values))
    }

    /// Four values into memory.
    #[inline(always)]
    pub(crate) fn store(self, values: &mut [f32; LANES]) {
        register::store(self.0, values);
    }

    /// Lane by lane `self + other`.
    #[inline(always)]
    pub(crate) fn plus(self, other: Self) -> Self {
        Self(register::add(self.0, other.0))
    }

    /// Lane by lane `self + a * b`.
    #[inline(always)]
    pub(crate) fn plus_product(self, a: Self, b: Self) -> Self {
        Self(register::add_product(self.0, a.0, b.0))
    }

    /// Lane by lane the larger one; where a lane of either is NaN, that of `self`.
    #[inline(always)]
    pub(crate) fn max(self, other: Self) -> Self {
        Self(register::max(self.0, other.0))
    }

    /// Negative lanes become zero.
    #[inline(always)]
    pub(crate) fn relu(self) -> Self {
        Self::splat(0.0).max(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [[f32; 4]; 4] = [
        [0.0, -0.0, 1.5, -2.25],
        [f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN_POSITIVE],
        [f32::NAN, 3.0, f32::NAN, -7.5],
        [1e-3, -1e6, 0.1, 123.456],
    ];

    fn stored(lanes: Lanes) -> [f32; 4] {
        let mut values = [0.0; 4];
        lanes.store(&mut values);
        values
    }

    #[test]
    fn the_register_computes_what_plain_rust_computes() {
        let same = |a: [f32; 4], b: [f32; 4]| {
            for (a, b) in a.into_iter().zip(b) {
                assert!(a == b || (a.is_nan() && b.is_nan()), "{a} {b}");
            }
        };
        for a in VALUES {
            for b in VALUES {
                let (x, y) = (Lanes::load(&a), Lanes::load(&b));
                same(stored(x.plus(y)), portable::add(a, b));
                same(stored(x.max(y)), portable::max(a, b));
                same(stored(y.relu()), portable::max([0.0; 4], b));
                for c in VALUES {
                    let found = stored(x.plus_product(y, Lanes::load(&c)));
                    same(found, portable::add_product(a, b, c));
                }
            }
        }
        assert_eq!(stored(Lanes::splat(2.5)), portable::splat(2.5));
        let mut copy = [0.0; 4];
        portable::store(portable::load(&VALUES[0]), &mut copy);
        assert_eq!(copy, VALUES[0]);
    }
}
