//! The renderer `R`: what the decoder paints, at four times the side and sharp.
//!
//! ```text
//!   painted [B, 3, S, S] ─┬─ bilinear ×4 ───────────────────────────────────── + ─► [B, 3, 4S, 4S]
//!                         │ fold                                              │
//!                S/2:     ├─► conv, residual blocks ◄─ scale, shift ◄─ z      │
//!                S:       └─ conv ─► + ─ ×2, conv                             │
//!                2S:                      └ ×2, conv ─ ×2 ─ 4S: conv, conv ───┘
//! ```
//!
//! One step, no noise. It has no normalisation, so that a patch of a picture is rendered as it is
//! in the whole picture: it is trained on patches. Feature maps are enlarged bilinearly and then
//! convolved (Odena et al., *Deconvolution and Checkerboard Artifacts*, Distill 2016): pixels
//! shuffled out of channels can make a grid of dots out of nothing, and did so on smooth skin once
//! a critic asked for more detail.

use super::blocks::{conv3x3, convolve, fold, linear, unfold, zero_conv3x3};
use super::config::{ModelConfig, RendererConfig};
use crate::ops;
use burn::module::{Initializer, Module};
use burn::nn::conv::Conv2d;
use burn::nn::{Linear, LinearConfig};
use burn::tensor::activation::relu;
use burn::tensor::{Device, Tensor, TensorData};

/// How many times the side of the model's pictures a rendered picture has.
pub const RENDER_FACTOR: usize = 4;

/// Residual block without normalisation, modulated by the latent:
/// `h + conv(relu((1 + s_z)·conv(relu(h)) + b_z))`.
#[derive(Module, Debug)]
struct Block {
    conv1: Conv2d,
    latent: Linear,
    conv2: Conv2d,
}

impl Block {
    fn new(channels: usize, latent: usize, device: &Device) -> Self {
        Self {
            conv1: conv3x3(channels, channels, device),
            latent: LinearConfig::new(latent, 2 * channels)
                .with_initializer(Initializer::Zeros)
                .init(device),
            conv2: zero_conv3x3(channels, channels, device),
        }
    }

    fn forward(&self, h: Tensor<4>, z: Tensor<2>) -> Tensor<4> {
        let channels = h.dims()[1];
        let modulation: Tensor<4> =
            linear(&self.latent, z).reshape([-1, 2 * channels as i64, 1, 1]);
        let scale = modulation.clone().narrow(1, 0, channels).add_scalar(1.0);
        let shift = modulation.narrow(1, channels, channels);
        let branch = convolve(&self.conv1, relu(h.clone())) * scale + shift;
        h + convolve(&self.conv2, relu(branch))
    }
}

/// See the module's description.
#[derive(Module, Debug)]
pub struct Renderer {
    /// Folded pixels to feature maps at half the side.
    input: Conv2d,
    blocks: Vec<Block>,
    /// Of enlarged feature maps, to the side of what was painted.
    half: Conv2d,
    /// What was painted, unfolded, at its own side.
    detail: Conv2d,
    /// Of enlarged feature maps, to twice the side.
    own: Conv2d,
    /// Of enlarged feature maps, to four times the side.
    twice: Conv2d,
    output: Conv2d,
}

impl Renderer {
    /// The renderer of `config`, which must be valid.
    pub fn new(config: &ModelConfig, renderer: &RendererConfig, device: &Device) -> Self {
        let [half, own, twice, four] = renderer.channels;
        Self {
            input: conv3x3(3 * 4, half, device),
            blocks: (0..renderer.blocks)
                .map(|_| Block::new(half, config.latent(), device))
                .collect(),
            half: conv3x3(half, own, device),
            detail: conv3x3(3, own, device),
            own: conv3x3(own, twice, device),
            twice: conv3x3(twice, four, device),
            output: zero_conv3x3(four, 3, device),
        }
    }

    /// # Shapes
    /// - painted: `[batch, 3, height, width]`, what the decoder painted, in [-1, 1]; even sides
    /// - z: `[batch, D]`, normalised latents
    /// - output: `[batch, 3, 4·height, 4·width]`
    pub fn forward(&self, painted: Tensor<4>, z: Tensor<2>) -> Tensor<4> {
        let painted = painted.clamp(-1.0, 1.0);
        let enlarged = enlarge(painted.clone());
        let mut h = convolve(&self.input, fold(painted.clone(), 2));
        for block in &self.blocks {
            h = block.forward(h, z.clone());
        }
        let h = conv_enlarged(&self.half, relu(h)) + convolve(&self.detail, painted);
        let h = conv_enlarged(&self.own, relu(h));
        let h = conv_enlarged(&self.twice, relu(h));
        enlarged + convolve(&self.output, relu(h))
    }
}

