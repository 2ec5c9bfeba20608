//! What can be asked of a model, and why it cannot be met.

use crate::diffusion::{SamplerError, SamplerKind};
use crate::fault;
use crate::model::MOST_AUTOGUIDANCE;
use crate::weights::Objective;
use burn::tensor::Tensor;

/// A request that the model cannot meet.
#[derive(Debug, thiserror::Error, Clone, PartialEq)]
pub enum RequestError {
    /// A number of values that is no whole number of items.
    #[error("{what}: {found} values are no multiple of {unit}")]
    Length {
        /// What was given.
        what: &'static str,
        /// How many values.
        found: usize,
        /// How many belong to one item.
        unit: usize,
    },
    /// Noise for another number of pictures than there are latents.
    #[error("noise: {noise} pictures' worth for {latents} latents")]
    Noise {
        /// Pictures' worth of noise.
        noise: usize,
        /// Latents.
        latents: usize,
    },
    /// A view that the model does not know.
    #[error("view: {view:?} is not one of {known:?}")]
    View {
        /// The view asked for.
        view: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// A latent group that the model does not have.
    #[error("dropped: there is no latent group {group}; the model has {groups}, from 0")]
    Group {
        /// The group asked for.
        group: usize,
        /// Groups there are.
        groups: usize,
    },
    /// Guidance that is no number.
    #[error("guidance: {0} must be a number from -1 to 20")]
    Guidance(f64),
    /// Guidance by level for another number of levels.
    #[error(
        "level guidance: {found} numbers, and the model has {groups} latent groups; give each \
         one, 0 being none"
    )]
    LevelGuidance {
        /// Numbers given.
        found: usize,
        /// Groups there are.
        groups: usize,
    },
    /// A standard deviation out of range.
    #[error("temperature: {0} must be a number from 0 to 1")]
    Temperature(f64),
    /// A weight of autoguidance out of range.
    #[error("autoguidance: {0} must be a number from 0 to {MOST_AUTOGUIDANCE}")]
    Autoguidance(f64),
    /// Autoguidance of a model whose prior has no guide.
    #[error(
        "autoguidance: this model's prior has no guide to be led away from; give it one with: soda \
         train-prior"
    )]
    NoGuide,
    /// A model without a prior was asked for new pictures.
    #[error("sample: this model has no prior to draw from; give it one with: soda train-prior")]
    NoPrior,
    /// A side that the model does not paint at.
    #[error("size: this model paints at {own} pixels{}", match .rendered {
        Some(side) => format!(" or {side}, not at {wanted}"),
        None => format!(", not at {wanted}; it has no renderer: train one with: soda \
            train-renderer"),
    })]
    Size {
        /// The side asked for.
        wanted: usize,
        /// The model's own.
        own: usize,
        /// The one that its renderer gives, if it has one.
        rendered: Option<usize>,
    },
    /// A model whose decoder was not trained was asked to paint.
    #[error(
        "decode: this model was trained by {0}, which trains an encoder and no decoder, so it can \
         only encode; to paint, use a model trained by soda, autoencoder or vae"
    )]
    NoDecoder(Objective),
    /// Several steps, or an inversion, of a decoder that does not denoise.
    #[error(
        "steps: this model was trained by {0} and paints in one step, not from noise; leave steps \
         and inversion out"
    )]
    OneStep(Objective),
    /// Steps or sampler.
    #[error(transparent)]
    Sampler(#[from] SamplerError),
    /// The device gave no result back.
    #[error("device: it gave no result back: {0}")]
    Device(String),
}

/// The values of a tensor in host memory.
///
/// # Errors
/// [`RequestError::Device`] where the device is lost or out of memory.
pub fn values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>, RequestError> {
    let values = tensor.try_into_vec_as::<f32>();
    let values = values.map_err(|error| RequestError::Device(error.to_string()))?;
    match fault::of_device() {
        Some(reason) => Err(RequestError::Device(reason.to_owned())),
        None => Ok(values),
    }
}

/// How to paint. `None` takes the model's own default.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct DecodeOptions {
    /// Denoising steps.
    pub steps: Option<usize>,
    /// Solver.
    pub sampler: Option<SamplerKind>,
    /// DDIM's η.
    pub eta: f64,
    /// Classifier-free guidance `w`: `v = v_z + w·(v_z − v_0)`, 0 being none (Ho and Salimans
    /// 2022).
    pub guidance: f64,
    /// Guidance by latent group, coarse to fine: `v + Σ_l w_l·(v_z − v_{z without l})`, which layer
    /// masking trains (Hudson et al. 2024, §3.2) and which composes as guidance by several
    /// conditions does (Liu et al. 2022). Empty is none; each number but 0 is one more call of the
    /// network a step.
    pub level_guidance: Vec<f64>,
    /// Seed of the noise that painting starts from, where none is given.
    pub seed: u64,
    /// Standard deviation of that noise, in [0, 1].
    pub temperature: Option<f64>,
    /// View to paint.
    pub view: Option<String>,
    /// Side of the pictures: the model's own, which `None` means, or four times that for a model
    /// with a renderer.
    pub size: Option<usize>,
    /// Latent groups to leave out, 0 being the coarsest, as level masking does in training.
    pub dropped: Vec<usize>,
}

/// How to find the noise of a picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InvertOptions {
    /// Steps; `None` takes the model's own default.
    pub steps: Option<usize>,
    /// Fixed-point iterations after each step, one network call each
    /// ([`Sampler::with_refinements`](crate::diffusion::Sampler::with_refinements)).
    pub refinements: usize,
}

/// How to draw new latents.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleOptions {
    /// Denoising steps, 1 to 1000.
    pub steps: usize,
    /// Seed of the noise that drawing starts from.
    pub seed: u64,
    /// How far drawing leads away from what the prior's guide would draw, in [0, 10]:
    /// `v + w·(v − v_guide)`; 0 leaves the prior alone, `None` takes the model's own default. More
    /// gives clearer pictures that are nearer to what the model has seen, and fewer kinds of them.
    pub autoguidance: Option<f64>,
}

impl Default for SampleOptions {
    fn default() -> Self {
        Self {
            steps: 50,
            seed: 0,
            autoguidance: None,
        }
    }
}
