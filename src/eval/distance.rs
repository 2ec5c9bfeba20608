//! Distances between two sets of pictures, from their features in some network.

use nalgebra::{DMatrix, RowDVector};
use std::ops::Range;

/// Features of pictures, a row each.
#[derive(Debug, Clone, PartialEq)]
pub struct Features(DMatrix<f64>);

impl Features {
    /// Rows of `width` numbers, one after another.
    pub fn new(rows: impl IntoIterator<Item = f64>, width: usize) -> Self {
        let rows: Vec<f64> = rows.into_iter().collect();
        debug_assert!(width > 0 && rows.len().is_multiple_of(width));
        Self(DMatrix::from_row_slice(rows.len() / width, width, &rows))
    }

    /// Pictures.
    pub fn len(&self) -> usize {
        self.0.nrows()
    }

    /// Whether there is no picture.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Features of a picture.
    pub fn width(&self) -> usize {
        self.0.ncols()
    }

    /// The rows of these numbers.
    #[must_use]
    pub fn chosen(&self, places: &[usize]) -> Self {
        Self(self.0.select_rows(places))
    }

    /// The distances from each of these rows to the next.
    pub fn steps(&self, places: Range<usize>) -> Vec<f64> {
        let pairs = places.clone().zip(places.skip(1));
        pairs
            .map(|(a, b)| (self.0.row(b) - self.0.row(a)).norm())
            .collect()
    }

    fn mean(&self) -> RowDVector<f64> {
        self.0.row_mean()
    }

    /// The shorter of two factors `F` of the covariance `Fᵀ·F`: the rows less their mean over
    /// `√(n − 1)`, or the triangular one of their QR decomposition where there are more rows than
    /// features.
    fn factor(&self) -> DMatrix<f64> {
        let (mean, scale) = (self.mean(), ((self.len() - 1) as f64).sqrt());
        let mut centred = self.0.clone();
        for mut row in centred.row_iter_mut() {
            row -= &mean;
            row /= scale;
        }
        if self.len() > self.width() {
            centred.qr().r()
        } else {
            centred
        }
    }

    /// Products of each row with each of `other`, `[len, other.len]`.
    fn products(&self, other: &Self) -> DMatrix<f64> {
        &self.0 * other.0.transpose()
    }

    /// Whether a distance between these has a meaning.
    fn comparable(&self, other: &Self) -> bool {
        self.width() == other.width() && self.len() > 1 && other.len() > 1
    }
}

/// Fréchet distance between the Gaussians with the features' means and covariances (Heusel et al.,
/// *GANs Trained by a Two Time-Scale Update Rule*, 2017):
/// `‖μ_a − μ_b‖² + Tr(Σ_a + Σ_b − 2·(Σ_a·Σ_b)^½)`.
///
/// With factors `Σ = Fᵀ·F` the last trace is the sum of the singular values of `F_a·F_bᵀ`, which
/// needs no square root of a matrix (Mathiasen and Hvilshøj, *Backpropagating through Fréchet
/// Inception Distance*, 2020).
///
/// Its value grows as there are fewer pictures: compare only values of equally many. NaN for fewer
/// than two pictures or features of different networks.
pub fn frechet_distance(a: &Features, b: &Features) -> f64 {
    if !a.comparable(b) {
        return f64::NAN;
    }
    let shift = (a.mean() - b.mean()).norm_squared();
    let (fa, fb) = (a.factor(), b.factor());
    let singular = (&fa * fb.transpose()).singular_values().sum();
    shift + fa.norm_squared() + fb.norm_squared() - 2.0 * singular
}

