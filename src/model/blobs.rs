//! Elliptic blobs: positions as numbers in the latent.
//!
//! A blob is five numbers of layout (where it is and how it lies) and some features (what it looks
//! like there). [`BlobHead`] reads them off the encoder's feature maps, [`Splat`] paints them into
//! those of the U-Net. Since the layout holds coordinates, a straight line between two latents
//! moves a blob instead of fading it out here and in there.
//!
//! Layouts of blobs after Epstein et al., *BlobGAN*, ECCV 2022, arXiv 2205.02837; coordinates from
//! a spatial softmax after Finn et al., *Deep Spatial Autoencoders*, ICRA 2016.

use super::blocks::{conv1x1, conv3x3, convolve, group_norm, norm_silu, upsample};
use super::config::{BlobConfig, ModelConfig};
use super::mixed::cast;
use burn::module::{Initializer, Module, Param, ParamId};
use burn::nn::GroupNorm;
use burn::nn::conv::Conv2d;
use burn::tensor::activation::softmax;
use burn::tensor::{DType, Device, Distribution, Tensor};

/// Scale of coordinates in the latent: `x` of -2 and 2 are the left and right edge of a picture.
const COORDINATE: f64 = 2.0;
/// Size `σ` of a blob whose log-size is 0, in half sides of a picture.
const SIZE: f64 = 0.22;
/// `σ = SIZE·exp(LOG_SIZE·s)`, with `s` clamped to ±[`LOG_SIZE_LIMIT`].
const LOG_SIZE: f64 = 0.6;
const LOG_SIZE_LIMIT: f64 = 2.5;
/// The shape numbers `a` and `b` are multiplied by this and clamped to ±[`SHAPE_LIMIT`].
const SHAPE: f64 = 0.4;
const SHAPE_LIMIT: f64 = 1.2;
/// Weights of blobs are divided by their sum and this: far from all blobs nothing is painted.
const BACKGROUND: f64 = 0.3;
/// Feature maps that a blob paints: its weight, and its weight times each of its own coordinates.
const BASIS: usize = 3;
/// A blob's own coordinates are clamped to ± this.
const REACH: f64 = 3.0;

/// From the encoder's feature maps to layout and appearance.
///
/// A heat map per blob, turned into a distribution by a softmax over its pixels, gives the blob's
/// coordinates by its mean, and what it looks like by the mean of features under it.
#[derive(Module, Debug)]
pub struct BlobHead {
    input: Conv2d,
    norm: GroupNorm,
    /// `K` heat maps, then the features that are pooled under them.
    maps: Conv2d,
    /// `[K, width, 3 + features]`: from pooled features to log-size, shape and appearance.
    project: Param<Tensor<3>>,
    #[module(skip)]
    blobs: BlobConfig,
}

impl BlobHead {
    /// The head of `config`, which must be valid and have blobs: `blobs`.
    pub(super) fn new(config: &ModelConfig, blobs: BlobConfig, device: &Device) -> Self {
        let encoder = &config.encoder;
        let expansion = encoder.block.expansion();
        let last = encoder.channels.len() - 1;
        let width = encoder.channels[last - 1];
        let outer = BlobConfig::LAYOUT - 2;
        let features = blobs.features;
        let shape = [blobs.count, width, outer + features];
        // Drawn at first use, as all other weights: loading a model draws nothing.
        let draw = move |device: &Device, learn: bool| {
            let normal = |columns, std| {
                let shape = [shape[0], width, columns];
                Tensor::<3>::random(shape, Distribution::Normal(0.0, std), device)
            };
            // Sizes and shapes begin nearly alike, features with a variance near one.
            let parts = [
                (outer, 1.0 / 40.0),
                (features, (width as f64).sqrt().recip()),
            ];
            let parts = parts.map(|(columns, std)| normal(columns, std));
            Tensor::cat(parts.to_vec(), 2).set_require_grad(learn)
        };
        Self {
            input: conv3x3(expansion * (encoder.channels[last] + width), width, device),
            norm: group_norm(width, encoder.norm_channels, device),
            maps: conv1x1(width, blobs.count + width, device),
            project: Param::uninitialized(ParamId::new(), draw, device.clone(), true, shape.into()),
            blobs,
        }
    }

