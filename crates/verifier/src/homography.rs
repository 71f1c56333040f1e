//! Motions of a plane between two crops, fitted robustly.

use crate::points::{CENTRE, Points, UNIT};
pub use crate::points::{Match, Point};
use crate::statistics::middle;

/// A projective map of the plane, coordinates relative to [`CENTRE`] in units of [`UNIT`].
#[derive(Debug, Clone, Copy)]
pub struct Homography(pub(crate) [f64; 8]);

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
    #[inline]
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
        Self::similarity(&mut Points::new(matches))
    }

    /// The motion of a plane seen by a camera, robust to a minority of points that move differently.
    /// None for fewer than 12 points or points that determine no plane.
    pub fn fit(matches: &[Match]) -> Option<Self> {
        if matches.len() < 12 {
            return None;
        }
        let mut points = Points::new(matches);
        let start = Self::similarity(&mut points)?;
        let plane = start.settled(&mut points, |points| points.plane().solve().map(Self))?;
        plane.0.iter().all(|h| h.is_finite()).then_some(plane)
    }

    fn similarity(points: &mut Points) -> Option<Self> {
        if points.count < 6 {
            return None;
        }
        Self::least_median(points).settled(points, |points| {
            let [a, b, x, y] = points.similarity().solve()?;
            Some(Self([a, -b, x, b, a, y, 0.0, 0.0]))
        })
    }

    /// From this map on: weighs the points by it, and fits the next one by their weights.
    fn settled(
        mut self,
        points: &mut Points,
        fit: impl Fn(&Points) -> Option<Self>,
    ) -> Option<Self> {
        for _ in 0..ROUNDS {
            points.weigh(&self.0);
            let next = fit(points)?;
            let settled = self.is_near(&next);
            self = next;
            if settled {
                break;
            }
        }
        Some(self)
    }

    /// Of many similarities, each through two of the points, the one with the least median residual
    /// (Rousseeuw 1984): a start that even a coherent minority does not pull away. The choice of points
    /// is fixed, so that a clip always gets the same score.
    fn least_median(points: &mut Points) -> Self {
        let n = points.count;
        let shift = points.median_shift();
        let shifted = Self([1.0, 0.0, shift[0], 0.0, 1.0, shift[1], 0.0, 0.0]);
        let mut best = (points.median_square(&shifted.0), shifted);
        for trial in 0..TRIALS {
            let (p, q) = (points.at(trial * 7919 % n), points.at((trial * 104_729 + n / 2) % n));
            let Some(through) = Self::through(p, q) else { continue };
            // Most are worse, which is seen without a median: too few points lie nearer than the best one's.
            if points.nearer(&through.0, best.0) > middle(n) {
                best = (points.median_square(&through.0), through);
            }
        }
        best.1
    }

    /// The similarity that maps two points as given; None for points too close to each other.
    fn through([x, y, u, v]: [f64; 4], [x2, y2, u2, v2]: [f64; 4]) -> Option<Self> {
        let (dx, dy, du, dv) = (x2 - x, y2 - y, u2 - u, v2 - v);
        let square = dx * dx + dy * dy;
        if square < 0.05 {
            return None;
        }
        let (a, b) = ((dx * du + dy * dv) / square, (dx * dv - dy * du) / square);
        Some(Self([a, -b, u - a * x + b * y, b, a, v - b * x - a * y, 0.0, 0.0]))
    }

    /// Whether another round would change nothing that matters: a place by a hundred-millionth of a pixel.
    fn is_near(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| (a - b).abs() < SETTLED)
    }
}

/// Length of a vector.
pub fn length(v: Point) -> f64 {
    v[0].hypot(v[1])
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
