//! Solvers of the reverse process, one network call a step: DDIM, also backwards, and
//! DPM-Solver++(2M).

use super::{Denoiser, NoiseSchedule, alpha, grid, sigma};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

/// Least length of a step, as a part of the next one, from which the multistep solver extrapolates.
const SHORTEST: f64 = 0.25;

/// Which solver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum SamplerKind {
    /// Song, Meng and Ermon, *Denoising Diffusion Implicit Models*, ICLR 2021.
    #[default]
    #[serde(rename = "ddim")]
    Ddim,
    /// The second-order multistep solver of Lu et al., *DPM-Solver++*, 2022, algorithm 2.
    #[serde(rename = "dpm++2m")]
    DpmPlusPlus2M,
}

impl std::str::FromStr for SamplerKind {
    type Err = SamplerError;

    fn from_str(name: &str) -> Result<Self, SamplerError> {
        match name {
            "ddim" => Ok(Self::Ddim),
            "dpm++2m" => Ok(Self::DpmPlusPlus2M),
            other => Err(SamplerError::Kind(other.to_owned())),
        }
    }
}

/// A sampler that cannot be made.
#[derive(Debug, thiserror::Error, Clone, PartialEq)]
pub enum SamplerError {
    /// No step would never reach a picture, and nobody waits for a thousand of them.
    #[error("steps: {0} is not in 1..=1000")]
    Steps(usize),
    /// η outside [0, 1], or asked of a solver without noise.
    #[error("eta: {0} must be in [0, 1], and 0 for dpm++2m")]
    Eta(f64),
    /// Refinements out of range, or on a grid whose steps are too long for them.
    #[error("refinements: {0} must be in 0..=100, and 0 with fewer than 4 steps")]
    Refinements(usize),
    /// An unknown solver.
    #[error("sampler: there is no {0:?}; choose \"ddim\" or \"dpm++2m\"")]
    Kind(String),
}

/// How to sample: a solver, and the log-SNRs it visits.
#[derive(Debug, Clone, PartialEq)]
pub struct Sampler {
    kind: SamplerKind,
    grid: Vec<f64>,
    eta: f64,
    refinements: usize,
}

impl Sampler {
    /// `steps` steps, 1 to 1000, on the grid of `schedule`.
    pub fn new(
        kind: SamplerKind,
        schedule: &impl NoiseSchedule,
        steps: usize,
    ) -> Result<Self, SamplerError> {
        if !(1..=1000).contains(&steps) {
            return Err(SamplerError::Steps(steps));
        }
        Ok(Self {
            kind,
            grid: grid(schedule, steps),
            eta: 0.0,
            refinements: 0,
        })
    }

    /// DDIM's η: 0 is deterministic, 1 adds as much noise as the ancestral sampler of DDPM.
    pub fn with_eta(mut self, eta: f64) -> Result<Self, SamplerError> {
        let stochastic = eta > 0.0 && self.kind != SamplerKind::Ddim;
        if !(0.0..=1.0).contains(&eta) || stochastic {
            return Err(SamplerError::Eta(eta));
        }
        self.eta = eta;
        Ok(self)
    }

    /// Fixed-point iterations, 0 to 100, after each step of an inversion. Each costs one more call
    /// of the network, so that a step takes `1 + refinements` calls.
    ///
    /// # Errors
    /// A number out of range, or a grid of fewer than 4 steps, on which the iteration diverges.
    pub fn with_refinements(mut self, refinements: usize) -> Result<Self, SamplerError> {
        if refinements > 100 || (refinements > 0 && self.grid.len() < 5) {
            return Err(SamplerError::Refinements(refinements));
        }
        self.refinements = refinements;
        Ok(self)
    }

    /// Start from noise `x_T [B, C, H, W]` and walk towards the picture.
    pub fn start(&self, noise: Tensor<4>) -> Sampling {
        Sampling::new(self.clone(), noise)
    }

    /// Start from pictures and walk towards the noise `x_T` that this grid turns back into them:
    /// DDIM run backwards, the *stochastic code* of Preechakul et al. 2022, §3.1. A step backwards
    /// takes the prediction from where it starts, a step forwards from where the other ended, so
    /// they undo each other only in the limit of many steps, or with
    /// [refinements](Self::with_refinements).
    pub fn invert(&self, pictures: Tensor<4>) -> Sampling {
        let mut grid = self.grid.clone();
        grid.reverse();
        let backwards = Self {
            kind: SamplerKind::Ddim,
            grid,
            eta: 0.0,
            refinements: self.refinements,
        };
        Sampling::new(backwards, pictures)
    }
}

