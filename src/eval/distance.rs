//! Distances between two sets of pictures, from their features in some network.

use super::spectrum::eigenvalues;
use rayon::prelude::*;

/// Features of pictures, a row each.
#[derive(Debug, Clone, PartialEq)]
pub struct Features {
    rows: Vec<f64>,
    width: usize,
}

impl Features {
    /// Rows of `width` numbers, one after another.
    pub fn new(rows: impl IntoIterator<Item = f64>, width: usize) -> Self {
        let rows: Vec<f64> = rows.into_iter().collect();
        debug_assert!(width > 0 && rows.len().is_multiple_of(width));
        Self { rows, width }
    }

    /// Pictures.
    pub fn len(&self) -> usize {
        self.rows.len() / self.width
    }

    /// Whether there is no picture.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Features of a picture.
    pub fn width(&self) -> usize {
        self.width
    }

    /// The rows of these numbers.
    #[must_use]
    pub fn chosen(&self, places: &[usize]) -> Self {
        let row = |&place: &usize| &self.rows[place * self.width..(place + 1) * self.width];
        Self::new(places.iter().flat_map(row).copied(), self.width)
    }

    fn rows(&self) -> std::slice::ChunksExact<'_, f64> {
        self.rows.chunks_exact(self.width)
    }

    fn mean(&self) -> Vec<f64> {
        let mut mean = vec![0.0; self.width];
        for row in self.rows() {
            for (mean, value) in mean.iter_mut().zip(row) {
                *mean += value / self.len() as f64;
            }
        }
        mean
    }

    /// The shorter of two factors `F` of the covariance `Fᵀ·F`: the rows less their mean over
    /// `√(n − 1)`, or the Cholesky factor where there are more rows than features.
    fn factor(&self) -> Self {
        let (mean, scale) = (self.mean(), ((self.len() - 1) as f64).sqrt());
        let centred = self.rows().flat_map(|row| {
            let pairs = row.iter().zip(&mean);
            pairs.map(|(value, mean)| (value - mean) / scale)
        });
        let centred = Self::new(centred, self.width);
        match self.len() > self.width {
            true => Self::new(
                cholesky(centred.transposed().gram(), self.width),
                self.width,
            ),
            false => centred,
        }
    }

    fn transposed(&self) -> Self {
        let n = self.len();
        let value = |i: usize| self.rows[i % n * self.width + i / n];
        Self::new((0..self.rows.len()).map(value), n)
    }

    /// Products of each row with each of `other`, `[len, other.len]`.
    fn products(&self, other: &Self) -> Vec<f64> {
        let of = |row: &[f64]| -> Vec<f64> { other.rows().map(|o| dot(row, o)).collect() };
        self.rows
            .par_chunks_exact(self.width)
            .flat_map_iter(of)
            .collect()
    }

    fn gram(&self) -> Vec<f64> {
        self.products(self)
    }
}

/// Fréchet distance between the Gaussians with the features' means and covariances (Heusel et al.,
/// *GANs Trained by a Two Time-Scale Update Rule*, 2017):
/// `‖μ_a − μ_b‖² + Tr(Σ_a + Σ_b − 2·(Σ_a·Σ_b)^½)`.
///
/// With factors `Σ = Fᵀ·F` the last trace is the sum of the singular values of `F_a·F_bᵀ`, which needs
/// no square root of a matrix (Mathiasen and Hvilshøj, *Backpropagating through Fréchet Inception
/// Distance*, 2020).
///
/// Its value grows as there are fewer pictures: compare only values of equally many. NaN for fewer
/// than two pictures or features of different networks.
pub fn frechet_distance(a: &Features, b: &Features) -> f64 {
    if a.width != b.width || a.len() < 2 || b.len() < 2 {
        return f64::NAN;
    }
    let shift: f64 = a
        .mean()
        .iter()
        .zip(b.mean())
        .map(|(a, b)| (a - b).powi(2))
        .sum();
    let (fa, fb) = (a.factor(), b.factor());
    let trace = |f: &Features| f.rows.iter().map(|v| v * v).sum::<f64>();
    let (small, large) = if fa.len() < fb.len() {
        (&fa, &fb)
    } else {
        (&fb, &fa)
    };
    let cross = Features::new(small.products(large), large.len());
    let squares = eigenvalues(cross.gram(), cross.len());
    let singular: f64 = squares.iter().map(|v| v.max(0.0).sqrt()).sum();
    shift + trace(&fa) + trace(&fb) - 2.0 * singular
}

