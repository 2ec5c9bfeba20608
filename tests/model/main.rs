//! The library: kernels, networks, objective, training, weights and the morph, against closed forms and references.
//!
//! One program, since each that links the tensor library takes longer to build than to run. So nothing
//! here draws from a device's own generator unless by a seed (`init_seeded`): tests run side by side.

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
#[cfg(all(feature = "flex", feature = "mpi", target_os = "linux"))]
mod mpi;
mod objective;
mod ops;
mod parity;
#[cfg(feature = "flex")]
mod ranks;
mod shipped;
mod training;
mod weights;
