//! A critic of patches, which sharpens reconstructions late in a run and is not part of a model.
//!
//! It learns to tell reconstructions `x̂` from pictures by a hinge loss (Lim and Ye 2017) on logits
//! at a quarter and an eighth of the resolution, with spectral normalisation (Miyato et al. 2018)
//! and the regularisation of Tseng et al. (*LeCam*, CVPR 2021). What it says reaches the networks
//! as a push on the pixels of `x̂`: its gradient, scaled to a share of the root mean square of the
//! gradient of the squared error. So the push is bounded whatever the critic has come to.
//!
//! Only targets that are painted from pure noise and from one latent are judged. A critic of
//! mixtures would fry them: they have no picture to be held to.

use super::TrainError;
use super::adamw::FusedAdamW;
use crate::model::{ConfigError, conv1x1, conv3x3, convolve_with, fold, seeded};
use burn::module::{Initializer, Module, Param};
use burn::nn::conv::Conv2d;
use burn::optim::{GradientsParams, ModuleOptimizer};
use burn::tensor::activation::{leaky_relu, relu};
use burn::tensor::{Device, Int, Tensor};
use serde::{Deserialize, Serialize};

/// Power iterations before the first step; each step takes one more.
const FIRST_ITERATIONS: usize = 15;
/// Reconstructions may overshoot the range of pixels by this much before the critic sees them.
const OVERSHOOT: f64 = 0.2;
/// How much of the running means of logits a step keeps.
const KEEP: f32 = 0.99;

/// Settings of the critic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CriticConfig {
    /// Share of the run that passes before it begins, in [0, 1).
    pub from: f64,
    /// Its push over that of the squared error, root mean squares of both, in [0, 10).
    pub weight: f64,
    /// Feature maps at ½, ¼ and ⅛ of the resolution.
    pub channels: [usize; 3],
    /// Learning rate of its AdamW, which has no momentum.
    pub learning_rate: f64,
    /// Weight of the LeCam regularisation, in [0, 10).
    pub lecam: f64,
}

impl Default for CriticConfig {
    fn default() -> Self {
        Self {
            from: 0.7,
            weight: 0.3,
            channels: [32, 64, 128],
            learning_rate: 4e-4,
            lecam: 0.1,
        }
    }
}

impl CriticConfig {
    /// Check every range, for pictures of these sides.
    pub(super) fn validate(&self, sides: impl Iterator<Item = usize>) -> Result<(), TrainError> {
        for (field, value, least, below, needs) in [
            ("critic.from", self.from, 0.0, 1.0, "0 to below 1"),
            ("critic.weight", self.weight, 0.0, 10.0, "0 to below 10"),
            ("critic.lecam", self.lecam, 0.0, 10.0, "0 to below 10"),
            (
                "critic.learning_rate",
                self.learning_rate,
                1e-9,
                1.0,
                "1e-9 to below 1",
            ),
        ] {
            if !(least..below).contains(&value) {
                let reason = format!("is {value}, needs {needs}");
                return Err(TrainError::Setting { field, reason });
            }
        }
        if let Some(wide) = self
            .channels
            .iter()
            .find(|wide| !(1..=1024).contains(*wide))
        {
            let reason = format!("has {wide} feature maps, needs 1 to 1024");
            return Err(TrainError::Setting {
                field: "critic.channels",
                reason,
            });
        }
        for side in sides {
            if side % 8 != 0 {
                let reason = format!("judges pictures whose side is a multiple of 8, not {side}");
                return Err(TrainError::Setting {
                    field: "critic",
                    reason,
                });
            }
        }
        Ok(())
    }
}

/// A convolution whose matrix `[out, in·k·k]` has its largest singular value near 1.
#[derive(Module, Debug)]
struct SpectralConv {
    conv: Conv2d,
    /// The left singular vector, by power iteration, `[out]`.
    left: Param<Tensor<1>>,
}

impl SpectralConv {
    fn new(conv: Conv2d, device: &Device) -> Self {
        let out = conv.weight.dims()[0];
        let left: Param<Tensor<1>> = Initializer::Normal {
            mean: 0.0,
            std: 1.0,
        }
        .init([out], device);
        let left = Param::from_tensor(left.val().detach()).set_require_grad(false);
        (0..FIRST_ITERATIONS).fold(Self { conv, left }, |conv, _| conv.iterated())
    }

