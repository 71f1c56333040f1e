//! Motions of a plane between two crops, fitted robustly.

use crate::statistics::median;

/// A point in pixels of the crop.
pub type Point = [f64; 2];

/// A tracked point: where it was, where it went.
#[derive(Debug, Clone, Copy)]
pub struct Match {
    /// In the earlier crop.
    pub from: Point,
    /// In the later crop.
    pub to: Point,
}

/// A projective map of the plane, coordinates relative to [`CENTRE`] in units of [`UNIT`].
#[derive(Debug, Clone, Copy)]
pub struct Homography([f64; 8]);

const CENTRE: f64 = 112.0;
const UNIT: f64 = 112.0;
/// Residuals below this, in pixels, are tracking noise and do not change a point's weight.
const NOISE_PX: f64 = 0.1;
/// Rounds of weighing and fitting; weights settle in about ten.
const ROUNDS: usize = 16;
/// Pairs of points tried for a start; with a third of the points moving differently, 4 pairs in 9 are
/// sound.
const TRIALS: usize = 50;

impl Homography {
    /// The map that moves nothing.
    pub const IDENTITY: Self = Self([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]);

    /// Where a point goes.
    pub fn apply(&self, point: Point) -> Point {
        let h = &self.0;
        let (x, y) = ((point[0] - CENTRE) / UNIT, (point[1] - CENTRE) / UNIT);
        let w = h[6] * x + h[7] * y + 1.0;
        let w = if w.abs() < 1e-6 { 1e-6 } else { w };
        [
            CENTRE + UNIT * (h[0] * x + h[1] * y + h[2]) / w,
            CENTRE + UNIT * (h[3] * x + h[4] * y + h[5]) / w,
        ]
    }

    /// What is left of a match's motion after this map, in pixels.
    pub fn residual(&self, m: &Match) -> Point {
        let p = self.apply(m.from);
        [m.to[0] - p[0], m.to[1] - p[1]]
    }

    /// Translation, rotation and one scale: what a still scene does between two crops cut around a
    /// jittering box. Robust to a minority of points that move differently. None for fewer than 6
    /// points or points in one place.
    pub fn fit_similarity(matches: &[Match]) -> Option<Self> {
        if matches.len() < 6 {
            return None;
        }
        let Self([a, _, x, b, _, y, ..]) = Self::least_median(matches);
        let (mut ab, mut shift) = ([a, b], [x, y]);
        for _ in 0..ROUNDS {
            let now = Self([ab[0], -ab[1], shift[0], ab[1], ab[0], shift[1], 0.0, 0.0]);
            let weights = now.weights(matches);
            let mut normal = Normal::<4>::default();
            for (m, w) in matches.iter().zip(weights) {
                let (x, y, u, v) = scaled(m);
                normal.add([x, -y, 1.0, 0.0], u, w);
                normal.add([y, x, 0.0, 1.0], v, w);
            }
            let s = normal.solve()?;
            (ab, shift) = ([s[0], s[1]], [s[2], s[3]]);
        }
        Some(Self([ab[0], -ab[1], shift[0], ab[1], ab[0], shift[1], 0.0, 0.0]))
    }

    /// Of many similarities, each through two of the points, the one with the least median residual
    /// (Rousseeuw 1984): a start that even a coherent minority does not pull away. The choice of points
    /// is fixed, so that a clip always gets the same score.
    fn least_median(matches: &[Match]) -> Self {
        let n = matches.len();
        let shift = [0, 1].map(|k| median(matches.iter().map(|m| m.to[k] - m.from[k])) / UNIT);
        let shifted = Self([1.0, 0.0, shift[0], 0.0, 1.0, shift[1], 0.0, 0.0]);
        let spread = |h: &Self| median(matches.iter().map(|m| length(h.residual(m))));
        let mut best = (spread(&shifted), shifted);
        for trial in 0..TRIALS {
            let (p, q) = (&matches[trial * 7919 % n], &matches[(trial * 104_729 + n / 2) % n]);
            let Some(through) = Self::through(p, q) else { continue };
            let spread = spread(&through);
            if spread < best.0 {
                best = (spread, through);
            }
        }
        best.1
    }

    /// The similarity that maps two points as given; None for points too close to each other.
    fn through(p: &Match, q: &Match) -> Option<Self> {
        let ((x, y, u, v), (x2, y2, u2, v2)) = (scaled(p), scaled(q));
        let (dx, dy, du, dv) = (x2 - x, y2 - y, u2 - u, v2 - v);
        let square = dx * dx + dy * dy;
        if square < 0.05 {
            return None;
        }
        let (a, b) = ((dx * du + dy * dv) / square, (dx * dv - dy * du) / square);
        Some(Self([a, -b, u - a * x + b * y, b, a, v - b * x - a * y, 0.0, 0.0]))
    }