/// What bilinear interpolation takes from the pixel before, the pixel itself and the one after,
/// for a place that lies so many pixels, up to one, from the pixel's centre.
fn taps(shift: f32) -> [f32; 3] {
    [(-shift).max(0.0), 1.0 - shift.abs(), shift.max(0.0)]
}

/// A convolution of feature maps that are enlarged twice, bilinearly, with zeros beyond the border:
/// both at once, by a convolution to four times the channels that are shuffled into place. A pixel
/// of the enlarged maps and its neighbours see three pixels a side, too.
///
/// # Shapes
/// - x: `[batch, in, height, width]`
/// - output: `[batch, out, 2·height, 2·width]`
fn conv_enlarged(conv: &Conv2d, x: Tensor<4>) -> Tensor<4> {
    let [out, channels, ..] = conv.weight.dims();
    let device = x.device();
    // For each tap of the kernel what it takes from the pixels around, for each part of a pixel.
    let of = |part: usize, tap: usize| taps((part + tap) as f32 / 2.0 - 0.75);
    let mut spread = Vec::with_capacity(9 * 4 * 9);
    for tap in 0..9 {
        for part in 0..4 {
            let (rows, columns) = (of(part / 2, tap / 3), of(part % 2, tap % 3));
            spread.extend(
                rows.iter()
                    .flat_map(|row| columns.map(|column| row * column)),
            );
        }
    }
    let spread = Tensor::<2>::from_data(TensorData::new(spread, [9, 4 * 9]), &device);
    let weight = conv
        .weight
        .val()
        .reshape([out * channels, 9])
        .matmul(spread);
    let weight: Tensor<4> = weight.reshape([out, channels, 4, 9]).swap_dims(1, 2);
    let weight = weight.reshape([4 * out, channels, 3, 3]);
    let bias = conv.bias.as_ref().expect("one").val();
    let bias: Tensor<2> = bias.unsqueeze_dim(1);
    let bias = bias.expand([out, 4]).reshape([4 * out]);
    unfold(ops::conv3x3(x, weight, bias), 2)
}

