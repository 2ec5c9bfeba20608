//! The global start: the similarity (shift, turn and scale) that most parts agree on.

use super::descriptors::{Descriptors, dot};
use super::matcher::{Products, Weights};
use super::planes::Planes;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

const DRAWS: usize = 400;
/// How far a match may be off, in cells.
const NEAR: f32 = 2.0;
/// Two matches closer than this say nothing of a turn.
const APART: f32 = 4.0;
const SCALES: std::ops::Range<f32> = 0.4..2.5;
/// The largest turn, in radians.
const TURN: f32 = 1.0;
/// Pairs of cells that are compared at most: more are thinned out.
const CELLS: usize = 1024;

/// A place of A and the place of B that looks most like it, each the other's nearest.
#[derive(Debug, Clone, Copy)]
pub struct Match {
    /// In A, in cells.
    pub a: Complex,
    /// In B.
    pub b: Complex,
    /// Their cosine similarity.
    pub score: f32,
}

/// A point of the plane, or a turn and scale.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Complex(pub f32, pub f32);

/// `b = α·a + β`, in cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Similarity {
    /// Turn and scale.
    pub alpha: Complex,
    /// Shift.
    pub beta: Complex,
}

impl Complex {
    /// Neither turn nor scale.
    pub const ONE: Self = Self(1.0, 0.0);

    /// The sum.
    #[inline(always)]
    pub fn add(self, other: Self) -> Self {
        Self(self.0 + other.0, self.1 + other.1)
    }

    /// The difference.
    #[inline(always)]
    pub fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0, self.1 - other.1)
    }

    /// The product: a turn and a scaling.
    #[inline(always)]
    pub fn mul(self, other: Self) -> Self {
        Self(
            self.0 * other.0 - self.1 * other.1,
            self.0 * other.1 + self.1 * other.0,
        )
    }

    fn conj(self) -> Self {
        Self(self.0, -self.1)
    }

    /// Longer by `factor`.
    pub fn times(self, factor: f32) -> Self {
        Self(self.0 * factor, self.1 * factor)
    }

    /// The quotient.
    pub fn div(self, other: Self) -> Self {
        self.mul(other.conj()).times(1.0 / other.norm2())
    }

    /// Part of a turn and scaling, by the shorter way; `exponent` from -1 to 1.
    pub fn powf(self, exponent: f32) -> Self {
        // An eighth of the angle by its series, then squared three times: the library's sine would
        // be a fiftieth of what a page loads.
        let x = 0.125 * exponent * self.1.atan2(self.0);
        let x2 = x * x;
        let sine = x * (1.0 - x2 / 6.0 * (1.0 - x2 / 20.0));
        let cosine = 1.0 - 0.5 * x2 * (1.0 - x2 / 12.0 * (1.0 - x2 / 30.0));
        let mut turn = Self(cosine, sine);
        for _ in 0..3 {
            turn = turn.mul(turn);
        }
        turn.times(self.norm2().powf(0.5 * exponent) / turn.norm2().sqrt())
    }

    /// The squared length.
    pub fn norm2(self) -> f32 {
        self.0 * self.0 + self.1 * self.1
    }
}

impl Similarity {
    /// Nothing moves.
    pub const IDENTITY: Self = Self {
        alpha: Complex::ONE,
        beta: Complex(0.0, 0.0),
    };

    /// Where a place of A lies in B.
    pub fn of(&self, a: Complex) -> Complex {
        self.alpha.mul(a).add(self.beta)
    }

    /// The place of A that lies half-way at `p`: from `p = ½(a + αa + β)`, `a = (2p − β)/(1 + α)`.
    pub fn of_half_way(&self, p: Complex) -> Complex {
        p.times(2.0)
            .sub(self.beta)
            .div(self.alpha.add(Complex::ONE))
    }

    /// Where a place of A lies half-way.
    pub fn half_way(&self, a: Complex) -> Complex {
        a.add(self.of(a)).times(0.5)
    }

