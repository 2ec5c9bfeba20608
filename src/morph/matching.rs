//! Discrete matching: which shift fits each place best, and a smooth field through all of them.

use super::descriptors::{Descriptors, dot};
use super::field::composed;
use super::parallel::chunks;
use super::pins::Pull;
use super::planes::Planes;

/// The largest shift each way, in cells.
const REACH: i32 = 4;
const SHIFTS: usize = ((2 * REACH + 1) * (2 * REACH + 1)) as usize;
const ROUNDS: usize = 8;
/// Rounds whose field is affine.
const AFFINE: usize = 3;
/// Pull towards the smooth field, in the first round and the last.
const PULL: (f32, f32) = (0.01, 0.05);
/// Smoothing in the first round and the last, in cells.
const SIGMA: (f32, f32) = (8.0, 2.5);
const TEMPERATURE: f32 = 0.04;
/// Smoothing of costs over places, in cells.
const WINDOW: f32 = 0.7;
/// How much more a pinned place weighs in what is smooth.
const PINNED: f32 = 30.0;

/// The field between `a` and `b`, in cells, that goes on from `start`.
///
/// Features are warped by `start`, and the cost of the integer shift `d` at `p` is
/// `C(p, d) = 1 − ⟨a(p − d), b(p + d)⟩`. Eight rounds then alternate between the mean shift under
/// `exp(−(C + λ·|d − w|²)/T)` and a smooth `w` through those means, λ growing and the smoothing
/// shrinking: affine in the first rounds, `w = aff(u) + G_σ ∗ (u − aff(u))` in the others.
pub fn matched(a: &Descriptors, b: &Descriptors, start: &Planes, pins: &[Pull]) -> Planes {
    let costs = costs(&warped(a, start, -1.0), &warped(b, start, 1.0));
    let (width, height) = (a.width, a.height);
    let area = width * height;
    let bumps = Pull::bumps(pins, width, height);
    let mut weight = Planes::zeros(1, width, height);
    for (weight, bump) in weight.values.iter_mut().zip(bumps.plane(2)) {
        *weight = 1.0 + PINNED * bump;
    }
    let mut w = Planes::zeros(2, width, height);
    for round in 0..ROUNDS {
        let q = round as f32 / (ROUNDS - 1) as f32;
        let lambda = PULL.0 * (PULL.1 / PULL.0).powf(q);
        let sigma = SIGMA.0 * (SIGMA.1 / SIGMA.0).powf(q);
        let mut means = vec![[0.0; 2]; area];
        chunks(&mut means, width, |row, means| {
            for (column, mean) in means.iter_mut().enumerate() {
                let i = row * width + column;
                *mean = mean_shift(&costs[i], lambda, w.values[i], w.values[area + i]);
            }
        });
        let mut u = Planes::zeros(2, width, height);
        for (i, mean) in means.iter().enumerate() {
            let g = bumps.plane(2)[i];
            for c in 0..2 {
                u.values[c * area + i] = (1.0 - g) * mean[c] + g * bumps.plane(c)[i];
            }
        }
        w = affine(&u, &weight);
        if round >= AFFINE {
            let mut rest = u;
            for c in 0..2 {
                for i in 0..area {
                    let at = c * area + i;
                    rest.values[at] = (rest.values[at] - w.values[at]) * weight.values[i];
                }
            }
            let (rest, total) = (rest.blurred(sigma), weight.blurred(sigma));
            for c in 0..2 {
                for i in 0..area {
                    w.values[c * area + i] += rest.values[c * area + i] / total.values[i];
                }
            }
        }
    }
    composed(start, &w)
}

/// Features seen from the half-way domain: at `p + sign·v(p)`.
fn warped(features: &Descriptors, v: &Planes, sign: f32) -> Descriptors {
    let mut output = Descriptors::zeros(features.length, features.width, features.height);
    let width = features.width;
    chunks(&mut output.values, width * features.length, |y, row| {
        for (x, cell) in row.chunks_exact_mut(features.length).enumerate() {
            let i = y * width + x;
            let across = x as f32 + sign * v.plane(0)[i];
            let down = y as f32 + sign * v.plane(1)[i];
            features.sample(across, down, cell);
        }
    });
    output
}

/// Costs of all shifts at each place, smoothed over places; outside lies nothing alike.
fn costs(a: &Descriptors, b: &Descriptors) -> Vec<[f32; SHIFTS]> {
    let (width, height) = (a.width as i32, a.height as i32);
    let area = a.width * a.height;
    let mut alike = Planes::zeros(SHIFTS, a.width, a.height);
    chunks(&mut alike.values, area, |number, plane| {
        let (dx, dy) = shift(number);
        for y in dy.abs()..height - dy.abs() {
            for x in dx.abs()..width - dx.abs() {
                let from = ((y - dy) * width + x - dx) as usize;
                let to = ((y + dy) * width + x + dx) as usize;
                plane[(y * width + x) as usize] = dot(a.cell(from), b.cell(to));
            }
        }
    });
    let alike = alike.blurred(WINDOW);
    let mut costs = vec![[0.0; SHIFTS]; area];
    for number in 0..SHIFTS {
        for (costs, alike) in costs.iter_mut().zip(alike.plane(number)) {
            costs[number] = 1.0 - alike;
        }
    }
    costs
}

