//! The first step on a device: it compiles shaders, and shows whether the driver gets them right.

use super::{DecodeOptions, RequestError, Soda, values};
use crate::weights::Reference;
use burn::tensor::Tensor;

impl Soda {
    /// What one step paints from the mean latent and the noise of seed 0, `[1, 3, size, size]`.
    ///
    /// # Errors
    /// As [`decode`](Self::decode).
    pub fn warm_up(&self) -> Result<Tensor<4>, RequestError> {
        let mean = self.latents(vec![0.0; self.latent()])?;
        let options = DecodeOptions {
            steps: Some(1),
            ..DecodeOptions::default()
        };
        Ok(self.decode(mean, None, &options)?.finish())
    }

    /// Check what [`warm_up`](Self::warm_up) painted, `[3·size·size]`.
    ///
    /// # Errors
    /// In words, where numbers are not finite, or where it is another picture than the model's
    /// reference, if it has one.
    pub fn check_warm_up(&self, pixels: &[f32]) -> Result<(), String> {
        if !pixels.iter().all(|value| value.is_finite()) {
            return Err("it gives numbers that are not finite".into());
        }
        match &self.manifest.reference {
            Some(reference) => reference.check(pixels, self.size()),
            None => Ok(()),
        }
    }

    /// The reference of the model as it is now; none for one that paints nothing, or pictures too
    /// small for one.
    ///
    /// # Errors
    /// [`RequestError::Device`] where the device is lost or out of memory.
    pub fn reference(&self) -> Result<Option<Reference>, RequestError> {
        if self.manifest.training.objective.is_contrastive() {
            return Ok(None);
        }
        Ok(Reference::of_picture(
            &values(self.warm_up()?)?,
            self.size(),
        ))
    }
}
