//! The operations on slices, for any CPU: SIMD through `pulp`, which chooses the instruction set at
//! run time (AVX-512, AVX2 with FMA, NEON, WebAssembly's simd128, or none); natively in as many
//! threads as rayon has. Sums are taken in an order that does not depend on the number of threads,
//! so results repeat bit for bit.

pub mod conv;
pub mod linear;
pub mod maps;
pub mod norm;
mod parallel;
pub mod pointwise;
pub mod products;
pub mod rearrange;
mod scratch;
mod simd;
pub mod update;
pub mod winograd;
