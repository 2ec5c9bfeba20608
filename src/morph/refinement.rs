//! Refinement: Lucas and Kanade's windowed least squares on the half-way domain.

use super::descriptors::Descriptors;
use super::field::{is_unfolded, regridded};
use super::parallel::chunks;
use super::pins::{Pull, WEIGHT};
use super::planes::Planes;

/// Residuals above this, squared, weigh less.
const ROBUST: f32 = 0.25;
/// The longest step of an iteration, in cells.
const STEP: f32 = 0.6;
/// Times a step is halved before it is given up.
const HALVINGS: usize = 4;

/// Where two pictures' features are seen for a place `p`: each at `p + side·v(p)`.
pub type Sides = [f32; 2];
/// Both from half-way.
pub const HALF_WAY: Sides = [-1.0, 1.0];
/// The first where it is, as a template.
pub const TEMPLATE: Sides = [0.0, 1.0];

/// How stiff the field is.
#[derive(Debug, Clone, Copy)]
pub struct Refinement {
    /// Window of the normal equations: σ of a Gaussian, in cells.
    pub window: f32,
    /// Smoothing of the field after each step, in cells.
    pub smoothing: f32,
    /// Added to the diagonal of the normal equations.
    pub damping: f32,
    /// Iterations on each grid.
    pub iterations: usize,
}

impl Refinement {
    /// `v`, in cells, improved on each of these grids in turn, each `factor` of the features' own.
    ///
    /// With `r = a(p + s₁v) − b(p + s₂v)` and `J = s₁∇a − s₂∇b` the step solves `(G∗wJJᵀ + μI)·δ =
    /// −G∗wJr`, `w = 1/√(1 + |r|²/0.25)`; then `v ← G∗(v + δ)`. A step that folds the field is
    /// halved.
    pub fn refine(
        &self,
        [a, b]: [&Planes; 2],
        sides: Sides,
        mut v: Planes,
        factors: &[f32],
        pins: &[Pull],
    ) -> Planes {
        for &factor in factors {
            let cells = |count: usize| ((count as f32 * factor).round() as usize).max(4);
            let (width, height) = (cells(a.width), cells(a.height));
            v = regridded(&v, width, height);
            let a = with_gradients(&a.resized(width, height));
            let b = with_gradients(&b.resized(width, height));
            let pulls: Vec<Pull> = pins.iter().map(|pin| pin.scaled(factor)).collect();
            let bumps = Pull::bumps(&pulls, width, height);
            for _ in 0..self.iterations {
                let step = self.step([&a, &b], sides, &v, &bumps);
                match self.taken(&v, &step) {
                    Some(better) => v = better,
                    None => break,
                }
            }
        }
        v
    }

    fn step(&self, [a, b]: [&Descriptors; 2], sides: Sides, v: &Planes, bumps: &Planes) -> Planes {
        let (width, height) = (v.width, v.height);
        let mut equations = Descriptors::zeros(5, width, height);
        chunks(&mut equations.values, 5 * width, |y, row| {
            let mut first = vec![0.0; a.length];
            let mut second = vec![0.0; a.length];
            for (x, cell) in row.chunks_exact_mut(5).enumerate() {
                let i = y * width + x;
                let (vx, vy) = (v.plane(0)[i], v.plane(1)[i]);
                let (x, y) = (x as f32, y as f32);
                a.sample(x + sides[0] * vx, y + sides[0] * vy, &mut first);
                b.sample(x + sides[1] * vx, y + sides[1] * vy, &mut second);
                let sums = normal_equations(&first, &second, sides);
                cell.copy_from_slice(&sums);
            }
        });
        let sums = equations.planes().blurred(self.window);
        let mut step = Planes::zeros(2, width, height);
        for i in 0..v.area() {
            let pinned = WEIGHT * bumps.plane(2)[i].powi(4);
            let pull = |c: usize| pinned * (v.plane(c)[i] - bumps.plane(c)[i]);
            let h11 = sums.plane(0)[i] + self.damping + pinned;
            let h22 = sums.plane(2)[i] + self.damping + pinned;
            let h12 = sums.plane(1)[i];
            let (g1, g2) = (sums.plane(3)[i] + pull(0), sums.plane(4)[i] + pull(1));
            let determinant = h11 * h22 - h12 * h12;
            let dx = -(h22 * g1 - h12 * g2) / determinant;
            let dy = -(h11 * g2 - h12 * g1) / determinant;
            let shrink = (STEP / (dx * dx + dy * dy).sqrt().max(1e-6)).min(1.0);
            step.plane_mut(0)[i] = dx * shrink;
            step.plane_mut(1)[i] = dy * shrink;
        }
        step
    }