    /// After one more power iteration.
    fn iterated(mut self) -> Self {
        let matrix: Tensor<2> = self.conv.weight.val().detach().flatten(1, 3);
        let right = unit(self.left.val().unsqueeze::<2>().matmul(matrix.clone()));
        let left = unit(right.matmul(matrix.transpose())).squeeze_dim(0);
        self.left = Param::initialized(self.left.id, left.detach()).set_require_grad(false);
        self
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let weight = self.conv.weight.val();
        let matrix: Tensor<2> = weight.clone().flatten(1, 3);
        let left = self.left.val().unsqueeze::<2>();
        let right = unit(left.clone().matmul(matrix.clone().detach())).detach();
        let sigma = (left.matmul(matrix) * right).sum();
        convolve_with(&self.conv, x, weight / sigma.reshape([1, 1, 1, 1]))
    }
}

/// A row of length 1.
fn unit(x: Tensor<2>) -> Tensor<2> {
    let length = x.clone().square().sum().sqrt() + 1e-12;
    x / length.reshape([1, 1])
}

/// Logits of patches: above 0 for pictures, below for reconstructions.
#[derive(Module, Debug)]
pub(super) struct Critic {
    /// At ½, ¼ and ⅛ of the resolution.
    layers: Vec<SpectralConv>,
    /// At ¼ and ⅛.
    logits: Vec<SpectralConv>,
}

impl Critic {
    fn new(channels: &[usize; 3], seed: u64, device: &Device) -> Result<Self, ConfigError> {
        // Another seed than the networks', which would draw the same numbers.
        seeded(seed ^ 0x6372_6974, device, || {
            let conv = |conv: Conv2d| SpectralConv::new(conv, device);
            let wide = [3, channels[0], channels[1], channels[2]];
            Ok(Self {
                layers: (0..3)
                    .map(|l| conv(conv3x3(4 * wide[l], wide[l + 1], device)))
                    .collect(),
                logits: (1..3)
                    .map(|l| conv(conv1x1(channels[l], 1, device)))
                    .collect(),
            })
        })
    }

    /// Logits of pictures. `[B, 3, S, S]` to `[B, (S/4)² + (S/8)²]`.
    fn forward(&self, x: Tensor<4>) -> Tensor<2> {
        let mut logits = Vec::new();
        let mut h = x;
        for (l, layer) in self.layers.iter().enumerate() {
            h = leaky_relu(layer.forward(fold(h, 2)), 0.2);
            if l > 0 {
                logits.push(self.logits[l - 1].forward(h.clone()).flatten::<2>(1, 3));
            }
        }
        Tensor::cat(logits, 1)
    }

    /// After one more power iteration.
    fn iterated(mut self) -> Self {
        let each = |convs: Vec<SpectralConv>| convs.into_iter().map(SpectralConv::iterated);
        self.layers = each(self.layers).collect();
        self.logits = each(self.logits).collect();
        self
    }

