//! Solvers against data whose flow is known.

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
    assert!(make(5).unwrap().with_refinements(101).is_err());
    assert!(make(2).unwrap().with_refinements(1).is_err());
    assert!("euler".parse::<SamplerKind>().is_err());
}

#[test]
fn a_refined_inversion_undoes_ddim_on_a_coarse_grid() {
    let x = noise(8);
    let start = values(x.clone());
    let sampler = sampler(SamplerKind::Ddim, 10);
    let picture = run(sampler.start(x));
    let error = |refinements| {
        let tensor = Tensor::<1>::from_floats(picture.as_slice(), &Device::flex());
        let sampler = sampler.clone().with_refinements(refinements).unwrap();
        let back = run(sampler.invert(tensor.reshape([1, 1, 8, 8])));
        distance(&back, &start)
    };
    let errors = [0, 1, 3, 10].map(error);
    assert!(errors.windows(2).all(|e| e[0] > 2.0 * e[1]), "{errors:?}");
    assert!(errors[0] > 0.1 && errors[3] < 1e-3, "{errors:?}");
}

/// Counts its calls.
struct Counted(std::cell::Cell<usize>);

impl Denoiser for Counted {
    fn predict_v(&self, x: Tensor<4>, log_snr: f64) -> Tensor<4> {
        self.0.set(self.0.get() + 1);
        DATA.predict_v(x, log_snr)
    }
}

#[test]
fn refinements_cost_a_call_each_and_only_inversion_pays() {
    let calls = |mut sampling: Sampling| {
        let counted = Counted(0.into());
        while !sampling.is_done() {
            sampling.step(&counted, Tensor::zeros_like);
        }
        counted.0.get()
    };
    let sampler = sampler(SamplerKind::Ddim, 5).with_refinements(3).unwrap();
    assert_eq!(calls(sampler.invert(noise(4))), 20);
    assert_eq!(calls(sampler.start(noise(4))), 5);
}

#[test]
fn every_number_of_steps_gives_finite_pictures() {
    // Around where the schedules stand still at their limits, and some between.
    let steps = (1..=1000)
        .step_by(111)
        .chain([233, 234, 399, 400, 401, 999, 1000]);
    for steps in steps {
        for schedule in [Schedule::InvertedCosine, Schedule::Cosine, Schedule::Linear] {
            for kind in [SamplerKind::Ddim, SamplerKind::DpmPlusPlus2M] {
                let sampler = Sampler::new(kind, &schedule, steps).unwrap();
                let mut sampling = sampler.start(noise(2));
                while !sampling.is_done() {
                    sampling.step(&DATA, |x| x.zeros_like());
                }
                let values = sampling.state().try_into_vec_as::<f32>().unwrap();
                let largest = values.iter().fold(0f32, |most, v| most.max(v.abs()));
                assert!(
                    values.iter().all(|v| v.is_finite()),
                    "{kind:?} {schedule:?} {steps}"
                );
                assert!(largest < 10.0, "{kind:?} {schedule:?} {steps}: {largest}");
            }
        }
    }
}
