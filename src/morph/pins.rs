//! Pins: points that a person says belong together. They pull softly, and the field follows.

use super::domain::Domain;
use super::planes::Planes;
use super::similarity::{Complex, Similarity};

/// How far a pin reaches, in cells of the matching grid.
const SIGMA: f32 = 2.0;
/// The weight of a pin in the normal equations of the refinement.
pub const WEIGHT: f32 = 200.0;

/// A point of picture A and the point of picture B it belongs to, 0 to 1 from the left and the top.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pin {
    /// In A.
    pub a: [f32; 2],
    /// In B.
    pub b: [f32; 2],
}

/// Where a pin lies on the half-way domain and which shift it asks for, in cells.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pull {
    /// The place.
    pub place: Complex,
    /// The value of the field there.
    pub shift: Complex,
}

impl Pin {
    /// Its two ends, in cells.
    pub fn cells(&self, domain: &Domain) -> (Complex, Complex) {
        let cell = |[u, v]: [f32; 2]| {
            let (x, y) = domain.cell(u, v);
            Complex(x, y)
        };
        (cell(self.a), cell(self.b))
    }

    /// What is left of it once the pictures are warped by `start`.
    pub fn pull(&self, domain: &Domain, start: &Similarity) -> Pull {
        let (a, b) = self.cells(domain);
        let (a, b) = (start.half_way(a), start.half_way_of_b(b));
        Pull {
            place: Complex(0.5 * (a.0 + b.0), 0.5 * (a.1 + b.1)),
            shift: Complex(0.5 * (b.0 - a.0), 0.5 * (b.1 - a.1)),
        }
    }
}

impl Pull {
    /// On the whole grid: the shift asked for, across and down, and how strongly, 0 to 1.
    pub fn bumps(pulls: &[Self], width: usize, height: usize) -> Planes {
        let mut output = Planes::zeros(3, width, height);
        let area = width * height;
        for i in 0..area {
            let p = Complex((i % width) as f32, (i / width) as f32);
            let mut total = 1e-6;
            for pull in pulls {
                let bump = (-p.sub(pull.place).norm2() / (2.0 * SIGMA * SIGMA)).exp();
                output.values[i] += bump * pull.shift.0;
                output.values[area + i] += bump * pull.shift.1;
                output.values[2 * area + i] = output.values[2 * area + i].max(bump);
                total += bump;
            }
            output.values[i] /= total;
            output.values[area + i] /= total;
        }
        output
    }

    /// The same pin on a grid with `factor` times as many cells.
    pub fn scaled(&self, factor: f32) -> Self {
        let place = |x: f32| (x + 0.5) * factor - 0.5;
        Self {
            place: Complex(place(self.place.0), place(self.place.1)),
            shift: Complex(factor * self.shift.0, factor * self.shift.1),
        }
    }
}

/// `v` with Gaussian bumps added at the pins, so that it takes their values there: `Σⱼ G(|pᵢ −
/// pⱼ|)·wⱼ = shiftᵢ − v(pᵢ)`, solved by Gauss and Seidel's iteration. Wide bumps first, then
/// narrower ones.
pub fn moved(mut v: Planes, pulls: &[Pull], sigma: f32) -> Planes {
    for sigma in [2.5 * sigma, 1.5 * sigma] {
        let bump = |d: Complex| (-d.norm2() / (2.0 * sigma * sigma)).exp();
        let mut weights = vec![Complex(0.0, 0.0); pulls.len()];
        for _ in 0..50 {
            for i in 0..pulls.len() {
                let Pull { place, shift } = pulls[i];
                let mut rest = Complex(
                    shift.0 - v.at(0, place.0, place.1),
                    shift.1 - v.at(1, place.0, place.1),
                );
                for (j, weight) in weights.iter().enumerate().filter(|(j, _)| *j != i) {
                    let g = bump(place.sub(pulls[j].place));
                    rest = rest.sub(Complex(g * weight.0, g * weight.1));
                }
                weights[i] = Complex(rest.0 / 1.05, rest.1 / 1.05);
            }
        }
        for i in 0..v.area() {
            let p = Complex((i % v.width) as f32, (i / v.width) as f32);
            for (pull, weight) in pulls.iter().zip(&weights) {
                let g = bump(p.sub(pull.place));
                v.plane_mut(0)[i] += g * weight.0;
                v.plane_mut(1)[i] += g * weight.1;
            }
        }
    }
    v
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_takes_the_values_of_its_pins() {
        let pull = |x, y, shift| Pull {
            place: Complex(x, y),
            shift,
        };
        let pulls = [
            pull(8.0, 8.0, Complex(2.0, 0.0)),
            pull(20.0, 9.0, Complex(-1.0, 1.5)),
            pull(14.0, 25.0, Complex(0.0, -2.0)),
        ];
        let v = moved(Planes::zeros(2, 32, 32), &pulls, 2.0);
        for Pull { place, shift } in pulls {
            assert!((v.at(0, place.0, place.1) - shift.0).abs() < 0.1);
            assert!((v.at(1, place.0, place.1) - shift.1).abs() < 0.1);
        }
    }

    #[test]
    fn nothing_is_left_of_pins_that_the_start_explains() {
        let domain = Domain::new((100, 100), false);
        let pin = Pin {
            a: [0.3, 0.4],
            b: [0.5, 0.45],
        };
        let start = Similarity::fitted(&[pin.cells(&domain)]);
        let pull = pin.pull(&domain, &start);
        assert!(pull.shift.norm2() < 1e-8);
    }
}