#[inline(always)]
fn shift(number: usize) -> (i32, i32) {
    let side = 2 * REACH + 1;
    (number as i32 % side - REACH, number as i32 / side - REACH)
}

/// `Σ p(d)·d` with `p(d) ∝ exp(−(C(d) + λ·|d − w|²)/T)`.
#[inline(always)]
fn mean_shift(costs: &[f32; SHIFTS], lambda: f32, wx: f32, wy: f32) -> [f32; 2] {
    let mut energies = [0.0; SHIFTS];
    let mut least = f32::INFINITY;
    for (number, energy) in energies.iter_mut().enumerate() {
        let (dx, dy) = shift(number);
        let (ex, ey) = (dx as f32 - wx, dy as f32 - wy);
        *energy = costs[number] + lambda * (ex * ex + ey * ey);
        least = least.min(*energy);
    }
    let (mut total, mut sum_x, mut sum_y) = (0.0, 0.0, 0.0);
    for (number, energy) in energies.iter().enumerate() {
        let (dx, dy) = shift(number);
        let p = ((least - energy) / TEMPERATURE).exp();
        total += p;
        sum_x += p * dx as f32;
        sum_y += p * dy as f32;
    }
    [sum_x / total, sum_y / total]
}

/// The affine field nearest to `u` in the weighted least-squares sense, held back a little.
fn affine(u: &Planes, weight: &Planes) -> Planes {
    let (width, height) = (u.width, u.height);
    let terms = |i: usize| {
        let x = ((i % width) as f64 - 0.5 * width as f64) / width as f64;
        let y = ((i / width) as f64 - 0.5 * height as f64) / height as f64;
        [1.0, x, y]
    };
    let mut normal = [[0.0; 3]; 3];
    let mut right = [[0.0; 3]; 2];
    let mut total = 0.0;
    for i in 0..u.area() {
        let (terms, w) = (terms(i), f64::from(weight.values[i]));
        total += w;
        for j in 0..3 {
            for k in 0..3 {
                normal[j][k] += w * terms[j] * terms[k];
            }
            for c in 0..2 {
                right[c][j] += w * terms[j] * f64::from(u.plane(c)[i]);
            }
        }
    }
    for (j, row) in normal.iter_mut().enumerate() {
        row[j] += 1e-3 * total;
    }
    let mut output = Planes::zeros(2, width, height);
    for c in 0..2 {
        let coefficients = solve(normal, right[c]);
        for (i, value) in output.plane_mut(c).iter_mut().enumerate() {
            let products = terms(i).into_iter().zip(coefficients).map(|(t, k)| t * k);
            *value = products.sum::<f64>() as f32;
        }
    }
    output
}

/// The solution of three equations with a positive definite matrix, by elimination.
fn solve(mut matrix: [[f64; 3]; 3], mut right: [f64; 3]) -> [f64; 3] {
    for j in 0..3 {
        for k in j + 1..3 {
            let factor = matrix[k][j] / matrix[j][j];
            for l in j..3 {
                matrix[k][l] -= factor * matrix[j][l];
            }
            right[k] -= factor * right[j];
        }
    }
    for j in (0..3).rev() {
        for k in j + 1..3 {
            right[j] -= matrix[j][k] * right[k];
        }
        right[j] /= matrix[j][j];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Features that are alike only at one place, shifted to the right by `shift` cells.
    fn features(shift: i32) -> Descriptors {
        let mut features = Descriptors::zeros(24, 32, 32);
        for (i, cell) in features.values.chunks_exact_mut(24).enumerate() {
            let (x, y) = ((i % 32) as i32 - shift, (i / 32) as i32);
            for (k, value) in cell.iter_mut().enumerate() {
                let k = k as i32 + 1;
                let phase = (x * (k % 5 + 1) * 3 + y * (k % 7 + 1) * 5 + k * 11) as f32;
                *value = (phase * 0.11).sin();
            }
        }
        features.centred(1.0)
    }

    #[test]
    fn a_shift_is_found_half_on_each_side() {
        let start = Planes::zeros(2, 32, 32);
        let v = matched(&features(0), &features(4), &start, &[]);
        assert!(
            (v.at(0, 16.0, 16.0) - 2.0).abs() < 0.2,
            "{}",
            v.at(0, 16.0, 16.0)
        );
        assert!(v.at(1, 16.0, 16.0).abs() < 0.2);
    }

    #[test]
    fn a_picture_matches_itself_where_it_is() {
        let start = Planes::zeros(2, 32, 32);
        let v = matched(&features(0), &features(0), &start, &[]);
        assert!(v.values.iter().all(|value| value.abs() < 0.05));
    }

    #[test]
    fn affine_fields_are_kept() {
        let mut u = Planes::zeros(2, 16, 12);
        for i in 0..16 * 12 {
            u.values[i] = 1.0 + 0.1 * (i % 16) as f32 - 0.05 * (i / 16) as f32;
        }
        let mut weight = Planes::zeros(1, 16, 12);
        weight.values.fill(1.0);
        let fit = affine(&u, &weight);
        assert!(
            u.values
                .iter()
                .zip(&fit.values)
                .all(|(a, b)| (a - b).abs() < 0.02)
        );
    }
}
