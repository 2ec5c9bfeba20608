//! Principal component analysis of pictures: the linear autoencoder to be compared with.

use crate::engine::{RequestError, standard_normal, values};
use crate::recognition::Rows;
use burn::tensor::{Device, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The mean and an orthonormal basis of the leading principal subspace.
#[derive(Debug, Clone)]
pub struct Pca {
    /// `[1, P]`.
    mean: Tensor<2>,
    /// `[P, K]`, orthonormal columns.
    basis: Tensor<2>,
}

/// Rounds of subspace iteration. The error of the subspace falls with the fourth power of the
/// ratio of neighbouring singular values a round; more rounds change PSNR by under 0.01 dB.
const ROUNDS: usize = 6;

impl Pca {
    /// From `rows` of `width` numbers each, with `components` components, by randomised subspace
    /// iteration (Halko, Martinsson and Tropp 2011, algorithm 4.4) without oversampling.
    ///
    /// # Errors
    /// [`RequestError::Device`].
    pub fn fit(
        rows: &[f32],
        width: usize,
        components: usize,
        device: &Device,
    ) -> Result<Self, RequestError> {
        let n = rows.len() / width;
        let x = Tensor::<2>::from_data(TensorData::new(rows.to_vec(), [n, width]), device);
        let mean = x.clone().mean_dim(0);
        let x = x - mean.clone();
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let start = standard_normal([width, components], &mut rng, device);
        let mut basis = orthonormal(start)?;
        for round in 1..=ROUNDS {
            let codes = x.clone().matmul(basis);
            basis = orthonormal(x.clone().transpose().matmul(codes))?;
            if round < ROUNDS {
                // Columns lost to rounding get another chance; those that the data lacks are lost
                // again.
                let lost = basis.clone().square().sum_dim(0).lower_elem(0.5);
                let fresh = standard_normal([width, components], &mut rng, device);
                let fresh = fresh.mul_scalar((width as f64).sqrt().recip());
                basis = basis
                    .clone()
                    .mask_where(lost.expand([width, components]), fresh);
            }
        }
        Ok(Self { mean, basis })
    }

    /// Project rows onto the subspace and back, `[N, P]` to `[N, P]`.
    pub fn reconstruct(&self, rows: Tensor<2>) -> Tensor<2> {
        self.codes(rows).matmul(self.basis.clone().transpose()) + self.mean.clone()
    }

    /// The same of pictures, `[N, 3, size, size]`.
    pub fn reconstruct_pictures(&self, pictures: Tensor<4>) -> Tensor<4> {
        let shape = pictures.dims();
        self.reconstruct(pictures.flatten(1, 3)).reshape(shape)
    }

    /// Coordinates of rows in the subspace, `[N, P]` to `[N, K]`.
    pub fn codes(&self, rows: Tensor<2>) -> Tensor<2> {
        (rows - self.mean.clone()).matmul(self.basis.clone())
    }

    /// Coordinates of rows in host memory, `[N, P]` to `[N, K]`.
    ///
    /// # Errors
    /// [`RequestError::Device`].
    pub fn code_rows(&self, rows: &Rows) -> Result<Rows, RequestError> {
        self.each_part(rows, |part| self.codes(part))
    }

    /// Rows in host memory, projected onto the subspace and back, `[N, P]` to `[N, P]`.
    ///
    /// # Errors
    /// [`RequestError::Device`].
    pub fn reconstruct_rows(&self, rows: &Rows) -> Result<Rows, RequestError> {
        self.each_part(rows, |part| self.reconstruct(part))
    }

    fn each_part(
        &self,
        rows: &Rows,
        work: impl Fn(Tensor<2>) -> Tensor<2>,
    ) -> Result<Rows, RequestError> {
        let (mut found, mut width) = (Vec::new(), rows.width());
        for part in rows.values().chunks(1024 * rows.width()) {
            let part = TensorData::new(part.to_vec(), [part.len() / rows.width(), rows.width()]);
            let part = work(Tensor::from_data(part, &self.mean.device()));
            width = part.dims()[1];
            found.extend(values(part)?);
        }
        Ok(Rows::new(found, width))
    }

    /// Orthonormal columns `[P, K]`, roughly by falling variance; zero where rows vary along
    /// fewer directions.
    pub fn basis(&self) -> Tensor<2> {
        self.basis.clone()
    }

    /// The mean row, `[1, P]`.
    pub fn mean(&self) -> Tensor<2> {
        self.mean.clone()
    }
}

/// Orthonormal columns that span the same space, by Cholesky QR done twice for accuracy
/// (Yamamoto et al. 2015). A column that depends on those before it becomes zero.
fn orthonormal(columns: Tensor<2>) -> Result<Tensor<2>, RequestError> {
    (0..2).try_fold(columns, |y, _| {
        let scale = values(y.clone().square().mean().sqrt())?[0].max(1e-30);
        let y = y / scale;
        let k = y.dims()[1];
        let gram = y.clone().transpose().matmul(y.clone());
        let inverse = inverse_cholesky(&values(gram)?, k);
        let device = y.device();
        let inverse = Tensor::from_data(TensorData::new(inverse, [k, k]), &device);
        Ok(y.matmul(inverse))
    })
}

/// `R⁻¹` for the upper triangular `R` with `Rᵀ·R = gram`, in double precision. Columns that depend
/// on those before them, as far as single precision can tell, get a zero column.
fn inverse_cholesky(gram: &[f32], k: usize) -> Vec<f32> {
    let mut r = vec![0f64; k * k];
    for i in 0..k {
        let dot: f64 = (0..i).map(|m| r[m * k + i].powi(2)).sum();
        let own = gram[i * k + i] as f64;
        if own - dot <= 3e-7 * own {
            continue;
        }
        r[i * k + i] = (own - dot).sqrt();
        for j in i + 1..k {
            let dot: f64 = (0..i).map(|m| r[m * k + i] * r[m * k + j]).sum();
            r[i * k + j] = (gram[i * k + j] as f64 - dot) / r[i * k + i];
        }
    }
    let reciprocal = |d: f64| if d == 0.0 { 0.0 } else { d.recip() };
    let mut inverse = vec![0f64; k * k];
    for j in 0..k {
        inverse[j * k + j] = reciprocal(r[j * k + j]);
        for i in (0..j).rev() {
            let dot: f64 = (i + 1..=j).map(|m| r[i * k + m] * inverse[m * k + j]).sum();
            inverse[i * k + j] = -dot * reciprocal(r[i * k + i]);
        }
    }
    inverse.into_iter().map(|v| v as f32).collect()
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use rand::Rng;

    #[test]
    fn data_in_a_subspace_is_reconstructed_exactly() {
        let device = Device::flex();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let (n, width, rank) = (60, 24, 4);
        let basis: Vec<f32> = (0..rank * width)
            .map(|_| rng.random_range(-1.0..1.0))
            .collect();
        let rows: Vec<f32> = (0..n)
            .flat_map(|_| {
                let w: Vec<f32> = (0..rank).map(|_| rng.random_range(-1.0..1.0)).collect();
                let value =
                    |c: usize| 0.5 + (0..rank).map(|r| w[r] * basis[r * width + c]).sum::<f32>();
                (0..width).map(value).collect::<Vec<f32>>()
            })
            .collect();
        let x = Tensor::<2>::from_data(TensorData::new(rows.clone(), [n, width]), &device);
        let error = |k| {
            let pca = Pca::fit(&rows, width, k, &device).unwrap();
            (pca.reconstruct(x.clone()) - x.clone())
                .abs()
                .max()
                .into_scalar::<f32>()
        };
        assert!(error(rank) < 1e-3, "{}", error(rank));
        assert!(error(rank - 1) > 0.1);
    }

    #[test]
    fn rows_that_do_not_vary_are_their_own_mean() {
        let device = Device::flex();
        let pca = Pca::fit(&[0.5; 8 * 6], 6, 3, &device).unwrap();
        let x = Tensor::<2>::full([1, 6], 0.5, &device);
        let error = (pca.reconstruct(x.clone()) - x)
            .abs()
            .max()
            .into_scalar::<f32>();
        assert!(error < 1e-6, "{error}");
    }

    #[test]
    fn as_many_components_as_dimensions_lose_nothing() {
        let device = Device::flex();
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let rows: Vec<f32> = (0..200 * 48).map(|_| rng.random_range(-1.0..1.0)).collect();
        let x = Tensor::<2>::from_data(TensorData::new(rows.clone(), [200, 48]), &device);
        let pca = Pca::fit(&rows, 48, 48, &device).unwrap();
        let error = (pca.reconstruct(x.clone()) - x)
            .abs()
            .max()
            .into_scalar::<f32>();
        assert!(error < 1e-3, "{error}");
    }

    #[test]
    fn the_subspace_holds_the_largest_variances() {
        // Independent columns with known variances: the error left is the sum of the small ones.
        let device = Device::flex();
        let mut rng = ChaCha8Rng::seed_from_u64(2);
        let scales = [3.0f32, 2.0, 0.1, 0.2, 0.1];
        let rows: Vec<f32> = (0..400)
            .flat_map(|_| scales.map(|s| s * rng.random_range(-1.0f32..1.0)))
            .collect();
        let x = Tensor::<2>::from_data(TensorData::new(rows.clone(), [400, 5]), &device);
        let pca = Pca::fit(&rows, 5, 2, &device).unwrap();
        let left = (pca.reconstruct(x.clone()) - x)
            .square()
            .sum()
            .into_scalar::<f32>()
            / 400.0;
        let expected = (0.01 + 0.04 + 0.01) / 3.0;
        assert!(
            (left - expected).abs() < 0.2 * expected,
            "{left} against {expected}"
        );
    }
}
