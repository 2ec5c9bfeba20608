//! The linear part of the autoencoder: principal components of the training pictures.

use super::blocks::upsample;
use super::config::ModelConfig;
use super::encoder::pool;
use crate::ops;
use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor};

/// Principal components of luma and chroma, measured on the training pictures and then fixed.
///
/// The best linear autoencoder of a given width needs no training. With it under both networks
/// they begin where it ends and have only the rest to learn: the encoder adds to the codes, and the
/// U-Net starts from the picture that the codes paint.
///
/// Luma (the mean of red, green and blue) is coded at full resolution in the latent's coarse part,
/// chroma at half resolution in its fine part, so that what a group carries is known: layout
/// comes first, colour last. `z = Wᵀ(y − ȳ)/s²` and back `y = ȳ + W·z`, where the columns of `W` are
/// components of length `s`, the standard deviation that pictures have along them.
#[derive(Module, Debug)]
pub struct Principal {
    pub(super) luma: Components,
    pub(super) chroma: Components,
    pub(super) size: usize,
}

/// Principal components of rows of `P` numbers.
#[derive(Module, Debug)]
pub(super) struct Components {
    /// Mean row, `[P]`.
    pub mean: Param<Tensor<1>>,
    /// Components of length `deviation`, `[K, P]`.
    pub basis: Param<Tensor<2>>,
    /// Standard deviation along each, `[K]`.
    pub deviation: Param<Tensor<1>>,
}

impl Components {
    fn empty(pixels: usize, components: usize, device: &Device) -> Self {
        Self::new(
            Tensor::zeros([pixels], device),
            Tensor::zeros([components, pixels], device),
            Tensor::ones([components], device),
        )
    }

    pub fn new(mean: Tensor<1>, basis: Tensor<2>, deviation: Tensor<1>) -> Self {
        Self {
            mean: Param::from_tensor(mean).set_require_grad(false),
            basis: Param::from_tensor(basis).set_require_grad(false),
            deviation: Param::from_tensor(deviation).set_require_grad(false),
        }
    }

    /// `[B, P]` to `[B, K]`.
    fn encode(&self, rows: Tensor<2>) -> Tensor<2> {
        let codes = ops::linear_transposed(rows - self.mean.val().unsqueeze(), self.basis.val());
        codes / self.deviation.val().square().unsqueeze()
    }

    /// `[B, K]` to `[B, P]`.
    fn decode(&self, codes: Tensor<2>) -> Tensor<2> {
        ops::linear(codes, self.basis.val(), self.mean.val())
    }

    fn count(&self) -> usize {
        self.basis.lazy_shape()[0]
    }
}

impl Principal {
    /// Components that hold nothing yet: every code is 0, every picture grey.
    pub(super) fn empty(config: &ModelConfig, device: &Device) -> Self {
        let (size, latent) = (config.size, config.latent());
        let chroma = config.principal.map_or(0, |principal| principal.chroma);
        Self {
            luma: Components::empty(size * size, latent - chroma, device),
            chroma: Components::empty(size * size / 2, chroma, device),
            size,
        }
    }

    /// From a mean `[P]`, orthonormal components `[K, P]` and the standard deviations along them
    /// `[K]`, for luma and for chroma as [`luma_and_chroma`] lays them out, of pictures of side
    /// `size`.
    pub fn new(parts: [(Tensor<1>, Tensor<2>, Tensor<1>); 2], size: usize) -> Self {
        let [luma, chroma] = parts.map(|(mean, basis, deviation)| {
            let scaled = basis * deviation.clone().unsqueeze_dim::<2>(1);
            Components::new(mean, scaled, deviation)
        });
        Self { luma, chroma, size }
    }

    /// Codes of pictures, one standard deviation being 1.
    ///
    /// # Shapes
    /// - x: `[batch, 3, side, side]`, pixels in [-1, 1]; smaller pictures are enlarged
    /// - output: `[batch, D]`
    pub fn encode(&self, x: Tensor<4>) -> Tensor<2> {
        let mut x = x;
        while x.dims()[2] < self.size {
            x = upsample(x);
        }
        let [luma, chroma] = luma_and_chroma(x);
        Tensor::cat(vec![self.luma.encode(luma), self.chroma.encode(chroma)], 1)
    }