/// Kernel distance with the kernel `(x·y/width + 1)³`: the unbiased estimate of the squared maximum
/// mean discrepancy (Bińkowski et al., *Demystifying MMD GANs*, 2018). Its mean is 0 for two
/// samples of one distribution however few they are, so it can be below 0. NaN as for
/// [`frechet_distance`].
pub fn kernel_distance(a: &Features, b: &Features) -> f64 {
    if !a.comparable(b) {
        return f64::NAN;
    }
    let kernel = |dot: f64| (dot / a.width() as f64 + 1.0).powi(3);
    let across = a.products(b).map(kernel).sum();
    let within = |f: &Features| {
        let all = f.products(f).map(kernel);
        (all.sum() - all.trace()) / (f.len() * (f.len() - 1)) as f64
    };
    within(a) + within(b) - 2.0 * across / (a.len() * b.len()) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    /// `n` rows of `width` numbers with exactly zero mean and the identity as covariance.
    fn white(n: usize, width: usize, seed: u64) -> Features {
        let rng = ChaCha8Rng::seed_from_u64(seed);
        let rows: Vec<f64> = StandardNormal.sample_iter(rng).take(n * width).collect();
        let raw = DMatrix::from_row_slice(n, width, &rows);
        let mean = raw.row_mean();
        let centred = DMatrix::from_fn(n, width, |i, j| raw[(i, j)] - mean[j]);
        Features(centred.qr().q() * ((n - 1) as f64).sqrt())
    }

    fn scaled(f: &Features, scale: &[f64], shift: &[f64]) -> Features {
        let value = |i, j| f.0[(i, j)] * scale[j] + shift[j];
        Features(DMatrix::from_fn(f.len(), f.width(), value))
    }

    #[test]
    fn the_distance_of_gaussians_along_the_axes_has_a_closed_form() {
        // Σ (μ_a − μ_b)² + (σ_a − σ_b)², whether rows or features are more.
        let (sa, sb, shift) = ([1.0, 2.0, 0.5], [3.0, 0.5, 0.5], [1.0, 0.0, -2.0]);
        let wanted = 5.0 + 4.0 + 2.25;
        for (na, nb) in [(50, 80), (80, 50), (4, 60)] {
            let a = scaled(&white(na, 3, 1), &sa, &shift);
            let b = scaled(&white(nb, 3, 2), &sb, &[0.0; 3]);
            let found = frechet_distance(&a, &b);
            assert!((found - wanted).abs() < 1e-9, "{found} for {na} and {nb}");
            assert!((frechet_distance(&b, &a) - wanted).abs() < 1e-9);
        }
    }

    #[test]
    fn the_distance_of_turned_gaussians_has_a_closed_form() {
        // Covariances diag(4, 1) and the same turned by a right angle: ΣaΣb = 4·I, so the distance
        // is 5 + 5 − 2·(2 + 2) = 2.
        let a = scaled(&white(40, 2, 3), &[2.0, 1.0], &[0.0; 2]);
        let b = scaled(&white(30, 2, 4), &[1.0, 2.0], &[0.0; 2]);
        assert!((frechet_distance(&a, &b) - 2.0).abs() < 1e-9);
        // Turned by 45 degrees: Σb = ½[[5, 3], [3, 5]], det ΣaΣb = 16 and trace 12.5, so the roots
        // of its eigenvalues add up to √(12.5 + 2·4).
        let half = 0.5f64.sqrt();
        let turned = &a.0 * DMatrix::from_row_slice(2, 2, &[half, half, -half, half]);
        let wanted = 10.0 - 2.0 * (12.5f64 + 8.0).sqrt();
        let found = frechet_distance(&a, &Features(turned));
        assert!((found - wanted).abs() < 1e-9, "{found} {wanted}");
    }

    #[test]
    fn a_set_is_at_no_distance_from_itself_also_with_fewer_rows_than_features() {
        let rng = ChaCha8Rng::seed_from_u64(5);
        let rows: Vec<f64> = StandardNormal.sample_iter(rng).take(12 * 40).collect();
        let few = Features::new(rows, 40);
        assert!(frechet_distance(&few, &few).abs() < 1e-6);
        let flat = scaled(&white(50, 3, 6), &[1.0, 0.0, 2.0], &[0.0, 7.0, 0.0]);
        assert!(
            frechet_distance(&flat, &flat).abs() < 1e-6,
            "no variance along one axis"
        );
    }

    #[test]
    fn few_pictures_bias_the_frechet_distance_and_not_the_kernel_distance() {
        let draw = |n: usize, seed| {
            let rng = ChaCha8Rng::seed_from_u64(seed);
            Features::new(
                StandardNormal
                    .sample_iter(rng)
                    .take(n * 8)
                    .collect::<Vec<f64>>(),
                8,
            )
        };
        let mean = |n: usize, f: fn(&Features, &Features) -> f64| {
            let one = |i: u64| f(&draw(n, 2 * i), &draw(n, 2 * i + 1));
            (0..40).map(one).sum::<f64>() / 40.0
        };
        let (few, many) = (mean(20, frechet_distance), mean(400, frechet_distance));
        assert!(few > 10.0 * many, "{few} and {many}");
        let kernel = mean(20, kernel_distance);
        assert!(kernel.abs() < 0.1, "{kernel}");
        let shifted = scaled(&draw(20, 100), &[1.0; 8], &[1.0; 8]);
        assert!(kernel_distance(&draw(20, 101), &shifted) > 1.0);
    }

    #[test]
    fn the_kernel_distance_of_points_has_a_closed_form() {
        // a: 0 and 0, b: 1 and 1 in one dimension. Kernels: 1 within a, 8 within b, 1 across.
        let (a, b) = (Features::new([0.0, 0.0], 1), Features::new([1.0, 1.0], 1));
        assert_eq!(kernel_distance(&a, &b), 1.0 + 8.0 - 2.0);
    }

    #[test]
    fn what_cannot_be_compared_is_no_number() {
        let (two, three) = (white(9, 2, 1), white(9, 3, 1));
        assert!(frechet_distance(&two, &three).is_nan());
        assert!(kernel_distance(&two, &two.chosen(&[0])).is_nan());
    }
}
