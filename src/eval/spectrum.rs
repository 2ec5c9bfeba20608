//! Eigenvalues of symmetric matrices.

use rayon::prelude::*;

/// Eigenvalues of the symmetric `matrix` `[n, n]`, in rising order, each to some 1e-14 of the
/// largest: Householder's reduction to tridiagonal form, then bisection by Sturm's sequence (Golub
/// and Van Loan, *Matrix Computations*, 4th edition, §8.3.1 and §8.4.1).
pub fn eigenvalues(matrix: Vec<f64>, n: usize) -> Vec<f64> {
    let (diagonal, beside) = tridiagonal(matrix, n);
    let reach = |i: usize| {
        let left = if i > 0 { beside[i - 1].abs() } else { 0.0 };
        left + beside.get(i).map_or(0.0, |b| b.abs())
    };
    // Gershgorin's circles hold every eigenvalue.
    let low = (0..n)
        .map(|i| diagonal[i] - reach(i))
        .fold(f64::MAX, f64::min);
    let high = (0..n)
        .map(|i| diagonal[i] + reach(i))
        .fold(f64::MIN, f64::max);
    let tolerance = 1e-15 * low.abs().max(high.abs());
    (0..n)
        .into_par_iter()
        .map(|k| {
            let (mut low, mut high) = (low, high);
            while high - low > tolerance {
                let middle = 0.5 * (low + high);
                if middle <= low || middle >= high {
                    break;
                }
                match below(&diagonal, &beside, middle) > k {
                    true => high = middle,
                    false => low = middle,
                }
            }
            0.5 * (low + high)
        })
        .collect()
}

/// Diagonal and subdiagonal of a tridiagonal matrix with the same eigenvalues.
fn tridiagonal(mut a: Vec<f64>, n: usize) -> (Vec<f64>, Vec<f64>) {
    let mut beside = vec![0.0; n.saturating_sub(1)];
    for k in 0..n.saturating_sub(2) {
        // The reflection that turns column k below the diagonal onto its first entry.
        let mut v: Vec<f64> = (k + 1..n).map(|i| a[i * n + k]).collect();
        let length = v.iter().map(|x| x * x).sum::<f64>().sqrt();
        let turned = if v[0] > 0.0 { -length } else { length };
        beside[k] = turned;
        v[0] -= turned;
        let square: f64 = v.iter().map(|x| x * x).sum();
        if square == 0.0 {
            continue;
        }
        let rest = &mut a[(k + 1) * n..];
        let product = |row: &[f64]| -> f64 {
            row[k + 1..].iter().zip(&v).map(|(x, v)| x * v).sum::<f64>() * 2.0 / square
        };
        let mut w: Vec<f64> = rest.par_chunks_exact(n).map(product).collect();
        let along = w.iter().zip(&v).map(|(w, v)| w * v).sum::<f64>() / square;
        w.iter_mut().zip(&v).for_each(|(w, v)| *w -= along * v);
        rest.par_chunks_exact_mut(n)
            .enumerate()
            .for_each(|(i, row)| {
                for (j, x) in row[k + 1..].iter_mut().enumerate() {
                    *x -= v[i] * w[j] + w[i] * v[j];
                }
            });
    }
    if n > 1 {
        beside[n - 2] = a[(n - 1) * n + n - 2];
    }
    ((0..n).map(|i| a[i * n + i]).collect(), beside)
}

/// How many eigenvalues of the tridiagonal matrix lie below `x`: the negative pivots of its
/// factorisation less `x`.
fn below(diagonal: &[f64], beside: &[f64], x: f64) -> usize {
    let mut pivot = 1.0f64;
    let mut count = 0;
    for (i, d) in diagonal.iter().enumerate() {
        let left = if i > 0 {
            beside[i - 1].powi(2) / pivot
        } else {
            0.0
        };
        pivot = d - x - left;
        if pivot == 0.0 {
            pivot = f64::MIN_POSITIVE.sqrt();
        }
        count += usize::from(pivot < 0.0);
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(found: &[f64], wanted: &[f64]) {
        assert_eq!(found.len(), wanted.len());
        for (f, w) in found.iter().zip(wanted) {
            assert!((f - w).abs() < 1e-10, "{found:?} {wanted:?}");
        }
    }

    #[test]
    fn small_matrices_have_known_eigenvalues() {
        close(&eigenvalues(vec![5.0], 1), &[5.0]);
        close(&eigenvalues(vec![2.0, 1.0, 1.0, 2.0], 2), &[1.0, 3.0]);
        close(&eigenvalues(vec![0.0; 9], 3), &[0.0; 3]);
        let diagonal = vec![3.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 2.0];
        close(&eigenvalues(diagonal, 3), &[-1.0, 2.0, 3.0]);
    }

    #[test]
    fn a_turned_diagonal_keeps_its_eigenvalues() {
        // Q·D·Q with the reflection Q = I − 2·u·uᵀ/(u·u).
        let n = 40;
        let wanted: Vec<f64> = (0..n).map(|i| (i * i) as f64 / 10.0 - 20.0).collect();
        let u: Vec<f64> = (0..n).map(|i| ((i * 7 % 11) as f64 - 4.0) / 3.0).collect();
        let square: f64 = u.iter().map(|x| x * x).sum();
        let q = |i: usize, j: usize| f64::from(i == j) - 2.0 * u[i] * u[j] / square;
        let entry = |i: usize, j: usize| (0..n).map(|k| q(i, k) * wanted[k] * q(k, j)).sum();
        let matrix = (0..n * n).map(|i| entry(i / n, i % n)).collect();
        close(&eigenvalues(matrix, n), &wanted);
    }

    #[test]
    fn the_second_difference_has_cosines_as_eigenvalues() {
        let n = 25;
        let entry = |i: usize, j: usize| match i.abs_diff(j) {
            0 => 2.0,
            1 => -1.0,
            _ => 0.0,
        };
        let matrix = (0..n * n).map(|i| entry(i / n, i % n)).collect();
        let angle = std::f64::consts::PI / (n + 1) as f64;
        let wanted: Vec<f64> = (1..=n)
            .map(|k| 2.0 - 2.0 * (k as f64 * angle).cos())
            .collect();
        close(&eigenvalues(matrix, n), &wanted);
    }
}
