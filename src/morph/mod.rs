//! The morph between two originals: one field that brings matching parts together, and frames
//! that are drawn from both pictures along it.
//!
//! ```text
//!   A ──► features ─┐                                        ┌─► A at X − 2t·q ──────┐
//!                   ├─► similarity ► matching ► refinement ► v                       ├─► blend
//!   B ──► features ─┘                                        └─► B at X + 2(1 − t)·q ┘
//! ```
//!
//! It works on slices and needs no model. Features come from a small network that ships with the
//! project ([`Matcher`]), or are hand-made. What it is good and bad at, and where each formula
//! comes from, is in `docs/morphing.md`.

#![allow(
    clippy::needless_range_loop,
    reason = "small matrices read as their formulas, index by index"
)]
#![allow(
    clippy::manual_clamp,
    reason = "min and max compile to one instruction each; clamp checks its bounds"
)]

mod blend;
mod curve;
mod descriptors;
mod domain;
mod drawing;
mod features;
mod field;
mod frame;
mod group;
mod matcher;
mod matching;
mod parallel;
mod picture;
mod pins;
mod planes;
mod refinement;
mod similarity;
mod solve;
mod trajectory;

pub use blend::{BANDS, Layers};
pub use curve::{Curve, along_chain};
pub use descriptors::Descriptors;
pub use domain::Domain;
pub use drawing::Mesh;
pub use features::{Analysis, DESCRIBED_SIDE, Kind, describe};
pub use field::{Field, least_area};
pub use frame::{Moment, Renderer};
pub use group::{Group, MOST_PICTURES};
pub use matcher::{Features, Matcher, POOLED_LENGTH};
pub use picture::{Fit, MAX_SIDE, Picture, frame_size};
pub use pins::Pin;
pub use planes::{Outside, Planes};
pub use solve::{Correspondence, Start, solve};
pub use trajectory::Trajectory;

use std::sync::Arc;

/// What can be wrong with pictures or weights.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum MorphError {
    /// A frame too small or too large.
    #[error("a frame of {size} pixels; wanted 16 to {MAX_SIDE}")]
    Size {
        /// The longer side asked for.
        size: usize,
    },
    /// Bytes that do not fit the width and height.
    #[error("{found} bytes are not a picture of {width} × {height} pixels, 4 bytes each")]
    Length {
        /// Bytes given.
        found: usize,
        /// Pixels across.
        width: usize,
        /// Pixels down.
        height: usize,
    },
    /// Fewer than two pictures, or more than [`MOST_PICTURES`].
    #[error("a morph needs 2 pictures, an average 2 to {MOST_PICTURES}")]
    Count,
    /// A file that is no matcher.
    #[error("matcher: {0}")]
    Weights(String),
}

/// A morph of two pictures, from their pixels to frames.
pub struct Morph {
    renderer: Renderer,
    analyses: Arc<[Analysis; 2]>,
    start: Start,
    pins: Vec<Pin>,
    features: Kind,
    confidence: f32,
}

impl Morph {
    /// Between two pictures that fill one frame; with a matcher, by what their parts are.
    pub fn new(a: Picture, b: Picture, matcher: Option<&Matcher>, pins: &[Pin]) -> Self {
        let domain = Domain::new((a.width, a.height), a.transparent && b.transparent);
        let analyses = [&a, &b].map(|picture| Analysis::new(picture, domain, matcher));
        let start = Start::new(&analyses[0], &analyses[1]);
        let solved = solve(&analyses[0], &analyses[1], &start, pins);
        Self {
            renderer: Renderer::new(Layers::new(a), Layers::new(b), solved.field),
            analyses: Arc::new(analyses),
            start,
            pins: pins.to_vec(),
            features: solved.features,
            confidence: solved.confidence,
        }
    }

    /// Solves again with other pins; the features stay.
    pub fn set_pins(&mut self, pins: &[Pin]) {
        let [a, b] = &*self.analyses;
        let solved = solve(a, b, &self.start, pins);
        self.renderer.set_field(solved.field);
        self.pins = pins.to_vec();
        self.confidence = solved.confidence;
    }

    /// Other pictures in the places of these two, brought together by the same field: paintings of
    /// them, for example.
    pub fn repainted(&self, a: Picture, b: Picture) -> Self {
        let field = self.renderer.field().clone();
        Self {
            renderer: Renderer::new(Layers::new(a), Layers::new(b), field),
            analyses: Arc::clone(&self.analyses),
            start: self.start,
            pins: self.pins.clone(),
            features: self.features,
            confidence: self.confidence,
        }
    }

    /// The pins.
    pub fn pins(&self) -> &[Pin] {
        &self.pins
    }

    /// What draws its frames.
    pub fn renderer(&self) -> &Renderer {
        &self.renderer
    }

    /// Which features were used.
    pub fn features(&self) -> Kind {
        self.features
    }

    /// 0 to 1: how well the pictures could be matched.
    pub fn confidence(&self) -> f32 {
        self.confidence
    }

    /// RGBA at a time, colours not premultiplied.
    pub fn frame(&self, moment: Moment, trajectory: Trajectory) -> Vec<u8> {
        self.renderer.frame(moment, trajectory)
    }
}
