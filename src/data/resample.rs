//! Resampling of square windows: exact area averages when shrinking, interpolation when enlarging.
//!
//! Both directions are separable. One axis is described by [`Taps`]: for each output pixel the run
//! of source pixels it reads and their weights. Values are averaged as they are stored
//! (gamma-encoded sRGB, as nearly all training pipelines do) and premultiplied by alpha, so that
//! colour hidden under alpha 0 has no weight.

/// How to interpolate where a source pixel is larger than an output pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interpolation {
    /// Straight lines between pixel centres: never overshoots, fast.
    Bilinear,
    /// Catmull and Rom's cubic (a = −1/2): sharper, overshoots at edges.
    CatmullRom,
}

/// A square part of a picture, in units of the picture's side. Parts outside [0, 1] are
/// transparent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    /// Where the window begins.
    pub start: f32,
    /// Its length; below 1 enlarges, above 1 shrinks.
    pub length: f32,
    /// Read it from its end to its start.
    pub flip: bool,
}

impl Axis {
    /// The whole picture as it is.
    pub const WHOLE: Self = Self {
        start: 0.0,
        length: 1.0,
        flip: false,
    };
}

/// Weights of one axis: output pixel `o` is the sum over `i < count[o]` of `weights[o · width + i]
/// · source[start[o] + i]`.
struct Taps {
    start: Vec<usize>,
    count: Vec<usize>,
    weights: Vec<f32>,
    width: usize,
}

impl Taps {
    /// Weights that take `axis` of `from` source pixels to `to` output pixels.
    ///
    /// With `r` source pixels per output pixel: for `r ≥ 1` a weight is the overlap of the output
    /// pixel with the source pixel, over `r` (area average); for `r < 1` it is `how` at the output
    /// pixel's centre with the edge pixel repeated, times the part of the output pixel that lies on
    /// the picture. Both are bilinear at `r = 1`.
    fn new(from: usize, to: usize, axis: Axis, how: Interpolation) -> Self {
        let n = from as f64;
        let ratio = (axis.length as f64 * n / to as f64).max(1e-6);
        let reach = match how {
            _ if ratio >= 1.0 => ratio / 2.0,
            Interpolation::Bilinear => 1.0,
            Interpolation::CatmullRom => 2.0,
        };
        let width = ((2.0 * reach).ceil() as usize + 2).min(from.max(1));
        let mut taps = Self {
            start: vec![0; to],
            count: vec![0; to],
            weights: vec![0.0; to * width],
            width,
        };
        for o in 0..to {
            let position = if axis.flip { to - 1 - o } else { o };
            let low = axis.start as f64 * n + position as f64 * ratio;
            let (high, centre) = (low + ratio, low + ratio / 2.0);
            let covered = ((high.min(n) - low.max(0.0)) / ratio).max(0.0);
            if covered < 1e-6 {
                // Keep the starts monotone, also for windows that begin beyond the picture.
                taps.start[o] = if centre < 0.0 { 0 } else { from };
                continue;
            }
            let row = &mut taps.weights[o * width..(o + 1) * width];
            let (first, last) = if ratio >= 1.0 {
                (
                    low.floor().max(0.0) as isize,
                    (high.ceil().min(n) as isize) - 1,
                )
            } else {
                (
                    (centre - 0.5 - reach).floor() as isize + 1,
                    (centre - 0.5 + reach).ceil() as isize - 1,
                )
            };
            let inside = |k: isize| k.clamp(0, from as isize - 1) as usize;
            let start = inside(first);
            for k in first..=last {
                let weight = if ratio >= 1.0 {
                    ((high.min(k as f64 + 1.0) - low.max(k as f64)) / ratio).max(0.0)
                } else {
                    covered * kernel(how, centre - 0.5 - k as f64)
                };
                row[inside(k) - start] += weight as f32;
            }
            taps.start[o] = start;
            taps.count[o] = inside(last) + 1 - start;
        }
        taps
    }

    fn of(&self, o: usize) -> (usize, &[f32]) {
        (
            self.start[o],
            &self.weights[o * self.width..o * self.width + self.count[o]],
        )
    }
}

/// The interpolation kernel at distance `x` (source pixels). Both sum to 1 over the integers.
fn kernel(how: Interpolation, x: f64) -> f64 {
    let x = x.abs();
    match how {
        Interpolation::Bilinear => (1.0 - x).max(0.0),
        Interpolation::CatmullRom if x < 1.0 => 1.0 + x * x * (1.5 * x - 2.5),
        Interpolation::CatmullRom if x < 2.0 => 2.0 + x * (-4.0 + x * (2.5 - 0.5 * x)),
        Interpolation::CatmullRom => 0.0,
    }
}

/// Resample a window of a square picture.
///
/// # Shapes
/// - `row(y)`: source row `y` as premultiplied RGBA in 0..=255, written into the buffer given,
///   `[side]` pixels
/// - output: `[to · to]` pixels, row by row, premultiplied RGBA in 0..=255, colour within [0,
///   alpha]
pub(super) fn resample(
    side: usize,
    to: usize,
    horizontal: Axis,
    vertical: Axis,
    how: Interpolation,
    mut row: impl FnMut(usize, &mut [[f32; 4]]),
) -> Vec<[f32; 4]> {
    debug_assert!(!vertical.flip, "rows are read from top to bottom");
    let across = Taps::new(side, to, horizontal, how);
    let down = Taps::new(side, to, vertical, how);
    let mut output = vec![[0.0; 4]; to * to];
    let mut source = vec![[0.0; 4]; side];
    let mut narrow = vec![[0.0; 4]; to];
    let mut first = 0;
    for y in 0..side {
        // Starts and ends of the taps only grow, so the output rows that read row y are a run that
        // moves down.
        while first < to && down.start[first] + down.count[first] <= y {
            first += 1;
        }
        if first == to {
            break;
        }
        if down.start[first] > y {
            continue;
        }
        row(y, &mut source);
        for (x, pixel) in narrow.iter_mut().enumerate() {
            let (start, weights) = across.of(x);
            let mut sum = [0.0f32; 4];
            for (value, &weight) in source[start..].iter().zip(weights) {
                for c in 0..4 {
                    sum[c] += weight * value[c];
                }
            }
            *pixel = sum;
        }
        for o in first..to {
            let (start, weights) = down.of(o);
            if start > y {
                break;
            }
            let Some(&weight) = weights.get(y - start) else {
                continue;
            };
            for (sum, value) in output[o * to..(o + 1) * to].iter_mut().zip(&narrow) {
                for c in 0..4 {
                    sum[c] += weight * value[c];
                }
            }
        }
    }
    if how == Interpolation::CatmullRom {
        for [r, g, b, a] in &mut output {
            *a = a.clamp(0.0, 255.0);
            (*r, *g, *b) = (r.clamp(0.0, *a), g.clamp(0.0, *a), b.clamp(0.0, *a));
        }
    }
    output
}
