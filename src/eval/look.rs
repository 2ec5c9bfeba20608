//! What a picture looks like, in four respects that are measured apart.

/// Names of the respects, in the order of [`Look`]'s parts: where light and dark are, where edges
/// are, the mean colour, and which colours there are and how much of each.
pub const RESPECTS: [&str; 4] = ["layout", "edges", "colour", "palette"];

/// A picture's description in each respect. The first two know nothing of colour, the last two
/// nothing of luma or of where things are.
///
/// - layout: luma `(r + g + b)/√3`, averaged over a grid of 16×16 cells, less its mean
/// - edges: length of the gradient of luma, averaged over the same cells
/// - colour: mean chroma, `(r − b)/√2` and `(r − 2g + b)/√6`
/// - palette: histogram of chroma, 8×8 bins over what the colour cube reaches, a pixel shared
///   among the four nearest bins
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    parts: [Vec<f64>; 4],
}

const CELLS: usize = 16;
const BINS: usize = 8;
/// Chroma lies within ±4/√6 for colours in [-1, 1].
const REACH: f64 = 1.633;
/// A way this short, squared, is rounding.
const NOTHING: f64 = 1e-12;

impl Look {
    /// Of one picture `[3, size, size]` in [-1, 1]; values outside are clamped, as they are when a
    /// picture is shown. Sides above 16 must be a multiple of 16.
    pub fn of(pixels: &[f32], size: usize) -> Self {
        let area = size * size;
        let channel = |c: usize, i: usize| pixels[c * area + i].clamp(-1.0, 1.0) as f64;
        let rgb = |i| [0, 1, 2].map(|c| channel(c, i));
        let luma: Vec<f64> = (0..area)
            .map(|i| rgb(i).iter().sum::<f64>() / 3f64.sqrt())
            .collect();
        let chroma = (0..area).map(|i| {
            let [r, g, b] = rgb(i);
            [(r - b) / 2f64.sqrt(), (r - 2.0 * g + b) / 6f64.sqrt()]
        });
        let (mut mean, mut palette) = ([0.0; 2], vec![0.0; BINS * BINS]);
        for uv in chroma {
            for k in 0..2 {
                mean[k] += uv[k] / area as f64;
            }
            count(&mut palette, uv, 1.0 / area as f64);
        }
        let mut layout = cells(&luma, size);
        let level = layout.iter().sum::<f64>() / layout.len() as f64;
        layout.iter_mut().for_each(|v| *v -= level);
        let edges = cells(&gradient(&luma, size), size);
        Self {
            parts: [layout, edges, mean.to_vec(), palette],
        }
    }

    /// The squared distance between two pictures in each respect.
    pub fn apart(&self, other: &Self) -> [f64; 4] {
        [0, 1, 2, 3].map(|k| {
            let both = self.parts[k].iter().zip(&other.parts[k]);
            both.map(|(a, b)| (a - b).powi(2)).sum()
        })
    }
}

/// How far pictures travelled towards others, in each respect.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Travel {
    along: [f64; 4],
    whole: [f64; 4],
}

impl Travel {
    /// Add one picture: it was `from`, could have become `to` and became `reached`.
    pub fn add(&mut self, from: &Look, to: &Look, reached: &Look) {
        for k in 0..4 {
            let ends = from.parts[k].iter().zip(&to.parts[k]);
            for ((from, to), reached) in ends.zip(&reached.parts[k]) {
                self.along[k] += (reached - from) * (to - from);
                self.whole[k] += (to - from) * (to - from);
            }
        }
    }

    /// Share of the way in each respect, `Σ⟨reached − from, to − from⟩ / Σ‖to − from‖²`: 0 for
    /// pictures that stayed, 1 for those that arrived. What was done in parts that do not
    /// interact has shares that add up to 1.
    pub fn shares(&self) -> [f64; 4] {
        [0, 1, 2, 3].map(|k| {
            if self.whole[k] > NOTHING {
                self.along[k] / self.whole[k]
            } else {
                0.0
            }
        })
    }
}

/// Means over the cells of a grid, 16 a side or one a pixel if there are fewer.
fn cells(values: &[f64], size: usize) -> Vec<f64> {
    let side = (size / CELLS).max(1);
    let across = size / side;
    let mut means = vec![0.0; across * across];
    for y in 0..across * side {
        for x in 0..across * side {
            means[y / side * across + x / side] += values[y * size + x] / (side * side) as f64;
        }
    }
    means
}

