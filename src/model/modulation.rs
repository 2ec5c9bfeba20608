//! How time and latent modulate the U-Net's blocks: scale and shift of their normalised features.

use super::blocks::linear;
use burn::module::{Initializer, Module};
use burn::nn::{Linear, LinearConfig};
use burn::tensor::{Device, Tensor};

/// Scale and shift of every block's normalised features (AdaGN):
/// `(1 + s_z)·((1 + s_t)·h + b_t) + b_z`, with `(s_t, b_t)` linear in the embedding of time,
/// starting at zero, and `(s_z, b_z)` linear in the block's latent group, starting small.
///
/// Two-fold modulation after Preechakul et al., *Diffusion Autoencoders*, CVPR 2022, eq. 7. One
/// product gives the time part of all blocks, one product a group the latent part, which is the
/// same at every step of a painting.
#[derive(Module, Debug)]
pub struct Modulation {
    /// `[embedding, 2·T]`, `T` being the channels of all blocks: scales, then shifts.
    time: Linear,
    /// For each group `[length, 2·T_l]`, `T_l` being the channels of the group's blocks.
    latent: Vec<Linear>,
    /// For each group the widths of its blocks.
    #[module(skip)]
    widths: Vec<Vec<usize>>,
}

/// The latent part of a modulation, or the whole of it: `[batch, T]` each.
#[derive(Debug, Clone)]
pub(super) struct ScaleShift {
    scale: Tensor<2>,
    shift: Tensor<2>,
}

impl Modulation {
    /// For an `embedding` of time, latent groups of these lengths, and for each group, coarse to
    /// fine, the widths of the blocks that it modulates.
    pub(super) fn new(
        embedding: usize,
        groups: &[usize],
        widths: Vec<Vec<usize>>,
        device: &Device,
    ) -> Self {
        let layer = |input: usize, channels: usize, initializer| {
            LinearConfig::new(input, 2 * channels)
                .with_initializer(initializer)
                .init(device)
        };
        let total = widths.iter().flatten().sum();
        Self {
            time: layer(embedding, total, Initializer::Zeros),
            latent: groups
                .iter()
                .zip(&widths)
                .map(|(&length, widths)| {
                    let bound = 0.3 / (length as f64).sqrt();
                    let small = Initializer::Uniform {
                        min: -bound,
                        max: bound,
                    };
                    layer(length, widths.iter().sum(), small)
                })
                .collect(),
            widths,
        }
    }

    /// The latent part, `1 + s_z` and `b_z`, of all blocks.
    ///
    /// # Shapes
    /// - groups: `[batch, length]` each, coarse to fine
    pub(super) fn latent(&self, groups: &[Tensor<2>]) -> ScaleShift {
        let (scales, shifts) = self
            .latent
            .iter()
            .zip(groups)
            .map(|(layer, z)| halves(linear(layer, z.clone())))
            .unzip();
        ScaleShift {
            scale: Tensor::cat(scales, 1).add_scalar(1.0),
            shift: Tensor::cat(shifts, 1),
        }
    }

    /// Time and latent together, cut into blocks: for each group, coarse to fine, what each of
    /// its blocks multiplies by and what it adds, `[batch, channels]`.
    ///
    /// # Shapes
    /// - time: `[batch, embedding]`
    pub(super) fn forward(
        &self,
        time: Tensor<2>,
        latent: &ScaleShift,
    ) -> Vec<Vec<(Tensor<2>, Tensor<2>)>> {
        let (s_t, b_t) = halves(linear(&self.time, time));
        let scale = latent.scale.clone() * s_t.add_scalar(1.0);
        let shift = latent.scale.clone() * b_t + latent.shift.clone();
        let mut start = 0;
        let mut cut = |width: usize| {
            let part = |t: &Tensor<2>| t.clone().narrow(1, start, width);
            let parts = (part(&scale), part(&shift));
            start += width;
            parts
        };
        self.widths
            .iter()
            .map(|widths| widths.iter().map(|&width| cut(width)).collect())
            .collect()
    }
}

fn halves(x: Tensor<2>) -> (Tensor<2>, Tensor<2>) {
    let half = x.dims()[1] / 2;
    (x.clone().narrow(1, 0, half), x.narrow(1, half, half))
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use burn::module::Param;
    use burn::tensor::Distribution;

    /// Two groups, three blocks, against the formula block by block.
    #[test]
    fn every_block_gets_its_own_part() {
        let device = Device::flex();
        let random =
            |shape: [usize; 2]| Tensor::<2>::random(shape, Distribution::Normal(0.0, 1.0), &device);
        let mut modulation = Modulation::new(5, &[3, 2], vec![vec![4], vec![2, 6]], &device);
        modulation.time.weight = Param::from_tensor(random([5, 24]));
        modulation.latent[0].weight = Param::from_tensor(random([3, 8]));
        modulation.latent[1].weight = Param::from_tensor(random([2, 16]));
        for layer in &mut modulation.latent {
            layer.bias = None;
        }
        let (time, groups) = (random([2, 5]), [random([2, 3]), random([2, 2])]);
        let found = modulation.forward(time.clone(), &modulation.latent(&groups));

        let times = time.matmul(modulation.time.weight.val());
        // Group, block, width, where its scales begin among all blocks and within its group.
        for (group, block, width, all, own) in [(0, 0, 4, 0, 0), (1, 0, 2, 4, 0), (1, 1, 6, 6, 2)] {
            let latents = groups[group]
                .clone()
                .matmul(modulation.latent[group].weight.val());
            let half = latents.dims()[1] / 2;
            let s_t = times.clone().narrow(1, all, width) + 1.0;
            let b_t = times.clone().narrow(1, 12 + all, width);
            let s_z = latents.clone().narrow(1, own, width) + 1.0;
            let b_z = latents.narrow(1, half + own, width);
            let wanted = [s_z.clone() * s_t, s_z * b_t + b_z];
            let (scale, shift) = found[group][block].clone();
            for (found, wanted) in [scale, shift].into_iter().zip(wanted) {
                let error = (found - wanted).abs().max().into_scalar::<f32>();
                assert!(error < 1e-5, "group {group}, block {block}: {error}");
            }
        }
    }
}