    /// # Shapes
    /// - fine: `[batch, channels, 2·height, 2·width]`, of the last stage but one
    /// - coarse: `[batch, channels, height, width]`, of the last stage
    /// - output: `[batch, K·5]`, the layout, and `[batch, K·features]`, the appearance
    pub(super) fn forward(&self, fine: Tensor<4>, coarse: Tensor<4>) -> [Tensor<2>; 2] {
        let h = Tensor::cat(vec![upsample(coarse), fine], 1);
        let h = convolve(&self.input, h);
        let maps = cast(convolve(&self.maps, norm_silu(&self.norm, h)), DType::F32);
        let [_, channels, height, width] = maps.dims();
        let count = self.blobs.count;
        let maps: Tensor<3> = maps.flatten(2, 3);
        let heat = softmax(maps.clone().narrow(1, 0, count), 2);
        let features = maps.narrow(1, count, channels - count);

        let device = heat.device();
        let [x, y] = coordinates(height, width, &device);
        let place = Tensor::stack::<2>(vec![x, y], 1).mul_scalar(COORDINATE);
        let place = heat.clone().matmul(place.unsqueeze());
        // [K, batch, width] · [K, width, 3 + features]
        let pooled = heat.matmul(features.swap_dims(1, 2)).swap_dims(0, 1);
        let numbers = pooled.matmul(self.project.val()).swap_dims(0, 1);
        let outer = BlobConfig::LAYOUT - 2;
        let shape = numbers.clone().narrow(2, 0, outer);
        let appearance = numbers.narrow(2, outer, self.blobs.features);
        let layout = Tensor::cat(vec![place, shape], 2);
        [layout, appearance].map(|numbers| numbers.flatten(1, 2))
    }
}

/// From layout and appearance to a feature map at each resolution level of the U-Net.
#[derive(Module, Debug)]
pub struct Splat {
    levels: Vec<SplatLevel>,
    #[module(skip)]
    blobs: BlobConfig,
}

/// What blobs paint at one resolution level: `W · Σ_k Σ_h (A_kh · [f_k, 1]) · basis_kh + b`.
#[derive(Module, Debug)]
struct SplatLevel {
    /// `[K, features + 1, 3·channels]`.
    amplitude: Param<Tensor<3>>,
    mix: Conv2d,
}

impl Splat {
    /// The blobs of a U-Net of these `channels`, fine to coarse.
    pub(super) fn new(channels: &[usize], blobs: BlobConfig, device: &Device) -> Self {
        let inputs = blobs.features + 1;
        let std = 0.3 / (inputs as f64).sqrt();
        let levels = channels
            .iter()
            .map(|&channels| SplatLevel {
                amplitude: Initializer::Normal { mean: 0.0, std }
                    .init([blobs.count, inputs, BASIS * channels], device),
                mix: conv1x1(channels, channels, device),
            })
            .collect();
        Self { levels, blobs }
    }

    /// The feature maps of the levels, fine to coarse.
    ///
    /// # Shapes
    /// - layout: `[batch, K·5]`; appearance: `[batch, K·features]`
    /// - side: of the finest level's feature maps
    /// - output: `[batch, channels, side, side]`, then half the side, and so on
    pub(super) fn forward(
        &self,
        layout: Tensor<2>,
        appearance: Tensor<2>,
        side: usize,
    ) -> Vec<Tensor<4>> {
        let batch = layout.dims()[0];
        let BlobConfig { count, features } = self.blobs;
        let ellipses = Ellipses::new(layout.reshape([batch, count, BlobConfig::LAYOUT]));
        let one = Tensor::ones([batch, count, 1], &appearance.device());
        let appearance = appearance.reshape([batch, count, features]);
        let appearance = Tensor::cat(vec![appearance, one], 2).swap_dims(0, 1);
        let paint = |(l, level): (usize, &SplatLevel)| {
            let side = side >> l;
            let basis = ellipses.basis(side);
            // [K, batch, 3·channels], to [batch, channels, K·3].
            let amplitude = appearance.clone().matmul(level.amplitude.val());
            let channels = amplitude.dims()[2] / BASIS;
            let amplitude = amplitude
                .reshape([count, batch, BASIS, channels])
                .permute([1, 3, 0, 2])
                .reshape([batch, channels, count * BASIS]);
            let map = amplitude.matmul(basis);
            convolve(&level.mix, map.reshape([batch, channels, side, side]))
        };
        self.levels.iter().enumerate().map(paint).collect()
    }
}

