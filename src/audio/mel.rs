//! Mel bands: sums of power over frequencies, as wide as the ear tells them apart.

use super::stft::BINS;
use super::{BANDS, RATE, WINDOW};

/// Where the lowest band begins, in hertz.
const LOWEST: f64 = 40.0;
/// Iterations of [`spread`](Bands::spread): with five times as many a spectrogram comes back no
/// nearer than 0.01 dB.
const ITERATIONS: usize = 200;

/// `mel(f) = 2595·log₁₀(1 + f/700)` (O'Shaughnessy, *Speech Communication*, 1987).
fn mel(hertz: f64) -> f64 {
    2595.0 * (1.0 + hertz / 700.0).log10()
}

fn hertz(mel: f64) -> f64 {
    700.0 * (10f64.powf(mel / 2595.0) - 1.0)
}

/// The middle of a band in hertz; −1 is where the lowest band begins, [`BANDS`] where the highest
/// ends.
fn middle(band: isize) -> f64 {
    let (low, high) = (mel(LOWEST), mel(RATE as f64 / 2.0));
    let place = (band + 1) as f64 / (BANDS + 1) as f64;
    hertz(low + place * (high - low))
}

/// Triangles over frequency, each from the middle of the band below, where it is 0, over its own,
/// where it is 1, to the middle of the band above. Between two middles both sum to 1.
pub struct Bands {
    /// For every frequency the first of the two bands it belongs to, and how much to each. Outside
    /// of all bands both are 0.
    weights: Vec<(usize, [f32; 2])>,
    /// What the weights of each frequency sum to: 1, but at the ends.
    sums: Vec<f32>,
}

impl Bands {
    /// Lays them out.
    pub fn new() -> Self {
        let weights: Vec<(usize, [f32; 2])> = (0..BINS)
            .map(|bin| {
                let frequency = bin as f64 * RATE as f64 / WINDOW as f64;
                let above = (0..=BANDS).find(|&band| frequency < middle(band as isize));
                let Some(above) = above.filter(|_| frequency > LOWEST) else {
                    return (0, [0.0; 2]);
                };
                let (from, to) = (middle(above as isize - 1), middle(above as isize));
                let share = ((frequency - from) / (to - from)) as f32;
                match above {
                    0 => (0, [share, 0.0]),
                    BANDS => (BANDS - 2, [0.0, 1.0 - share]),
                    above => (above - 1, [1.0 - share, share]),
                }
            })
            .collect();
        let sums = weights.iter().map(|(_, [a, b])| a + b).collect();
        Self { weights, sums }
    }

    /// Power in each band: `m = W·p`.
    ///
    /// # Shapes
    /// - `power`: `[BINS]`, at each frequency
    /// - output: `[BANDS]`, from low to high
    pub fn sum(&self, power: &[f32]) -> [f32; BANDS] {
        let mut bands = [0.0; BANDS];
        for (power, (first, weights)) in power.iter().zip(&self.weights) {
            bands[*first] += weights[0] * power;
            bands[first + 1] += weights[1] * power;
        }
        bands
    }

    /// Power at each frequency that sums to these bands, none of it negative: the least of the
    /// divergence `Σ m·log(m/Wp) − m + Wp`, approached from even power by
    /// `p ← p·Wᵀ(m/Wp)/Wᵀ1` (Lee and Seung, *Algorithms for non-negative matrix factorization*,
    /// 2001). Unlike least squares it weighs quiet bands as the ear does.
    ///
    /// # Shapes
    /// - `bands`: `[BANDS]`, from low to high
    /// - output: `[BINS]`
    pub fn spread(&self, bands: &[f32; BANDS]) -> Vec<f32> {
        let mut power: Vec<f32> = self.sums.iter().map(|sum| sum.min(1.0)).collect();
        for _ in 0..ITERATIONS {
            let now = self.sum(&power);
            let mut ratio = [0.0; BANDS];
            for (ratio, (wanted, now)) in ratio.iter_mut().zip(bands.iter().zip(now)) {
                *ratio = if now > 0.0 { wanted / now } else { 0.0 };
            }
            for ((power, sum), (first, [a, b])) in
                power.iter_mut().zip(&self.sums).zip(&self.weights)
            {
                if *sum > 0.0 {
                    *power *= (a * ratio[*first] + b * ratio[first + 1]) / sum;
                }
            }
        }
        power
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_hertz_are_a_thousand_mels_and_both_ways_agree() {
        assert!((mel(1000.0) - 1000.0).abs() < 0.1);
        for frequency in [40.0, 440.0, 7900.0] {
            assert!((hertz(mel(frequency)) - frequency).abs() < 1e-9);
        }
    }

    #[test]
    fn power_within_the_bands_is_kept_and_goes_where_it_belongs() {
        let bands = Bands::new();
        for frequency in [200.0, 1000.0, 5000.0] {
            let bin = (frequency * WINDOW as f64 / RATE as f64) as usize;
            let mut power = vec![0.0; BINS];
            power[bin] = 3.0;
            let summed = bands.sum(&power);
            assert!((summed.iter().sum::<f32>() - 3.0).abs() < 1e-5);
            let heard: Vec<usize> = (0..BANDS).filter(|&band| summed[band] > 0.0).collect();
            let exact = bin as f64 * RATE as f64 / WINDOW as f64;
            for band in heard {
                let band = band as isize;
                assert!(middle(band - 1) < exact && exact < middle(band + 1));
            }
        }
        assert_eq!(
            bands
                .sum(&vec![1.0; BINS])
                .iter()
                .filter(|&&m| m <= 0.0)
                .count(),
            0
        );
    }

    #[test]
    fn spread_power_sums_to_the_bands_it_came_from() {
        let bands = Bands::new();
        let power: Vec<f32> = (0..BINS).map(|k| 1.0 / (1 + k % 37) as f32).collect();
        let wanted = bands.sum(&power);
        let spread = bands.spread(&wanted);
        assert!(spread.iter().all(|&power| power >= 0.0));
        for (found, wanted) in bands.sum(&spread).iter().zip(wanted) {
            let decibels = 10.0 * (found / wanted).log10();
            assert!(decibels.abs() < 0.1, "{decibels} dB");
        }
        assert!(
            bands
                .spread(&[0.0; BANDS])
                .iter()
                .all(|&power| power == 0.0)
        );
    }
}
