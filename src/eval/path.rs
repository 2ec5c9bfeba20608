//! Ways from one picture to another, where no picture between them is known.

/// What ways look like, the mean over ways.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct WayQuality {
    /// Length of the way in pixels, `Σ_k ‖x_(k+1) − x_k‖`, over the distance of the two true
    /// pictures: 1 is straight, as a cross-fade is.
    pub length: f64,
    /// Share of steps that lead away from the first true picture and share of those that lead
    /// towards the second, the mean of both: 1 is monotone.
    pub monotone: f64,
    /// Sharpness of what is between the ends, over that of the two true pictures. A cross-fade
    /// loses it where edges do not meet.
    pub sharpness: f64,
    /// Sharpness of the two ends as they are painted, over that of the true pictures.
    pub ends: f64,
    /// Longest step over the mean step: 1 is even.
    pub uneven: f64,
    /// Ways.
    pub ways: usize,
}

impl WayQuality {
    /// Of one way: at least three frames `[3, size, size]`, one after another, from `first` to
    /// `last`, which are the true pictures.
    pub fn measure(frames: &[f32], first: &[f32], last: &[f32], size: usize) -> Self {
        let frames: Vec<&[f32]> = frames.chunks_exact(3 * size * size).collect();
        let steps: Vec<f64> = frames.windows(2).map(|w| distance(w[0], w[1])).collect();
        let length: f64 = steps.iter().sum();
        let from: Vec<f64> = frames.iter().map(|frame| distance(frame, first)).collect();
        let to: Vec<f64> = frames.iter().map(|frame| distance(frame, last)).collect();
        let away = from.windows(2).filter(|d| d[1] > d[0]).count();
        let towards = to.windows(2).filter(|d| d[1] < d[0]).count();
        let true_ones = 0.5 * (sharpness(first, size) + sharpness(last, size));
        let of = |frames: &[&[f32]]| {
            let sum: f64 = frames.iter().map(|frame| sharpness(frame, size)).sum();
            ratio(sum / frames.len() as f64, true_ones)
        };
        let n = steps.len();
        Self {
            length: ratio(length, distance(first, last)),
            monotone: (away + towards) as f64 / (2 * n) as f64,
            sharpness: of(&frames[1..n]),
            ends: of(&[frames[0], frames[n]]),
            uneven: ratio(steps.iter().copied().fold(0.0, f64::max), length / n as f64),
            ways: 1,
        }
    }

    /// The mean of two sets of ways together.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        let ways = self.ways + other.ways;
        let (a, b) = (self.ways as f64, other.ways as f64);
        let mean = |x: f64, y: f64| (x * a + y * b) / ways.max(1) as f64;
        Self {
            length: mean(self.length, other.length),
            monotone: mean(self.monotone, other.monotone),
            sharpness: mean(self.sharpness, other.sharpness),
            ends: mean(self.ends, other.ends),
            uneven: mean(self.uneven, other.uneven),
            ways,
        }
    }
}

fn ratio(a: f64, b: f64) -> f64 {
    if b > 0.0 { a / b } else { 1.0 }
}

/// Euclidean distance of two pictures as they are shown, values beyond ±1 clamped.
fn distance(a: &[f32], b: &[f32]) -> f64 {
    let apart = |(a, b): (&f32, &f32)| f64::from(a.clamp(-1.0, 1.0) - b.clamp(-1.0, 1.0)).powi(2);
    a.iter().zip(b).map(apart).sum::<f64>().sqrt()
}

/// The energy of a picture's gradient: the mean over channels and pixels of the squared differences
/// to the right and below (the "energy of gradient" of Subbarao, Choi and Nikzad, *Focusing
/// Techniques*, 1993).
pub fn sharpness(picture: &[f32], size: usize) -> f64 {
    let at = |c: usize, y: usize, x: usize| {
        f64::from(picture[(c * size + y) * size + x].clamp(-1.0, 1.0))
    };
    let mut sum = 0.0;
    for c in 0..3 {
        for y in 0..size - 1 {
            for x in 0..size - 1 {
                let own = at(c, y, x);
                sum += (at(c, y, x + 1) - own).powi(2) + (at(c, y + 1, x) - own).powi(2);
            }
        }
    }
    sum / (3 * (size - 1) * (size - 1)) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: usize = 16;

    /// A white bar four wide, at `x`, on black.
    fn bar(x: usize) -> Vec<f32> {
        let lit = |i: usize| (x..x + 4).contains(&(i % SIZE));
        (0..3 * SIZE * SIZE)
            .map(|i| if lit(i) { 1.0 } else { -1.0 })
            .collect()
    }

    #[test]
    fn a_cross_fade_is_straight_monotone_even_and_loses_sharpness() {
        let (a, b) = (bar(1), bar(9));
        let fade = |t: f32| {
            a.iter()
                .zip(&b)
                .map(move |(a, b)| a + t * (b - a))
                .collect::<Vec<f32>>()
        };
        let frames = [0.0, 0.25, 0.5, 0.75, 1.0].map(fade).concat();
        let way = WayQuality::measure(&frames, &a, &b, SIZE);
        assert!((way.length - 1.0).abs() < 1e-6 && (way.uneven - 1.0).abs() < 1e-6);
        assert_eq!((way.monotone, way.ends), (1.0, 1.0));
        // Edges of height 1 − t and t: (1 − t)² + t² of the energy, 5/8, 4/8 and 5/8.
        assert!((way.sharpness - 14.0 / 24.0).abs() < 1e-6, "{way:?}");
    }

    #[test]
    fn a_bar_that_moves_keeps_its_sharpness_on_a_longer_way() {
        let frames = [1, 3, 5, 7, 9].map(bar).concat();
        let way = WayQuality::measure(&frames, &bar(1), &bar(9), SIZE);
        assert!((way.sharpness - 1.0).abs() < 1e-9);
        // Each of four steps changes 2·2 columns, the ends differ in 8: 4·√4/√8.
        assert!((way.length - 8.0 / 8f64.sqrt()).abs() < 1e-6, "{way:?}");
        // Beyond two steps it is as far from its beginning as can be.
        assert!((way.monotone - 0.5).abs() < 1e-9, "{way:?}");
        let still = WayQuality::measure(&[bar(1), bar(1), bar(1)].concat(), &bar(1), &bar(1), SIZE);
        assert_eq!(
            (still.length, still.uneven, still.monotone),
            (1.0, 1.0, 0.0)
        );
        assert_eq!(still.join(way).ways, 2);
    }
}
