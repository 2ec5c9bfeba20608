//! Latents as values: what a picture's code is once it has left the networks.

mod code;
mod normaliser;

pub use code::{Interpolation, Latent, LatentError, interpolate, lerp_noise, slerp_noise};
pub use normaliser::Normaliser;
