//! How fast a run goes, and how long it will take.

use super::super::TrainConfig;
use std::time::{Duration, Instant};

/// How fast it goes.
pub struct Pace {
    begin: Instant,
    waited: Duration,
    worked: Duration,
    /// Pictures per second, a running mean over about twenty steps.
    pub rate: f64,
}

impl Pace {
    pub fn new() -> Self {
        Self {
            begin: Instant::now(),
            waited: Duration::ZERO,
            worked: Duration::ZERO,
            rate: 0.0,
        }
    }

    pub fn step(&mut self, pictures: usize, took: Duration, waited: Duration) {
        self.worked += took;
        self.waited += waited;
        let now = pictures as f64 / took.as_secs_f64().max(1e-9);
        self.rate = match self.rate {
            0.0 => now,
            rate => 0.95 * rate + 0.05 * now,
        };
    }

    pub fn waiting(&self) -> f64 {
        self.waited.as_secs_f64() / self.worked.as_secs_f64().max(1e-9)
    }

    pub fn hours(&self) -> f64 {
        self.begin.elapsed().as_secs_f64() / 3600.0
    }
}

/// Seconds to the end at `rate` pictures per second now; the cost of a picture grows with its
/// area.
pub fn seconds_left(config: &TrainConfig, seen: usize, rate: f64) -> f64 {
    let Some((now, left)) = config.phase(seen) else {
        return 0.0;
    };
    let mut end = 0;
    let later: f64 = config
        .phases
        .iter()
        .filter(|phase| {
            end += phase.pictures;
            end > seen + left
        })
        .map(|phase| phase.pictures as f64 * (phase.size as f64 / now.size as f64).powi(2))
        .sum();
    (left as f64 + later) / rate.max(1e-9)
}
