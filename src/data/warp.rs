//! Self-warps: a picture warped by the two ends of one way, and by a place between them.
//!
//! A warp `T` turns, moves, scales, stretches and bends a picture and shifts its hue. `T^s` is the
//! same with every number times `s`. The ends are `T^(-r)` and `T^(1-r)` of the picture, so that it
//! lies on the way itself, and the true picture at share `α` of the way is `T^(α-r)`: what a mixed
//! latent should decode to is known exactly.

use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// Largest shift along each axis, in half sides.
const SHIFT: f32 = 0.5;
/// Largest logarithm of the scale.
const LOG_SCALE: f32 = 0.5;
/// Largest logarithm of the stretch along x and shrink along y.
const LOG_ASPECT: f32 = 0.18;
/// Largest turn, in radians.
const TURN: f32 = std::f32::consts::PI / 5.0;
/// Largest turn of the hue, in radians, given to half of the warps.
const HUE: f32 = 0.6 * std::f32::consts::PI;
/// Deviation of the displacements of the grid that bends, in half sides.
const BEND: f32 = 0.06;
/// Points of that grid along each axis.
const GRID: usize = 4;

/// A way that a picture is warped along, and the places on it that a pair uses.
#[derive(Debug, Clone, PartialEq)]
pub struct SelfWarp {
    shift: [f32; 2],
    log_scale: f32,
    log_aspect: f32,
    turn: f32,
    hue: f32,
    /// Displacements along x, then along y.
    bend: [[f32; GRID * GRID]; 2],
    /// Where the picture itself lies on the way, in [0, 1].
    own: f32,
    /// Share of the way from source to partner at which the target lies, in [0, 1].
    pub alpha: f32,
}

impl SelfWarp {
    /// A warp at random.
    pub fn draw(rng: &mut impl Rng) -> Self {
        let mut within = |limit: f32| rng.random_range(-limit..=limit);
        let shift = [within(SHIFT), within(SHIFT)];
        let (log_scale, log_aspect) = (within(LOG_SCALE), within(LOG_ASPECT));
        let (turn, hue) = (within(TURN), within(HUE));
        let hue = if rng.random_bool(0.5) { hue } else { 0.0 };
        let mut grid = || {
            std::array::from_fn(|_| {
                let normal: f32 = StandardNormal.sample(rng);
                normal * BEND
            })
        };
        Self {
            shift,
            log_scale,
            log_aspect,
            turn,
            hue,
            bend: [grid(), grid()],
            own: rng.random(),
            alpha: rng.random(),
        }
    }

    /// How far the source is from the picture along the way, the partner, and the target.
    pub fn places(&self) -> [f32; 3] {
        [-self.own, 1.0 - self.own, self.alpha - self.own]
    }

    /// The picture warped by `T^s`, sampled bilinearly.
    ///
    /// # Shapes
    /// - picture, output: `[3, size, size]` in [-1, 1]
    /// - outside: the colour around the picture, or none to continue its edges
    pub fn apply(
        &self,
        picture: &[f32],
        size: usize,
        s: f32,
        outside: Option<[f32; 3]>,
        output: &mut [f32],
    ) {
        let area = size * size;
        let (sin, cos) = (self.turn * s).sin_cos();
        let scale_x = (-(self.log_scale + self.log_aspect) * s).exp();
        let scale_y = (-(self.log_scale - self.log_aspect) * s).exp();
        let hue = hue_rotation(self.hue * s);
        let cubic: Vec<[(usize, f32); 4]> = (0..size).map(|i| cubic_taps(i, size)).collect();
        let place = |i: usize| (2 * i + 1) as f32 / size as f32 - 1.0;
        for y in 0..size {
            for x in 0..size {
                let bent = self.bend.map(|grid| {
                    let row = |gy: usize| -> f32 {
                        let taps = &cubic[x];
                        taps.iter().map(|&(gx, w)| w * grid[gy * GRID + gx]).sum()
                    };
                    s * cubic[y].iter().map(|&(gy, w)| w * row(gy)).sum::<f32>()
                });
                let dx = place(x) - self.shift[0] * s;
                let dy = place(y) - self.shift[1] * s;
                let from_x = (cos * dx + sin * dy) * scale_x + bent[0];
                let from_y = (cos * dy - sin * dx) * scale_y + bent[1];
                let pixel = bilinear(picture, size, from_x, from_y, outside);
                for (c, row) in hue.iter().enumerate() {
                    let value: f32 = row.iter().zip(pixel).map(|(m, v)| m * v).sum();
                    output[c * area + y * size + x] = value.clamp(-1.0, 1.0);
                }
            }
        }
    }
}

/// A turn of colours about the grey axis by `angle` radians (Rodrigues' formula).
fn hue_rotation(angle: f32) -> [[f32; 3]; 3] {
    let (sin, cos) = angle.sin_cos();
    let (third, skew) = ((1.0 - cos) / 3.0, sin / 3f32.sqrt());
    let (own, next, last) = (cos + third, third - skew, third + skew);
    [[own, next, last], [last, own, next], [next, last, own]]
}

/// Grid points and weights of pixel `i` of `size`, by cubic convolution (Keys 1981, a = -0.5), the
/// grid's outermost points lying on the outermost pixels.
fn cubic_taps(i: usize, size: usize) -> [(usize, f32); 4] {
    let at = (i as f32 / (size.max(2) - 1) as f32) * (GRID - 1) as f32;
    let first = (at.floor() as usize).min(GRID - 2);
    let t = at - first as f32;
    let weight = |d: f32| {
        let d = d.abs();
        match d {
            d if d < 1.0 => (1.5 * d - 2.5) * d * d + 1.0,
            d if d < 2.0 => ((-0.5 * d + 2.5) * d - 4.0) * d + 2.0,
            _ => 0.0,
        }
    };
    std::array::from_fn(|k| {
        let point = (first + k).saturating_sub(1).min(GRID - 1);
        (point, weight(t + 1.0 - k as f32))
    })
}

