//! Latents as values: what a picture's code is once it has left the networks.

mod code;
mod normaliser;

pub use code::{Latent, LatentError, lerp_noise, slerp_noise};
pub use normaliser::Normaliser;
