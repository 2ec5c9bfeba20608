//! What the optimiser acts upon, and the slow copy that BYOL predicts.

use super::Heads;
use super::heads::Mlp;
use crate::model::{Autoencoder, Encoder};
use burn::module::Module;
use burn::tensor::Tensor;

/// The networks that become a model, and the heads that train with them.
#[derive(Module, Debug)]
pub(in crate::train) struct Learner {
    pub networks: Autoencoder,
    pub heads: Option<Heads>,
}

/// Encoder and projector of BYOL's target network: a moving average of the online ones. Its
/// parameters have their identities.
#[derive(Module, Debug)]
pub(in crate::train) struct Target {
    encoder: Encoder,
    projector: Mlp,
}

impl Target {
    /// The online network of `learner` as it is, if its objective has a target.
    pub fn of(learner: &Learner) -> Option<Self> {
        let Some(Heads::Byol(heads)) = &learner.heads else {
            return None;
        };
        Some(Self {
            encoder: learner.networks.encoder.clone(),
            projector: heads.projector.clone(),
        })
    }

    /// Projections of pictures. `[B, 3, S, S]` to `[B, widths.last()]`.
    pub fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        self.projector.forward(self.encoder.forward(x).latent)
    }
}