/// A run under way: call [`step`](Self::step) until [`is_done`](Self::is_done).
#[derive(Debug, Clone)]
pub struct Sampling {
    sampler: Sampler,
    x: Tensor<4>,
    done: usize,
    /// Prediction and log-SNR of the step before, which the multistep solver looks back at.
    previous: Option<(Tensor<4>, f64)>,
}

impl Sampling {
    fn new(sampler: Sampler, x: Tensor<4>) -> Self {
        Self {
            sampler,
            x,
            done: 0,
            previous: None,
        }
    }

    /// Steps in all.
    pub fn steps(&self) -> usize {
        self.sampler.grid.len() - 1
    }

    /// Steps taken.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Whether every step has been taken.
    pub fn is_done(&self) -> bool {
        self.done == self.steps()
    }

    /// The state as it is: noise at first, pictures in the end (the other way round when
    /// inverting).
    pub fn state(&self) -> Tensor<4> {
        self.x.clone()
    }

    /// Take one step, with one call of the network and one for each refinement of an inversion.
    /// `noise` gives a fresh standard normal tensor
    /// of the shape of its argument; it is called only for η > 0.
    pub fn step(&mut self, denoiser: &impl Denoiser, noise: impl FnOnce(&Tensor<4>) -> Tensor<4>) {
        if self.is_done() {
            return;
        }
        let (from, to) = (
            self.sampler.grid[self.done],
            self.sampler.grid[self.done + 1],
        );
        let (a, s) = (alpha(from), sigma(from));
        let v = denoiser.predict_v(self.x.clone(), from);
        let x0 = self.x.clone() * a - v.clone() * s;
        let x = match self.sampler.kind {
            SamplerKind::Ddim => {
                let epsilon = self.x.clone() * s + v * a;
                let x = self.ddim(x0.clone(), epsilon, from, to, noise);
                if to < from {
                    self.refine(denoiser, x, from, to)
                } else {
                    x
                }
            }
            SamplerKind::DpmPlusPlus2M => self.dpm_plus_plus(x0.clone(), from, to),
        };
        self.previous = Some((x0, from));
        self.x = x;
        self.done += 1;
    }

    /// `x' = α'·x̂ + √(σ'² − c²)·ε̂ + c·noise`, `c = η·(σ'/σ)·√(1 − α²/α'²)` (DDIM, eq. 12 and 16).
    fn ddim(
        &self,
        x0: Tensor<4>,
        epsilon: Tensor<4>,
        from: f64,
        to: f64,
        noise: impl FnOnce(&Tensor<4>) -> Tensor<4>,
    ) -> Tensor<4> {
        let (a, s) = (alpha(to), sigma(to));
        if self.sampler.eta == 0.0 {
            return x0 * a + epsilon * s;
        }
        let kept = (1.0 - (alpha(from) / a).powi(2)).max(0.0);
        let c = self.sampler.eta * (s / sigma(from)) * kept.sqrt();
        let fresh = noise(&x0);
        x0 * a + epsilon * (s * s - c * c).max(0.0).sqrt() + fresh * c
    }

    /// The exact inverse of a DDIM step is the `x'` from which it leads to `x`. With `α = cos φ`
    /// and `σ = sin φ` the step is `x = cos(Δ)·x' − sin(Δ)·v(x')`, `Δ = φ' − φ`, so `x'` is the
    /// fixed point of `x' = (x + sin(Δ)·v(x')) / cos(Δ)`, found by iteration (Pan et al.,
    /// *Accelerated Iterative Diffusion Inversion*, ICCV 2023).
    fn refine(&self, denoiser: &impl Denoiser, guess: Tensor<4>, from: f64, to: f64) -> Tensor<4> {
        let turn = sigma(to).atan2(alpha(to)) - sigma(from).atan2(alpha(from));
        (0..self.sampler.refinements).fold(guess, |x, _| {
            (self.x.clone() + denoiser.predict_v(x, to) * turn.sin()) / turn.cos()
        })
    }

    /// `x' = (σ'/σ)·x − α'·(e^{−h} − 1)·D`, with `h` the step in half log-SNR and `D` the
    /// prediction extrapolated from the last two. First and last steps are of first order, which
    /// keeps few-step runs stable, and so is one much longer than the step before it, over which
    /// two predictions say little.
    fn dpm_plus_plus(&self, x0: Tensor<4>, from: f64, to: f64) -> Tensor<4> {
        let h = (to - from) / 2.0;
        let last = self.done + 1 == self.steps();
        let ratio = |before: f64| (from - before) / 2.0 / h;
        let d = match &self.previous {
            Some((previous, before)) if !last && ratio(*before) >= SHORTEST => {
                let w = 1.0 / (2.0 * ratio(*before));
                x0 * (1.0 + w) - previous.clone() * w
            }
            _ => x0,
        };
        self.x.clone() * (sigma(to) / sigma(from)) - d * (alpha(to) * (-h).exp_m1())
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests;
