//! What each group of the latent carries.

use super::look::{Look, Travel};
use crate::Soda;
use crate::engine::{DecodeOptions, RequestError, values};
use burn::tensor::Tensor;

/// How far pictures move when one latent group is swapped, coarse groups first.
#[derive(Debug, Clone, PartialEq)]
pub struct Swaps {
    /// For each group, how far putting it in moved pictures towards those it came from.
    pub groups: Vec<Travel>,
    /// Pairs of pictures.
    pub pairs: usize,
}

impl Swaps {
    /// No pair yet, for a model of so many groups.
    pub fn new(groups: usize) -> Self {
        Self {
            groups: vec![Travel::default(); groups],
            pairs: 0,
        }
    }

    /// Put each group of `b` into `a`, paint, and compare with what `a` and `b` themselves are
    /// painted as: layer modulation tested by exchange (Hudson et al. 2024, §3.2).
    ///
    /// # Shapes
    /// - a, b: `[batch, D]`, normalised latents; row `i` of one is a pair with row `i` of the other
    ///
    /// Returns what was painted, `[3·size·size]` a picture: all of `a`, all of `b`, then for each
    /// group all mixtures.
    ///
    /// # Errors
    /// Options that the model cannot meet.
    pub fn add(
        &mut self,
        soda: &Soda,
        a: &Tensor<2>,
        b: &Tensor<2>,
        options: &DecodeOptions,
    ) -> Result<Vec<Vec<f32>>, RequestError> {
        let unit = 3 * soda.size() * soda.size();
        let paint = |z: Tensor<2>| -> Result<Vec<f32>, RequestError> {
            values(soda.decode(z, None, options)?.finish())
        };
        let looks = |pixels: &[f32]| -> Vec<Look> {
            let pictures = pixels.chunks_exact(unit);
            pictures.map(|p| Look::of(p, soda.size())).collect()
        };
        let mut painted = vec![paint(a.clone())?, paint(b.clone())?];
        let (from, to) = (looks(&painted[0]), looks(&painted[1]));
        let mut start = 0;
        for (travel, &length) in self.groups.iter_mut().zip(&soda.manifest.model.groups) {
            let mixed = paint(swap(a, b, start, length))?;
            for (i, reached) in looks(&mixed).iter().enumerate() {
                travel.add(&from[i], &to[i], reached);
            }
            painted.push(mixed);
            start += length;
        }
        self.pairs += from.len();
        Ok(painted)
    }
}

/// `a` with numbers `start..start + length` of `b`.
fn swap(a: &Tensor<2>, b: &Tensor<2>, start: usize, length: usize) -> Tensor<2> {
    let part = b.clone().narrow(1, start, length);
    a.clone()
        .slice_assign([0..a.dims()[0], start..start + length], part)
}