    /// The pictures that codes paint.
    ///
    /// # Shapes
    /// - z: `[batch, D]`
    /// - output: `[batch, 3, side, side]`
    pub fn decode(&self, z: Tensor<2>, side: usize) -> Tensor<4> {
        let (batch, size, split) = (z.dims()[0], self.size, self.luma.count());
        let luma = self.luma.decode(z.clone().narrow(1, 0, split));
        let chroma = self.chroma.decode(z.narrow(1, split, self.chroma.count()));
        let y = luma.reshape([batch, 1, size, size]);
        let uv = upsample(chroma.reshape([batch, 2, size / 2, size / 2]));
        let (u, v) = (uv.clone().narrow(1, 0, 1), uv.narrow(1, 1, 1));
        // The transpose of the rotation in luma_and_chroma.
        let (y, v) = (y / 3f64.sqrt(), v / 6f64.sqrt());
        let u = u / 2f64.sqrt();
        let green = y.clone() - v.clone() * 2.0;
        let side_sum = y + v;
        let picture = Tensor::cat(vec![side_sum.clone() + u.clone(), green, side_sum - u], 1);
        pool(picture, size / side)
    }
}

/// Luma at full and chroma at half resolution, as rows. The colours are rotated, so that distances
/// stay what they are: luma `(r + g + b)/√3`, chroma `(r − b)/√2` and `(r − 2g + b)/√6`.
///
/// # Shapes
/// - x: `[batch, 3, side, side]`
/// - outputs: `[batch, side²]` and `[batch, side²/2]`
pub fn luma_and_chroma(x: Tensor<4>) -> [Tensor<2>; 2] {
    let half = pool(x.clone(), 2);
    let channel = |x: &Tensor<4>, i: usize| x.clone().narrow(1, i, 1);
    let luma = x.sum_dim(1) / 3f64.sqrt();
    let [r, g, b] = [0, 1, 2].map(|i| channel(&half, i));
    let u = (r.clone() - b.clone()) / 2f64.sqrt();
    let v = (r - g * 2.0 + b) / 6f64.sqrt();
    [luma.flatten(1, 3), Tensor::cat(vec![u, v], 1).flatten(1, 3)]
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use burn::tensor::{Distribution, Tolerance};

    fn random<const D: usize>(shape: [usize; D]) -> Tensor<D> {
        Tensor::random(shape, Distribution::Normal(0.0, 1.0), &Device::flex())
    }

    /// All components of pictures of side 4, with any lengths.
    fn complete() -> Principal {
        let device = Device::flex();
        let part = |pixels: usize| {
            let deviation = Tensor::random([pixels], Distribution::Uniform(0.5, 2.0), &device);
            (
                random([pixels]),
                Tensor::<2>::eye(pixels, &device),
                deviation,
            )
        };
        Principal::new([part(16), part(8)], 4)
    }

    #[test]
    fn all_components_lose_nothing_but_fine_chroma() {
        let principal = complete();
        // The same colours over every square of two by two, and luma that varies.
        let x = upsample(random([3, 3, 2, 2])) + random([3, 1, 4, 4]).expand([3, 3, 4, 4]);
        let back = principal.decode(principal.encode(x.clone()), 4);
        back.into_data()
            .assert_approx_eq::<f32>(&x.into_data(), Tolerance::absolute(1e-5));
    }

    #[test]
    fn smaller_pictures_are_coded_as_their_enlargements() {
        let principal = complete();
        let x = random([2, 3, 2, 2]);
        let z = principal.encode(x.clone());
        z.clone().into_data().assert_approx_eq::<f32>(
            &principal.encode(upsample(x.clone())).into_data(),
            Tolerance::default(),
        );
        let back = principal.decode(z, 2).into_data();
        back.assert_approx_eq::<f32>(&x.into_data(), Tolerance::absolute(1e-5));
    }

    #[test]
    fn the_rotation_keeps_lengths() {
        let x = upsample(random([1, 3, 4, 4]));
        let [luma, chroma] = luma_and_chroma(x.clone());
        let length = |t: Tensor<1>| t.into_scalar::<f32>();
        let parts = length(luma.square().sum()) + 4.0 * length(chroma.square().sum());
        let whole = length(x.square().sum());
        assert!(
            (parts - whole).abs() < 1e-3 * whole,
            "{parts} against {whole}"
        );
    }
}
