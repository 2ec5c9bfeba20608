//! Noise schedules: how time in [0, 1] maps to log-SNR.

use serde::{Deserialize, Serialize};
use std::f64::consts::{FRAC_2_PI, FRAC_PI_2};

/// log-SNRs are kept within ±this, so that `ᾱ` stays clear of 0 and 1 (by 4.5e-5).
pub const LOG_SNR_LIMIT: f64 = 10.0;

/// A map from time to log-SNR. Time 0 is the clean picture, time 1 is noise; log-SNR falls
/// monotonically and stays within ±[`LOG_SNR_LIMIT`].
pub trait NoiseSchedule {
    /// log-SNR at time `t` in [0, 1].
    fn log_snr(&self, t: f64) -> f64;
}

/// The fixed schedules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// `ᾱ(t) = (2/π)·arccos(√t)` (Hudson et al., *SODA*, 2024): 93 % of uniform times fall within
    /// |log-SNR| < 2, where semantics are decided.
    InvertedCosine,
    /// `ᾱ(t) = cos²(πt/2)` (Nichol and Dhariwal 2021, without their offset).
    Cosine,
    /// The continuous form of DDPM's linear β (Song et al. 2021, eq. 33 with β from 0.1 to 20):
    /// `ᾱ(t) = exp(−½·t²·(20 − 0.1) − 0.1·t)`.
    Linear,
}

impl NoiseSchedule for Schedule {
    fn log_snr(&self, t: f64) -> f64 {
        let t = t.clamp(0.0, 1.0);
        let log_snr = match self {
            Self::InvertedCosine => {
                let a = FRAC_2_PI * t.sqrt().acos();
                (a / (1.0 - a)).ln()
            }
            Self::Cosine => -2.0 * (FRAC_PI_2 * t).tan().ln(),
            Self::Linear => {
                let exponent = 0.5 * t * t * (20.0 - 0.1) + 0.1 * t;
                -exponent.exp_m1().ln()
            }
        };
        log_snr.clamp(-LOG_SNR_LIMIT, LOG_SNR_LIMIT)
    }
}

/// `α = √sigmoid(λ)`, the weight of the picture at log-SNR `λ`.
pub fn alpha(log_snr: f64) -> f64 {
    (1.0 / (1.0 + (-log_snr).exp())).sqrt()
}

/// `σ = √sigmoid(−λ)`, the weight of the noise at log-SNR `λ`.
pub fn sigma(log_snr: f64) -> f64 {
    alpha(-log_snr)
}

/// The `steps + 1` log-SNRs of a sampling run, from noise (time 1) to the picture (time 0), each
/// larger than the one before. Where the schedule stands still, as at its limits, they are spread
/// evenly up to its next value.
pub fn grid(schedule: &impl NoiseSchedule, steps: usize) -> Vec<f64> {
    let times = (0..=steps).map(|i| 1.0 - i as f64 / steps as f64);
    let mut grid: Vec<f64> = times.map(|t| schedule.log_snr(t)).collect();
    // Where it moves: the first place of each value, and the last place of the last one.
    let mut moves = vec![0];
    for i in 1..steps {
        let (before, end) = (grid[moves[moves.len() - 1]], grid[steps]);
        if grid[i] > before + STILL && grid[i] < end - STILL {
            moves.push(i);
        }
    }
    moves.push(steps);
    for pair in moves.windows(2) {
        let (from, to) = (pair[0], pair[1]);
        let (low, high) = (grid[from], grid[to]);
        for (i, value) in grid.iter_mut().enumerate().take(to).skip(from + 1) {
            *value = low + (high - low) * (i - from) as f64 / (to - from) as f64;
        }
    }
    grid
}

/// log-SNRs closer than this are taken for the same.
const STILL: f64 = 1e-6;

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Schedule; 3] = [Schedule::InvertedCosine, Schedule::Cosine, Schedule::Linear];

    #[test]
    fn log_snr_falls_from_picture_to_noise() {
        for schedule in ALL {
            let values: Vec<f64> = (0..=1000)
                .map(|i| schedule.log_snr(i as f64 / 1e3))
                .collect();
            assert!(values.windows(2).all(|w| w[0] >= w[1]), "{schedule:?}");
            assert_eq!(values[0], LOG_SNR_LIMIT);
            assert!(
                values[1000] <= -9.0,
                "{schedule:?} ends at {}",
                values[1000]
            );
        }
    }

    #[test]
    fn closed_forms_hold_at_known_times() {
        // cosine: ᾱ(1/2) = cos²(π/4) = 1/2. inverted cosine: arccos(√½) = π/4, so ᾱ = 1/2 too.
        assert!(Schedule::Cosine.log_snr(0.5).abs() < 1e-12);
        assert!(Schedule::InvertedCosine.log_snr(0.5).abs() < 1e-12);
        // inverted cosine at t = ¼: arccos(½) = π/3, ᾱ = 2/3, log-SNR = ln 2.
        assert!((Schedule::InvertedCosine.log_snr(0.25) - 2f64.ln()).abs() < 1e-12);
        // linear at t = 1: ᾱ = exp(−10.05).
        let a = (-10.05f64).exp();
        let expected = (a / (1.0 - a)).ln().max(-LOG_SNR_LIMIT);
        assert!((Schedule::Linear.log_snr(1.0) - expected).abs() < 1e-9);
    }

    #[test]
    fn inverted_cosine_concentrates_where_semantics_are_decided() {
        // The shares that the three definitions imply for |log-SNR| < 2, by direct counting.
        for (schedule, share) in ALL.into_iter().zip([0.93, 0.55, 0.35]) {
            let n = 100_000;
            let inside = (0..n)
                .filter(|i| schedule.log_snr((*i as f64 + 0.5) / n as f64).abs() < 2.0)
                .count();
            let measured = inside as f64 / n as f64;
            assert!((measured - share).abs() < 0.01, "{schedule:?}: {measured}");
        }
    }

    #[test]
    fn picture_and_noise_share_unit_variance() {
        for log_snr in [-10.0, -1.5, 0.0, 0.3, 10.0] {
            let (a, s) = (alpha(log_snr), sigma(log_snr));
            assert!((a * a + s * s - 1.0).abs() < 1e-12);
            assert!(((a * a / (s * s)).ln() - log_snr).abs() < 1e-9);
        }
    }

    #[test]
    fn every_grid_moves_at_every_step() {
        for schedule in ALL {
            for steps in 1..=1000 {
                let grid = grid(&schedule, steps);
                assert_eq!(grid.len(), steps + 1);
                let still = grid.windows(2).position(|w| w[0] >= w[1]);
                assert_eq!(still, None, "{schedule:?}, {steps} steps");
                assert_eq!(grid[steps], LOG_SNR_LIMIT);
            }
        }
    }

    #[test]
    fn a_grid_runs_from_noise_to_picture() {
        let grid = grid(&Schedule::Cosine, 8);
        assert_eq!(grid.len(), 9);
        assert_eq!((grid[0], grid[8]), (-LOG_SNR_LIMIT, LOG_SNR_LIMIT));
        assert!(grid.windows(2).all(|w| w[0] < w[1]));
    }
}
