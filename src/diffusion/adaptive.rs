//! A noise schedule that follows the loss: times are drawn where the error changes.
//!
//! Time warping after Dieleman et al., *Continuous diffusion for categorical data* (CDCD), 2022,
//! §4: the density that log-SNR is drawn from is proportional to the slope of the denoising error
//! as a function of log-SNR. Times are then spent where the error changes; for Gaussian noise,
//! unlike for the categories of the paper, that is a heuristic and not an equal share of
//! information.

use super::{LOG_SNR_LIMIT, NoiseSchedule, Schedule};
use serde::{Deserialize, Serialize};

/// Bins of log-SNR in ±[`LOG_SNR_LIMIT`].
pub const BINS: usize = 50;
/// Observations before the error is believed.
const ENOUGH: f64 = 20.0 * BINS as f64;
/// Bins on either side that a slope is smoothed over.
const REACH: usize = 2;

/// Settings of an [`AdaptiveSchedule`].
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Adaptive {
    /// Share of draws that stay with the fixed schedule, in [0, 1]: no noise level is forgotten.
    pub floor: f64,
    /// Decay of the running error of a bin, per observation in it, in [0, 1).
    pub decay: f64,
}

impl Default for Adaptive {
    fn default() -> Self {
        Self {
            floor: 0.2,
            decay: 0.99,
        }
    }
}

/// Running denoising error at each log-SNR, and the schedule that follows from it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AdaptiveSchedule {
    fixed: Schedule,
    settings: Adaptive,
    /// Running mean error of each bin, from noise to picture. In single precision, which JSON gives
    /// back to the last bit: a resumed run goes on exactly.
    errors: Vec<f32>,
    /// Observations of each bin.
    counts: Vec<u32>,
}

impl AdaptiveSchedule {
    /// One that has seen nothing and equals `fixed`.
    pub fn new(fixed: Schedule, settings: Adaptive) -> Self {
        Self {
            fixed,
            settings,
            errors: vec![0.0; BINS],
            counts: vec![0; BINS],
        }
    }

    /// Take note of squared errors of `x̂` at these log-SNRs. What is not finite is left out.
    pub fn observe(&mut self, log_snr: &[f64], errors: &[f64]) {
        for (&at, &error) in log_snr.iter().zip(errors) {
            if error.is_finite() {
                let bin = bin(at);
                self.counts[bin] = self.counts[bin].saturating_add(1);
                let gain = (1.0 / self.counts[bin] as f64).max(1.0 - self.settings.decay);
                let before = self.errors[bin] as f64;
                self.errors[bin] = (before + gain * (error - before)) as f32;
            }
        }
    }

    /// This schedule with what `seen` has observed, as after a resume; its own settings stay. A
    /// state with another number of bins is left out.
    #[must_use]
    pub fn having_seen(mut self, seen: &Self) -> Self {
        if [seen.errors.len(), seen.counts.len()] == [BINS; 2] {
            self.errors.clone_from(&seen.errors);
            self.counts.clone_from(&seen.counts);
        }
        self
    }

    /// Mean error seen in each bin, from noise to picture; none where nothing was seen.
    pub fn errors(&self) -> Vec<Option<f64>> {
        let seen = self.counts.iter().zip(&self.errors);
        seen.map(|(&count, &error)| (count > 0).then_some(error as f64))
            .collect()
    }

    /// Share of draws in each bin, from noise to picture. They sum to 1.
    pub fn density(&self) -> Vec<f64> {
        let fixed = counted(&self.fixed);
        if self.counts.iter().map(|&count| count as f64).sum::<f64>() < ENOUGH {
            return fixed;
        }
        let slopes = slopes(&self.falling());
        let total: f64 = slopes.iter().sum();
        if total <= 0.0 {
            return fixed;
        }
        let floor = self.settings.floor;
        fixed
            .iter()
            .zip(slopes)
            .map(|(fixed, slope)| floor * fixed + (1.0 - floor) * slope / total)
            .collect()
    }

    /// The schedule as it is now.
    pub fn warped(&self) -> Warped {
        let mut sum = 0.0;
        let mut below = vec![0.0];
        below.extend(self.density().into_iter().map(|share| {
            sum += share;
            sum
        }));
        Warped(below)
    }

