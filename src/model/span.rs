//! Opening a model to pictures that its principal components cannot paint.
//!
//! Pictures of another world than the training set lie largely outside the span of its components,
//! and a few hundred steps of the networks cannot make up for that. So the components that matter least
//! give way to directions of what is left of the new pictures. A renewed component begins as a fresh one:
//! neither the encoder nor the U-Net know anything of it.

use super::principal::{Components, Principal, luma_and_chroma};
use super::{Autoencoder, UNet};
use burn::module::Param;
use burn::nn::Linear;
use burn::tensor::{Device, Tensor, TensorData};

/// Largest share of components that give way.
const SHARE: usize = 4;
/// What is left of a picture below this mean square needs no direction: 46 dB.
const NEGLIGIBLE: f64 = 1e-4;

/// Luma or chroma on the host.
struct Host {
    basis: Vec<f32>,
    deviation: Vec<f32>,
    mean: Vec<f32>,
    /// The new pictures, less the mean.
    rows: Vec<Vec<f32>>,
}

impl Components {
    /// Mean, basis, deviations and `rows [N, P]` in one line.
    fn line(&self, rows: Tensor<2>) -> Tensor<1> {
        let parts = vec![
            self.mean.val(),
            self.basis.val().flatten(0, 1),
            self.deviation.val(),
            rows.flatten(0, 1),
        ];
        Tensor::cat(parts, 0)
    }

    /// The other way; takes what it needs from the front of `line`.
    fn host(&self, line: &mut &[f32], pictures: usize) -> Host {
        let [count, pixels] = self.basis.val().dims();
        let mut take = |length: usize| {
            let (front, rest) = line.split_at(length);
            *line = rest;
            front.to_vec()
        };
        let (mean, basis, deviation) = (take(pixels), take(count * pixels), take(count));
        let rows = (0..pictures)
            .map(|_| take(pixels).iter().zip(&mean).map(|(y, m)| y - m).collect())
            .collect();
        Host {
            basis,
            deviation,
            mean,
            rows,
        }
    }
}

impl Host {
    /// Put directions of what the first components leave of the rows in place of the last ones. Gives
    /// back how many.
    ///
    /// Directions are found one by one, each along the row of which most is left (Gram and Schmidt,
    /// pivoted): as many directions as rows lose nothing.
    fn renew(&mut self) -> usize {
        let (count, pixels) = (self.deviation.len(), self.mean.len());
        let renewed = self.rows.len().min(count / SHARE);
        let kept = count - renewed;
        for i in 0..kept {
            let component = &self.basis[i * pixels..(i + 1) * pixels];
            let square = (self.deviation[i] as f64).powi(2);
            for row in &mut self.rows {
                take_out(row, component, square);
            }
        }
        for i in 0..renewed {
            let lengths: Vec<f64> = self.rows.iter().map(|row| dot(row, row)).collect();
            let longest = (0..lengths.len()).max_by(|&a, &b| lengths[a].total_cmp(&lengths[b]));
            let Some(longest) = longest.filter(|&at| lengths[at] > NEGLIGIBLE * pixels as f64)
            else {
                return i;
            };
            let scale = lengths[longest].sqrt().recip() as f32;
            let direction: Vec<f32> = self.rows[longest].iter().map(|v| v * scale).collect();
            let squares: f64 = self
                .rows
                .iter_mut()
                .map(|row| take_out(row, &direction, 1.0).powi(2))
                .sum();
            // From the last on, so that where few are needed those that matter least go.
            let (at, deviation) = (count - 1 - i, (squares / self.rows.len() as f64).sqrt());
            self.deviation[at] = deviation as f32;
            let place = &mut self.basis[at * pixels..(at + 1) * pixels];
            for (to, from) in place.iter_mut().zip(&direction) {
                *to = from * deviation as f32;
            }
        }
        renewed
    }

    fn components(self, device: &Device) -> Components {
        let (count, pixels) = (self.deviation.len(), self.mean.len());
        Components::new(
            Tensor::from_floats(self.mean.as_slice(), device),
            Tensor::from_data(TensorData::new(self.basis, [count, pixels]), device),
            Tensor::from_floats(self.deviation.as_slice(), device),
        )
    }
}

/// Take the part along `direction`, whose squared length is `square`, out of `row`; gives back the
/// coefficient.
fn take_out(row: &mut [f32], direction: &[f32], square: f64) -> f64 {
    let coefficient = dot(row, direction) / square.max(1e-12);
    for (v, d) in row.iter_mut().zip(direction) {
        *v -= coefficient as f32 * d;
    }
    coefficient
}

fn dot(a: &[f32], b: &[f32]) -> f64 {
    a.iter().zip(b).map(|(&a, &b)| a as f64 * b as f64).sum()
}

impl Autoencoder {
    /// What [`opened_to`](Self::opened_to) has to read of the model and of new pictures
    /// `[N, 3, size, size]`; none for a model without components.
    pub fn survey(&self, pictures: Tensor<4>) -> Option<Tensor<1>> {
        let principal = self.principal.as_ref()?;
        let [luma, chroma] = luma_and_chroma(pictures);
        let lines = vec![principal.luma.line(luma), principal.chroma.line(chroma)];
        Some(Tensor::cat(lines, 0))
    }

    /// This model with room for `pictures` new ones, whose survey has been read: up to a quarter of the
    /// components are renewed.
    pub fn opened_to(mut self, survey: &[f32], pictures: usize) -> Self {
        let Some(principal) = self.principal.take() else {
            return self;
        };
        let device = principal.luma.mean.val().device();
        let mut line = survey;
        let mut keep = Vec::new();
        let [luma, chroma] = [&principal.luma, &principal.chroma].map(|components| {
            let mut host = components.host(&mut line, pictures);
            let (count, renewed) = (host.deviation.len(), host.renew());
            keep.extend((0..count).map(|i| f32::from(i < count - renewed)));
            host.components(&device)
        });
        self.principal = Some(Principal {
            luma,
            chroma,
            size: principal.size,
        });
        let keep = Tensor::<1>::from_floats(keep.as_slice(), &device);
        self.encoder.forget(keep.clone());
        self.unet.forget(keep.clone());
        self.normaliser = self.normaliser.reset(keep);
        self
    }
}

impl UNet {
    /// Forget what the numbers of the latent mean whose `keep [D]` is 0.
    fn forget(&mut self, keep: Tensor<1>) {
        let parts = keep.split_with_sizes(self.groups.clone(), 0);
        let levels = self.levels.len();
        for (group, keep) in parts.into_iter().enumerate() {
            let seed = match group {
                0 => &mut self.middle_seed,
                group => &mut self.levels[levels - group].seed,
            };
            let painted = seed.as_mut().map(|seed| &mut seed.paint);
            let layers = painted
                .into_iter()
                .chain([&mut self.modulation.latent[group]]);
            for layer in layers {
                forget_inputs(layer, keep.clone());
            }
        }
    }
}

/// Set the weights to 0 that read the inputs whose `keep` is 0.
fn forget_inputs(layer: &mut Linear, keep: Tensor<1>) {
    layer.weight = masked(layer.weight.clone(), keep.unsqueeze_dim(1));
}

/// `param · mask`, with its identity.
pub(super) fn masked<const D: usize>(param: Param<Tensor<D>>, mask: Tensor<D>) -> Param<Tensor<D>> {
    param.map(|weights| weights * mask)
}