/// Length of the gradient by central differences, edges repeated.
fn gradient(values: &[f64], size: usize) -> Vec<f64> {
    let at = |y: usize, x: usize| values[y.min(size - 1) * size + x.min(size - 1)];
    (0..size * size)
        .map(|i| {
            let (y, x) = (i / size, i % size);
            let dx = at(y, x + 1) - at(y, x.saturating_sub(1));
            let dy = at(y + 1, x) - at(y.saturating_sub(1), x);
            dx.hypot(dy) / 2.0
        })
        .collect()
}

/// Share `weight` among the four bins whose centres are nearest.
fn count(bins: &mut [f64], uv: [f64; 2], weight: f64) {
    let place = |v: f64| ((v / REACH + 1.0) / 2.0 * (BINS - 1) as f64).clamp(0.0, 6.9999);
    let [u, v] = uv.map(place);
    for (dv, du) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
        let near = |p: f64, d: usize| if d == 1 { p.fract() } else { 1.0 - p.fract() };
        let bin = (v as usize + dv) * BINS + u as usize + du;
        bins[bin] += weight * near(u, du) * near(v, dv);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: usize = 32;

    fn picture(f: impl Fn(usize, usize) -> [f32; 3]) -> Vec<f32> {
        let area = SIZE * SIZE;
        (0..3 * area)
            .map(|i| f(i % area / SIZE, i % SIZE)[i / area])
            .collect()
    }

    fn look(f: impl Fn(usize, usize) -> [f32; 3]) -> Look {
        Look::of(&picture(f), SIZE)
    }

    fn moved(from: &Look, to: &Look, reached: &Look) -> [f64; 4] {
        let mut travel = Travel::default();
        travel.add(from, to, reached);
        travel.shares()
    }

    /// A red square on the left, a blue one of the same luma on the right, and the mixtures.
    fn square(left: bool, red: bool) -> Look {
        look(|y, x| {
            let x = if left { x } else { SIZE - 1 - x };
            match (8..24).contains(&y) && (2..14).contains(&x) {
                false => [1.0; 3],
                true if red => [0.5, -0.5, -0.5],
                true => [-0.5, -0.5, 0.5],
            }
        })
    }

    #[test]
    fn a_new_place_is_layout_and_a_new_colour_is_not() {
        let (from, to) = (square(true, true), square(false, false));
        let shares = moved(&from, &to, &square(false, true));
        assert!((shares[0] - 1.0).abs() < 1e-9 && (shares[1] - 1.0).abs() < 1e-9);
        assert!(
            shares[2].abs() < 1e-9 && shares[3].abs() < 1e-9,
            "{shares:?}"
        );
        let shares = moved(&from, &to, &square(true, false));
        assert!(
            shares[0].abs() < 1e-9 && shares[1].abs() < 1e-9,
            "{shares:?}"
        );
        assert!((shares[2] - 1.0).abs() < 1e-9 && (shares[3] - 1.0).abs() < 1e-9);
    }

    #[test]
    fn half_the_way_is_a_half() {
        let shade = |s: f32| look(move |y, _| [s * y as f32 / 31.0, 0.0, 0.0]);
        let shares = moved(&shade(0.0), &shade(1.0), &shade(0.5));
        for share in &shares[..3] {
            assert!((share - 0.5).abs() < 1e-6, "{shares:?}");
        }
    }

    #[test]
    fn pictures_of_one_look_are_not_apart_and_a_new_colour_is_apart_in_colour_alone() {
        let (red, blue) = (square(true, true), square(true, false));
        assert_eq!(red.apart(&red), [0.0; 4]);
        let apart = red.apart(&blue);
        assert!(apart[0] < 1e-9 && apart[1] < 1e-9 && apart[2] > 1e-3 && apart[3] > 1e-3);
    }

    #[test]
    fn brightness_alone_is_neither_layout_nor_colour() {
        let grey = |v: f32| look(move |_, _| [v; 3]);
        let mut travel = Travel::default();
        travel.add(&grey(0.0), &grey(0.8), &grey(0.8));
        assert_eq!(travel.shares(), [0.0; 4]);
    }

    #[test]
    fn a_palette_is_a_distribution_also_at_the_corners_of_the_cube() {
        for corner in 0..8 {
            let rgb = [0, 1, 2].map(|c| if corner >> c & 1 == 1 { 1.0 } else { -1.0 });
            let palette = &look(|_, _| rgb).parts[3];
            assert!((palette.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }
    }
}
