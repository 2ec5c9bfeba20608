//! A sound from magnitudes alone.

use super::SAMPLES;
use super::stft::{BINS, Stft};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use realfft::num_complex::Complex32;

/// How far each step goes on in the direction of the one before (Perraudin et al. use 0.99).
const MOMENTUM: f32 = 0.99;
/// Steps; of twice as many the picture comes back no nearer than 0.03 dB.
const ITERATIONS: usize = 100;

/// A sound whose transform has about these magnitudes, by the fast Griffin–Lim algorithm
/// (Perraudin, Balazs and Søndergaard, *A fast Griffin–Lim algorithm*, 2013):
///
/// `c_n = P₁(P₂(t_{n−1}))`, `t_n = c_n + α·(c_n − c_{n−1})`
///
/// with `P₂` setting the magnitudes and keeping phases, and `P₁` going to the sound and back.
/// Phases begin at random, by `seed`.
///
/// # Shapes
/// - `magnitudes`: `[FRAMES, BINS]`, none negative
/// - output: [`SAMPLES`]
pub fn griffin_lim(stft: &Stft, magnitudes: &[f32], seed: u64) -> Vec<f32> {
    if magnitudes.iter().all(|&magnitude| magnitude == 0.0) {
        return vec![0.0; SAMPLES];
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut next: Vec<Complex32> = magnitudes
        .iter()
        .map(|_| Complex32::cis(rng.random_range(0.0..std::f32::consts::TAU)))
        .collect();
    let mut before: Option<Vec<Complex32>> = None;
    for _ in 0..ITERATIONS {
        set_magnitudes(&mut next, magnitudes);
        let now = stft.forward(&stft.inverse(&next));
        next.copy_from_slice(&now);
        if let Some(before) = before {
            for (next, (now, before)) in next.iter_mut().zip(now.iter().zip(before)) {
                *next += (now - before) * MOMENTUM;
            }
        }
        before = Some(now);
    }
    set_magnitudes(&mut next, magnitudes);
    stft.inverse(&next)
}

fn set_magnitudes(values: &mut [Complex32], magnitudes: &[f32]) {
    debug_assert_eq!(values.len() % BINS, 0);
    for (value, &magnitude) in values.iter_mut().zip(magnitudes) {
        let norm = value.norm();
        *value = if norm > 0.0 {
            *value * (magnitude / norm)
        } else {
            Complex32::new(magnitude, 0.0)
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::RATE;

    /// How far the magnitudes of `sound` are from those wanted, as a share of their norm, in dB.
    fn distance(stft: &Stft, sound: &[f32], wanted: &[f32]) -> f32 {
        let found = stft.forward(sound);
        let errors = found
            .iter()
            .zip(wanted)
            .map(|(a, b)| (a.norm() - b).powi(2));
        let (error, norm) = (
            errors.sum::<f32>(),
            wanted.iter().map(|b| b * b).sum::<f32>(),
        );
        10.0 * (error / norm).log10()
    }

    #[test]
    fn magnitudes_of_a_real_sound_are_met_and_the_seed_decides() {
        // Two gliding tones that die away.
        let sound: Vec<f32> = (0..SAMPLES)
            .map(|i| {
                let t = i as f32 / RATE as f32;
                let tone = |f: f32| (std::f32::consts::TAU * (f * t + 150.0 * t * t)).sin();
                0.3 * (-3.0 * t).exp() * (tone(300.0) + tone(1250.0))
            })
            .collect();
        let stft = Stft::new();
        let wanted: Vec<f32> = stft.forward(&sound).iter().map(|x| x.norm()).collect();
        let found = griffin_lim(&stft, &wanted, 0);
        let distance = distance(&stft, &found, &wanted);
        assert!(distance < -20.0, "{distance} dB");
        assert_eq!(found, griffin_lim(&stft, &wanted, 0));
        assert_ne!(found, griffin_lim(&stft, &wanted, 1));
    }

    #[test]
    fn silence_stays_silence() {
        let stft = Stft::new();
        let silence = vec![0.0; stft.forward(&[]).len()];
        assert!(griffin_lim(&stft, &silence, 0).iter().all(|&x| x == 0.0));
    }
}
