//! Whether a picture between two others is a new picture or a double exposure of both.

/// What pictures between two others are like, over pairs of ends.
///
/// *Ghost*: the share of the energy of midpoints, less the mean picture, that a least-squares
/// combination of both ends explains (R², pooled over pairs). A cross-fade has 1. *Low-pass ghost*
/// is the same on averages of squares of an eighth of the side, which detail that both ends lack
/// cannot lower. *Sharpness* is that of midpoints over that of the ends, after a 2×2 mean, which
/// hides checkerboards.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Midpoints {
    /// Pairs measured.
    pub pairs: usize,
    /// Unexplained and whole energy, at full resolution and of averages.
    energy: [[f64; 2]; 2],
    /// Sum of the sharpness of midpoints, and of the means of both ends.
    sharpness: [f64; 2],
}

impl Midpoints {
    /// Add a pair.
    ///
    /// # Shapes
    /// - ends, midpoint, mean: `[3, size, size]` in [-1, 1], `size` divisible by 8; `mean` is the
    ///   mean of many pictures
    pub fn add(&mut self, ends: [&[f32]; 2], midpoint: &[f32], mean: &[f32], size: usize) {
        let square = size / 8;
        let averages = |picture: &[f32]| averages(picture, size, square);
        let whole = unexplained(ends, midpoint, mean);
        let low = unexplained(
            [&averages(ends[0]), &averages(ends[1])],
            &averages(midpoint),
            &averages(mean),
        );
        for (sums, parts) in self.energy.iter_mut().zip([whole, low]) {
            for (sum, part) in sums.iter_mut().zip(parts) {
                *sum += part;
            }
        }
        let sharpness = |picture| edge_strength(picture, size);
        self.sharpness[0] += sharpness(midpoint);
        self.sharpness[1] += (sharpness(ends[0]) + sharpness(ends[1])) / 2.0;
        self.pairs += 1;
    }

    /// The ghost, at most 1; less is better.
    pub fn ghost(&self) -> f64 {
        1.0 - self.energy[0][0] / self.energy[0][1]
    }

    /// The low-pass ghost, at most 1; less is better.
    pub fn low_pass_ghost(&self) -> f64 {
        1.0 - self.energy[1][0] / self.energy[1][1]
    }

    /// Sharpness of midpoints over that of the ends; 1 is best.
    pub fn sharpness(&self) -> f64 {
        self.sharpness[0] / self.sharpness[1]
    }
}

/// Energy of `midpoint - mean` that no combination of both ends, less the mean, explains; and all
/// of it.
fn unexplained(ends: [&[f32]; 2], midpoint: &[f32], mean: &[f32]) -> [f64; 2] {
    let less_mean = |picture: &[f32]| -> Vec<f64> {
        let pixels = picture.iter().zip(mean);
        pixels.map(|(p, m)| f64::from(p - m)).collect()
    };
    let dot = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
    let (a, b, t) = (less_mean(ends[0]), less_mean(ends[1]), less_mean(midpoint));
    let total = dot(&t, &t);
    // Gram and Schmidt: along a, then along what b has besides.
    let along = |t: &mut Vec<f64>, direction: &[f64]| {
        let length = dot(direction, direction);
        if length > 1e-9 * total.max(1e-9) {
            let share = dot(t, direction) / length;
            for (t, d) in t.iter_mut().zip(direction) {
                *t -= share * d;
            }
        }
    };
    let (mut rest, mut b) = (t, b);
    along(&mut b, &a);
    along(&mut rest, &a);
    along(&mut rest, &b);
    [dot(&rest, &rest), total]
}

/// Means over squares of side `square`.
fn averages(picture: &[f32], size: usize, square: usize) -> Vec<f32> {
    let side = size / square;
    let mut sums = vec![0.0; 3 * side * side];
    for (i, value) in picture.iter().enumerate() {
        let (c, y, x) = (i / (size * size), i / size % size, i % size);
        sums[(c * side + y / square) * side + x / square] += value;
    }
    let area = (square * square) as f32;
    sums.into_iter().map(|sum| sum / area).collect()
}