    /// What it learns from some rows, and how it pushes their reconstructions.
    ///
    /// # Shapes
    /// - painted: `x̂ [B, 3, S, S]`, with its graph; target: `[B, 3, S, S]`
    /// - share: of the batch, by which the critic's gradient is weighed
    /// - rows: those to judge, at least one
    pub fn judge(
        &self,
        config: &CriticConfig,
        means: [f32; 2],
        painted: Tensor<4>,
        target: Tensor<4>,
        share: f64,
        rows: &[usize],
    ) -> Judgement {
        let [batch, channels, height, width] = target.dims();
        let rows: Vec<i64> = rows.iter().map(|&row| row as i64).collect();
        let count = rows.len();
        let rows = Tensor::<1, Int>::from_data(rows.as_slice(), &target.device());
        let (painted, target) = (painted.select(0, rows.clone()), target.select(0, rows));
        let found = painted.clone().detach();

        let seen = found.clone().clamp(-1.0 - OVERSHOOT, 1.0 + OVERSHOOT);
        let logits = self.forward(Tensor::cat(vec![target.clone(), seen], 0));
        let real = logits.clone().narrow(0, 0, count);
        let fake = logits.narrow(0, count, count);
        let [of_pictures, of_painted] = means.map(f64::from);
        let hinge = relu(1.0 - real.clone()).mean() + relu(1.0 + fake.clone()).mean();
        let apart = relu(real.clone() - of_painted).square().mean()
            + relu(of_pictures - fake.clone()).square().mean();
        let loss = (hinge.clone() + apart * config.lecam) * share;
        let numbers = [hinge, real.mean(), fake.mean()].map(Tensor::inner);
        let grads = GradientsParams::from_grads(loss.backward(), self);

        let leaf = found.clone().require_grad();
        let asked = -self
            .clone()
            .no_grad()
            .forward(leaf.clone())
            .mean_dim(1)
            .sum();
        let push = leaf
            .grad(&asked.backward())
            .expect("the logits depend on it");
        let push = Tensor::from_inner(push);
        let rms = |x: Tensor<4>| x.square().mean().sqrt();
        let scale = rms((found.clone() - target) * 2.0) / (rms(push.clone()) + 1e-12);
        let push = push * (scale * config.weight).reshape([1, 1, 1, 1]);
        // Of value 0, so that the loss stays what it says.
        let values = (batch * channels * height * width) as f64;
        let term = ((painted - found) * push.detach()).sum() / values;
        Judgement {
            term,
            grads,
            numbers: Tensor::cat(numbers.to_vec(), 0),
        }
    }
}

/// What the critic comes to on a part of a batch.
pub(super) struct Judgement {
    /// What to add to the loss of the networks: 0, with the push as its gradient, `[1]`.
    pub term: Tensor<1>,
    /// Of the critic's own loss.
    pub grads: GradientsParams,
    /// Hinge loss, mean logit of pictures and mean logit of reconstructions, `[3]`.
    pub numbers: Tensor<1>,
}

/// A critic under training.
pub(super) struct Criticism {
    pub critic: Critic,
    pub optimizer: ModuleOptimizer,
    /// Running means of the logits of pictures and of reconstructions.
    pub means: [f32; 2],
}

impl Criticism {
    /// A fresh one, on a device with autodiff.
    pub fn new(config: &CriticConfig, seed: u64, device: &Device) -> Result<Self, ConfigError> {
        Ok(Self {
            critic: Critic::new(&config.channels, seed, device)?.train(),
            optimizer: FusedAdamW {
                beta_1: 0.0,
                ..FusedAdamW::new(0.0)
            }
            .init(),
            means: [0.0; 2],
        })
    }

    /// Learn from the gradients of a batch, whose mean logits were these.
    pub fn learn(&mut self, rate: f64, grads: GradientsParams, means: [f32; 2]) {
        let critic = self.optimizer.step(rate, self.critic.clone(), grads);
        self.critic = critic.iterated();
        for (mean, new) in self.means.iter_mut().zip(means) {
            *mean = KEEP * *mean + (1.0 - KEEP) * new;
        }
    }
}

