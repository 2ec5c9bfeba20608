//! What the gradients of a batch come to, summed over parts, devices and ranks.

use burn::optim::GradientsParams;
use burn::tensor::Tensor;

/// What a batch, or some parts of one, comes to.
pub(super) struct Gradients {
    /// Sum of the parts' gradients, each by its share of the batch.
    pub grads: GradientsParams,
    /// The same for the critic, where it takes part.
    pub critic: GradientsParams,
    /// Part by part the loss, its terms, the critic's numbers and the errors of targets and
    /// latents.
    pub numbers: Vec<Tensor<1>>,
    /// Which terms there are.
    pub terms: [bool; 3],
    /// Pairs of each part.
    pub parts: Vec<usize>,
    /// Latents of the sources, `[B, D]` each, where there is `L_dsm`.
    pub latents: Vec<Tensor<2>>,
}

impl Gradients {
    pub fn none() -> Self {
        Self {
            grads: GradientsParams::new(),
            critic: GradientsParams::new(),
            numbers: Vec::new(),
            terms: [false; 3],
            parts: Vec::new(),
            latents: Vec::new(),
        }
    }
}