    /// The motion of a plane seen by a camera, robust to a minority of points that move differently.
    /// None for fewer than 12 points or points that determine no plane.
    pub fn fit(matches: &[Match]) -> Option<Self> {
        if matches.len() < 12 {
            return None;
        }
        let mut now = Self::fit_similarity(matches)?;
        for _ in 0..ROUNDS {
            let weights = now.weights(matches);
            let mut normal = Normal::<8>::default();
            for (m, weight) in matches.iter().zip(weights) {
                let (x, y, u, v) = scaled(m);
                normal.add([x, y, 1.0, 0.0, 0.0, 0.0, -u * x, -u * y], u, weight);
                normal.add([0.0, 0.0, 0.0, x, y, 1.0, -v * x, -v * y], v, weight);
            }
            now = Self(normal.solve()?);
        }
        now.0.iter().all(|h| h.is_finite()).then_some(now)
    }

    /// Tukey weights by the residuals' own spread.
    fn weights(&self, matches: &[Match]) -> Vec<f64> {
        let lengths: Vec<f64> = matches.iter().map(|m| length(self.residual(m))).collect();
        let cut = 4.0 * median(lengths.iter().copied()).max(NOISE_PX);
        lengths
            .iter()
            .map(|r| if *r < cut { (1.0 - (r / cut).powi(2)).powi(2) } else { 0.0 })
            .collect()
    }
}

fn scaled(m: &Match) -> (f64, f64, f64, f64) {
    let s = |v: f64| (v - CENTRE) / UNIT;
    (s(m.from[0]), s(m.from[1]), s(m.to[0]), s(m.to[1]))
}

/// Length of a vector.
pub fn length(v: Point) -> f64 {
    v[0].hypot(v[1])
}

/// Weighted least squares in `N` unknowns.
struct Normal<const N: usize> {
    a: [[f64; N]; N],
    b: [f64; N],
}

impl<const N: usize> Default for Normal<N> {
    fn default() -> Self {
        Self { a: [[0.0; N]; N], b: [0.0; N] }
    }
}

impl<const N: usize> Normal<N> {
    fn add(&mut self, row: [f64; N], value: f64, weight: f64) {
        for i in 0..N {
            for j in 0..N {
                self.a[i][j] += weight * row[i] * row[j];
            }
            self.b[i] += weight * row[i] * value;
        }
    }

    /// Gaussian elimination with pivoting; None where the equations have no single solution.
    fn solve(mut self) -> Option<[f64; N]> {
        for k in 0..N {
            let pivot =
                (k..N).max_by(|&i, &j| self.a[i][k].abs().total_cmp(&self.a[j][k].abs()))?;
            if self.a[pivot][k].abs() < 1e-9 || !self.a[pivot][k].is_finite() {
                return None;
            }
            self.a.swap(k, pivot);
            self.b.swap(k, pivot);
            for i in k + 1..N {
                let factor = self.a[i][k] / self.a[k][k];
                for j in k..N {
                    self.a[i][j] -= factor * self.a[k][j];
                }
                self.b[i] -= factor * self.b[k];
            }
        }
        let mut x = [0.0; N];
        for i in (0..N).rev() {
            let known: f64 = (i + 1..N).map(|j| self.a[i][j] * x[j]).sum();
            x[i] = (self.b[i] - known) / self.a[i][i];
        }
        Some(x)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(map: impl Fn(Point) -> Point) -> Vec<Match> {
        (0..12)
            .flat_map(|i| {
                (0..12).map(move |j| [20.0 + 15.0 * f64::from(i), 20.0 + 15.0 * f64::from(j)])
            })
            .map(|from| Match { from, to: map(from) })
            .collect()
    }

    fn worst(h: &Homography, matches: &[Match]) -> f64 {
        matches.iter().map(|m| length(h.residual(m))).fold(0.0, f64::max)
    }

    #[test]
    fn a_plane_in_perspective_is_fitted_exactly() {
        let plane = Homography([1.05, 0.03, 0.02, -0.02, 0.97, -0.04, 0.03, -0.05]);
        let matches = grid(|p| plane.apply(p));
        assert!(worst(&Homography::fit(&matches).unwrap(), &matches) < 1e-3);
        assert!(worst(&Homography::fit_similarity(&matches).unwrap(), &matches) > 1.0);
    }

    #[test]
    fn a_minority_that_moves_differently_does_not_count() {
        let plane = Homography([1.02, 0.0, 0.01, 0.0, 1.02, 0.03, 0.0, 0.0]);
        let mut matches = grid(|p| plane.apply(p));
        for m in matches.iter_mut().filter(|m| m.from[0] > 130.0) {
            m.to[1] += 6.0;
        }
        for h in [Homography::fit(&matches).unwrap(), Homography::fit_similarity(&matches).unwrap()]
        {
            let rest: Vec<Match> = matches.iter().filter(|m| m.from[0] <= 130.0).copied().collect();
            assert!(worst(&h, &rest) < 0.05, "{}", worst(&h, &rest));
        }
    }

    #[test]
    fn too_little_to_go_on_gives_nothing() {
        assert!(Homography::fit(&[]).is_none());
        let one_place = vec![Match { from: [5.0, 5.0], to: [6.0, 5.0] }; 40];
        assert!(Homography::fit(&one_place).is_none());
    }
}
