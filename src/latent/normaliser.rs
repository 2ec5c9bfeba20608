//! The scale of latents: zero mean and unit variance over the training pictures.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};

/// Per-dimension mean and standard deviation of `z`, stored with the weights.
///
/// Sampling, arithmetic and interpolation work on normalised latents; the networks read and write
/// latents as they are. DiffAE's authors found this step crucial (Preechakul et al. 2022, §4.3).
#[derive(Module, Debug)]
pub struct Normaliser {
    mean: Param<Tensor<1>>,
    deviation: Param<Tensor<1>>,
}

impl Normaliser {
    /// The normaliser that changes nothing.
    pub fn identity(latent: usize, device: &Device) -> Self {
        Self {
            mean: Param::from_tensor(Tensor::zeros([latent], device)).set_require_grad(false),
            deviation: Param::from_tensor(Tensor::ones([latent], device)).set_require_grad(false),
        }
    }

    /// Measured on latents `[N, D]`, row after row. A dimension that does not vary keeps scale 1.
    pub fn measure(latents: &[f32], latent: usize, device: &Device) -> Self {
        let rows = (latents.len() / latent).max(1) as f64;
        let column = |d: usize| latents.iter().skip(d).step_by(latent).map(|&v| v as f64);
        let (mean, deviation): (Vec<f32>, Vec<f32>) = (0..latent)
            .map(|d| {
                let mean = column(d).sum::<f64>() / rows;
                let variance = column(d).map(|v| (v - mean).powi(2)).sum::<f64>() / rows;
                let deviation = variance.sqrt() as f32;
                (mean as f32, if deviation > 1e-6 { deviation } else { 1.0 })
            })
            .unzip();
        let param = |values: Vec<f32>| {
            let tensor = Tensor::from_data(TensorData::new(values, [latent]), device);
            Param::from_tensor(tensor).set_require_grad(false)
        };
        Self {
            mean: param(mean),
            deviation: param(deviation),
        }
    }

    /// A running estimate that follows the latents `[B, D]` of training: keeps `decay` of what it
    /// was and takes the rest from them.
    #[cfg(feature = "train")]
    pub(crate) fn follow(self, z: Tensor<2>, decay: f64) -> Self {
        let blend = |old: Param<Tensor<1>>, new: Tensor<1>| {
            let blended = old.val() * decay + new * (1.0 - decay);
            Param::initialized(old.id, blended).set_require_grad(false)
        };
        let mean: Tensor<1> = z.clone().mean_dim(0).squeeze_dim(0);
        // Around the running mean: a batch of one has no variance around its own.
        let off = (z - self.mean.val().unsqueeze()).square().mean_dim(0);
        let variance = self.deviation.val().square() * decay + off.squeeze_dim(0) * (1.0 - decay);
        let deviation = Param::initialized(self.deviation.id, (variance + 1e-8).sqrt());
        Self {
            mean: blend(self.mean, mean),
            deviation: deviation.set_require_grad(false),
        }
    }

    /// From the encoder's scale to the common one. `[B, D]` to `[B, D]`.
    pub fn normalise(&self, z: Tensor<2>) -> Tensor<2> {
        (z - self.mean.val().unsqueeze()) / self.deviation.val().unsqueeze()
    }

    /// Back to the encoder's scale. `[B, D]` to `[B, D]`.
    pub fn denormalise(&self, z: Tensor<2>) -> Tensor<2> {
        z * self.deviation.val().unsqueeze() + self.mean.val().unsqueeze()
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use burn::tensor::Tolerance;

    #[test]
    fn normalised_latents_have_zero_mean_and_unit_variance() {
        let device = Device::flex();
        let rows = [1.0f32, 5.0, 7.0, 3.0, 5.0, 9.0, 5.0, 5.0, 11.0];
        let normaliser = Normaliser::measure(&rows, 3, &device);
        let z = Tensor::<2>::from_data(TensorData::new(rows.to_vec(), [3, 3]), &device);
        let n = normaliser.normalise(z.clone());
        let mean = n.clone().mean_dim(0).into_data();
        mean.assert_approx_eq::<f32>(&TensorData::from([[0.0, 0.0, 0.0]]), Tolerance::default());
        let variance = n.clone().square().mean_dim(0).into_data();
        // The middle dimension is constant: it stays at zero.
        variance
            .assert_approx_eq::<f32>(&TensorData::from([[1.0, 0.0, 1.0]]), Tolerance::default());
        let back = normaliser.denormalise(n).into_data();
        back.assert_approx_eq::<f32>(&z.into_data(), Tolerance::default());
    }
}
