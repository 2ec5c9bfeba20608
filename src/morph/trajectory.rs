//! The way of each place from one picture to the other.
//!
//! On a straight path a place `a` of A and the place `b` of B that it belongs to are at
//! `X = (1 − t)·a + t·b`. Where the picture turns by θ, that shrinks it by `cos(θ/2)` on the way.
//! On a spiral path everything turns and grows with the similarity `b = α·a + β` nearest to the
//! field, around its fixed point `c = β/(1 − α)`, and only what is left of the way is straight:
//!
//! ```text
//!   X − c = (1 − t)·αᵗ·(a − c) + t·αᵗ⁻¹·(b − c)
//!         = A·(p − c) + B·q,   A = t·αᵗ⁻¹ + (1 − t)·αᵗ,   B = t·αᵗ⁻¹ − (1 − t)·αᵗ
//! ```
//!
//! with `a = p − q` and `b = p + q`. `α = 1` is the straight path.

use super::similarity::{Complex, Similarity};

/// A similarity nearer to a mere shift than this has its fixed point too far away.
const SHIFT: f32 = 1e-3;

/// How places travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trajectory {
    /// Each on a straight line.
    #[default]
    Straight,
    /// Turning and growing with the whole.
    Spiral,
}

/// Which place of the half-way domain is seen where at one time: `p = X/A + c·(1 − 1/A) − q·B/A`,
/// in cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Way {
    turn: Complex,
    shift: Complex,
    back: Complex,
}

impl Way {
    /// On straight lines.
    pub fn straight(t: f32) -> Self {
        Self {
            turn: Complex::ONE,
            shift: Complex(0.0, 0.0),
            back: Complex(2.0 * t - 1.0, 0.0),
        }
    }

    /// Along with a similarity.
    pub fn spiral(similarity: &Similarity, t: f32) -> Self {
        let Similarity { alpha, beta } = *similarity;
        let rest = Complex::ONE.sub(alpha);
        if rest.norm2() < SHIFT * SHIFT {
            return Self::straight(t);
        }
        let forward = alpha.powf(t).times(1.0 - t);
        let backward = alpha.powf(t - 1.0).times(t);
        let turn = Complex::ONE.div(backward.add(forward));
        Self {
            turn,
            shift: beta.div(rest).mul(Complex::ONE.sub(turn)),
            back: backward.sub(forward).mul(turn),
        }
    }

    /// The place seen at `X` if its half shift is `q`.
    #[inline(always)]
    pub fn place(&self, x: Complex, q: Complex) -> Complex {
        self.turn.mul(x).add(self.shift).sub(self.back.mul(q))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(a: Complex, b: Complex) -> bool {
        a.sub(b).norm2() < 1e-6
    }

    #[test]
    fn a_turn_is_followed_around_its_fixed_point() {
        let turn = Complex(0.0, 1.0).powf(0.5); // 45 degrees
        let centre = Complex(3.0, 4.0);
        let similarity = Similarity {
            alpha: turn,
            beta: centre.sub(turn.mul(centre)),
        };
        let a = Complex(5.0, 4.0);
        let b = similarity.of(a);
        let (p, q) = (a.add(b).times(0.5), b.sub(a).times(0.5));
        for t in [0.0, 0.25, 0.5, 1.0] {
            let x = centre.add(turn.powf(t).times(2.0));
            assert!(near(Way::spiral(&similarity, t).place(x, q), p), "{t}");
        }
        let shift = Similarity {
            alpha: Complex::ONE,
            beta: Complex(2.0, 0.0),
        };
        assert_eq!(Way::spiral(&shift, 0.3), Way::straight(0.3));
    }
}