    /// Where a place of B lies half-way.
    pub fn half_way_of_b(&self, b: Complex) -> Complex {
        self.half_way(b.sub(self.beta).div(self.alpha))
    }

    /// The field of this similarity on the half-way domain, `v₀ = p − a`, in cells.
    pub fn field(&self, width: usize, height: usize) -> Planes {
        let mut v = Planes::zeros(2, width, height);
        for i in 0..width * height {
            let p = Complex((i % width) as f32, (i / width) as f32);
            let shift = p.sub(self.of_half_way(p));
            v.plane_mut(0)[i] = shift.0;
            v.plane_mut(1)[i] = shift.1;
        }
        v
    }

    /// The one that takes these points nearest to theirs, in the least-squares sense; a shift
    /// where there is but one.
    pub fn fitted(pairs: &[(Complex, Complex)]) -> Self {
        let count = pairs.len().max(1) as f32;
        let sum = |side: fn(&(Complex, Complex)) -> Complex| {
            let sum = pairs.iter().map(side).fold(Complex(0.0, 0.0), Complex::add);
            sum.times(1.0 / count)
        };
        let (mean_a, mean_b) = (sum(|pair| pair.0), sum(|pair| pair.1));
        let (mut cross, mut spread) = (Complex(0.0, 0.0), 0.0);
        for (a, b) in pairs {
            let (a, b) = (a.sub(mean_a), b.sub(mean_b));
            cross = cross.add(b.mul(a.conj()));
            spread += a.norm2();
        }
        let alpha = if spread > 1e-6 {
            cross.times(1.0 / spread)
        } else {
            Complex::ONE
        };
        Self {
            alpha,
            beta: mean_b.sub(alpha.mul(mean_a)),
        }
    }

    fn is_likely(&self) -> bool {
        let scale = self.alpha.norm2().sqrt();
        SCALES.contains(&scale) && self.alpha.1.atan2(self.alpha.0).abs() <= TURN
    }
}

/// Mutual nearest neighbours among unit vectors.
pub fn mutual_matches(a: &Descriptors, b: &Descriptors) -> Vec<Match> {
    let (w, h) = (a.width, a.height);
    if w * h > CELLS {
        let shrink = (CELLS as f32 / (w * h) as f32).sqrt();
        let fewer = |cells: usize| ((cells as f32 * shrink) as usize).max(1);
        let (fw, fh) = (fewer(w), fewer(h));
        let thin = |features: &Descriptors| features.resized(fw, fh).normalised();
        let (sx, sy) = (w as f32 / fw as f32, h as f32 / fh as f32);
        let widen = |p: Complex| Complex((p.0 + 0.5) * sx - 0.5, (p.1 + 0.5) * sy - 0.5);
        let mut matches = mutual_matches(&thin(a), &thin(b));
        for found in &mut matches {
            (found.a, found.b) = (widen(found.a), widen(found.b));
        }
        return matches;
    }
    let count = w * h;
    let transposed = Weights {
        values: b.planes().values,
        bias: vec![0.0; count],
    };
    let mut scores = vec![0.0; count * count];
    let products = Products {
        x: &a.values,
        inputs: a.length,
        weights: &transposed,
        rows: 16,
    };
    products.write(&mut scores);
    let mut nearest_b = vec![(0, f32::MIN); count];
    let mut nearest_a = vec![(0, f32::MIN); count];
    for (i, row) in scores.chunks_exact(count).enumerate() {
        for (j, &score) in row.iter().enumerate() {
            if score > nearest_b[i].1 {
                nearest_b[i] = (j, score);
            }
            if score > nearest_a[j].1 {
                nearest_a[j] = (i, score);
            }
        }
    }
    let place = |i: usize| Complex((i % w) as f32, (i / w) as f32);
    (0..count)
        .filter(|&i| nearest_a[nearest_b[i].0].0 == i)
        .map(|i| Match {
            a: place(i),
            b: place(nearest_b[i].0),
            score: nearest_b[i].1,
        })
        .collect()
}

