//! The field `v` on the half-way domain: place `p` there is place `p − v(p)` of picture A and
//! `p + v(p)` of picture B (Liao et al., *Automating Image Morphing using Structural Similarity on
//! a Halfway Domain*, TOG 33(5), 2014).

use super::domain::Domain;
use super::planes::{Planes, Point};
use super::similarity::{Complex, Similarity};
use super::trajectory::Way;

/// The smallest area that a cell may keep in either picture.
const LEAST_AREA: f32 = 0.1;
/// Fixed-point iterations of [`Field::inverse`].
const ITERATIONS: usize = 6;

/// A field whose values are parts of the frame's width and height.
#[derive(Debug, Clone)]
pub struct Field {
    /// Its grid.
    pub domain: Domain,
    /// `[2, height, width]`.
    pub planes: Planes,
}

impl Field {
    /// From values in cells.
    pub fn from_cells(cells: &Planes, padding: f32) -> Self {
        let domain = Domain {
            width: cells.width,
            height: cells.height,
            padding,
        };
        let mut planes = cells.clone();
        let (w, h) = domain.frame();
        planes.plane_mut(0).iter_mut().for_each(|value| *value /= w);
        planes.plane_mut(1).iter_mut().for_each(|value| *value /= h);
        Self { domain, planes }
    }

    /// `v` at a point of the frame.
    #[inline(never)] // Three users, and a page loads them all.
    pub fn at(&self, u: f32, v: f32) -> (f32, f32) {
        let (x, y) = self.domain.cell(u, v);
        self.planes.all_at::<2>(x, y).into()
    }

    /// The place `p` that is seen at the point `X`, and `q = v(p)`: A is seen at `p − q` there, and
    /// B at `p + q`.
    ///
    /// `p` is found by iteration; the last of them makes both ends the originals, however exact it
    /// is.
    #[inline(never)]
    pub fn inverse(&self, (u, v): Point, way: &Way) -> (Point, Point) {
        let (w, h) = self.domain.frame();
        let x = Complex(u * w, v * h);
        let place = |q: Point| {
            let p = way.place(x, Complex(q.0 * w, q.1 * h));
            (p.0 / w, p.1 / h)
        };
        let mut q = self.at(u, v);
        for _ in 0..ITERATIONS {
            let p = place(q);
            q = self.at(p.0, p.1);
        }
        (place(q), q)
    }

    /// The similarity nearest to the field, in cells from the frame's upper left.
    pub fn similarity(&self) -> Similarity {
        let (w, h) = self.domain.frame();
        let pair = |i: usize| {
            let (x, y) = (i % self.planes.width, i / self.planes.width);
            let (u, v) = self.domain.point(x as f32, y as f32);
            let (p, q) = (
                Complex(u * w, v * h),
                Complex(self.planes.plane(0)[i] * w, self.planes.plane(1)[i] * h),
            );
            (p.sub(q), p.add(q))
        };
        let pairs: Vec<(Complex, Complex)> = (0..self.planes.area()).map(pair).collect();
        Similarity::fitted(&pairs)
    }
}

/// The smallest determinant of `I ± ∇v`, over all cells: at or below 0 something is folded.
pub fn least_area(v: &Planes) -> f32 {
    let (w, h) = (v.width, v.height);
    let (vx, vy) = (v.plane(0), v.plane(1));
    let mut least = f32::INFINITY;
    for y in 0..h - 1 {
        for x in 0..w - 1 {
            let i = y * w + x;
            let (xx, yx) = (vx[i + 1] - vx[i], vy[i + 1] - vy[i]);
            let (xy, yy) = (vx[i + w] - vx[i], vy[i + w] - vy[i]);
            for sign in [1.0, -1.0] {
                least = least.min((1.0 + sign * xx) * (1.0 + sign * yy) - xy * yx);
            }
        }
    }
    least
}

/// Smoothed until nothing is folded.
pub fn unfolded(mut v: Planes) -> Planes {
    let mut sigma = 1.0;
    while least_area(&v) <= LEAST_AREA && sigma < 100.0 {
        v = v.blurred(sigma);
        sigma *= 1.3;
    }
    v
}

/// Whether every cell keeps some of its area.
pub fn is_unfolded(v: &Planes) -> bool {
    least_area(v) > LEAST_AREA
}

/// Brought to another grid, its values to cells of that.
pub fn regridded(v: &Planes, width: usize, height: usize) -> Planes {
    let (sx, sy) = (
        width as f32 / v.width as f32,
        height as f32 / v.height as f32,
    );
    let mut output = v.resized(width, height);
    output
        .plane_mut(0)
        .iter_mut()
        .for_each(|value| *value *= sx);
    output
        .plane_mut(1)
        .iter_mut()
        .for_each(|value| *value *= sy);
    output
}

/// First `start`, then `rest`, which was found between the pictures warped by `start`:
/// `v(p) = w(p) + ½·[v₀(p − w) + v₀(p + w)]`.
pub fn composed(start: &Planes, rest: &Planes) -> Planes {
    let mut v = rest.clone();
    for i in 0..rest.area() {
        let (x, y) = ((i % rest.width) as f32, (i / rest.width) as f32);
        let (wx, wy) = (rest.plane(0)[i], rest.plane(1)[i]);
        for channel in 0..2 {
            let before = start.at(channel, x - wx, y - wy);
            let after = start.at(channel, x + wx, y + wy);
            v.plane_mut(channel)[i] += 0.5 * (before + after);
        }
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(slope: f32) -> Planes {
        let mut v = Planes::zeros(2, 16, 16);
        for i in 0..256 {
            v.values[i] = slope * ((i % 16) as f32 - 7.5);
        }
        v
    }

    #[test]
    fn a_mirror_image_is_a_fold_and_is_smoothed_away() {
        assert!((least_area(&linear(0.5)) - 0.5).abs() < 1e-5);
        assert!(least_area(&linear(1.2)) < 0.0);
        assert!(is_unfolded(&unfolded(linear(1.2))));
        assert_eq!(unfolded(linear(0.5)), linear(0.5));
    }

    #[test]
    fn the_inverse_solves_its_equation_and_is_exact_at_both_ends() {
        let field = Field::from_cells(&linear(0.3), 0.0);
        for t in [0.0, 0.3, 1.0] {
            let x = 0.4;
            let (p, (q, _)) = field.inverse((x, 0.5), &Way::straight(t));
            // v(p) = 0.3·(p − ½), so q = 0.3·(x − ½)/(1 + 0.3·(2t − 1)).
            let closed = 0.3 * (x - 0.5) / (1.0 + 0.3 * (2.0 * t - 1.0));
            assert!((q - closed).abs() < 1e-4, "{t}: {q} {closed}");
            let seen = if t == 0.0 { p.0 - q } else { p.0 + q };
            assert!(t == 0.3 || (seen - x).abs() < 1e-6);
        }
    }

    #[test]
    fn two_shifts_add_up() {
        let shift = |x: f32| {
            let mut v = Planes::zeros(2, 8, 8);
            v.plane_mut(0).fill(x);
            v
        };
        assert_eq!(composed(&shift(1.5), &shift(-0.5)), shift(1.0));
    }
}
