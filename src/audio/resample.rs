//! Other sampling rates.

use super::RATE;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Resampler};

/// Samples that the resampler takes at a time, about.
const CHUNK: usize = 1024;

/// One channel at `rate` brought to [`RATE`], without what that cannot hold.
///
/// # Errors
/// A rate that the resampler does not take.
pub fn resampled(sound: &[f32], rate: usize) -> Result<Vec<f32>, String> {
    if rate == RATE {
        return Ok(sound.to_vec());
    }
    let words = |error: &dyn std::fmt::Display| format!("cannot be resampled ({error})");
    let mut resampler =
        Fft::<f32>::new(rate, RATE, CHUNK, 1, FixedSync::Both).map_err(|error| words(&error))?;
    let needed = resampler.process_all_needed_output_len(sound.len());
    let mut output = vec![0.0; needed];
    let input = InterleavedSlice::new(sound, 1, sound.len()).map_err(|error| words(&error))?;
    let mut target =
        InterleavedSlice::new_mut(&mut output, 1, needed).map_err(|error| words(&error))?;
    let (_, written) = resampler
        .process_all_into_buffer(&input, &mut target, sound.len(), None)
        .map_err(|error| words(&error))?;
    output.truncate(written);
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(frequency: f64, rate: usize) -> Vec<f32> {
        let turn = std::f64::consts::TAU * frequency / rate as f64;
        (0..rate).map(|i| (turn * i as f64).sin() as f32).collect()
    }

    /// The sine of `frequency` that is nearest to a sound at [`RATE`]: its amplitude, and the power
    /// of what it leaves of the sound.
    fn nearest(sound: &[f32], frequency: f64) -> (f64, f64) {
        let count = sound.len() as f64;
        let turn = std::f64::consts::TAU * frequency / RATE as f64;
        let (mut re, mut im, mut power) = (0.0, 0.0, 0.0);
        for (i, &x) in sound.iter().enumerate() {
            let (sin, cos) = (turn * i as f64).sin_cos();
            re += f64::from(x) * cos;
            im += f64::from(x) * sin;
            power += f64::from(x).powi(2);
        }
        let amplitude = 2.0 * re.hypot(im) / count;
        (amplitude, power / count - amplitude * amplitude / 2.0)
    }

    #[test]
    fn a_sine_stays_the_same_sine_and_what_is_too_high_is_gone() {
        for rate in [8_000, 11_025, 44_100, 48_000, 96_000] {
            let found = resampled(&sine(1_000.0, rate), rate).unwrap();
            assert!(found.len().abs_diff(RATE) <= 1, "{rate}: {}", found.len());
            // A whole number of cycles, away from the ends.
            let middle = RATE / 4..3 * RATE / 4;
            let (amplitude, rest) = nearest(&found[middle.clone()], 1_000.0);
            assert!(
                (amplitude - 1.0).abs() < 1e-3 && rest < 1e-6,
                "{rate}: {amplitude} {rest}"
            );
            if rate > 2 * RATE {
                let found = resampled(&sine(11_000.0, rate), rate).unwrap();
                let loudest = found[middle].iter().fold(0f32, |a, b| a.max(b.abs()));
                assert!(loudest < 1e-3, "{rate}: {loudest}");
            }
        }
    }
}