/// Rows of a part that the critic judges: painted from pure noise (`pure`) and from one latent, at
/// most half of them.
pub(super) fn rows(pure: &[bool], mixed: &[(usize, f32)]) -> Vec<usize> {
    (0..pure.len())
        .filter(|row| pure[*row] && mixed.iter().all(|(of, _)| of != row))
        .take(pure.len().div_ceil(2))
        .collect()
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use burn::tensor::Distribution;

    fn critic() -> (CriticConfig, Criticism) {
        let config = CriticConfig {
            channels: [8, 16, 16],
            ..CriticConfig::default()
        };
        let criticism = Criticism::new(&config, 3, &Device::flex().autodiff()).unwrap();
        (config, criticism)
    }

    fn noise(side: usize) -> Tensor<4> {
        let device = Device::flex().autodiff();
        Tensor::random(
            [6, 3, side, side],
            Distribution::Uniform(-1.0, 1.0),
            &device,
        )
    }

    /// Against a singular value decomposition.
    #[test]
    fn power_iteration_finds_the_largest_singular_value() {
        let (_, Criticism { critic, .. }) = critic();
        for layer in critic.layers.iter().chain(&critic.logits) {
            let mut layer = layer.clone();
            for _ in 0..200 {
                layer = layer.iterated();
            }
            let matrix: Tensor<2> = layer.conv.weight.val().inner().flatten(1, 3);
            let [out, wide] = matrix.dims();
            let values: Vec<f32> = matrix.try_into_vec_as().unwrap();
            let values = values.iter().map(|&value| f64::from(value));
            let matrix = nalgebra::DMatrix::from_row_iterator(out, wide, values);
            let largest = matrix.singular_values().max();
            let left: Tensor<2> = layer.left.val().inner().unsqueeze();
            let weight: Tensor<2> = layer.conv.weight.val().inner().flatten(1, 3);
            let found = left
                .matmul(weight)
                .square()
                .sum()
                .sqrt()
                .into_scalar::<f32>();
            assert!(
                (f64::from(found) - largest).abs() < 1e-3 * largest,
                "{found} {largest}"
            );
        }
    }

    #[test]
    fn it_learns_to_tell_two_kinds_of_pictures_apart() {
        let (config, mut criticism) = critic();
        let all: Vec<usize> = (0..6).collect();
        let mut first = None;
        for _ in 0..60 {
            let target = noise(16);
            let painted = noise(16) * 0.2;
            let judged =
                criticism
                    .critic
                    .judge(&config, criticism.means, painted, target, 1.0, &all);
            let numbers: Vec<f32> = judged.numbers.try_into_vec_as().unwrap();
            first.get_or_insert(numbers[0]);
            criticism.learn(4e-3, judged.grads, [numbers[1], numbers[2]]);
        }
        let judged = criticism.critic.judge(
            &config,
            criticism.means,
            noise(16) * 0.2,
            noise(16),
            1.0,
            &all,
        );
        let numbers: Vec<f32> = judged.numbers.try_into_vec_as().unwrap();
        assert!(
            numbers[0] < 0.5 * first.unwrap(),
            "{first:?} to {}",
            numbers[0]
        );
        assert!(numbers[1] > numbers[2] + 1.0, "{numbers:?}");
    }

    /// The push has the set share of the squared error's gradient, on the rows judged and no
    /// others, and the term's value is 0.
    #[test]
    fn the_push_is_a_share_of_the_gradient_of_the_squared_error() {
        let (config, criticism) = critic();
        let (target, painted) = (noise(16), noise(16).require_grad());
        let values = (6 * 3 * 16 * 16) as f32;
        let judged = criticism.critic.judge(
            &config,
            [0.0; 2],
            painted.clone(),
            target.clone(),
            1.0,
            &[1, 4],
        );
        assert_eq!(judged.term.clone().into_scalar::<f32>(), 0.0);
        let push = painted.grad(&judged.term.backward()).unwrap() * values;
        let error = (painted.clone().inner() - target.inner()) * 2.0;
        let rms = |x: &Tensor<4>, row: usize| {
            let square = x.clone().narrow(0, row, 1).square();
            f64::from(square.mean().into_scalar::<f32>())
        };
        let ratio = (rms(&push, 1) + rms(&push, 4)) / (rms(&error, 1) + rms(&error, 4));
        assert!((ratio.sqrt() - config.weight).abs() < 1e-4, "{ratio}");
        for row in [0, 2, 3, 5] {
            assert_eq!(rms(&push, row), 0.0);
        }
    }

    #[test]
    fn mixtures_and_noisy_targets_are_not_judged() {
        let pure = [true, false, true, true, true, true];
        assert_eq!(rows(&pure, &[(0, 0.5), (3, 0.1)]), [2, 4, 5]);
        assert_eq!(rows(&pure, &[]), [0, 2, 3]);
        assert!(rows(&[false; 4], &[]).is_empty());
    }

    #[test]
    fn settings_out_of_range_are_named() {
        let wrong = CriticConfig {
            from: 1.0,
            ..CriticConfig::default()
        };
        let error = wrong.validate([64].into_iter()).unwrap_err().to_string();
        assert!(error.starts_with("train: critic.from: is 1"), "{error}");
        let error = CriticConfig::default()
            .validate([20].into_iter())
            .unwrap_err()
            .to_string();
        assert!(error.contains("multiple of 8, not 20"), "{error}");
    }
}
