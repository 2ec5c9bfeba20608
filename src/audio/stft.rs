//! The short-time Fourier transform of a sound of [`SAMPLES`], and its inverse.

use super::{FRAMES, HOP, SAMPLES, WINDOW};
use realfft::num_complex::Complex32;
use realfft::{ComplexToReal, RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// Frequencies of a frame, from 0 to half the rate.
pub const BINS: usize = WINDOW / 2 + 1;
/// Samples of silence on either side, so that the middle of a frame is the middle of its hop.
const MARGIN: usize = (WINDOW - HOP) / 2;
/// A sound with its margins.
const PADDED: usize = SAMPLES + 2 * MARGIN;

/// Transforms with a Hann window, each frame [`HOP`] after the one before.
pub struct Stft {
    window: Vec<f32>,
    forward: Arc<dyn RealToComplex<f32>>,
    inverse: Arc<dyn ComplexToReal<f32>>,
    /// What the squared windows over a sample sum to.
    cover: Vec<f32>,
}

impl Stft {
    /// Plans the transforms.
    pub fn new() -> Self {
        let mut planner = RealFftPlanner::new();
        let turn = 2.0 * std::f64::consts::PI / WINDOW as f64;
        let window: Vec<f32> = (0..WINDOW)
            .map(|i| (0.5 - 0.5 * (turn * i as f64).cos()) as f32)
            .collect();
        let mut cover = vec![0.0; PADDED];
        for frame in 0..FRAMES {
            for (sum, w) in cover[frame * HOP..].iter_mut().zip(&window) {
                *sum += w * w;
            }
        }
        Self {
            forward: planner.plan_fft_forward(WINDOW),
            inverse: planner.plan_fft_inverse(WINDOW),
            window,
            cover,
        }
    }

    /// What the window's values sum to.
    pub fn gain(&self) -> f32 {
        self.window.iter().sum()
    }

    /// `X[f, k] = Σ_i w_i·x[f·HOP − MARGIN + i]·exp(−2πi·k·i/WINDOW)`.
    ///
    /// # Shapes
    /// - `sound`: up to [`SAMPLES`]; what is missing is silence
    /// - output: `[FRAMES, BINS]`
    pub fn forward(&self, sound: &[f32]) -> Vec<Complex32> {
        let mut padded = vec![0.0; PADDED];
        let length = sound.len().min(SAMPLES);
        padded[MARGIN..MARGIN + length].copy_from_slice(&sound[..length]);
        let mut output = vec![Complex32::default(); FRAMES * BINS];
        let mut input = vec![0.0; WINDOW];
        let mut scratch = self.forward.make_scratch_vec();
        for (frame, output) in output.chunks_exact_mut(BINS).enumerate() {
            let samples = padded[frame * HOP..].iter().zip(&self.window);
            for (value, (sample, w)) in input.iter_mut().zip(samples) {
                *value = sample * w;
            }
            self.forward
                .process_with_scratch(&mut input, output, &mut scratch)
                .expect("the lengths are those planned");
        }
        output
    }

    /// The sound whose transform is nearest to `frames` by least squares (Griffin and Lim, *Signal
    /// estimation from modified short-time Fourier transform*, 1984): windowed once more, summed,
    /// and divided by what the squared windows sum to.
    ///
    /// # Shapes
    /// - `frames`: `[FRAMES, BINS]`
    /// - output: [`SAMPLES`]
    pub fn inverse(&self, frames: &[Complex32]) -> Vec<f32> {
        let mut padded = vec![0.0; PADDED];
        let mut input = vec![Complex32::default(); BINS];
        let mut output = vec![0.0; WINDOW];
        let mut scratch = self.inverse.make_scratch_vec();
        for (frame, values) in frames.chunks_exact(BINS).enumerate() {
            input.copy_from_slice(values);
            // Those of a real sound are real.
            input[0].im = 0.0;
            input[BINS - 1].im = 0.0;
            self.inverse
                .process_with_scratch(&mut input, &mut output, &mut scratch)
                .expect("the lengths are those planned");
            let samples = padded[frame * HOP..].iter_mut();
            for (sum, (value, w)) in samples.zip(output.iter().zip(&self.window)) {
                *sum += value * w;
            }
        }
        let inside = MARGIN..MARGIN + SAMPLES;
        let samples = padded[inside.clone()].iter().zip(&self.cover[inside]);
        // realfft's inverse is not normalised.
        samples
            .map(|(sum, cover)| sum / (cover * WINDOW as f32))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    #[test]
    fn the_inverse_gives_any_sound_back() {
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let sound: Vec<f32> = (0..SAMPLES).map(|_| rng.random_range(-1.0..1.0)).collect();
        let stft = Stft::new();
        let back = stft.inverse(&stft.forward(&sound));
        for (back, sample) in back.iter().zip(&sound) {
            assert!((back - sample).abs() < 1e-4, "{back} {sample}");
        }
    }

    #[test]
    fn a_frame_is_the_sum_that_defines_it() {
        let sound: Vec<f32> = (0..SAMPLES).map(|i| ((i * i) % 97) as f32 / 97.0).collect();
        let stft = Stft::new();
        let frames = stft.forward(&sound);
        let window = |i: usize| {
            let turn = 2.0 * std::f64::consts::PI * i as f64 / WINDOW as f64;
            0.5 - 0.5 * turn.cos()
        };
        for (frame, bin) in [(0, 3), (10, 100), (63, 512)] {
            let (mut re, mut im) = (0.0, 0.0);
            for i in 0..WINDOW {
                let at = (frame * HOP + i).checked_sub(MARGIN);
                let sample = at.and_then(|at| sound.get(at)).copied().unwrap_or(0.0);
                let turn = 2.0 * std::f64::consts::PI * (bin * i) as f64 / WINDOW as f64;
                re += f64::from(sample) * window(i) * turn.cos();
                im -= f64::from(sample) * window(i) * turn.sin();
            }
            let value = frames[frame * BINS + bin];
            let error = (f64::from(value.re) - re).hypot(f64::from(value.im) - im);
            assert!(error < 1e-2, "{frame} {bin}: {value} instead of {re} {im}");
        }
    }
}
