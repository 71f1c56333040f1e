//! Motions of a plane between two crops, fitted robustly.

use crate::statistics::{median, middle};

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
/// Changes of a map's numbers below which its weights have settled.
const SETTLED: f64 = 1e-10;
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
        let scale = UNIT / if w.abs() < 1e-6 { 1e-6 } else { w };
        [
            CENTRE + scale * (h[0] * x + h[1] * y + h[2]),
            CENTRE + scale * (h[3] * x + h[4] * y + h[5]),
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
        let mut now = Self::least_median(matches);
        for _ in 0..ROUNDS {
            let weights = now.weights(matches);
            let mut sums = [0.0; 8];
            for (m, w) in matches.iter().zip(weights) {
                let (x, y, u, v) = scaled(m);
                let (wx, wy) = (w * x, w * y);
                let all =
                    [wx * x + wy * y, wx, wy, w, wx * u + wy * v, wx * v - wy * u, w * u, w * v];
                sums = std::array::from_fn(|k| sums[k] + all[k]);
            }
            let [square, x, y, one, au, av, u, v] = sums;
            let normal = Normal {
                a: [[square, 0.0, x, y], [0.0, square, -y, x], [x, -y, one, 0.0], [y, x, 0.0, one]],
                b: [au, av, u, v],
            };
            let [a, b, x, y] = normal.solve()?;
            let next = Self([a, -b, x, b, a, y, 0.0, 0.0]);
            let settled = now.is_near(&next);
            now = next;
            if settled {
                break;
            }
        }
        Some(now)
    }

    /// Of many similarities, each through two of the points, the one with the least median residual
    /// (Rousseeuw 1984): a start that even a coherent minority does not pull away. The choice of points
    /// is fixed, so that a clip always gets the same score.
    fn least_median(matches: &[Match]) -> Self {
        let n = matches.len();
        let shift = [0, 1].map(|k| median(matches.iter().map(|m| m.to[k] - m.from[k])) / UNIT);
        let shifted = Self([1.0, 0.0, shift[0], 0.0, 1.0, shift[1], 0.0, 0.0]);
        let mut best = (median(squares(&shifted, matches)), shifted);
        for trial in 0..TRIALS {
            let (p, q) = (&matches[trial * 7919 % n], &matches[(trial * 104_729 + n / 2) % n]);
            let Some(through) = Self::through(p, q) else { continue };
            // Most are worse, which is seen without a median: too few points lie nearer than the best one's.
            let nearer = squares(&through, matches).filter(|square| *square < best.0).count();
            if nearer > middle(n) {
                best = (median(squares(&through, matches)), through);
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
            let next = Self(Self::normal(matches, &weights).solve()?);
            let settled = now.is_near(&next);
            now = next;
            if settled {
                break;
            }
        }
        now.0.iter().all(|h| h.is_finite()).then_some(now)
    }

    /// The equations of a plane's motion. Each match has two rows, `x y 1 0 0 0 -ux -uy` for `u` and `0 0 0 x y 1 -vx -vy`
    /// for `v`; of the products of their columns only these 23 sums differ.
    fn normal(matches: &[Match], weights: &[f64]) -> Normal<8> {
        let (mut plain, mut by_u, mut by_v, mut by_square) =
            ([0.0; 6], [0.0; 6], [0.0; 6], [0.0; 5]);
        for (m, &w) in matches.iter().zip(weights) {
            let (x, y, u, v) = scaled(m);
            let square = u * u + v * v;
            let products = [w * x * x, w * x * y, w * y * y, w * x, w * y, w];
            for k in 0..6 {
                plain[k] += products[k];
                by_u[k] += u * products[k];
                by_v[k] += v * products[k];
            }
            for k in 0..5 {
                by_square[k] += square * products[k];
            }
        }
        let mut normal = Normal { a: [[0.0; 8]; 8], b: [0.0; 8] };
        // Rows and columns of x, y and 1.
        let three = |[xx, xy, yy, x, y, one]: [f64; 6]| [[xx, xy, x], [xy, yy, y], [x, y, one]];
        for (offset, by) in [(0, by_u), (3, by_v)] {
            let (own, by) = (three(plain), three(by));
            for i in 0..3 {
                normal.a[offset + i][offset..offset + 3].copy_from_slice(&own[i]);
                let [of_x, of_y, of_one] = by[i];
                for (k, by) in [of_x, of_y].into_iter().enumerate() {
                    normal.a[offset + i][6 + k] = -by;
                    normal.a[6 + k][offset + i] = -by;
                }
                normal.b[offset + i] = of_one;
            }
        }
        let [xx, xy, yy, x, y] = by_square;
        normal.a[6][6..].copy_from_slice(&[xx, xy]);
        normal.a[7][6..].copy_from_slice(&[xy, yy]);
        normal.b[6..].copy_from_slice(&[-x, -y]);
        normal
    }

    /// Whether another round would change nothing that matters: a place by a hundred-millionth of a pixel.
    fn is_near(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| (a - b).abs() < SETTLED)
    }

    /// Tukey weights by the residuals' own spread.
    fn weights(&self, matches: &[Match]) -> Vec<f64> {
        let mut squares: Vec<f64> = squares(self, matches).collect();
        let cut = 4.0 * median(squares.iter().copied()).sqrt().max(NOISE_PX);
        let cut = cut * cut;
        for square in &mut squares {
            *square = (1.0 - *square / cut).max(0.0).powi(2);
        }
        squares
    }
}

/// The squares of what a map leaves of each match.
fn squares(map: &Homography, matches: &[Match]) -> impl Iterator<Item = f64> {
    matches.iter().map(|m| {
        let [x, y] = map.residual(m);
        x * x + y * y
    })
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

impl<const N: usize> Normal<N> {
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
