//! New latents from the prior.

use crate::diffusion::Denoiser;
use crate::model::Prior;
use burn::tensor::Tensor;

/// The prior, and what it is led away from, how far: `v + w·(v − v_guide)`. States are
/// `[batch, D, 1, 1]`.
///
/// Guidance by a weaker version of the same network is from Karras et al., *Guiding a Diffusion
/// Model with a Bad Version of Itself*, NeurIPS 2024: both err in like ways, the weaker one more,
/// so that their difference points to where latents are likely.
#[derive(Debug)]
pub(crate) struct Drawing {
    pub prior: Prior,
    pub guide: Option<(Prior, f64)>,
}

impl Denoiser for Drawing {
    fn predict_v(&self, x: Tensor<4>, log_snr: f64) -> Tensor<4> {
        let shape = x.dims();
        let times = Tensor::full([shape[0]], log_snr, &x.device());
        let z: Tensor<2> = x.flatten(1, 3);
        let v = self.prior.forward(z.clone(), times.clone());
        let v = match &self.guide {
            Some((guide, weight)) => {
                let away = v.clone() - guide.forward(z, times);
                v + away.mul_scalar(*weight)
            }
            None => v,
        };
        v.reshape(shape)
    }
}
