//! Training of the prior on latents that were encoded once.

use super::TrainError;
use super::part::{Common, Learning, check, rate_share, read};
use crate::diffusion::{NoiseSchedule, Schedule, alpha, sigma};
use crate::model::Prior;
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};
use std::sync::atomic::{AtomicBool, Ordering};

/// Settings of the training of a prior.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PriorTraining {
    /// Optimiser steps.
    pub steps: usize,
    /// Latents a step.
    pub batch: usize,
    /// Peak learning rate of AdamW; it warms up over a hundred steps and falls along a cosine.
    pub learning_rate: f64,
    /// AdamW's decoupled weight decay.
    pub weight_decay: f32,
    /// Decay of the moving average of weights, in [0, 1).
    pub ema: f64,
    /// Share of the latents that is held out, to tell when to stop, in [0, 0.5].
    pub held_out: f64,
    /// Seed of weights, noise and order.
    pub seed: u64,
}

impl Default for PriorTraining {
    fn default() -> Self {
        Self {
            steps: 6000,
            batch: 256,
            learning_rate: 1e-3,
            weight_decay: 0.05,
            ema: 0.998,
            held_out: 0.05,
            seed: 1,
        }
    }
}

/// Most latents of a step.
const MOST_AT_ONCE: usize = 65_536;

impl PriorTraining {
    /// # Errors
    /// [`TrainError::Setting`] that names the first setting out of range.
    pub fn validate(&self) -> Result<(), TrainError> {
        self.common().validate(MOST_AT_ONCE)?;
        let decay = self.weight_decay;
        let fits = decay >= 0.0 && decay.is_finite();
        check("weight_decay", fits, &decay, "a number from 0")
    }

    fn common(&self) -> Common {
        Common {
            steps: self.steps,
            batch: self.batch,
            learning_rate: self.learning_rate,
            ema: self.ema,
            held_out: self.held_out,
        }
    }
}

/// How far the training of a prior is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriorReport {
    /// Steps taken.
    pub step: usize,
    /// Mean loss of the last batches.
    pub loss: f64,
    /// Loss on the latents held out, at fixed noise.
    pub held_out: f64,
}

/// Steps between two looks at the latents held out.
const LOOK_EVERY: usize = 200;

/// Train `prior` on normalised latents `[N, D]`, row after row; give back the moving average of its
/// weights where the loss on the latents held out was least, and that report.
///
/// The loss is [`denoising_errors`] at uniform times of the cosine schedule.
///
/// # Errors
/// [`TrainError::Setting`] for fewer than two latents, or settings out of range;
/// [`TrainError::Device`].
pub fn train_prior(
    prior: Prior,
    latents: &[f32],
    width: usize,
    settings: &PriorTraining,
    device: &Device,
    cancel: &AtomicBool,
    on_report: &mut dyn FnMut(PriorReport),
) -> Result<(Prior, PriorReport), TrainError> {
    settings.validate()?;
    let rows = latents.len() / width.max(1);
    if rows < 2 {
        return Err(TrainError::Setting {
            field: "latents",
            reason: format!("{rows} given; one picture has no distribution, it needs at least two"),
        });
    }
    let held = settings.common().held_of(rows);
    // Neighbours are pictures of one thing: what is held out lies in one piece.
    let (kept, held) = latents.split_at((rows - held) * width);
    let autodiff = device.clone().autodiff();
    let mut learning = Learning::new(prior, settings.weight_decay, settings.ema);
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let mut best: Option<(Prior, PriorReport)> = None;
    for step in 1..=settings.steps {
        let batch: Vec<f32> = (0..settings.batch)
            .flat_map(|_| {
                let row = rng.random_range(0..kept.len() / width);
                &kept[row * width..(row + 1) * width]
            })
            .copied()
            .collect();
        let loss = loss(&learning.networks, &batch, width, &mut rng, &autodiff);
        let value = loss.clone().inner();
        let rate = settings.learning_rate * rate_share(step, settings.steps);
        learning = learning.step(loss, step, rate);
        learning.note(read(value)?);
        let stop = cancel.load(Ordering::Relaxed);
        if step % LOOK_EVERY == 0 || step == settings.steps || stop {
            let mut fixed = ChaCha8Rng::seed_from_u64(0);
            let report = PriorReport {
                step,
                loss: learning.running,
                held_out: loss_of(&learning.averaged, held, width, &mut fixed, device)?,
            };
            on_report(report);
            if best
                .as_ref()
                .is_none_or(|(_, best)| report.held_out < best.held_out)
            {
                best = Some((learning.averaged.clone(), report));
            }
        }
        if stop {
            break;
        }
    }
    let nothing = PriorReport {
        step: 0,
        loss: f64::NAN,
        held_out: f64::NAN,
    };
    Ok(best.unwrap_or((learning.averaged, nothing)))
}

