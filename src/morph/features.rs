//! What two pictures are compared by: the matcher's features, or hand-made ones.
//!
//! Hand-made features are luma brought to zero mean and unit deviation around each place, at two
//! scales. They know nothing of parts: enough for studio portraits, clothes in like poses and
//! emoji, not for photographs of animals. Where both pictures are transparent, blurred alpha joins
//! either kind: a cheap distance to the outline.

use super::MorphError;
use super::descriptors::Descriptors;
use super::domain::Domain;
use super::matcher::{Matcher, STRIDE};
use super::picture::{Fit, Picture};
use super::planes::{Outside, Planes};

/// Scales of local normalisation, in cells of the refined grid.
const LUMA: [f32; 2] = [3.0, 8.0];
const LUMA_WEIGHT: f32 = 0.7;
/// Added to the local deviation.
const LEAST_DEVIATION: f32 = 0.05;
/// Blur of alpha, in cells of the refined grid, and its weight.
const ALPHA: [(f32, f32); 3] = [(1.0, 1.0), (3.0, 2.0), (6.0, 3.0)];
/// Cells of the refined grid to one of the matched grid.
pub const DETAIL: usize = 2;

/// Side of a picture that is described as a whole: the network sees little in smaller ones.
pub const DESCRIBED_SIDE: usize = 128;

/// What is in the middle square of a picture, on white, as [`POOLED_LENGTH`](super::POOLED_LENGTH)
/// numbers; RGBA, colours not premultiplied.
pub fn describe(
    rgba: &[u8],
    shape: (usize, usize),
    matcher: &Matcher,
) -> Result<Vec<f32>, MorphError> {
    let frame = (DESCRIBED_SIDE, DESCRIBED_SIDE);
    let picture = Picture::fitted(rgba, shape, frame, Fit::Cover)?;
    Ok(matcher.pooled(&on_white(&picture.planes())))
}

/// Which features a morph was solved by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The matcher's.
    Semantic,
    /// Hand-made.
    Plain,
}

/// A picture as the solver sees it.
#[derive(Debug, Clone)]
pub struct Analysis {
    /// The grid of `matched`.
    pub domain: Domain,
    /// Unit vectors for matching; only of the matcher.
    pub matched: Option<Descriptors>,
    /// Features for refinement, on [`DETAIL`] times as fine a grid.
    pub refined: Planes,
}

impl Analysis {
    /// Of a picture, on a domain that the other picture shares; a padded domain means that both
    /// have outlines. Without a matcher, features are hand-made.
    pub fn new(picture: &Picture, domain: Domain, matcher: Option<&Matcher>) -> Self {
        let planes = picture.planes();
        let (width, height) = (DETAIL * domain.width, DETAIL * domain.height);
        let outlined = domain.padding > 0.0;
        let Some(matcher) = matcher else {
            return Self {
                domain,
                matched: None,
                refined: if outlined {
                    outlines(&planes, domain).stacked(&local_contrast(&planes, domain))
                } else {
                    local_contrast(&planes, domain)
                },
            };
        };
        let outside = outside(domain);
        let features = matcher.features(&on_white(&domain.view(&planes, STRIDE, outside)));
        let refined = features.refined.planes().resized(width, height);
        Self {
            domain,
            matched: Some(features.matched),
            refined: if outlined {
                refined
                    .stacked(&outlines(&planes, domain))
                    .stacked(&local_contrast(&planes, domain))
            } else {
                refined
            },
        }
    }

    /// Which features these are.
    pub fn kind(&self) -> Kind {
        match self.matched {
            Some(_) => Kind::Semantic,
            None => Kind::Plain,
        }
    }
}

fn outside(domain: Domain) -> Outside {
    if domain.padding > 0.0 {
        Outside::Zero
    } else {
        Outside::Border
    }
}

/// Premultiplied RGBA over white.
fn on_white(rgba: &Planes) -> Planes {
    let mut rgb = Planes::zeros(3, rgba.width, rgba.height);
    for channel in 0..3 {
        let pixels = rgba.plane(channel).iter().zip(rgba.plane(3));
        for (value, (colour, alpha)) in rgb.plane_mut(channel).iter_mut().zip(pixels) {
            *value = (colour + 1.0 - alpha).clamp(0.0, 1.0);
        }
    }
    rgb
}

/// `(l − G∗l)/√(G∗l² − (G∗l)² + ε²)` of luma `l` at two scales.
fn local_contrast(rgba: &Planes, domain: Domain) -> Planes {
    let rgb = on_white(&domain.view(rgba, DETAIL, outside(domain)));
    let mut luma = Planes::zeros(1, rgb.width, rgb.height);
    for (i, value) in luma.values.iter_mut().enumerate() {
        *value = 0.299 * rgb.plane(0)[i] + 0.587 * rgb.plane(1)[i] + 0.114 * rgb.plane(2)[i];
    }
    let mut squares = luma.clone();
    squares.values.iter_mut().for_each(|value| *value *= *value);
    let mut output = Planes::zeros(LUMA.len(), luma.width, luma.height);
    for (channel, sigma) in LUMA.into_iter().enumerate() {
        let (mean, square) = (luma.blurred(sigma), squares.blurred(sigma));
        for (i, value) in output.plane_mut(channel).iter_mut().enumerate() {
            let mean = mean.values[i];
            let variance = (square.values[i] - mean * mean).max(0.0);
            let deviation = (variance + LEAST_DEVIATION * LEAST_DEVIATION).sqrt();
            *value = LUMA_WEIGHT * (luma.values[i] - mean) / deviation;
        }
    }
    output
}

/// Alpha, blurred.
fn outlines(rgba: &Planes, domain: Domain) -> Planes {
    let view = domain.view(rgba, DETAIL, Outside::Zero);
    let mut alpha = Planes::zeros(1, view.width, view.height);
    alpha.values.copy_from_slice(view.plane(3));
    let blurred = |(sigma, weight)| alpha.blurred(sigma).scaled(weight);
    blurred(ALPHA[0])
        .stacked(&blurred(ALPHA[1]))
        .stacked(&blurred(ALPHA[2]))
}