/// Bilinear enlargement by [`RENDER_FACTOR`], pixels beyond the border as those at it: a
/// convolution to as many channels as a pixel becomes pixels, and those shuffled into place. Burn's
/// interpolation does the same and would add 22 kB to the page's engine for the CPU and 129 kB to
/// the one for WebGPU, gzipped.
///
/// # Shapes
/// - x: `[batch, 3, height, width]`
/// - output: `[batch, 3, 4·height, 4·width]`
fn enlarge(x: Tensor<4>) -> Tensor<4> {
    let [_, _, height, width] = x.dims();
    let ring = |x: Tensor<4>, dim: usize| {
        let last = x.dims()[dim] - 1;
        let ends = [x.clone().narrow(dim, 0, 1), x.clone().narrow(dim, last, 1)];
        let [first, last] = ends;
        Tensor::cat(vec![first, x, last], dim)
    };
    let (device, area) = (x.device(), RENDER_FACTOR * RENDER_FACTOR);
    let of = |part: usize| taps((part as f32 + 0.5) / RENDER_FACTOR as f32 - 0.5);
    let mut weight = vec![0f32; 3 * area * 3 * 9];
    for channel in 0..3 {
        for part in 0..area {
            let (rows, columns) = (of(part / RENDER_FACTOR), of(part % RENDER_FACTOR));
            let first = ((channel * area + part) * 3 + channel) * 9;
            for (i, value) in weight[first..first + 9].iter_mut().enumerate() {
                *value = rows[i / 3] * columns[i % 3];
            }
        }
    }
    let weight = TensorData::new(weight, [3 * area, 3, 3, 3]);
    let weight = Tensor::from_data(weight, &device);
    let padded = ring(ring(x, 2), 3);
    let parts = ops::conv3x3(padded, weight, Tensor::zeros([3 * area], &device));
    let parts = parts.narrow(2, 1, height).narrow(3, 1, width);
    unfold(parts, RENDER_FACTOR)
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use crate::model::randomised;
    use burn::tensor::Distribution;

    fn renderer() -> (ModelConfig, Renderer) {
        let config = ModelConfig {
            renderer: Some(RendererConfig {
                channels: [8, 6, 4, 4],
                blocks: 1,
            }),
            ..ModelConfig::preset("tiny").unwrap()
        };
        let model = config.init_seeded(1, &Device::flex()).unwrap();
        let renderer = randomised(model).renderer.unwrap();
        (config, renderer)
    }

    fn noise(shape: [usize; 4]) -> Tensor<4> {
        Tensor::random(shape, Distribution::Uniform(-1.0, 1.0), &Device::flex())
    }

    /// Away from its border, a patch is rendered as in the whole picture: training on patches is
    /// training on pictures.
    #[test]
    fn a_patch_is_rendered_as_in_the_whole_picture() {
        let (config, renderer) = renderer();
        let (x, z) = (
            noise([1, 3, 64, 64]),
            noise([1, config.latent(), 1, 1]).flatten(1, 3),
        );
        let whole = renderer.forward(x.clone(), z.clone());
        let patch = x.slice([0..1, 0..3, 16..48, 8..40]);
        let patch = renderer.forward(patch, z);
        // Farther than the receptive field: one input, two convolutions of the block and three
        // more.
        let inner = patch.slice([0..1, 0..3, 48..80, 48..80]);
        let same = whole.slice([0..1, 0..3, 112..144, 80..112]);
        let error = (inner - same).abs().max().into_scalar::<f32>();
        assert!(error < 1e-4, "{error}");
    }

    #[test]
    fn it_enlarges_as_burn_interpolates() {
        use burn::tensor::module::interpolate;
        use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
        let x = noise([2, 3, 6, 10]);
        let options = InterpolateOptions::new(InterpolateMode::Bilinear)
            .with_align_corners(false)
            .with_output_size([24, 40]);
        let error = enlarge(x.clone()) - interpolate(x, options);
        let error = error.abs().max().into_scalar::<f32>();
        assert!(error < 1e-5, "{error}");
    }

    /// Against Burn's interpolation and a convolution of what it gives, away from the border.
    #[test]
    fn a_convolution_of_enlarged_maps_is_one_convolution() {
        use burn::tensor::module::interpolate;
        use burn::tensor::ops::{InterpolateMode, InterpolateOptions};
        let (_, renderer) = renderer();
        let conv = &renderer.half;
        let x = noise([2, 8, 6, 10]);
        let options = InterpolateOptions::new(InterpolateMode::Bilinear)
            .with_align_corners(false)
            .with_output_size([12, 20]);
        let wanted = convolve(conv, interpolate(x.clone(), options));
        let error = (conv_enlarged(conv, x) - wanted).slice([0..2, 0..6, 2..10, 2..18]);
        let error = error.abs().max().into_scalar::<f32>();
        assert!(error < 1e-5, "{error}");
    }

    /// Whatever its weights are: there is no grid in a picture of one colour, away from the border.
    #[test]
    fn one_colour_comes_out_as_one_colour() {
        let (config, renderer) = renderer();
        let z = noise([1, config.latent(), 1, 1]).flatten(1, 3);
        let flat = Tensor::full([1, 3, 48, 48], 0.3, &Device::flex());
        let inner = renderer
            .forward(flat, z)
            .slice([0..1, 0..3, 64..128, 64..128]);
        let spread = inner.clone().max_dim(2).max_dim(3) - inner.min_dim(2).min_dim(3);
        let spread = spread.abs().max().into_scalar::<f32>();
        assert!(spread < 1e-5, "{spread}");
    }

    #[test]
    fn a_fresh_renderer_enlarges_and_its_latent_matters_once_trained() {
        let config = ModelConfig {
            renderer: Some(RendererConfig::default()),
            ..ModelConfig::preset("tiny").unwrap()
        };
        let fresh = config.init_seeded(2, &Device::flex()).unwrap();
        let z = || noise([1, config.latent(), 1, 1]).flatten(1, 3);
        let flat = Tensor::full([1, 3, 16, 16], 0.3, &Device::flex());
        let rendered = fresh.renderer.unwrap().forward(flat, z());
        assert_eq!(rendered.dims(), [1, 3, 64, 64]);
        let error = (rendered - 0.3).abs().max().into_scalar::<f32>();
        assert!(error < 1e-6, "{error}");
        let (_, trained) = renderer();
        let x = noise([1, 3, 16, 16]);
        let apart = trained.forward(x.clone(), z()) - trained.forward(x, z());
        assert!(apart.abs().max().into_scalar::<f32>() > 1e-3);
    }
}