/// The picture at (x, y) in [-1, 1], where -1 and 1 are its edges.
fn bilinear(picture: &[f32], size: usize, x: f32, y: f32, outside: Option<[f32; 3]>) -> [f32; 3] {
    let (area, last) = (size * size, size as isize - 1);
    let pixel = |v: f32| ((v + 1.0) * size as f32 - 1.0) * 0.5;
    // Far outside all is the same, and an index must not overflow.
    let (px, py) = (
        pixel(x).clamp(-2.0, size as f32 + 1.0),
        pixel(y).clamp(-2.0, size as f32 + 1.0),
    );
    let (left, top) = (px.floor(), py.floor());
    let (fx, fy) = (px - left, py - top);
    let mut sum = [0.0; 3];
    for (dy, wy) in [(0, 1.0 - fy), (1, fy)] {
        for (dx, wx) in [(0, 1.0 - fx), (1, fx)] {
            let (column, row) = (left as isize + dx, top as isize + dy);
            let inside = (0..=last).contains(&column) && (0..=last).contains(&row);
            let at = (row.clamp(0, last) * size as isize + column.clamp(0, last)) as usize;
            for (c, sum) in sum.iter_mut().enumerate() {
                let value = match outside {
                    Some(colour) if !inside => colour[c],
                    _ => picture[c * area + at],
                };
                *sum += wx * wy * value;
            }
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    const SIZE: usize = 16;

    fn still() -> SelfWarp {
        SelfWarp {
            shift: [0.0; 2],
            log_scale: 0.0,
            log_aspect: 0.0,
            turn: 0.0,
            hue: 0.0,
            bend: [[0.0; GRID * GRID]; 2],
            own: 0.25,
            alpha: 0.5,
        }
    }

    fn ramp() -> Vec<f32> {
        (0..3 * SIZE * SIZE)
            .map(|i| ((i * 7919) % 256) as f32 / 128.0 - 1.0)
            .collect()
    }

    fn apply(warp: &SelfWarp, s: f32, outside: Option<[f32; 3]>) -> Vec<f32> {
        let mut output = vec![0.0; 3 * SIZE * SIZE];
        warp.apply(&ramp(), SIZE, s, outside, &mut output);
        output
    }

    fn assert_close(a: &[f32], b: &[f32]) {
        for (i, (a, b)) in a.iter().zip(b).enumerate() {
            assert!((a - b).abs() < 1e-4, "at {i}: {a} {b}");
        }
    }

    #[test]
    fn power_zero_of_any_warp_is_the_picture_itself() {
        let warp = SelfWarp::draw(&mut ChaCha8Rng::seed_from_u64(3));
        assert_close(&apply(&warp, 0.0, None), &ramp());
        assert_close(&apply(&warp, 0.0, Some([1.0; 3])), &ramp());
    }

    /// A shift by four pixels, which bilinear sampling hits exactly.
    #[test]
    fn a_shift_moves_pixels_and_lets_in_the_outside() {
        let warp = SelfWarp {
            shift: [8.0 / SIZE as f32, 0.0],
            ..still()
        };
        let (picture, outside) = (ramp(), [0.5, -0.5, 0.25]);
        let moved = apply(&warp, 1.0, Some(outside));
        let continued = apply(&warp, 1.0, None);
        for (i, (&moved, &continued)) in moved.iter().zip(&continued).enumerate() {
            let (c, x) = (i / (SIZE * SIZE), i % SIZE);
            let expected = match x {
                0..4 => (outside[c], picture[i - x]),
                _ => (picture[i - 4], picture[i - 4]),
            };
            assert!((moved - expected.0).abs() < 1e-4);
            assert!((continued - expected.1).abs() < 1e-4);
        }
    }

    /// A quarter turn, against the transpose with one axis reversed.
    #[test]
    fn a_turn_takes_rows_to_columns() {
        let warp = SelfWarp {
            turn: std::f32::consts::FRAC_PI_2,
            ..still()
        };
        let picture = ramp();
        let turned = apply(&warp, 1.0, None);
        for c in 0..3 {
            for y in 0..SIZE {
                for x in 0..SIZE {
                    let at = |y: usize, x: usize| (c * SIZE + y) * SIZE + x;
                    let expected = picture[at(SIZE - 1 - x, y)];
                    assert!((turned[at(y, x)] - expected).abs() < 1e-3);
                }
            }
        }
    }

    #[test]
    fn hue_turns_primaries_into_one_another_and_keeps_greys() {
        let turn = hue_rotation(2.0 * std::f32::consts::PI / 3.0);
        let of = |pixel: [f32; 3]| turn.map(|row| row.iter().zip(pixel).map(|(m, v)| m * v).sum());
        let close = |a: [f32; 3], b: [f32; 3]| assert_close(&a, &b);
        close(of([1.0, 0.0, 0.0]), [0.0, 1.0, 0.0]);
        close(of([0.3, 0.3, 0.3]), [0.3, 0.3, 0.3]);
    }

    #[test]
    fn the_target_lies_between_the_ends_and_the_picture_on_the_way() {
        let warp = still();
        assert_eq!(warp.places(), [-0.25, 0.75, 0.25]);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..100 {
            let [source, partner, target] = SelfWarp::draw(&mut rng).places();
            assert!(source <= 0.0 && partner >= 0.0);
            assert!((source..=partner).contains(&target));
        }
    }
}
