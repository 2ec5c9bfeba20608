//! # Soda: a bottleneck diffusion autoencoder
//!
//! An [encoder](model::Encoder) squeezes a picture into a small vector `z`; a denoising
//! [U-Net](model::UNet), steered by `z`, paints pictures back.
//!
//! ```text
//!   picture ──► Encoder ──► z ──► lerp, mix, a − b + c ──► z'
//!                                                          │ steers
//!                                       noise x_T ──► U-Net × steps ──► picture'
//! ```
//!
//! The method is that of Hudson et al., *SODA: Bottleneck Diffusion Models for Representation
//! Learning*, CVPR 2024 (arXiv 2311.17901).
//!
//! Data flows one way, `data → train → weights → web / cli`:
//!
//! | module | what is in it |
//! |---|---|
//! | [`model`] | the networks, from tensors to tensors, and their configurations |
//! | [`ops`] | convolution and normalisation, with kernels of our own |
//! | [`diffusion`] | schedules, the forward process, samplers, inversion |
//! | [`latent`] | latents as values: interpolation, mixing, arithmetic; the normaliser |
//! | [`morph`] | two originals brought together by a field, and the frames between them |
//! | [`audio`] | sounds as pictures: spectrograms and back (feature `cli`) |
//! | [`data`] | pictures in: folders and tars, views paired, augmentation |
//! | [`train`] | the objective, the optimiser, EMA, checkpoints |
//! | [`eval`] | what a model is worth: reconstruction, latent groups, views, distributions |
//! | [`weights`] | `config.json` and `model.safetensors`, in and out |
//! | [`engine`] | a loaded model: encode, decode, invert |
//! | `web`, `cli` | two thin faces over it: the browser's and the command line's |
#![warn(missing_docs)]
#![recursion_limit = "256"]

pub mod data;
pub mod diffusion;
pub mod engine;
mod fault;
pub mod files;
pub mod latent;
pub mod model;
pub mod morph;
pub mod ops;
#[cfg(feature = "train")]
pub mod train;
pub mod weights;

#[cfg(feature = "cli")]
pub mod audio;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "cli")]
pub mod eval;
#[cfg(feature = "cli")]
pub mod plot;
#[cfg(feature = "cli")]
pub mod recognition;
#[cfg(feature = "web")]
mod web;

pub use engine::Soda;
