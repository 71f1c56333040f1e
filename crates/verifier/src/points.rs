//! Tracked points side by side, as fitting a plane's motion to them needs them.

use crate::statistics::median;
use crate::wide::wide;

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

/// The numbers of a projective map, as [`crate::homography::Homography`] has them.
type Map = [f64; 8];

/// Coordinates are relative to this place, in pixels of the crop,
pub(crate) const CENTRE: f64 = 112.0;
/// in units of so many pixels.
pub(crate) const UNIT: f64 = 112.0;
/// Residuals below this, in pixels, are tracking noise and do not change a point's weight.
const NOISE_PX: f64 = 0.1;
/// Points whose sums are kept side by side.
const LANES: usize = 8;

/// Values of [`LANES`] points.
type Lanes = [f64; LANES];

/// Points before and after the motion, weights, and what a map leaves of them.
pub(crate) struct Points {
    /// How many there are; behind them the lists are filled up with points without weight.
    pub(crate) count: usize,
    /// Before: across and down; after: across and down.
    places: [Vec<Lanes>; 4],
    weights: Vec<Lanes>,
    squares: Vec<Lanes>,
}

impl Points {
    pub(crate) fn new(matches: &[Match]) -> Self {
        let list = |of: fn(&Match) -> f64| {
            let mut list = vec![[0.0; LANES]; matches.len().div_ceil(LANES)];
            for (to, m) in list.as_flattened_mut().iter_mut().zip(matches) {
                *to = (of(m) - CENTRE) / UNIT;
            }
            list
        };
        let places =
            [list(|m| m.from[0]), list(|m| m.from[1]), list(|m| m.to[0]), list(|m| m.to[1])];
        let [weights, squares] = [(); 2].map(|()| vec![[0.0; LANES]; places[0].len()]);
        Self { count: matches.len(), places, weights, squares }
    }

    /// One point: before and after.
    pub(crate) fn at(&self, index: usize) -> [f64; 4] {
        [0, 1, 2, 3].map(|k: usize| self.places[k][index / LANES][index % LANES])
    }

    /// How far they typically move.
    pub(crate) fn median_shift(&self) -> Point {
        [0, 1].map(|k| {
            let (from, to) = (self.places[k].as_flattened(), self.places[k + 2].as_flattened());
            median(to.iter().zip(from).take(self.count).map(|(to, from)| to - from))
        })
    }

    /// The median square of what a map leaves of their motion, in pixels.
    pub(crate) fn median_square(&mut self, map: &Map) -> f64 {
        self.compare(map);
        median(self.squares.as_flattened()[..self.count].iter().copied())
    }

    /// Of how many points a map leaves less than this square.
    pub(crate) fn nearer(&mut self, map: &Map, than: f64) -> usize {
        self.compare(map);
        self.squares.as_flattened()[..self.count].iter().filter(|square| **square < than).count()
    }

    /// Tukey weights by the residuals' own spread.
    pub(crate) fn weigh(&mut self, map: &Map) {
        let cut = 4.0 * self.median_square(map).sqrt().max(NOISE_PX);
        let cut = cut * cut;
        let squares = &self.squares.as_flattened()[..self.count];
        for (weight, square) in self.weights.as_flattened_mut().iter_mut().zip(squares) {
            let near = (1.0 - square / cut).max(0.0);
            *weight = near * near;
        }
    }

    /// The squares of what a map leaves of each point's motion.
    fn compare(&mut self, map: &Map) {
        let h = map;
        let Self { places: [x, y, u, v], squares, .. } = self;
        wide(
            #[inline(always)]
            || {
                for ((((squares, x), y), u), v) in
                    squares.iter_mut().zip(x.iter()).zip(y.iter()).zip(u.iter()).zip(v.iter())
                {
                    for i in 0..LANES {
                        let w = h[6] * x[i] + h[7] * y[i] + 1.0;
                        let scale = UNIT / if w.abs() < 1e-6 { 1e-6 } else { w };
                        let across = UNIT * u[i] - scale * (h[0] * x[i] + h[1] * y[i] + h[2]);
                        let down = UNIT * v[i] - scale * (h[3] * x[i] + h[4] * y[i] + h[5]);
                        squares[i] = across * across + down * down;
                    }
                }
            },
        );
    }

    /// The equations of translation, rotation and one scale.
    pub(crate) fn similarity(&self) -> Normal<4> {
        let [square, x, y, one, au, av, u, v] = self.sums(
            #[inline(always)]
            |w, [x, y, u, v]| {
                let (wx, wy) = (w * x, w * y);
                [wx * x + wy * y, wx, wy, w, wx * u + wy * v, wx * v - wy * u, w * u, w * v]
            },
        );
        Normal {
            a: [[square, 0.0, x, y], [0.0, square, -y, x], [x, -y, one, 0.0], [y, x, 0.0, one]],
            b: [au, av, u, v],
        }
    }

    /// The equations of a plane's motion. Each point has two rows, `x y 1 0 0 0 -ux -uy` for `u` and `0 0 0 x y 1 -vx -vy`
    /// for `v`; of the products of their columns only these 23 sums differ.
    pub(crate) fn plane(&self) -> Normal<8> {
        let sums = self.sums(
            #[inline(always)]
            |w, [x, y, u, v]| {
                let (wx, wy) = (w * x, w * y);
                let products = [wx * x, wx * y, wy * y, wx, wy, w];
                let square = u * u + v * v;
                let mut all = [0.0; 23];
                for k in 0..6 {
                    all[k] = products[k];
                    all[6 + k] = u * products[k];
                    all[12 + k] = v * products[k];
                }
                for k in 0..5 {
                    all[18 + k] = square * products[k];
                }
                all
            },
        );
        let mut normal = Normal { a: [[0.0; 8]; 8], b: [0.0; 8] };
        // Rows and columns of x, y and 1.
        let three = |from: usize| {
            let [xx, xy, yy, x, y, one] = [0, 1, 2, 3, 4, 5].map(|k| sums[from + k]);
            [[xx, xy, x], [xy, yy, y], [x, y, one]]
        };
        for (offset, by) in [(0, three(6)), (3, three(12))] {
            let own = three(0);
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
        let [xx, xy, yy, x, y] = [18, 19, 20, 21, 22].map(|k: usize| sums[k]);
        normal.a[6][6..].copy_from_slice(&[xx, xy]);
        normal.a[7][6..].copy_from_slice(&[xy, yy]);
        normal.b[6..].copy_from_slice(&[-x, -y]);
        normal
    }

    /// Sums over all points of what is made of a weight and a point's places.
    fn sums<const N: usize>(&self, of: impl Fn(f64, [f64; 4]) -> [f64; N]) -> [f64; N] {
        let Self { places: [x, y, u, v], weights, .. } = self;
        let mut lanes = [[0.0; LANES]; N];
        wide(
            #[inline(always)]
            || {
                for ((((w, x), y), u), v) in weights.iter().zip(x).zip(y).zip(u).zip(v) {
                    for i in 0..LANES {
                        let all = of(w[i], [x[i], y[i], u[i], v[i]]);
                        for k in 0..N {
                            lanes[k][i] += all[k];
                        }
                    }
                }
            },
        );
        lanes.map(|lanes| lanes.iter().sum())
    }
}

/// Weighted least squares in `N` unknowns.
pub(crate) struct Normal<const N: usize> {
    pub(crate) a: [[f64; N]; N],
    pub(crate) b: [f64; N],
}

impl<const N: usize> Normal<N> {
    /// Gaussian elimination with pivoting; None where the equations have no single solution.
    pub(crate) fn solve(mut self) -> Option<[f64; N]> {
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
