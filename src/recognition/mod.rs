//! What can be said of pictures by numbers that describe them, latents or what
//! `morph::describe` gives: which class they belong to, which are alike, how
//! they vary, how they lie on a map, and whether a model knows their like.
//!
//! Plain mathematics on host slices, used by `soda eval` and, compiled into a small WebAssembly
//! module by `wasm/recognition`, by the library and the page, so that all of them agree.

mod components;
mod familiarity;
mod nearest_mean;
mod neighbours;
mod rows;
mod scaler;
mod umap;

pub use components::{Component, components, leading};
pub use familiarity::unfamiliarity;
pub use nearest_mean::{Guess, LeftOut, NearestMean};
#[cfg(feature = "cli")]
pub use neighbours::neighbours;
pub use neighbours::{Near, Nearness, Search};
pub use rows::{Rows, squared_length};
pub use scaler::StandardScaler;
pub use umap::{Curve, Umap, umap};
