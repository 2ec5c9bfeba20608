//! `L_consistency`: how far the latents of two views are from one another.

use super::losses::{VicRegWeights, cosine, mse, vicreg};
use super::terms::Closeness;
use burn::tensor::Tensor;

/// VICReg's weights (Bardes et al. 2022, §4.2), so scaled that the distance has weight 1.
const WEIGHTS: VicRegWeights = VicRegWeights {
    invariance: 1.0,
    variance: 1.0,
    covariance: 1.0 / 25.0,
};

/// Distance of latents `a` and `b`, `[B, D]` each; `[1]`. One latent alone has no variance, so that
/// VICReg's form is the mean squared distance there.
pub(super) fn distance(a: Tensor<2>, b: Tensor<2>, closeness: Closeness) -> Tensor<1> {
    match closeness {
        Closeness::Cosine => cosine(a, b),
        Closeness::Vicreg if a.dims()[0] > 1 => vicreg(a, b, &WEIGHTS),
        Closeness::Mse | Closeness::Vicreg => mse(a, b),
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use burn::tensor::{Device, Distribution};

    #[test]
    fn a_latent_is_no_distance_from_itself() {
        let device = Device::flex();
        let z = Tensor::<2>::random([1, 7], Distribution::Normal(0.0, 1.0), &device);
        for closeness in [Closeness::Cosine, Closeness::Mse, Closeness::Vicreg] {
            let found = distance(z.clone(), z.clone(), closeness).into_scalar::<f32>();
            assert!(found.abs() < 1e-6, "{closeness:?}: {found}");
        }
    }
}