/// Layouts made ready: the centre of each ellipse and the matrix that takes a place to the
/// ellipse's own coordinates. `[batch, K, 1, 1]` each.
struct Ellipses {
    x: Tensor<4>,
    y: Tensor<4>,
    /// `exp(-A)/σ`, symmetric, with `A = [[a, b], [b, -a]]`: xx, xy, yy.
    matrix: [Tensor<4>; 3],
}

impl Ellipses {
    /// `exp(-A) = cosh(r)·I − (sinh(r)/r)·A`, `r = √(a² + b²)`: shapes mix linearly and never turn
    /// inside out. Layout: `[batch, K, 5]`.
    fn new(layout: Tensor<3>) -> Self {
        let number = |i: usize| layout.clone().narrow(2, i, 1).unsqueeze_dim::<4>(3);
        let size = number(2).clamp(-LOG_SIZE_LIMIT, LOG_SIZE_LIMIT) * LOG_SIZE;
        let inverse_size = size.neg().exp().div_scalar(SIZE);
        let shape = |i| (number(i) * SHAPE).clamp(-SHAPE_LIMIT, SHAPE_LIMIT);
        let (a, b) = (shape(3), shape(4));
        let r = (a.clone().square() + b.clone().square())
            .add_scalar(1e-6)
            .sqrt();
        let (up, down) = (r.clone().exp(), r.clone().neg().exp());
        let cosh = (up.clone() + down.clone()) * 0.5;
        let sinh_by_r = (up - down) * 0.5 / r;
        let across = sinh_by_r.clone() * a;
        Self {
            x: number(0).div_scalar(COORDINATE),
            y: number(1).div_scalar(COORDINATE),
            matrix: [
                (cosh.clone() - across.clone()) * inverse_size.clone(),
                (sinh_by_r * b).neg() * inverse_size.clone(),
                (cosh + across) * inverse_size,
            ],
        }
    }

    /// Weight `w_k = G_k/(Σ_j G_j + BACKGROUND)`, `G = exp(-|u|²/2)`, then `w·u_x` and `w·u_y`,
    /// where `u` is the place in the ellipse's own coordinates. `[batch, K·3, side·side]`.
    fn basis(&self, side: usize) -> Tensor<3> {
        let [batch, count, _, _] = self.x.dims();
        let axis = axis(side, &self.x.device());
        let dx = axis.clone().reshape([1, 1, 1, side]) - self.x.clone();
        let dy = axis.reshape([1, 1, side, 1]) - self.y.clone();
        let [xx, xy, yy] = self.matrix.clone();
        let ux = xx * dx.clone() + xy.clone() * dy.clone();
        let uy = xy * dx + yy * dy;
        let bump = ((ux.clone().square() + uy.clone().square()) * -0.5).exp();
        let weight = bump.clone() / bump.sum_dim(1).add_scalar(BACKGROUND);
        let moment = |u: Tensor<4>| weight.clone() * u.clamp(-REACH, REACH);
        let (moment_x, moment_y) = (moment(ux), moment(uy));
        let basis: Tensor<5> = Tensor::stack(vec![weight, moment_x, moment_y], 2);
        basis.reshape([batch, count * BASIS, side * side])
    }
}

/// Centres of `side` pixels that fill [-1, 1].
fn axis(side: usize, device: &Device) -> Tensor<1> {
    let centres: Vec<f32> = (0..side)
        .map(|i| (2 * i + 1) as f32 / side as f32 - 1.0)
        .collect();
    Tensor::from_floats(centres.as_slice(), device)
}