/// Kernel distance with the kernel `(x·y/width + 1)³`: the unbiased estimate of the squared maximum mean
/// discrepancy (Bińkowski et al., *Demystifying MMD GANs*, 2018). Its mean is 0 for two samples of
/// one distribution however few they are, so it can be below 0. NaN as for [`frechet_distance`].
pub fn kernel_distance(a: &Features, b: &Features) -> f64 {
    if a.width != b.width || a.len() < 2 || b.len() < 2 {
        return f64::NAN;
    }
    let kernel = |dot: f64| (dot / a.width as f64 + 1.0).powi(3);
    let across: f64 = a.products(b).into_iter().map(kernel).sum();
    let within = |f: &Features| {
        let all: f64 = f.gram().into_iter().map(kernel).sum();
        let own: f64 = f.rows().map(|row| kernel(dot(row, row))).sum();
        (all - own) / (f.len() * (f.len() - 1)) as f64
    };
    within(a) + within(b) - 2.0 * across / (a.len() * b.len()) as f64
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    // Four sums at once, which the compiler turns into vector instructions.
    let mut sums = [0.0; 4];
    let (a4, b4) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = a4
        .remainder()
        .iter()
        .zip(b4.remainder())
        .map(|(a, b)| a * b)
        .sum();
    for (a, b) in a4.zip(b4) {
        for k in 0..4 {
            sums[k] += a[k] * b[k];
        }
    }
    rest + sums.iter().sum::<f64>()
}

/// Upper triangular `R` with `Rᵀ·R = matrix`, for a symmetric one without negative eigenvalues. A
/// direction without variance gets a row of zeros.
fn cholesky(matrix: Vec<f64>, n: usize) -> Vec<f64> {
    let mut r = matrix;
    let largest = (0..n).map(|i| r[i * n + i]).fold(0.0, f64::max);
    for i in 0..n {
        let pivot = r[i * n + i];
        let scale = match pivot > 1e-12 * largest {
            true => pivot.sqrt().recip(),
            false => 0.0,
        };
        r[i * n..i * n + i].fill(0.0);
        r[i * n + i..(i + 1) * n]
            .iter_mut()
            .for_each(|v| *v *= scale);
        let (above, below) = r.split_at_mut((i + 1) * n);
        let row = &above[i * n..];
        below
            .par_chunks_exact_mut(n)
            .enumerate()
            .for_each(|(k, later)| {
                let first = i + 1 + k;
                for j in first..n {
                    later[j] -= row[first] * row[j];
                }
            });
    }
    r
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
        let raw = Features::new(rows, width);
        let mean = raw.mean();
        let mut columns: Vec<Vec<f64>> = (0..width)
            .map(|c| raw.rows().map(|row| row[c] - mean[c]).collect())
            .collect();
        for c in 0..width {
            for earlier in 0..c {
                let (before, rest) = columns.split_at_mut(c);
                let along = dot(&before[earlier], &rest[0]) / (n - 1) as f64;
                rest[0]
                    .iter_mut()
                    .zip(&before[earlier])
                    .for_each(|(v, e)| *v -= along * e);
            }
            let length = (dot(&columns[c], &columns[c]) / (n - 1) as f64).sqrt();
            columns[c].iter_mut().for_each(|v| *v /= length);
        }
        Features::new((0..n * width).map(|i| columns[i % width][i / width]), width)
    }

    fn scaled(f: &Features, scale: &[f64], shift: &[f64]) -> Features {
        let value = |(i, v): (usize, &f64)| v * scale[i % f.width] + shift[i % f.width];
        Features::new(f.rows.iter().enumerate().map(value), f.width)
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
        // Turned by 45 degrees: Σb = ½[[5, 3], [3, 5]], det ΣaΣb = 16 and trace 12.5, so the roots of
        // its eigenvalues add up to √(12.5 + 2·4).
        let half = 0.5f64.sqrt();
        let turned: Vec<f64> = a
            .rows()
            .flat_map(|row| [half * (row[0] - row[1]), half * (row[0] + row[1])])
            .collect();
        let wanted = 10.0 - 2.0 * (12.5f64 + 8.0).sqrt();
        let found = frechet_distance(&a, &Features::new(turned, 2));
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
