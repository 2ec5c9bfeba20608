//! Solvers of the reverse process, one network call a step: DDIM and DPM-Solver++(2M).

use super::{Denoiser, NoiseSchedule, alpha, grid, sigma};
use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

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

    /// Start from noise `x_T [B, C, H, W]` and walk towards the picture.
    pub fn start(&self, noise: Tensor<4>) -> Sampling {
        Sampling::new(self.clone(), noise)
    }

    /// Start from pictures and walk towards the noise `x_T` that this grid turns back into them:
    /// DDIM run backwards, the *stochastic code* of Preechakul et al. 2022, §3.1.
    pub fn invert(&self, pictures: Tensor<4>) -> Sampling {
        let mut grid = self.grid.clone();
        grid.reverse();
        let backwards = Self {
            kind: SamplerKind::Ddim,
            grid,
            eta: 0.0,
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

    /// Take one step, with one call of the network. `noise` gives a fresh standard normal tensor
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
                self.ddim(x0.clone(), epsilon, from, to, noise)
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
        let c = self.sampler.eta * (s / sigma(from)) * (1.0 - (alpha(from) / a).powi(2)).sqrt();
        let fresh = noise(&x0);
        x0 * a + epsilon * (s * s - c * c).max(0.0).sqrt() + fresh * c
    }

    /// `x' = (σ'/σ)·x − α'·(e^{−h} − 1)·D`, with `h` the step in half log-SNR and `D` the
    /// prediction extrapolated from the last two. First and last steps are of first order, which
    /// keeps few-step runs stable.
    fn dpm_plus_plus(&self, x0: Tensor<4>, from: f64, to: f64) -> Tensor<4> {
        let h = (to - from) / 2.0;
        let last = self.done + 1 == self.steps();
        let d = match &self.previous {
            Some((previous, before)) if !last => {
                let r = (from - before) / 2.0 / h;
                let w = 1.0 / (2.0 * r);
                x0 * (1.0 + w) - previous.clone() * w
            }
            _ => x0,
        };
        self.x.clone() * (sigma(to) / sigma(from)) - d * (alpha(to) * (-h).exp_m1())
    }
}

#[cfg(all(test, feature = "flex"))]
mod tests {
    use super::*;
    use crate::diffusion::Schedule;
    use crate::engine::standard_normal;
    use burn::tensor::Device;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    /// The exact denoiser of data drawn from N(m, s²): `E[x | x_t]` in closed form.
    struct Gaussian {
        mean: f64,
        deviation: f64,
    }

    impl Denoiser for Gaussian {
        fn predict_v(&self, x: Tensor<4>, log_snr: f64) -> Tensor<4> {
            let (a, s) = (alpha(log_snr), sigma(log_snr));
            let variance = self.deviation.powi(2);
            let gain = a * variance / (a * a * variance + s * s);
            let x0 = (x.clone() - a * self.mean) * gain + self.mean;
            (x * a - x0) / s
        }
    }

    const DATA: Gaussian = Gaussian {
        mean: 0.3,
        deviation: 0.5,
    };

    /// log-SNR falls evenly, so that the order of a solver shows undisturbed.
    struct Even;

    impl NoiseSchedule for Even {
        fn log_snr(&self, t: f64) -> f64 {
            10.0 - 20.0 * t
        }
    }

    fn noise(n: usize) -> Tensor<4> {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        standard_normal([1, 1, n, n], &mut rng, &Device::flex())
    }

    fn values(x: Tensor<4>) -> Vec<f32> {
        x.try_into_vec_as::<f32>().unwrap()
    }

    fn run(mut sampling: Sampling) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        while !sampling.is_done() {
            sampling.step(&DATA, |x| standard_normal(x.dims(), &mut rng, &x.device()));
        }
        values(sampling.state())
    }

    fn sampler(kind: SamplerKind, steps: usize) -> Sampler {
        Sampler::new(kind, &Even, steps).unwrap()
    }

    fn distance(a: &[f32], b: &[f32]) -> f32 {
        a.iter()
            .zip(b)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f32::max)
    }

    /// The probability-flow ODE of Gaussian data maps `x_T` to the point of equal quantile.
    fn exact(noise: &[f32]) -> Vec<f32> {
        let total = |log_snr: f64| {
            let (a, s) = (alpha(log_snr), sigma(log_snr));
            ((a * DATA.deviation).powi(2) + s * s).sqrt()
        };
        let ratio = total(10.0) / total(-10.0);
        let (start, end) = (alpha(-10.0) * DATA.mean, alpha(10.0) * DATA.mean);
        noise
            .iter()
            .map(|&x| ((x as f64 - start) * ratio + end) as f32)
            .collect()
    }

    #[test]
    fn both_solvers_converge_to_the_exact_flow() {
        let x = noise(16);
        let want = exact(&values(x.clone()));
        for (kind, order) in [(SamplerKind::Ddim, 1.0), (SamplerKind::DpmPlusPlus2M, 2.0)] {
            let error = |steps| distance(&run(sampler(kind, steps).start(x.clone())), &want);
            let (coarse, fine) = (error(20), error(80));
            assert!(fine < 0.05, "{kind:?}: {fine}");
            // Four times the steps: the error falls at least as the order says, within slack.
            assert!(
                coarse / fine > 4f32.powf(order * 0.8),
                "{kind:?}: {coarse} to {fine}"
            );
        }
    }

    #[test]
    fn dpm_plus_plus_needs_fewer_steps_than_ddim() {
        let x = noise(16);
        let want = exact(&values(x.clone()));
        let error = |kind| distance(&run(sampler(kind, 16).start(x.clone())), &want);
        assert!(error(SamplerKind::DpmPlusPlus2M) < error(SamplerKind::Ddim));
    }

    #[test]
    fn ddim_with_all_steps_inverts_itself() {
        let x = noise(8);
        let sampler = sampler(SamplerKind::Ddim, 500);
        let picture = run(sampler.start(x.clone()));
        let tensor = Tensor::<1>::from_floats(picture.as_slice(), &Device::flex());
        let back = run(sampler.invert(tensor.reshape([1, 1, 8, 8])));
        let start = values(x);
        assert!(distance(&back, &start) < 0.05);
    }

    #[test]
    fn ancestral_sampling_keeps_the_distribution() {
        let sampler = sampler(SamplerKind::Ddim, 400).with_eta(1.0).unwrap();
        let x = run(sampler.start(noise(128)));
        let n = x.len() as f32;
        let mean = x.iter().sum::<f32>() / n;
        let deviation = (x.iter().map(|v| (v - mean).powi(2)).sum::<f32>() / n).sqrt();
        assert!((mean - 0.3).abs() < 0.02, "{mean}");
        assert!((deviation - 0.5).abs() < 0.02, "{deviation}");
    }

    #[test]
    fn one_step_is_the_posterior_mean() {
        // From almost pure noise the best guess is the mean of the data.
        let x = run(sampler(SamplerKind::Ddim, 1).start(noise(8)));
        assert!(x.iter().all(|v| (v - 0.3).abs() < 0.05));
    }

    #[test]
    fn impossible_samplers_are_refused() {
        let make = |steps| Sampler::new(SamplerKind::Ddim, &Schedule::Cosine, steps);
        assert_eq!(make(0).unwrap_err(), SamplerError::Steps(0));
        assert!(make(5).unwrap().with_eta(1.5).is_err());
        assert!(
            sampler(SamplerKind::DpmPlusPlus2M, 5)
                .with_eta(0.5)
                .is_err()
        );
        assert!("euler".parse::<SamplerKind>().is_err());
    }
}
