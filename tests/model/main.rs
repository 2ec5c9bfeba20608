//! The library: kernels, networks, objective, training, weights and the morph, against closed forms and references.
//!
//! One program, since each that links the tensor library takes longer to build than to run.

mod baselines;
mod common;
mod devices;
mod engine;
#[cfg(feature = "flex")]
mod fine_tune;
mod gradients;
mod losses;
mod mixed;
mod morph;
mod objective;
mod ops;
mod parity;
mod shipped;
mod training;
mod weights;