/// x and y of every pixel, row by row, `[height·width]` each.
fn coordinates(height: usize, width: usize, device: &Device) -> [Tensor<1>; 2] {
    let x = axis(width, device).unsqueeze_dim::<2>(0);
    let y = axis(height, device).unsqueeze_dim::<2>(1);
    [x, y].map(|t| t.expand([height, width]).flatten(0, 1))
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use burn::tensor::TensorData;

    fn basis(layout: &[f32], side: usize) -> Vec<f32> {
        let count = layout.len() / 5;
        let data = TensorData::new(layout.to_vec(), [1, count, 5]);
        let ellipses = Ellipses::new(Tensor::from_data(data, &Device::flex()));
        ellipses.basis(side).try_into_vec_as::<f32>().unwrap()
    }

    /// A round blob against the closed form.
    #[test]
    fn a_round_blob_is_a_gaussian_over_itself_and_the_background() {
        let (x, y, s) = (0.6, -0.4, 0.7);
        let side = 8;
        let painted = basis(&[2.0 * x, 2.0 * y, s, 0.0, 0.0], side);
        let size = 0.22 * (0.6 * s).exp();
        for row in 0..side {
            for column in 0..side {
                let place = |i: usize| (2 * i + 1) as f32 / side as f32 - 1.0;
                let (ux, uy) = ((place(column) - x) / size, (place(row) - y) / size);
                let bump = (-0.5 * (ux * ux + uy * uy)).exp();
                let weight = bump / (bump + 0.3);
                let expected = [
                    weight,
                    weight * ux.clamp(-3.0, 3.0),
                    weight * uy.clamp(-3.0, 3.0),
                ];
                for (part, expected) in expected.into_iter().enumerate() {
                    let value = painted[(part * side + row) * side + column];
                    assert!((value - expected).abs() < 1e-3, "{value} {expected}");
                }
            }
        }
    }

    /// `a > 0` stretches along x by `e^a` and shrinks along y by as much; `b` does so along the
    /// diagonals. The weight is half of its largest where the ellipse's own radius says so.
    #[test]
    fn shape_numbers_stretch_along_axes_and_diagonals() {
        let side = 64;
        let moments = |layout: &[f32]| {
            let painted = basis(layout, side);
            let (mut total, mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0, 0.0);
            for row in 0..side {
                for column in 0..side {
                    let place = |i: usize| (2 * i + 1) as f32 / side as f32 - 1.0;
                    let (x, y) = (place(column), place(row));
                    // G from w = G/(G + 0.3).
                    let w = painted[row * side + column];
                    let bump = 0.3 * w / (1.0 - w);
                    total += bump;
                    xx += bump * x * x;
                    yy += bump * y * y;
                    xy += bump * x * y;
                }
            }
            [xx / total, yy / total, xy / total].map(|v| v / (0.22 * 0.22))
        };
        let close = |found: [f32; 3], expected: [f32; 3]| {
            for (a, b) in found.into_iter().zip(expected) {
                assert!(
                    (a - b).abs() < 0.02 * (1.0 + b.abs()),
                    "{found:?} {expected:?}"
                );
            }
        };
        let r: f32 = 0.3;
        let (long, short) = ((2.0 * r).exp(), (-2.0 * r).exp());
        close(moments(&[0.0, 0.0, 0.0, r / 0.4, 0.0]), [long, short, 0.0]);
        close(
            moments(&[0.0, 0.0, 0.0, 0.0, r / 0.4]),
            [
                (long + short) / 2.0,
                (long + short) / 2.0,
                (long - short) / 2.0,
            ],
        );
    }

    /// Where heat has one sharp peak, the layout's coordinates are those of its pixel.
    #[test]
    fn a_peak_of_heat_is_where_the_blob_is() {
        let device = Device::flex();
        let config = ModelConfig::preset("tiny").unwrap();
        let blobs = config.blobs.unwrap();
        let mut head = BlobHead::new(&config, blobs, &device);
        // A first convolution that passes on channel 0 of `fine`, and maps that repeat it.
        let pass = |shape: [usize; 4], at: [usize; 4], value: f32| {
            Tensor::<4>::zeros(shape, &device).slice_assign(
                [
                    at[0]..at[0] + 1,
                    at[1]..at[1] + 1,
                    at[2]..at[2] + 1,
                    at[3]..at[3] + 1,
                ],
                Tensor::full([1, 1, 1, 1], value, &device),
            )
        };
        head.input.weight = Param::from_tensor(pass([8, 24, 3, 3], [0, 16, 1, 1], 1.0));
        head.maps.weight = Param::from_tensor(pass([10, 8, 1, 1], [1, 0, 0, 0], 100.0));
        let (row, column) = (5, 2);
        let fine = pass([1, 8, 8, 8], [0, 0, row, column], 4.0);
        let coarse = Tensor::zeros([1, 16, 4, 4], &device);
        let [layout, _] = head.forward(fine, coarse);
        let layout = layout.try_into_vec_as::<f32>().unwrap();
        let place = |i: usize| 2.0 * ((2 * i + 1) as f32 / 8.0 - 1.0);
        assert!((layout[5] - place(column)).abs() < 1e-2, "{layout:?}");
        assert!((layout[6] - place(row)).abs() < 1e-2, "{layout:?}");
        // The other blob's heat is flat: it stays in the middle.
        assert!(layout[0].abs() < 1e-4 && layout[1].abs() < 1e-4);
    }
}