/// The similarity that most matches agree on, by RANSAC (Fischler and Bolles 1981), and how many
/// do.
pub fn ransac(matches: &[Match]) -> (Similarity, usize) {
    let mut random = ChaCha8Rng::seed_from_u64(0);
    let near = |similarity: &Similarity, found: &Match| {
        similarity.of(found.a).sub(found.b).norm2() < NEAR * NEAR
    };
    let mut best = (0.0, Similarity::IDENTITY);
    for _ in 0..DRAWS {
        if matches.len() < 2 {
            break;
        }
        let mut draw = || matches[random.next_u32() as usize % matches.len()];
        let (first, second) = (draw(), draw());
        if first.a.sub(second.a).norm2() < APART * APART {
            continue;
        }
        let drawn = Similarity::fitted(&[(first.a, first.b), (second.a, second.b)]);
        if !drawn.is_likely() {
            continue;
        }
        let score = matches
            .iter()
            .filter(|found| near(&drawn, found))
            .map(|found| found.score)
            .sum();
        if score > best.0 {
            best = (score, drawn);
        }
    }
    let inliers: Vec<(Complex, Complex)> = matches
        .iter()
        .filter(|found| near(&best.1, found))
        .map(|found| (found.a, found.b))
        .collect();
    if inliers.len() < 3 {
        return (Similarity::IDENTITY, inliers.len());
    }
    (Similarity::fitted(&inliers), inliers.len())
}

impl Descriptors {
    /// Every vector brought to length 1.
    fn normalised(mut self) -> Self {
        for cell in self.values.chunks_exact_mut(self.length) {
            let length = dot(cell, cell).sqrt() + 1e-6;
            cell.iter_mut().for_each(|value| *value /= length);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUTH: Similarity = Similarity {
        alpha: Complex(0.9, 0.4),
        beta: Complex(3.0, -2.0),
    };

    #[test]
    fn ransac_finds_a_similarity_among_outliers() {
        let matches: Vec<Match> = (0..200)
            .map(|i| {
                let a = Complex((i * 7 % 32) as f32, (i * 13 % 31) as f32);
                let wrong = Complex((i * 11 % 32) as f32, (i * 5 % 32) as f32);
                Match {
                    a,
                    b: if i % 5 < 2 { TRUTH.of(a) } else { wrong },
                    score: 0.5,
                }
            })
            .collect();
        let (found, inliers) = ransac(&matches);
        assert!(inliers >= 80);
        let corner = Complex(31.0, 31.0);
        assert!(found.of(corner).sub(TRUTH.of(corner)).norm2() < 0.25);
    }

    #[test]
    fn the_field_of_a_similarity_joins_its_two_ends() {
        let v = TRUTH.field(32, 32);
        for (x, y) in [(0, 0), (20, 11), (31, 31)] {
            let i = y * 32 + x;
            let shift = Complex(v.plane(0)[i], v.plane(1)[i]);
            let p = Complex(x as f32, y as f32);
            let b = TRUTH.of(p.sub(shift));
            assert!(b.sub(p.add(shift)).norm2() < 1e-6);
            assert!(TRUTH.half_way(p.sub(shift)).sub(p).norm2() < 1e-6);
            assert!(TRUTH.half_way_of_b(b).sub(p).norm2() < 1e-6);
        }
    }

    #[test]
    fn mutual_neighbours_of_a_picture_and_itself_are_every_cell() {
        let mut features = Descriptors::zeros(16, 6, 5);
        for (i, value) in features.values.iter_mut().enumerate() {
            *value = ((i * 7919) % 113) as f32 - 56.0;
        }
        let features = features.centred(1.0);
        let matches = mutual_matches(&features, &features);
        assert_eq!(matches.len(), 30);
        assert!(matches.iter().all(|found| found.a == found.b));
    }
}