    /// The field after the step, or after as much of it as folds nothing.
    fn taken(&self, v: &Planes, step: &Planes) -> Option<Planes> {
        let mut length = 1.0;
        for _ in 0..HALVINGS {
            let mut next = v.clone();
            for (value, step) in next.values.iter_mut().zip(&step.values) {
                *value += length * step;
            }
            let next = next.blurred(self.smoothing);
            if is_unfolded(&next) {
                return Some(next);
            }
            length *= 0.5;
        }
        None
    }
}

/// Each cell's features, then their slopes across, then down.
fn with_gradients(features: &Planes) -> Descriptors {
    let (across, down) = features.gradients();
    Descriptors::interleaved(&[features, &across, &down])
}

/// `w·(J₁J₁, J₁J₂, J₂J₂, J₁r, J₂r)`, summed over the features of a cell.
#[inline(always)]
fn normal_equations(first: &[f32], second: &[f32], sides: Sides) -> [f32; 5] {
    let count = first.len() / 3;
    let (a, slopes) = first.split_at(count);
    let (ax, ay) = slopes.split_at(count);
    let (b, slopes) = second.split_at(count);
    let (bx, by) = slopes.split_at(count);
    let mut sums = [0.0; 5];
    let mut square = 0.0;
    for k in 0..count {
        let r = a[k] - b[k];
        let jx = sides[0] * ax[k] - sides[1] * bx[k];
        let jy = sides[0] * ay[k] - sides[1] * by[k];
        square += r * r;
        for (sum, term) in sums
            .iter_mut()
            .zip([jx * jx, jx * jy, jy * jy, jx * r, jy * r])
        {
            *sum += term;
        }
    }
    let weight = 1.0 / (1.0 + square / ROBUST).sqrt();
    sums.map(|sum| sum * weight)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waves(shift: f32) -> Planes {
        let mut planes = Planes::zeros(2, 64, 64);
        for i in 0..64 * 64 {
            let (x, y) = ((i % 64) as f32 - shift, (i / 64) as f32);
            planes.values[i] = (0.25 * x).sin() + (0.2 * y).cos();
            planes.values[4096 + i] = (0.17 * (x + y)).sin();
        }
        planes
    }

    const SETTINGS: Refinement = Refinement {
        window: 3.0,
        smoothing: 1.5,
        damping: 0.1,
        iterations: 12,
    };

    #[test]
    fn a_small_shift_is_recovered_within_a_twentieth_of_a_cell() {
        for (sides, wanted) in [(HALF_WAY, 1.5), (TEMPLATE, 3.0)] {
            let start = Planes::zeros(2, 32, 32);
            let pair = [&waves(0.0), &waves(3.0)];
            let v = SETTINGS.refine(pair, sides, start, &[0.5, 1.0], &[]);
            for (x, y) in [(20.0, 20.0), (32.0, 40.0), (44.0, 30.0)] {
                let found = v.at(0, x, y);
                assert!((found - wanted).abs() < 0.05, "{found} for {wanted}");
                assert!(v.at(1, x, y).abs() < 0.05);
            }
        }
    }
}