    /// Errors that never rise towards the picture: less noise cannot make denoising harder, so
    /// what does rise is chance (pool adjacent violators, Barlow et al. 1972). Bins without
    /// observations take their neighbours'.
    fn falling(&self) -> Vec<f64> {
        // Mean, weight and number of bins of each block.
        let mut blocks: Vec<(f64, f64, usize)> = Vec::new();
        let seen = self.errors.iter().zip(&self.counts);
        for (error, count) in seen.map(|(&error, &count)| (error as f64, count as f64)) {
            match blocks.last_mut() {
                Some(last) if count == 0.0 => last.2 += 1,
                _ => blocks.push((error, count, 1)),
            }
            while let [.., (before, n, wide), (error, m, more)] = blocks[..] {
                if before >= error && n > 0.0 {
                    break;
                }
                let weight = n + m;
                let mean = (before * n + error * m) / weight.max(f64::MIN_POSITIVE);
                blocks.truncate(blocks.len() - 2);
                blocks.push((mean, weight, wide + more));
            }
        }
        let bins = blocks.iter();
        bins.flat_map(|&(mean, _, bins)| std::iter::repeat_n(mean, bins))
            .collect()
    }
}

impl NoiseSchedule for AdaptiveSchedule {
    fn log_snr(&self, t: f64) -> f64 {
        self.warped().log_snr(t)
    }
}

/// A schedule given by the share of times below the edges of the bins.
#[derive(Debug, Clone, PartialEq)]
pub struct Warped(Vec<f64>);

impl NoiseSchedule for Warped {
    fn log_snr(&self, t: f64) -> f64 {
        // Time 1 is noise, where the bins begin.
        let share = (1.0 - t.clamp(0.0, 1.0)) * self.0[BINS];
        let bin = self
            .0
            .partition_point(|&below| below <= share)
            .clamp(1, BINS)
            - 1;
        let inside = (share - self.0[bin]) / (self.0[bin + 1] - self.0[bin]).max(1e-12);
        edge(bin) + inside.clamp(0.0, 1.0) * (edge(1) - edge(0))
    }
}

/// Lower edge of a bin.
fn edge(bin: usize) -> f64 {
    LOG_SNR_LIMIT * (2.0 * bin as f64 / BINS as f64 - 1.0)
}

fn bin(log_snr: f64) -> usize {
    let place = (log_snr / LOG_SNR_LIMIT + 1.0) / 2.0 * BINS as f64;
    (place.max(0.0) as usize).min(BINS - 1)
}

/// Where a schedule puts its times: the middle of each bin of log-SNR, from noise to picture, and
/// the share of uniform times that fall into it.
pub fn shares(schedule: &dyn NoiseSchedule) -> Vec<(f64, f64)> {
    let middle = |bin| (edge(bin) + edge(bin + 1)) / 2.0;
    let counted = counted(schedule).into_iter().enumerate();
    counted.map(|(bin, share)| (middle(bin), share)).collect()
}

/// Share of a schedule's times in each bin, by counting.
fn counted(schedule: &dyn NoiseSchedule) -> Vec<f64> {
    const TIMES: usize = 5000;
    let mut shares = vec![0.0; BINS];
    for i in 0..TIMES {
        let at = schedule.log_snr((i as f64 + 0.5) / TIMES as f64);
        shares[bin(at)] += 1.0 / TIMES as f64;
    }
    shares
}

