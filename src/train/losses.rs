//! Losses between two batches of vectors, and the KL divergence of a VAE. Pure functions of
//! tensors.

use burn::tensor::Tensor;
use burn::tensor::activation::{log_softmax, relu};
use serde::{Deserialize, Serialize};

/// Weights of the three terms of [`vicreg`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VicRegWeights {
    /// `λ`, of the distance between the views.
    pub invariance: f64,
    /// `μ`, of the hinge that keeps every dimension's standard deviation above 1.
    pub variance: f64,
    /// `ν`, of the covariances between dimensions.
    pub covariance: f64,
}

impl Default for VicRegWeights {
    /// The paper's 25, 25 and 1.
    fn default() -> Self {
        Self {
            invariance: 25.0,
            variance: 25.0,
            covariance: 1.0,
        }
    }
}

/// Mean squared difference of all elements, `[1]`.
///
/// # Shapes
/// - a, b: `[batch, width]`
pub fn mse(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    (a - b).square().mean()
}

/// Mean cosine distance `1 − cos(aᵢ, bᵢ)`, `[1]`, in [0, 2].
///
/// # Shapes
/// - a, b: `[batch, width]`
pub fn cosine(a: Tensor<2>, b: Tensor<2>) -> Tensor<1> {
    (unit(a) * unit(b)).sum_dim(1).mean().neg() + 1.0
}

/// NT-Xent, the normalised temperature-scaled cross entropy, `[1]` (Chen et al., *SimCLR*, 2020,
/// eq. 1): `ℓ(i, j) = −log( exp(cos(zᵢ, zⱼ)/τ) / Σ_{k≠i} exp(cos(zᵢ, z_k)/τ) )`, averaged over the
/// 2B vectors `z` of both views, `j` being the other view of `i`.
///
/// # Shapes
/// - a, b: `[batch, width]`; row i of both is of the same thing. Two rows or more: one alone has
///   nothing to be told from.
pub fn nt_xent(a: Tensor<2>, b: Tensor<2>, temperature: f64) -> Tensor<1> {
    let (n, device) = (a.dims()[0], a.device());
    let z = Tensor::cat(vec![unit(a), unit(b)], 0);
    // A vector is no negative of itself.
    let itself = Tensor::<2>::eye(2 * n, &device) * 1e9;
    let similarity = z.clone().matmul(z.transpose()) / temperature - itself;
    let log_p = log_softmax(similarity, 1);
    let of_b = log_p.clone().slice([0..n, n..2 * n]);
    let of_a = log_p.slice([n..2 * n, 0..n]);
    let other = (of_a + of_b) * Tensor::eye(n, &device);
    other.sum() / -(2.0 * n as f64)
}

/// Mean squared distance of the unit vectors, `2 − 2·cos(pᵢ, zᵢ)`, `[1]` (Grill et al., *BYOL*,
/// 2020, eq. 2). No gradient goes to the target.
///
/// # Shapes
/// - prediction, target: `[batch, width]`
pub fn byol(prediction: Tensor<2>, target: Tensor<2>) -> Tensor<1> {
    cosine(prediction, target.detach()) * 2.0
}

/// `λ·s(a, b) + μ·(v(a) + v(b)) + ν·(c(a) + c(b))`, `[1]` (Bardes et al., *VICReg*, 2022, eq. 1 to
/// 6, the scales being those of its algorithm 1): `s` is the mean squared difference of all
/// elements, `v` the mean over dimensions of `max(0, 1 − √(Var + 10⁻⁴))`, and `c` the sum of the
/// squared covariances of different dimensions over the width.
///
/// # Shapes
/// - a, b: `[batch, width]`, two rows or more
pub fn vicreg(a: Tensor<2>, b: Tensor<2>, weights: &VicRegWeights) -> Tensor<1> {
    let spread = |z: &Tensor<2>| {
        let [n, d] = z.dims();
        let centred = z.clone() - z.clone().mean_dim(0);
        let variance = centred.clone().square().sum_dim(0) / (n - 1) as f64;
        let deviation = (variance.clone() + 1e-4).sqrt();
        let hinge = relu(deviation.neg() + 1.0).mean();
        let covariance = centred.clone().transpose().matmul(centred) / (n - 1) as f64;
        let between = covariance.square().sum() - variance.square().sum();
        hinge * weights.variance + between * (weights.covariance / d as f64)
    };
    let spreads = spread(&a) + spread(&b);
    mse(a, b) * weights.invariance + spreads
}

/// `KL( N(m, e^s) ‖ N(0, 1) ) = −½·Σ (1 + s − m² − e^s)`, summed over the width and averaged over
/// the batch, `[1]` (Kingma and Welling 2014, appendix B).
///
/// # Shapes
/// - mean, log_variance: `[batch, width]`
pub fn gaussian_kl(mean: Tensor<2>, log_variance: Tensor<2>) -> Tensor<1> {
    let terms = log_variance.clone() + 1.0 - mean.square() - log_variance.exp();
    terms.sum_dim(1).mean() * -0.5
}

/// Rows of length 1. A row of zeros stays one, with a finite gradient.
fn unit(x: Tensor<2>) -> Tensor<2> {
    let length = (x.clone().square().sum_dim(1) + 1e-12).sqrt();
    x / length
}
