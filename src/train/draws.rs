//! Everything random about a step's loss, from the host so that backends agree.

use super::TrainConfig;
use crate::diffusion::{AdaptiveSchedule, LOG_SNR_LIMIT, NoiseSchedule};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

/// The schedules that follow the loss, where the settings ask for them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Adapted {
    /// For pictures.
    pub pixels: Option<AdaptiveSchedule>,
    /// For latents.
    pub latents: Option<AdaptiveSchedule>,
}

impl Adapted {
    /// These with what those of a checkpoint have seen. What a run has come to ask for begins
    /// afresh.
    pub(super) fn having_seen(self, seen: &Self) -> Self {
        let both =
            |own: Option<AdaptiveSchedule>, seen: &Option<AdaptiveSchedule>| match (own, seen) {
                (Some(own), Some(seen)) => Some(own.having_seen(seen)),
                (own, _) => own,
            };
        Self {
            pixels: both(self.pixels, &seen.pixels),
            latents: both(self.latents, &seen.latents),
        }
    }

    /// Those that `config` asks for, which have seen nothing yet.
    pub fn new(config: &TrainConfig) -> Self {
        let dsm = config.dsm.as_ref();
        Self {
            pixels: config
                .adaptive
                .map(|adaptive| AdaptiveSchedule::new(config.schedule, adaptive)),
            latents: dsm.and_then(|dsm| {
                let settings = dsm.adaptive?;
                Some(AdaptiveSchedule::new(dsm.schedule, settings))
            }),
        }
    }
}

/// One time in each of `batch` equal strata: the loss varies less between steps than with times
/// drawn each on their own.
fn strata(batch: usize, offset: f64) -> impl Iterator<Item = f64> {
    (0..batch).map(move |i| (i as f64 + offset) / batch as f64)
}

/// What is random about `L_dsm`.
#[derive(Debug, Clone, PartialEq)]
pub struct LatentDraws {
    /// log-SNR of each latent, `[B]`.
    pub log_snr: Vec<f64>,
    /// Noise `ε`, `[B, D]`.
    pub noise: Vec<f32>,
}

/// Everything random about a step's loss.
#[derive(Debug, Clone, PartialEq)]
pub struct Draws {
    /// log-SNR of each target, `[B]`.
    pub log_snr: Vec<f64>,
    /// Weight of each target's loss, `[B]`.
    pub weight: Vec<f64>,
    /// Noise `ε`, `[B, 3, S, S]`.
    pub noise: Vec<f32>,
    /// Which latent groups are kept, `[B, L + 1]`.
    pub keep: Vec<f32>,
    /// Noise for latents, where there is `L_dsm`.
    pub latents: Option<LatentDraws>,
}

impl Draws {
    /// The draws of step `step`, which depend on nothing but it, the seed, the settings and the
    /// schedules.
    ///
    /// Targets that are pure noise (`autoencode`) always have weight 1: they are a plain
    /// autoencoder's loss, which weightings by noise level know nothing of.
    pub fn new(
        config: &TrainConfig,
        adapted: &Adapted,
        batch: usize,
        size: usize,
        step: usize,
    ) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed ^ 0x6472_6177);
        rng.set_stream(step as u64);
        let warped = adapted.pixels.as_ref().map(AdaptiveSchedule::warped);
        let (log_snr, weight) = strata(batch, rng.random())
            .map(|t| {
                if rng.random_bool(config.autoencode) {
                    (-LOG_SNR_LIMIT, 1.0)
                } else {
                    let log_snr = match &warped {
                        Some(warped) => warped.log_snr(t),
                        None => config.schedule.log_snr(t),
                    };
                    (log_snr, config.weighting.of(log_snr))
                }
            })
            .unzip();
        let keep = (0..batch * config.model.groups.len())
            .map(|_| {
                if rng.random_bool(config.mask) {
                    0.0
                } else {
                    1.0
                }
            })
            .collect();
        let noise = StandardNormal.sample_iter(&mut rng);
        Self {
            log_snr,
            weight,
            noise: noise.take(batch * 3 * size * size).collect(),
            keep,
            latents: config.dsm.as_ref().map(|dsm| {
                // Numbers of their own, so that the pictures' stay what they are without.
                let mut rng = ChaCha8Rng::seed_from_u64(config.seed ^ 0x6c61_7465);
                rng.set_stream(step as u64);
                let warped = adapted.latents.as_ref().map(AdaptiveSchedule::warped);
                LatentDraws {
                    log_snr: strata(batch, rng.random())
                        .map(|t| match &warped {
                            Some(warped) => warped.log_snr(t),
                            None => dsm.schedule.log_snr(t),
                        })
                        .collect(),
                    noise: StandardNormal
                        .sample_iter(&mut rng)
                        .take(batch * config.model.latent())
                        .collect(),
                }
            }),
        }
    }

    /// Which targets are painted from pure noise, `[B]`.
    pub(super) fn pure(&self) -> Vec<bool> {
        let pure = |log_snr: &f64| *log_snr <= -LOG_SNR_LIMIT;
        self.log_snr.iter().map(pure).collect()
    }

    /// Those of `count` pairs from `first` on.
    pub fn part(&self, first: usize, count: usize) -> Self {
        let batch = self.log_snr.len();
        let rows = |values: &[f32]| {
            let wide = values.len() / batch;
            values[first * wide..(first + count) * wide].to_vec()
        };
        let range = first..first + count;
        Self {
            log_snr: self.log_snr[range.clone()].to_vec(),
            weight: self.weight[range.clone()].to_vec(),
            noise: rows(&self.noise),
            keep: rows(&self.keep),
            latents: self.latents.as_ref().map(|latents| LatentDraws {
                log_snr: latents.log_snr[range].to_vec(),
                noise: rows(&latents.noise),
            }),
        }
    }
}