/// Mean absolute difference to the right and below, after a mean over 2×2 pixels.
pub fn edge_strength(picture: &[f32], size: usize) -> f64 {
    let at = |c: usize, y: usize, x: usize| {
        let pixel = |y: usize, x: usize| f64::from(picture[(c * size + y) * size + x]);
        (pixel(y, x) + pixel(y, x + 1) + pixel(y + 1, x) + pixel(y + 1, x + 1)) / 4.0
    };
    let side = size - 1;
    let (mut right, mut below) = (0.0, 0.0);
    for c in 0..3 {
        for y in 0..side {
            for x in 0..side {
                if x + 1 < side {
                    right += (at(c, y, x + 1) - at(c, y, x)).abs();
                }
                if y + 1 < side {
                    below += (at(c, y + 1, x) - at(c, y, x)).abs();
                }
            }
        }
    }
    (right + below) / (3 * side * (side - 1)) as f64
}

/// The energy of a picture's gradient: the mean over channels and pixels of the squared differences
/// to the right and below (the "energy of gradient" of Subbarao, Choi and Nikzad, *Focusing
/// Techniques*, 1993).
pub fn gradient_energy(picture: &[f32], size: usize) -> f64 {
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

    fn disc(x: f32, y: f32, radius: f32) -> Vec<f32> {
        let inside = |i: usize| {
            let (py, px) = ((i / SIZE % SIZE) as f32, (i % SIZE) as f32);
            (px - x).powi(2) + (py - y).powi(2) < radius * radius
        };
        (0..3 * SIZE * SIZE)
            .map(|i| if inside(i) { -1.0 } else { 1.0 })
            .collect()
    }

    fn measured(a: &[f32], b: &[f32], midpoint: &[f32]) -> Midpoints {
        let mut midpoints = Midpoints::default();
        let mean = vec![1.0; 3 * SIZE * SIZE];
        midpoints.add([a, b], midpoint, &mean, SIZE);
        midpoints
    }

    #[test]
    fn a_cross_fade_is_all_ghost_and_a_moved_thing_is_none() {
        let (a, b) = (disc(4.0, 8.0, 2.5), disc(12.0, 8.0, 2.5));
        let fade: Vec<f32> = a.iter().zip(&b).map(|(a, b)| (a + b) / 2.0).collect();
        let faded = measured(&a, &b, &fade);
        assert!((faded.ghost() - 1.0).abs() < 1e-9);
        assert!((faded.low_pass_ghost() - 1.0).abs() < 1e-9);
        let moved = measured(&a, &b, &disc(8.0, 8.0, 2.5));
        assert!(moved.ghost() < 0.05, "{}", moved.ghost());
        assert!(moved.low_pass_ghost() < 0.3, "{}", moved.low_pass_ghost());
        assert!((moved.sharpness() - 1.0).abs() < 0.05);
        assert!(
            (faded.sharpness() - 1.0).abs() < 0.05,
            "fades of apart things"
        );
    }

    /// Ends that are one and the same, and a midpoint that is half of it.
    #[test]
    fn ends_that_are_alike_explain_no_more_than_one_of_them() {
        let a = disc(8.0, 8.0, 4.0);
        let half: Vec<f32> = a.iter().map(|v| (v + 1.0) / 2.0).collect();
        let same = measured(&a, &a, &half);
        assert!((same.ghost() - 1.0).abs() < 1e-9);
        assert!((same.sharpness() - 0.5).abs() < 1e-6);
    }

    #[test]
    fn a_checkerboard_of_one_pixel_has_no_edge_strength() {
        let board: Vec<f32> = (0..3 * SIZE * SIZE)
            .map(|i| {
                if (i / SIZE + i).is_multiple_of(2) {
                    1.0
                } else {
                    -1.0
                }
            })
            .collect();
        assert!(edge_strength(&board, SIZE) < 1e-9);
    }
}