/// The loss of rows, each at four times, evenly spread and jittered.
fn loss_of(
    prior: &Prior,
    rows: &[f32],
    width: usize,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Result<f64, TrainError> {
    let mut sum = 0.0;
    for part in rows.chunks(1024 * width) {
        let four = part.repeat(4);
        let loss = read(loss(prior, &four, width, rng, device))?;
        sum += loss * part.len() as f64;
    }
    Ok(sum / rows.len() as f64)
}

/// The mean loss of rows, at times and noise from `rng`.
fn loss(
    prior: &Prior,
    rows: &[f32],
    width: usize,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Tensor<1> {
    let count = rows.len() / width;
    let offset: f64 = rng.random();
    let times: Vec<f64> = (0..count)
        .map(|i| Schedule::Cosine.log_snr((i as f64 + offset) / count as f64))
        .collect();
    let tensor =
        |values: Vec<f32>| Tensor::<2>::from_data(TensorData::new(values, [count, width]), device);
    let noise: Vec<f32> = StandardNormal.sample_iter(rng).take(rows.len()).collect();
    denoising_errors(prior, tensor(rows.to_vec()), tensor(noise), &times).mean()
}

/// Squared error of the prior's `v` of each latent, `[N]`: `‖v − v̂‖² = ‖ε − ε̂‖²/α²`, the
/// article's `L_dsm` weighted so that the noisiest times, where a new latent begins, count as much
/// as the others.
///
/// # Shapes
/// - z, noise: `[N, D]`, normalised latents and noise
/// - log_snr: `N` numbers
pub(super) fn denoising_errors(
    prior: &Prior,
    z: Tensor<2>,
    noise: Tensor<2>,
    log_snr: &[f64],
) -> Tensor<1> {
    let device = z.device();
    let column = |f: &dyn Fn(f64) -> f64| {
        let values: Vec<f32> = log_snr.iter().map(|&l| f(l) as f32).collect();
        Tensor::<1>::from_floats(values.as_slice(), &device)
    };
    let (a, s): (Tensor<2>, Tensor<2>) = (
        column(&alpha).unsqueeze_dim(1),
        column(&sigma).unsqueeze_dim(1),
    );
    let noisy = z.clone() * a.clone() + noise.clone() * s.clone();
    let wanted = noise * a - z * s;
    let errors = (prior.forward(noisy, column(&|l| l)) - wanted).square();
    errors.mean_dim(1).squeeze_dim(1)
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use crate::diffusion::{Sampler, SamplerKind};
    use crate::engine::{Drawing, standard_normal};
    use crate::model::{ModelConfig, PriorConfig, seeded};

    /// Latents at ±1 in the first number, the others following it.
    fn two_points(rng: &mut ChaCha8Rng) -> Vec<f32> {
        let row = |_| {
            let sign = if rng.random_bool(0.5) { 1.0f32 } else { -1.0 };
            let near = sign + rng.random_range(-0.1f32..0.1);
            [near, -near, near * near, near]
        };
        (0..2000).flat_map(row).collect()
    }

    fn learnt(rows: &[f32], widths: Vec<usize>, steps: usize) -> (Prior, PriorReport) {
        let device = Device::flex();
        let config = ModelConfig {
            groups: vec![2, 1, 1],
            ..ModelConfig::preset("tiny").unwrap()
        };
        let shape = PriorConfig {
            widths,
            embedding: 32,
            ..PriorConfig::default()
        };
        let settings = PriorTraining {
            steps,
            batch: 128,
            learning_rate: 3e-3,
            ema: 0.98,
            ..PriorTraining::default()
        };
        let prior = seeded(1, &device, || Ok(Prior::new(&config, &shape, &device))).unwrap();
        let never = AtomicBool::new(false);
        train_prior(prior, rows, 4, &settings, &device, &never, &mut |_| ()).unwrap()
    }

    /// Four hundred latents, `[400, 4]`.
    fn drawn(prior: &Prior, guide: Option<(Prior, f64)>, rng: &mut ChaCha8Rng) -> Vec<f32> {
        let drawing = Drawing {
            prior: prior.clone(),
            guide,
        };
        let noise = standard_normal([400, 4, 1, 1], rng, &Device::flex());
        let sampler = Sampler::new(SamplerKind::DpmPlusPlus2M, &Schedule::Cosine, 30).unwrap();
        let mut sampling = sampler.start(noise);
        while !sampling.is_done() {
            sampling.step(&drawing, |x| x.clone());
        }
        sampling.state().try_into_vec_as::<f32>().unwrap()
    }

    /// How many of latents lie near ±1 in their first number.
    fn near(drawn: &[f32]) -> usize {
        let firsts = drawn.chunks_exact(4).map(|row| row[0]);
        firsts.filter(|v| (v.abs() - 1.0).abs() < 0.3).count()
    }

    /// A prior that has learnt them draws both signs, near 1, and hardly anything between.
    #[test]
    fn what_is_drawn_is_distributed_as_what_was_learnt() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let (prior, report) = learnt(&two_points(&mut rng), vec![64, 32], 500);
        assert!(report.held_out < 0.35, "{report:?}");
        let drawn = drawn(&prior, None, &mut rng);
        let positive = drawn.chunks_exact(4).filter(|row| row[0] > 0.0).count();
        assert!((120..=280).contains(&positive), "{positive} of 400");
        assert!(near(&drawn) > 340, "{} of 400 near ±1", near(&drawn));
        let opposite = drawn
            .chunks_exact(4)
            .filter(|row| (row[0] + row[1]).abs() < 0.3)
            .count();
        assert!(opposite > 340, "{opposite} of 400");
    }

    /// Led away from a prior that has learnt less, what is drawn lies nearer to one of the two
    /// points, and both are still drawn.
    #[test]
    fn a_weaker_prior_leads_to_where_latents_are() {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let rows = two_points(&mut rng);
        let (prior, _) = learnt(&rows, vec![64, 32], 300);
        let (weaker, _) = learnt(&rows, vec![32, 16], 40);
        let noise = || ChaCha8Rng::seed_from_u64(5);
        let alone = drawn(&prior, None, &mut noise());
        let led = drawn(&prior, Some((weaker, 1.0)), &mut noise());
        let off = |drawn: &[f32]| {
            let squares = drawn.chunks_exact(4).flat_map(|row| {
                let sign = row[0].signum();
                let point = [sign, -sign, 1.0, sign];
                (0..4).map(move |i| (row[i] - point[i]).powi(2))
            });
            squares.sum::<f32>() / 400.0
        };
        let (without, with) = (off(&alone), off(&led));
        assert!(with < 0.5 * without, "{with} off, {without} without");
        let positive = led.chunks_exact(4).filter(|row| row[0] > 0.0).count();
        assert!((120..=280).contains(&positive), "{positive} of 400");
    }

    #[test]
    fn what_cannot_be_learnt_from_is_refused() {
        let device = Device::flex();
        let config = ModelConfig::preset("tiny").unwrap();
        let width = config.latent();
        let refused = |settings: PriorTraining, rows: usize| {
            let prior = Prior::new(&config, &PriorConfig::default(), &device);
            let latents = vec![0.5; rows * width];
            let never = AtomicBool::new(false);
            let trained = train_prior(
                prior,
                &latents,
                width,
                &settings,
                &device,
                &never,
                &mut |_| (),
            );
            trained.unwrap_err().to_string()
        };
        let own = PriorTraining::default;
        assert!(refused(own(), 1).starts_with("train: latents: 1 given"));
        let rate = PriorTraining {
            learning_rate: f64::NAN,
            ..own()
        };
        assert!(refused(rate, 2).contains("learning_rate: is NaN, needs"));
        let batch = PriorTraining {
            batch: usize::MAX,
            ..own()
        };
        assert!(refused(batch, 2).contains("batch: is 18446744073709551615, needs 1 to 65536"));
    }
}