/// How far the error falls over each bin, smoothed.
fn slopes(falling: &[f64]) -> Vec<f64> {
    let at = |bin: usize| falling[bin.min(BINS - 1)];
    let falls: Vec<f64> = (0..BINS)
        .map(|bin| (at(bin.saturating_sub(1)) - at(bin + 1)) / 2.0)
        .collect();
    (0..BINS)
        .map(|bin| {
            let near = &falls[bin.saturating_sub(REACH)..(bin + REACH + 1).min(BINS)];
            near.iter().sum::<f64>() / near.len() as f64
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A schedule that has seen this error at times of the fixed one.
    fn seen(error: impl Fn(f64) -> f64) -> AdaptiveSchedule {
        let mut schedule = AdaptiveSchedule::new(Schedule::Linear, Adaptive::default());
        let times: Vec<f64> = (0..4000)
            .map(|i| schedule.fixed.log_snr((i as f64 + 0.5) / 4000.0))
            .collect();
        let errors: Vec<f64> = times.iter().map(|&at| error(at)).collect();
        schedule.observe(&times, &errors);
        schedule
    }

    /// Error that falls from 1 to 0 around this log-SNR.
    fn step(at: f64, middle: f64) -> f64 {
        1.0 / (1.0 + (2.0 * (at - middle)).exp())
    }

    #[test]
    fn what_has_seen_nothing_is_the_fixed_schedule() {
        let schedule = AdaptiveSchedule::new(Schedule::Cosine, Adaptive::default());
        for i in 0..=100 {
            let t = i as f64 / 100.0;
            let off = schedule.log_snr(t) - Schedule::Cosine.log_snr(t);
            assert!(off.abs() < 2.0 * LOG_SNR_LIMIT / BINS as f64, "{t}: {off}");
        }
    }

    #[test]
    fn times_gather_where_the_error_changes() {
        for middle in [-3.0, 0.0, 4.0] {
            let schedule = seen(|at| step(at, middle));
            let near = (0..1000)
                .filter(|i| (schedule.log_snr((*i as f64 + 0.5) / 1e3) - middle).abs() < 2.0)
                .count();
            // The step itself lies within ±2 to 96 %; 80 % of the draws follow it.
            assert!((740..900).contains(&near), "{middle}: {near}");
        }
    }

    #[test]
    fn shares_are_those_of_the_times() {
        let schedule = seen(|at| step(at, 1.0));
        let (wanted, found) = (schedule.density(), counted(&schedule.warped()));
        for (bin, (wanted, found)) in wanted.iter().zip(found).enumerate() {
            assert!((wanted - found).abs() < 1e-3, "{bin}: {wanted} and {found}");
        }
        assert!((wanted.iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn log_snr_falls_with_time_whatever_the_errors() {
        let noisy = seen(|at| step(at, 0.0) + 0.3 * (37.0 * at).sin());
        let values: Vec<f64> = (0..=500).map(|i| noisy.log_snr(i as f64 / 500.0)).collect();
        assert!(values.windows(2).all(|w| w[0] >= w[1]));
        assert!(values[0] <= LOG_SNR_LIMIT && values[500] >= -LOG_SNR_LIMIT);
        let falling = noisy.falling();
        assert!(falling.windows(2).all(|w| w[0] >= w[1]));
    }

    #[test]
    fn errors_of_bins_never_seen_come_from_their_neighbours() {
        let mut schedule = AdaptiveSchedule::new(Schedule::Cosine, Adaptive::default());
        for _ in 0..2000 {
            schedule.observe(&[-5.0, 5.0, 6.0, f64::NAN], &[1.0, 0.0, f64::NAN, 1.0]);
        }
        let falling = schedule.falling();
        assert_eq!((falling[0], falling[BINS - 1]), (1.0, 0.0));
        assert!((schedule.density().iter().sum::<f64>() - 1.0).abs() < 1e-9);
    }

    #[test]
    fn another_schedule_goes_on_from_what_was_seen() {
        let seen = seen(|at| step(at, 1.0));
        let settings = Adaptive {
            floor: 0.5,
            ..Adaptive::default()
        };
        let next = AdaptiveSchedule::new(Schedule::Cosine, settings).having_seen(&seen);
        assert_eq!(next.errors(), seen.errors());
        assert_eq!((next.fixed, next.settings), (Schedule::Cosine, settings));
        let broken = AdaptiveSchedule {
            errors: vec![1.0],
            ..seen.clone()
        };
        let fresh = AdaptiveSchedule::new(Schedule::Cosine, settings);
        assert_eq!(fresh.clone().having_seen(&broken), fresh);
    }

    #[test]
    fn its_state_survives_a_checkpoint() {
        let schedule = seen(|at| step(at, 1.0));
        let json = serde_json::to_string(&schedule).unwrap();
        let back: AdaptiveSchedule = serde_json::from_str(&json).unwrap();
        assert_eq!(back.density(), schedule.density());
    }
}
