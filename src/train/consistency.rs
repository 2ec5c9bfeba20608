//! `L_consistency`: how far the latents of two views are from one another.

use super::terms::Closeness;
use burn::tensor::Tensor;

/// VICReg's weights of distance, variance and covariance (Bardes et al. 2022, §4.2), so scaled
/// that the distance has weight 1.
const VARIANCE: f64 = 1.0;
const COVARIANCE: f64 = 1.0 / 25.0;

/// Distance of latents `a` and `b`, `[B, D]` each; `[1]`.
pub(super) fn distance(a: Tensor<2>, b: Tensor<2>, closeness: Closeness) -> Tensor<1> {
    match closeness {
        Closeness::Cosine => cosine(a, b),
        Closeness::Mse => (a - b).square().mean(),
        Closeness::Vicreg => {
            let spread = spread(a.clone()) + spread(b.clone());
            (a - b).square().mean() + spread
        }
    }
}

fn cosine(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    let length = |x: Tensor<2>| (x.square().sum_dim(1) + 1e-8).sqrt();
    let cosine = (a.clone() * b.clone()).sum_dim(1) / (length(a) * length(b));
    (-cosine + 1.0).mean()
}

/// VICReg's variance and covariance terms of latents `[B, D]`. A batch of one has neither.
fn spread(z: Tensor<2>) -> Tensor<1> {
    let [batch, width] = z.dims();
    if batch < 2 {
        return Tensor::zeros([1], &z.device());
    }
    let centred = z.clone() - z.mean_dim(0);
    let covariance = centred.clone().transpose().matmul(centred) / (batch - 1) as f64;
    let diagonal = Tensor::<2>::eye(width, &covariance.device());
    let variance = (covariance.clone() * diagonal.clone()).sum_dim(1);
    let hinge = (-(variance + 1e-4).sqrt() + 1.0).clamp_min(0.0).mean();
    let off = covariance * (-diagonal + 1.0);
    hinge * VARIANCE + off.square().sum() * (COVARIANCE / width as f64)
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use burn::tensor::{Device, TensorData};
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use rand_distr::{Distribution, StandardNormal};

    const B: usize = 5;
    const D: usize = 7;

    fn latents(seed: u64) -> (Vec<Vec<f64>>, Tensor<2>) {
        let rng = ChaCha8Rng::seed_from_u64(seed);
        let values: Vec<f32> = StandardNormal.sample_iter(rng).take(B * D).collect();
        let rows = values
            .chunks(D)
            .map(|row| row.iter().map(|&v| v as f64).collect());
        let data = TensorData::new(values.clone(), [B, D]);
        (rows.collect(), Tensor::from_data(data, &Device::flex()))
    }

    /// The papers' sums, number by number.
    fn reference(a: &[Vec<f64>], b: &[Vec<f64>], closeness: Closeness) -> f64 {
        let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
        let pairs = || a.iter().zip(b);
        let square =
            |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| (x - y).powi(2)).sum::<f64>();
        let mse = pairs().map(|(x, y)| square(x, y)).sum::<f64>() / (B * D) as f64;
        let spread = |z: &[Vec<f64>]| {
            let mean = |i: usize| z.iter().map(|row| row[i]).sum::<f64>() / B as f64;
            let covariance = |i: usize, j: usize| {
                let parts = z.iter().map(|row| (row[i] - mean(i)) * (row[j] - mean(j)));
                parts.sum::<f64>() / (B as f64 - 1.0)
            };
            let hinge = (0..D).map(|i| (1.0 - (covariance(i, i) + 1e-4).sqrt()).max(0.0));
            let off = (0..D).flat_map(|i| (0..D).filter(move |&j| j != i).map(move |j| (i, j)));
            let off: f64 = off.map(|(i, j)| covariance(i, j).powi(2)).sum();
            hinge.sum::<f64>() / D as f64 + off / D as f64 / 25.0
        };
        match closeness {
            Closeness::Cosine => {
                let cosine = |(x, y): (&Vec<f64>, &Vec<f64>)| {
                    1.0 - dot(x, y) / (dot(x, x) * dot(y, y)).sqrt()
                };
                pairs().map(cosine).sum::<f64>() / B as f64
            }
            Closeness::Mse => mse,
            Closeness::Vicreg => mse + spread(a) + spread(b),
        }
    }

    #[test]
    fn distances_are_what_their_papers_say() {
        let ((a, first), (b, second)) = (latents(1), latents(2));
        for closeness in [Closeness::Cosine, Closeness::Mse, Closeness::Vicreg] {
            let found = distance(first.clone(), second.clone(), closeness).into_scalar::<f32>();
            let wanted = reference(&a, &b, closeness);
            assert!(
                (found as f64 - wanted).abs() < 1e-5,
                "{closeness:?}: {found}, {wanted}"
            );
        }
    }

    #[test]
    fn one_latent_alone_has_a_distance_and_no_spread() {
        let (_, z) = latents(1);
        let one = z.narrow(0, 0, 1);
        for closeness in [Closeness::Cosine, Closeness::Mse, Closeness::Vicreg] {
            let found = distance(one.clone(), one.clone(), closeness).into_scalar::<f32>();
            assert!(found.abs() < 1e-6, "{closeness:?}: {found}");
        }
    }
}
