//! Principal components: the directions in which rows vary most.

use super::rows::Rows;
use nalgebra::{DMatrix, SymmetricEigen};
use std::ops::Range;

/// A principal component of some of the latent's numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Component {
    /// `[D]`, of length 1, zero outside of those numbers.
    pub direction: Vec<f32>,
    /// Standard deviation of latents along it.
    pub deviation: f64,
    /// Its share of those numbers' variance.
    pub share: f64,
}

/// The leading principal components of the numbers `range` of latents `[N, D]`, by falling
/// variance.
pub fn components(codes: &Rows, range: Range<usize>, count: usize) -> Vec<Component> {
    let part = codes.columns(range.clone());
    let mean = part.mean();
    let n = part.len().max(2);
    let centred: Vec<f64> = part
        .iter()
        .flat_map(|row| row.iter().zip(&mean).map(|(v, m)| f64::from(v - m)))
        .collect();
    // Rows are columns here.
    let centred = DMatrix::from_vec(part.width(), part.len(), centred);
    let covariance = &centred * centred.transpose() / (n - 1) as f64;
    let whole = covariance.trace();
    let found = SymmetricEigen::new(covariance);
    let mut order: Vec<usize> = (0..part.width()).collect();
    order.sort_by(|&a, &b| found.eigenvalues[b].total_cmp(&found.eigenvalues[a]));
    let component = |&i: &usize| {
        let own = found.eigenvectors.column(i);
        // Signs are free: the greatest number is positive.
        let sign = own[own.icamax()].signum();
        let mut direction = vec![0.0; codes.width()];
        let numbers = direction[range.clone()].iter_mut().zip(own.iter());
        numbers.for_each(|(to, v)| *to = (sign * v) as f32);
        let variance = found.eigenvalues[i].max(0.0);
        Component {
            direction,
            deviation: variance.sqrt(),
            share: if whole > 0.0 { variance / whole } else { 0.0 },
        }
    };
    order.iter().take(count).map(component).collect()
}

/// Rounds of the power method: enough for a map to begin from.
const ROUNDS: usize = 30;

/// Rows along their two leading principal components, `[N, 2]`, about: by the power method on both
/// at once, which is quick for wide rows.
pub fn leading(rows: &Rows) -> Vec<[f64; 2]> {
    let (mean, width) = (rows.mean(), rows.width());
    let mut axes = [vec![0.0; width], vec![0.0; width]];
    for (i, v) in axes.iter_mut().flatten().enumerate() {
        // Any start that is at right angles to no component.
        *v = ((i * i + 1) as f64 * 0.754_877).fract() - 0.5;
    }
    let mut along = vec![[0.0; 2]; rows.len()];
    for _ in 0..ROUNDS {
        orthonormal(&mut axes);
        let mut next = [vec![0.0; width], vec![0.0; width]];
        for (row, along) in rows.iter().zip(&mut along) {
            let centred = || row.iter().zip(&mean).map(|(v, m)| f64::from(v - m));
            *along = [0, 1].map(|k| centred().zip(&axes[k]).map(|(v, a)| v * a).sum());
            for (k, next) in next.iter_mut().enumerate() {
                let by = along[k];
                next.iter_mut()
                    .zip(centred())
                    .for_each(|(next, v)| *next += by * v);
            }
        }
        axes = next;
    }
    along
}

/// The first at length 1, and of the second what is at right angles to it.
fn orthonormal([a, b]: &mut [Vec<f64>; 2]) {
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let scale = |v: &mut [f64]| {
        let length = dot(v, v).sqrt().max(f64::MIN_POSITIVE);
        v.iter_mut().for_each(|v| *v /= length);
    };
    scale(a);
    let common = dot(a, b);
    b.iter_mut().zip(&*a).for_each(|(b, a)| *b -= common * a);
    scale(b);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_of_a_group_are_its_axes_and_leave_other_numbers_alone() {
        // Numbers 1 and 2 vary along (3, 4)/5 with twice the deviation of along (−4, 3)/5; number 0
        // varies most.
        let rows: Vec<f32> = (0..4)
            .flat_map(|i| {
                let (a, b) = ([2.0, -2.0, 2.0, -2.0][i], [1.0, 1.0, -1.0, -1.0][i]);
                [100.0 * i as f32, 0.6 * a - 0.8 * b, 0.8 * a + 0.6 * b, 7.0]
            })
            .collect();
        let found = components(&Rows::new(rows, 4), 1..3, 2);
        for (wanted, own) in [0.0, 0.6, 0.8, 0.0].iter().zip(&found[0].direction) {
            assert!((wanted - own).abs() < 1e-5, "{found:?}");
        }
        assert!((found[0].share - 0.8).abs() < 1e-6 && (found[1].share - 0.2).abs() < 1e-6);
        assert!((found[0].deviation - (16.0f64 / 3.0).sqrt()).abs() < 1e-5);
    }

    #[test]
    fn leading_components_are_those_of_the_covariance() {
        let noise = Rows::random(300, 6, 4);
        let scales = [1.0, 5.0, 0.5, 2.0, 1.0, 0.2];
        let values = noise
            .iter()
            .flat_map(|row| row.iter().zip(scales).map(|(v, s)| v * s));
        let rows = Rows::new(values.collect(), 6);
        let (found, wanted) = (leading(&rows), components(&rows, 0..6, 2));
        let mean = rows.mean();
        for k in 0..2 {
            let along: Vec<f64> = rows
                .iter()
                .map(|row| {
                    let centred = row.iter().zip(&mean).zip(&wanted[k].direction);
                    centred.map(|((v, m), d)| f64::from((v - m) * d)).sum()
                })
                .collect();
            let sign = (along[0] * found[0][k]).signum();
            for (found, along) in found.iter().zip(along) {
                assert!((found[k] * sign - along).abs() < 1e-3, "{k}");
            }
        }
    }
}
